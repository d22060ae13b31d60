package openapi

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestGolden imports the file in.* of each archive with its parameters, one a
// line, and compares everything that comes of it: the warnings, the error, the
// API, and its exports, whose imports must have the same exports.
func TestGolden(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	files, err := filepath.Glob("testdata/*.txtar")
	if len(must(t, files, err)) == 0 {
		t.Fatal("no archives")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			a := must(t, archive, err)
			got := &txtar.Archive{Comment: a.Comment}
			for _, f := range a.Files {
				if isInput(f.Name) {
					got.Files = append(got.Files, f)
				}
			}
			gt := &gateway{g.Service, t, g.ctx}
			got.Files = append(got.Files, gt.results(got)...)
			golden(t, file, string(txtar.Format(got)))
		})
	}
}

func isInput(name string) bool {
	return strings.HasPrefix(name, "in.") || name == "parameters" || name == "document"
}

func (g *gateway) results(in *txtar.Archive) []txtar.File {
	g.t.Helper()
	var body, results = "", []txtar.File(nil)
	add := func(name, data string) {
		if data != "" {
			results = append(results, txtar.File{Name: name, Data: []byte(strings.TrimSuffix(data, "\n") + "\n")})
		}
	}
	parameters, document := map[string]string{}, false
	for _, f := range in.Files {
		switch f.Name {
		case "parameters":
			for line := range strings.Lines(string(f.Data)) {
				key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				parameters[key] = value
			}
		case "document": // make a documentation version of the stage
			document = true
		default:
			body = string(f.Data)
		}
	}
	api, err := g.ImportRestApi(g.ctx, &apigateway.ImportRestApiRequest{Body: []byte(body), Parameters: parameters})
	if err != nil {
		add("error", shown(err))
		return results
	}
	add("warnings", strings.Join(api.Warnings, "\n"))
	add("api", g.dump(api.Id))
	g.deploy(api.Id)
	if document {
		g.document(api.Id)
	}
	for _, kind := range []string{"swagger", "oas30"} {
		export := g.export(api.Id, kind, "application/json", "apigateway")
		add(kind+".json", undated(export))
		for _, accept := range []string{"application/json", "application/yaml"} {
			again := g.importAPI(g.export(api.Id, kind, accept, "apigateway"), map[string]string{
				"endpointConfigurationTypes": api.EndpointConfiguration.Types[0], // a document does not say it
			})
			if again.Warnings != nil {
				g.t.Errorf("the import of the export %s as %s has warnings %q", kind, accept, again.Warnings)
			}
			g.deploy(again.Id)
			if document {
				g.document(again.Id)
			}
			if twice := g.export(again.Id, kind, "application/json", "apigateway"); undated(twice) != undated(export) {
				g.t.Errorf("the export %s as %s of its import: %s", kind, accept, difference(undated(twice), undated(export)))
			}
		}
	}
	return results
}

// document makes a documentation version of the stage test.
func (g *gateway) document(id string) {
	g.t.Helper()
	_, err := g.CreateDocumentationVersion(g.ctx, &apigateway.CreateDocumentationVersionRequest{
		RestApiId: id, DocumentationVersion: "1", StageName: new("test")})
	must(g.t, 0, err)
}

var date = regexp.MustCompile(`"createdDate" : "[^"]*"`)

// undated is an export without the date of its documentation version.
func undated(export string) string { return date.ReplaceAllString(export, `"createdDate" : "…"`) }

func shown(err error) string {
	if e := awsapi.AsError(err); e != nil {
		return e.Code + " " + e.Message
	}
	return err.Error()
}
