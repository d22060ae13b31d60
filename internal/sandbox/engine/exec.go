package engine

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Program is a further one in a container.
type Program struct {
	engine *Engine
	id     string
	output io.ReadCloser
}

// Exec runs a further program in the container: env replaces variables of the
// container's, and removes those that it names without a value. life bounds the
// output.
func (c *Container) Exec(ctx, life context.Context, command, env []string, dir string) (*Program, error) {
	var made struct {
		ID string `json:"Id"`
	}
	err := c.engine.do(ctx, http.MethodPost, "/containers/"+c.id+"/exec", map[string]any{
		"AttachStdout": true, "AttachStderr": true, "Cmd": command, "Env": env, "WorkingDir": dir,
	}, &made)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", command[0], err)
	}
	res, err := c.engine.call(life, http.MethodPost, "/exec/"+made.ID+"/start", map[string]any{"Detach": false, "Tty": false})
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", command[0], err)
	}
	return &Program{c.engine, made.ID, res.Body}, nil
}

// Output copies what the program writes to w until nobody can write any more.
func (p *Program) Output(w io.Writer) error {
	defer p.output.Close()
	return demultiplex(w, w, p.output)
}

// askAgain is how often the engine is asked whether a program has ended: it does
// not tell by itself. Mostly the output has ended with it.
const askAgain = 100 * time.Millisecond

// Wait returns how the program ended, as shells tell it.
func (p *Program) Wait(ctx context.Context) (status int, err error) {
	for {
		var out struct {
			Running  bool
			ExitCode int
		}
		if err := p.engine.do(ctx, http.MethodGet, "/exec/"+p.id+"/json", nil, &out); err != nil || !out.Running {
			return out.ExitCode, err
		}
		select {
		case <-time.After(askAgain):
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}
