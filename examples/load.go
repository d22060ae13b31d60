package examples

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"strings"
)

// Example is an example.json: operations to call in order, and commands to try
// afterwards.
type Example struct {
	Title string
	Steps []Step
	Try   []string

	name string
}

// Step is one operation. Texts of the input may name values as ${name}, and
// ${zip:file} for a zip file of one file of the example's folder.
type Step struct {
	Say                string // what it makes, for people
	Service, Operation string
	Input              json.RawMessage
	Save               map[string]string // value name → member of the answer, dotted
}

// Caller performs one operation; input and output are JSON under the model's
// member names. conflict says that what is to be made is already there.
type Caller func(ctx context.Context, service, operation string, input []byte) (output []byte, conflict bool, err error)

// Progress is how far an example was loaded; it is kept, so that a loading that
// was cut off goes on where it stopped.
type Progress struct {
	Done   int               `json:"done"` // steps
	Values map[string]string `json:"values"`
}

// Open reads the example of that name.
func Open(name string) (*Example, error) {
	b, err := FS.ReadFile(path.Join(name, "example.json"))
	if err != nil {
		return nil, fmt.Errorf("there is no example %q; there are: %s", name, strings.Join(Names(), ", "))
	}
	e := &Example{name: name}
	if err := json.Unmarshal(b, e); err != nil {
		return nil, fmt.Errorf("example %s: %w", name, err)
	}
	return e, nil
}

// Names returns the names of all examples.
func Names() []string {
	entries, _ := fs.ReadDir(FS, ".") // an embedded root can be read
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Load calls the steps that p does not count as done, and keeps p up to date
// through save.
func (e *Example) Load(ctx context.Context, call Caller, p *Progress, save func(*Progress) error) error {
	values := maps.Clone(p.Values)
	for ; p.Done < len(e.Steps); p.Done++ {
		step := e.Steps[p.Done]
		if err := e.run(ctx, call, step, values); err != nil {
			return fmt.Errorf("example %s, step %d (%s %s): %w", e.name, p.Done+1, step.Service, step.Operation, err)
		}
		p.Values = values
		if err := save(&Progress{p.Done + 1, values}); err != nil {
			return fmt.Errorf("example %s: keep progress: %w", e.name, err)
		}
	}
	return nil
}

func (e *Example) run(ctx context.Context, call Caller, step Step, values map[string]string) error {
	input, err := e.expand(string(step.Input), values)
	if err != nil {
		return err
	}
	out, conflict, err := call(ctx, step.Service, step.Operation, []byte(input))
	if conflict && len(step.Save) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	for name, member := range step.Save {
		v, err := lookup(out, member)
		if err != nil {
			return err
		}
		values[name] = v
	}
	return nil
}

var reference = regexp.MustCompile(`\$\{([a-zA-Z0-9]+)(?::([^}]+))?\}`)

// expand puts values in place of references; others (stage variables of a
// template, say) stay.
func (e *Example) expand(text string, values map[string]string) (string, error) {
	var failed error
	out := reference.ReplaceAllStringFunc(text, func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		if m[1] == "zip" {
			z, err := e.zip(m[2])
			failed = err
			return z
		}
		if v, ok := values[m[1]]; ok {
			return v
		}
		return ref
	})
	return out, failed
}

func (e *Example) zip(file string) (string, error) {
	b, err := FS.ReadFile(path.Join(e.name, file))
	if err != nil {
		return "", err
	}
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	f, err := w.Create(file)
	if err == nil {
		_, err = f.Write(b)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return "", fmt.Errorf("zip %s: %w", file, err)
	}
	return base64.StdEncoding.EncodeToString(buf.Bytes()), nil
}

func lookup(out []byte, member string) (string, error) {
	var v any
	if err := json.Unmarshal(out, &v); err != nil {
		return "", err
	}
	for name := range strings.SplitSeq(member, ".") {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	s, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("the answer has no text member %q", member)
	}
	return s, nil
}

// Commands returns what to try, with values put in.
func (e *Example) Commands(values map[string]string) []string {
	var lines []string
	for _, t := range e.Try {
		line, _ := e.expand(t, values) // no zip files in there
		lines = append(lines, line)
	}
	return lines
}
