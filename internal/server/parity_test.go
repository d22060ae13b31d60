package server

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
	"github.com/lambdagate/lambdagate/internal/lambda"
	"github.com/lambdagate/lambdagate/internal/logs"
	"github.com/lambdagate/lambdagate/internal/metrics"
	"github.com/lambdagate/lambdagate/internal/sts"
)

var update = flag.Bool("update", false, "write docs/parity.md anew")

const parityFile = "../../docs/parity.md"

// parityMark is where the generated part of docs/parity.md begins.
const parityMark = "<!-- From here on generated: go test ./internal/server -run TestParity -update -->\n"

// TestParity keeps the list of operations in docs/parity.md true: what each
// answers, and which scripts call it with the real aws CLI.
func TestParity(t *testing.T) {
	b, err := os.ReadFile(parityFile)
	if err != nil {
		t.Fatal(err)
	}
	text, old, ok := strings.Cut(string(b), parityMark)
	if !ok {
		t.Fatalf("%s has no line %q", parityFile, parityMark)
	}
	want := operationsTable(scriptsByOperation(t))
	if *update {
		if err := os.WriteFile(parityFile, []byte(text+parityMark+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != want {
		t.Errorf("%s is not up to date; run: go test ./internal/server -run TestParity -update", parityFile)
	}
}

func operationsTable(scripts map[string][]string) string {
	services := []*awsapi.BoundService{
		apigateway.Operations.Bind(nil), lambda.Operations.Bind(nil), iam.Operations.Bind(nil), sts.Operations.Bind(nil), logs.Operations.Bind(nil), metrics.Operations.Bind(nil),
	}
	var w strings.Builder
	for _, s := range services {
		done := 0
		var rows, missing []string
		for _, op := range s.Operations {
			if !op.Implemented {
				missing = append(missing, op.Name)
				continue
			}
			done++
			rows = append(rows, fmt.Sprintf("| %s | %s |\n", op.Name, strings.Join(scripts[s.Name+" "+op.Name], ", ")))
		}
		fmt.Fprintf(&w, "\n## %s: %d of %d operations\n\n| operation | scripts with the aws CLI |\n| --- | --- |\n%s", s.Name, done, len(s.Operations), strings.Join(rows, ""))
		if len(missing) > 0 {
			fmt.Fprintf(&w, "\nAnswer 501 with their name: %s.\n", strings.Join(missing, ", "))
		}
	}
	return w.String()
}

var cliCall = regexp.MustCompile(`aws (apigateway|lambda|iam|sts|logs|cloudwatch) ([a-z0-9-]+)`)

// scriptsByOperation finds the calls of the aws CLI in test/scripts.
func scriptsByOperation(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("../../test/scripts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	found := map[string]map[string]bool{}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range cliCall.FindAllStringSubmatch(string(b), -1) {
			key := strings.Replace(m[1], "cloudwatch", "monitoring", 1) + " " + strings.ToLower(strings.ReplaceAll(m[2], "-", ""))
			if found[key] == nil {
				found[key] = map[string]bool{}
			}
			found[key][strings.TrimSuffix(filepath.Base(name), ".txtar")] = true
		}
	}
	out := map[string][]string{}
	for _, s := range []*awsapi.BoundService{
		apigateway.Operations.Bind(nil), lambda.Operations.Bind(nil), iam.Operations.Bind(nil), sts.Operations.Bind(nil), logs.Operations.Bind(nil), metrics.Operations.Bind(nil),
	} {
		for _, op := range s.Operations {
			if names := found[s.Name+" "+strings.ToLower(op.Name)]; names != nil {
				out[s.Name+" "+op.Name] = slices.Sorted(maps.Keys(names))
			}
		}
	}
	return out
}
