package openapi

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"pgregory.net/rapid"
)

// TestRoundTrip: a random API is the same from JSON and from YAML, and each of
// its exports is the export of its import.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	rapid.Check(t, func(rt *rapid.T) {
		doc := drawer{rt, rapid.Bool().Draw(rt, "v3")}.document()
		api := g.drawn(rt, doc.pretty())
		defer g.drop(rt, api)
		other := g.drawn(rt, doc.yaml())
		defer g.drop(rt, other)
		if a, b := g.dump(api), g.dump(other); a != b {
			rt.Fatalf("JSON and YAML differ: %s", difference(b, a))
		}
		for _, kind := range []string{"oas30", "swagger"} {
			export := g.export(api, kind, "", "apigateway")
			for _, accept := range []string{"application/json", "application/yaml"} {
				again := g.drawn(rt, g.export(api, kind, accept, "apigateway"))
				if twice := g.export(again, kind, "", "apigateway"); twice != export {
					rt.Fatalf("%s as %s: %s", kind, accept, difference(twice, export))
				}
				if a, b := unordered(g.dump(api)), unordered(g.dump(again)); kind == "oas30" && a != b {
					rt.Fatalf("the export as %s does not say everything: %s", accept, difference(b, a))
				}
				g.drop(rt, again)
			}
		}
	})
}

// unordered is a dump with all members in the order of their names: exports
// have an order of their own for keywords.
func unordered(dump string) string {
	var v any
	if err := json.Unmarshal([]byte(dump), &v); err != nil {
		return err.Error()
	}
	b, _ := json.MarshalIndent(v, "", "  ")
	return string(b)
}

// drawn imports and deploys a document that has nothing wrong.
func (g *gateway) drawn(rt *rapid.T, body string) (id string) {
	api, err := g.ImportRestApi(g.ctx, &apigateway.ImportRestApiRequest{
		Body: []byte(body), FailOnWarnings: new(true), Parameters: map[string]string{"ignore": "documentation"},
	})
	if err != nil {
		rt.Fatalf("%s\n%s", shown(err), body)
	}
	if _, err := g.CreateDeployment(g.ctx, &apigateway.CreateDeploymentRequest{RestApiId: api.Id, StageName: new("test")}); err != nil {
		rt.Fatalf("%s\n%s", shown(err), body)
	}
	return api.Id
}

func (g *gateway) drop(rt *rapid.T, id string) {
	if _, err := g.DeleteRestApi(g.ctx, &apigateway.DeleteRestApiRequest{RestApiId: id}); err != nil {
		rt.Fatal(err)
	}
}

// drawer draws the parts of a document.
type drawer struct {
	*rapid.T
	v3 bool
}

func (d drawer) chance() bool { return rapid.Bool().Draw(d.T, "chance") }

func (d drawer) oneOf(choices ...string) string {
	return rapid.SampledFrom(choices).Draw(d.T, "choice")
}

func (d drawer) number(most int) int { return rapid.IntRange(0, most).Draw(d.T, "number") }

// words are texts that JSON and YAML could confuse with something else.
func (d drawer) words() string {
	return d.oneOf("plain", "on", "yes", "~", "", " ", "1", "1e3", "0x1", "null", "a: b", "- a", "# c", "\"q\"", `\d`, "tab\t", "two\nlines\n", "é ☕ 😀", "\u0085\u2028\x00", "{", "*a", "2020-01-01")
}

var drawnModels = []string{"A", "B", "C1"}

