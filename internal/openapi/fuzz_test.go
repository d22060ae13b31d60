package openapi

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/rogpeppe/go-internal/txtar"
)

// seeds adds the documents of testdata.
func seeds(f *testing.F) {
	f.Helper()
	calc, err := filepath.Glob("testdata/calc/*.[jy]*")
	must(f, 0, err)
	for _, file := range calc {
		body, err := os.ReadFile(file)
		f.Add(must(f, body, err))
	}
	archives, err := filepath.Glob("testdata/*.txtar")
	must(f, 0, err)
	for _, file := range archives {
		archive, err := txtar.ParseFile(file)
		for _, in := range must(f, archive, err).Files {
			if isInput(in.Name) {
				f.Add(in.Data)
			}
		}
	}
	f.Add([]byte("swagger: '2.0'\npaths: {/a: &a {get: {<<: *a}}}\n"))
	f.Add([]byte(small3(`"paths": {"/{a+}": {"get": {"responses": {"200": {"$ref": "#/paths/~1%7Ba+}/get/responses/200"}}}}}`)))
}

// FuzzImport: no document breaks the import, and what was imported can be
// exported and is the same after an import of the export.
func FuzzImport(f *testing.F) {
	seeds(f)
	g := newGateway(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		start := time.Now()
		api, err := g.ImportRestApi(g.ctx, &apigateway.ImportRestApiRequest{Body: body})
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %s", took)
		}
		if err != nil {
			shownWire(t, err)
			return
		}
		defer g.delete(t, api.Id)
		if _, err := g.CreateDeployment(g.ctx, &apigateway.CreateDeploymentRequest{RestApiId: api.Id, StageName: new("test")}); err != nil {
			return // without methods or integrations
		}
		gt := &gateway{g.Service, t, g.ctx}
		for _, kind := range []string{"oas30", "swagger"} {
			in := &apigateway.GetExportRequest{RestApiId: api.Id, StageName: "test", ExportType: kind, Accepts: new("application/yaml"), Parameters: map[string]string{"extensions": "apigateway"}}
			out, err := g.GetExport(g.ctx, in)
			if err != nil {
				shownWire(t, err) // non-JSON bodies
				continue
			}
			body := bytes.ReplaceAll(out.Body, []byte(api.Id), []byte("API")) // policies name it
			again, err := g.ImportRestApi(g.ctx, &apigateway.ImportRestApiRequest{Body: body, Parameters: map[string]string{"endpointConfigurationTypes": api.EndpointConfiguration.Types[0]}})
			if err != nil {
				t.Fatalf("the export cannot be imported: %v\n%s", err, out.Body)
			}
			defer g.delete(t, again.Id)
			gt.deploy(again.Id)
			first, second := gt.export(api.Id, kind, "application/json", "apigateway"), gt.export(again.Id, kind, "application/json", "apigateway")
			if first != second {
				t.Fatalf("%s: %s", kind, difference(second, first))
			}
		}
	})
}

// shownWire checks that an error is one for the client.
func shownWire(t *testing.T, err error) {
	t.Helper()
	if text := shown(err); text == err.Error() && len(text) > 0 && text[0] >= 'a' && text[0] <= 'z' {
		t.Errorf("an error that is not the client's: %v", err)
	}
}

func (g *gateway) delete(t *testing.T, id string) {
	_, err := g.DeleteRestApi(g.ctx, &apigateway.DeleteRestApiRequest{RestApiId: id})
	must(t, 0, err)
}

// FuzzParse: what is read is read again from what is written, as JSON and as
// YAML.
func FuzzParse(f *testing.F) {
	seeds(f)
	for _, s := range []string{
		"a: [1, 0x1F, 010, 1_000, .5, 1e3, .inf, ~, yes, true, 2020-01-01, \"\\x85\\u2028\"]\n",
		"? |\n  a\n  b\n: - - x\n  - {}\n  - []\n",
		`{"y": "on", "": " ", "a: b": "#", "- ": ["\u0000", {"1": -0.0}], "\ud800": "\ufffe"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := parse(body)
		if err != nil {
			return
		}
		want := n.compact()
		for _, again := range []string{n.pretty(), want} {
			c, err := parseJSON([]byte(again))
			if got := must(t, c, err).compact(); got != want {
				t.Fatalf("JSON: %s, want %s", got, want)
			}
		}
		c, err := parseYAML([]byte(n.yaml()))
		if err != nil {
			t.Fatalf("%v in\n%s", err, n.yaml())
		}
		if got := c.compact(); got != want {
			t.Fatalf("YAML: %s, want %s in\n%s", got, want, n.yaml())
		}
	})
}
