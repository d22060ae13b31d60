// Package engine runs containers by the HTTP API of a Docker engine, or of one
// that speaks it, such as Podman.
package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// version of the API that is asked for: Docker 20.10 and later have it.
const version = "/v1.41"

// maxAnswer bounds answers in bytes, except streams.
const maxAnswer = 4 << 20

// Engine is a client of one engine.
type Engine struct {
	host   string // of URLs
	client *http.Client
}

// New makes a client for an address as DOCKER_HOST has it:
// unix:///var/run/docker.sock or tcp://127.0.0.1:2375. It does not connect.
func New(address string) (*Engine, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("container engine %q: %w", address, err)
	}
	switch u.Scheme {
	case "unix":
		dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", u.Path)
		}
		return &Engine{"engine", &http.Client{Transport: &http.Transport{DialContext: dial}}}, nil
	case "tcp", "http":
		return &Engine{u.Host, &http.Client{Transport: &http.Transport{}}}, nil
	}
	return nil, fmt.Errorf("container engine %q: give unix:///path/of/the/socket or tcp://host:port", address)
}

// Error is an answer of the engine that is not a success.
type Error struct {
	Status  int
	Message string
}

func (e *Error) Error() string {
	return fmt.Sprintf("the container engine answered %d: %s", e.Status, e.Message)
}

// call performs a request; the caller closes the answer's body.
func (e *Engine) call(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+e.host+version+path, body)
	if err != nil {
		return nil, err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := e.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("reach the container engine: %w", err)
	}
	if res.StatusCode < 300 || res.StatusCode == http.StatusNotModified {
		return res, nil
	}
	defer res.Body.Close()
	var told struct{ Message string }
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if json.Unmarshal(text, &told) != nil || told.Message == "" {
		told.Message = string(text)
	}
	return nil, &Error{res.StatusCode, told.Message}
}

// do performs a request and reads its answer into out, if that is not nil.
func (e *Engine) do(ctx context.Context, method, path string, in, out any) error {
	res, err := e.call(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(text, out)
}

// Spec is a container to run.
type Spec struct {
	Image      string
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
		"HostConfig": map[string]any{
			"NetworkMode": "host", "Memory": memory, "MemorySwap": memory, "PidsLimit": s.Processes, "ReadonlyRootfs": true,
			"Tmpfs":   map[string]string{"/tmp": fmt.Sprintf("rw,nosuid,nodev,mode=1777,size=%dm", s.TmpMB)},
			"CapDrop": []string{"ALL"}, "SecurityOpt": []string{"no-new-privileges"},
			"Ulimits": []limit{{"nofile", s.OpenFiles, s.OpenFiles}, {"core", 0, 0}},
		},
	}
}

// Container is one that was started.
type Container struct {
	engine *Engine
	id     string
	// Pid is the host's process id of its program, zero if the engine runs
	// elsewhere.
	Pid int
}

// Run creates and starts a container, and gets its image if the engine does not
// have it. Nothing is left of one that does not start.
func (e *Engine) Run(ctx context.Context, s *Spec) (*Container, error) {
	var made struct {
		ID string `json:"Id"`
	}
	err := e.do(ctx, http.MethodPost, "/containers/create", s.create(), &made)
	if told, ok := errors.AsType[*Error](err); ok && told.Status == http.StatusNotFound {
		if err := e.Pull(ctx, s.Image); err != nil {
			return nil, err
		}
		err = e.do(ctx, http.MethodPost, "/containers/create", s.create(), &made)
	}
	if err != nil {
		return nil, fmt.Errorf("create a container of %s: %w", s.Image, err)
	}
	c := &Container{engine: e, id: made.ID}
	if err := e.do(ctx, http.MethodPost, "/containers/"+c.id+"/start", nil, nil); err != nil {
		err = fmt.Errorf("start a container of %s: %w", s.Image, err)
		return nil, errors.Join(err, c.Remove(context.WithoutCancel(ctx)))
	}
	if state, err := c.state(ctx); err == nil {
		c.Pid = state.Pid
	}
	return c, nil
}

// Pull gets an image.
func (e *Engine) Pull(ctx context.Context, image string) error {
	res, err := e.call(ctx, http.MethodPost, "/images/create?fromImage="+url.QueryEscape(image), nil)
	if err != nil {
		return fmt.Errorf("get image %s: %w", image, err)
	}
	defer res.Body.Close()
	for d := json.NewDecoder(res.Body); ; {
		var progress struct{ Error string }
		switch err := d.Decode(&progress); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("get image %s: %w", image, err)
		case progress.Error != "":
			return fmt.Errorf("get image %s: %s", image, progress.Error)
		}
	}
}

type containerState struct {
	Pid, ExitCode int
	OOMKilled     bool
}

func (c *Container) state(ctx context.Context) (containerState, error) {
	var out struct{ State containerState }
	err := c.engine.do(ctx, http.MethodGet, "/containers/"+c.id+"/json", nil, &out)
	return out.State, err
}

// Output copies what the container writes to w until it ends.
func (c *Container) Output(ctx context.Context, w io.Writer) error {
	res, err := c.engine.call(ctx, http.MethodGet, "/containers/"+c.id+"/logs?follow=1&stdout=1&stderr=1", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return demultiplex(w, res.Body)
}

// demultiplex reads the engine's stream: pieces with a header of eight bytes,
// the last four of which are the length.
func demultiplex(w io.Writer, r io.Reader) error {
	for {
		var header [8]byte
		if _, err := io.ReadFull(r, header[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
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
