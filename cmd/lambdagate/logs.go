package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

type logsCmd struct {
	client
	Group  string        `arg:"" optional:"" help:"Log group; without one, the groups are listed. A function's name stands for /aws/lambda/NAME."`
	Follow bool          `short:"f" help:"Go on printing new lines."`
	Since  time.Duration `help:"How far back to begin." default:"1h"`
	Filter string        `help:"CloudWatch Logs filter pattern."`
}

// Run lists groups, or prints a group's lines in order of time.
func (c *logsCmd) Run(ctx context.Context) error {
	if c.Group == "" {
		return c.list(ctx)
	}
	if !strings.Contains(c.Group, "/") && !strings.HasPrefix(c.Group, "API-Gateway-") {
		c.Group = "/aws/lambda/" + c.Group
	}
	from := time.Now().Add(-c.Since).UnixMilli()
	seen := map[string]bool{}
	for {
		last, err := c.print(ctx, from, seen)
		if e, ok := err.(*apiError); ok && c.Follow && e.Code == "ResourceNotFoundException" {
			err = nil // the group comes with its first line
		}
		if err != nil || !c.Follow {
			return err
		}
		if last > from {
			from = last
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(300 * time.Millisecond):
		}
	}
}

func (c *logsCmd) list(ctx context.Context) error {
	b, err := c.call(ctx, "logs", "DescribeLogGroups", []byte("{}"))
	if err != nil {
		return err
	}
	var out struct {
		LogGroups []struct{ LogGroupName string }
	}
	if err := json.Unmarshal(b, &out); err != nil {
		return err
	}
	for _, g := range out.LogGroups {
		fmt.Println(g.LogGroupName)
	}
	return nil
}

// print prints the lines since from that were not seen, and returns the time of
// the last one.
func (c *logsCmd) print(ctx context.Context, from int64, seen map[string]bool) (last int64, err error) {
	in := map[string]any{"logGroupName": c.Group, "startTime": from}
	if c.Filter != "" {
		in["filterPattern"] = c.Filter
	}
	for {
		input, err := json.Marshal(in)
		if err != nil {
			return last, err
		}
		b, err := c.call(ctx, "logs", "FilterLogEvents", input)
		if err != nil {
			return last, err
		}
		var out struct {
			Events []struct {
				EventID   string `json:"eventId"`
				Timestamp int64
				Message   string
			}
			NextToken string
		}
		if err := json.Unmarshal(b, &out); err != nil {
			return last, err
		}
		for _, e := range out.Events {
			if last = max(last, e.Timestamp); seen[e.EventID] {
				continue
			}
			seen[e.EventID] = true
			fmt.Println(strings.TrimRight(e.Message, "\n"))
		}
		if out.NextToken == "" {
			return last, nil
		}
		in["nextToken"] = out.NextToken
	}
}
