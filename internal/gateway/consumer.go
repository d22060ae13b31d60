package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// This file holds what the data plane wants from others. All of it is used by
// many requests at once.

// stages gives the live state of stages. A change that the control plane
// acknowledges shows here before StageChanged is called for it.
type stages interface {
	// LiveStage is false for a stage that does not exist, and for one that
	// cannot be read just now.
	LiveStage(apiID, stage string) (*apigateway.LiveStage, bool)
	// StagesOf names the stages of an API that exist.
	StagesOf(apiID string) []string
}

// domains finds what a path on a custom domain name is mapped to. The host is
// in lower case and without port.
type domains interface {
	Mapping(host, rawPath string) (apigateway.MappedPath, bool)
}

// apiKeys gives API keys and usage plans, and counts their use.
type apiKeys interface {
	// APIKeyFor returns the key with that value in an API's account and region.
	APIKeyFor(apiID, value string) (*apigateway.ApiKey, bool)
	// UsagePlan returns the plan that lists the stage and holds the key.
	UsagePlan(keyID, apiID, stage string) (*apigateway.UsagePlan, bool)
	// Use counts one request against the plan's quota, unless that is used up.
	Use(plan *apigateway.UsagePlan, keyID string, at time.Time) (ok bool)
}

// invoker runs Lambda functions.
type invoker interface {
	// Invoke runs a function. A refusal by the Lambda service (no permission,
	// throttled, no such function …) is a *ServiceError; a failure of the
	// function itself is a result with FunctionError.
	Invoke(ctx context.Context, in *Invocation) (*InvocationResult, error)
}

// streamInvoker is an invoker that can hand on a response while the function
// still writes it.
type streamInvoker interface {
	// InvokeStream starts a function and returns its output as it comes. Errors
	// before the first byte are as with Invoke; a later failure of the function
	// is an error of Read.
	InvokeStream(ctx context.Context, in *Invocation) (io.ReadCloser, error)
}

// Invocation is one call of a Lambda function.
type Invocation struct {
	Function      string // ARN, with the qualifier if there is one
	Payload       []byte // valid until Invoke returns
	Type          string // RequestResponse, Event or DryRun; "" is RequestResponse
	LogType       string // "" or Tail
	ClientContext string // base64, "" if none
	TraceID       string // X-Amzn-Trace-Id
	Caller        Caller
}

// Caller is who calls a service on the gateway's behalf: the service
// principal, or a session or user with permissions of its own.
type Caller struct {
	// Service is apigateway.amazonaws.com, then only the target's resource
	// policy decides, with the two conditions aws:SourceArn and
	// aws:SourceAccount. "" means Identity calls.
	Service       string
	SourceARN     string
	SourceAccount string

	Identity *Identity
}

// InvocationResult is what Lambda's Invoke answers.
type InvocationResult struct {
	Status          int    // 200, 202 or 204
	Payload         []byte // not changed afterwards
	FunctionError   string // "", Handled or Unhandled
	ExecutedVersion string
	LogResult       string // base64
	RequestID       string // of the invocation
}

// ServiceError is a refusal by a service that an integration calls.
type ServiceError struct {
	Code      string // AccessDeniedException, TooManyRequestsException …
	Status    int
	Message   string
	RequestID string
}

func (e *ServiceError) Error() string { return fmt.Sprintf("%s: %s", e.Code, e.Message) }

// ErrNotTrusted says that a role does not exist or does not let API Gateway
// assume it.
var ErrNotTrusted = errors.New("role does not trust API Gateway")

// identities knows who callers are and which policies speak for them.
type identities interface {
	// AssumeRole returns a session of the role for the service principal
	// apigateway.amazonaws.com on behalf of an account's method or authorizer,
	// the condition key aws:SourceArn of the role's trust policy. It is called for every
	// request that needs one: sessions are cached there, and a change of the
	// role's trust acts at once. No such role, or one that does not trust the
	// principal, is ErrNotTrusted.
	AssumeRole(ctx context.Context, roleARN, account, sourceARN, sessionName string) (*Identity, error)
	// Credential returns whom an active access key belongs to; a temporary one is
	// known by the session token that came with it, "" if none did.
	Credential(accessKeyID, token string) (*Identity, bool)
	// Policies fills in Identity, Boundary and Session of a request.
	Policies(id *Identity, r *policy.Request)
}

// Identity is a principal of IAM with a key to sign with.
type Identity struct {
	policy.Principal
	Key AccessKey
	// Tags are the principal's and the session's, for aws:PrincipalTag.
	Tags map[string]string
	// Owner is what the provider needs to know its identity again.
	Owner any
}

// AccessKey signs requests.
type AccessKey struct {
	ID, Secret, SessionToken string
	Expires                  time.Time // zero for a long-term key
}

// logSink takes lines for CloudWatch Logs. It never blocks; what does not fit
// is dropped and counted there.
type logSink interface {
	AppendLogs(group, stream, account, region string, lines []LogLine)
}

// LogLine is one log event; Time is in milliseconds since the epoch.
type LogLine struct {
	Time    int64
	Message string
}

// metrics makes the meters of a stage when it is compiled.
type metrics interface{ Meter(of Metered) Meter }

// Metered names what a meter counts.
type Metered struct {
	Account, Region string
	APIID, APIName  string
	Stage           string
	// Method and Resource, as configured, are those of a method with detailed
	// metrics; "" for all others of the stage together.
	Method, Resource string
}

// Meter counts requests. It is called once at the end of each and must not wait.
type Meter interface{ Count(m Measurement) }

// streams takes records for delivery streams of Firehose, by ARN. It never
// blocks; the record is its own from then on.
type streams interface {
	Put(stream string, record []byte)
}

// traces is told of executions whose trace is to be kept. It never blocks.
type traces interface{ Trace(e *Execution) }

// Measurement is what CloudWatch would be told about one request.
type Measurement struct {
	End                 time.Time
	Status              int
	Latency             time.Duration
	IntegrationLatency  time.Duration
	Integrated          bool // the integration was called
	CacheHit, CacheMiss bool
}

// links knows how backends are reached, by the account and region of an API.
type links interface {
	// VpcLink returns a VPC link.
	VpcLink(apiID, linkID string) (*apigateway.VpcLink, bool)
	// ClientCertificate returns what a stage proves itself with to backends.
	ClientCertificate(apiID, certificateID string) (tls.Certificate, error)
}
