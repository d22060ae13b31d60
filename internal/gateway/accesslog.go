package gateway

import (
	"strings"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// accessLog writes one line for each request of a stage.
type accessLog struct {
	group  string // log group, or delivery stream of Firehose
	format substitution
}

// compileAccessLog reads a stage's accessLogSettings, nil when they are off.
func compileAccessLog(s *apigateway.AccessLogSettings) *accessLog {
	if s == nil || value(s.DestinationArn) == "" || value(s.Format) == "" {
		return nil
	}
	_, group, ok := strings.Cut(value(s.DestinationArn), ":log-group:")
	if !ok {
		return nil
	}
	return &accessLog{strings.TrimSuffix(group, ":*"), compileSubstitution(strings.TrimRight(value(s.Format), "\n"))}
}

// line renders the request's line. AWS: what is missing is a dash, and nothing
// is escaped.
func (a *accessLog) line(x *exchange) LogLine {
	return LogLine{x.start.UnixMilli(), string(a.format.appendOr(nil, x, "-"))}
}
