package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

func proxyWorld(t testing.TB, stage *apigateway.Stage) *world {
	w := newWorld()
	w.deploy(stage, snapshot(t, proxyAPI))
	w.returns(`{}`)
	return w
}

// TestPaths is AWS's recording of what becomes of odd paths.
func TestPaths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ url, path, contextPath, proxy string }{
		{"/test/proxy-value", "/proxy-value", "/test/proxy-value", "proxy-value"},
		{"/test/proxy-value/", "/proxy-value/", "/test/proxy-value/", "proxy-value"},
		{"/test/proxy-value//double-slash", "/proxy-value//double-slash", "/test/proxy-value//double-slash", "proxy-value//double-slash"},
		{"//test/proxy-value", "/proxy-value", "/test/proxy-value", "proxy-value"},
		{"/test//proxy-value", "/proxy-value", "/test//proxy-value", "proxy-value"},
		{"/test/v/user/test%2Balias@gmail.com/plus/test+alias@gmail.com", "/v/user/test%2Balias@gmail.com/plus/test+alias@gmail.com",
			"/test/v/user/test%2Balias@gmail.com/plus/test+alias@gmail.com", "v/user/test%2Balias@gmail.com/plus/test+alias@gmail.com"},
		{"/test/a%c2%a3", "/a%c2%a3", "/test/a%c2%a3", "a%c2%a3"},
	} {
		w := proxyWorld(t, &apigateway.Stage{StageName: "test"})
		do(t, w.gateway(t), "GET "+tt.url+" HTTP/1.1\nHost: "+testAPI+".execute-api.us-east-1.amazonaws.com\n\n")
		var event struct {
			Path           string
			RequestContext struct{ Path string }
			PathParameters struct{ Proxy string }
		}
		if err := json.Unmarshal(w.invocations()[0].Payload, &event); err != nil {
			t.Fatal(err)
		}
		got := []string{event.Path, event.RequestContext.Path, event.PathParameters.Proxy}
		if want := []string{tt.path, tt.contextPath, tt.proxy}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", tt.url, got, want)
		}
	}
}

// TestProxyOutput is AWS's recording of what functions may return.
func TestProxyOutput(t *testing.T) {
	t.Parallel()
	const malformed = `502 {"message": "Internal server error"}`
	for _, tt := range []struct{ output, want string }{
		{`{"statusCode":201}`, "201 "},
		{`{}`, "200 "},
		{`{"headers":{"A":"b"}}`, "200  A=b"},
		{`{"statusCode":"202","body":"x"}`, "202 x"},
		{`{"statusCode":"2x2"}`, malformed},
		{`{"statusCode":{}}`, malformed},
		{`{"statusCode":200,"wrongKey":1}`, malformed},
		{`null`, malformed},
		{``, malformed},
		{`"x"`, malformed},
		{`5`, malformed},
		{`[]`, malformed},
		{`{"headers":null,"body":null}`, "200 "},
		{`{"headers":{"A":true,"B":1}}`, "200  A=true B=1"},
		{`{"headers":{"A":{}}}`, malformed},
		{`{"headers":[]}`, malformed},
		{`{"multiValueHeaders":{"A":"x"}}`, malformed},
		{`{"multiValueHeaders":{"A":["x","y"]}}`, "200  A=x,y"},
		{`{"headers":{"test-multi":"solo","b":"c"},"multiValueHeaders":{"Test-Multi":["value-multi"]}}`, "200  Test-Multi=value-multi,solo b=c"},
		{`{"body":{"a":1}}`, malformed},
		{`{"body":5}`, "200 5"},
		{`{"body":"aGk=","isBase64Encoded":true}`, "200 aGk="},
		{`{"headers":{"Server":"s","Date":"d","Connection":"c","Content-Length":"9","Transfer-Encoding":"t","X":"y"}}`,
			"200  X=y x-amzn-Remapped-Connection=c x-amzn-Remapped-Content-Length=9 x-amzn-Remapped-Date=d x-amzn-Remapped-Server=s"},
	} {
		w := proxyWorld(t, &apigateway.Stage{StageName: "test"})
		w.returns(tt.output)
		r := get(t, w.gateway(t), "/x")
		h := r.Result().Header
		got := strings.Join([]string{string(itoa(r.Code)), r.Body.String()}, " ")
		for _, name := range sortedKeys(h) {
			switch name {
			case "Content-Type", "Content-Length", "X-Amzn-Trace-Id", "x-amzn-RequestId", "x-amz-apigw-id", "x-amzn-ErrorType":
			default:
				got += " " + name + "=" + strings.Join(h[name], ",")
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.output, got, tt.want)
		}
	}
}

func itoa(n int) []byte { b, _ := json.Marshal(n); return b }

