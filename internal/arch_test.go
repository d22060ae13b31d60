// Package internal holds the tests of the architecture: which package may
// import which, and what every package must have. ARCHITECTURE.md draws it.
package internal

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/lambdagate/lambdagate/"

// arrows lists, for each package, what of this module it may import; packages
// below one of these (sandbox/jail) have its arrows and may import it and each
// other.
var arrows = map[string][]string{
	"vtl":                {},
	"jsonpath":           {},
	"internal/arn":       {},
	"internal/policy":    {"internal/arn"},
	"internal/sigv4":     {},
	"internal/javaregex": {},

	"internal/eventpattern": {},
	"internal/rawhead":      {},
	"internal/attentive":    {},
	"internal/http1":        {"internal/rawhead", "internal/attentive"},
	"internal/store":        {},
	"internal/awsapi":       {},
	"internal/console":      {},
	"examples":              {},
	"internal/certs":        {"internal/store"},
	"internal/audit":        {"internal/awsapi", "internal/store"},

	"internal/runtimeapi": {"internal/attentive"},
	"internal/sandbox":    {"internal/runtimeapi"},

	"internal/iam":        {"internal/awsapi", "internal/policy", "internal/arn", "internal/store"},
	"internal/sts":        {"internal/awsapi", "internal/policy", "internal/arn", "internal/store", "internal/iam"},
	"internal/logs":       {"internal/awsapi", "internal/arn", "internal/store"},
	"internal/metrics":    {"internal/awsapi", "internal/store"},
	"internal/lambda":     {"internal/awsapi", "internal/policy", "internal/arn", "internal/store", "internal/javaregex", "internal/sigv4", "internal/eventpattern"},
	"internal/apigateway": {"internal/awsapi", "internal/policy", "internal/arn", "internal/store", "vtl", "internal/javaregex"},
	"internal/openapi":    {"internal/apigateway", "internal/awsapi", "internal/arn"},
	"internal/sdk":        {"internal/apigateway", "internal/awsapi"},
	"internal/gateway": {
		"internal/apigateway", "internal/awsapi", "internal/policy", "internal/sigv4", "internal/arn", "internal/javaregex", "internal/rawhead", "internal/http1", "vtl", "jsonpath",
	},
	"internal/requests": {"internal/gateway", "internal/awsapi", "internal/arn"},
	"internal/firehose": {"internal/sigv4", "internal/arn"},
	"internal/otlp":     {"internal/requests", "internal/gateway"},
	"internal/server":   {"*"},
	"cmd/lambdagate":    {"*"},
	"internal":          {},
}

type pkg struct {
	ImportPath, Doc       string
	Imports, TestImports  []string
	GoFiles, IgnoredFiles []string
	Module                *struct{ Path string }
	Standard              bool
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,Imports,GoFiles", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, module)
		list = append(list, p)
	}
}

// home is the entry of arrows that a package belongs to.
func home(path string) (string, bool) {
	for p := path; ; p = p[:strings.LastIndexByte(p, '/')] {
		if _, ok := arrows[p]; ok && (p != "internal" || path == "internal") {
			return p, true
		}
		if !strings.Contains(p, "/") {
			return "", false
		}
	}
}

func TestArrows(t *testing.T) {
	for _, p := range packages(t) {
		if strings.HasPrefix(p.ImportPath, "test/") || strings.Contains(p.ImportPath, "/gen") {
			continue
		}
		from, ok := home(p.ImportPath)
		if !ok {
			t.Errorf("%s is not in the architecture: add it to arrows and to ARCHITECTURE.md", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			base, _ := home(to)
			if base != from && !slices.Contains(arrows[from], base) && !slices.Contains(arrows[from], "*") {
				t.Errorf("%s may not import %s", p.ImportPath, to)
			}
		}
	}
}

// TestPure says which packages need the standard library only.
func TestPure(t *testing.T) {
	pure := []string{"vtl", "jsonpath", "internal/arn", "internal/policy", "internal/sigv4", "internal/awsapi", "internal/rawhead"}
	for _, p := range packages(t) {
		if !slices.Contains(pure, p.ImportPath) {
			continue
		}
		for _, imported := range p.Imports {
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") && !strings.HasPrefix(imported, module) {
				t.Errorf("%s imports %s; it needs the standard library only", p.ImportPath, imported)
			}
		}
	}
}

func TestPackageComments(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}
