package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/rawhead"
	"github.com/lambdagate/lambdagate/internal/sigv4"
)

// varying are the parts of answers that differ from one to the next.
var varying = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|Root=1-[^"]*|[0-9a-f]{15}=`)

// TestQuick: what AWS clients send gets the same answer from package http1 as from
// net/http, fields and all, and what is not theirs never comes to it.
func TestQuick(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"dev", "serve"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(c *Config) { c.Mode = mode })
			key := s.root
			if mode == "dev" {
				key = sigv4.Key{AccessKeyID: "test", SecretAccessKey: "test"}
			}
			trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
			if r := s.cliCall("POST", "/iam/CreateRole", `{"RoleName":"r","AssumeRolePolicyDocument":`+quoted(trust)+`}`); r.Status != 200 {
				t.Fatal(r)
			}
			for _, test := range []struct {
				name, service, method, path, body string
				headers                           []string
				status                            int
			}{
				{"a list", "lambda", "GET", "/2015-03-31/functions", "", nil, 200},
				{"no body in the answer", "lambda", "DELETE", "/2015-03-31/functions/none", "", nil, 404},
				{"an error with its type", "lambda", "POST", "/2015-03-31/functions/none/invocations", "{}", nil, 404},
				{"a path with escapes", "lambda", "GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Anone", "", nil, 404},
				{"a query", "lambda", "GET", "/2015-03-31/functions?MaxItems=1&Marker=", "", nil, 200},
				{"HEAD", "lambda", "HEAD", "/2015-03-31/functions", "", nil, 0},
				{"REST with a name", "apigateway", "GET", "/restapis", "", nil, 200},
				{"a form", "iam", "POST", "/", "Action=GetRole&Version=2010-05-08&RoleName=r", []string{"Content-Type", "application/x-www-form-urlencoded"}, 200},
				{"a form's error", "iam", "POST", "/", "Action=GetRole&Version=2010-05-08&RoleName=none", []string{"Content-Type", "application/x-www-form-urlencoded"}, 404},
				{"a target", "logs", "POST", "/", "{}", []string{"X-Amz-Target", "Logs_20140328.DescribeLogGroups", "Content-Type", "application/x-amz-json-1.1"}, 200},
				{"malformed JSON", "logs", "POST", "/", "{", []string{"X-Amz-Target", "Logs_20140328.DescribeLogGroups", "Content-Type", "application/x-amz-json-1.1"}, 400},
				{"a trace", "lambda", "POST", "/2015-03-31/functions/none/invocations", "{}", []string{"X-Amzn-Trace-Id", "Root=1-5e272390-8c398be037738dc042009320"}, 404},
				{"a service that is not there", "s3", "GET", "/bucket", "", nil, 404},
				{"the console", "lambda", "GET", "/console/", "", nil, 0},
				{"the root", "lambda", "GET", "/", "", []string{"Accept", "text/html"}, 0},
				{"an own path", "lambda", "GET", "/_lambdagate/health", "", nil, 0},
				{"a function URL", "lambda", "GET", "/", "", []string{"Host", "abc.lambda-url.us-east-1.localhost"}, 403},
				{"a page of another site", "lambda", "GET", "/2015-03-31/functions", "", []string{"Origin", "https://evil.example"}, map[string]int{"dev": 403, "serve": 200}[mode]},
			} {
				t.Run(test.name, func(t *testing.T) {
					plain := s.signedWay(key, test.service, test.method, test.path, test.body, false, test.headers...)
					chunked := s.signedWay(key, test.service, test.method, test.path, test.body, true, test.headers...)
					if plain.Status != chunked.Status || plain.Body != chunked.Body {
						t.Errorf("%d %s\nand %d %s", plain.Status, plain.Body, chunked.Status, chunked.Body)
					}
					if test.status != 0 && plain.Status != test.status {
						t.Errorf("%d %s, not %d", plain.Status, plain.Body, test.status)
					}
					for name := range plain.Header {
						if a, b := plain.Header[name], chunked.Header[name]; strings.Join(a, ",") != strings.Join(b, ",") {
							t.Errorf("%s: %q, and %q", name, a, b)
						}
					}
					if len(plain.Header) != len(chunked.Header) {
						t.Errorf("%v\nand %v", plain.Header, chunked.Header)
					}
				})
			}
		})
	}
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

// signedWay sends a signed request, with a body of known length or in chunks, which
// net/http reads, and evens out what differs between any two answers.
func (s *served) signedWay(key sigv4.Key, service, method, path, body string, chunked bool, headers ...string) reply {
	s.t.Helper()
	var r io.Reader = strings.NewReader(body)
	if chunked {
		r = io.MultiReader(r)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.address()+path, r)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	if chunked {
		req.ContentLength = -1
		req.TransferEncoding = []string{"chunked"}
	}
	sigv4.SignHTTP(req, sigv4.HashBody([]byte(body)), key, sigv4.Scope{Region: "us-east-1", Service: service}, time.Now())
	out := s.do(req)
	out.Body = varying.ReplaceAllString(out.Body, "#")
	for name, list := range out.Header {
		for i := range list {
			list[i] = varying.ReplaceAllString(list[i], "#")
		}
		if name == "Date" {
			out.Header[name] = []string{"#"}
		}
	}
	return out
}

// TestServeSigned: which requests the quick way is for.
func TestServeSigned(t *testing.T) {
	t.Parallel()
	s := serve(t, func(c *Config) { c.Mode = "dev" })
	const signature = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"
	for _, test := range []struct {
		name, method, host, target, auth string
		length                           int64
		want                             bool
	}{
		{"a list", "GET", "localhost", "/2015-03-31/functions", signature, 0, true},
		{"an event", "POST", "localhost", "/2015-03-31/functions/none/invocations", signature, 2, true},
		{"nobody's", "GET", "localhost", "/2015-03-31/functions", "", 0, false},
		{"another scheme", "GET", "localhost", "/2015-03-31/functions", "Bearer x", 0, false},
		{"a stream", "POST", "localhost", "/2021-11-15/functions/none/response-streaming-invocations", signature, 2, false},
		{"a package", "PUT", "localhost", "/2015-03-31/functions/none/code", signature, maxQuickBody + 1, false},
		{"a path that cannot be decoded", "GET", "localhost", "/2015-03-31/functions/%zz", signature, 0, false},
		{"a function URL", "GET", "abc.lambda-url.us-east-1.localhost", "/", signature, 0, false},
		{"another host", "GET", "evil.example", "/2015-03-31/functions", signature, 0, false},
		{"the console", "GET", "localhost", "/console/", signature, 0, false},
		{"the root", "GET", "localhost", "/", signature, 0, false},
		{"health", "GET", "localhost", "/_lambdagate/health", signature, 0, false},
	} {
		r := httptest.NewRequest(test.method, "/", strings.NewReader("{}"))
		r.Host, r.RequestURI, r.ContentLength, r.Header, r.URL = test.host, test.target, test.length, nil, nil
		head := &rawhead.Head{Target: test.target, Fields: []rawhead.Field{{Name: "host", Value: test.host}, {Name: "authorization", Value: test.auth}}}
		path, query, _ := strings.Cut(test.target, "?")
		w := httptest.NewRecorder()
		if got := s.serveSigned(w, r, head, path, query); got != test.want || got != (w.Body.Len() > 0) {
			t.Errorf("%s: %v %d %s", test.name, got, w.Code, w.Body)
		}
	}
}
