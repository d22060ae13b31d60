package engine

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Spec is a container to run.
type Spec struct {
	Image      string
	From       string   // the name to get the image by; empty: it cannot be got
	Entrypoint []string // nil: the image's
	Command    []string // nil: the image's
	WorkingDir string
	Env        []string
	MemoryMB   int
	TmpMB      int
	Processes  int
	OpenFiles  int
	Labels     map[string]string
}

// create is the engine's form of a Spec. The container sees the host's network,
// to reach the Runtime API, and has no privileges.
func (s *Spec) create() any {
	type limit struct {
		Name       string
		Soft, Hard int
	}
	memory := int64(s.MemoryMB) << 20
	return map[string]any{
		"Image": s.Image, "Entrypoint": s.Entrypoint, "Cmd": s.Command, "WorkingDir": s.WorkingDir, "Env": s.Env, "Labels": s.Labels,
		"StopTimeout": 1, // seconds, when the engine ends: nobody waits for an environment
		"HostConfig": map[string]any{
			// The output is read as it comes: the engine keeps none of it.
			"LogConfig":   map[string]string{"Type": "none"},
			"NetworkMode": "host", "Memory": memory, "MemorySwap": memory, "PidsLimit": s.Processes, "ReadonlyRootfs": true,
			"Tmpfs":   map[string]string{"/tmp": fmt.Sprintf("rw,nosuid,nodev,mode=1777,size=%dm", s.TmpMB)},
			"CapDrop": []string{"ALL"}, "SecurityOpt": []string{"no-new-privileges"},
			"Ulimits": []limit{{"nofile", s.OpenFiles, s.OpenFiles}, {"core", 0, 0}},
		},
	}
}

// Container is one that was made.
type Container struct {
	engine *Engine
	id     string
	labels map[string]string
	output io.ReadCloser
	// Pid is the host's process id of its program once it was started, zero if
	// the engine runs elsewhere.
	Pid int
}

// Create makes a container, and gets its image if the engine does not have it.
func (e *Engine) Create(ctx context.Context, s *Spec) (*Container, error) {
	var made struct {
		ID string `json:"Id"`
	}
	err := e.do(ctx, http.MethodPost, "/containers/create", s.create(), &made)
	if isNotFound(err) && s.From != "" {
		if err := e.Pull(ctx, s.From); err != nil {
			return nil, err
		}
		err = e.do(ctx, http.MethodPost, "/containers/create", s.create(), &made)
	}
	if err != nil {
		return nil, fmt.Errorf("create a container of %s: %w", s.Image, err)
	}
	return &Container{engine: e, id: made.ID}, nil
}

// List returns the containers that have a label.
func (e *Engine) List(ctx context.Context, label string) ([]*Container, error) {
	filters, err := json.Marshal(map[string][]string{"label": {label}})
	if err != nil {
		return nil, err
	}
	var out []struct {
		ID     string `json:"Id"`
		Labels map[string]string
	}
	if err := e.do(ctx, http.MethodGet, "/containers/json?all=1&filters="+url.QueryEscape(string(filters)), nil, &out); err != nil {
		return nil, err
	}
	var list []*Container
	for _, c := range out {
		list = append(list, &Container{engine: e, id: c.ID, labels: c.Labels})
	}
	return list, nil
}

// ID is the engine's name of the container.
func (c *Container) ID() string { return c.id }

// Label returns one of a container that was listed.
func (c *Container) Label(name string) string { return c.labels[name] }

// Start starts the program. What it writes is there for Output from the first
// byte. life bounds the output.
func (c *Container) Start(ctx, life context.Context) error {
	res, err := c.engine.call(life, http.MethodPost, "/containers/"+c.id+"/attach?stream=1&stdout=1&stderr=1", nil)
	if err != nil {
		return fmt.Errorf("attach to the container: %w", err)
	}
	if err := c.engine.do(ctx, http.MethodPost, "/containers/"+c.id+"/start", nil, nil); err != nil {
		res.Body.Close()
		return fmt.Errorf("start the container: %w", err)
	}
	c.output = res.Body
	if state, err := c.state(ctx); err == nil {
		c.Pid = state.Pid
	}
	return nil
}

type containerState struct {
	Pid, ExitCode int
	OOMKilled     bool
	Status        string
	FinishedAt    time.Time
}

func (c *Container) state(ctx context.Context) (containerState, error) {
	var out struct{ State containerState }
	err := c.engine.do(ctx, http.MethodGet, "/containers/"+c.id+"/json", nil, &out)
	return out.State, err
}

// Ended tells whether the container's program has ended, and when.
func (c *Container) Ended(ctx context.Context) (at time.Time, ended bool) {
	state, err := c.state(ctx)
	return state.FinishedAt, err == nil && (state.Status == "exited" || state.Status == "dead")
}

// Output copies what the container writes until it ends.
func (c *Container) Output(stdout, stderr io.Writer) error {
	defer c.output.Close()
	return demultiplex(stdout, stderr, c.output)
}

// demultiplex reads the engine's stream: pieces with a header of eight bytes,
// the first of which names the stream and the last four are the length.
func demultiplex(stdout, stderr io.Writer, r io.Reader) error {
	for {
		var header [8]byte
		if _, err := io.ReadFull(r, header[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		w := stdout
		if header[0] == 2 {
			w = stderr
		}
		if _, err := io.CopyN(w, r, int64(binary.BigEndian.Uint32(header[4:]))); err != nil {
			return err
		}
	}
}

// Wait returns how the container ended.
func (c *Container) Wait(ctx context.Context) (status int, outOfMemory bool, err error) {
	var out struct{ StatusCode int }
	if err := c.engine.do(ctx, http.MethodPost, "/containers/"+c.id+"/wait", nil, &out); err != nil {
		return 0, false, err
	}
	state, err := c.state(ctx)
	return out.StatusCode, err == nil && state.OOMKilled, nil
}

// Signal sends a signal to the container's program.
func (c *Container) Signal(ctx context.Context, number int) error {
	return c.engine.do(ctx, http.MethodPost, fmt.Sprintf("/containers/%s/kill?signal=%d", c.id, number), nil, nil)
}

// Freeze and thaw all of it.
func (c *Container) Freeze(ctx context.Context, on bool) error {
	verb := "unpause"
	if on {
		verb = "pause"
	}
	return c.engine.do(ctx, http.MethodPost, "/containers/"+c.id+"/"+verb, nil, nil)
}

// Remove ends the container and deletes it.
func (c *Container) Remove(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err := c.engine.do(ctx, http.MethodDelete, "/containers/"+c.id+"?force=1&v=1", nil, nil)
	if told, ok := errors.AsType[*Error](err); ok && (told.Status == http.StatusNotFound || told.Status == http.StatusConflict && strings.Contains(told.Message, "in progress")) {
		return nil // it is gone, or about to be
	}
	return err
}