func (d drawer) document() *node {
	doc := newObject()
	doc.set(d.either("openapi", "swagger"), newText(d.either("3.0.0", "2.0")))
	doc.set("info", newObject().set("title", newText("t"+d.words())).set("version", newText("1"+d.words())).set("description", newText(d.words())))
	paths := newObject()
	for range 1 + d.number(3) {
		paths.set(d.oneOf("/", "/a", "/a/b", "/a/{x}", "/a/{x}/c", "/d/{rest+}"), d.item())
	}
	doc.set("paths", paths.set("/always", newObject().set("get", d.operation())))
	models, schemes := newObject(), newObject()
	for _, name := range drawnModels {
		models.set(name, d.schema(3))
	}
	schemes.set("key", newScheme("x-api-key", "header")).set("iam", newScheme("Authorization", "header").set(extAuthType, newText("awsSigv4")))
	schemes.set("token", d.authorizer("token")).set("request", d.authorizer("request")).set("cognito", d.authorizer("cognito_user_pools"))
	if d.v3 {
		doc.set("components", newObject().set("schemas", models).set("securitySchemes", schemes))
	} else {
		doc.set("definitions", models).set("securityDefinitions", schemes)
	}
	if d.chance() {
		doc.set("security", newList(newObject().set("key", newList())))
	}
	doc.set(extValidators, newObject().set("v 1", newObject().set("validateRequestBody", newTruth(d.chance()))))
	if d.chance() {
		doc.set(extCompression, newNumber(int64(d.number(1000)))).set(extMediaTypes, texts([]string{"image/png", "*/*"}))
	}
	return doc.set(extGatewayResponses, newObject().set(d.oneOf("THROTTLED", "DEFAULT_4XX"), newObject().
		set("statusCode", newNumber(int64(400+d.number(99)))).set("responseTemplates", newObject().set("a/b", newText("x"+d.words())))))
}

func (d drawer) either(v3, v2 string) string {
	if d.v3 {
		return v3
	}
	return v2
}

func (d drawer) item() *node {
	item := newObject()
	for range 1 + d.number(2) {
		item.set(operations[d.number(len(operations)-1)].key, d.operation())
	}
	return item
}

func (d drawer) operation() *node {
	op := newObject().set("responses", d.responses())
	if d.chance() {
		op.set("operationId", newText("op"+d.words()))
	}
	parameters, mapped := newList(), newObject()
	for i := range d.number(3) {
		in, name := d.oneOf("query", "header", "path"), fmt.Sprintf("p%d", i)
		parameters.items = append(parameters.items, newObject().set("name", newText(name)).set("in", newText(in)).set("required", newTruth(d.chance())))
		mapped.set("integration.request."+d.oneOf("querystring", "header", "path")+"."+name, newText("method.request."+parameterPlaces[in].gateway+"."+name))
	}
	if d.chance() {
		if d.v3 {
			op.set("requestBody", newObject().set("content", d.content()))
		} else {
			parameters.items = append(parameters.items, newObject().set("name", newText("b")).set("in", newText("body")).set("schema", d.body()))
		}
	}
	op.set("parameters", parameters)
	if d.chance() {
		op.set("security", newList(newObject().set(d.oneOf("key", "iam", "token", "request"), newList()), newObject().set("key", newList())))
	} else if d.chance() {
		op.set("security", newList(newObject().set("cognito", texts([]string{"a/b", d.oneOf("c", "d/e")}))))
	}
	if d.chance() {
		op.set(extValidator, newText("v 1"))
	}
	return op.set(extIntegration, d.integration(mapped))
}

func (d drawer) responses() *node {
	all := newObject()
	for range d.number(2) {
		n := newObject().set("description", newText("d"))
		if d.chance() {
			n.set("headers", newObject().set("X-A", newObject()))
		}
		if d.v3 {
			n.set("content", d.content())
		} else if d.chance() {
			n.set("schema", d.body())
		}
		all.set(d.oneOf("200", "201", "404", "default"), n)
	}
	return all
}

func (d drawer) content() *node {
	content := newObject().set("application/json", newObject().set("schema", d.body()))
	if d.chance() {
		content.set(d.oneOf("text/plain", "application/hal+json", "a/b; c=d"), newObject().set("schema", d.body()))
	}
	return content
}

