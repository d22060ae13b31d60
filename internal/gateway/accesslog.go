package gateway

import (
	"strings"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// accessLog writes one line for each request of a stage.
type accessLog struct {
	group  string // log group, "" for a delivery stream
	stream string // ARN of a delivery stream of Firehose, "" for a log group
	format substitution
}

// compileAccessLog reads a stage's accessLogSettings, nil when they are off.
func compileAccessLog(s *apigateway.AccessLogSettings) *accessLog {
	if s == nil || value(s.DestinationArn) == "" || value(s.Format) == "" {
		return nil
	}
	a := &accessLog{format: compileSubstitution(strings.TrimRight(value(s.Format), "\n"))}
	if strings.Contains(value(s.DestinationArn), ":deliverystream/") {
		a.stream = value(s.DestinationArn)
		return a
	}
	_, group, ok := strings.Cut(value(s.DestinationArn), ":log-group:")
	if !ok {
		return nil
	}
	a.group = strings.TrimSuffix(group, ":*")
	return a
}

// writeAccess writes the request's line. A delivery stream gets it as a record
// that ends the line.
func (x *exchange) writeAccess() {
	p := x.plan
	switch a := p.access; {
	case a == nil || x.test:
	case a.stream != "" && x.g.streams != nil:
		x.g.streams.Put(a.stream, append(a.format.appendOr(nil, x, "-"), '\n'))
	case a.group != "" && x.g.logs != nil:
		x.g.logs.AppendLogs(a.group+p.logSuffix(), x.g.stream, p.account, p.region, []LogLine{a.line(x)})
	}
}

// line renders the request's line. AWS: what is missing is a dash, and nothing
// is escaped.
func (a *accessLog) line(x *exchange) LogLine {
	return LogLine{x.start.UnixMilli(), string(a.format.appendOr(nil, x, "-"))}
}
