package sandbox

import (
	"context"
	"errors"
	"time"
)

// Errors of Invoke: the function did not run.
var (
	// ErrThrottled says that MaxConcurrency environments are busy.
	ErrThrottled = errors.New("all environments of the function are busy")
	// ErrCapacity says that the memory budget is used up by busy environments.
	ErrCapacity = errors.New("no memory left for another environment")
	// ErrRuntime says that the function's runtime cannot be had or started on
	// this machine; the text says what is missing and what to do.
	ErrRuntime = errors.New("runtime not available")
	// ErrClosed says that the manager was closed.
	ErrClosed = errors.New("sandbox manager is closed")
)

// Function is one version of a function with one revision of its settings. It
// must not be changed once it was given to a Manager.
type Function struct {
	// ID is unique for code and settings: environments are shared by equal IDs.
	ID string
	// Runtime is AWS's identifier, such as "nodejs20.x" or "provided.al2023".
	Runtime string
	Handler string
	// Image, if set, runs in the place of Runtime, Handler and CodeDir.
	Image *Image
	// CodeDir is the folder with the unpacked code. Everybody must be able to
	// read what is in it.
	CodeDir string
	// Layers are folders to be laid over each other at /opt, the last on top.
	Layers []string
	// Env are the user's variables.
	Env         map[string]string
	MemoryMB    int
	Timeout     time.Duration
	EphemeralMB int // size of /tmp; zero means 512

	Name, Version, ARN, Region, LogGroup string
	// RuntimeVersionARN is named in the log when an environment starts.
	RuntimeVersionARN string

	// LogFormat is "Text" (also when empty) or "JSON"; the levels, such as
	// "INFO", apply to JSON only, and empty means INFO.
	LogFormat, ApplicationLogLevel, SystemLogLevel string

	// MaxConcurrency is the largest number of environments; zero means no limit
	// but the memory budget.
	MaxConcurrency int
	// Credentials returns the role's temporary keys for a new environment. An
	// environment is not used beyond their expiry.
	Credentials func(context.Context) (Credentials, error)
	// ActiveTracing adds the trace to the REPORT line.
	ActiveTracing bool
	// Inspect, if set, is the address ("127.0.0.1:9229") for Node.js's
	// debugger. Such a function has one environment and no time limit.
	Inspect string
}

// runtime is the identifier that decides how the function starts.
func (f *Function) runtime() string {
	if f.Image != nil {
		return imageRuntime
	}
	return f.Runtime
}

// Credentials are temporary keys of a role.
type Credentials struct {
	AccessKeyID, SecretAccessKey, SessionToken string
	Expires                                    time.Time // zero: never
}

// Event is one invocation.
type Event struct {
	RequestID string
	// Payload is valid JSON.
	Payload []byte
	// TraceID is the value of X-Amzn-Trace-Id, or empty.
	TraceID string
	// ClientContext and Identity are JSON, or empty.
	ClientContext, Identity string
	// InvokedARN is the ARN that the caller used; empty means the function's.
	InvokedARN string
	// Tail asks for the end of the log in the outcome.
	Tail bool
	// Stream, if set, receives a streamed response. Without it a streamed
	// response is collected in Outcome.Payload.
	Stream ResponseStream
	// Ended, if set, is called once, with what Invoke returns or, where the
	// caller did not wait that long, would have returned.
	Ended func(*Outcome, error)
}

// ResponseStream receives a response while the function writes it, in the
// goroutine that called Invoke.
type ResponseStream interface {
	// Start is called once, before the first Write.
	Start(contentType string) error
	// Write must not keep chunk.
	Write(chunk []byte) (int, error)
}

// Values of Outcome.FunctionError.
const (
	Handled   = "Handled"
	Unhandled = "Unhandled"
)

// Outcome is how an invocation ended.
type Outcome struct {
	// Payload is the result, or the error's JSON if FunctionError is set. It is
	// nil if the response was streamed whole.
	Payload []byte
	// FunctionError is empty, Handled or Unhandled.
	FunctionError string
	// Streamed says that Event.Stream was started. If FunctionError is set too,
	// the stream broke off and Payload tells why.
	Streamed bool
	// ContentType is what a streamed response declared; empty otherwise.
	ContentType string

	Duration     time.Duration
	ColdStart    bool
	InitDuration time.Duration // zero unless ColdStart
	MaxMemoryMB  int
	LogStream    string
	// LogTail holds up to the last 4 KiB of the invocation's log, if asked for.
	LogTail []byte
}

// LogSink takes the log of functions.
type LogSink interface {
	// Stream is asked for once for each environment that gets a function.
	Stream(f *Function, name string) LogStream
}

// LogStream takes the log of one environment. Calls come one after the other.
type LogStream interface {
	// Log takes log events of one moment. It must be quick and must not keep them.
	Log(at time.Time, messages [][]byte)
}
