package sandbox

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
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
	URI                 string
	EntryPoint, Command []string // nil: the image's
	WorkingDirectory    string   // empty: the image's
}

// launchImage needs a container engine.
func (m *Manager) launchImage(l language) (*launch, error) {
	if m.config.Engine == "" {
		return nil, fmt.Errorf("%w: functions of package type Image need a container engine; there is none configured: set "+
			"[runtimes] engine = \"unix:///var/run/docker.sock\" or start with --engine or DOCKER_HOST", ErrRuntime)
	}
	client, err := engine.New(m.config.Engine)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRuntime, err)
	}
	return &launch{language: l, engine: client, plain: true}, nil
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
	env := baseEnv(e.launch.language, taskRoot)
	maps.Copy(env, functionEnv(t))
	for _, name := range onlyProcess {
		delete(env, name)
	}
	maps.Copy(env, t.f.Env)
	env["AWS_LAMBDA_RUNTIME_API"] = listener.Addr().String()
	r, w, err := os.Pipe()
	if err != nil {
		listener.Close()
		return nil, fmt.Errorf("start environment: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, imageTimeout)
	defer cancel()
	image := t.f.Image
	proc, err := jail.StartContainer(ctx, e.launch.engine, &engine.Spec{
		Image: image.URI, Entrypoint: image.EntryPoint, Command: image.Command, WorkingDir: image.WorkingDirectory, Env: environ(env),
		MemoryMB: t.f.MemoryMB, TmpMB: ephemeral(t.f), Processes: maxProcesses, OpenFiles: maxFiles,
		Labels: map[string]string{"lambdagate.function": t.f.ARN},
	}, w)
	if err != nil {
		r.Close()
		listener.Close()
		return nil, fmt.Errorf("%w: %w", ErrRuntime, err)
	}
	e.began = e.m.now() // getting the image is not the function's time
	e.output = newOutput(r)
	e.api = runtimeapi.NewServer(listener, ownedBy(proc), nil)
	return proc, nil
}
