package lambda

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

func TestFunctionURLConfig(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.create("f")
	must[FunctionConfiguration](s, "PublishVersion", &PublishVersionRequest{FunctionName: "f"})
	must[AliasConfiguration](s, "CreateAlias", &CreateAliasRequest{FunctionName: "f", Name: "live", FunctionVersion: "1"})
	_, err := s.call("GetFunctionUrlConfig", &GetFunctionUrlConfigRequest{FunctionName: "f"})
	wantError(t, err, 404, "ResourceNotFoundException", "The resource you requested does not exist.")
	made := must[CreateFunctionUrlConfigResponse](s, "CreateFunctionUrlConfig", &CreateFunctionUrlConfigRequest{FunctionName: "f", AuthType: "NONE"})
	if !strings.HasPrefix(made.FunctionUrl, "https://") || !strings.HasSuffix(made.FunctionUrl, ".lambda-url.us-east-1.on.aws/") || len(made.FunctionUrl) != len("https://")+32+len(".lambda-url.us-east-1.on.aws/") {
		t.Errorf("URL is %s", made.FunctionUrl)
	}
	wantJSON(t, made, `{"FunctionUrl":"`+made.FunctionUrl+`","FunctionArn":"`+testARN+`f","AuthType":"NONE","CreationTime":"2026-03-04T05:06:07.089000Z","InvokeMode":"BUFFERED"}`)
	_, err = s.call("CreateFunctionUrlConfig", &CreateFunctionUrlConfigRequest{FunctionName: "f", AuthType: "NONE"})
	wantError(t, err, 409, "ResourceConflictException", "Failed to create function url config for [functionArn = "+testARN+"f]. Error message:  FunctionUrlConfig exists for this Lambda function")
	must[CreateFunctionUrlConfigResponse](s, "CreateFunctionUrlConfig", &CreateFunctionUrlConfigRequest{FunctionName: "f", Qualifier: new("live"), AuthType: "AWS_IAM"})
	up := must[UpdateFunctionUrlConfigResponse](s, "UpdateFunctionUrlConfig", &UpdateFunctionUrlConfigRequest{FunctionName: "f", InvokeMode: new("RESPONSE_STREAM"), Cors: &Cors{AllowOrigins: []string{"*"}}})
	if up.FunctionUrl != made.FunctionUrl || *up.InvokeMode != "RESPONSE_STREAM" || up.AuthType != "NONE" || up.Cors == nil {
		t.Errorf("update answered %s", awsapi.EncodeModel(up))
	}
	if l := must[ListFunctionUrlConfigsResponse](s, "ListFunctionUrlConfigs", &ListFunctionUrlConfigsRequest{FunctionName: "f"}); len(l.FunctionUrlConfigs) != 2 {
		t.Errorf("list has %d URLs, want 2", len(l.FunctionUrlConfigs))
	}
	id := strings.TrimPrefix(strings.SplitN(made.FunctionUrl, ".", 2)[0], "https://")
	if _, ok := s.FindURL(id); !ok {
		t.Error("the URL is not found")
	}
	must[awsapi.Empty](s, "DeleteFunctionUrlConfig", &DeleteFunctionUrlConfigRequest{FunctionName: "f"})
	if _, ok := s.FindURL(id); ok {
		t.Error("the deleted URL is found")
	}
	must[DeleteFunctionResponse](s, "DeleteFunction", &DeleteFunctionRequest{FunctionName: "f"})
	s.urls.Range(func(k, v any) bool {
		t.Errorf("URL %v of a deleted function is left", k)
		return true
	})
}

// urlServer is a function with a URL; the function does what run says.
func urlServer(t *testing.T, in *CreateFunctionUrlConfigRequest, run func(*Task) (*Outcome, error)) (*server, string) {
	t.Helper()
	s := newServer(t, func(c *Config) {
		c.Authority = fakeAuthority(resourcePolicyAllows)
		c.Environments = &fakeEnvironments{invoke: func(_ context.Context, _ *Runnable, t *Task) (*Outcome, error) { return run(t) }}
	})
	s.create("f")
	in.FunctionName = "f"
	made := must[CreateFunctionUrlConfigResponse](s, "CreateFunctionUrlConfig", in)
	return s, strings.TrimPrefix(strings.SplitN(made.FunctionUrl, ".", 2)[0], "https://")
}

