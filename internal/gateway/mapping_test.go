package gateway

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// mockWith is a mock method on /m/{id} whose response is made of the request:
// response parameters and a response template.
func mockWith(requestTemplates, integration, responses string) string {
	return fmt.Sprintf(`{"resources":[{"path":"/m/{id}","resourceMethods":{"POST":{"authorizationType":"NONE",
	"methodResponses":{"200":{"statusCode":"200"},"404":{"statusCode":"404"}},
	"methodIntegration":{"type":"MOCK","requestTemplates":%s,%s"integrationResponses":%s}}}}]}`, requestTemplates, integration, responses)
}

func quoted(s string) string { b, _ := json.Marshal(s); return string(b) }

const okTemplate = `{"$default":"{\"statusCode\":200}"}`

// render sends a request through a response template.
func renderResponse(t *testing.T, template, path, body string, head ...string) *httptest.ResponseRecorder {
	t.Helper()
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test", Variables: map[string]string{"v": "vee"}},
		snapshot(t, mockWith(okTemplate, "", `{"200":{"statusCode":"200","responseTemplates":{"application/json":`+quoted(template)+`}}}`)))
	return do(t, w.gateway(t), request("POST", path, body, head...))
}

// TestTemplateObjects: $input, $util, $context and $stageVariables. In a
// response template of MOCK the body is empty.
func TestTemplateObjects(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ template, want string }{
		{`$input.params('id')|$input.params('q')|$input.params('X-A')|$input.params('x-a')|$input.params('no')|`, "7|2|h|||"},
		{`$input.params().path.id|$input.params().querystring.get('q')|$input.params().header.X-A|$input.params().header.get('X-A')`, "7|2|h|h"},
		{`#foreach($k in $input.params().keySet())$k,#end`, "path,querystring,header,"},
		{`$input.body|$input.json('$')|$input.path('$')`, "{}|{}|{}"},
		{`[$input.json('$.none')][$input.path('$.none')]`, `[""][]`},
		{`$stageVariables.v|$stageVariables['v']|${stageVariables.v}|$stageVariables.none|`, "vee|vee|vee||"},
		{`$context.stage|$context.apiId|$context.httpMethod|$context.resourcePath|$context.path|$context.accountId|$context.requestTime|$context.requestTimeEpoch|$context.protocol|$context.domainPrefix`,
			"test|abc123defg|POST|/m/{id}|/test/m/7|123456789012|04/Mar/2026:19:15:17 +0000|1772651717000|HTTP/1.1|abc123defg"},
		{`$context.identity.sourceIp|$context.identity.user|$context.nothing|$context.authorizer.principalId|`, "203.0.113.7||||"},
		{`#foreach($k in $context.identity.keySet())#if($k=="sourceIp")$k=$context.identity.get($k)#end#end`, "sourceIp=203.0.113.7"},
		{`$util.escapeJavaScript("a'b""c/\d")`, `a\'b\"c\/\\d`},
		{`$util.escapeJavaScript("é€😀")`, `\u00E9\u20AC\uD83D\uDE00`},
		{`$util.urlEncode("x=a+b c*~")|$util.urlDecode("x=a+b%2B")`, "x%3Da%2Bb+c*%7E|x=a b+"},
		{`$util.base64Encode("hi")|$util.base64Decode("aGk=")|$util.base64Decode("aGk")`, "aGk=|hi|hi"},
		{`#set($o = $util.parseJson('{"key2":{"arr":[1,2]}}'))$o.key2.arr[0]`, "1"},
		{`$util.toJson("x")|$util.urlEncode($nothing)|`, "||"},
		{`#if($input.params('q').matches("[0-9]++"))y#{else}n#end`, "y"},
		{`$input.params('X-A').replaceAll("(?<x>h)", '${x}!')`, "h!"},
	} {
		got := renderResponse(t, tt.template, "/m/7?q=1&q=2", "", "X-A: h").Body.String()
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.template, got, tt.want)
		}
	}
}

// echoWorld has a Lambda method whose function returns its event, so that a
// request template's output comes back.
func echoAPI(method, integration string) string {
	return methodOn("/e/{id}", "ANY", fmt.Sprintf(`{"authorizationType":"NONE","methodResponses":{"200":{"statusCode":"200"},"400":{"statusCode":"400"}},%s
	"methodIntegration":{"type":"AWS","httpMethod":"POST","uri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:e/invocations",%s}}`, method, integration))
}

