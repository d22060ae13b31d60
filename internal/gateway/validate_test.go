package gateway

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// TestRequiredOrder has the captured lists.
func TestRequiredOrder(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ declared, want string }{
		{"querystring.operand1 querystring.operand2 querystring.operator", "operand1 operand2 operator"},
		{"header.x-header-param path.issuer querystring.qs1", "x-header-param issuer qs1"},
		{"querystring.dividend querystring.divisor", "divisor dividend"},
		{"querystring.a querystring.-b", "a"},
	} {
		m := make(map[string]bool)
		for name := range strings.FieldsSeq(tt.declared) {
			m["method.request."+strings.Replace(name, "-b", "b", 1)] = !strings.Contains(name, "-b")
		}
		var got []string
		for _, p := range requiredParameters(m) {
			got = append(got, p.name)
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: got %q, want %q", tt.declared, s, tt.want)
		}
	}
}

func TestViolations(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ schema, body, want string }{
		{`{"type":"object"}`, `{}`, ""},
		{`{"type":"object"}`, ``, unparsable},
		{`{"type":"object"}`, `{`, unparsable},
		{`{"type":"object"}`, `{} x`, unparsable},
		{`{"type":"object","required":["email","password","repeatPassword"]}`, `{}`, `[object has missing required properties (["email","password","repeatPassword"])]`},
		{`{"type":"object","required":["z","a"]}`, `{}`, `[object has missing required properties (["a","z"])]`},
		{`{"type":"object","required":["bar"],"additionalProperties":false,"properties":{"bar":{}}}`, `{"foo":1}`,
			`[object has missing required properties (["bar"]), object instance has properties which are not allowed by the schema: ["foo"]]`},
		{`{"type":["number","boolean"]}`, `"x"`, `[instance type (string) does not match any allowed primitive type (allowed: ["boolean","integer","number"])]`},
		{`{"type":"string"}`, `1`, `[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]`},
		{`{"type":"string"}`, `1.5`, `[instance type (number) does not match any allowed primitive type (allowed: ["string"])]`},
		{`{"enum":["dog","cat","fish"]}`, `"bird"`, `[instance value ("bird") not found in enum (possible values: ["dog","cat","fish"])]`},
		{`{"minimum":0}`, `-1`, `[numeric instance is lower than the required minimum (minimum: 0, found: -1)]`},
		{`{"maximum":500}`, `501`, `[numeric instance is greater than the required maximum (maximum: 500, found: 501)]`},
		{`{"minimum":0,"exclusiveMinimum":true}`, `0`, `[numeric instance is not strictly greater than the required minimum 0]`},
		{`{"maximum":5,"exclusiveMaximum":true}`, `5`, `[numeric instance is not strictly lower than the required maximum 5]`},
		{`{"minimum":0.25}`, `0.1`, `[numeric instance is lower than the required minimum (minimum: 0.25, found: 0.1)]`},
		{`{"multipleOf":2}`, `7`, `[remainder of division is not zero (7 / 2)]`},
		{`{"minLength":3}`, `"x"`, `[string "x" is too short (length: 1, required minimum: 3)]`},
		{`{"maxLength":3}`, `"xyzw"`, `[string "xyzw" is too long (length: 4, maximum allowed: 3)]`},
		{`{"pattern":"^a"}`, `"b"`, `[ECMA 262 regex "^a" does not match input string "b"]`},
		{`{"pattern":"b+"}`, `"abc"`, ""},
		{`{"pattern":"^(?!x)"}`, `"x"`, `[ECMA 262 regex "^(?!x)" does not match input string "x"]`},
		{`{"minItems":1}`, `[]`, `[array is too short: must have at least 1 elements but instance has 0 elements]`},
		{`{"maxItems":2}`, `[1,2,3]`, `[array is too long: must have at most 2 elements but instance has 3 elements]`},
		{`{"uniqueItems":true}`, `[1,1]`, `[array must not contain duplicate elements]`},
		{`{"items":[{},{}],"additionalItems":false}`, `[1,2,3]`, `[schema only allows 2 elements in array but instance has 3 elements]`},
		{`{"minProperties":1}`, `{}`, `[object has too few properties (found 0 but schema requires at least 1)]`},
		{`{"maxProperties":2}`, `{"a":1,"b":2,"c":3}`, `[object has too many properties (found 3 but schema requires at most 2)]`},
		{`{"dependencies":{"a":["b"]}}`, `{"a":1}`, `[property "a" of object has missing property dependencies (schema requires ["b"]; missing: ["b"])]`},
		{`{"dependencies":{"a":["c","b"]}}`, `{"a":1,"c":1}`, `[property "a" of object has missing property dependencies (schema requires ["b","c"]; missing: ["b"])]`},
		{`{"allOf":[{"type":"object"},{"required":["x"]}]}`, `{}`, `[instance failed to match all required schemas (matched only 1 out of 2)]`},
		{`{"anyOf":[{"type":"string"},{"type":"number"}]}`, `{}`, `[instance failed to match at least one required schema among 2]`},
		{`{"oneOf":[{"type":"string"},{"type":"number"}]}`, `{}`, `[instance failed to match exactly one schema (matched 0 out of 2)]`},
		{`{"oneOf":[{"type":"object"},{"type":"string"},{"minProperties":0}]}`, `{}`, `[instance failed to match exactly one schema (matched 2 out of 3)]`},
		{`{"not":{"type":"object"}}`, `{}`, `[instance matched a schema which it should not have]`},
		{`{"format":"email"}`, `"x"`, ""},
		{`{"format":"date-time"}`, `"x"`, ""},
		{`{"$schema":"http://json-schema.org/draft-07/schema#","const":1}`, `2`, ""}, // draft 4 knows no const
		{`{"properties":{"a":{"type":"object","properties":{"b":{"type":"string"}}}}}`, `{"a":{"b":1}}`, `[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]`},
		{`{"required":["c"],"properties":{"a":{"type":"object","properties":{"b":{"type":"string"}}}}}`, `{"a":{"b":1}}`, `[object has missing required properties (["c"])]`},
		{`{"$ref":"https://apigateway.amazonaws.com/restapis/abc123defg/models/Other"}`, `"x"`, `[instance type (string) does not match any allowed primitive type (allowed: ["array"])]`},
		{`{"properties":{"kids":{"items":{"$ref":"https://apigateway.amazonaws.com/restapis/abc123defg/models/M"}},"n":{"type":"number"}}}`, `{"kids":[{"kids":[{"n":"x"}]}]}`,
			`[instance type (string) does not match any allowed primitive type (allowed: ["integer","number"])]`}, // a cycle
		{`{"$ref":"https://apigateway.amazonaws.com/restapis/abc123defg/models/Missing"}`, `{}`, unparsable},
		{`{"$ref":"file:///etc/passwd"}`, `{}`, unparsable},
	} {
		text, _ := json.Marshal(tt.schema)
		s := snapshot(t, fmt.Sprintf(`{"models":[{"name":"M","contentType":"application/json","schema":%s},{"name":"Other","contentType":"application/json","schema":"{\"type\":\"array\"}"}]}`, text))
		var all schemas
		all.init(s)
		got, ok := all.of("M").check([]byte(tt.body))
		if got != tt.want || ok != (tt.want == "") {
			t.Errorf("%s on %s: got %s, want %s", tt.schema, tt.body, got, tt.want)
		}
	}
}

