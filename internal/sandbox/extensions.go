package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/lambdagate/lambdagate/internal/runtimeapi"
	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
)

// How long the parts of a shutdown may take. AWS: no time without extensions,
// 500 ms with internal ones, 2 s with external ones, of which the runtime has
// 300 ms.
type shutdownTimes struct{ internal, external, runtime time.Duration }

var usualShutdown = shutdownTimes{internal: 500 * time.Millisecond, external: 2 * time.Second, runtime: 300 * time.Millisecond}

// Reasons of a shutdown.
const (
	spindown     = "spindown"
	endedTimeout = "timeout"
	endedFailure = "failure"
)

// extensions are what an environment has beside its runtime: the Extensions
// API, the programs of layers that speak it, and their telemetry. Environments
// without layers have none of it.
type extensions struct {
	e         *environment
	api       *runtimeapi.Extensions
	telemetry *runtimeapi.Telemetry
	server    *runtimeapi.Server // of runtimes that speak frames
	names     []string
	address   string // AWS_LAMBDA_RUNTIME_API
	listener  net.Listener
	// executable says of an image's programs whether they can be run.
	executable map[string]bool

	// some says that there are any; those who have none pay nothing per event.
	some     bool
	children []*jail.Child
	outputs  []*output
	watching sync.WaitGroup
	ending   chan struct{} // closed when the environment is being shut down
	once     sync.Once
}

// hasExtensionsAPI says whether something of f may speak the Extensions API:
// programs in layers, or a part of the runtime that a layer, a wrapper or a
// variable brings in. Images may have it all.
func hasExtensionsAPI(f *Function) bool {
	return f.Image != nil || len(f.Layers) > 0 || f.Env["AWS_LAMBDA_EXEC_WRAPPER"] != ""
}

// programs are the extensions in f's layers by name, and where they are on the
// host.
func programs(f *Function) map[string]string {
	found := map[string]string{}
	for _, layer := range f.Layers {
		list, _ := os.ReadDir(filepath.Join(layer, "extensions"))
		for _, entry := range list {
			path := filepath.Join(layer, "extensions", entry.Name())
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
				found[entry.Name()] = path
			}
		}
	}
	return found
}

// prepareExtensions opens the API for a function that may use it. Those of an
// image are found when there is a container: startImage.
func (e *environment) prepareExtensions(t *tenant) error {
	if e.ext != nil || !hasExtensionsAPI(t.f) || t.f.Image != nil {
		return nil
	}
	var listener net.Listener
	if e.m.config.Network != jail.NoNetwork || e.launch.plain {
		var err error
		if listener, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
			return fmt.Errorf("start the extensions API: %w", err)
		}
	}
	var names []string
	for name := range programs(t.f) {
		names = append(names, name)
	}
	e.openExtensions(t, names, listener)
	return nil
}

// openExtensions opens the API for extensions with those names, at a listener
// unless the environment has a network of its own.
func (e *environment) openExtensions(t *tenant, names []string, listener net.Listener) {
	slices.Sort(names)
	x := &extensions{e: e, telemetry: runtimeapi.NewTelemetry(), ending: make(chan struct{}), names: names, listener: listener}
	x.api = runtimeapi.NewExtensions(runtimeapi.ExtensionHost{
		FunctionName: t.f.Name, FunctionVersion: t.f.Version, Handler: t.f.Handler, Account: accountOf(t.f.ARN),
		External: x.names, Failed: x.failed, Telemetry: x.telemetry,
	})
	x.telemetry.Subscribed = x.subscribed
	if listener != nil {
		x.address = listener.Addr().String()
	}
	t.journal.watched(x.telemetry)
	e.m.mu.Lock()
	defer e.m.mu.Unlock()
	e.ext = x
}

func accountOf(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 4 {
		return parts[4]
	}
	return ""
}

// serve answers the API, for a runtime that does not speak HTTP itself.
func (x *extensions) serve(proc *jail.Process) {
	if x.listener != nil && x.server == nil && x.e.api == nil {
		x.server = runtimeapi.NewServer(x.listener, ownedBy(proc), x.api)
	}
}

// ownedBy lets connections of a jail's own processes through.
func ownedBy(proc *jail.Process) func(net.Conn) bool {
	return func(c net.Conn) bool {
		inode, err := runtimeapi.PeerInode(c)
		return err == nil && proc.OwnsSocket(inode)
	}
}

