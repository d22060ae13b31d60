package requests

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/gateway"
)

// Query says which requests are asked for; what is left out may be any.
type Query struct {
	API    string `json:"api,omitempty"` // id or name
	Stage  string `json:"stage,omitempty"`
	Region string `json:"region,omitempty"`
	Failed bool   `json:"failed,omitempty"`
	Path   string `json:"path,omitempty"`   // a part of the path
	Method string `json:"method,omitempty"` // GET
	Status string `json:"status,omitempty"` // 404, 4xx
	// Limit is the number of requests to list; of those that follow, how many
	// that have ended already come first.
	Limit *int `json:"limit,omitempty"`
}

// Listing is the answer to a Query: the newest first.
type Listing struct {
	Requests []Request `json:"requests"`
}

// Request is one line of a list.
type Request struct {
	ID            string  `json:"id"`
	Sequence      int64   `json:"sequence"`
	Time          float64 `json:"time"` // milliseconds since the epoch
	API           string  `json:"api"`
	APIName       string  `json:"apiName"`
	Stage         string  `json:"stage"`
	Region        string  `json:"region"`
	Deployment    string  `json:"deployment"`
	Canary        bool    `json:"canary,omitempty"`
	Method        string  `json:"method"`
	Path          string  `json:"path"`
	Resource      string  `json:"resource,omitempty"` // as configured, "" when no route matched
	ResourceID    string  `json:"resourceId,omitempty"`
	Configured    string  `json:"configuredMethod,omitempty"` // GET, ANY …
	Status        int     `json:"status"`
	Failed        bool    `json:"failed"`
	Took          float64 `json:"took"`                      // milliseconds
	IntegrationMS float64 `json:"integrationTook,omitempty"` // milliseconds
	Integration   string  `json:"integration,omitempty"`     // AWS_PROXY …
	Target        string  `json:"target,omitempty"`          // function, or URL
	Error         string  `json:"error,omitempty"`
	ResponseType  string  `json:"responseType,omitempty"`
	SourceIP      string  `json:"sourceIp"`
	UserAgent     string  `json:"userAgent,omitempty"`
	Trace         string  `json:"trace,omitempty"`
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func request(s *gateway.Summary) Request {
	return Request{
		ID: s.RequestID, Sequence: s.Sequence, Time: float64(s.Start.UnixMicro()) / 1000, API: s.APIID, APIName: s.APIName, Stage: s.Stage, Region: s.Region,
		Deployment: s.DeploymentID, Canary: s.Canary, Method: s.Method, Path: s.Path, Resource: s.ResourcePath, ResourceID: s.ResourceID,
		Configured: s.ConfiguredMethod, Status: s.Status, Failed: s.Failed(), Took: milliseconds(s.Latency), IntegrationMS: milliseconds(s.IntegrationLatency),
		Integration: s.Integration, Target: s.Target, Error: s.Error, ResponseType: s.ResponseType, SourceIP: s.SourceIP, UserAgent: s.UserAgent, Trace: s.Trace,
	}
}

// Bounds of a list.
const (
	defaultLimit = 100
	maxLimit     = 1000
)

func (q *Query) limit(unset int) (int, error) {
	if q.Limit == nil {
		return unset, nil
	}
	if *q.Limit < 0 || *q.Limit > maxLimit {
		return 0, badRequest("The limit is %d; it can be 0 to %d.", *q.Limit, maxLimit)
	}
	return *q.Limit, nil
}

// match compiles what the query says beyond account, region and stage.
func (q *Query) match() (func(*gateway.Summary) bool, error) {
	low, high, err := statusRange(q.Status)
	if err != nil {
		return nil, err
	}
	return func(s *gateway.Summary) bool {
		return (q.API == "" || s.APIID == q.API || s.APIName == q.API) && (!q.Failed || s.Failed()) && strings.Contains(s.Path, q.Path) &&
			(q.Method == "" || strings.EqualFold(q.Method, s.Method)) && low <= s.Status && s.Status <= high
	}, nil
}

// statusRange reads 404 or 4xx.
func statusRange(text string) (low, high int, err error) {
	if text == "" {
		return 0, 999, nil
	}
	if len(text) == 3 && strings.EqualFold(text[1:], "xx") && '1' <= text[0] && text[0] <= '9' {
		low = int(text[0]-'0') * 100
		return low, low + 99, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 100 || n > 999 {
		return 0, 0, badRequest("The status is %q; it can be a number such as 404, or a class such as 5xx.", text)
	}
	return n, n, nil
}

func (q *Query) filter(call *awsapi.Call) gateway.Filter {
	return gateway.Filter{Account: call.Caller.Account, Region: q.Region, Stage: q.Stage}
}

// List returns the newest requests. Of stages that the caller may not see there
// are none, unless all that there is is denied.
func (s *Service) List(ctx context.Context, call *awsapi.Call, q *Query) (*Listing, error) {
	limit, err := q.limit(defaultLimit)
	if err != nil {
		return nil, err
	}
	match, err := q.match()
	if err != nil {
		return nil, err
	}
	may := s.permissions(call)
	out := &Listing{Requests: []Request{}}
	var denied error
	seen := s.gateway.Recent(q.filter(call), limit, func(r *gateway.Summary) bool {
		if !match(r) {
			return false
		}
		if err := may.of(ctx, r); err != nil {
			denied = err
			return false
		}
		return true
	})
	if len(seen) == 0 && denied != nil {
		return nil, denied
	}
	for i := range seen {
		out.Requests = append(out.Requests, request(&seen[i]))
	}
	return out, nil
}