const plainResponse = `"integrationResponses":{"200":{"statusCode":"200"}}`

func echo(t testing.TB, api, raw string) (*world, *httptest.ResponseRecorder) {
	t.Helper()
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test", Variables: map[string]string{"v": "vee"}}, snapshot(t, api))
	w.returns(`{}`)
	r := do(t, w.gateway(t), raw)
	return w, r
}

// TestRequestBody: $input in request templates, on AWS's recordings.
func TestRequestBody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ template, body, want string }{
		{`$input.body`, ``, `{}`},
		{`Action=SendMessage&MessageBody=$input.body`, ``, `Action=SendMessage&MessageBody={}`},
		{`#set($result = $input.body.testAccess)$result|`, `{"testAccess":1}`, `|`},
		{`EncodedBody=$util.urlEncode($input.body)&Access=$util.urlEncode($input.body.x)`, `{"some": "value"}`, `EncodedBody=%7B%22some%22%3A+%22value%22%7D&Access=`},
		{`EncodedBody=$util.urlEncode($input.body)`, `some raw data`, `EncodedBody=some+raw+data`},
		{`{ "count": "$input.path('$.things').size()" }`, `{"things":{"1":{},"2":{},"3":{}}}`, `{ "count": "3" }`},
		{`$input.json('$.a')|$input.path('$.a')|$input.json('$')`, `{"a":"x", "n":1.0}`, `"x"|x|{"a":"x","n":1.0}`},
		{`$input.path('$.list')|$input.path('$.map')|$input.path('$.list[0].k')`, `{"list":[{"k":1}],"map":{"a":1,"b":[2]}}`, `[{"k":1}]|{a=1, b=[2]}|1`},
		{`$input.path('$..k')`, `{"a":{"k":1},"k":2}`, `[2,1]`},
		{`$input.json('$.x')|$input.path('$.x')|`, `not json`, `""||`},
		{`#set($r = $input.path("$.json")){"body": $r, "nested": $r.nested, "isNull": "#if($r == $null)true#{else}false#end"}`, `{}`, `{"body": , "nested": , "isNull": "true"}`},
		{`#foreach($e in $input.path('$'))$e.n#if($foreach.hasNext),#end#end`, `[{"n":1},{"n":2}]`, `1,2`},
	} {
		w, r := echo(t, echoAPI("", `"requestTemplates":{"application/json":`+quoted(tt.template)+`},`+plainResponse), request("POST", "/e/7", tt.body))
		calls := w.invocations()
		if len(calls) != 1 || string(calls[0].Payload) != tt.want {
			t.Errorf("%s on %s: got %v (%s), want %q", tt.template, tt.body, calls, outcome(r), tt.want)
		}
	}
}

// TestTemplateFails: the client gets the neutral 500 and the log says why.
func TestTemplateFails(t *testing.T) {
	t.Parallel()
	for _, template := range []string{`#if(`, `$input.path('$.a').substring(9)`, `#foreach($i in [1..2000])x#end`, `#set($x="y")#foreach($i in [1..900])#set($x="$x$x")#end`, `$input.path('$[')`} {
		w := newWorld()
		w.deploy(&apigateway.Stage{StageName: "test", MethodSettings: map[string]*apigateway.MethodSetting{"*/*": {LoggingLevel: new("ERROR")}}},
			snapshot(t, echoAPI("", `"requestTemplates":{"application/json":`+quoted(template)+`},`+plainResponse)))
		r := do(t, w.gateway(t), request("POST", "/e/7", `{"a":"x"}`))
		if outcome(r) != `500 {"message": "Internal server error"}` {
			t.Errorf("%s: %s", template, outcome(r))
		}
		lines := w.lines["API-Gateway-Execution-Logs_abc123defg/test"]
		if len(lines) < 3 || !strings.HasSuffix(lines[len(lines)-2].Message, ") Execution failed due to configuration error: Unable to transform request") {
			t.Errorf("%s: %v", template, lines)
		}
	}
}

