package gateway

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf8"
)

// logLevel is what a method's execution log holds.
type logLevel uint8

const (
	logOff logLevel = iota
	logErrors
	logInfo
)

func logLevelOf(s string) logLevel {
	switch s {
	case "ERROR":
		return logErrors
	case "INFO":
		return logInfo
	}
	return logOff
}

// maxLogValue is the length in bytes at which a body or map is cut.
const maxLogValue = 1000

// maxLogEvent is the size of one line. AWS: 1,024 bytes.
const maxLogEvent = 1024

// appendLine appends a step as a line of the execution log. The texts are
// AWS's, recorded; the names of the steps are ours.
func (e *Execution) appendLine(b []byte, s *Step) []byte {
	switch s.Kind {
	case StepAuthorizerStart:
		b = append(append(b, "Starting authorizer: "...), s.Text...)
		return append(append(b, " for request: "...), e.RequestID...)
	case StepAuthorizerIdentity:
		b = append(b, "Incoming identity: "...)
		if s.Fields != nil {
			return appendFields(b, s.Fields)
		}
		return append(b, s.Text...)
	case StepAuthorizerResult:
		return appendBody(append(b, "Authorizer result body before parsing: "...), s)
	case StepAuthorizerPolicy:
		return append(append(b, "Using valid authorizer policy for principal: "...), s.Text...)
	case StepAuthorizerDone:
		return append(b, "Successfully completed authorizer execution"...)
	case StepUnauthorized:
		return append(append(b, "Unauthorized request: "...), e.RequestID...)
	case StepUsagePlan:
		b = append(append(b, "Verifying Usage Plan for request: "...), e.RequestID...)
		b = append(append(b, ". API Key: "...), s.Text...)
		return e.appendStage(append(b, " API Stage: "...))
	case StepNoKeyNeeded:
		b = append(append(b, "API Key  authorized because method '"...), e.ConfiguredMethod...)
		b = append(append(append(b, ' '), e.ResourcePath...), "' does not require API Key. "...)
		return append(b, "Request will not contribute to throttle or quota limits"...)
	case StepUsagePlanDone:
		b = append(append(b, "Usage Plan check succeeded for API Key "...), s.Text...)
		return e.appendStage(append(b, " and API Stage "...))
	case StepStart:
		return append(append(b, "Starting execution for request: "...), e.RequestID...)
	case StepKeyUsed:
		return append(append(b, "API Key: "...), s.Text...)
	case StepKeyID:
		return append(append(b, "API Key ID: "...), s.Text...)
	case StepMethod:
		b = append(append(b, "HTTP Method: "...), e.Method...)
		return append(append(b, ", Resource Path: "...), e.Path...)
	case StepPath:
		return appendFields(append(b, "Method request path: "...), s.Fields)
	case StepQuery:
		return appendFields(append(b, "Method request query string: "...), s.Fields)
	case StepHeaders:
		return appendFields(append(b, "Method request headers: "...), s.Fields)
	case StepBody:
		return appendBody(append(b, "Method request body before transformations: "...), s)
	case StepRequestURI:
		return append(append(b, "Endpoint request URI: "...), s.Text...)
	case StepRequestHeaders:
		return appendFields(append(b, "Endpoint request headers: "...), s.Fields)
	case StepRequestBody:
		return appendBody(append(b, "Endpoint request body after transformations: "...), s)
	case StepSending:
		return append(append(b, "Sending request to "...), s.Text...)
	case StepReceived:
		b = strconv.AppendInt(append(b, "Received response. Status: "...), int64(s.Status), 10)
		b = strconv.AppendInt(append(b, ", Integration latency: "...), s.Took.Milliseconds(), 10)
		return append(b, " ms"...)
	case StepResponseHeaders:
		return appendFields(append(b, "Endpoint response headers: "...), s.Fields)
	case StepResponseBody:
		return appendBody(append(b, "Endpoint response body before transformations: "...), s)
	case StepReplyBody:
		return appendBody(append(b, "Method response body after transformations: "...), s)
	case StepReplyHeaders:
		return appendFields(append(b, "Method response headers: "...), s.Fields)
	case StepGatewayResponse:
		b = append(append(b, "Gateway response type: "...), s.Text...)
		return strconv.AppendInt(append(b, " with status code: "...), int64(s.Status), 10)
	case StepSuccess:
		return append(b, "Successfully completed execution"...)
	case StepCompleted:
		return strconv.AppendInt(append(b, "Method completed with status: "...), int64(s.Status), 10)
	case StepEndpointRequestID:
		return append(append(b, "AWS Integration Endpoint RequestId : "...), s.Text...)
	case StepTrace:
		return append(append(b, "X-ray Tracing ID : Root="...), s.Text...)
	}
	return append(b, s.Text...)
}

