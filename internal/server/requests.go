package server

import (
	"context"
	"fmt"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/lambda"
	"github.com/lambdagate/lambdagate/internal/logs"
	"github.com/lambdagate/lambdagate/internal/requests"
)

// requestsPath is where the doors of console and CLI show what happened to
// requests.
const requestsPath = "/requests/"

// openRequests makes what shows requests.
func (s *Server) openRequests() {
	s.requests = requests.New(requests.Config{Gateway: s.gateway, Authorize: s.iam, FunctionLog: s.functionLog})
}

// maxLogLines bounds what is shown of one invocation.
const maxLogLines = 1000

// functionLog finds the lines that an invocation wrote, with the permissions of
// the caller: between its START and its REPORT in the stream that has both.
func (s *Server) functionLog(ctx context.Context, call *awsapi.Call, in requests.Invocation) ([]string, error) {
	f, err := arn.ParseFunction(in.Function, arn.Function{Region: call.Region, Account: call.Caller.Account})
	if err != nil || f.Account != call.Caller.Account {
		return nil, fmt.Errorf("the function belongs to another account")
	}
	call.Region = f.Region
	group := s.logGroupOf(ctx, call, in.Function, f.Name)
	from, to := in.From.UnixMilli(), in.To.UnixMilli()
	found, err := operation[logs.FilterLogEventsResponse](ctx, s, call, "logs", "FilterLogEvents", &logs.FilterLogEventsRequest{
		LogGroupName: &group, FilterPattern: new(`"` + in.RequestID + `"`), StartTime: &from, EndTime: &to, Limit: new(int64(maxLogLines)),
	})
	if e := awsapi.AsError(err); e != nil && e.Code == "ResourceNotFoundException" {
		return nil, nil
	}
	if err != nil || len(found.Events) == 0 {
		return nil, err
	}
	stream := *found.Events[0].LogStreamName
	from, to = *found.Events[0].Timestamp, *found.Events[len(found.Events)-1].Timestamp+1
	all, err := operation[logs.GetLogEventsResponse](ctx, s, call, "logs", "GetLogEvents", &logs.GetLogEventsRequest{
		LogGroupName: &group, LogStreamName: stream, StartTime: &from, EndTime: &to, StartFromHead: new(true), Limit: new(int64(maxLogLines)),
	})
	if err != nil {
		return nil, err
	}
	return linesOf(all.Events, in.RequestID), nil
}

// linesOf cuts an invocation's lines out of those around them.
func linesOf(events []*logs.OutputLogEvent, id string) []string {
	first, last := -1, -1
	for i, e := range events {
		if strings.Contains(*e.Message, id) {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	var out []string
	for i := max(first, 0); i <= last; i++ {
		out = append(out, strings.TrimRight(*events[i].Message, "\n"))
	}
	return out
}

// logGroupOf is the group that a function is set to write to, as far as the
// caller may know; else the one that functions write to by themselves.
func (s *Server) logGroupOf(ctx context.Context, call *awsapi.Call, function, name string) string {
	c, err := operation[lambda.FunctionConfiguration](ctx, s, call, "lambda", "GetFunctionConfiguration", &lambda.GetFunctionConfigurationRequest{FunctionName: function})
	if err == nil && c.LoggingConfig != nil && c.LoggingConfig.LogGroup != nil && *c.LoggingConfig.LogGroup != "" {
		return *c.LoggingConfig.LogGroup
	}
	return "/aws/lambda/" + name
}

// operation runs one as the caller of a call.
func operation[O any](ctx context.Context, s *Server, call *awsapi.Call, service, name string, in any) (*O, error) {
	c := *call
	c.RequestID = awsapi.NewRequestID()
	out, err := s.registry.Call(ctx, &c, s.registry.Service(service).Operation(name), in)
	if err != nil {
		return nil, err
	}
	o, ok := out.(*O)
	if !ok {
		return nil, fmt.Errorf("%s answers with %T", name, out)
	}
	return o, nil
}