// body is a reference to a model or an inline schema.
func (d drawer) body() *node {
	if d.chance() {
		return d.ref()
	}
	return newObject().set("type", newText("object")).set("properties", newObject().set("x"+d.words(), d.schema(2)))
}

func (d drawer) ref() *node {
	return newObject().set("$ref", newText(d.either("#/components/schemas/", "#/definitions/")+d.oneOf(drawnModels...)))
}

func (d drawer) schema(depth int) *node {
	if depth == 0 || d.number(3) == 0 {
		return newObject().set("type", newText(d.oneOf("string", "integer", "boolean"))).set("description", newText(d.words()))
	}
	switch d.number(4) {
	case 0:
		return d.ref()
	case 1:
		return newObject().set("type", newText("array")).set("items", d.schema(depth-1)).set("maxItems", newNumber(3))
	case 2:
		return newObject().set("title", newText(d.words())).set("allOf", newList(d.ref(), d.schema(depth-1)))
	case 3:
		return newObject().set("enum", newList(newText(d.words()), &node{}, newNumber(1), newObject().set("$ref", newText("#/x"))))
	}
	n := newObject().set("properties", newObject().set("a", d.schema(depth-1)).set("$ref", d.schema(depth-1)).set("title", d.schema(depth-1)))
	return n.set("type", newText("object")).set("required", texts([]string{"a"})).set("additionalProperties", newTruth(d.chance()))
}

const drawnFunction = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:111111111111:function:f/invocations"

func (d drawer) integration(mapped *node) *node {
	n := newObject()
	switch kind := d.oneOf("mock", "aws", "AWS_PROXY", "http", "http_proxy"); kind {
	case "mock":
		n.set("type", newText(kind))
	case "http", "http_proxy":
		n.set("type", newText(kind)).set("httpMethod", newText("ANY")).set("uri", newText("https://example.com/{x}"))
	default:
		n.set("type", newText(kind)).set("httpMethod", newText("POST")).set("uri", newText(drawnFunction))
	}
	n.set("requestParameters", mapped)
	if d.chance() {
		n.set("requestTemplates", newObject().set("application/json", newText(d.words())).set("text/plain", &node{}))
	}
	n.set("passthroughBehavior", newText(d.oneOf("when_no_match", "NEVER", "when_no_templates")))
	if d.chance() {
		n.set("timeoutInMillis", newNumber(int64(50+d.number(28950)))).set("contentHandling", newText("CONVERT_TO_TEXT"))
	}
	if mapped.len() > 0 && d.chance() {
		n.set("cacheKeyParameters", texts([]string{mapped.items[0].text()})).set("cacheNamespace", newText("ns"))
	}
	responses := newObject()
	for i := range d.number(3) {
		pattern := d.oneOf(defaultPattern, `2\d{2}`, ".*"+d.words())
		responses.set(pattern, newObject().set("statusCode", newText(fmt.Sprint(200+i))).
			set("responseTemplates", newObject().set("application/json", newText(d.words()))))
	}
	return n.set("responses", responses)
}

func (d drawer) authorizer(kind string) *node {
	ext := newObject().set("type", newText(kind))
	if kind == "cognito_user_pools" {
		ext.set("providerARNs", texts([]string{"arn:aws:cognito-idp:eu-west-1:111111111111:userpool/p"}))
		return newScheme("Authorization", "header").set(extAuthType, newText(kind)).set(extAuthorizer, ext)
	}
	ext.set("authorizerUri", newText(drawnFunction))
	if d.chance() {
		ext.set("authorizerResultTtlInSeconds", newNumber(int64(d.number(3600)))).set("identityValidationExpression", newText("x"+d.words()))
	}
	if kind == "request" {
		ext.set("identitySource", newText("method.request.querystring.q, context.httpMethod"))
	}
	return newScheme(d.oneOf("Auth", "X-Token"), "header").set(extAuthorizer, ext)
}
