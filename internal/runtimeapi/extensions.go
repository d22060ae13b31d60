package runtimeapi

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxExtensions is how many a function may have. AWS: ten.
const maxExtensions = 10

// Events that extensions can ask for.
const (
	InvokeEvent   = "INVOKE"
	ShutdownEvent = "SHUTDOWN"
)

// ExtensionHost is what extensions are told about their function.
type ExtensionHost struct {
	FunctionName, FunctionVersion, Handler, Account string
	// External are the names of the programs that are started as extensions;
	// others that register run inside of the runtime.
	External []string
	// Failed, if set, is told once that an extension reported an error.
	Failed func()
	// Telemetry takes subscriptions; nil refuses them.
	Telemetry *Telemetry
}

// ExtensionFailure is why an environment cannot go on: an extension said so, or
// has ended.
type ExtensionFailure struct {
	Name string
	Kind string // "Extension.Crash"
	Text string
}

func (f *ExtensionFailure) Error() string { return f.Kind + ": " + f.Text }

// extensionState is where an extension is in its life; its name is logged.
type extensionState string

const (
	extStarted    extensionState = "Started"
	extRegistered extensionState = "Registered"
	extReady      extensionState = "Ready" // waits for an event
	extRunning    extensionState = "Running"
	extInitError  extensionState = "InitError"
	extExitError  extensionState = "ExitError"
	extLaunch     extensionState = "LaunchError"
	extExited     extensionState = "Exited"
)

// extension is one of an environment.
type extension struct {
	name, id string
	external bool
	events   []string
	state    extensionState
	failure  string // type of its error
	queue    [][]byte
}

// Extensions is the Extensions API of one environment.
type Extensions struct {
	host ExtensionHost

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every change
	all     []*extension
	closed  bool // no one may register any more
	gone    bool
	failure *ExtensionFailure
}

// NewExtensions expects host.External to register.
func NewExtensions(host ExtensionHost) *Extensions {
	x := &Extensions{host: host, changed: make(chan struct{})}
	for _, name := range host.External {
		x.all = append(x.all, &extension{name: name, external: true, state: extStarted})
	}
	return x
}

func (x *Extensions) routes(mux *http.ServeMux) {
	mux.HandleFunc("POST /2020-01-01/extension/register", x.register)
	mux.HandleFunc("GET /2020-01-01/extension/event/next", x.next)
	mux.HandleFunc("POST /2020-01-01/extension/init/error", x.reportError(extInitError, "Extension.InitError"))
	mux.HandleFunc("POST /2020-01-01/extension/exit/error", x.reportError(extExitError, "Extension.ExitError"))
	mux.HandleFunc("PUT /2022-07-01/telemetry", x.subscribe)
	mux.HandleFunc("PUT /2020-08-15/logs", x.subscribe)
}

func (x *Extensions) notifyLocked() {
	close(x.changed)
	x.changed = make(chan struct{})
}

// close ends all waits.
func (x *Extensions) close() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.gone = true
	x.notifyLocked()
}

// wait blocks until ok, which is called with the lock held, or until an
// extension has failed.
func (x *Extensions) wait(ctx context.Context, ok func() bool) error {
	for {
		x.mu.Lock()
		switch {
		case x.failure != nil:
			defer x.mu.Unlock()
			return x.failure
		case x.gone:
			x.mu.Unlock()
			return ErrGone
		case ok():
			x.mu.Unlock()
			return nil
		}
		changed := x.changed
		x.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Registered waits until all programs have registered.
func (x *Extensions) Registered(ctx context.Context) error {
	return x.wait(ctx, func() bool {
		return !slices.ContainsFunc(x.all, func(e *extension) bool { return e.state == extStarted })
	})
}

// Ready waits until all extensions wait for an event.
func (x *Extensions) Ready(ctx context.Context) error {
	return x.wait(ctx, func() bool {
		return !slices.ContainsFunc(x.all, func(e *extension) bool { return e.state != extReady })
	})
}

// Close ends registration: the runtime is ready.
func (x *Extensions) Close() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.closed = true
}

// Invoke tells the extensions that asked for it of an event.
func (x *Extensions) Invoke(e *Event) {
	type tracing struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	}
	body, _ := json.Marshal(struct {
		Type     string  `json:"eventType"`
		Deadline int64   `json:"deadlineMs"`
		ID       string  `json:"requestId"`
		ARN      string  `json:"invokedFunctionArn"`
		Tracing  tracing `json:"tracing"`
	}{InvokeEvent, e.Deadline.UnixMilli(), e.RequestID, e.FunctionARN, tracing{"X-Amzn-Trace-Id", e.TraceID}})
	x.send(InvokeEvent, body)
}