// TestPassthrough is AWS's table of passthrough behaviors.
func TestPassthrough(t *testing.T) {
	t.Parallel()
	const unsupported = `415 {"message": "Unsupported Media Type"}`
	for _, tt := range []struct{ behavior, templates, contentType, want string }{
		{"WHEN_NO_MATCH", `{"application/json":"T"}`, "application/json", "T"},
		{"WHEN_NO_MATCH", `{"application/json":"T"}`, "application/json; charset=utf-8", "T"},
		{"WHEN_NO_MATCH", `{"application/json":"T"}`, "", "T"},
		{"WHEN_NO_MATCH", `{"application/json":"T"}`, "text/plain", "body"},
		{"WHEN_NO_MATCH", `{}`, "text/plain", "body"},
		{"WHEN_NO_MATCH", `{"application/json":"T","$default":"D"}`, "text/plain", "D"},
		{"WHEN_NO_MATCH", `{"application/json":""}`, "application/json", "body"},
		{"WHEN_NO_TEMPLATES", `{"application/json":"T"}`, "application/json", "T"},
		{"WHEN_NO_TEMPLATES", `{"application/json":"T"}`, "text/plain", unsupported},
		{"WHEN_NO_TEMPLATES", `{}`, "text/plain", "body"},
		{"NEVER", `{"application/json":"T"}`, "application/json", "T"},
		{"NEVER", `{"application/json":"T"}`, "text/plain", unsupported},
		{"NEVER", `{}`, "application/json", unsupported},
	} {
		head := []string{}
		if tt.contentType != "" {
			head = append(head, "Content-Type: "+tt.contentType)
		}
		w, r := echo(t, echoAPI("", `"passthroughBehavior":"`+tt.behavior+`","requestTemplates":`+tt.templates+`,`+plainResponse), request("POST", "/e/7", "body", head...))
		got := outcome(r)
		if calls := w.invocations(); len(calls) > 0 {
			got = string(calls[0].Payload)
		}
		if got != tt.want {
			t.Errorf("%s %s %q: got %s, want %s", tt.behavior, tt.templates, tt.contentType, got, tt.want)
		}
	}
}

// TestRequestContent is the table of contentHandling for requests.
func TestRequestContent(t *testing.T) {
	t.Parallel()
	const failed = `500 {"message": "Internal server error"}`
	for _, tt := range []struct{ contentType, handling, template, body, want string }{
		{"text/plain", "", "", "a\xffb", "a\ufffdb"},
		{"text/plain", "CONVERT_TO_TEXT", "", "hi", "hi"},
		{"text/plain", "CONVERT_TO_BINARY", "", "aGk=", "hi"},
		{"text/plain", "CONVERT_TO_BINARY", "", "?", failed},
		{"image/png", "", "", "\xff\x00", "\xff\x00"},
		{"image/png", "CONVERT_TO_BINARY", "", "\xff\x00", "\xff\x00"},
		{"image/png", "CONVERT_TO_TEXT", "", "\xff\x00", "/wA="},
		{"image/png", "CONVERT_TO_TEXT", `"$input.body"`, "\xff\x00", `"/wA="`},
		{"image/png", "", `"$input.body"`, "\xff\x00", failed},
		{"image/png", "", `"$input.body"`, "text", `"text"`},
	} {
		templates := "{}"
		if tt.template != "" {
			templates = `{"image/png":` + quoted(tt.template) + `}`
		}
		handling := ""
		if tt.handling != "" {
			handling = `"contentHandling":"` + tt.handling + `",`
		}
		s := snapshot(t, echoAPI("", handling+`"requestTemplates":`+templates+`,`+plainResponse))
		s.RestApi.BinaryMediaTypes = []string{"image/png"}
		w := newWorld()
		w.deploy(&apigateway.Stage{StageName: "test"}, s)
		w.returns(`{}`)
		got := outcome(do(t, w.gateway(t), request("POST", "/e/7", tt.body, "Content-Type: "+tt.contentType)))
		if calls := w.invocations(); len(calls) > 0 {
			got = string(calls[0].Payload)
		}
		if got != tt.want {
			t.Errorf("%s %s %q: got %q, want %q", tt.contentType, tt.handling, tt.body, got, tt.want)
		}
	}
}

