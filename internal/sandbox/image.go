package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/runtimeapi"
	"github.com/lambdagate/lambdagate/internal/sandbox/engine"
	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
)

// imageRuntime is the Runtime of functions that are container images.
const imageRuntime = "image"

// imageTimeout bounds the start of a container, without the time to get its
// image.
const imageTimeout = 10 * time.Minute

// Image is a container image with the settings that replace its own.
type Image struct {
	URI string
	// ID and Digest are what the URI named when the function got it, and what
	// runs; both empty: what it names now. See FoundImage.
	ID, Digest          string
	EntryPoint, Command []string // nil: the image's
	WorkingDirectory    string   // empty: the image's
}

// launchImage needs a container engine.
func (m *Manager) launchImage(l language) (*launch, error) {
	client, err := m.engine()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRuntime, err)
	}
	return &launch{language: l, engine: client, plain: true}, nil
}

// openEngine makes the client of the configured container engine.
func (c *Config) openEngine() (*engine.Engine, error) {
	if c.Engine == "" {
		return nil, errors.New("functions of package type Image need a container engine; there is none configured: set " +
			"[runtimes] engine = \"unix:///var/run/docker.sock\" or start with --engine or DOCKER_HOST")
	}
	return engine.New(c.Engine)
}

// imageExtensions lists the programs of an image's folder of extensions. An
// image never changes, so that is done once.
func (m *Manager) imageExtensions(ctx context.Context, c *engine.Container, image *Image) ([]engine.File, error) {
	if known, ok := m.extensionsOf.Load(image.ID); ok && image.ID != "" {
		return known.([]engine.File), nil
	}
	files, err := c.Files(ctx, extensionsFolder)
	if err == nil && image.ID != "" {
		m.extensionsOf.Store(image.ID, files)
	}
	return files, err
}

// imageExtensionEnv makes the variables of an extension those that the engine
// gives to a further program: the container's stay unless they are replaced or
// removed.
func imageExtensionEnv(env map[string]string, f *Function) []string {
	for _, name := range onlyProcess {
		if _, own := f.Env[name]; !own && name != "PWD" {
			delete(env, name)
		}
	}
	list := environ(env)
	for _, name := range notForExtensions {
		list = append(list, name)
	}
	return list
}

// ErrNoImage says that nobody has an image of that name.
var ErrNoImage = engine.ErrNoImage

// FoundImage is what a URI names.
type FoundImage struct {
	// ID names the image at the engine for good: "sha256:…".
	ID string
	// Digest names it for good at its registry, "repository@sha256:…"; it is
	// empty for an image that was made at the engine.
	Digest string
}

// resolveTime bounds how long an image may take to come from its registry while
// somebody waits: clients give up after a minute.
const resolveTime = 50 * time.Second

// ResolveImage tells which image a URI names now. What the engine does not have
// it gets. The error is ErrNoImage if there is none.
func (m *Manager) ResolveImage(ctx context.Context, uri string) (FoundImage, error) {
	client, err := m.engine()
	if err != nil {
		return FoundImage{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, resolveTime)
	defer cancel()
	image, err := client.Resolve(ctx, uri)
	switch {
	case err == nil:
		return FoundImage(*image), nil
	case errors.Is(err, ErrNoImage):
		return FoundImage{}, ErrNoImage
	case ctx.Err() != nil:
		return FoundImage{}, fmt.Errorf("it did not come from its registry in %s: get it by hand (docker pull %s), then try again", resolveTime, uri)
	case errors.Is(err, engine.ErrAway):
		return FoundImage{}, fmt.Errorf("%w: start it, or give lambdagate the address of one that runs (--engine, DOCKER_HOST, or engine in [runtimes])", err)
	}
	return FoundImage{}, fmt.Errorf("%w: build it or get it by hand (docker pull %s), then try again", err, uri)
}

// onlyProcess are variables that describe the file system of managed runtimes;
// an image has its own.
var onlyProcess = []string{"_HANDLER", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "LANG", "LD_LIBRARY_PATH", "PATH", "TZ", "PWD", "SHLVL", "AWS_EXECUTION_ENV"}

// startImage starts a container and the Runtime API that it talks to.
func (e *environment) startImage(ctx context.Context, t *tenant) (*jail.Process, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the runtime API: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, imageTimeout)
	defer cancel()
	c, err := e.launch.engine.Create(ctx, imageSpec(t, imageEnv(e, t, listener)))
	if err != nil {
		listener.Close()
		return nil, fmt.Errorf("%w: %w", ErrRuntime, t.f.Image.gone(err))
	}
	proc, err := e.startContainer(ctx, t, c, listener)
	if err != nil {
		listener.Close()
		return nil, errors.Join(err, c.Remove(context.WithoutCancel(ctx)))
	}
	return proc, nil
}

