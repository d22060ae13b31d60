package sandbox

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// fakeEngine answers Docker's API and runs a program of this machine in place
// of a container: the image's name is that of a folder with a bootstrap.
type fakeEngine struct {
	t    testing.TB
	root string

	mu         sync.Mutex
	away       bool // runs on another machine, as far as its answers tell
	programs   []*fakeProgram
	pulled     map[string]bool
	containers map[string]*fakeContainer
	orders     []string
}

type fakeContainer struct {
	spec struct {
		Image           string
		Entrypoint, Cmd []string
		WorkingDir      string
		Env             []string
		HostConfig      struct {
			NetworkMode string
			Memory      int64
			CapDrop     []string
		}
	}
	cmd  *exec.Cmd
	out  *io.PipeReader
	in   *io.PipeWriter
	done chan struct{}
}

// newEngine serves a fake engine on a socket and returns its address.
func newEngine(t testing.TB) (*fakeEngine, string) {
	t.Helper()
	e := &fakeEngine{t: t, root: t.TempDir(), pulled: map[string]bool{}, containers: map[string]*fakeContainer{}}
	path := filepath.Join(t.TempDir(), "engine.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1.41/images/create", e.pull)
	mux.HandleFunc("POST /v1.41/containers/create", e.create)
	mux.HandleFunc("POST /v1.41/containers/{id}/start", e.start)
	mux.HandleFunc("POST /v1.41/containers/{id}/attach", e.attach)
	mux.HandleFunc("GET /v1.41/containers/{id}/json", e.inspect)
	mux.HandleFunc("POST /v1.41/containers/{id}/wait", e.wait)
	mux.HandleFunc("POST /v1.41/containers/{id}/kill", e.kill)
	mux.HandleFunc("GET /v1.41/containers/{id}/archive", e.archive)
	mux.HandleFunc("POST /v1.41/containers/{id}/exec", e.makeProgram)
	mux.HandleFunc("POST /v1.41/exec/{id}/start", e.startProgram)
	mux.HandleFunc("GET /v1.41/exec/{id}/json", e.inspectProgram)
	mux.HandleFunc("GET /v1.41/containers/json", e.list)
	mux.HandleFunc("DELETE /v1.41/containers/{id}", e.remove)
	srv := &http.Server{Handler: mux}
	go srv.Serve(l)
	t.Cleanup(func() { srv.Close() })
	return e, "unix://" + path
}

func (e *fakeEngine) note(format string, args ...any) {
	e.orders = append(e.orders, fmt.Sprintf(format, args...))
}

func (e *fakeEngine) pull(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	image := strings.TrimSuffix(r.URL.Query().Get("fromImage"), ":latest")
	e.note("pull %s", filepath.Base(image))
	if _, err := os.Stat(image); err != nil {
		io.WriteString(w, `{"status":"Pulling"}`+"\n"+`{"error":"manifest unknown"}`+"\n")
		return
	}
	e.pulled[image] = true
	io.WriteString(w, `{"status":"Pulling"}`+"\n"+`{"status":"done"}`+"\n")
}

