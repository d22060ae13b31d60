package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

type callCmd struct {
	client
	Service   string `arg:"" help:"apigateway, lambda, iam, sts or logs."`
	Operation string `arg:"" help:"CreateResource, for example."`
	Input     string `arg:"" optional:"" help:"The input as JSON under AWS's member names; - reads it from standard input." default:"{}"`
}

// Run prints the operation's output as indented JSON.
func (c *callCmd) Run(ctx context.Context) error {
	input := []byte(c.Input)
	if c.Input == "-" {
		b, err := io.ReadAll(os.Stdin)
		if err != nil {
			return fmt.Errorf("read the input: %w", err)
		}
		input = b
	}
	out, err := c.call(ctx, c.Service, c.Operation, input)
	if err != nil {
		return err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, out, "", "    "); err != nil {
		return err
	}
	fmt.Println(pretty.String())
	return nil
}
