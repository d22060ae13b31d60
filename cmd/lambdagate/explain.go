package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/lambdagate/lambdagate/internal/iam"
	"github.com/lambdagate/lambdagate/internal/server"
)

type explainCmd struct {
	client
	Principal string   `required:"" help:"ARN of a user, role or session, or a service such as apigateway.amazonaws.com."`
	Action    string   `required:"" help:"Such as lambda:InvokeFunction."`
	Resource  string   `help:"ARN of what the action is about." default:"*"`
	Context   []string `help:"Condition key of the request, such as aws:SourceIp=10.0.0.1; may be repeated." sep:"none"`
	JSON      bool     `name:"json" help:"Print JSON."`
}

// errDenied makes the exit status tell the decision.
type errDenied struct{ text string }

func (e *errDenied) Error() string { return e.text }
func (e *errDenied) ExitCode() int { return 3 }

// Run prints the reasoning. The exit status is 0 if it is allowed and 3 if not.
func (c *explainCmd) Run(ctx context.Context) error {
	in := server.ExplainRequest{Principal: c.Principal, Action: c.Action, Resource: c.Resource, Context: map[string][]string{}}
	for _, text := range c.Context {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return fmt.Errorf("context %q: it has to be KEY=VALUE", text)
		}
		in.Context[key] = append(in.Context[key], value)
	}
	input, err := json.Marshal(in)
	if err != nil {
		return err
	}
	out, err := c.post(ctx, "/explain", input)
	if err != nil {
		return err
	}
	var e iam.Explanation
	if err := json.Unmarshal(out, &e); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if c.JSON {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, out, "", "    "); err != nil {
			return err
		}
		fmt.Println(strings.TrimSpace(pretty.String()))
	} else {
		printExplanation(os.Stdout, &e)
	}
	if !e.Allowed {
		return &errDenied{"denied: " + e.Outcome}
	}
	return nil
}

// printExplanation is for terminals: the question, each policy with each of its
// statements, the decision.
func printExplanation(w io.Writer, e *iam.Explanation) {
	fmt.Fprintf(w, "%s\n  asks for %s\n  on %s\n", e.Principal, e.Action, e.Resource)
	if len(e.Policies) == 0 {
		fmt.Fprintln(w, "\nNo policy speaks for the principal or the resource.")
	}
	for _, p := range e.Policies {
		fmt.Fprintf(w, "\n%s: %s\n", p.Kind, p.Name)
		for _, st := range p.Statements {
			printStatement(w, &st)
		}
	}
	fmt.Fprintf(w, "\nDecision: %s. %s\n", e.Outcome, e.Because)
	if e.Text != "" {
		fmt.Fprintf(w, "AWS answers: %s\n", e.Text)
	}
}

func printStatement(w io.Writer, st *iam.ExplainedStatement) {
	name := fmt.Sprintf("statement %d", st.Index+1)
	if st.Sid != "" {
		name += " (" + st.Sid + ")"
	}
	switch {
	case st.Decides:
		fmt.Fprintf(w, "  * %s: %s, fits and decides\n", name, st.Effect)
	case st.Fits:
		fmt.Fprintf(w, "  + %s: %s, fits\n", name, st.Effect)
	default:
		fmt.Fprintf(w, "  - %s: %s, does not fit:\n", name, st.Effect)
		for _, why := range st.WhyNot {
			fmt.Fprintf(w, "      %s\n", why)
		}
		return
	}
	for _, c := range st.Conditions {
		has := "absent"
		if len(c.Actual) > 0 {
			has = strings.Join(c.Actual, ", ")
		}
		fmt.Fprintf(w, "      condition %s of %s: wanted %s, is %s\n", c.Operator, c.Key, strings.Join(c.Wanted, " or "), has)
	}
	fmt.Fprintf(w, "      %s\n", strings.ReplaceAll(st.Text, "\n", "\n      "))
}
