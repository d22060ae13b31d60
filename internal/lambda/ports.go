package lambda

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// What this package needs of others, as interfaces that the server ties.

// environments runs functions; internal/sandbox does.
type environments interface {
	// Invoke gives one event to an execution environment of r, which it reuses
	// or starts, and returns what came of it: function errors, timeouts and
	// crashes are outcomes. An error means that no environment could take the
	// event; ErrNoCapacity that all are busy.
	Invoke(ctx context.Context, r *Runnable, t *Task) (*Outcome, error)
	// Prepare says that a function of that runtime was made, so that what it
	// needs can be got and started ahead. It does not wait.
	Prepare(runtime string, memoryMB int)
	// Retire lets the environments of the runnable with that ID finish what they
	// are doing and end.
	Retire(id string)
}

// provisioner keeps environments ready; internal/sandbox does.
type provisioner interface {
	// Provision keeps n environments of r loaded from now on; 0 lets go of them.
	Provision(r *Runnable, n int)
	// Provisioned tells how many environments of the runnable with that ID exist
	// and have loaded, and why the last one could not be made, "" if it could.
	Provisioned(id string) (allocated, available int, failure string)
}

// ErrNoCapacity says that no further execution environment may be started now.
var ErrNoCapacity = errors.New("no capacity for a further execution environment")

// Runnable is one version of a function as an execution environment needs it.
// It is never modified.
type Runnable struct {
	ID                string // changes with code and configuration
	Account           string
	Region            string
	Name, Version     string
	ARN               string // unqualified
	Runtime           string
	Handler           string
	Image             *Image            // in the place of Runtime, Handler and CodeDir
	CodeDir           string            // becomes /var/task, read-only
	LayerDir          string            // becomes /opt, read-only; "" if there are no layers
	Env               map[string]string // the function's own variables
	MemoryMB          int
	EphemeralMB       int // size of /tmp
	Timeout           time.Duration
	LogGroup          string
	LogFormat         string // Text or JSON
	AppLogLevel       string // of JSON logs
	SysLogLevel       string
	RuntimeVersionARN string // for the log
	Tracing           string // Active or PassThrough
	Role              string // ARN
	// Credentials returns temporary keys of the role.
	Credentials func(ctx context.Context) (Credentials, error)
}

// Image is a container image with the settings that replace its own.
type Image struct {
	URI                 string
	ID, Digest          string // see FoundImage; empty: what the URI names now
	EntryPoint, Command []string
	WorkingDirectory    string
}

// images knows container images; internal/sandbox does.
type images interface {
	// Resolve tells which image a URI names now. The error is ErrNoImage if there
	// is none; others tell users what to do.
	Resolve(ctx context.Context, uri string) (FoundImage, error)
}

// FoundImage is what a URI names.
type FoundImage struct {
	// ID names the image for good where it runs: "sha256:…".
	ID string
	// Digest names it for good at its registry, "repository@sha256:…"; it is
	// empty for an image that no registry has.
	Digest string
}

// ErrNoImage says that nobody has an image of that name.
var ErrNoImage = errors.New("no such image")

// Task is one event for a Runnable.
type Task struct {
	RequestID     string
	InvokedARN    string // as the caller named the function, with the qualifier
	Payload       []byte // JSON
	TraceID       string // X-Amzn-Trace-Id
	ClientContext string // JSON
	LogTail       bool   // the caller wants the end of the log
	// Stream, if set, takes a response while the function writes it.
	Stream ResponseStream
	// Ended is called once, when the function has ended or could not run: that
	// can be after Invoke has returned because its context's deadline came.
	Ended func(*Outcome, error)
}

// ResponseStream takes a streamed response in the goroutine that invoked.
type ResponseStream interface {
	// Start is called once, before the first Write.
	Start(contentType string) error
	// Write must not keep chunk.
	Write(chunk []byte) (int, error)
}

// Outcome is what came of a Task.
type Outcome struct {
	Payload       []byte // the result, or the error's JSON; nil if the response was streamed whole
	FunctionError string // "", "Handled", "Unhandled"
	Streamed      bool   // Task.Stream was started
	LogTail       []byte // up to 4 KB, START to REPORT, if asked for
	Duration      time.Duration
	InitDuration  time.Duration // 0 for a warm start
	MaxMemoryMB   int
}

// Credentials are temporary keys.
type Credentials struct {
	AccessKey, SecretKey, SessionToken string
	Expires                            time.Time
}

// roles knows IAM roles.
type roles interface {
	// CheckRole returns an error unless the role exists and trusts
	// lambda.amazonaws.com, acting for the function.
	CheckRole(ctx context.Context, roleARN, functionARN string) error
	// MayPass returns AWS's "access denied" unless caller has iam:PassRole on the
	// role for lambda.amazonaws.com.
	MayPass(ctx context.Context, caller awsapi.Caller, roleARN string) error
	// Credentials returns keys of a session of the role for the function.
	Credentials(ctx context.Context, roleARN, functionARN, sessionName string) (Credentials, error)
}

// authority decides who may do what.
type authority interface {
	// Authorize returns nil if a.Caller may perform a.Action, and else AWS's
	// "access denied". The identity's policies and the resource's own count
	// together; for service principals only the resource's own.
	Authorize(ctx context.Context, a *Access) error
}

// Access is one question to the authority.
type Access struct {
	Caller   awsapi.Caller
	Action   string // "lambda:InvokeFunction"
	Resource string // ARN, with the qualifier if one was given
	// Policy is the resource's own policy, nil if it has none.
	Policy *policy.Policy
	// Keys are condition keys of this request, such as aws:SourceArn.
	Keys policy.Keys
}

// objects reads code packages from S3.
type objects interface {
	// GetObject returns an *ObjectError for what S3 answers.
	GetObject(ctx context.Context, bucket, key, version string) (io.ReadCloser, error)
}

// ObjectError is an answer of S3.
type ObjectError struct{ Code, Message string }

func (e *ObjectError) Error() string { return e.Code + ": " + e.Message }

// deliverer sends records to queues, topics and buses.
type deliverer interface {
	Deliver(ctx context.Context, d *Delivery) error
}

// Delivery is one message for a destination or dead-letter target.
type Delivery struct {
	Target      string // ARN of an SQS queue, SNS topic, event bus or S3 bucket
	FunctionARN string
	Role        string // of the function; its permissions count
	Body        []byte
	// Attributes are message attributes, name to type and value.
	Attributes map[string]Attribute
	// Detail is the event's detail-type for an event bus.
	Detail string
}

// Attribute is a message attribute.
type Attribute struct{ Type, Value string }