func (s *server) request(id string, r *http.Request, caller awsapi.Caller) *httptest.ResponseRecorder {
	s.t.Helper()
	target, ok := s.FindURL(id)
	if !ok {
		s.t.Fatal("no such URL")
	}
	rec := httptest.NewRecorder()
	s.ServeURL(rec, r, target, URLRequest{Caller: caller, SourceIP: "10.1.2.3", RequestID: "rid"})
	return rec
}

func (s *server) allowURL() {
	must[AddPermissionResponse](s, "AddPermission", &AddPermissionRequest{FunctionName: "f", StatementId: "url", Action: "lambda:InvokeFunctionUrl", Principal: "*", FunctionUrlAuthType: new("NONE")})
}

func TestServeURLEvent(t *testing.T) {
	t.Parallel()
	var event string
	s, id := urlServer(t, &CreateFunctionUrlConfigRequest{AuthType: "NONE"}, func(t *Task) (*Outcome, error) {
		event = string(t.Payload)
		return &Outcome{Payload: []byte(`{"statusCode":201,"headers":{"x-a":1,"Content-Type":"text/plain"},"cookies":["a=1","b=2"],"body":"aGk=","isBase64Encoded":true}`)}, nil
	})
	r := func() *http.Request {
		r := httptest.NewRequest("POST", "/a%20b//c?x=1&x=2&y=%26", strings.NewReader("\x01\x02"))
		r.Host = id + ".lambda-url.us-east-1.on.aws:4566"
		r.Header = http.Header{"X-One": {"1", "2"}, "Cookie": {"c=1; d=2"}, "User-Agent": {"ua"}}
		return r
	}
	if rec := s.request(id, r(), awsapi.Caller{}); rec.Code != 403 || rec.Body.String() != `{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}` {
		t.Errorf("without permission: %d %s", rec.Code, rec.Body)
	}
	s.allowURL()
	rec := s.request(id, r(), awsapi.Caller{})
	if rec.Code != 201 || rec.Body.String() != "hi" || rec.Header().Get("X-A") != "1" || rec.Header().Get("Content-Type") != "text/plain" || strings.Join(rec.Header()["Set-Cookie"], "|") != "a=1|b=2" {
		t.Errorf("answer is %d %v %s", rec.Code, rec.Header(), rec.Body)
	}
	var got, want any
	if err := json.Unmarshal([]byte(event), &got); err != nil {
		t.Fatal(err)
	}
	text := `{"version":"2.0","routeKey":"$default","rawPath":"/a%20b//c","rawQueryString":"x=1&x=2&y=%26","cookies":["c=1","d=2"],
		"headers":{"host":"ID.lambda-url.us-east-1.on.aws","x-one":"1,2","user-agent":"ua","x-forwarded-for":"10.1.2.3","x-forwarded-port":"4566","x-forwarded-proto":"http"},
		"queryStringParameters":{"x":"1,2","y":"&"},
		"requestContext":{"accountId":"anonymous","apiId":"ID","domainName":"ID.lambda-url.us-east-1.on.aws","domainPrefix":"ID",
			"http":{"method":"POST","path":"/a%20b//c","protocol":"HTTP/1.1","sourceIp":"10.1.2.3","userAgent":"ua"},
			"requestId":"rid","routeKey":"$default","stage":"$default","time":"04/Mar/2026:05:06:07 +0000","timeEpoch":1772600767089},
		"body":"AQI=","isBase64Encoded":true}`
	if err := json.Unmarshal([]byte(strings.ReplaceAll(text, "ID", id)), &want); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("event is\n\t%s, want\n\t%s", event, compactJSON(strings.ReplaceAll(text, "ID", id)))
	}
}

