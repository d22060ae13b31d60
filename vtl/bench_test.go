package vtl

import (
	"context"
	"os"
	"testing"
)

// A benchInput is an $input whose answers are ready made, so that only the
// engine is measured.
type benchInput struct{ params, path *Map }

func (in *benchInput) Call(name string, args []any) (any, bool, error) {
	if len(args) != 1 {
		return nil, false, nil
	}
	key, _ := args[0].(string)
	switch name {
	case "params":
		v, _ := in.params.Get(key)
		return v, true, nil
	case "path":
		return in.path, true, nil
	}
	return nil, false, nil
}

// benchVars is a context made anew for each render.
type benchVars struct{ input *benchInput }

func (v *benchVars) Variable(name string) (any, bool) {
	if name == "input" {
		return v.input, true
	}
	return nil, false
}

func newBenchInput(t testing.TB) *benchInput {
	t.Helper()
	data, err := os.ReadFile("testdata/bench/input.json")
	if err != nil {
		t.Fatal(err)
	}
	v, err := ParseJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	params, _ := v.(*Map).Get("params")
	path, _ := v.(*Map).Get("path")
	return &benchInput{params.(*Map), path.(*Map)}
}

func benchTemplate(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/bench/" + name + ".vtl")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var benchNames = []string{"params", "operator", "result", "long", "foreach"}

func BenchmarkRender(b *testing.B) {
	for _, name := range benchNames {
		b.Run(name, func(b *testing.B) {
			p, err := Parse(benchTemplate(b, name), Options{})
			if err != nil {
				b.Fatal(err)
			}
			input := newBenchInput(b)
			var out []byte
			b.ReportAllocs()
			for b.Loop() {
				vars := benchVars{input}
				if out, err = p.Append(context.Background(), out[:0], &vars, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRenderAfresh makes a new context and a new output each time.
func BenchmarkRenderAfresh(b *testing.B) {
	for _, name := range benchNames {
		b.Run(name, func(b *testing.B) {
			p, err := Parse(benchTemplate(b, name), Options{})
			if err != nil {
				b.Fatal(err)
			}
			input := newBenchInput(b)
			b.ReportAllocs()
			for b.Loop() {
				if _, err = p.Append(context.Background(), nil, &benchVars{input}, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for _, name := range benchNames {
		b.Run(name, func(b *testing.B) {
			source := benchTemplate(b, name)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(source, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseJSON(b *testing.B) {
	data, err := os.ReadFile("testdata/bench/input.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseJSON(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	input := newBenchInput(b)
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out = AppendJSON(out[:0], input.path)
	}
}

// TestFirstTemplateAllocatesNothing holds the first tutorial template to what
// its output needs.
func TestFirstTemplateAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector empties pools at random: measured in builds without it")
		return
	}
	p, err := Parse(benchTemplate(t, "params"), Options{Mode: APIGateway})
	if err != nil {
		t.Fatal(err)
	}
	vars := &benchVars{newBenchInput(t)}
	out := make([]byte, 0, 1024)
	n := testing.AllocsPerRun(100, func() {
		out, err = p.Append(context.Background(), out[:0], vars, Limits{})
	})
	if err != nil || n != 0 {
		t.Errorf("%v allocations, %v", n, err)
	}
}
