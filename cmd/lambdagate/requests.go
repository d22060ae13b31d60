package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/lambdagate/lambdagate/internal/requests"
)

// requestsCmd shows what happened to requests of deployed APIs.
type requestsCmd struct {
	Show   showRequestsCmd   `cmd:"" default:"withargs" help:"List the last requests, follow them, or show one step by step."`
	Replay replayRequestsCmd `cmd:"" help:"Send a recorded request again, and show what came out differently."`
}

type showRequestsCmd struct {
	client
	terminal
	ID     string `arg:"" optional:"" help:"Show this request (the beginning of its id will do) step by step."`
	API    string `name:"api" help:"Only of this API: its id or name."`
	Stage  string `help:"Only of this stage."`
	Follow bool   `short:"f" help:"Go on with requests as they end."`
	Failed bool   `help:"Only those that failed."`
	Path   string `help:"Only those with this in their path."`
	Status string `help:"Only those with this status, such as 404 or 5xx."`
	Limit  int    `short:"n" help:"How many at most." default:"30"`
	JSON   bool   `name:"json" help:"Print JSON; of a list, one object a line."`
}

// Run lists, follows or shows.
func (c *showRequestsCmd) Run(ctx context.Context) error {
	if c.ID != "" {
		return c.one(ctx)
	}
	q := requests.Query{API: c.API, Stage: c.Stage, Failed: c.Failed, Path: c.Path, Status: c.Status, Limit: &c.Limit}
	if c.Follow {
		return c.follow(ctx, q)
	}
	var list requests.Listing
	if err := c.ask(ctx, "list", q, &list); err != nil {
		return err
	}
	p := c.printer(os.Stdout)
	for i := range list.Requests { // the newest is at the end, where one looks
		if err := c.line(p, &list.Requests[len(list.Requests)-1-i]); err != nil {
			return err
		}
	}
	if len(list.Requests) == 0 && !c.JSON {
		fmt.Fprintln(os.Stderr, "No requests yet. --follow waits for them.")
	}
	return nil
}

func (c *showRequestsCmd) line(p *printer, r *requests.Request) error {
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	return p.line(r)
}

func (c *showRequestsCmd) one(ctx context.Context) error {
	var d requests.Detail
	if err := c.ask(ctx, "get", requests.Get{ID: c.ID}, &d); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(&d)
	}
	return c.printer(os.Stdout).detail(&d)
}

// follow prints until it is stopped.
func (c *showRequestsCmd) follow(ctx context.Context, q requests.Query) error {
	resp, err := c.open(ctx, q)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	p := c.printer(os.Stdout)
	err = events(resp.Body, func(name string, data []byte) error {
		if name == "lost" {
			var lost struct{ Count int64 }
			if err := json.Unmarshal(data, &lost); err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "%d requests were too quick to be shown\n", lost.Count)
			return nil
		}
		var r requests.Request
		if err := json.Unmarshal(data, &r); err != nil {
			return err
		}
		return c.line(p, &r)
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// maxEvent bounds one server-sent event.
const maxEvent = 1 << 20

// events reads server-sent events to their end.
func events(r io.Reader, each func(name string, data []byte) error) error {
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, maxEvent)
	name := ""
	for scan.Scan() {
		field, value, _ := strings.Cut(scan.Text(), ": ")
		switch field {
		case "event":
			name = value
		case "data":
			if err := each(name, []byte(value)); err != nil {
				return err
			}
		}
	}
	if err := scan.Err(); err != nil {
		return fmt.Errorf("follow requests: %w", err)
	}
	return errors.New("the server has stopped")
}

// open starts to follow; the caller closes the answer's body.
func (c client) open(ctx context.Context, q requests.Query) (*http.Response, error) {
	input, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://lambdagate/requests/follow", bytes.NewReader(input))
	if err != nil {
		return nil, err
	}
	resp, err := c.http().Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	e := &apiError{}
	if err := json.NewDecoder(resp.Body).Decode(e); err != nil {
		return nil, fmt.Errorf("the server answered %s", resp.Status)
	}
	return nil, e
}

// ask performs an operation of requests.
func (c client) ask(ctx context.Context, operation string, in, out any) error {
	input, err := json.Marshal(in)
	if err != nil {
		return err
	}
	b, err := c.post(ctx, "/requests/"+operation, input)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

func printJSON(v any) error {
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "    ")
	return enc.Encode(v)
}

type replayRequestsCmd struct {
	client
	terminal
	ID      string   `arg:"" help:"The request; the beginning of its id will do."`
	Stage   string   `help:"Send it to another stage of the API."`
	Header  []string `short:"H" sep:"none" help:"A header instead of the recorded one of its name: 'Authorization: Bearer …'. Secrets are not kept."`
	Query   []string `sep:"none" help:"A query parameter instead of the recorded one: name=value."`
	Without []string `help:"Leave out this header or query parameter."`
	Body    string   `help:"File with the body instead of the recorded one; - is standard input."`
	JSON    bool     `name:"json" help:"Print JSON."`
}

// Run sends the request again.
func (c *replayRequestsCmd) Run(ctx context.Context) error {
	in := requests.Replay{ID: c.ID, Stage: c.Stage, Without: c.Without}
	var err error
	if in.Headers, err = pairs(c.Header, ":", "--header takes 'Name: value'"); err != nil {
		return err
	}
	if in.Query, err = pairs(c.Query, "=", "--query takes name=value"); err != nil {
		return err
	}
	if c.Body != "" {
		b, err := readFile(c.Body)
		if err != nil {
			return fmt.Errorf("read the body: %w", err)
		}
		in.Body = &b
	}
	var out requests.Replayed
	if err := c.ask(ctx, "replay", in, &out); err != nil {
		return c.advise(err)
	}
	if c.JSON {
		return printJSON(&out)
	}
	return c.printer(os.Stdout).replayed(&out)
}

// advise adds what to do about what is not kept.
func (c *replayRequestsCmd) advise(err error) error {
	e, ok := errors.AsType[*apiError](err)
	if !ok {
		return err
	}
	switch e.Code {
	case "SecretsNotKept":
		e.Message += " (--header 'Name: value', --query name=value, --body FILE; --without NAME leaves one out)"
	case "BodyNotKept":
		e.Message += " (--body FILE, or --body - for standard input)"
	}
	return e
}

func readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(name)
}

func pairs(list []string, separator, usage string) ([]requests.Field, error) {
	var out []requests.Field
	for _, text := range list {
		name, value, ok := strings.Cut(text, separator)
		if !ok || strings.TrimSpace(name) == "" {
			return nil, fmt.Errorf("%q: %s", text, usage)
		}
		out = append(out, requests.Field{Name: strings.TrimSpace(name), Value: strings.TrimPrefix(value, " ")})
	}
	return out, nil
}