func (e *fakeEngine) create(w http.ResponseWriter, r *http.Request) {
	c := &fakeContainer{done: make(chan struct{})}
	c.out, c.in = io.Pipe()
	if err := json.NewDecoder(r.Body).Decode(&c.spec); err != nil {
		e.t.Error(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.pulled[c.spec.Image] {
		w.WriteHeader(404)
		io.WriteString(w, `{"message":"No such image"}`)
		return
	}
	id := fmt.Sprint("container-", len(e.containers)+1) // not in a control group's name by chance
	e.containers[id] = c
	e.note("create %s %s %d %v", id, c.spec.HostConfig.NetworkMode, c.spec.HostConfig.Memory>>20, c.spec.HostConfig.CapDrop)
	w.WriteHeader(201)
	fmt.Fprintf(w, `{"Id":%q}`, id)
}

func (e *fakeEngine) container(r *http.Request) *fakeContainer {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.containers[r.PathValue("id")]
}

func (e *fakeEngine) start(w http.ResponseWriter, r *http.Request) {
	c := e.container(r)
	argv := append(slices.Clone(c.spec.Entrypoint), c.spec.Cmd...)
	if c.spec.Entrypoint == nil {
		argv = append([]string{filepath.Join(c.spec.Image, "bootstrap")}, c.spec.Cmd...)
	}
	c.cmd = exec.Command(argv[0], argv[1:]...)
	c.cmd.Env, c.cmd.Dir = append(c.spec.Env, "PATH=/usr/bin:/bin", "TASK="+c.spec.Image), c.spec.WorkingDir
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.cmd.Stdout, c.cmd.Stderr = framed{c.in}, framed{c.in}
	if err := c.cmd.Start(); err != nil {
		w.WriteHeader(400)
		fmt.Fprintf(w, `{"message":%q}`, "exec: "+err.Error())
		return
	}
	go func() {
		c.cmd.Wait()
		c.in.Close()
		close(c.done)
	}()
	w.WriteHeader(204)
}

// framed writes the engine's stream.
type framed struct{ w io.Writer }

func (f framed) Write(b []byte) (int, error) {
	head := binary.BigEndian.AppendUint32([]byte{1, 0, 0, 0}, uint32(len(b)))
	if _, err := f.w.Write(append(head, b...)); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (e *fakeEngine) attach(w http.ResponseWriter, r *http.Request) {
	c := e.container(r)
	w.WriteHeader(200)
	w.(http.Flusher).Flush()
	buf := make([]byte, 4<<10)
	for {
		n, err := c.out.Read(buf)
		w.Write(buf[:n])
		w.(http.Flusher).Flush()
		if err != nil {
			return
		}
	}
}

func (e *fakeEngine) inspect(w http.ResponseWriter, r *http.Request) {
	pid := e.container(r).cmd.Process.Pid
	if e.away {
		pid = 0
	}
	fmt.Fprintf(w, `{"State":{"Pid":%d,"OOMKilled":false}}`, pid)
}

func (e *fakeEngine) wait(w http.ResponseWriter, r *http.Request) {
	c := e.container(r)
	select {
	case <-c.done:
	case <-r.Context().Done():
		return
	}
	code := c.cmd.ProcessState.ExitCode()
	if s := c.cmd.ProcessState.Sys().(syscall.WaitStatus); s.Signaled() {
		code = 128 + int(s.Signal())
	}
	fmt.Fprintf(w, `{"StatusCode":%d}`, code)
}

func (e *fakeEngine) kill(w http.ResponseWriter, r *http.Request) {
	c := e.container(r)
	number, _ := strconv.Atoi(r.URL.Query().Get("signal"))
	syscall.Kill(-c.cmd.Process.Pid, syscall.Signal(number))
	w.WriteHeader(204)
}

func (e *fakeEngine) remove(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.note("remove %s", r.PathValue("id"))
	w.WriteHeader(204)
}

// list lists no containers.
func (e *fakeEngine) list(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "[]") }

// archive packs a folder of the image.
func (e *fakeEngine) archive(w http.ResponseWriter, r *http.Request) {
	folder := r.URL.Query().Get("path")
	e.mu.Lock()
	e.note("archive %s %s", r.PathValue("id"), folder)
	e.mu.Unlock()
	out, err := exec.Command("tar", "-c", "-C", filepath.Dir(filepath.Join(e.container(r).spec.Image, folder)), filepath.Base(folder)).Output()
	if err != nil {
		w.WriteHeader(404)
		return
	}
	w.Write(out)
}

// fakeProgram is a further program of a container.
type fakeProgram struct {
	c    *fakeContainer
	spec struct{ Cmd, Env []string }
	cmd  *exec.Cmd
	done chan struct{}
}

func (e *fakeEngine) makeProgram(w http.ResponseWriter, r *http.Request) {
	p := &fakeProgram{c: e.container(r), done: make(chan struct{})}
	if err := json.NewDecoder(r.Body).Decode(&p.spec); err != nil {
		e.t.Error(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.programs = append(e.programs, p)
	w.WriteHeader(201)
	fmt.Fprintf(w, `{"Id":"%d"}`, len(e.programs)-1)
}

func (e *fakeEngine) program(r *http.Request) *fakeProgram {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, _ := strconv.Atoi(r.PathValue("id"))
	return e.programs[n]
}

func (e *fakeEngine) startProgram(w http.ResponseWriter, r *http.Request) {
	p := e.program(r)
	p.cmd = exec.Command(filepath.Join(p.c.spec.Image, p.spec.Cmd[0]), p.spec.Cmd[1:]...)
	for _, v := range append(slices.Clone(p.c.spec.Env), p.spec.Env...) {
		if !strings.Contains(v, "=") {
			p.cmd.Env = slices.DeleteFunc(p.cmd.Env, func(had string) bool { return strings.HasPrefix(had, v+"=") })
		} else {
			p.cmd.Env = append(p.cmd.Env, v)
		}
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: p.c.cmd.Process.Pid}
	w.WriteHeader(200)
	w.(http.Flusher).Flush()
	p.cmd.Stdout, p.cmd.Stderr = framed{flushed{w}}, framed{flushed{w}}
	defer close(p.done)
	if err := p.cmd.Run(); p.cmd.ProcessState == nil {
		e.t.Error(err)
	}
}

// flushed passes on at once what is written.
type flushed struct{ w http.ResponseWriter }

func (f flushed) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	f.w.(http.Flusher).Flush()
	return n, err
}

func (e *fakeEngine) inspectProgram(w http.ResponseWriter, r *http.Request) {
	p := e.program(r)
	select {
	case <-p.done:
	default:
		io.WriteString(w, `{"Running":true}`)
		return
	}
	code := p.cmd.ProcessState.ExitCode()
	if s := p.cmd.ProcessState.Sys().(syscall.WaitStatus); s.Signaled() {
		code = 128 + int(s.Signal())
	}
	fmt.Fprintf(w, `{"Running":false,"ExitCode":%d}`, code)
}

func (e *fakeEngine) told() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.orders, "\n")
}

// bootstrapScript answers with its arguments and folder.
const bootstrapScript = `#!/bin/sh
echo "starting $1" >&2
while :; do
	EVENT=$($TASK/call GET /invocation/next)
	case $EVENT in
	*exit*) exit 3;;
	*sleep*) sleep 100;;
	esac
	$TASK/call POST /invocation/$(cat /tmp/id)/response "[\"$1\",\"$MINE\",\"$AWS_LAMBDA_FUNCTION_NAME\",\"${LAMBDA_TASK_ROOT:-none}\",$EVENT]" > /dev/null
done
`

// TestImage: a container image speaks the Runtime API; its life is an
// environment's.
func TestImage(t *testing.T) {
	t.Parallel()
	e, address := newEngine(t)
	m, l := newManager(t, func(c *Config) { c.Engine = address })
	f := withCall(t, newFunction(t, "", map[string]string{"bootstrap": bootstrapScript, "other": bootstrapScript}))
	f.Image = &Image{URI: f.CodeDir}
	f.Handler, f.Env = "", map[string]string{"MINE": "mine"}
	for i := range 2 {
		o := invoke(t, m, f, `{"a":1}`)
		if string(o.Payload) != `["","mine","fn","none",{"a":1}]` || o.ColdStart != (i == 0) {
			t.Fatalf("got %s %s\n%s", o.FunctionError, o.Payload, l)
		}
	}
	if o := invoke(t, m, f, `"exit"`); !strings.Contains(string(o.Payload), "Runtime exited with error: exit status 3") {
		t.Errorf("exit: %s", o.Payload)
	}
	slow := *f
	slow.ID, slow.Timeout = "slow", time.Second
	if o := invoke(t, m, &slow, `"sleep"`); !strings.Contains(string(o.Payload), "Task timed out after 1.00 seconds") {
		t.Errorf("sleep: %s", o.Payload)
	}
	eventually(t, "both are removed", func() bool {
		return strings.Contains(e.told(), "remove container-1") && strings.Contains(e.told(), "remove container-2")
	})
	if want := "pull " + filepath.Base(f.CodeDir) + "\ncreate container-1 host 128 [ALL]\narchive container-1 /opt/extensions\n"; !strings.HasPrefix(e.told(), want) {
		t.Errorf("orders\n%s\nwant\n%s", e.told(), want)
	}
	if !strings.Contains(l.String(), "starting \n") {
		t.Errorf("log:\n%s", l)
	}
	// ImageConfig replaces what the image says.
	g := *f
	g.ID, g.Image = "other", &Image{URI: f.CodeDir, EntryPoint: []string{filepath.Join(f.CodeDir, "other")}, Command: []string{"app.handler"}, WorkingDirectory: f.CodeDir}
	if o := invoke(t, m, &g, `{}`); string(o.Payload) != `["app.handler","mine","fn","none",{}]` {
		t.Errorf("got %s %s", o.FunctionError, o.Payload)
	}
	for _, test := range []struct{ image, want string }{
		{"/no/such/image", "get image /no/such/image:latest: no such image: manifest unknown"},
	} {
		g := *f
		g.ID, g.Image = test.image, &Image{URI: test.image}
		if _, err := m.Invoke(context.Background(), &g, newEvent(`{}`)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.image, err)
		}
	}
	lost := *f
	lost.ID, lost.Image = "lost", &Image{URI: "made:1", ID: "sha256:a"}
	if _, err := m.Invoke(context.Background(), &lost, newEvent(`{}`)); err == nil || !strings.Contains(err.Error(), "image made:1 (sha256:a) is no longer at the container engine: build it again and update the function's code") {
		t.Errorf("an image that was removed: %v", err)
	}
	none, _ := newManager(t, nil)
	if _, err := none.Invoke(context.Background(), f, newEvent(`{}`)); err == nil || !strings.Contains(err.Error(), "functions of package type Image need a container engine; there is none configured: set [runtimes] engine") {
		t.Errorf("without an engine: %v", err)
	}
	away, _ := newManager(t, func(c *Config) { c.Engine = "unix:///no/such/engine.sock" })
	if _, err := away.Invoke(context.Background(), f, newEvent(`{}`)); err == nil || !strings.Contains(err.Error(), "reach the container engine") {
		t.Errorf("with an engine that is away: %v", err)
	}
	if _, err := away.ResolveImage(context.Background(), "x:1"); err == nil || !strings.Contains(err.Error(), "no such file or directory: start it, or give lambdagate the address of one that runs") {
		t.Errorf("looking for an image there: %v", err)
	}
}