func (e *Execution) appendStage(b []byte) []byte {
	return append(append(append(b, e.APIID...), '/'), e.Stage...)
}

// appendFields appends fields as Java prints a map: sorted, the values of one
// name joined, cut when it gets long.
func appendFields(b []byte, fields []HeaderField) []byte {
	start := len(b)
	b = append(b, '{')
	for i, f := range fields {
		if slices.ContainsFunc(fields[:i], func(g HeaderField) bool { return g.Name == f.Name }) {
			continue // printed with the first of its name
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(append(append(b, f.Name...), '='), f.Value...)
		for _, g := range fields[i+1:] {
			if g.Name == f.Name {
				b = append(append(b, ','), g.Value...)
			}
		}
	}
	if b = append(b, '}'); len(b)-start > maxLogValue {
		return append(b[:cutAt(b, start+maxLogValue)], truncated...)
	}
	return b
}

const truncated = " [TRUNCATED]"

func appendBody(b []byte, s *Step) []byte {
	if s.Binary {
		return append(b, "[Binary Data]"...)
	}
	if s.Size <= maxLogValue {
		return append(b, s.Body...)
	}
	return append(append(b, s.Body[:cutAt(s.Body, maxLogValue)]...), truncated...)
}

// cutAt returns the last place at or before n where no character is split.
func cutAt(b []byte, n int) int {
	if n >= len(b) {
		return len(b)
	}
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return n
}

// dataSteps hold bodies and header maps: they are logged only with data trace.
func dataStep(k StepKind) bool {
	switch k {
	case StepPath, StepQuery, StepHeaders, StepBody, StepRequestURI, StepRequestHeaders, StepRequestBody,
		StepResponseHeaders, StepResponseBody, StepReplyBody, StepReplyHeaders, StepAuthorizerResult:
		return true
	}
	return false
}

// errorStep is logged at level ERROR.
func errorStep(k StepKind) bool {
	switch k {
	case StepFailure, StepInvalid, StepThrottled, StepUnauthorized, StepGatewayResponse, StepCompleted:
		return true
	}
	return false
}

// logLines returns the execution log's lines for CloudWatch.
func (e *Execution) logLines(level logLevel, dataTrace bool) []LogLine {
	var lines []LogLine
	prefix := "(" + e.RequestID + ") "
	for i := range e.Steps {
		s := &e.Steps[i]
		if dataStep(s.Kind) && !dataTrace || level == logErrors && !errorStep(s.Kind) || !s.Kind.logged() {
			continue
		}
		b := e.appendLine(append(make([]byte, 0, 128), prefix...), s)
		if len(b) > maxLogEvent {
			b = append(b[:cutAt(b, maxLogEvent-len(truncated))], truncated...)
		}
		lines = append(lines, LogLine{e.Start.Add(s.At).UnixMilli(), string(b)})
	}
	if level == logInfo && len(lines) > 0 {
		first := LogLine{e.Start.UnixMilli(), prefix + "Extended Request Id: " + e.ExtendedRequestID}
		lines = slices.Insert(lines, 0, first)
	}
	if level == logErrors && len(lines) == 1 && e.Status < 400 {
		return nil // nothing but "completed"
	}
	return lines
}

// testLogShape is the time in a test invocation's log.
const testLogShape = "Mon Jan 02 15:04:05 UTC 2006"

// testLog returns the log of a test invocation.
func (e *Execution) testLog() string {
	var b bytes.Buffer
	b.WriteString("Execution log for request " + e.RequestID + "\n")
	for i := range e.Steps {
		s := &e.Steps[i]
		if !s.Kind.logged() {
			continue
		}
		b.WriteString(e.Start.Add(s.At).UTC().Format(testLogShape) + " : ")
		b.Write(e.appendLine(b.AvailableBuffer(), s))
		b.WriteByte('\n')
	}
	return b.String()
}
