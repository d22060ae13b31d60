package velocity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/vtl"
)

var (
	update     = flag.Bool("update", false, "record Velocity's answers in vtl/testdata/velocity.jsonl")
	seed       = flag.Uint64("seed", 17, "of the generated templates")
	systematic = flag.Bool("systematic", false, "also try each method and format with many arguments")
	count      = flag.Int("count", 3000, "of generated templates")
)

// identity is how Java prints arrays and iterators. The number changes from run
// to run; vtl prints 0.
var identity = regexp.MustCompile(`(\[(?:L[\w.]+;|[BC])|java\.util\.[\w.$]+)@0`)

func sameOutput(want, got string) bool {
	if want == got {
		return true
	}
	if !identity.MatchString(got) {
		return false
	}
	pattern := strings.Builder{}
	last := 0
	for _, m := range identity.FindAllStringIndex(got, -1) {
		pattern.WriteString(regexp.QuoteMeta(got[last:m[1]-1]) + "[0-9a-f]+")
		last = m[1]
	}
	return regexp.MustCompile("^" + pattern.String() + regexp.QuoteMeta(got[last:]) + "$").MatchString(want)
}

const testdata = "../../vtl/testdata"

// TestAgainstVelocity renders templates with Velocity and with vtl. The output
// must be equal, and so must the kinds of errors.
func TestAgainstVelocity(t *testing.T) {
	d := newDriver(t)
	variables, err := os.ReadFile(filepath.Join(testdata, "context.json"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("templates generated with -seed=%d -count=%d", *seed, *count)
	var record bytes.Buffer
	same, excused := 0, map[string]int{}
	for _, template := range templates(t) {
		want := d.render(t, template, string(variables))
		record.Write(recordLine(t, template, want))
		if got := render(t, template, variables); got.Kind != want.Kind || want.Kind == "o" && !sameOutput(want.Output, got.Output) {
			if why := vtlDiffers(template, want, got); why != "" {
				excused[why]++
				continue
			}
			t.Errorf("%q\nVelocity %s %q\nvtl      %s %q", template, want.Kind, want.Output, got.Kind, got.Output)
			continue
		}
		same++
	}
	t.Logf("%d equal", same)
	for why, n := range excused {
		t.Logf("%d differ: %s", n, why)
	}
	if *update {
		if err := os.WriteFile(filepath.Join(testdata, "velocity.jsonl"), record.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// recordLine is one line of velocity.jsonl: template, kind, output.
func recordLine(t *testing.T, template string, a answer) []byte {
	t.Helper()
	if a.Kind != "o" {
		a.Output = ""
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode([]string{template, a.Kind, a.Output}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// templates are those of vtl's table, of its fuzz corpus, and random ones.
func templates(t *testing.T) []string {
	t.Helper()
	var all []string
	if *systematic {
		all = append(formats(), calls()...)
	}
	data, err := os.ReadFile(filepath.Join(testdata, "cases.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if fields := strings.Split(line, "\t"); len(fields) > 1 {
			all = append(all, strings.ReplaceAll(fields[1], "␤", "\n"))
		}
	}
	all = append(all, corpus(t)...)
	g := newGenerator(*seed)
	for range *count {
		all = append(all, g.template())
	}
	return all
}

// corpus reads the inputs that fuzzing vtl has found worth keeping.
func corpus(t *testing.T) []string {
	t.Helper()
	var all []string
	files, _ := filepath.Glob(filepath.Join(testdata, "fuzz", "*", "*"))
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			quoted, ok := strings.CutPrefix(strings.TrimSpace(line), "string(")
			if !ok {
				continue
			}
			if s, err := strconv.Unquote(strings.TrimSuffix(quoted, ")")); err == nil {
				all = append(all, strings.ToValidUTF8(s, "?"))
			}
		}
	}
	return all
}

// render renders with vtl.
func render(t *testing.T, template string, variables []byte) answer {
	t.Helper()
	p, err := vtl.Parse(template, vtl.Options{})
	if err != nil {
		return answer{"p", err.Error()}
	}
	v, err := vtl.ParseJSON(variables)
	if err != nil {
		t.Fatal(err)
	}
	vars := vtl.Vars{}
	m := v.(*vtl.Map)
	for i := range m.Len() {
		name, value := m.At(i)
		vars[name] = asJava(value)
	}
	out, err := p.Append(context.Background(), nil, vars, vtl.Limits{})
	var failed *vtl.ExecError
	if errors.As(err, &failed) {
		return answer{"r", err.Error()}
	}
	return answer{"o", string(out)}
}

// asJava makes of a JSON value what the driver puts into its context.
func asJava(v any) any {
	switch v := v.(type) {
	case *vtl.List:
		l := vtl.NewList()
		for i := range v.Len() {
			l.Append(asJava(v.Index(i)))
		}
		return l
	case *vtl.Map:
		m := vtl.NewMap()
		for i := range v.Len() {
			name, value := v.At(i)
			m.Put(name, asJava(value))
		}
		return m
	case vtl.Decimal:
		f, _ := strconv.ParseFloat(v.Text(), 64)
		return f
	}
	return v
}