func TestValidateBody(t *testing.T) {
	t.Parallel()
	const api = `{"requestValidators":[{"id":"val","validateRequestBody":true}],
	"models":[{"name":"Obj","contentType":"application/json","schema":"{\"type\":\"object\",\"required\":[\"a\"]}"},{"name":"Txt","contentType":"text/plain","schema":"{}"}],
	"gatewayResponses":[{"responseType":"BAD_REQUEST_BODY","responseTemplates":{"application/json":"$context.error.validationErrorString"}}],
	"resources":[{"path":"/m","resourceMethods":{"POST":{"authorizationType":"NONE","requestValidatorId":"val","requestModels":%s,
	"methodResponses":{"200":{"statusCode":"200"}},
	"methodIntegration":{"type":"MOCK","requestTemplates":{"$default":"{\"statusCode\":200}"},"integrationResponses":{"200":{"statusCode":"200"}}}}}}]}`
	for _, tt := range []struct{ models, contentType, body, want string }{
		{`{"application/json":"Obj"}`, "application/json", `{"a":1}`, "200 "},
		{`{"application/json":"Obj"}`, "Application/JSON; charset=utf-8", `{}`, `400 [object has missing required properties (["a"])]`},
		{`{"application/json":"Obj"}`, "application/json", ``, `400 [Unknown error parsing request body]`},
		{`{"application/json":"Obj"}`, "text/plain", `x`, "200 "},
		{`{"$default":"Obj"}`, "text/plain", `x`, `400 [Unknown error parsing request body]`},
		{`{"text/plain":"Txt"}`, "text/plain", `x`, "200 "},
		{`{}`, "application/json", `x`, "200 "},
	} {
		w := newWorld()
		w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, fmt.Sprintf(api, tt.models)))
		if got := outcome(do(t, w.gateway(t), request("POST", "/m", tt.body, "Content-Type: "+tt.contentType))); got != tt.want {
			t.Errorf("%s %s %s: got %s, want %s", tt.models, tt.contentType, tt.body, got, tt.want)
		}
	}
}