func TestProxyBinary(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ accept, output, want string }{
		{"image/png", `{"body":"aGk=","isBase64Encoded":true}`, "hi"},
		{"image/png;q=0.8, text/html", `{"body":"aGk=","isBase64Encoded":true}`, "hi"},
		{"text/html, image/png", `{"body":"aGk=","isBase64Encoded":true}`, "aGk="}, // only the first counts
		{"*/*", `{"body":"aGk=","isBase64Encoded":true}`, "aGk="},
		{"application/*", `{"body":"aGk=","isBase64Encoded":true}`, "hi"},
		{"image/png", `{"body":"aGk="}`, "aGk="},
		{"image/png", `{"body":"?","isBase64Encoded":true}`, `{"message": "Internal server error"}`},
	} {
		w := newWorld()
		s := snapshot(t, proxyAPI)
		s.RestApi.BinaryMediaTypes = []string{"image/png", "application/*", "*/test"}
		w.deploy(&apigateway.Stage{StageName: "test"}, s)
		w.returns(tt.output)
		if got := get(t, w.gateway(t), "/x", "Accept: "+tt.accept).Body.String(); got != tt.want {
			t.Errorf("%s %s: got %q, want %q", tt.accept, tt.output, got, tt.want)
		}
	}
}

func TestProxyBinaryEvent(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := snapshot(t, proxyAPI)
	s.RestApi.BinaryMediaTypes = []string{"image/*"}
	w.deploy(&apigateway.Stage{StageName: "test"}, s)
	w.returns(`{}`)
	do(t, w.gateway(t), request("POST", "/x", "\xff\xfe", "Content-Type: image/png"))
	if got := string(w.invocations()[0].Payload); !strings.HasSuffix(got, `"body":"//4=","isBase64Encoded":true}`) {
		t.Error(got)
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := snapshot(t, proxyAPI)
	s.Resources[0].ResourceMethods["ANY"].MethodIntegration.ResponseTransferMode = new("STREAM")
	w.deploy(&apigateway.Stage{StageName: "test"}, s)
	g := w.gateway(t)
	for _, tt := range []struct{ output, want string }{
		{`{"statusCode":203,"headers":{"A":"b"},"cookies":["x=1"]}` + strings.Repeat("\x00", 8) + "hello", "203 hello b x=1"},
		{`{}` + strings.Repeat("\x00", 8), "200   "},
		{`no delimiter`, `502 {"message": "Internal server error"}  `},
		{`[]` + strings.Repeat("\x00", 8), `502 {"message": "Internal server error"}  `},
	} {
		w.stream = func(context.Context, *Invocation) (io.ReadCloser, error) {
			return io.NopCloser(oneByteReader{strings.NewReader(tt.output)}), nil
		}
		r := get(t, g, "/x")
		got := string(itoa(r.Code)) + " " + r.Body.String() + " " + strings.Join(r.Result().Header["A"], "") + " " + r.Result().Header.Get("Set-Cookie")
		if got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.output, got, tt.want)
		}
	}
}

// oneByteReader reads as slowly as can be.
type oneByteReader struct{ io.Reader }

func (r oneByteReader) Read(b []byte) (int, error) { return r.Reader.Read(b[:min(1, len(b))]) }

func TestLambdaErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"denied", &ServiceError{Code: "AccessDeniedException", Status: 403}, "500"},
		{"throttled", &ServiceError{Code: "TooManyRequestsException", Status: 429}, "500"},
		{"other", &ServiceError{Code: "ServiceException", Status: 500}, "502"},
		{"timeout", context.DeadlineExceeded, "504"},
		{"ours", errors.New("boom"), "500"},
	} {
		w := proxyWorld(t, &apigateway.Stage{StageName: "test"})
		w.invoke = func(context.Context, *Invocation) (*InvocationResult, error) { return nil, tt.err }
		r := get(t, w.gateway(t), "/x")
		if got := string(itoa(r.Code)); got != tt.want || r.Result().Header["x-amzn-ErrorType"][0] != "InternalServerErrorException" {
			t.Errorf("%s: got %s %v", tt.name, got, r.Result().Header)
		}
		if strings.Contains(r.Body.String(), "boom") {
			t.Error("the client sees an internal error:", r.Body)
		}
	}
}

func TestProxyFunctionError(t *testing.T) {
	t.Parallel()
	w := proxyWorld(t, &apigateway.Stage{StageName: "test", AccessLogSettings: &apigateway.AccessLogSettings{
		DestinationArn: new("arn:aws:logs:us-east-1:123456789012:log-group:access:*"),
		Format:         new("$context.requestId $context.error.responseType $context.integration.error $context.integration.status $context.identity.user"),
	}})
	w.fails(`{"errorMessage":"boom"}`)
	r := get(t, w.gateway(t), "/x", "x-amzn-RequestId: "+testRequestID)
	if r.Code != 502 || r.Body.String() != `{"message": "Internal server error"}` {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	want := testRequestID + " INTEGRATION_FAILURE Lambda Customer Function Error:boom - -"
	if lines := w.lines["access"]; len(lines) != 1 || lines[0].Message != want {
		t.Errorf("got %v, want %q", lines, want)
	}
}
