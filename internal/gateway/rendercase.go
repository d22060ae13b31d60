package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/vtl"
)

// RenderCase is a mapping template with all that it may look at, outside of any
// request: for people and tests that want to see what a template makes.
type RenderCase struct {
	Template string `json:"template"`
	// Mode is "apigateway" (also when empty) or "velocity", which is stock
	// Velocity 1.7.
	Mode string `json:"mode"`
	// Body is what $input reads: a JSON document, or a JSON string that holds
	// the body's text.
	Body   json.RawMessage `json:"body"`
	Params struct {
		Path        map[string]string `json:"path"`
		QueryString map[string]string `json:"querystring"`
		Header      map[string]string `json:"header"`
	} `json:"params"`
	Context        json.RawMessage   `json:"context"` // members of $context
	StageVariables map[string]string `json:"stageVariables"`
	Vars           json.RawMessage   `json:"vars"` // plain variables, by name
}

// Render renders the template. Errors are *vtl.SyntaxError or *vtl.ExecError,
// or say what is wrong with the case itself.
func (c *RenderCase) Render(ctx context.Context) (string, error) {
	mode := vtl.APIGateway
	switch c.Mode {
	case "", "apigateway":
	case "velocity":
		mode = vtl.Velocity
	default:
		return "", fmt.Errorf(`mode %q: it can be "apigateway" or "velocity"`, c.Mode)
	}
	program, err := vtl.Parse(c.Template, vtl.Options{Name: "template", Mode: mode, Regexp: templateRegexp})
	if err != nil {
		return "", err
	}
	vars, err := c.variables(ctx)
	if err != nil {
		return "", err
	}
	out, err := program.Append(ctx, nil, vars, templateLimits)
	return string(out), err
}

// caseVariables are a case's plain variables, and then what every template has.
type caseVariables struct {
	variables
	plain   *vtl.Map
	context *vtl.Map
}

// Variable implements vtl.Variables.
func (v *caseVariables) Variable(name string) (any, bool) {
	if x, ok := v.plain.Get(name); ok {
		return x, true
	}
	if name == "context" {
		return v.context, true
	}
	return v.variables.Variable(name)
}

func (c *RenderCase) variables(ctx context.Context) (*caseVariables, error) {
	plain, err := caseObject("vars", c.Vars)
	if err != nil {
		return nil, err
	}
	x := &exchange{
		ctx: ctx, plan: &plan{deployment: new(deployment), variables: c.StageVariables}, start: time.Now(),
		params: caseFields(c.Params.Path), query: caseFields(c.Params.QueryString), requestHead: caseFields(c.Params.Header),
	}
	x.requested.set(c.bodyText())
	values, err := caseObject("context", c.Context)
	if err != nil {
		return nil, err
	}
	for name, m := range map[string]*vtl.Map{"requestOverride": x.overrides.requestMap(), "responseOverride": x.overrides.responseMap()} {
		if _, ok := values.Get(name); !ok {
			values.Put(name, m)
		}
	}
	return &caseVariables{variables: variables{x: x, input: input{x: x, body: &x.requested}}, plain: plain, context: values}, nil
}

// bodyText is the body as sent: the text of a JSON string, or the document.
func (c *RenderCase) bodyText() []byte {
	var text string
	if json.Unmarshal(c.Body, &text) == nil {
		return []byte(text)
	}
	return c.Body
}

// caseObject reads a JSON object whose values are as if Java code had put them
// there: lists are java.util.ArrayLists, numbers with a fraction Doubles.
func caseObject(what string, text json.RawMessage) (*vtl.Map, error) {
	if len(text) == 0 || string(text) == "null" {
		return vtl.NewMap(), nil
	}
	v, err := vtl.ParseJSON(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	m, ok := v.(*vtl.Map)
	if !ok {
		return nil, fmt.Errorf("%s has to be a JSON object", what)
	}
	return plainValue(m).(*vtl.Map), nil
}

func plainValue(v any) any {
	switch v := v.(type) {
	case *vtl.Map:
		m := vtl.NewMap()
		for i := range v.Len() {
			k, x := v.At(i)
			m.Put(k, plainValue(x))
		}
		return m
	case *vtl.List:
		l := vtl.NewList()
		for i := range v.Len() {
			l.Append(plainValue(v.Index(i)))
		}
		return l
	case vtl.Decimal:
		f, err := json.Number(v.String()).Float64()
		if err == nil {
			return f
		}
	}
	return v
}

func caseFields(m map[string]string) []HeaderField {
	var fields []HeaderField
	for _, k := range sortedKeys(m) {
		fields = append(fields, field(k, m[k]))
	}
	return fields
}

// Marked shows the place of a template error: the line, and a caret below it.
func Marked(source string, line, column int) string {
	lines := strings.Split(source, "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	text := lines[line-1]
	before := []rune(text)[:min(max(column-1, 0), len([]rune(text)))]
	for i, r := range before {
		if r != '\t' {
			before[i] = ' '
		}
	}
	return fmt.Sprintf("%5d | %s\n      | %s^", line, text, string(before))
}
