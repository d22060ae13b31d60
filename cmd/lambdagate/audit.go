package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/audit"
)

type auditCmd struct {
	client
	Since     time.Duration `help:"How far back to begin." default:"1h"`
	Account   string        `help:"Of one account only."`
	User      string        `help:"Of one user, role, ARN or access key id only."`
	Operation string        `help:"One operation (CreateUser) or service (iam.amazonaws.com) only."`
	Failed    bool          `help:"Only what was refused or failed."`
	Follow    bool          `short:"f" help:"Go on printing new records."`
	JSON      bool          `help:"Print whole records, one JSON document a line."`
}

// How often, and how far back, following looks for records: those of calls that
// ran at the same time can come in another order.
const (
	followEvery   = 500 * time.Millisecond
	followOverlap = 10 * time.Second
)

// Run prints records in order of time.
func (c *auditCmd) Run(ctx context.Context) error {
	from := time.Now().Add(-c.Since)
	seen := map[string]time.Time{}
	for {
		began := time.Now()
		if err := c.print(ctx, from, seen); err != nil || !c.Follow {
			return err
		}
		if next := began.Add(-followOverlap); next.After(from) {
			from = next
		}
		for id, at := range seen {
			if at.Before(from) {
				delete(seen, id)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(followEvery):
		}
	}
}

// print prints the records from a time on that were not seen.
func (c *auditCmd) print(ctx context.Context, from time.Time, seen map[string]time.Time) error {
	in := map[string]any{
		"account": c.Account, "user": c.User, "operation": c.Operation, "failed": c.Failed, "since": from, "forward": true,
	}
	for {
		var out audit.Answer
		if err := c.own(ctx, "POST", "audit", in, &out); err != nil {
			return err
		}
		for _, raw := range out.Records {
			var r audit.Record
			if err := json.Unmarshal(raw, &r); err != nil {
				return fmt.Errorf("read a record: %w", err)
			}
			if _, again := seen[r.EventID]; again {
				continue
			}
			if c.Follow {
				seen[r.EventID] = r.EventTime
			}
			if c.JSON {
				fmt.Println(string(raw))
			} else {
				fmt.Println(auditLine(r))
			}
		}
		if out.Next == "" {
			return nil
		}
		in["next"] = out.Next
	}
}

// auditLine is a record for people: when, who, from where, what, and how it
// ended.
func auditLine(r audit.Record) string {
	who := cmp.Or(r.UserIdentity.ARN, r.UserIdentity.UserName, r.UserIdentity.InvokedBy, "-")
	result := cmp.Or(r.ErrorCode, "ok")
	what := strings.TrimSuffix(r.EventSource, ".amazonaws.com") + ":" + r.EventName
	return fmt.Sprintf("%s %s %s %s %s", r.EventTime.Format("2006-01-02T15:04:05.000Z"), who, cmp.Or(r.SourceIPAddress, "-"), what, result)
}