// close ends the API. It does not wait for a shutdown under way.
func (x *extensions) close() {
	if x.server != nil {
		x.server.Close()
	} else if x.listener != nil {
		x.listener.Close()
	}
	x.telemetry.Close()
}

// start runs the programs and waits until they have registered.
func (x *extensions) start(ctx context.Context) error {
	e := x.e
	paths := programs(e.f)
	for _, name := range x.names {
		if err := x.launch(ctx, name, paths[name]); err != nil {
			kind := "UnknownError"
			if errors.Is(err, fs.ErrPermission) {
				kind = "PermissionDenied"
			}
			x.api.NotLaunched(name, kind, fmt.Sprintf("%s: %v", name, err))
			break
		}
	}
	err := x.api.Registered(ctx)
	e.heard(x.outputs...)
	x.drain()
	return err
}

// drain logs what the programs have written so far.
func (x *extensions) drain() {
	for _, out := range x.outputs {
		out.drain()
	}
}

// notForExtensions are variables that only the runtime gets. AWS: Extensions
// API, environment variables.
var notForExtensions = []string{"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
	"AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT"}

func (x *extensions) launch(ctx context.Context, name, host string) error {
	e := x.e
	env := baseEnv(e.launch.language, e.launch.codeRoot(e.f))
	for k, v := range functionEnv(&e.tenant) {
		env[k] = v
	}
	env["AWS_LAMBDA_RUNTIME_API"] = x.address
	for _, k := range notForExtensions {
		delete(env, k)
	}
	env["PWD"] = "/"
	path, list := host, environ(env)
	switch {
	case e.launch.engine != nil:
		if !x.executable[name] {
			return syscall.EACCES
		}
		path, list = extensionsFolder+"/"+name, imageExtensionEnv(env, e.f)
	case !e.launch.plain:
		path = extensionsFolder + "/" + name
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer w.Close()
	child, err := e.proc.Spawn(ctx, &jail.Spec{Path: path, Args: []string{path}, Env: list, Dir: "/", Output: w})
	if err != nil {
		r.Close()
		if program, ok := errors.AsType[*jail.ProgramError](err); ok {
			if number, ok := errors.AsType[syscall.Errno](program.Err); ok {
				return number
			}
		}
		return err
	}
	out := newOutput(r)
	out.kind = runtimeapi.ExtensionTelemetry
	out.attach(e.journal, false)
	x.outputs, x.children = append(x.outputs, out), append(x.children, child)
	e.m.running.Go(func() { x.watch(name, child, out) })
	return nil
}

// watch follows a program: nobody expects its end before a shutdown.
func (x *extensions) watch(name string, child *jail.Child, out *output) {
	<-child.Ended()
	out.finish()
	out.rest()
	select {
	case <-x.ending:
		return
	case <-x.container():
		return
	default:
	}
	how := fmt.Sprintf("exit code %d", child.Exit().Code)
	switch exit := child.Exit(); {
	case exit.Signal != 0:
		how = "signal: " + syscall.Signal(exit.Signal).String()
	case exit.Code != 0:
		how = fmt.Sprintf("exit status %d", exit.Code)
	}
	x.api.Ended(name, how)
	x.failed()
}

// failed ends the environment: an extension cannot go on.
func (x *extensions) failed() {
	x.e.m.running.Go(func() {
		x.shutdown(endedFailure, false)
		x.e.m.discard(x.e)
	})
}

// ready waits until runtime and extensions have all initialised, and logs them.
func (x *extensions) ready(ctx context.Context) error {
	x.initDone("platform.initRuntimeDone", nil)
	x.api.Close()
	err := x.api.Ready(ctx)
	x.initDone("platform.initReport", &metrics{Duration: milliseconds(time.Since(x.e.began))})
	x.list()
	x.telemetry.Ready()
	if x.some, _ = x.api.Any(); !x.some {
		x.e.journal.unwatched()
	}
	if err == nil && len(x.api.List()) == len(x.names) && x.e.conn != nil && x.e.launch.family == node {
		return x.e.conn.WriteFreeze() // none of them runs inside of the runtime
	}
	return err
}

func (x *extensions) initDone(kind string, m *metrics) {
	x.e.journal.tell(time.Now(), kind, record{InitializationType: x.e.journal.initType, Phase: "init", Status: "success", Metrics: m})
}

// list logs the extensions.
func (x *extensions) list() {
	for _, s := range x.api.List() {
		x.e.journal.extension(s)
	}
}

// subscribed logs a subscription.
func (x *extensions) subscribed(name, api string, types []string) {
	x.e.journal.subscribed(name, api, types)
}

// initFailed is what a failed extension makes of an initialisation; nil if none
// has failed.
func (x *extensions) initFailed(requestID string) *errInit {
	fail := x.failure(requestID)
	if fail == nil {
		return nil
	}
	return &errInit{payload: fail.payload(), fail: fail}
}

// failure is the error of the extension that failed first, or nil.
func (x *extensions) failure(requestID string) *failure {
	f := x.api.Failure()
	if f == nil {
		return nil
	}
	text := fmt.Sprintf("RequestId: %s Error: %s", requestID, f.Text)
	return &failure{kind: f.Kind, text: text, log: text + "\n" + f.Kind + "\n"}
}

// shutdown ends the environment in AWS's order: first the runtime, then the
// extensions, each with its time; then whatever is left. It returns when all is
// over. listen says that nobody else reads what the runtime says.
func (x *extensions) shutdown(reason string, listen bool) {
	x.once.Do(func() {
		close(x.ending)
		x.e.thaw()
		some, external := x.api.Any()
		times := x.e.m.config.shutdown
		switch {
		case external:
			x.end(reason, times.external, times.runtime, listen)
		case some:
			x.end(reason, times.internal, times.internal, listen)
		}
		x.e.proc.Kill()
	})
}

func (x *extensions) end(reason string, limit, runtime time.Duration, listen bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.e.m.background), limit)
	defer cancel()
	deadline := time.Now().Add(limit)
	if x.e.launch.engine != nil {
		// A container ends with its runtime, so that goes last.
		x.endPrograms(ctx, reason, deadline)
		x.endRuntime(context.WithoutCancel(ctx), runtime, listen)
		return
	}
	x.endRuntime(ctx, runtime, listen)
	x.endPrograms(ctx, reason, deadline)
}