func TestServeURLResponses(t *testing.T) {
	t.Parallel()
	var out Outcome
	var fail error
	s, id := urlServer(t, &CreateFunctionUrlConfigRequest{AuthType: "NONE"}, func(*Task) (*Outcome, error) { return &out, fail })
	s.allowURL()
	for _, tt := range []struct {
		name     string
		out      Outcome
		err      error
		status   int
		ct, out_ string
	}{
		{"text", Outcome{Payload: []byte(`"hello"`)}, nil, 200, "application/json", `"hello"`},
		{"object", Outcome{Payload: []byte(`{"a":1}`)}, nil, 200, "application/json", `{"a":1}`},
		{"null", Outcome{Payload: []byte(`null`)}, nil, 200, "application/json", `null`},
		{"status as text", Outcome{Payload: []byte(`{"statusCode":"202"}`)}, nil, 202, "application/json", ``},
		{"object body", Outcome{Payload: []byte(`{"statusCode":200,"body":{"a":1}}`)}, nil, 200, "application/json", `{"a":1}`},
		{"bad status", Outcome{Payload: []byte(`{"statusCode":"x"}`)}, nil, 502, "application/json", `Internal Server Error`},
		{"bad base64", Outcome{Payload: []byte(`{"statusCode":200,"body":"*","isBase64Encoded":true}`)}, nil, 502, "application/json", `Internal Server Error`},
		{"function error", Outcome{Payload: []byte(`{}`), FunctionError: "Unhandled"}, nil, 502, "application/json", `Internal Server Error`},
		{"throttled", Outcome{}, ErrNoCapacity, 429, "application/json", `{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`},
		{"ours", Outcome{}, errTest, 500, "application/json", `{"Message":"Internal Server Error"}`},
	} {
		out, fail = tt.out, tt.err
		rec := s.request(id, httptest.NewRequest("GET", "/", nil), awsapi.Caller{})
		if rec.Code != tt.status || rec.Body.String() != tt.out_ || rec.Header().Get("Content-Type") != tt.ct {
			t.Errorf("%s: answer is %d %s %s, want %d %s %s", tt.name, rec.Code, rec.Header().Get("Content-Type"), rec.Body, tt.status, tt.ct, tt.out_)
		}
	}
}

func TestServeURLWithIAM(t *testing.T) {
	t.Parallel()
	var event string
	s, id := urlServer(t, &CreateFunctionUrlConfigRequest{AuthType: "AWS_IAM"}, func(t *Task) (*Outcome, error) {
		event = string(t.Payload)
		return &Outcome{Payload: []byte(`1`)}, nil
	})
	s.allowURL() // names NONE: does not permit
	if rec := s.request(id, httptest.NewRequest("GET", "/", nil), awsapi.Caller{}); rec.Code != 403 {
		t.Errorf("unsigned: %d", rec.Code)
	}
	caller := awsapi.Caller{Kind: awsapi.Session, Account: "999999999999", ARN: "arn:aws:sts::999999999999:assumed-role/r/s", RoleARN: "arn:aws:iam::999999999999:role/r", UserID: "AROA:s", AccessKey: "ASIA1"}
	if rec := s.request(id, httptest.NewRequest("GET", "/", nil), caller); rec.Code != 403 {
		t.Errorf("not permitted: %d", rec.Code)
	}
	if rec := s.request(id, httptest.NewRequest("GET", "/", nil), awsapi.RootCaller(testAccount)); rec.Code != 200 {
		t.Errorf("permitted: %d %s", rec.Code, rec.Body)
	}
	if !strings.Contains(event, `"accountId":"123456789012"`) || !strings.Contains(event, `"authorizer":{"iam":{`) {
		t.Errorf("event does not name the caller: %s", event)
	}
}

