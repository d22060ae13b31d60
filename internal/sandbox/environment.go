package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/lambdagate/lambdagate/internal/runtimeapi"
	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
)

// environment is one process tree. Between take and give it belongs to the
// goroutine that invokes; the manager's lock guards state.
type environment struct {
	m      *Manager
	launch *launch
	memory int // MiB that the process was started for

	original *jail.Original // that its process is a copy of; nil if it was started

	state    state // guarded by Manager.mu
	lastUsed time.Time

	proc    *jail.Process
	conn    *runtimeapi.Conn   // of a runtime that speaks frames
	api     *runtimeapi.Server // of one that speaks HTTP
	ext     *extensions        // nil for functions that cannot have any
	output  *output
	resided atomic.Int64 // bytes of memory when last looked at
	peak    atomic.Int64
	memKill atomic.Bool // ended for using too much memory
	frozen  atomic.Bool

	line  line  // line.go
	begun int64 // Manager.begun at its last event

	crowd   time.Time // when somebody last stood in line
	batched bool      // Process.Batch

	tenant            // set when it gets its function; pool is nil before
	used    bool      // had an event
	sent    bool      // the first event was sent along with the order to load
	early   *Event    // was sent along with the order to load
	ahead   bool      // its process was started before its function was known
	began   time.Time // of the process, or of taking over one started ahead
	initDur time.Duration
}

// tenant is what an environment gets together with its function.
type tenant struct {
	pool    *pool // has counted the environment
	f       *Function
	journal *journal
	keys    Credentials
	common  map[string]string // variables of all functions
	kept    bool              // provisioned; guarded by Manager.mu once it is made
}

// startEnvironment starts the process of a runtime. With a function its code
// is there from the start; without one it waits to be adopted.
func (m *Manager) startEnvironment(ctx context.Context, l *launch, memoryMB int, t *tenant) (*environment, error) {
	e := &environment{m: m, launch: l, memory: memoryMB, lastUsed: m.now()}
	if err := m.begin(ctx, e, t); err != nil {
		return nil, err
	}
	return e, nil
}

// begin gives an environment its process.
func (m *Manager) begin(ctx context.Context, e *environment, t *tenant) error {
	if err := m.admit(e); err != nil {
		return err
	}
	e.began = m.now()
	proc, err := e.start(ctx, t)
	if err != nil {
		m.bury(e)
		return err
	}
	m.mu.Lock()
	if t != nil {
		m.assignLocked(e, t)
	}
	e.proc = proc
	if e.state == stopping { // the manager was closed meanwhile
		proc.Kill()
	}
	m.mu.Unlock()
	m.watchEnd(e)
	return nil
}

func (e *environment) start(ctx context.Context, t *tenant) (*jail.Process, error) {
	if t != nil {
		if err := e.prepareExtensions(t); err != nil {
			return nil, err
		}
	}
	if e.launch.family == custom {
		return e.startCustom(ctx, t)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start environment: %w", err)
	}
	defer w.Close()
	conn, theirs, err := runtimeapi.Pipes()
	if err != nil {
		r.Close()
		return nil, fmt.Errorf("start environment: %w", err)
	}
	spec := e.spec(t)
	spec.Output, spec.Channel = w, theirs
	var proc *jail.Process
	if e.original != nil {
		proc, err = e.m.jails.Copy(ctx, e.original, spec)
	} else {
		proc, err = e.m.jails.Start(ctx, spec)
	}
	for _, f := range theirs {
		f.Close()
	}
	if err != nil {
		r.Close()
		conn.Close()
		return nil, e.startError(err)
	}
	e.output = newOutput(r)
	e.conn = conn
	if e.ext != nil {
		e.ext.serve(proc)
	}
	return proc, nil
}

// spec are the walls and the program.
func (e *environment) spec(t *tenant) *jail.Spec {
	l := e.launch
	var f *Function
	if t != nil {
		f = t.f
	}
	spec := &jail.Spec{
		Path: l.path, Dir: "/", Plain: l.plain,
		Binds: slices.Clone(l.binds), TmpMB: defaultEphemeralMB, MemoryMB: e.memory, Processes: maxProcesses, OpenFiles: maxFiles,
	}
	root, inspect := taskRoot, ""
	env := map[string]string{}
	if f != nil {
		root, inspect = l.codeRoot(f), f.Inspect
		maps.Copy(env, baseEnv(l.language, root))
		if l.family == custom {
			maps.Copy(env, functionEnv(t))
		}
		if l.family == python && inspect != "" {
			env["PYTHONPATH"] += ":" + root + ":" + layerRoot + "/python" // that is where debugpy may be
		}
		maps.Copy(env, f.Env)
		if e.ext != nil && e.ext.address != "" {
			env["AWS_LAMBDA_RUNTIME_API"] = e.ext.address
		}
		spec.Binds = append(spec.Binds, codeBinds(f)...)
		spec.TmpMB = ephemeral(f)
	} else {
		env = baseEnv(l.language, root)
	}
	spec.Env = environ(env)
	spec.Args = l.argv(e.memory, inspect)
	if f == nil {
		spec.Args = append(spec.Args, "ahead")
	} else if wrapper := f.Env["AWS_LAMBDA_EXEC_WRAPPER"]; wrapper != "" && l.family != custom {
		// A script of the function's own starts the runtime.
		spec.Args = append([]string{wrapper, l.path}, spec.Args[1:]...)
		spec.Path = wrapper
	}
	return spec
}

// startError tells why there is no process.
func (e *environment) startError(err error) error {
	return fmt.Errorf("%w: start %s: %w", ErrRuntime, e.launch.id, err)
}

