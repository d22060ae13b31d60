package vtl

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
)

// A templateCase is a line of testdata/cases.tsv.
type templateCase struct{ name, template, velocity, gateway string }

func readCases(t testing.TB) []templateCase {
	t.Helper()
	data, err := os.ReadFile("testdata/cases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var cases []templateCase
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "# ") {
			continue
		}
		fields := strings.Split(strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "␤", "\x00"), "\t")
		if len(fields) < 3 || len(fields) > 4 {
			t.Fatalf("%d fields in %q", len(fields), line)
		}
		for i := range fields {
			fields[i] = strings.ReplaceAll(fields[i], "\x00", "\n")
		}
		c := templateCase{fields[0], fields[1], fields[2], fields[2]}
		if len(fields) == 4 {
			c.gateway = fields[3]
		}
		cases = append(cases, c)
	}
	return cases
}

// newVariables reads testdata/context.json afresh, since templates change what
// they are given. Its lists are such as templates make.
func newVariables(t testing.TB) Vars {
	t.Helper()
	data, err := os.ReadFile("testdata/context.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := ParseJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	return variablesOf(v.(*Map))
}

func variablesOf(m *Map) Vars {
	vars := Vars{}
	for i := range m.Len() {
		name, v := m.At(i)
		vars[name] = asJava(v)
	}
	return vars
}

// asJava makes of a JSON value what a Java caller would put into a context:
// ArrayLists and Doubles.
func asJava(v any) any {
	switch v := v.(type) {
	case *List:
		l := NewList()
		for _, x := range v.items {
			l.Append(asJava(x))
		}
		return l
	case *Map:
		m := NewMap()
		for _, e := range v.entries {
			m.Put(e.text, asJava(e.value))
		}
		return m
	case Decimal:
		f, _ := toDouble(v)
		return f
	}
	return v
}

// run returns what a template prints, or !syntax or !exec.
func run(template string, mode Mode, vars Variables) string {
	p, err := Parse(template, Options{Mode: mode})
	if err != nil {
		return "!syntax"
	}
	out, err := p.Append(context.Background(), nil, vars, Limits{})
	var failed *ExecError
	if errors.As(err, &failed) {
		return "!exec"
	}
	return string(out)
}

func TestCases(t *testing.T) {
	t.Parallel()
	for _, c := range readCases(t) {
		t.Run(c.name, func(t *testing.T) {
			if refusedHere(c.template) && c.velocity != "!exec" {
				c.velocity = "!exec"
			}
			if got := run(c.template, Velocity, newVariables(t)); got != c.velocity {
				t.Errorf("Velocity: %q printed\n%q, want\n%q", c.template, got, c.velocity)
			}
			if got := run(c.template, APIGateway, newVariables(t)); got != c.gateway {
				t.Errorf("APIGateway: %q printed\n%q, want\n%q", c.template, got, c.gateway)
			}
		})
	}
}

// refusedHere tells whether a template uses what we refuse in both modes.
func refusedHere(template string) bool { return strings.Contains(template, "#evaluate") }
