package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

type invokeCmd struct {
	client
	Function  string `arg:"" help:"Name or ARN of the function."`
	Payload   string `arg:"" optional:"" help:"The event as JSON; - reads it from standard input." default:"{}"`
	Qualifier string `help:"Version or alias."`
	Event     bool   `help:"Asynchronously: the event is queued."`
	Log       bool   `help:"Print the end of the function's log to standard error."`
}

// errFunction says that the function ran and failed; its error was printed.
var errFunction = errors.New("the function returned an error")

// Run prints what the function returned.
func (c *invokeCmd) Run(ctx context.Context) error {
	payload := []byte(c.Payload)
	if c.Payload == "-" {
		b, err := io.ReadAll(os.Stdin)
		if err != nil {
			return fmt.Errorf("read the event: %w", err)
		}
		payload = b
	}
	in := map[string]any{"FunctionName": c.Function, "Payload": payload}
	if c.Qualifier != "" {
		in["Qualifier"] = c.Qualifier
	}
	if c.Event {
		in["InvocationType"] = "Event"
	}
	if c.Log {
		in["LogType"] = "Tail"
	}
	input, err := json.Marshal(in)
	if err != nil {
		return err
	}
	b, err := c.call(ctx, "lambda", "Invoke", input)
	if err != nil {
		return err
	}
	var out struct {
		Payload                  []byte
		FunctionError, LogResult string
	}
	if err := json.Unmarshal(b, &out); err != nil {
		return err
	}
	if log, err := base64.StdEncoding.DecodeString(out.LogResult); err == nil {
		os.Stderr.Write(log)
	}
	fmt.Println(string(out.Payload))
	if out.FunctionError != "" {
		return errFunction
	}
	return nil
}
