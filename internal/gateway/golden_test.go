package gateway

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

var extended = regexp.MustCompile(`"extendedRequestId":"[^"]*"`)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden runs testdata/*.txtar: a REST API (api.json), its stage
// (stage.json), a request (request.http) and what the function answers
// (lambda.json) give what the function gets (event.json), the response
// (response.http), and the execution log (log.txt) where the file has one.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	shared := sharedFile(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			runGolden(t, file, shared)
		})
	}
}

// sharedFile holds APIs that several tests use.
func sharedFile(t testing.TB) map[string]string {
	t.Helper()
	a, err := txtar.ParseFile("testdata/shared.txt")
	if err != nil {
		t.Fatal(err)
	}
	m := make(map[string]string)
	for _, f := range a.Files {
		m[f.Name] = string(f.Data)
	}
	return m
}

func runGolden(t *testing.T, file string, shared map[string]string) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	in := make(map[string]string)
	for _, f := range a.Files {
		in[f.Name] = string(f.Data)
	}
	api := in["api.json"]
	if name, ok := strings.CutPrefix(strings.TrimSpace(api), "use "); ok {
		api = shared[name]
	}
	w := newWorld()
	stage := &apigateway.Stage{StageName: "test"}
	if s := in["stage.json"]; s != "" {
		if err := json.Unmarshal([]byte(s), stage); err != nil {
			t.Fatal(err)
		}
	}
	w.deploy(stage, snapshot(t, api))
	w.invoke = goldenFunction(in["lambda.json"])
	response := do(t, w.gateway(t), in["request.http"])
	got := map[string]string{"response.http": dump(response), "event.json": "", "log.txt": "", "access.txt": ""}
	if calls := w.invocations(); len(calls) > 0 {
		got["event.json"] = extended.ReplaceAllString(string(calls[0].Payload), `"extendedRequestId":"…"`) + "\n"
	}
	for group, lines := range w.lines {
		name := "access.txt"
		if strings.HasPrefix(group, "API-Gateway-Execution-Logs_") {
			name = "log.txt"
		}
		for _, l := range lines {
			got[name] += steady(l.Message) + "\n"
		}
	}
	compareGolden(t, file, a, got)
}

// steady takes out of a line what changes from run to run.
func steady(line string) string {
	if i := strings.Index(line, "Extended Request Id: "); i >= 0 {
		return line[:i] + "Extended Request Id: …"
	}
	if i := strings.Index(line, "Integration latency: "); i >= 0 {
		return line[:i] + "Integration latency: 0 ms"
	}
	return line
}

// goldenFunction answers with a payload, or refuses with {"refused": …}.
func goldenFunction(answer string) func(context.Context, *Invocation) (*InvocationResult, error) {
	var special struct {
		Refused *ServiceError
		Failed  json.RawMessage
	}
	json.Unmarshal([]byte(answer), &special)
	return func(_ context.Context, in *Invocation) (*InvocationResult, error) {
		r := &InvocationResult{Status: 200, Payload: []byte(strings.TrimSpace(answer)), ExecutedVersion: "$LATEST", RequestID: "lambda-request"}
		switch {
		case special.Refused != nil:
			return nil, special.Refused
		case special.Failed != nil:
			r.Payload, r.FunctionError = special.Failed, "Unhandled"
		case in.Type == "Event":
			r.Status, r.Payload = 202, nil
		}
		return r, nil
	}
}

func compareGolden(t *testing.T, file string, a *txtar.Archive, got map[string]string) {
	changed := false
	for i := range a.Files {
		f := &a.Files[i]
		text, ok := got[f.Name]
		if !ok || text == string(f.Data) {
			continue
		}
		if !*update {
			t.Errorf("%s: got\n%s\nwant\n%s\n(go test ./internal/gateway -run TestGolden -update rewrites it)", f.Name, text, f.Data)
		}
		f.Data, changed = []byte(text), true
	}
	if *update && changed {
		if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
