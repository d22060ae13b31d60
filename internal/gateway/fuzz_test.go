package gateway

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// FuzzServe sends odd paths, queries, header fields and bodies through a
// method that mirrors them into response headers, an event and a template.
func FuzzServe(f *testing.F) {
	f.Add("/a/%2F//b", "x=1&x=%zz", "X-In", "v", `{"a":"\r\nSet-Cookie: x"}`)
	f.Add("", "=&&=", "x-amzn-requestid", "00000000-1111-4222-8333-444444444444", `[`)
	f.Add("/{proxy+}", "+", "X-Amzn-Trace-Id", "Root=1-;Parent=a\r\nB: c;Sampled=1", "\xff")
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(f, methodOn("/{p+}", "ANY", `{"authorizationType":"NONE","methodResponses":{"200":{"statusCode":"200"}},
	"methodIntegration":{"type":"AWS","httpMethod":"POST","uri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:e/invocations",
	"requestTemplates":{"$default":"$input.json('$')$input.params('x')$input.params()"},
	"integrationResponses":{"200":{"statusCode":"200","responseParameters":{"method.response.header.X-P":"method.request.path.p","method.response.header.X-Q":"method.request.multivaluequerystring.x",
	 "method.response.header.X-H":"method.request.header.X-In","method.response.header.X-B":"method.request.body.a"}}}}}`)))
	w.returns(`{}`)
	g := w.gateway(f)
	f.Fuzz(func(t *testing.T, path, query, name, v, body string) {
		r := httptest.NewRequest("POST", "http://localhost/", strings.NewReader(body))
		out := httptest.NewRecorder()
		g.Serve(out, r, Target{APIID: testAPI, Stage: "test", RawPath: path, RawQuery: query, Head: []HeaderField{field(name, v)}})
		if out.Code < 200 || out.Code > 599 {
			t.Fatal(out.Code)
		}
		for name, values := range out.Result().Header {
			for _, v := range values {
				if strings.ContainsAny(name+v, "\r\n\x00") {
					t.Fatalf("header %q: %q", name, v)
				}
			}
		}
		event := (&exchange{
			plan: g.served(stageKey{testAPI, "test"}).main, method: g.served(stageKey{testAPI, "test"}).main.methods[0],
			target: Target{Stage: "test", RawPath: path}, path: path, verb: "POST", requestHead: []HeaderField{field(name, v)}, ownHead: 1,
			query: appendQuery(nil, query), body: []byte(body), r: &http.Request{},
		}).appendProxyEvent(nil)
		if !json.Valid(event) {
			t.Fatalf("event is not JSON: %s", event)
		}
	})
}

func FuzzQuoted(f *testing.F) {
	f.Add("a\"\\\n\x00\u2028é😀\xff\xed\xa0\x80")
	f.Fuzz(func(t *testing.T, s string) {
		var back string
		if err := json.Unmarshal(appendQuoted(nil, s), &back); err != nil {
			t.Fatal(err)
		}
		if want := strings.ToValidUTF8(s, "\ufffd"); utf8.ValidString(s) && back != want {
			t.Fatalf("%q came back as %q", s, back)
		}
		if got := string(appendText(nil, []byte(s))); !utf8.ValidString(got) || utf8.ValidString(s) && got != s {
			t.Fatalf("%q became %q", s, got)
		}
	})
}

func FuzzProxyOutput(f *testing.F) {
	for _, s := range []string{`{"statusCode":200}`, `{"headers":{"a":null}}`, `{"multiValueHeaders":{"a":[[]]}}`, `{"cookies":["x"]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if out, ok := parseProxyOutput(b); ok && (out.status < 200 || out.status > 999) {
			t.Fatal(out.status)
		}
		parseStreamPrelude(b)
		errorMessage(b)
		parseVerdict(b)
	})
}
