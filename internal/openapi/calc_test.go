package openapi

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with a file of testdata, or writes the file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		must(t, 0, os.WriteFile(file, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	must(t, 0, err)
	if got != string(want) {
		t.Errorf("%s (rewrite with go test -update): %s", file, difference(got, string(want)))
	}
}

// difference shows the first lines in which two texts differ.
func difference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return fmt.Sprintf("line %d: got\n%s\nwant\n%s", i+1, strings.Join(a[i:min(i+8, len(a))], "\n"), strings.Join(b[min(i, len(b)):min(i+8, len(b))], "\n"))
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}

// TestCalc: the API of the tutorial is the same from each of its documents, and
// from each of its exports.
func TestCalc(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	for _, file := range []string{"swagger.json", "swagger.yaml", "oas30.json", "oas30.yaml"} {
		doc, err := os.ReadFile("testdata/calc/" + file)
		must(t, 0, err)
		g.checkCalc(file, string(doc))
	}
}

func (g *gateway) checkCalc(name, doc string) {
	g.t.Helper()
	api := g.importAPI(doc, nil)
	if api.Warnings != nil {
		g.t.Errorf("%s: warnings %q", name, api.Warnings)
	}
	golden(g.t.(*testing.T), "testdata/calc/api.golden", g.dump(api.Id))
	g.deploy(api.Id)
	for _, e := range []struct{ kind, accept, file string }{
		{"swagger", "application/json", "swagger.json"}, {"swagger", "application/yaml", "swagger.yaml"},
		{"oas30", "application/json", "oas30.json"}, {"oas30", "application/yaml", "oas30.yaml"},
	} {
		export := g.export(api.Id, e.kind, e.accept, "apigateway")
		golden(g.t.(*testing.T), "testdata/calc/export_"+e.file+".golden", export)
		again := g.importAPI(export, nil)
		golden(g.t.(*testing.T), "testdata/calc/api.golden", g.dump(again.Id))
		g.deploy(again.Id)
		if twice := g.export(again.Id, e.kind, e.accept, "apigateway"); twice != export {
			g.t.Errorf("the export of an import of %s: %s", e.file, difference(twice, export))
		}
	}
}
