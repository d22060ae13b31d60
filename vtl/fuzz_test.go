package vtl

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

func addSeeds(f *testing.F) {
	for _, c := range readCases(f) {
		f.Add(c.template)
	}
	for _, name := range benchNames {
		f.Add(benchTemplate(f, name))
	}
}

// FuzzParse: a template printed from its tree parses to the same tree, and what
// is not a directive or reference is printed byte for byte.
func FuzzParse(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, source string) {
		p, err := Parse(source, Options{})
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Column < 1 {
				t.Fatalf("error %#v", err)
			}
			return
		}
		printed := p.String()
		again, err := Parse(printed, Options{})
		if err != nil {
			t.Fatalf("%q printed as %q: %v", source, printed, err)
		}
		if got := again.String(); got != printed {
			t.Errorf("%q printed as %q, then as %q", source, printed, got)
		}
		if a, b := textOf(p), textOf(again); a != b {
			t.Errorf("%q has the text %q, printed %q", source, a, b)
		}
	})
}

// textOf returns the text of a template outside its directives.
func textOf(p *Program) string {
	var b bytes.Buffer
	for _, n := range p.body.nodes {
		if t, ok := n.(*text); ok {
			b.WriteString(t.value)
		}
	}
	return b.String()
}

// FuzzExecute: the limits hold, the same input gives the same output, and both
// the template and its printed form do the same.
func FuzzExecute(f *testing.F) {
	addSeeds(f)
	limits := Limits{Steps: 20_000, Output: 20_000, Memory: 1 << 20, Depth: 200, Iterations: 2000}
	f.Fuzz(func(t *testing.T, source string) {
		for _, mode := range []Mode{Velocity, APIGateway} {
			p, err := Parse(source, Options{Mode: mode})
			if err != nil {
				return
			}
			tree := p.String()
			first, err := p.Append(context.Background(), nil, newVariables(t), limits)
			var failed *ExecError
			if err != nil && !errors.As(err, &failed) {
				t.Fatalf("error %#v", err)
			}
			if len(first) > limits.Output {
				t.Errorf("printed %d bytes", len(first))
			}
			second, again := p.Append(context.Background(), nil, newVariables(t), limits)
			if !bytes.Equal(first, second) || (err == nil) != (again == nil) {
				t.Errorf("%q printed %q (%v), then %q (%v)", source, first, err, second, again)
			}
			if p.String() != tree {
				t.Errorf("%q changed its tree from %q to %q", source, tree, p.String())
			}
		}
	})
}

// FuzzJSON: what ParseJSON takes, AppendJSON gives back, in a form that stays.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.50,1e20,"x\u00e9\ud83d\ude00\ud800",null,true],"a":{}}`, `[[[]]]`, `12345678901234567890`, ` "" `, `-0`, `1E+2`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		v, err := ParseJSON([]byte(source))
		if err != nil {
			return
		}
		written := AppendJSON(nil, v)
		again, err := ParseJSON(written)
		if err != nil {
			t.Fatalf("%q written as %q: %v", source, written, err)
		}
		if got := AppendJSON(nil, again); !bytes.Equal(got, written) {
			t.Errorf("%q written as %q, then as %q", source, written, got)
		}
	})
}

// FuzzPattern: translation of a Java pattern neither panics nor makes one that
// package regexp cannot take without saying so.
func FuzzPattern(f *testing.F) {
	for _, s := range []string{`[lo]`, `\s+`, `[a-z&&[^l]]`, `(?<n>a)\Q.\E`, `\p{Upper}`, `a{2,3}?`, `[[a-f]o]`, `(?i)x|.`, `\x{1F600}\u0041\07`} {
		f.Add(s, "Hello World")
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 1000 || len(s) > 200 {
			return // the searches from every place take the square of the length
		}
		re, err := CompileRE2(pattern, false)
		if err != nil {
			return
		}
		for from := range len(s) + 1 {
			m, err := re.FindSubmatchIndex(s, from)
			if err != nil || m != nil && (m[0] < from || m[1] < m[0] || m[1] > len(s)) {
				t.Fatalf("%q in %q from %d: %v, %v", pattern, s, from, m, err)
			}
		}
	})
}
