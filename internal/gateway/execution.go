package gateway

import (
	"fmt"
	"slices"
	"time"
)

// Execution is what happened to one request, secrets masked.
type Execution struct {
	Summary
	Steps []Step
	// Masked names what of the request is not shown as it was: "header
	// Authorization", "query X-Amz-Signature", "body".
	Masked []string `json:",omitempty"`
}

// Summary is an execution without its steps.
type Summary struct {
	Sequence                     int64 // grows from execution to execution of this process
	RequestID, ExtendedRequestID string
	Account, Region              string
	APIID, APIName, Stage        string
	DeploymentID                 string
	Canary                       bool `json:",omitempty"`
	Start                        time.Time
	Method, Path                 string // as the client sent them, path without stage
	ResourceID, ResourcePath     string // "" when no route matched
	ConfiguredMethod             string // GET, ANY …
	SourceIP                     string
	UserAgent                    string
	Trace                        string // X-Amzn-Trace-Id as functions get it
	OwnSpan                      bool   // the trace's Parent is this execution, not the client's
	Unsampled                    bool   // the client has said that its trace is not to be kept
	Integration                  string // MOCK, HTTP, HTTP_PROXY, AWS, AWS_PROXY; "" when no route matched
	Target                       string // ARN of the function, or URL without query; "" when nothing was called
	TargetRequestID              string // of the function's invocation or the service's answer
	Status                       int
	Latency, IntegrationLatency  time.Duration
	ResponseType                 string // of a gateway response, "" otherwise
	Error                        string // why it failed, "" otherwise
	BodyUnread                   bool   // the request's body was not read
	BodyDecoded                  bool   // the request's body is kept without its Content-Encoding
}

// Failed reports whether the request did not go well: its status says so, or
// the function that it called has failed.
func (s *Summary) Failed() bool { return s.Status >= 400 || s.Error != "" }

// Step is one fact about an execution. Which members it has depends on its
// kind.
type Step struct {
	Kind   StepKind
	At     time.Duration // since the start
	Text   string        `json:",omitempty"`
	Fields []HeaderField `json:",omitempty"`
	Body   []byte        `json:",omitempty"` // at most maxRecorded bytes
	Size   int           `json:",omitempty"` // of the whole body
	Binary bool          `json:",omitempty"` // the body was not text
	Status int           `json:",omitempty"`
	Took   time.Duration `json:",omitempty"`
}

// StepKind says what a step of an execution records.
type StepKind uint8

// The steps of an execution, in the order in which they can occur.
const (
	StepAuthorizerStart    StepKind = iota // Text: authorizer id
	StepAuthorizerIdentity                 // Text: masked token; Fields for REQUEST
	StepAuthorizerResult                   // Body: the function's output
	StepAuthorizerPolicy                   // Text: masked principal
	StepAuthorizerDone
	StepUnauthorized
	StepUsagePlan // Text: masked API key, "" for none
	StepNoKeyNeeded
	StepUsagePlanDone // Text: masked API key
	StepThrottled     // Text: the whole line
	StepStart
	StepKeyUsed // Text: masked API key
	StepKeyID   // Text
	StepMethod
	StepPath            // Fields
	StepQuery           // Fields
	StepHeaders         // Fields
	StepBody            // Body
	StepInvalid         // Text: the whole line
	StepCacheHit        // answered from the stage's cache
	StepRequestURI      // Text
	StepRequestHeaders  // Fields
	StepRequestBody     // Body
	StepSending         // Text: URI
	StepReceived        // Status, Took
	StepResponseHeaders // Fields
	StepResponseBody    // Body
	StepReplyBody       // Body
	StepReplyHeaders    // Fields
	StepFailure         // Text: the whole line
	StepGatewayResponse // Text: its type; Status
	StepSuccess
	StepCompleted         // Status
	StepEndpointRequestID // Text
	StepTrace             // Text

	// AWS's log has no lines for these.
	StepAuthorizerCached    // Text: authorizer id
	StepAuthorizerRequestID // Text: of the invocation of its function
	StepDecision            // Text: who has decided what, and why
	StepRefused             // Text: what the client is told; Status
	StepRequestTemplate     // Text: content type of the template
	StepResponseSelected    // Text: the pattern that matched; Status
	StepErrorBody           // Body: of a gateway response
	StepErrorHeaders        // Fields
	stepKinds
)

var stepNames = [stepKinds]string{
	"authorizer start", "authorizer identity", "authorizer result", "authorizer policy", "authorizer done", "unauthorized",
	"usage plan", "no key needed", "usage plan done", "throttled", "start", "key used", "key id", "method", "path", "query",
	"headers", "body", "invalid", "cache hit", "request uri", "request headers", "request body", "sending", "received",
	"response headers", "response body", "reply body", "reply headers", "failure", "gateway response", "success",
	"completed", "endpoint request id", "trace",
	"authorizer cached", "authorizer request id", "decision", "refused", "request template", "response selected", "error body", "error headers",
}

// logged reports whether AWS's log has a line for it.
func (k StepKind) logged() bool { return k < StepAuthorizerCached && k != StepCacheHit }

// String names the kind.
func (k StepKind) String() string { return stepNames[k] }

// MarshalText implements encoding.TextMarshaler: kinds show by their names.
func (k StepKind) MarshalText() ([]byte, error) { return []byte(stepNames[k]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *StepKind) UnmarshalText(b []byte) error {
	i := slices.Index(stepNames[:], string(b))
	if i < 0 {
		return fmt.Errorf("there is no step %q", b)
	}
	*k = StepKind(i)
	return nil
}
