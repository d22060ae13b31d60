package sandbox

import (
	"encoding/json"
	"fmt"
	"syscall"
	"time"

	"github.com/lambdagate/lambdagate/internal/runtimeapi"
	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
)

// failure is an error that the environment, not the function's code, reports:
// AWS's JSON for the caller and a line for the log.
type failure struct {
	kind string // errorType; empty in the runtimes up to nodejs8.10
	text string
	log  string // the log event; empty for none
	// late puts the log event after END and REPORT, as the old runtimes did.
	late bool
}

// payload is the error's JSON.
func (f failure) payload() []byte {
	b, _ := json.Marshal(struct {
		Type    string `json:"errorType,omitempty"`
		Message string `json:"errorMessage"`
	}{f.kind, f.text})
	return b
}

// timedOut is the error of an invocation that took longer than limit.
func timedOut(id string, limit time.Duration, now time.Time) failure {
	task := fmt.Sprintf("Task timed out after %.2f seconds", limit.Seconds())
	return failure{
		kind: "Sandbox.Timedout",
		text: fmt.Sprintf("RequestId: %s Error: %s", id, task),
		log:  fmt.Sprintf("%s %s %s\n\n", now.UTC().Format(timestampFormat), id, task),
	}
}

// exited is the error of a runtime that ended during an invocation. The
// runtimes up to nodejs8.10 had a text of their own.
func exited(id string, exit jail.Exit, legacy bool) failure {
	if legacy {
		text := fmt.Sprintf("RequestId: %s Process exited before completing request", id)
		return failure{text: text, log: text + "\n\n", late: true}
	}
	text := fmt.Sprintf("RequestId: %s Error: %s", id, reason(exit))
	return failure{kind: "Runtime.ExitError", text: text, log: text + "\nRuntime.ExitError\n"}
}

// reason tells how a runtime ended, in AWS's words.
func reason(exit jail.Exit) string {
	switch {
	case exit.Signal != 0:
		return "Runtime exited with error: signal: " + syscall.Signal(exit.Signal).String()
	case exit.Code != 0:
		return fmt.Sprintf("Runtime exited with error: exit status %d", exit.Code)
	}
	return "Runtime exited without providing a reason"
}

// tooLarge is the error of a response that AWS does not take.
func tooLarge() failure {
	return failure{
		kind: "Function.ResponseSizeTooLarge",
		text: fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", runtimeapi.MaxResponse),
	}
}
