package gateway

import (
	"slices"
	"time"
)

// StepKind says what a step of an execution records.
type StepKind string

// The steps of an execution, in the order in which they can occur.
const (
	StepAuthorizerStart    StepKind = "authorizer start"    // Text: authorizer id
	StepAuthorizerIdentity StepKind = "authorizer identity" // Text: masked; Fields for REQUEST
	StepAuthorizerResult   StepKind = "authorizer result"   // Body: the function's output
	StepAuthorizerPolicy   StepKind = "authorizer policy"   // Text: masked principal
	StepAuthorizerDone     StepKind = "authorizer done"
	StepUnauthorized       StepKind = "unauthorized"
	StepUsagePlan          StepKind = "usage plan" // Text: masked API key, "" for none
	StepNoKeyNeeded        StepKind = "no key needed"
	StepUsagePlanDone      StepKind = "usage plan done" // Text: masked API key
	StepThrottled          StepKind = "throttled"       // Text: the whole line
	StepStart              StepKind = "start"
	StepKeyUsed            StepKind = "key used"      // Text: masked API key
	StepKeyID              StepKind = "key id"        // Text
	StepMethod             StepKind = "method"        // Text: "GET, Resource Path: /path"
	StepPath               StepKind = "path"          // Fields
	StepQuery              StepKind = "query"         // Fields
	StepHeaders            StepKind = "headers"       // Fields
	StepBody               StepKind = "body"          // Body
	StepInvalid            StepKind = "invalid"       // Text: the whole line
	StepCacheHit           StepKind = "cache hit"     // answered from the stage cache
	StepRequestURI         StepKind = "request uri"   // Text
	StepRequestHeaders     StepKind = "request head"  // Fields
	StepRequestBody        StepKind = "request body"  // Body
	StepSending            StepKind = "sending"       // Text: URI
	StepReceived           StepKind = "received"      // Status, Took
	StepResponseHeaders    StepKind = "response head" // Fields
	StepResponseBody       StepKind = "response body" // Body
	StepReplyBody          StepKind = "reply body"    // Body
	StepReplyHeaders       StepKind = "reply head"    // Fields
	StepFailure            StepKind = "failure"       // Text: the whole line
	StepGatewayResponse    StepKind = "gateway response"
	StepSuccess            StepKind = "success"
	StepCompleted          StepKind = "completed" // Status
	StepEndpointRequestID  StepKind = "endpoint request id"
	StepTrace              StepKind = "trace"
)

// Step is one fact about an execution.
type Step struct {
	Kind   StepKind
	At     time.Duration // since the start
	Text   string        `json:",omitempty"`
	Fields []HeaderField `json:",omitempty"` // secrets masked in what Recent returns
	Body   []byte        `json:",omitempty"` // at most maxRecorded bytes
	Size   int           `json:",omitempty"` // of the whole body
	Binary bool          `json:",omitempty"` // the body was not text
	Status int           `json:",omitempty"`
	Took   time.Duration `json:",omitempty"`
}

// maxRecorded is how many bytes of a body are kept.
const maxRecorded = 1024

// Execution is what happened to one request.
type Execution struct {
	RequestID, ExtendedRequestID string
	APIID, Stage, DeploymentID   string
	Region                       string
	Canary                       bool
	Start                        time.Time
	Method, Path                 string // as the client sent them, path without stage
	ResourceID, ResourcePath     string // "" when no route matched
	ConfiguredMethod             string // GET, ANY …
	SourceIP                     string
	Status                       int
	Latency, IntegrationLatency  time.Duration
	ResponseType                 string // of a gateway response, "" otherwise
	Steps                        []Step

	sequence int64
	fields   []HeaderField // what Steps' Fields are cut from
	bytes    []byte        // what Steps' Bodies are cut from
	older    *Execution    // in the list of all
	newer    *Execution
}

// note records a step with a text. It does nothing when nobody wants to know.
func (x *exchange) note(kind StepKind, text string) {
	if x.record != nil {
		x.record.step(kind, x.start).Text = text
	}
}

// noteFields records a step with fields.
func (x *exchange) noteFields(kind StepKind, fields []HeaderField) {
	if x.record != nil {
		x.record.step(kind, x.start).Fields = x.record.keepFields(fields)
	}
}

// noteBody records a step with a body.
func (x *exchange) noteBody(kind StepKind, body []byte, binary bool) {
	if x.record != nil {
		s := x.record.step(kind, x.start)
		s.Body, s.Size, s.Binary = x.record.keepBytes(body), len(body), binary
	}
}

// has reports whether there is a step of that kind.
func (e *Execution) has(kind StepKind) bool {
	return slices.ContainsFunc(e.Steps, func(s Step) bool { return s.Kind == kind })
}

// dropSteps takes steps out again.
func (e *Execution) dropSteps(kinds ...StepKind) {
	e.Steps = slices.DeleteFunc(e.Steps, func(s Step) bool { return slices.Contains(kinds, s.Kind) })
}

func (e *Execution) step(kind StepKind, start time.Time) *Step {
	e.Steps = append(e.Steps, Step{Kind: kind, At: time.Since(start)})
	return &e.Steps[len(e.Steps)-1]
}

func (e *Execution) keepFields(fields []HeaderField) []HeaderField {
	n := len(e.fields)
	e.fields = append(e.fields, fields...)
	return e.fields[n:len(e.fields):len(e.fields)]
}

func (e *Execution) keepBytes(b []byte) []byte {
	if len(b) > maxRecorded {
		b = b[:maxRecorded]
	}
	n := len(e.bytes)
	e.bytes = append(e.bytes, b...)
	return e.bytes[n:len(e.bytes):len(e.bytes)]
}

// reset empties the execution for its next use.
func (e *Execution) reset() {
	clear(e.Steps)
	clear(e.fields)
	*e = Execution{Steps: e.Steps[:0], fields: e.fields[:0], bytes: e.bytes[:0]}
}

// copy returns the execution as others may see it: secrets masked, sharing
// nothing.
func (e *Execution) copy() *Execution {
	c := *e
	c.fields, c.bytes, c.older, c.newer = nil, nil, nil, nil
	c.Steps = slices.Clone(e.Steps)
	for i := range c.Steps {
		s := &c.Steps[i]
		s.Body = slices.Clone(s.Body)
		s.Fields = slices.Clone(s.Fields)
		for j := range s.Fields {
			s.Fields[j].Value = maskField(s.Fields[j])
		}
	}
	return &c
}

// secretFields are masked in logs. AWS: all but the last six characters.
var secretFields = newNameSet("Authorization", "x-api-key")

func maskField(f HeaderField) string {
	if secretFields.has(f.Name) {
		return mask(f.Value)
	}
	if equalFold(f.Name, "X-Amz-Security-Token") {
		return "[REDACTED]"
	}
	return f.Value
}

// mask replaces all but the last six characters by asterisks.
func mask(s string) string {
	n := len(s) - 6
	if n <= 0 {
		return s
	}
	b := []byte(s)
	for i := range n {
		b[i] = '*'
	}
	return string(b)
}