// TestResponseContent is AWS's recorded matrix of contentHandling for
// responses: by the endpoint's content type and the client's Accept.
func TestResponseContent(t *testing.T) {
	t.Parallel()
	const failed = `500 {"message": "Internal server error"}`
	for _, tt := range []struct{ payload, accept, handling, body, want string }{
		{"text/plain", "text/plain", "", "hi", "200 hi"},
		{"text/plain", "text/plain", "CONVERT_TO_TEXT", "hi", "200 hi"},
		{"text/plain", "text/plain", "CONVERT_TO_BINARY", "aGk=", "200 hi"},
		{"text/plain", "text/plain", "CONVERT_TO_BINARY", "hi!", failed},
		{"text/plain", "image/png", "", "aGk=", "200 hi"},
		{"text/plain", "image/png", "", "hi!", failed},
		{"text/plain", "image/png", "CONVERT_TO_TEXT", "aGk=", "200 aGk="},
		{"text/plain", "image/png", "CONVERT_TO_BINARY", "aGk=", "200 hi"},
		{"image/png", "text/plain", "", "hi", "200 aGk="},
		{"image/png", "text/plain", "CONVERT_TO_TEXT", "hi", "200 aGk="},
		{"image/png", "text/plain", "CONVERT_TO_BINARY", "hi", "200 hi"},
		{"image/png", "image/png", "", "hi", "200 hi"},
		{"image/png", "image/png", "CONVERT_TO_TEXT", "hi", "200 aGk="},
		{"image/png", "image/png", "CONVERT_TO_BINARY", "hi", "200 hi"},
		{"text/plain", "*/*", "", "a\xffb", "200 a\ufffdb"},
	} {
		b := newRawBackend(t, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", tt.payload, len(tt.body), tt.body))
		handling := ""
		if tt.handling != "" {
			handling = `,"contentHandling":"` + tt.handling + `"`
		}
		s := snapshot(t, methodOn("/x", "GET", `{"authorizationType":"NONE","methodResponses":{"200":{"statusCode":"200"}},"methodIntegration":{"type":"HTTP","httpMethod":"GET","uri":"`+b.url+`","integrationResponses":{"200":{"statusCode":"200"`+handling+`}}}}`))
		s.RestApi.BinaryMediaTypes = []string{"image/png"}
		w := newWorld()
		w.deploy(&apigateway.Stage{StageName: "test"}, s)
		if got := outcome(get(t, w.gateway(t), "/x", "Accept: "+tt.accept)); got != tt.want {
			t.Errorf("%s %s %s %q: got %q, want %q", tt.payload, tt.accept, tt.handling, tt.body, got, tt.want)
		}
	}
}

// TestSelection: patterns match the whole of errorMessage, by Java's rules.
func TestSelection(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ pattern, output, want string }{
		{"400.*", `{"errorMessage":"400 Invalid"}`, "400"},
		{"400", `{"errorMessage":"400 Invalid"}`, "200"}, // the whole, not a part
		{".*Invalid.*", `{"errorMessage":"400 Invalid Input"}`, "400"},
		{".*", `{"errorMessage":"a\nb"}`, "200"}, // the dot stops at line ends
		{"(?s).*", `{"errorMessage":"a\nb"}`, "400"},
		{".+", `{"x":1}`, "200"}, // success has an empty value
		{"200", `{"statusCode":200}`, "200"},
		{`.*"code":404.*`, `{"errorMessage":"{\"code\":404}"}`, "400"},
		{"(?!x).*", `{"errorMessage":"y"}`, "400"},
		{"[", `{"errorMessage":"["}`, "200"}, // not a pattern: never matches
	} {
		w := newWorld()
		w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, echoAPI("", `"integrationResponses":{"200":{"statusCode":"200"},"400":{"statusCode":"400","selectionPattern":`+quoted(tt.pattern)+`}}`)))
		w.fails(tt.output)
		if r := do(t, w.gateway(t), request("POST", "/e/7", "{}")); fmt.Sprint(r.Code) != tt.want {
			t.Errorf("%s on %s: got %d, want %s", tt.pattern, tt.output, r.Code, tt.want)
		}
	}
}

