package gateway

import "time"

// Execution is what happened to one request, secrets masked.
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
}

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
	stepKinds
)

var stepNames = [stepKinds]string{
	"authorizer start", "authorizer identity", "authorizer result", "authorizer policy", "authorizer done", "unauthorized",
	"usage plan", "no key needed", "usage plan done", "throttled", "start", "key used", "key id", "method", "path", "query",
	"headers", "body", "invalid", "cache hit", "request uri", "request headers", "request body", "sending", "received",
	"response headers", "response body", "reply body", "reply headers", "failure", "gateway response", "success",
	"completed", "endpoint request id", "trace",
}

// String names the kind.
func (k StepKind) String() string { return stepNames[k] }

// MarshalText implements encoding.TextMarshaler: kinds show by their names.
func (k StepKind) MarshalText() ([]byte, error) { return []byte(stepNames[k]), nil }

// secretFields are masked in logs. AWS: all but the last six characters.
var secretFields = newNameSet("Authorization", "x-api-key")

// maskField returns a field's value as logs show it. AWS does not mask the
// security token but only cuts it off; we do not write tokens into logs.
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
