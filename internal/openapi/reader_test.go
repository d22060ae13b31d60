package openapi

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

var testOptions = apigateway.ImportOptions{Account: testAccount, Region: testRegion, APIID: "API"}

// read reads a document with parameters "key=value".
func read(body string, parameters ...string) (*apigateway.Description, error) {
	o := testOptions
	o.Parameters = map[string]string{}
	for _, p := range parameters {
		key, value, _ := strings.Cut(p, "=")
		o.Parameters[key] = value
	}
	return Importer{}.ReadAPI(context.Background(), []byte(body), o)
}

// small is a document with the given members.
func small(members string) string {
	return `{"swagger": "2.0", "info": {"title": "t", "version": "1"}, ` + members + `}`
}

func small3(members string) string {
	return `{"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, ` + members + `}`
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	const invalid = "BadRequestException Invalid OpenAPI input."
	versions := invalid + " Supported versions are swagger 2.0 and openapi 3.0."
	deep := invalid + " The document nests deeper than 200 levels."
	many := invalid + " The document has more than 500000 values."
	work := invalid + " The references of the document lead to too many values."
	for _, c := range []struct{ name, body, want string }{
		{"nothing", "", invalid},
		{"blanks", " \n", invalid},
		{"no JSON", `{"swagger": "2.0",}`, invalid},
		{"cut JSON", `{"swagger": "2.0"`, invalid},
		{"text behind JSON", small(`"paths": {}`) + "x", invalid},
		{"two documents of JSON", small(`"paths": {}`) + small(`"paths": {}`), invalid},
		{"no YAML", "swagger: '2.0\n", invalid},
		{"two documents of YAML", "swagger: '2.0'\n---\nswagger: '2.0'\n", invalid},
		{"tag of a language", "swagger: '2.0'\ninfo: !!java.util.Date x\n", invalid},
		{"key that is a list", "swagger: '2.0'\n? [a]\n: b\n", invalid},
		{"a list", "[]", invalid},
		{"a text", "swagger", invalid},
		{"some other document", `{"test": "not OpenAPI"}`, invalid},
		{"Swagger 1.2", `{"swagger": "1.2"}`, versions},
		{"OpenAPI 3.1", `{"openapi": "3.1.0"}`, versions},
		{"OpenAPI 30", `{"openapi": "30"}`, versions},
		{"too large", strings.Repeat(" ", maxBytes+1), invalid + " The document is larger than 6291456 bytes."},
		{"deep JSON", small(`"x": ` + strings.Repeat("[", 300) + strings.Repeat("]", 300)), deep},
		{"very deep JSON", strings.Repeat(`{"a":`, maxBytes/5), deep},
		{"deep YAML", "swagger: '2.0'\nx: " + strings.Repeat("[", 300) + strings.Repeat("]", 300), deep},
		{"very deep YAML", strings.Repeat("[", maxBytes/8), invalid},
		{"deep blocks of YAML", strings.Repeat("- ", 20000) + "x", invalid},
		{"many values", small(`"x": [` + strings.Repeat("0,", 600_000) + `0]`), many},
		{"many values of YAML", "swagger: '2.0'\nx:\n" + strings.Repeat("- 0\n", 510_000), invalid + " The document has too many values."},
		{"billion laughs", laughs(), many},
		{"alias in itself", "swagger: '2.0'\nx: &a [*a, *a]\n", deep},
		{"unknown alias", "swagger: '2.0'\nx: *a\n", invalid},
		{"merge of a list of itself", "swagger: '2.0'\nx: &a {<<: [*a]}\n", deep},
		{"merge of no map", "swagger: '2.0'\nx: {<<: 1}\n", invalid},
		{"text by aliases", "swagger: '2.0'\nx: [&a " + strings.Repeat("t", 1<<20) + strings.Repeat(", *a", 100) + "]\n", invalid + " The document has more than 25165824 bytes of text."},
		{"schemas in circles", small3(`"components": {"schemas": {"A": {"properties": {"a": {"$ref": "#/components/schemas/A/properties/a/not"}}}}}, "paths": {}`), ""},
		{"schema that is in itself", small3(`"components": {"schemas": {"A": {"properties": {"a": {"properties": {"b": {"$ref": "#/components/schemas/A/properties/a"}}}}}}}, "paths": {}`),
			invalid + " The references of a schema nest deeper than 200 levels."},
		{"schemas that double", doubling(), work},
		{"one response many times", manyResponses(), work},
		{"many media types", manyTypes(), work},
		{"many models", small(`"paths": {}, "definitions": {` + numbered(maxItems+1, `"m%d": {}`) + `}`), invalid + " The document has more than 20000 models."},
		{"many validators", small(`"paths": {}, "x-amazon-apigateway-request-validators": {` + numbered(maxNamed+1, `"m%d": {}`) + `}`), invalid + " The document has more than 1000 request validators."},
		{"many paths", small(`"paths": {` + numbered(maxItems+1, `"/%d": {}`) + `}`), invalid + " The document has more than 20000 paths."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			_, err := read(c.body)
			got := ""
			if err != nil {
				got = shown(err)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// laughs is the YAML in which each list names the one before ten times.
func laughs() string {
	var b strings.Builder
	b.WriteString("swagger: '2.0'\na0: &a0 [x]\n")
	for i := range 20 {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i), 10), ","))
	}
	return b.String()
}

