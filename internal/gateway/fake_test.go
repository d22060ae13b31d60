package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/policy"
)

const (
	testAPI       = "abc123defg"
	testRequestID = "00000000-1111-4222-8333-444444444444"
	testTrace     = "Root=1-67890abc-0123456789abcdef01234567"
)

var testTime = time.Date(2026, 3, 4, 19, 15, 17, 0, time.UTC)

// world is what surrounds a gateway in tests: functions in the place of
// services.
type world struct {
	mu        sync.Mutex
	stages    map[stageKey]*apigateway.LiveStage
	invoke    func(ctx context.Context, in *Invocation) (*InvocationResult, error)
	stream    func(ctx context.Context, in *Invocation) (io.ReadCloser, error)
	assume    func(role string) (*Identity, error)
	creds     map[string]*Identity
	policies  map[string][]*policy.Policy // by ARN
	keys      map[string]*apigateway.ApiKey
	plans     map[string]*apigateway.UsagePlan // by key id
	used      map[string]int64
	lines     map[string][]LogLine // by group
	measured  []measured
	calls     []Invocation
	endpoints map[string]string
}

func newWorld() *world {
	return &world{
		stages: make(map[stageKey]*apigateway.LiveStage), creds: make(map[string]*Identity),
		policies: make(map[string][]*policy.Policy), keys: make(map[string]*apigateway.ApiKey),
		plans: make(map[string]*apigateway.UsagePlan), used: make(map[string]int64), lines: make(map[string][]LogLine),
		endpoints: make(map[string]string),
	}
}

func (w *world) LiveStage(api, stage string) (*apigateway.LiveStage, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l, ok := w.stages[stageKey{api, stage}]
	return l, ok
}

func (w *world) StagesOf(api string) (names []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for k := range w.stages {
		if k.api == api {
			names = append(names, k.stage)
		}
	}
	return names
}

// flush counts one flush of the stage's caches.
func (w *world) flush(g *Gateway) {
	w.mu.Lock()
	l := *w.stages[stageKey{testAPI, "test"}]
	l.CacheFlushes++
	l.AuthorizerFlushes++
	w.stages[stageKey{testAPI, "test"}] = &l
	w.mu.Unlock()
	g.StageChanged(testAPI, "test")
}

func (w *world) Invoke(ctx context.Context, in *Invocation) (*InvocationResult, error) {
	w.mu.Lock()
	c := *in
	c.Payload = slices.Clone(in.Payload)
	w.calls = append(w.calls, c)
	f := w.invoke
	w.mu.Unlock()
	if f == nil {
		return nil, &ServiceError{Code: "ResourceNotFoundException", Status: 404, Message: "Function not found"}
	}
	return f(ctx, in)
}

func (w *world) InvokeStream(ctx context.Context, in *Invocation) (io.ReadCloser, error) {
	return w.stream(ctx, in)
}

func (w *world) AssumeRole(_ context.Context, role, _, _, _ string) (*Identity, error) {
	if w.assume == nil {
		return nil, ErrNotTrusted
	}
	return w.assume(role)
}

func (w *world) Credential(key, _ string) (*Identity, bool) {
	id, ok := w.creds[key]
	return id, ok
}

func (w *world) Policies(id *Identity, r *policy.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.Identity = w.policies[id.ARN]
}

func (w *world) APIKeyFor(_, v string) (*apigateway.ApiKey, bool) { k, ok := w.keys[v]; return k, ok }

func (w *world) UsagePlan(keyID, api, stage string) (*apigateway.UsagePlan, bool) {
	p, ok := w.plans[keyID]
	if !ok {
		return nil, false
	}
	for _, s := range p.ApiStages {
		if value(s.ApiId) == api && value(s.Stage) == stage {
			return p, true
		}
	}
	return nil, false
}

func (w *world) Use(p *apigateway.UsagePlan, key string, _ time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.Quota != nil && w.used[key] >= value(p.Quota.Limit) {
		return false
	}
	w.used[key]++
	return true
}

func (w *world) AppendLogs(group, _, _, _ string, lines []LogLine) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines[group] = append(w.lines[group], lines...)
}

func (w *world) Meter(of Metered) Meter { return worldMeter{w, of} }

// worldMeter notes what it is told.
type worldMeter struct {
	w  *world
	of Metered
}

func (m worldMeter) Count(c Measurement) {
	m.w.mu.Lock()
	defer m.w.mu.Unlock()
	m.w.measured = append(m.w.measured, measured{m.of, c})
}

type measured struct {
	Metered
	Measurement
}

func (w *world) invocations() []Invocation {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls)
}

