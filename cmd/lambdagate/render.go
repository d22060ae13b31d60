package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/lambdagate/lambdagate/internal/gateway"
	"github.com/lambdagate/lambdagate/vtl"
)

type renderCmd struct {
	Template      string            `arg:"" optional:"" help:"File with the mapping template."`
	Body          string            `help:"File with the body that $input reads." type:"existingfile"`
	Param         map[string]string `help:"Parameters: path.NAME=…, querystring.NAME=… or header.NAME=…."`
	StageVariable map[string]string `help:"Stage variables."`
	Context       string            `help:"File with a JSON object for $context." type:"existingfile"`
	Mode          string            `help:"apigateway, or velocity for stock Velocity 1.7." enum:"apigateway,velocity" default:"apigateway"`
	Case          string            `help:"File with everything as one JSON document instead (template, mode, body, params, context, stageVariables, vars); - is standard input."`
}

// renderError is a template that cannot be parsed (status 2) or failed while it
// ran (status 3), with the place marked.
type renderError struct {
	text   string
	status int
}

func (e *renderError) Error() string { return e.text }
func (e *renderError) ExitCode() int { return e.status }

// Run prints what the template makes, and nothing else.
func (c *renderCmd) Run(ctx context.Context) error {
	rc, err := c.load()
	if err != nil {
		return err
	}
	out, err := rc.Render(ctx)
	if e, ok := errors.AsType[*vtl.SyntaxError](err); ok {
		return &renderError{fmt.Sprintf("%s\n%s", e, gateway.Marked(rc.Template, e.Line, e.Column)), 2}
	}
	if e, ok := errors.AsType[*vtl.ExecError](err); ok {
		return &renderError{fmt.Sprintf("%s\n%s", e, gateway.Marked(rc.Template, e.Line, e.Column)), 3}
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(os.Stdout, out)
	return err
}

func (c *renderCmd) load() (*gateway.RenderCase, error) {
	if c.Case != "" {
		return loadCase(c.Case)
	}
	if c.Template == "" {
		return nil, errors.New("name a template file, or --case")
	}
	text, err := os.ReadFile(c.Template)
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	rc := &gateway.RenderCase{Template: string(text), Mode: c.Mode, StageVariables: c.StageVariable}
	if c.Body != "" {
		body, err := os.ReadFile(c.Body)
		if err != nil {
			return nil, fmt.Errorf("read the body: %w", err)
		}
		if rc.Body, err = json.Marshal(string(body)); err != nil {
			return nil, err
		}
	}
	if c.Context != "" {
		if rc.Context, err = os.ReadFile(c.Context); err != nil {
			return nil, fmt.Errorf("read the context: %w", err)
		}
	}
	return rc, c.params(rc)
}

func (c *renderCmd) params(rc *gateway.RenderCase) error {
	rc.Params.Path, rc.Params.QueryString, rc.Params.Header = map[string]string{}, map[string]string{}, map[string]string{}
	for key, value := range c.Param {
		place, name, _ := strings.Cut(key, ".")
		m := map[string]map[string]string{"path": rc.Params.Path, "querystring": rc.Params.QueryString, "header": rc.Params.Header}[place]
		if m == nil || name == "" {
			return fmt.Errorf("parameter %q: it has to begin with path., querystring. or header.", key)
		}
		m[name] = value
	}
	return nil
}

func loadCase(name string) (*gateway.RenderCase, error) {
	read := func() ([]byte, error) { return os.ReadFile(name) }
	if name == "-" {
		read = func() ([]byte, error) { return io.ReadAll(os.Stdin) }
	}
	text, err := read()
	if err != nil {
		return nil, fmt.Errorf("read the case: %w", err)
	}
	rc := &gateway.RenderCase{}
	if err := json.Unmarshal(text, rc); err != nil {
		return nil, fmt.Errorf("the case is not the JSON document expected: %w", err)
	}
	return rc, nil
}