// Shutdown tells the extensions that asked for it that the environment ends,
// and returns their names.
func (x *Extensions) Shutdown(reason string, deadline time.Time) []string {
	body, _ := json.Marshal(struct {
		Type     string `json:"eventType"`
		Reason   string `json:"shutdownReason"`
		Deadline int64  `json:"deadlineMs"`
	}{ShutdownEvent, reason, deadline.UnixMilli()})
	return x.send(ShutdownEvent, body)
}

func (x *Extensions) send(event string, body []byte) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var names []string
	for _, e := range x.all {
		if !slices.Contains(e.events, event) {
			continue
		}
		names = append(names, e.name)
		e.queue = append(e.queue, body)
		if e.state == extReady {
			e.state = extRunning
		}
	}
	x.notifyLocked()
	return names
}

// Any says whether there are extensions, and whether some are programs of their
// own.
func (x *Extensions) Any() (some, external bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.all) > 0, slices.ContainsFunc(x.all, func(e *extension) bool { return e.external })
}

// Ended notes that a program has ended: nobody expects that before a shutdown.
func (x *Extensions) Ended(name, how string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.endLocked(name, extExited, "", &ExtensionFailure{name, "Extension.Crash", how})
}

// NotLaunched notes that a program could not be started.
func (x *Extensions) NotLaunched(name, kind, text string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.endLocked(name, extLaunch, kind, &ExtensionFailure{name, "Extension.LaunchError", text})
}

func (x *Extensions) endLocked(name string, state extensionState, kind string, f *ExtensionFailure) {
	for _, e := range x.all {
		if e.name == name && e.state != extInitError && e.state != extExitError {
			e.state, e.failure = state, kind
		}
	}
	if x.failure == nil {
		x.failure = f
	}
	x.notifyLocked()
}

// Failure is what the first extension that failed reported, or nil.
func (x *Extensions) Failure() *ExtensionFailure {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.failure
}

// ExtensionStatus is how the log shows an extension.
type ExtensionStatus struct {
	Name      string   `json:"name"`
	State     string   `json:"state"`
	Events    []string `json:"events"`
	ErrorType string   `json:"errorType,omitempty"`
}

// List tells the state of all, in the order in which they came.
func (x *Extensions) List() []ExtensionStatus {
	x.mu.Lock()
	defer x.mu.Unlock()
	var list []ExtensionStatus
	for _, e := range x.all {
		list = append(list, ExtensionStatus{e.name, string(e.state), append([]string{}, e.events...), e.failure})
	}
	return list
}