// endPrograms tells the extensions to end, and waits for those that asked to be
// told.
func (x *extensions) endPrograms(ctx context.Context, reason string, deadline time.Time) {
	x.telemetry.Flush(ctx)
	told := x.api.Shutdown(reason, deadline)
	for i, name := range x.names {
		if !slices.Contains(told, name) || i >= len(x.children) {
			continue
		}
		select {
		case <-x.children[i].Ended():
		case <-x.container():
			return
		case <-ctx.Done():
			return
		}
	}
}

// container is closed when the runtime has ended, if the extensions end with it.
func (x *extensions) container() <-chan struct{} {
	if x.e.launch.engine == nil {
		return nil
	}
	return x.e.proc.Gone()
}

// endRuntime tells the runtime to end, and waits for that.
func (x *extensions) endRuntime(ctx context.Context, limit time.Duration, listen bool) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	x.e.proc.Signal(ctx, int(syscall.SIGTERM)) // it may have ended
	if x.e.conn != nil {
		if listen {
			x.e.m.running.Go(x.lastWords)
		}
		x.e.conn.CloseWrite() // one that waits for its next event is woken up
	}
	select {
	case <-x.e.proc.Gone():
	case <-ctx.Done():
		x.e.proc.Signal(context.WithoutCancel(ctx), int(syscall.SIGKILL))
	}
}

// lastWords logs what a runtime says while it ends.
func (x *extensions) lastWords() {
	x.e.conn.SetDeadline(time.Now().Add(x.e.m.config.shutdown.external))
	for {
		kind, body, err := x.e.conn.Read()
		if err != nil {
			return
		}
		switch kind {
		case runtimeapi.KindLog:
			x.e.journal.function(body)
		case runtimeapi.KindOutput:
			x.e.output.write(body)
		}
	}
}

// kill ends an environment that did not answer in time, or whose program has
// ended.
func (e *environment) kill(reason string, listen bool) {
	if e.ext != nil {
		e.ext.shutdown(reason, listen)
	}
	e.proc.Kill()
}

// awaitExtensions is the part of an invocation after the runtime has answered:
// extensions may go on until the deadline.
func (x *invocation) awaitExtensions() {
	ctx := context.Background()
	if !x.deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, x.deadline)
		defer cancel()
	}
	ext := x.e.ext
	ext.runtimeDone(x)
	if x.spent {
		return
	}
	err := ext.api.Ready(ctx)
	x.heard(ext.outputs...)
	ext.drain()
	if err == nil {
		return
	}
	x.spent = true
	if errors.Is(err, context.DeadlineExceeded) {
		x.failed(timedOut(x.ev.RequestID, x.deadline.Sub(x.started), time.Now()))
		x.e.kill(endedTimeout, true)
		return
	}
	x.extensionFailed(true)
}

