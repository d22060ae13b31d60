package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/lambdagate/lambdagate/internal/runtimeapi"
	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
)

// noEntrypoint says that a custom runtime has no program to start.
type noEntrypoint struct{ text string }

func (e *noEntrypoint) Error() string { return e.text }

// launchCustom is for programs that speak the HTTP Runtime API. What to start
// depends on the function.
func (m *Manager) launchCustom(l language) (*launch, error) {
	if l.id == imageRuntime {
		return m.launchImage(l)
	}
	out := &launch{language: l, plain: m.plain, command: m.config.Commands[l.id]}
	if len(out.command) > 0 {
		program, err := exec.LookPath(out.command[0])
		if err != nil {
			return nil, fmt.Errorf("%w: %s: the configured command cannot be run: %w", ErrRuntime, l.id, err)
		}
		out.path = program
	}
	dir := m.config.RuntimeDirs[l.id]
	if dir == "" {
		return out, nil
	}
	if _, err := os.Stat(filepath.Join(dir, "bootstrap")); err != nil && out.command == nil {
		return nil, fmt.Errorf("%w: %s: the configured folder has no program: %w", ErrRuntime, l.id, err)
	}
	out.runtimeDir = dir
	out.binds = []jail.Bind{{Sources: []string{dir}, Target: runtimeDir}}
	return out, nil
}

// commandOf is what starts the function: the configured command, or its program.
func (l *launch) commandOf(f *Function) ([]string, error) {
	if len(l.command) == 0 {
		path, err := l.entrypoint(f)
		return []string{path}, err
	}
	args := []string{l.path}
	for _, a := range l.command[1:] {
		args = append(args, strings.ReplaceAll(a, "$_HANDLER", f.Handler))
	}
	return args, nil
}

// entrypoint finds the function's program; go1.x names it as the handler.
func (l *launch) entrypoint(f *Function) (string, error) {
	type place struct{ inside, host string }
	places := []place{{taskRoot, f.CodeDir}}
	name := "bootstrap"
	if l.id == "go1.x" {
		name = f.Handler
	} else {
		for _, layer := range slices.Backward(f.Layers) {
			places = append(places, place{layerRoot, layer})
		}
		if l.runtimeDir != "" {
			places = append([]place{{runtimeDir, l.runtimeDir}}, places...)
		}
	}
	for _, p := range places {
		host := filepath.Join(p.host, name)
		if info, err := os.Stat(host); err != nil || info.IsDir() || !strings.HasPrefix(host, p.host+"/") {
			continue
		}
		if l.plain {
			return host, nil
		}
		return filepath.Join(p.inside, name), nil
	}
	if l.id == "go1.x" {
		return "", &noEntrypoint{fmt.Sprintf("fork/exec %s: no such file or directory", filepath.Join(taskRoot, name))}
	}
	if !strings.HasPrefix(l.id, "provided") {
		var looked []string
		for _, p := range places {
			looked = append(looked, filepath.Join(p.inside, name))
		}
		return "", fmt.Errorf("%w: %s needs a runtime client, a program that speaks the Lambda Runtime API; looked for %s; "+
			"add a layer or a file of the function with that name, or configure one: [runtimes] paths.%q = \"/folder/of/the/client\" "+
			"and, if it has no program called bootstrap, commands.%q = [\"program\", \"arguments\", \"$_HANDLER\"]",
			ErrRuntime, l.id, strings.Join(looked, ", "), l.id, l.id)
	}
	return "", &noEntrypoint{fmt.Sprintf("Couldn't find valid bootstrap(s): [%s/bootstrap %s/bootstrap]", taskRoot, layerRoot)}
}