func TestServeURLStream(t *testing.T) {
	t.Parallel()
	var contentType string
	var chunks []string
	s, id := urlServer(t, &CreateFunctionUrlConfigRequest{AuthType: "NONE", InvokeMode: new("RESPONSE_STREAM")}, func(t *Task) (*Outcome, error) {
		if err := t.Stream.Start(contentType); err != nil {
			return nil, err
		}
		for _, c := range chunks {
			if _, err := t.Stream.Write([]byte(c)); err != nil {
				return nil, err
			}
		}
		return &Outcome{Streamed: true}, nil
	})
	s.allowURL()
	contentType, chunks = "text/html", []string{"<p>", "1"}
	if rec := s.request(id, httptest.NewRequest("GET", "/", nil), awsapi.Caller{}); rec.Code != 200 || rec.Body.String() != "<p>1" || rec.Header().Get("Content-Type") != "text/html" || !rec.Flushed {
		t.Errorf("plain stream: %d %v %s", rec.Code, rec.Header(), rec.Body)
	}
	contentType, chunks = streamedHTTP, []string{`{"statusCode":418,"hea`, `ders":{"x-a":"b"},"cookies":["k=v"]}` + "\x00\x00\x00", "\x00\x00\x00\x00\x00te", "a"}
	if rec := s.request(id, httptest.NewRequest("GET", "/", nil), awsapi.Caller{}); rec.Code != 418 || rec.Body.String() != "tea" || rec.Header().Get("X-A") != "b" || rec.Header().Get("Set-Cookie") != "k=v" {
		t.Errorf("stream with status: %d %v %s", rec.Code, rec.Header(), rec.Body)
	}
	chunks = []string{"no json" + string(delimiter)}
	if rec := s.request(id, httptest.NewRequest("GET", "/", nil), awsapi.Caller{}); rec.Code != 502 {
		t.Errorf("bad prelude: %d %s", rec.Code, rec.Body)
	}
}

func TestServeURLCors(t *testing.T) {
	t.Parallel()
	ran := 0
	s, id := urlServer(t, &CreateFunctionUrlConfigRequest{AuthType: "NONE", Cors: &Cors{
		AllowOrigins: []string{"https://*.example.com"}, AllowMethods: []string{"GET", "PUT"}, AllowHeaders: []string{"x-a"}, ExposeHeaders: []string{"x-b"}, MaxAge: new(int64(5)), AllowCredentials: new(true),
	}}, func(*Task) (*Outcome, error) {
		ran++
		return &Outcome{Payload: []byte(`{"statusCode":200,"headers":{"access-control-allow-origin":"evil"}}`)}, nil
	})
	s.allowURL()
	pre := httptest.NewRequest("OPTIONS", "/", nil)
	pre.Header = http.Header{"Origin": {"https://a.example.com"}, "Access-Control-Request-Method": {"PUT"}}
	rec := s.request(id, pre, awsapi.Caller{})
	want := http.Header{
		"Access-Control-Allow-Origin": {"https://a.example.com"}, "Vary": {"Origin"}, "Access-Control-Allow-Credentials": {"true"}, "Access-Control-Allow-Methods": {"GET,PUT"},
		"Access-Control-Allow-Headers": {"x-a"}, "Access-Control-Max-Age": {"5"}, "Content-Length": {"0"},
	}
	rec.Header().Del("X-Amzn-Requestid")
	delete(rec.Header(), "x-amzn-RequestId")
	if rec.Code != 200 || ran != 0 || !reflect.DeepEqual(rec.Header(), want) {
		t.Errorf("preflight: %d, function ran %d times, %v", rec.Code, ran, rec.Header())
	}
	get := httptest.NewRequest("GET", "/", nil)
	get.Header.Set("Origin", "https://a.example.com")
	if h := s.request(id, get, awsapi.Caller{}).Header(); h.Get("Access-Control-Allow-Origin") != "https://a.example.com" || h.Get("Access-Control-Expose-Headers") != "x-b" || ran != 1 {
		t.Errorf("request: %v", h)
	}
	get.Header.Set("Origin", "https://evil.com")
	if h := s.request(id, get, awsapi.Caller{}).Header(); h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another origin: %v", h)
	}
}