// extensionFailed makes the failure of an extension the outcome, if there is
// one and it concerns this event.
func (x *invocation) extensionFailed(concerned bool) bool {
	if x.e.ext == nil || !concerned {
		return false
	}
	fail := x.e.ext.failure(x.ev.RequestID)
	if fail == nil {
		return false
	}
	x.failed(*fail)
	return true
}

// runtimeDone tells subscribers that the runtime has answered.
func (x *extensions) runtimeDone(v *invocation) {
	status := "success"
	switch {
	case v.fail != nil && v.fail.kind == "Sandbox.Timedout":
		status = "timeout"
	case v.spent:
		status = "failure"
	case v.out.FunctionError != "":
		status = "error"
	}
	x.e.journal.tell(time.Now(), "platform.runtimeDone", struct {
		RequestID string `json:"requestId"`
		Status    string `json:"status"`
		Metrics   any    `json:"metrics"`
	}{v.ev.RequestID, status, struct {
		Duration float64 `json:"durationMs"`
		Produced int     `json:"producedBytes"`
	}{milliseconds(time.Since(v.started)), len(v.out.Payload)}})
}

// Telemetry of a journal.

// watched gives t all records from now on.
func (j *journal) watched(t *runtimeapi.Telemetry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.telemetry = t
	for _, r := range j.untold {
		t.Publish(runtimeapi.PlatformTelemetry, r.kind, r.at, r.body)
	}
	j.untold = nil
}

// unwatched says that nobody takes telemetry.
func (j *journal) unwatched() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.telemetry, j.alone = nil, true
}

// told is a record from before somebody could subscribe.
type told struct {
	kind string
	at   time.Time
	body json.RawMessage
}

// tell publishes a platform record, if the function has extensions.
func (j *journal) tell(at time.Time, kind string, r any) {
	if j.alone || !hasExtensionsAPI(j.f) {
		return
	}
	body, err := json.Marshal(r)
	if err != nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.telemetry == nil {
		j.untold = append(j.untold, told{kind, at, body})
		return
	}
	j.telemetry.Publish(runtimeapi.PlatformTelemetry, kind, at, body)
}

// function logs one event of the function.
func (j *journal) function(text []byte) {
	j.wrote(runtimeapi.FunctionTelemetry, text)
	j.line(text)
}

// wrote publishes what function or extension wrote.
func (j *journal) wrote(kind string, text []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.telemetry == nil {
		return
	}
	body := json.RawMessage(nil)
	if trimmed := strings.TrimSpace(string(text)); j.json && strings.HasPrefix(trimmed, "{") && json.Valid(text) {
		body = json.RawMessage(trimmed)
	} else if body, _ = json.Marshal(string(text)); body == nil {
		return
	}
	j.telemetry.Publish(kind, kind, time.Now(), body)
}

// extension logs what became of an extension.
func (j *journal) extension(s runtimeapi.ExtensionStatus) {
	j.tell(time.Now(), "platform.extension", s)
	if j.json {
		j.platform("INFO", "platform.extension", record{Name: s.Name, State: s.State, Events: s.Events, ErrorType: s.ErrorType})
		return
	}
	line := fmt.Appendf(nil, "EXTENSION\tName: %s\tState: %s\tEvents: [%s]", s.Name, s.State, strings.Join(s.Events, ","))
	if s.ErrorType != "" {
		line = fmt.Appendf(line, "\tError Type: %s", s.ErrorType)
	}
	j.write(append(line, '\n'))
}

// subscribed logs a subscription to telemetry.
func (j *journal) subscribed(name, api string, types []string) {
	kind := "platform.telemetrySubscription"
	if api == "Logs" {
		kind = "platform.logsSubscription"
	}
	j.tell(time.Now(), kind, struct {
		Name  string   `json:"name"`
		State string   `json:"state"`
		Types []string `json:"types"`
	}{name, "Subscribed", types})
	if j.json {
		j.platform("INFO", kind, record{Name: name, State: "Subscribed", Types: types})
		return
	}
	var shown []string
	for _, t := range types {
		shown = append(shown, strings.ToUpper(t[:1])+t[1:])
	}
	j.write(fmt.Appendf(nil, "%s\tName: %s\tState: Subscribed\tTypes: [%s]\n", strings.ToUpper(api), name, strings.Join(shown, ", ")))
}
