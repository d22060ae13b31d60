// Package engine runs containers by the HTTP API of a Docker engine, or of one
// that speaks it, such as Podman.
package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"sync/atomic"
)

// oldest is the version of the API that is asked for first: Docker 20.10 has it.
// Engines that no longer do say which is their oldest.
const oldest = "1.41"

var tooOld = regexp.MustCompile(`Minimum supported API version is (\d+\.\d+)`)

// maxAnswer bounds answers in bytes, except streams.
const maxAnswer = 4 << 20

// Engine is a client of one engine.
type Engine struct {
	host    string // of URLs
	client  *http.Client
	version atomic.Value // string
}

func newEngine(host string, transport *http.Transport) *Engine {
	e := &Engine{host: host, client: &http.Client{Transport: transport}}
	e.version.Store(oldest)
	return e
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
		return newEngine("engine", &http.Transport{DialContext: dial}), nil
	case "tcp", "http":
		return newEngine(u.Host, &http.Transport{}), nil
	}
	return nil, fmt.Errorf("container engine %q: give unix:///path/of/the/socket or tcp://host:port", address)
}

// ErrAway says that the engine does not answer.
var ErrAway = errors.New("reach the container engine")

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
	asked := e.version.Load().(string)
	res, err := e.callAs(ctx, asked, method, path, in)
	if told, ok := errors.AsType[*Error](err); ok && told.Status == http.StatusBadRequest {
		if m := tooOld.FindStringSubmatch(told.Message); m != nil && m[1] != asked {
			e.version.Store(m[1])
			return e.callAs(ctx, m[1], method, path, in)
		}
	}
	return res, err
}

func (e *Engine) callAs(ctx context.Context, version, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+e.host+"/v"+version+path, body)
	if err != nil {
		return nil, err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := e.client.Do(req)
	if err != nil {
		if told, ok := errors.AsType[*url.Error](err); ok {
			err = told.Err // without the request
		}
		return nil, fmt.Errorf("%w: %w", ErrAway, err)
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