// gateway returns a gateway in this world, its clock standing still.
func (w *world) gateway(t testing.TB, change ...func(*Config)) *Gateway {
	c := Config{
		Stages: w, Keys: w, Invoker: w, Identities: w, Logs: w, Metrics: w, KeepExecutions: true,
		Now:      func() time.Time { return testTime },
		Endpoint: func(service, _ string) string { return w.endpoints[service] },
	}
	for _, f := range change {
		f(&c)
	}
	g := New(c)
	t.Cleanup(g.Close)
	return g
}

// deploy puts a snapshot onto a stage.
func (w *world) deploy(stage *apigateway.Stage, s *apigateway.Snapshot) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stages[stageKey{s.RestApi.Id, stage.StageName}] = &apigateway.LiveStage{Stage: stage, Deployment: s}
}

// returns makes every function return a payload.
func (w *world) returns(payload string) {
	w.invoke = func(context.Context, *Invocation) (*InvocationResult, error) {
		return &InvocationResult{Status: 200, Payload: []byte(payload), ExecutedVersion: "$LATEST", RequestID: "lambda-request"}, nil
	}
}

// fails makes every function fail with a payload.
func (w *world) fails(payload string) {
	w.invoke = func(context.Context, *Invocation) (*InvocationResult, error) {
		return &InvocationResult{Status: 200, Payload: []byte(payload), FunctionError: "Unhandled", RequestID: "lambda-request"}, nil
	}
}

// snapshot completes a deployment given as JSON.
func snapshot(t testing.TB, text string) *apigateway.Snapshot {
	t.Helper()
	s := &apigateway.Snapshot{Account: "123456789012", Region: "us-east-1", DeploymentID: "dep001"}
	if err := json.Unmarshal([]byte(text), s); err != nil {
		t.Fatalf("snapshot: %v\n%s", err, text)
	}
	if s.RestApi == nil {
		s.RestApi = &apigateway.RestApi{}
	}
	if s.RestApi.Id == "" {
		s.RestApi.Id = testAPI
	}
	for i, r := range s.Resources {
		if r.Id == "" {
			r.Id = fmt.Sprintf("res%03d", i)
		}
	}
	return s
}

// methodOn is the JSON of a snapshot with one resource and one method.
func methodOn(path, verb, method string) string {
	return fmt.Sprintf(`{"resources":[{"path":%q,"resourceMethods":{%q:%s}}]}`, path, verb, method)
}

// parseHTTP reads a request with the header names as they are.
func parseHTTP(t testing.TB, raw string) (*http.Request, []HeaderField) {
	t.Helper()
	raw = strings.ReplaceAll(strings.ReplaceAll(raw, "\r\n", "\n"), "\n", "\r\n")
	headText, body, _ := strings.Cut(raw, "\r\n\r\n")
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(headText + "\r\n\r\n")))
	if err != nil {
		t.Fatalf("request: %v\n%s", err, raw)
	}
	body = strings.TrimSuffix(body, "\r\n")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.RemoteAddr = "203.0.113.7:50000"
	var head []HeaderField
	for _, line := range strings.Split(headText, "\r\n")[1:] {
		name, v, _ := strings.Cut(line, ":")
		head = append(head, field(name, strings.TrimSpace(v)))
	}
	return r, head
}

// do sends a request in HTTP/1.1's form and returns the response.
func do(t testing.TB, g *Gateway, raw string) *httptest.ResponseRecorder {
	t.Helper()
	r, head := parseHTTP(t, raw)
	path, query, _ := strings.Cut(r.RequestURI, "?")
	target, ok := g.Resolve(r.Host, path)
	if !ok {
		t.Fatalf("not for the gateway: %s", r.RequestURI)
	}
	target.RawQuery, target.Head = query, head
	w := httptest.NewRecorder()
	g.Serve(w, r, target)
	return w
}

// get is do for a GET of a path behind the stage "test".
func get(t testing.TB, g *Gateway, path string, head ...string) *httptest.ResponseRecorder {
	t.Helper()
	return do(t, g, request("GET", path, "", head...))
}

// request writes a request.
func request(verb, path, body string, head ...string) string {
	s := verb + " /test" + path + " HTTP/1.1\nHost: " + testAPI + ".execute-api.us-east-1.amazonaws.com\n"
	for _, h := range head {
		s += h + "\n"
	}
	return s + "\n" + body
}

// dump is a response as text, what changes from run to run replaced.
func dump(w *httptest.ResponseRecorder) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d\n", w.Code)
	h := w.Result().Header
	for _, name := range sortedKeys(h) {
		for _, v := range h[name] {
			if name == "x-amz-apigw-id" {
				v = fmt.Sprintf("(%d characters)", len(v))
			}
			fmt.Fprintf(&b, "%s: %s\n", name, v)
		}
	}
	b.WriteString("\n" + w.Body.String() + "\n")
	return b.String()
}
