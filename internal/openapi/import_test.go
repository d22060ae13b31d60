package openapi

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// TestImportErrors: what is wrong is told all at once, and nothing is imported.
func TestImportErrors(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	integration := func(members string) string {
		return small(`"paths": {"/tags": {"get": {"x-amazon-apigateway-integration": {` + members + `}}}}`)
	}
	put := "Unable to put integration on 'GET' for resource at path '/tags': "
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"timeout", integration(`"type": "mock", "timeoutInMillis": 30000`), []string{put + "Timeout should be between 50 ms and 29000 ms"}},
		{"no ARN", integration(`"type": "aws", "httpMethod": "POST", "uri": "x"`), []string{put + "Invalid ARN specified in the request"}},
		{"no path or action", integration(`"type": "aws", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:lambda:x"`), []string{put + "AWS ARN for integration must contain path or action"}},
		{"no function", integration(`"type": "aws_proxy", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/x/invocations"`), []string{put + "Invalid function ARN or invalid uri"}},
		{"no type", integration(`"uri": "http://example.com"`), []string{put + "Invalid integration type specified: null"}},
		{"no verb", integration(`"type": "http", "uri": "http://example.com"`), []string{put + "Enumeration value for HttpMethod must be non-empty"}},
		{"no choice", integration(`"type": "mock", "passthroughBehavior": "sometimes"`), []string{put + "Invalid passthroughBehavior specified. Valid options are WHEN_NO_MATCH,WHEN_NO_TEMPLATES,NEVER"}},
		{"parameter name", small(`"paths": {"/course_terms": {"get": {"parameters": [{"name": "a[b]", "in": "query"}]}}}`),
			[]string{"Unable to put method 'GET' on resource at path '/course_terms': Invalid mapping expression specified: Validation Result: warnings : [], errors : [Parameter name should match the following regular expression: ^[a-zA-Z0-9._$-]+$]"}},
		{"sibling", small(`"paths": {"/registrations/{id}": {}, "/registrations/{email}/{eventId}": {}}`),
			[]string{"Unable to create resource at path '/registrations/{email}': A sibling ({id}) of this resource already has a variable path part -- only one is allowed"}},
		{"model reference", small3(`"paths": {}, "components": {"schemas": {"X": {"$ref": "other.json#/X"}}}`),
			[]string{"Unable to create model for 'X': Invalid model specified: Validation Result: warnings : [], errors : [Model reference must be in canonical form]"}},
		{"model keyword", small(`"paths": {}, "definitions": {"X": {"type": "object", "collectionFormat": "csv"}}`),
			[]string{`Unable to create model for 'X': Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified. Unsupported keyword(s): ["collectionFormat"]]`}},
		{"model name", small(`"paths": {}, "definitions": {"a_b": {"type": "object"}}`), []string{"Unable to create model for 'a_b': Model name must be alphanumeric: a_b"}},
		{"models of models", small(`"paths": {}, "definitions": {"A": {"properties": {"b": {"$ref": "#/definitions/B"}, "c": {"$ref": "#/definitions/C"}}}}`),
			[]string{"Unable to create model for 'A': Invalid model specified: Validation Result: warnings : [], errors : [Invalid model specified: B, Invalid model specified: C]"}},
		{"validator", small(`"paths": {"/a": {"get": {"x-amazon-apigateway-request-validator": "v"}}}`),
			[]string{"Unable to put method 'GET' on resource at path '/a': Invalid Request Validator identifier specified"}},
		{"two, and a warning", small3(`"servers": [{}, {}], "components": {"schemas": {"a_b": {"type": "object"}}}, "paths": {"/a b": {}}`), []string{
			"Unable to create model for 'a_b': Model name must be alphanumeric: a_b",
			"Unable to create resource at path '/a b': Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
			"", "More than one server provided. Ignoring all but the first for defining endpoint configuration"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := "BadRequestException Errors found during import:\n\t" + strings.Join(c.want, "\n\t")
			want = strings.Replace(want, "\n\t\n\t", "\nAdditionally, these warnings were found:\n\t", 1)
			_, err := g.ImportRestApi(g.ctx, &apigateway.ImportRestApiRequest{Body: []byte(c.body)})
			if err == nil || shown(err) != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
	all, err := g.GetRestApis(g.ctx, &apigateway.GetRestApisRequest{})
	if n := len(must(t, all, err).Items); n != 0 {
		t.Errorf("%d APIs are left of refused documents", n)
	}
}

// TestPut merges a document into an API and puts one in its place.
func TestPut(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	mock := `{"responses": {}, "x-amazon-apigateway-integration": {"type": "mock"}}`
	first := small(`"x-amazon-apigateway-binary-media-types": ["image/heif"], "definitions": {"A": {"type": "object"}},
		"x-amazon-apigateway-request-validators": {"v": {}}, "paths": {"/a": {"get": ` + mock + `, "put": ` + mock + `}}`)
	second := small(`"x-amazon-apigateway-binary-media-types": ["image/png", "image/jpg"], "definitions": {"B": {"type": "object"}},
		"paths": {"/a": {"get": {"operationId": "changed", ` + mock[1:] + `}, "/b": {"post": ` + mock + `}}`)
	for _, c := range []struct{ mode, want string }{
		{"merge", `[image/heif image/png image/jpg] models [A B] validators 1: / [] /a [GET changed PUT] /b [POST]`},
		{"overwrite", `[image/png image/jpg] models [B] validators 0: / [] /a [GET changed] /b [POST]`},
	} {
		t.Run(c.mode, func(t *testing.T) {
			api := g.importAPI(first, nil)
			put, err := g.PutRestApi(g.ctx, &apigateway.PutRestApiRequest{RestApiId: api.Id, Mode: &c.mode, Body: []byte(second)})
			if *must(t, put, err).RootResourceId != *api.RootResourceId {
				t.Error("the root resource is another")
			}
			if got := g.summary(api.Id); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// summary is what TestPut compares.
func (g *gateway) summary(id string) string {
	g.t.Helper()
	var api struct {
		RestApi    apigateway.RestApi
		Models     map[string]any
		Validators []any
		Resources  map[string]map[string]*apigateway.Method
	}
	must(g.t, 0, json.Unmarshal([]byte(g.dump(id)), &api))
	var b strings.Builder
	b.WriteString("[" + strings.Join(api.RestApi.BinaryMediaTypes, " ") + "] models [" + strings.Join(sorted(api.Models), " ") + "] validators " +
		string(rune('0'+len(api.Validators))) + ":")
	for _, path := range sorted(api.Resources) {
		var verbs []string
		for _, verb := range sorted(api.Resources[path]) {
			verbs = append(verbs, verb)
			if name := api.Resources[path][verb].OperationName; name != nil {
				verbs = append(verbs, *name)
			}
		}
		b.WriteString(" " + path + " [" + strings.Join(verbs, " ") + "]")
	}
	return b.String()
}

// TestExtensions: an export has the extensions that the call asks for.
func TestExtensions(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	api := g.importAPI(`
swagger: "2.0"
info: {title: t, version: "1"}
x-amazon-apigateway-request-validators: {v: {}}
x-amazon-apigateway-gateway-responses: {THROTTLED: {statusCode: 420}}
securityDefinitions:
  z:
    type: apiKey
    name: A
    in: header
    x-amazon-apigateway-authtype: custom
    x-amazon-apigateway-authorizer: {type: token, authorizerUri: "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111111111111:function:z/invocations"}
paths: {/: {x-amazon-apigateway-any-method: {security: [{z: []}], x-amazon-apigateway-request-validator: v, x-amazon-apigateway-integration: {type: mock}}}}
`, nil)
	g.deploy(api.Id)
	for _, c := range []struct {
		extensions string
		want       []string
	}{
		{"", []string{"any-method"}},
		{"unknown", []string{"any-method"}},
		{"postman", []string{"any-method"}},
		{"integrations", []string{"any-method", "integration"}},
		{"integration", []string{"any-method", "integration"}},
		{"authorizers", []string{"any-method", "authtype", "authorizer"}},
		{"integrations, authorizers", []string{"any-method", "integration", "authtype", "authorizer"}},
		{"apigateway", []string{"any-method", "request-validator", "integration", "authtype", "authorizer", "gateway-responses", "request-validators"}},
		{"apigateway,postman", []string{"any-method", "request-validator", "integration", "authtype", "authorizer", "gateway-responses", "request-validators"}},
	} {
		for _, kind := range []string{"swagger", "oas30"} {
			doc, err := parse([]byte(g.export(api.Id, kind, "application/json", c.extensions)))
			var got []string
			extensions(must(t, doc, err), &got)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s with %q has %q, want %q", kind, c.extensions, got, c.want)
			}
		}
	}
}

// extensions collects the extensions' names in the order of the document.
func extensions(n *node, names *[]string) {
	for i, item := range n.items {
		if n.kind == object {
			if name, ok := strings.CutPrefix(n.keys[i], "x-amazon-apigateway-"); ok {
				*names = append(*names, name)
			}
		}
		extensions(item, names)
	}
}

// TestExport: who asks for a type or body that there is none of is told.
func TestExport(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	api := g.importAPI(small3(`"components": {"schemas": {"A": {"type": "object"}}},
		"paths": {"/a": {"post": {"requestBody": {"content": {"application/xml": {"schema": {"$ref": "#/components/schemas/A"}}}}, "x-amazon-apigateway-integration": {"type": "mock"}}}}`), nil)
	g.deploy(api.Id)
	for _, c := range []struct{ kind, accept, want string }{
		{"oas31", "", "BadRequestException Invalid export type specified: oas31. Valid options are oas30,swagger"},
		{"swagger", "", "BadRequestException Only found non-JSON body models for POST /a"},
		{"oas30", "", `application/octet-stream attachment; filename="oas30_1.json"`},
		{"oas30", "application/yaml", `application/octet-stream attachment; filename="oas30_1.yaml"`},
	} {
		out, err := g.GetExport(g.ctx, &apigateway.GetExportRequest{RestApiId: api.Id, StageName: "test", ExportType: c.kind, Accepts: &c.accept})
		got := ""
		if err != nil {
			got = shown(err)
		} else {
			got = *out.ContentType + " " + *out.ContentDisposition
		}
		if got != c.want {
			t.Errorf("%s as %q: got %s, want %s", c.kind, c.accept, got, c.want)
		}
	}
}

// TestExportVersion: an API without a version has the time when it was made.
func TestExportVersion(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	created, err := g.CreateRestApi(g.ctx, &apigateway.CreateRestApiRequest{Name: "n"})
	api := must(t, created, err)
	_, err = g.PutMethod(g.ctx, &apigateway.PutMethodRequest{RestApiId: api.Id, ResourceId: *api.RootResourceId, HttpMethod: "GET", AuthorizationType: "NONE"})
	must(t, 0, err)
	_, err = g.PutIntegration(g.ctx, &apigateway.PutIntegrationRequest{RestApiId: api.Id, ResourceId: *api.RootResourceId, HttpMethod: "GET", Type: "MOCK"})
	must(t, 0, err)
	g.deploy(api.Id)
	doc, err := parse([]byte(g.export(api.Id, "oas30", "", "")))
	if got, want := must(t, doc, err).path("info", "version").text(), api.CreatedDate.UTC().Format("2006-01-02T15:04:05Z"); got != want {
		t.Errorf("version %q, want %q", got, want)
	}
}