// startCustom starts the program and the Runtime API that it talks to.
func (e *environment) startCustom(ctx context.Context, t *tenant) (*jail.Process, error) {
	if e.launch.engine != nil {
		return e.startImage(ctx, t)
	}
	args, err := e.launch.commandOf(t.f)
	if err != nil {
		return nil, err
	}
	path := args[0]
	spec := e.spec(t)
	spec.Path, spec.Args, spec.Dir = path, args, e.launch.codeRoot(t.f)
	if wrapper := t.f.Env["AWS_LAMBDA_EXEC_WRAPPER"]; wrapper != "" {
		spec.Path, spec.Args = wrapper, append([]string{wrapper}, args...)
	}
	var listener net.Listener
	var ext *runtimeapi.Extensions
	if e.ext != nil {
		listener, ext = e.ext.listener, e.ext.api
	}
	if listener != nil {
		e.ext.address = listener.Addr().String()
	} else if e.m.config.Network == jail.NoNetwork && !spec.Plain {
		spec.Listen = runtimeAPI // in a network of its own, where AWS has it
	} else {
		if listener, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("start the runtime API: %w", err)
		}
	}
	if listener != nil {
		spec.Env = append(slices.DeleteFunc(spec.Env, func(s string) bool { return strings.HasPrefix(s, "AWS_LAMBDA_RUNTIME_API=") }),
			"AWS_LAMBDA_RUNTIME_API="+listener.Addr().String())
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start environment: %w", err)
	}
	defer w.Close()
	spec.Output = w
	proc, err := e.m.jails.Start(ctx, spec)
	if err != nil {
		r.Close()
		if listener != nil {
			listener.Close()
		}
		var program *jail.ProgramError
		if errors.As(err, &program) {
			var number syscall.Errno
			errors.As(err, &number)
			return nil, &noEntrypoint{fmt.Sprintf("fork/exec %s: %s", program.Path, number.Error())}
		}
		return nil, e.startError(err)
	}
	e.output = newOutput(r)
	if listener == nil {
		e.api = runtimeapi.NewServer(proc.Listener(), nil, ext) // nobody else can reach it
		return proc, nil
	}
	e.api = runtimeapi.NewServer(listener, ownedBy(proc), ext)
	return proc, nil
}

// entrypointOutcome is what the caller gets if there is no program to start.
func entrypointOutcome(t *tenant, ev *Event, err error) (*Outcome, error) {
	var none *noEntrypoint
	if !errors.As(err, &none) {
		return nil, err
	}
	text := fmt.Sprintf("RequestId: %s Error: %s", ev.RequestID, none.text)
	fail := failure{kind: "Runtime.InvalidEntrypoint", text: text, log: text + "\nRuntime.InvalidEntrypoint\n"}
	o := &Outcome{Payload: fail.payload(), FunctionError: Unhandled, LogStream: t.journal.stream, ColdStart: true}
	t.journal.start(ev.RequestID, ev.Tail)
	o.LogTail = t.journal.end(ev, o, &fail)
	return o, nil
}

// initialiseCustom waits until the program asks for its first event.
func (e *environment) initialiseCustom(ctx context.Context, deadline time.Time, requestID string) error {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	stop := e.closeWhenGone(ctx)
	defer stop()
	failed, err := e.api.Ready(ctx)
	switch {
	case errors.Is(err, runtimeapi.ErrGone):
		return e.initEnded(err, requestID)
	case err != nil:
		return &errInit{timeout: true}
	case failed != nil:
		e.ended(time.Second)
		return &errInit{payload: failed.Body}
	}
	e.heard(e.output)
	e.output.drain()
	return nil
}

// closeWhenGone makes waits for the program end when the program does.
func (e *environment) closeWhenGone(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-e.proc.Gone():
			e.api.RuntimeGone()
		case <-ctx.Done():
		}
	}()
	return func() { cancel(); <-done }
}

// exchangeHTTP gives the event to a custom runtime and waits for its answer.
func (x *invocation) exchangeHTTP() {
	ctx := context.Background()
	if !x.deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, x.deadline)
		defer cancel()
	}
	stop := x.e.closeWhenGone(ctx)
	defer stop()
	var stream runtimeapi.Stream
	if x.ev.Stream != nil {
		stream = &httpStream{x}
	}
	a, err := x.e.api.Invoke(ctx, x.event(), stream)
	if errors.Is(err, context.DeadlineExceeded) {
		err = os.ErrDeadlineExceeded
	}
	if err != nil {
		x.lost(err)
		return
	}
	if x.e.ext != nil && x.e.ext.some {
		x.e.heard(x.e.output) // extensions work meanwhile
	} else {
		x.heard(x.e.output)
	}
	x.e.output.drain()
	x.e.output.rest()
	switch {
	case a.TooLarge:
		x.failed(tooLarge())
	case a.Failure != nil:
		x.out.Payload, x.out.FunctionError = a.Failure.Body, Unhandled
	case !x.out.Streamed:
		x.out.Payload = a.Body
	}
}

// httpStream notes that the response is streamed.
type httpStream struct{ x *invocation }

func (s *httpStream) Start(contentType string) error { return s.x.streamStart(contentType) }

func (s *httpStream) Write(chunk []byte) (int, error) { return len(chunk), s.x.streamChunk(chunk) }