// doubling is the document in which each schema holds the one before twice.
func doubling() string {
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintf(&b, `"s%d": {"properties": {"l": {"$ref": "#/x/s%d"}, "r": {"$ref": "#/x/s%d"}}},`, i, i+1, i+1)
	}
	return small(`"x": {` + b.String() + `"s60": {}}, "definitions": {"A": {"$ref": "#/x/s0"}}, "paths": {}`)
}

func manyResponses() string {
	headers := numbered(2000, `"h%d": {}`)
	return small(`"responses": {"r": {"headers": {` + headers + `}}}, "paths": {` +
		numbered(10_000, `"/%d": {"get": {"responses": {"200": {"$ref": "#/responses/r"}}}}`) + `}`)
}

func manyTypes() string {
	return small(`"produces": [` + numbered(10_000, `"a/%d"`) + `], "definitions": {"A": {}}, "paths": {` +
		numbered(10_000, `"/%d": {"get": {"responses": {"200": {"schema": {"$ref": "#/definitions/A"}}}}}`) + `}`)
}

// TestLargeDocument: a document at the bounds is read within its means.
func TestLargeDocument(t *testing.T) {
	var before, after runtime.MemStats
	body := small(`"paths": {` + numbered(19_000, `"/p%d/{id}": {"get": {"parameters": [{"name": "id", "in": "path"}],
		"responses": {"200": {"description": "fine"}}, "x-amazon-apigateway-integration": {"type": "mock", "responses": {"default": {"statusCode": "200"}}}}}`) + `}`)
	runtime.ReadMemStats(&before)
	d, err := read(body)
	must(t, d, err)
	runtime.ReadMemStats(&after)
	if len(d.Resources) != 19_000 {
		t.Errorf("%d resources", len(d.Resources))
	}
	if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 600 {
		t.Errorf("%d MB for a document of %d MB", used, len(body)>>20)
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	get := func(members string) string { return small(`"paths": {"/a/b": {"get": {` + members + `}}}`) }
	get3 := func(members string) string { return small3(`"paths": {"/a/b": {"get": {` + members + `}}}`) }
	body3 := func(schema string) string {
		return get3(`"requestBody": {"content": {"application/json": {"schema": ` + schema + `}}}`)
	}
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"nothing", get(`"responses": {}`), nil},
		{"no head", `{"swagger": 2.0}`, []string{"Parse issue: attribute info.title is missing", "Parse issue: attribute info.version is missing", "Parse issue: attribute paths is missing"}},
		{"model in Swagger", get(`"responses": {"200": {"schema": {"$ref": "#/definitions/X"}}}`), []string{"Reference to model 'X' not found. Ignoring."}},
		{"model, twice", get3(`"responses": {"200": {"content": {"a/b": {"schema": {"$ref": "#/components/schemas/X"}}, "c/d": {"schema": {"$ref": "#/components/schemas/X"}}}}}`),
			[]string{"Reference to model 'X' not found. Ignoring.", "Reference to model 'X' not found. Ignoring."}},
		{"model of a file", body3(`{"$ref": "other.json#/X"}`), []string{"Reference to model 'X' not found. Ignoring."}},
		{"model in a circle", small3(`"components": {"schemas": {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}}, "paths": {}`), nil},
		{"schema that is none", body3(`true`), []string{"Invalid format for model application/json for method GET"}},
		{"text", get3(`"responses": {"201": {"content": {"text/plain": {"schema": {"type": "string"}}}}}`),
			[]string{"Unsupported model type 'StringSchema' in 201 response to method 'GET /a/b'. Ignoring."}},
		{"date", body3(`{"type": "string", "format": "date-time"}`), []string{"Unsupported model type 'DateTimeSchema' in body of method 'GET /a/b'. Ignoring."}},
		{"number", body3(`{"type": "number", "format": "double"}`), []string{"Unsupported model type 'NumberSchema' in body of method 'GET /a/b'. Ignoring."}},
		{"security", small3(`"components": {"securitySchemes": {"basicAuth": {"type": "http"}, "o": {"type": "oauth2"}, "k": {"type": "apiKey", "in": "query", "name": "key"}}}, "paths": {}`),
			[]string{"Unsupported security definition type 'http' for 'basicAuth'. Ignoring.", "Unsupported security definition type 'oauth2' for 'o'. Ignoring.", "Unsupported security definition type 'apiKey' for 'k'. Ignoring."}},
		{"servers", small3(`"servers": [{"url": "/a"}, {"url": "/b"}], "paths": {}`), []string{"More than one server provided. Ignoring all but the first for defining endpoint configuration"}},
		{"parameters of an integration", get(`"x-amazon-apigateway-integration": {"requestParameters": {"integration.request.header.nothing": true, "integration.request.header.list": [1, {"a": null}]}}`), []string{
			"Invalid format for 'requestParameters'. Expected type string for property 'integration.request.header.nothing' of resource '/a/b' and method 'GET' but got 'true'",
			`Invalid format for 'requestParameters'. Expected type string for property 'integration.request.header.list' of resource '/a/b' and method 'GET' but got '[1,{"a":null}]'`}},
		{"status", get(`"x-amazon-apigateway-integration": {"responses": {"default": {"statusCode": "2xx"}, "x": null}}`), []string{
			"Invalid format for 'statusCode'. Expected a status code for response 'default' of resource '/a/b' and method 'GET' but got '2xx'",
			"Invalid format for 'statusCode'. Expected a status code for response 'x' of resource '/a/b' and method 'GET' but got 'null'"}},
		{"form", get(`"parameters": [{"name": "f", "in": "formData"}]`), []string{"Unsupported parameter type 'formData' for parameter 'f' in method 'GET /a/b'. Ignoring."}},
		{"references", get(`"parameters": [{"$ref": "#/parameters/p"}, {"$ref": "https://example.com/p"}]`),
			[]string{"Reference '#/parameters/p' not found. Ignoring.", "Reference 'https://example.com/p' not found. Ignoring."}},
		{"reference to itself", small(`"parameters": {"p": {"$ref": "#/parameters/p"}}, "paths": {"/": {"parameters": [{"$ref": "#/parameters/p"}], "get": {}}}`),
			[]string{"Reference '#/parameters/p' leads to itself. Ignoring."}},
		{"documentation", small(`"paths": {}, "x-amazon-apigateway-documentation": {"documentationParts": [{"location": {"type": "X"}}]}`),
			[]string{"Unsupported documentation part type 'X'. Ignoring."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d, err := read(c.body)
			if must(t, d, err); !slices.Equal(d.Warnings, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(d.Warnings, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// TestBasePath has AWS's documented and recorded cases.
func TestBasePath(t *testing.T) {
	t.Parallel()
	swagger := func(base string) string { return small(`"basePath": "` + base + `", "paths": {"/e": {}}`) }
	server := func(servers string) string { return small3(`"servers": [` + servers + `], "paths": {"/test": {}}`) }
	variable := server(`{"url": "https://example.com/{unused}", "variables": {"basePath": {"default": "base-var"}}}`)
	url := server(`{"url": "https://example.com/base-url/part"}`)
	for _, c := range []struct{ name, body, mode, want string }{
		{"said nothing", swagger("/a/b/c"), "", "/e"},
		{"ignore", swagger("/a/b/c"), "ignore", "/e"},
		{"prepend", swagger("/a/b/c"), "prepend", "/a/b/c/e"},
		{"split", swagger("/a/b/c"), "split", "/b/c/e"},
		{"split of one part", swagger("/a"), "split", "/e"},
		{"prepend nothing", swagger("/"), "prepend", "/e"},
		{"variable, prepend", variable, "prepend", "/base-var/test"},
		{"variable, split", variable, "split", "/test"},
		{"variable, ignore", variable, "ignore", "/test"},
		{"variable of the second server", server(`{"url": "/x"}, {"variables": {"basePath": {"default": "/v"}}}`), "prepend", "/v/test"},
		{"url, prepend", url, "prepend", "/base-url/part/test"},
		{"url, split", url, "split", "/part/test"},
		{"url, ignore", url, "ignore", "/test"},
		{"url with a template", server(`{"url": "//{host}/{v}/x", "variables": {"v": {"default": "v2"}}}`), "prepend", "/v2/x/test"},
		{"relative url", server(`{"url": "/r"}`), "prepend", "/r/test"},
		{"no servers", small3(`"paths": {"/test/": {}}`), "prepend", "/test"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d, err := read(c.body, "basepath="+c.mode)
			if got := must(t, d, err).Resources[0].Path; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestEndpointConfiguration(t *testing.T) {
	t.Parallel()
	extension := `"x-amazon-apigateway-endpoint-configuration": {"vpcEndpointIds": ["vpce-1"], "disableExecuteApiEndpoint": true}`
	for _, c := range []struct{ name, body, types, want string }{
		{"none", small(`"paths": {}`), "", `{"id":""}`},
		{"asked for", small(`"paths": {}`), "regional", `{"id":"","endpointConfiguration":{"types":["REGIONAL"]}}`},
		{"two", small(`"paths": {}`), "REGIONAL, EDGE", `{"id":"","endpointConfiguration":{"types":["REGIONAL","EDGE"]}}`},
		{"Swagger", small(`"paths": {}, ` + extension), "PRIVATE", `{"id":"","endpointConfiguration":{"types":["PRIVATE"],"vpcEndpointIds":["vpce-1"]},"disableExecuteApiEndpoint":true}`},
		{"OpenAPI 3", small3(`"paths": {}, "servers": [{` + extension + `}]`), "", `{"id":"","endpointConfiguration":{"vpcEndpointIds":["vpce-1"]},"disableExecuteApiEndpoint":true}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d, err := read(c.body, "endpointConfigurationTypes="+c.types)
			must(t, d, err)
			api := &apigateway.RestApi{EndpointConfiguration: d.RestApi.EndpointConfiguration, DisableExecuteApiEndpoint: d.RestApi.DisableExecuteApiEndpoint}
			got, err := json.Marshal(api)
			if string(must(t, got, err)) != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestReadDocumentation(t *testing.T) {
	t.Parallel()
	const invalid = "BadRequestException Unable to build importer with provided input."
	for _, c := range []struct{ name, body, want string }{
		{"nothing", "", invalid},
		{"no OpenAPI", `{"documentationParts": []}`, invalid},
		{"none", small(`"paths": {}`), `null null`},
		{"parts", "openapi: 3.0.0\ninfo: {description: not taken}\nx-amazon-apigateway-documentation:\n  version: 1\n  documentationParts:\n" +
			"  - {location: {type: RESPONSE, path: /a, method: get, statusCode: 200}, properties: {description: d, more: [1]}}\n" +
			"  - {location: {type: MODEL, name: M}, properties: '{\"a\": 1}'}\n" +
			"  - {location: {type: WRONG}}\n",
			`[{"id":"","location":{"type":"RESPONSE","path":"/a","method":"GET","statusCode":"200"},"properties":"{\"description\":\"d\",\"more\":[1]}"},` +
				`{"id":"","location":{"type":"MODEL","name":"M"},"properties":"{\"a\": 1}"}] ["Unsupported documentation part type 'WRONG'. Ignoring."]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			parts, warnings, err := Importer{}.ReadDocumentation(t.Context(), []byte(c.body))
			got := ""
			if err != nil {
				got = shown(err)
			} else {
				p, _ := json.Marshal(parts)
				w, _ := json.Marshal(warnings)
				got = string(p) + " " + string(w)
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
