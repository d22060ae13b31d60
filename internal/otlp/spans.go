package otlp

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/gateway"
	"github.com/lambdagate/lambdagate/internal/requests"
)

// spansOf returns the spans of an execution, nil if the client's trace is not
// sampled. Names of attributes are OpenTelemetry's semantic conventions.
func spansOf(e *gateway.Execution) []span {
	c := contextOf(e)
	if !c.sampled {
		return nil
	}
	route := e.ResourcePath
	var a attributes
	a.text("http.request.method", e.Method)
	a.text("url.scheme", "https")
	a.text("url.path", "/"+e.Stage+e.Path)
	a.text("http.route", route)
	a.number("http.response.status_code", e.Status)
	a.text("client.address", e.SourceIP)
	a.text("user_agent.original", e.UserAgent)
	a.text("aws.request_id", e.RequestID)
	a.text("aws.xray.trace_id", strings.TrimPrefix(firstPart(e.Trace), "Root="))
	a.text("cloud.account.id", e.Account)
	a.text("cloud.region", e.Region)
	a.text("aws.apigateway.api.id", e.APIID)
	a.text("aws.apigateway.api.name", e.APIName)
	a.text("aws.apigateway.stage", e.Stage)
	a.text("aws.apigateway.deployment.id", e.DeploymentID)
	a.flag("aws.apigateway.canary", e.Canary)
	a.text("error.type", e.ResponseType)
	server := span{
		TraceID: c.trace, SpanID: c.span, ParentSpanID: c.parent, Name: strings.TrimSpace(e.Method + " " + route), Kind: kindServer,
		Start: nanoseconds(e.Start), End: nanoseconds(e.Start.Add(e.Latency)), Attributes: a, Events: events(e),
	}
	if e.Status >= 500 {
		server.Status = status{statusError, e.Error}
	}
	return append([]span{server}, parts(e, c)...)
}

func firstPart(s string) string {
	first, _, _ := strings.Cut(s, ";")
	return first
}

// events are what went wrong, and what was decided.
func events(e *gateway.Execution) []spanEvent {
	var out []spanEvent
	for i := range e.Steps {
		s := &e.Steps[i]
		switch s.Kind {
		case gateway.StepFailure, gateway.StepRefused, gateway.StepThrottled, gateway.StepInvalid, gateway.StepDecision, gateway.StepCacheHit:
			var a attributes
			a.text("message", s.Text)
			out = append(out, spanEvent{nanoseconds(e.Start.Add(s.At)), s.Kind.String(), a})
		}
	}
	return out
}

// parts are the spans within an execution: its phases, and of these the calls
// of functions and backends as calls.
func parts(e *gateway.Execution, c traceContext) []span {
	var out []span
	parents := map[string]string{}
	for i, p := range requests.Phases(e) {
		from := e.Start.Add(duration(p.From))
		s := span{
			TraceID: c.trace, SpanID: derived(e.RequestID, "part "+strconv.Itoa(i), 8), ParentSpanID: c.span,
			Name: strings.ToLower(p.Name), Kind: kindInternal, Start: nanoseconds(from), End: nanoseconds(from.Add(duration(p.Took))),
		}
		parents[p.Name] = s.SpanID
		if within, ok := parents[p.Within]; ok {
			s.ParentSpanID = within
		}
		switch p.Name {
		case requests.Integration:
			s.call(e.Target, e.TargetRequestID)
			if e.ResponseType != "" {
				s.Status = status{statusError, e.Error}
			}
		case requests.Authorizing:
			s.call(authorizer(e))
		}
		out = append(out, s)
	}
	return out
}

// duration is a number of milliseconds, exact to the microsecond.
func duration(ms float64) time.Duration {
	return time.Duration(ms*1000+0.5) * time.Microsecond
}

// authorizer is the function that was asked, and the id of that invocation.
func authorizer(e *gateway.Execution) (target, requestID string) {
	for i := range e.Steps {
		switch s := &e.Steps[i]; s.Kind {
		case gateway.StepRequestURI:
			if target == "" {
				_, rest, _ := strings.Cut(s.Text, "/functions/")
				target = strings.TrimSuffix(rest, "/invocations")
			}
		case gateway.StepAuthorizerRequestID:
			requestID = s.Text
		}
	}
	return target, requestID
}

// call makes the span one of a call to a function or a backend.
func (s *span) call(target, requestID string) {
	var a attributes
	s.Kind = kindClient
	if fields := strings.Split(target, ":"); len(fields) >= 7 && fields[2] == "lambda" {
		s.Name = "invoke " + fields[6]
		a.text("faas.invoked_name", fields[6])
		a.text("faas.invoked_provider", "aws")
		a.text("faas.invoked_region", fields[3])
		a.text("aws.lambda.invoked_arn", target)
		a.text("aws.lambda.request_id", requestID)
	} else if u, err := url.Parse(target); err == nil && u.Host != "" {
		s.Name = "call " + u.Host
		a.text("url.full", target)
		a.text("server.address", u.Hostname())
		a.text("aws.request_id", requestID)
	}
	s.Attributes = a
}