func TestNoIntegrationResponse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ responses, line string }{
		{`{}`, "No match for output mapping and no default output mapping configured. Endpoint Response Status Code: 200"},
		{`{"200":{"statusCode":"200","selectionPattern":"x"}}`, "No match for output mapping and no default output mapping configured. Endpoint Response Status Code: 200"},
		{`{"500":{"statusCode":"500"}}`, "Output mapping refers to an invalid method response: 500"},
	} {
		w := newWorld()
		w.deploy(&apigateway.Stage{StageName: "test", MethodSettings: map[string]*apigateway.MethodSetting{"*/*": {LoggingLevel: new("ERROR")}}},
			snapshot(t, echoAPI("", `"integrationResponses":`+tt.responses)))
		w.returns(`{}`)
		r := do(t, w.gateway(t), request("POST", "/e/7", "{}"))
		lines := w.lines["API-Gateway-Execution-Logs_abc123defg/test"]
		if r.Code != 500 || len(lines) != 2 || !strings.HasSuffix(lines[0].Message, ") "+configurationError+tt.line) {
			t.Errorf("%s: %d %v", tt.responses, r.Code, lines)
		}
	}
}

// TestExpressions: every kind of mapping source, through response headers.
func TestExpressions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ from, want string }{
		{"method.request.path.id", "7"},
		{"method.request.querystring.q", "2"},
		{"method.request.multivaluequerystring.q", "1,2"},
		{"method.request.header.X-A", "h2"},
		{"method.request.header.x-a", "(none)"}, // names keep their case
		{"method.request.multivalueheader.X-A", "h1,h2"},
		{"method.request.body.a.b", "x"},
		{"method.request.body.n", "1.50"},
		{"method.request.body.list", `[1,{"k":"v"}]`},
		{"method.request.body.list[1].k", "v"},
		{"method.request.body.missing", "(none)"},
		{"integration.response.body.c", "3"},
		{"integration.response.body.errorMessage.httpStatus", "418"},
		{"stageVariables.v", "vee"},
		{"stageVariables.none", "(none)"},
		{"context.stage", "test"},
		{"context.identity.sourceIp", "203.0.113.7"},
		{"context.identity.user", "(none)"},
		{"'it''s'", "it''s"},
		{"''", ""},
		{"nonsense", "(none)"},
	} {
		w := newWorld()
		w.deploy(&apigateway.Stage{StageName: "test", Variables: map[string]string{"v": "vee"}},
			snapshot(t, echoAPI("", `"integrationResponses":{"200":{"statusCode":"200","responseParameters":{"method.response.header.X-Out":`+quoted(tt.from)+`}}}`)))
		w.returns(`{"c":3,"errorMessage":"{\"httpStatus\":418}"}`)
		r := do(t, w.gateway(t), request("POST", "/e/7?q=1&q=2", `{"a":{"b":"x"},"n":1.50,"list":[1,{"k":"v"}]}`, "X-A: h1", "X-A: h2"))
		got := "(none)"
		if v, ok := r.Result().Header["X-Out"]; ok {
			got = strings.Join(v, "|")
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.from, got, tt.want)
		}
	}
}

func TestBrokenBodyMapping(t *testing.T) {
	t.Parallel()
	api := echoAPI("", `"requestParameters":{"integration.request.header.X":"method.request.body.a"},`+plainResponse)
	if _, r := echo(t, api, request("POST", "/e/7", `{"a":`)); outcome(r) != `400 {"message": "Invalid JSON in request body"}` {
		t.Error(outcome(r))
	}
	if _, r := echo(t, api, request("POST", "/e/7", `plain`)); r.Code != 200 {
		t.Error(outcome(r))
	}
}

func TestIllegalHeaders(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"Content-Length": 500, "transfer-encoding": 500, "X-Amzn-Trace-Id": 500, "Authorization": 500, "Expect": 500, "X-Fine": 200} {
		_, r := echo(t, echoAPI("", `"requestParameters":{"integration.request.header.`+name+`":"'x'"},`+plainResponse), request("POST", "/e/7", "{}"))
		if r.Code != want {
			t.Errorf("%s: got %d, want %d", name, r.Code, want)
		}
	}
}

func TestInvocationType(t *testing.T) {
	t.Parallel()
	w, r := echo(t, echoAPI(`"requestParameters":{"method.request.header.InvocationType":true},`,
		`"requestParameters":{"integration.request.header.X-Amz-Invocation-Type":"method.request.header.InvocationType"},`+plainResponse),
		request("POST", "/e/7", "{}", "InvocationType: Event"))
	if calls := w.invocations(); len(calls) != 1 || calls[0].Type != "Event" || r.Code != 200 {
		t.Error(calls, outcome(r))
	}
}