// register is POST /extension/register.
func (x *Extensions) register(w http.ResponseWriter, r *http.Request) {
	name := r.Header.Get("Lambda-Extension-Name")
	var in struct {
		Events []string `json:"events"`
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	switch {
	case name == "":
		refuse(w, http.StatusForbidden, "Extension.InvalidExtensionName", "Empty extension name")
		return
	case err != nil || json.Unmarshal(body, &in) != nil:
		refuse(w, http.StatusForbidden, "InvalidRequestFormat", "Cannot parse the request body")
		return
	}
	for _, event := range in.Events {
		if event != InvokeEvent && event != ShutdownEvent {
			refuse(w, http.StatusForbidden, "Extension.InvalidEventType", event+": ErrorInvalidEventType")
			return
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	e, status, kind, message := x.admitLocked(name, in.Events)
	if e == nil {
		refuse(w, status, kind, message)
		return
	}
	e.id, e.state, e.events = newIdentifier(), extRegistered, slices.Compact(slices.Sorted(slices.Values(in.Events)))
	x.notifyLocked()
	out := map[string]string{"functionName": x.host.FunctionName, "functionVersion": x.host.FunctionVersion, "handler": x.host.Handler}
	if strings.Contains(r.Header.Get("Lambda-Extension-Accept-Feature"), "accountId") {
		out["accountId"] = x.host.Account
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Lambda-Extension-Identifier", e.id)
	json.NewEncoder(w).Encode(out)
}

// admitLocked finds the extension that registers, or says why it may not.
func (x *Extensions) admitLocked(name string, events []string) (e *extension, status int, kind, message string) {
	i := slices.IndexFunc(x.all, func(e *extension) bool { return e.name == name })
	switch {
	case i >= 0 && x.all[i].state == extStarted:
		return x.all[i], 0, "", ""
	case i >= 0:
		return nil, http.StatusForbidden, "Extension.AlreadyRegistered", "Extension with name '" + name + "' already registered"
	case x.closed:
		return nil, http.StatusForbidden, "Extension.RegistrationClosed", "Extension registration closed already"
	case len(x.all) >= maxExtensions:
		return nil, http.StatusForbidden, "Extension.TooManyExtensions", fmt.Sprintf("Extension limit (%d) reached", maxExtensions)
	case slices.Contains(events, ShutdownEvent):
		return nil, http.StatusForbidden, "ShutdownEventNotSupportedForInternalExtension", "SHUTDOWN event not supported for internal extensions"
	}
	e = &extension{name: name}
	x.all = append(x.all, e)
	return e, 0, "", ""
}

func newIdentifier() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

var identifier = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// caller finds the extension of a request by its identifier, or answers.
func (x *Extensions) caller(w http.ResponseWriter, r *http.Request) *extension {
	id := r.Header.Get("Lambda-Extension-Identifier")
	switch {
	case id == "":
		refuse(w, http.StatusForbidden, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")
		return nil
	case !identifier.MatchString(id):
		refuse(w, http.StatusForbidden, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier")
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range x.all {
		if e.id == id {
			return e
		}
	}
	refuse(w, http.StatusForbidden, "Extension.UnknownExtensionIdentifier", "Unknown extension "+id)
	return nil
}

// next is GET /extension/event/next: it waits for an event.
func (x *Extensions) next(w http.ResponseWriter, r *http.Request) {
	e := x.caller(w, r)
	if e == nil {
		return
	}
	for {
		x.mu.Lock()
		if e.state != extRegistered && e.state != extReady && e.state != extRunning {
			state := e.state
			x.mu.Unlock()
			refuse(w, http.StatusForbidden, "Extension.InvalidExtensionState", fmt.Sprintf("Transition from %s to Ready is not allowed", state))
			return
		}
		if x.gone {
			x.mu.Unlock()
			return
		}
		if len(e.queue) > 0 {
			body := e.queue[0]
			e.queue = e.queue[1:]
			e.state = extRunning
			x.notifyLocked()
			x.mu.Unlock()
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Lambda-Extension-Event-Identifier", newIdentifier())
			w.Write(body)
			return
		}
		if e.state != extReady {
			e.state = extReady
			x.notifyLocked()
		}
		changed := x.changed
		x.mu.Unlock()
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

// reportError is POST /extension/init/error and /extension/exit/error.
func (x *Extensions) reportError(state extensionState, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		e := x.caller(w, r)
		if e == nil {
			return
		}
		reported := r.Header.Get("Lambda-Extension-Function-Error-Type")
		if reported == "" {
			refuse(w, http.StatusForbidden, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found")
			return
		}
		x.mu.Lock()
		if state == extInitError && e.state != extRegistered {
			from := e.state
			x.mu.Unlock()
			refuse(w, http.StatusForbidden, "Extension.InvalidExtensionState", fmt.Sprintf("Transition from %s to %s is not allowed", from, state))
			return
		}
		e.state, e.failure = state, reported
		if x.failure == nil {
			x.failure = &ExtensionFailure{e.name, kind, reported}
		}
		x.notifyLocked()
		x.mu.Unlock()
		accept(w)
		if x.host.Failed != nil {
			x.host.Failed()
		}
	}
}