// TestImageExtensions: programs in an image's /opt/extensions run in its
// container and are told to end before that ends with its runtime.
func TestImageExtensions(t *testing.T) {
	t.Parallel()
	e, address := newEngine(t)
	e.away = true // the programs are no children of the container's
	m, l := newManager(t, func(c *Config) { c.Engine, c.shutdown = address, unhurried })
	f := withCall(t, newFunction(t, "", map[string]string{"bootstrap": bootstrapScript, "opt/extensions/folder/none": ""}))
	f.Image, f.Handler = &Image{URI: f.CodeDir}, ""
	layered := withExtension(t, newFunction(t, "", nil), "watcher", "unexecutable")
	for _, name := range []string{"watcher"} {
		if err := os.Rename(filepath.Join(layered.Layers[0], "extensions", name), filepath.Join(f.CodeDir, "opt/extensions", name)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		o := invoke(t, m, f, `{}`)
		if o.FunctionError != "" || !strings.Contains(string(o.LogTail), "watcher: INVOKE "+id+"\n") || !strings.Contains(string(o.LogTail), "watcher: done\n") {
			t.Fatalf("got %s %s\n%s", o.FunctionError, o.Payload, o.LogTail)
		}
	}
	m.Retire(f.ID)
	gone(t, m)
	for _, want := range []string{
		"watcher: registered fn $LATEST  123456789012\n", "watcher: variables \"\" us-east-1\n",
		"EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n", "watcher: SHUTDOWN spindown until ",
	} {
		if !strings.Contains(l.String(), want) {
			t.Errorf("log has no %q:\n%s", want, l)
		}
	}
	// One that cannot be run is found before anything is tried.
	if err := os.Rename(filepath.Join(layered.Layers[0], "extensions/unexecutable"), filepath.Join(f.CodeDir, "opt/extensions/unexecutable")); err != nil {
		t.Fatal(err)
	}
	bad := *f
	bad.ID = "bad"
	if o := invoke(t, m, &bad, `{}`); string(o.Payload) != `{"errorType":"Extension.LaunchError","errorMessage":"RequestId: `+id+` Error: unexecutable: permission denied"}` {
		t.Errorf("got %s", o.Payload)
	}
}
