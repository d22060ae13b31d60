package requests

import (
	"context"
	"net/http"
	"sync"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/gateway"
)

// Config is what a Service is made of.
type Config struct {
	Gateway *gateway.Gateway
	// Authorize decides about permissions; nil allows everything.
	Authorize awsapi.Authorizer
	// FunctionLog returns the lines that an invocation has written, as far as the
	// caller may read them; nil knows none.
	FunctionLog func(ctx context.Context, call *awsapi.Call, in Invocation) ([]string, error)
}

// Service shows requests.
type Service struct {
	gateway     *gateway.Gateway
	authorize   awsapi.Authorizer
	functionLog func(ctx context.Context, call *awsapi.Call, in Invocation) ([]string, error)

	followers chan struct{} // a place for each
	stopped   chan struct{}
	stop      func()
}

// maxFollowers bounds who follows at a time.
const maxFollowers = 100

// New returns a service.
func New(c Config) *Service {
	s := &Service{
		gateway: c.Gateway, authorize: c.Authorize, functionLog: c.FunctionLog,
		followers: make(chan struct{}, maxFollowers), stopped: make(chan struct{}),
	}
	s.stop = sync.OnceFunc(func() { close(s.stopped) })
	return s
}

// Stop ends the connections of those who follow, which would never end by
// themselves.
func (s *Service) Stop() { s.stop() }

// permit asks whether the caller may see the requests to a stage.
func (s *Service) permit(ctx context.Context, call *awsapi.Call, r *gateway.Summary) error {
	if r.Account != call.Caller.Account {
		return noRequest("")
	}
	if s.authorize == nil {
		return nil
	}
	c := *call
	c.Service, c.Operation = "logs", "FilterLogEvents"
	group := "arn:" + arn.Partition(r.Region) + ":logs:" + r.Region + ":" + r.Account + ":log-group:API-Gateway-Execution-Logs_" + r.APIID + "/" + r.Stage + ":*"
	return s.authorize.Authorize(ctx, &c, "logs:FilterLogEvents", group)
}

// permissions remembers what was decided about stages in the course of a call.
type permissions struct {
	service *Service
	call    *awsapi.Call
	known   map[[2]string]error
}

func (s *Service) permissions(call *awsapi.Call) *permissions {
	return &permissions{s, call, map[[2]string]error{}}
}

func (p *permissions) of(ctx context.Context, r *gateway.Summary) error {
	key := [2]string{r.APIID, r.Stage}
	err, ok := p.known[key]
	if !ok {
		err = p.service.permit(ctx, p.call, r)
		p.known[key] = err
	}
	return err
}

// noRequest is the error for a request that is not kept, or not the caller's.
func noRequest(id string) error {
	return awsapi.Errorf(http.StatusNotFound, "NotFoundException", "There is no request %s: the last 1,000 of each stage are kept, until the server ends.", id)
}

func badRequest(format string, args ...any) error {
	return awsapi.Errorf(http.StatusBadRequest, "BadRequestException", format, args...)
}
