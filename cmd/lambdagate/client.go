package main

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
	"path/filepath"
	"time"

	"github.com/lambdagate/lambdagate/internal/server"
)

// client are the flags of subcommands that talk to a running server, through
// the socket in its data folder: who may open that file is root.
type client struct {
	Data   string `help:"Data folder of the running server." default:".lambdagate" env:"LAMBDAGATE_DATA"`
	Region string `help:"Region of the call." default:"us-east-1" env:"AWS_REGION"`
}

func (c client) http() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		d := net.Dialer{Timeout: 5 * time.Second}
		dir, err := filepath.Abs(c.Data)
		if err != nil {
			return nil, err
		}
		conn, err := d.DialContext(ctx, "unix", server.SocketPath(dir))
		if err != nil {
			return nil, fmt.Errorf("no server answers for the data folder %s (start one with `lambdagate serve` or `lambdagate dev`, or name its folder with --data): %w", dir, err)
		}
		return conn, nil
	}}}
}

// apiError is the answer of an operation that failed.
type apiError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *apiError) Error() string { return e.Code + ": " + e.Message }

// ExitCode is the status that the aws CLI has for a service's error.
func (e *apiError) ExitCode() int { return 254 }

// call performs one operation and returns its output as JSON.
func (c client) call(ctx context.Context, service, operation string, input []byte) ([]byte, error) {
	return c.post(ctx, "/"+service+"/"+operation, input)
}

func (c client) post(ctx context.Context, path string, input []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://lambdagate"+path, bytes.NewReader(input))
	if err != nil {
		return nil, err
	}
	resp, err := c.do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return body, nil
}

// do sends a request and returns the answer, if it is no error.
func (c client) do(req *http.Request) (*http.Response, error) {
	req.Header.Set("X-Lambdagate-Region", c.Region)
	resp, err := c.http().Do(req)
	if e, ok := errors.AsType[*url.Error](err); ok {
		return nil, e.Err // the address that it names is nobody's
	}
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	e := &apiError{}
	if err := json.Unmarshal(body, e); err != nil || e.Code == "" {
		return nil, fmt.Errorf("the server answered %s: %s", resp.Status, body)
	}
	return nil, e
}

// own asks one of the server's own endpoints, in and out as JSON.
func (c client) own(ctx context.Context, method, path string, in, out any) error {
	input, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://lambdagate/_lambdagate/"+path, bytes.NewReader(input))
	if err != nil {
		return err
	}
	resp, err := c.do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}