// imageEnv are the variables of the container.
func imageEnv(e *environment, t *tenant, listener net.Listener) []string {
	env := baseEnv(e.launch.language, taskRoot)
	maps.Copy(env, functionEnv(t))
	for _, name := range onlyProcess {
		delete(env, name)
	}
	maps.Copy(env, t.f.Env)
	env["AWS_LAMBDA_RUNTIME_API"] = listener.Addr().String()
	return environ(env)
}

func imageSpec(t *tenant, env []string) *engine.Spec {
	image := t.f.Image
	return &engine.Spec{
		Image: cmp.Or(image.ID, image.URI), From: image.from(), Entrypoint: image.EntryPoint, Command: image.Command, WorkingDir: image.WorkingDirectory, Env: env,
		MemoryMB: t.f.MemoryMB, TmpMB: ephemeral(t.f), Processes: maxProcesses, OpenFiles: maxFiles,
		Labels: map[string]string{functionLabel: t.f.ARN, ownerLabel: thisServer().String()},
	}
}

func (e *environment) startContainer(ctx context.Context, t *tenant, c *engine.Container, listener net.Listener) (*jail.Process, error) {
	files, err := e.m.imageExtensions(ctx, c, t.f.Image)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRuntime, t.f.Image.URI, err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start environment: %w", err)
	}
	var names []string
	executable := map[string]bool{}
	for _, f := range files {
		names, executable[f.Name] = append(names, f.Name), f.Executable
	}
	e.openExtensions(t, names, listener)
	e.ext.executable = executable
	e.began = e.m.now() // getting the image is not the function's time
	proc, err := jail.StartContainer(ctx, c, w)
	if err != nil {
		r.Close()
		return nil, imageError(t.f.Image, err)
	}
	e.output = newOutput(r)
	e.api = runtimeapi.NewServer(listener, ownedBy(proc), e.ext.api)
	return proc, nil
}

// from is the name to get the image by when the engine has lost it, if any.
func (i *Image) from() string {
	if i.ID == "" {
		return i.URI
	}
	return i.Digest
}

// gone tells what to do if the image was made at the engine and removed there.
func (i *Image) gone(err error) error {
	if told, ok := errors.AsType[*engine.Error](err); ok && told.Status == http.StatusNotFound && i.from() == "" {
		return fmt.Errorf("image %s (%s) is no longer at the container engine: build it again and update the function's code", i.URI, i.ID)
	}
	return err
}

// badEntrypoint finds in what the engine says that the program cannot be run.
var badEntrypoint = regexp.MustCompile(`exec: "[^"]*": .*?(?:: unknown|$)`)

// imageError tells why a container does not start.
func imageError(image *Image, err error) error {
	told, ok := errors.AsType[*engine.Error](err)
	if !ok || !badEntrypoint.MatchString(told.Message) {
		return fmt.Errorf("%w: %s: %w", ErrRuntime, image.URI, err)
	}
	return &noEntrypoint{strings.TrimSuffix(badEntrypoint.FindString(told.Message), ": unknown")}
}

// How long the output of a container may be on its way through the engine when
// its program has answered, and, where nothing else tells, when its silence
// means that nothing is.
const (
	outputDelay   = 200 * time.Millisecond
	outputSilence = 5 * time.Millisecond
)

// heard waits for what containers wrote before they answered.
func (e *environment) heard(outputs ...*output) {
	if e.launch.engine == nil {
		return
	}
	now := time.Now()
	for _, o := range outputs {
		if o != e.output || !e.proc.Heard(outputDelay) {
			o.settle(now, outputSilence, outputDelay)
		}
	}
}

// heard does so; the time it takes is not the function's.
func (x *invocation) heard(outputs ...*output) {
	before := time.Now()
	x.e.heard(outputs...)
	if x.e.launch.engine == nil {
		return
	}
	took := time.Since(before)
	x.started = x.started.Add(took)
	if !x.deadline.IsZero() {
		x.deadline = x.deadline.Add(took)
	}
}