// close ends the channel to the runtime.
func (e *environment) close() {
	if e.conn != nil {
		e.conn.Close()
	}
	if e.api != nil {
		e.api.Close()
	}
	if e.ext != nil {
		e.ext.close()
	}
}

// Limits of an environment, as on AWS.
const (
	maxFiles           = 1024
	maxProcesses       = 1024
	defaultEphemeralMB = 512
)

func ephemeral(f *Function) int {
	if f.EphemeralMB == 0 {
		return defaultEphemeralMB
	}
	return f.EphemeralMB
}

// adopt shows a process that was started ahead the code of its function.
func (e *environment) adopt(ctx context.Context) error {
	f := e.f
	show := &jail.Show{Binds: codeBinds(f)}
	if mb := ephemeral(f); mb != defaultEphemeralMB {
		show.TmpMB = mb
	}
	if err := e.proc.Show(ctx, show); err != nil {
		return fmt.Errorf("%w: show the code to %s: %w", ErrRuntime, e.launch.id, err)
	}
	return nil
}

// errInit is how initialise reports that the function's code could not be
// loaded; outcome is what the caller gets.
type errInit struct {
	payload []byte // the error's JSON
	timeout bool
	fail    *failure
}

func (e *errInit) Error() string {
	switch {
	case e.fail != nil:
		return e.fail.text
	case e.timeout:
		return "the code did not load in time"
	}
	return string(e.payload)
}

// kind is the error's type.
func (e *errInit) kind() string {
	var payload struct {
		Type string `json:"errorType"`
	}
	if json.Unmarshal(e.payload, &payload) != nil {
		return ""
	}
	return payload.Type
}

// initialise loads the function, with its extensions. deadline is when AWS would
// give up. The event that follows, if there is one, may be sent along.
func (e *environment) initialise(ctx context.Context, deadline time.Time, requestID string, follows *Event) error {
	if err := e.prepareExtensions(&e.tenant); err != nil {
		return err
	}
	if e.ext == nil {
		return e.load(ctx, deadline, requestID, follows)
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	e.ext.serve(e.proc)
	err := e.load(ctx, deadline, requestID, nil)
	if err == nil {
		err = e.ext.ready(ctx)
	} else {
		e.ext.list()
	}
	if fail := e.ext.initFailed(requestID); err != nil && fail != nil {
		return fail
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &errInit{timeout: true}
	}
	return err
}

// load loads the function. Its extensions are there before.
func (e *environment) load(ctx context.Context, deadline time.Time, requestID string, follows *Event) error {
	e.output.attach(e.journal, e.ahead)
	if e.api != nil {
		if e.ext != nil {
			if err := e.ext.start(ctx); err != nil {
				return err
			}
		}
		return e.initialiseCustom(ctx, deadline, requestID)
	}
	load := &runtimeapi.Load{Env: functionEnv(&e.tenant), Root: e.launch.codeRoot(e.f), Open: e.ext != nil}
	if e.ext != nil && e.ext.address != "" {
		load.Env["AWS_LAMBDA_RUNTIME_API"] = e.ext.address
	}
	if err := e.conn.SetDeadline(deadline); err != nil {
		return err
	}
	if err := e.conn.WriteLoad(load); err != nil {
		return e.initEnded(err, requestID)
	}
	if e.ahead {
		// The runtime takes in its settings meanwhile.
		if err := e.adopt(ctx); err != nil {
			return err
		}
	}
	if e.ext != nil {
		if err := e.ext.start(ctx); err != nil {
			return err
		}
	}
	if err := e.conn.WriteGo(""); err != nil {
		return e.initEnded(err, requestID)
	}
	e.sendEarly(follows, deadline)
	for {
		kind, body, err := e.conn.Read()
		if err != nil {
			return e.initEnded(err, requestID)
		}
		switch kind {
		case runtimeapi.KindReady:
			e.output.drain()
			return nil
		case runtimeapi.KindLog:
			e.journal.function(body)
		case runtimeapi.KindOutput:
			e.output.write(body)
		case runtimeapi.KindNeed:
			took, err := e.bringSDK(string(body))
			if err != nil {
				return e.initEnded(err, requestID)
			}
			deadline = deadline.Add(took) // it was not the function's fault
			if err := e.conn.SetDeadline(deadline); err != nil {
				return err
			}
		case runtimeapi.KindGone: // its end is next
		case runtimeapi.KindInitError:
			payload := append([]byte(nil), body...)
			e.ended(2 * time.Second)
			return &errInit{payload: payload}
		default:
			return fmt.Errorf("%w: %q while loading", runtimeapi.ErrFrame, kind)
		}
	}
}

// initEnded tells why there was no answer to the order to load.
func (e *environment) initEnded(err error, requestID string) error {
	if isTimeout(err) {
		return &errInit{timeout: true}
	}
	exit := e.ended(2 * time.Second)
	fail := exited(requestID, exit, e.launch.legacy())
	return &errInit{payload: fail.payload(), fail: &fail}
}

// ended waits until the process is gone, and ends it after grace.
func (e *environment) ended(grace time.Duration) jail.Exit {
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-e.proc.Ended():
	case <-e.proc.Gone(): // all of it, unless there are extensions
		if e.ext != nil {
			e.kill(endedFailure, false)
		}
		<-e.proc.Ended()
	case <-timer.C:
		e.proc.Kill()
		<-e.proc.Ended()
	}
	e.output.finish()
	e.output.rest()
	exit := e.proc.Exit()
	if exit.OutOfMemory {
		e.memKill.Store(true)
	}
	if e.memKill.Load() {
		exit = jail.Exit{Signal: 9, OutOfMemory: true}
	}
	return exit
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
