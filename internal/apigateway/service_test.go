package apigateway

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/sqlite"
)

// The account and region that tests act in unless they say otherwise.
const (
	testAccount = "111111111111"
	testRegion  = "us-east-1"
)

// testTime is when everything in tests happens: createdDate 1767323045.
var testTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// testServer is a Service behind the wire door, with ids that count up.
type testServer struct {
	*Service
	t    testing.TB
	wire *awsapi.Wire
	ids  atomic.Int64

	mu      sync.Mutex
	changed []string // what StageChanged said
	account string
	region  string
}

func newServer(t testing.TB) *testServer { return newServerWith(t, Config{}) }

func newServerWith(t testing.TB, c Config) *testServer {
	t.Helper()
	if c.Store == nil {
		c.Store = newStore(t, "")
	}
	c.Log = slog.New(slog.DiscardHandler)
	ts := &testServer{t: t, account: testAccount, region: testRegion}
	s, err := open(t.Context(), c, func(s *Service) {
		s.now = func() time.Time { return testTime }
		s.newID = func(n int) string { return fmt.Sprintf("%0*d", n, ts.ids.Add(1)) }
		s.newSecret = s.newID
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	ts.Service = s
	s.Attach(ts, nil)
	ts.wire = &awsapi.Wire{
		Registry:     awsapi.NewRegistry(c.Log, nil, nil, Operations.Bind(s)),
		Authenticate: nil,
	}
	return ts
}

func newStore(t testing.TB, dir string) store.Store {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

// StageChanged makes a testServer its own data plane.
func (ts *testServer) StageChanged(apiID, stage string) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.changed = append(ts.changed, apiID+"/"+stage)
}

func (ts *testServer) ctx() context.Context {
	return awsapi.WithCall(ts.t.Context(), &awsapi.Call{Region: ts.region, Caller: awsapi.RootCaller(ts.account)})
}

// do sends a request, such as "GET /restapis", and answers with status and
// body: `200 {"item":[]}`.
func (ts *testServer) do(request, body string) string {
	ts.t.Helper()
	verb, target, _ := strings.Cut(request, " ")
	r := httptest.NewRequest(verb, "http://localhost"+target, strings.NewReader(body))
	r.RequestURI = target
	w := httptest.NewRecorder()
	wire := *ts.wire
	wire.Authenticate = authenticateAs(ts.account)
	wire.Region = regionOf(ts.region)
	wire.ClientIP = clientIP
	wire.ServeService(w, r, "apigateway")
	out := fmt.Sprintf("%d %s", w.Code, strings.TrimSpace(w.Body.String()))
	if e := w.Header().Get("X-Amzn-Errortype"); e != "" {
		out = fmt.Sprintf("%d %s %s", w.Code, e, message(w.Body.String()))
	}
	return strings.TrimSpace(out)
}

func message(body string) string {
	var m struct{ Message string }
	if json.Unmarshal([]byte(body), &m) != nil {
		return body
	}
	return m.Message
}

// patch sends patchOperations, written "op path value" with the value optional.
func (ts *testServer) patch(target string, ops ...string) string {
	ts.t.Helper()
	return ts.do("PATCH "+target, patchBody(ops...))
}

func patchBody(ops ...string) string {
	list := []map[string]any{}
	for _, op := range ops {
		f := strings.SplitN(op, " ", 3)
		m := map[string]any{"op": f[0], "path": f[1]}
		if len(f) == 3 {
			if f[0] == "copy" {
				m["from"] = f[2]
			} else {
				m["value"] = f[2]
			}
		}
		list = append(list, m)
	}
	b, _ := json.Marshal(map[string]any{"patchOperations": list})
	return string(b)
}

// id sends a request that makes something and returns the id in the answer.
func (ts *testServer) id(request, body string) string {
	ts.t.Helper()
	answer := ts.do(request, body)
	var m struct {
		ID   string `json:"id"`
		Root string `json:"rootResourceId"`
	}
	_, object, _ := strings.Cut(answer, " ")
	if err := json.Unmarshal([]byte(object), &m); err != nil || m.ID == "" {
		ts.t.Fatalf("%s: %s", request, answer)
	}
	return m.ID
}

// api makes an API and returns the paths of the API and of its root resource.
func (ts *testServer) api(name string) (api, root string) {
	ts.t.Helper()
	id := ts.id("POST /restapis", `{"name":"`+name+`"}`)
	head, ok := ts.heads.get(scope{ts.account, ts.region}, id)
	if !ok {
		ts.t.Fatalf("API %s does not show", id)
	}
	return "/restapis/" + id, "/restapis/" + id + "/resources/" + *head.RootResourceId
}

// deployed makes an API with GET / as a mock, and a stage.
func (ts *testServer) deployed(stage string) (api string) {
	ts.t.Helper()
	api, root := ts.api("deployed")
	ts.must("PUT "+root+"/methods/GET", `{"authorizationType":"NONE"}`)
	ts.must("PUT "+root+"/methods/GET/integration", `{"type":"MOCK"}`)
	ts.must("POST "+api+"/deployments", `{"stageName":"`+stage+`"}`)
	return api
}

// must sends a request that has to succeed.
func (ts *testServer) must(request, body string) string {
	ts.t.Helper()
	answer := ts.do(request, body)
	if !strings.HasPrefix(answer, "2") {
		ts.t.Fatalf("%s %s\n%s", request, body, answer)
	}
	return answer
}

// expect compares an answer whole.
func (ts *testServer) expect(request, body, want string) {
	ts.t.Helper()
	if got := ts.do(request, body); got != want {
		ts.t.Errorf("%s %s\n got %s\nwant %s", request, body, got, want)
	}
}

// expectPatch compares the answer to an update whole.
func (ts *testServer) expectPatch(target, want string, ops ...string) {
	ts.t.Helper()
	ts.expect("PATCH "+target, patchBody(ops...), want)
}

func escape(s string) string { return url.PathEscape(s) }