func TestMockStatus(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]int{
		`{"statusCode":200}`: 200, `{statusCode: 404}`: 404, `{'statusCode':'201'}`: 201, ` { "a" : [1,{"b":2}], "statusCode" : 200 , }`: 200,
		`{"statusCode": "200"`: 200, `{"a":"}","statusCode":200}`: 200, `{"statusCode":200.0}`: 200, `{"statusCode":200} trailing`: 200,
		``: 0, `{}`: 0, `[]`: 0, `{"statusCode":"x"}`: 0, `{"statusCode":}`: 0, `{"statusCode":2.5}`: 0, `"statusCode":200`: 0, `{"statuscode":200}`: 0,
	} {
		got, _ := mockStatus([]byte(body))
		if got != want {
			t.Errorf("%s: got %d, want %d", body, got, want)
		}
	}
}

func FuzzMockStatus(f *testing.F) {
	for _, s := range []string{`{"statusCode":200}`, `{statusCode: 404}`, `{'a':"\`, `{a:[{`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, ok := mockStatus(b)
		if ok != (n > 0) && n != 0 || n > 999 {
			t.Fatal(n, ok)
		}
	})
}

func FuzzSubstitution(f *testing.F) {
	for _, s := range []string{"$context.requestId", "${context.x}-$stageVariables.a.", "$$context.", "$method.request.header.X-Y-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		// Text and variables together are the template.
		b := ""
		for _, p := range compileSubstitution(s) {
			b += p.text
			if p.variable != "" {
				rest := strings.TrimPrefix(s, b)
				if strings.HasPrefix(rest, "${"+p.variable+"}") {
					b += "${" + p.variable + "}"
				} else {
					b += "$" + p.variable
				}
			}
		}
		if b != s {
			t.Fatalf("%q came back as %q", s, b)
		}
	})
}

// TestProxyIgnoresMappings: but for illegal targets, which fail.
func TestProxyIgnoresMappings(t *testing.T) {
	t.Parallel()
	for mapping, want := range map[string]int{
		`"integration.request.header.X":"method.request.body.a"`:         200,
		`"integration.request.header.Authorization":"'x'"`:               500,
		`"integration.request.header.Transfer-Encoding":"'x'"`:           500,
		`"integration.request.querystring.Authorization":"context.path"`: 200,
	} {
		w := newWorld()
		w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, strings.Replace(proxyAPI, `"httpMethod":"POST",`, `"httpMethod":"POST","requestParameters":{`+mapping+`},`, 1)))
		w.returns(`{}`)
		if r := do(t, w.gateway(t), request("POST", "/x", `{"a":`)); r.Code != want {
			t.Errorf("%s: got %d, want %d", mapping, r.Code, want)
		}
	}
}

// TestMethodOverride: the header chooses the method; mappings see it.
func TestMethodOverride(t *testing.T) {
	t.Parallel()
	r := renderResponse(t, `$context.httpMethod $input.params('X-HTTP-Method-Override')`, "/m/7", "")
	if got := r.Body.String(); got != "POST " {
		t.Error(got)
	}
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, mockWith(okTemplate, "", `{"200":{"statusCode":"200","responseTemplates":{"application/json":"$context.httpMethod $input.params('X-HTTP-Method-Override')"}}}`)))
	if got := outcome(get(t, w.gateway(t), "/m/7", "X-HTTP-Method-Override: POST")); got != "200 POST POST" {
		t.Error(got)
	}
}

// TestPathForms: in the path forms the event names the domain that AWS would.
func TestPathForms(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/restapis/abc123defg/test/_user_request_/x", "/_aws/execute-api/abc123defg/test/x"} {
		w := proxyWorld(t, &apigateway.Stage{StageName: "test"})
		do(t, w.gateway(t), "GET "+path+" HTTP/1.1\nHost: localhost:4566\n\n")
		event := string(w.invocations()[0].Payload)
		for _, want := range []string{`"path":"/x"`, `"path":"/test/x"`, `"domainPrefix":"abc123defg"`, `"domainName":"abc123defg.execute-api.us-east-1.amazonaws.com"`, `"Host":"localhost:4566"`} {
			if !strings.Contains(event, want) {
				t.Errorf("%s: no %s in %s", path, want, event)
			}
		}
	}
}
