package requests

import (
	"context"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/gateway"
)

// Invocation names one run of a function.
type Invocation struct {
	Function  string // ARN
	RequestID string
	From, To  time.Time // when it can have run
}

// Log is what a function wrote, or why that is not shown.
type Log struct {
	Function  string   `json:"function"`
	RequestID string   `json:"requestId"`
	Lines     []string `json:"lines"`
	Problem   string   `json:"problem,omitempty"`
}

// slack is how far a function's clock may be off, and its lines be late.
const slack = 5 * time.Second

// logOf looks up what a function wrote in one invocation; nil when no function
// was called.
func (s *Service) logOf(ctx context.Context, call *awsapi.Call, r *gateway.Summary, function, requestID string) *Log {
	if s.functionLog == nil || requestID == "" || !strings.Contains(function, ":lambda:") {
		return nil
	}
	l := &Log{Function: function, RequestID: requestID, Lines: []string{}}
	c := *call
	c.Region = r.Region
	lines, err := s.functionLog(ctx, &c, Invocation{Function: function, RequestID: requestID, From: r.Start.Add(-slack), To: r.Start.Add(r.Latency + slack)})
	if err != nil {
		l.Problem = err.Error()
		return l
	}
	l.Lines = append(l.Lines, lines...)
	return l
}
