package requests

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/gateway"
)

const (
	account = "123456789012"
	group   = "arn:aws:logs:us-east-1:123456789012:log-group:API-Gateway-Execution-Logs_"
)

// api is one with a proxied function, a mock with mapping, and a method behind
// an authorizer.
const api = `{"restApi": {"id": "abc123defg", "name": "Pets"}, "resources": [
	{"id": "r1", "path": "/pets", "resourceMethods": {"POST": {"httpMethod": "POST", "authorizationType": "NONE", "methodIntegration":
		{"type": "AWS_PROXY", "httpMethod": "POST", "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:pets/invocations"}}}},
	{"id": "r2", "path": "/mock/{id}", "resourceMethods": {"GET": {"httpMethod": "GET", "authorizationType": "NONE", "methodIntegration":
		{"type": "MOCK", "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
		 "integrationResponses": {"200": {"statusCode": "200", "responseTemplates": {"application/json": "{\"id\": \"$input.params('id')\", \"v\": \"$stageVariables.v\"}"}}}},
		"methodResponses": {"200": {"statusCode": "200"}}}}},
	{"id": "r3", "path": "/locked", "resourceMethods": {"GET": {"httpMethod": "GET", "authorizationType": "CUSTOM", "authorizerId": "auth1", "methodIntegration":
		{"type": "MOCK", "requestTemplates": {"application/json": "{\"statusCode\": 200}"}, "integrationResponses": {"200": {"statusCode": "200"}}},
		"methodResponses": {"200": {"statusCode": "200"}}}}}],
	"authorizers": [{"id": "auth1", "name": "a", "type": "TOKEN", "identitySource": "method.request.header.X-Token", "authorizerResultTtlInSeconds": 300,
		"authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:guard/invocations"}]}`

// world is what surrounds a service in tests.
type world struct {
	gateway *gateway.Gateway
	service *Service

	mu      sync.Mutex
	stages  map[[2]string]*apigateway.LiveStage
	answer  string              // of functions
	allowed map[string]bool     // groups
	log     map[string][]string // by invocation
}

func newWorld(t testing.TB) *world {
	w := &world{stages: map[[2]string]*apigateway.LiveStage{}, allowed: map[string]bool{}, answer: `{"statusCode": 200, "body": "fine"}`}
	for _, stage := range []string{"test", "prod"} {
		w.deploy(t, "abc123defg", stage, account)
		w.allowed[group+"abc123defg/"+stage+":*"] = true
	}
	w.deploy(t, "other12345", "test", "999999999999")
	w.gateway = gateway.New(gateway.Config{Stages: w, Invoker: w, KeepExecutions: true})
	t.Cleanup(w.gateway.Close)
	w.service = New(Config{Gateway: w.gateway, Authorize: w, FunctionLog: func(_ context.Context, _ *awsapi.Call, in Invocation) ([]string, error) {
		if strings.HasSuffix(in.Function, "guard") {
			return nil, errors.New("not for you")
		}
		return []string{"START " + in.RequestID, "hello"}, nil
	}})
	return w
}

func (w *world) deploy(t testing.TB, id, stage, account string) {
	t.Helper()
	s := &apigateway.Snapshot{Account: account, Region: "us-east-1", DeploymentID: "dep" + stage}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(api, "abc123defg", id)), s); err != nil {
		t.Fatal(err)
	}
	w.stages[[2]string{id, stage}] = &apigateway.LiveStage{Stage: &apigateway.Stage{StageName: stage, Variables: map[string]string{"v": stage}}, Deployment: s}
}

func (w *world) LiveStage(api, stage string) (*apigateway.LiveStage, bool) {
	l, ok := w.stages[[2]string{api, stage}]
	return l, ok
}

func (w *world) StagesOf(string) []string { return nil }

func (w *world) Invoke(_ context.Context, in *gateway.Invocation) (*gateway.InvocationResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := &gateway.InvocationResult{Status: 200, Payload: []byte(w.answer), ExecutedVersion: "$LATEST", RequestID: "invocation-1"}
	if strings.HasSuffix(in.Function, "guard") {
		effect := "Allow"
		if strings.Contains(string(in.Payload), "wrong-token") {
			effect = "Deny"
		}
		out.Payload = []byte(`{"principalId": "somebody-known", "policyDocument": {"Version": "2012-10-17", "Statement": [{"Sid": "All", "Effect": "` + effect + `", "Action": "execute-api:Invoke", "Resource": "*"}]}}`)
	}
	return out, nil
}

// answers sets what functions return.
func (w *world) answers(payload string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = payload
}

func (w *world) Authorize(_ context.Context, call *awsapi.Call, action, resource string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if action == "logs:FilterLogEvents" && call.Service == "logs" && w.allowed[resource] {
		return nil
	}
	return awsapi.Errorf(403, "AccessDeniedException", "may not %s on %s", action, resource)
}

func (w *world) allow(resource string, allowed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.allowed[resource] = allowed
}

// send sends a request to an API's stage and returns its id.
func (w *world) send(t testing.TB, verb, stage, path, body string, head ...string) string {
	t.Helper()
	return w.sendTo(t, "abc123defg", verb, stage, path, body, head...)
}

func (w *world) sendTo(t testing.TB, api, verb, stage, path, body string, head ...string) string {
	t.Helper()
	r := httptest.NewRequest(verb, "http://localhost/", strings.NewReader(body))
	path, query, _ := strings.Cut(path, "?")
	target := gateway.Target{APIID: api, Stage: stage, RawPath: path, RawQuery: query, SourceIP: "198.51.100.7", Head: []gateway.HeaderField{{Name: "Host", Value: "localhost"}}}
	for _, h := range head {
		name, value, _ := strings.Cut(h, ": ")
		target.Head = append(target.Head, gateway.HeaderField{Name: name, Value: value})
	}
	rec := httptest.NewRecorder()
	w.gateway.Serve(rec, r, target)
	for name, values := range rec.Result().Header {
		if strings.EqualFold(name, "x-amzn-RequestId") {
			return values[0]
		}
	}
	t.Fatal("no request id")
	return ""
}

func callOf(account string) *awsapi.Call {
	return &awsapi.Call{Region: "us-east-1", Caller: awsapi.RootCaller(account), SourceIP: "192.0.2.1"}
}

func (w *world) door(account string) *Door {
	return &Door{Service: w.service, Prefix: "/requests/", Call: func(*http.Request) (*awsapi.Call, error) { return callOf(account), nil }}
}

// post calls the door and returns status and body.
func (w *world) post(t testing.TB, account, operation, input string) (int, string) {
	t.Helper()
	rec := httptest.NewRecorder()
	w.door(account).ServeHTTP(rec, httptest.NewRequest("POST", "/requests/"+operation, strings.NewReader(input)))
	b, err := io.ReadAll(rec.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return rec.Code, strings.TrimSpace(string(b))
}
