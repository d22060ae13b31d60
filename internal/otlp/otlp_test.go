package otlp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/gateway"
)

var start = time.Date(2026, 3, 4, 19, 15, 17, 123456000, time.UTC)

// execution is one of a function behind an authorizer.
func execution(change ...func(*gateway.Execution)) *gateway.Execution {
	ms := func(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }
	e := &gateway.Execution{
		Summary: gateway.Summary{
			RequestID: "9f1c0000-0000-4000-8000-000000000001", Account: "123456789012", Region: "us-east-1", APIID: "abc", APIName: "Pets", Stage: "test",
			DeploymentID: "dep", Start: start, Method: "GET", Path: "/pets/7", ResourcePath: "/pets/{id}", SourceIP: "198.51.100.7", Status: 200, Latency: ms(20),
			Trace: "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0", OwnSpan: true,
			Integration: "AWS_PROXY", Target: "arn:aws:lambda:us-east-1:123456789012:function:pets:live", TargetRequestID: "invocation-2",
		},
		Steps: []gateway.Step{
			{Kind: gateway.StepAuthorizerStart, Text: "auth1", At: ms(1)},
			{Kind: gateway.StepRequestURI, Text: "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:guard/invocations", At: ms(1)},
			{Kind: gateway.StepSending, At: ms(1)},
			{Kind: gateway.StepAuthorizerRequestID, Text: "invocation-1", At: ms(4)},
			{Kind: gateway.StepAuthorizerDone, At: ms(4), Took: ms(3)},
			{Kind: gateway.StepDecision, Text: "allowed", At: ms(4)},
			{Kind: gateway.StepStart, At: ms(5)},
			{Kind: gateway.StepHeaders, At: ms(6)},
			{Kind: gateway.StepSending, At: ms(7)},
			{Kind: gateway.StepReceived, Status: 200, At: ms(17), Took: ms(10)},
			{Kind: gateway.StepReplyHeaders, At: ms(18)},
			{Kind: gateway.StepCompleted, At: ms(20)},
		},
	}
	for _, f := range change {
		f(e)
	}
	return e
}

// collector is a fake one: it takes what is well formed by OTLP's schema.
type collector struct {
	t      testing.TB
	mu     sync.Mutex
	spans  []span
	asked  int
	head   http.Header
	answer func(n int, w http.ResponseWriter) bool // true: answered
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	if c.answer != nil && c.answer(c.asked, w) {
		return
	}
	c.head = r.Header
	b, err := io.ReadAll(r.Body)
	if r.Method != "POST" || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/json" || err != nil {
		c.t.Errorf("%s %s %s %v", r.Method, r.URL.Path, r.Header, err)
	}
	spans, err := checked(b)
	if err != nil {
		c.t.Errorf("%v in %s", err, b)
	}
	c.spans = append(c.spans, spans...)
	fmt.Fprint(w, "{}")
}

func (c *collector) received() []span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.spans)
}

var (
	traceForm = regexp.MustCompile(`^[0-9a-f]{32}$`)
	spanForm  = regexp.MustCompile(`^[0-9a-f]{16}$`)
)

// checked decodes a request and checks what the schema demands.
func checked(b []byte) ([]span, error) {
	var r request
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return nil, err
	}
	if len(r.ResourceSpans) != 1 || len(r.ResourceSpans[0].ScopeSpans) != 1 || r.ResourceSpans[0].Resource.Attributes[0].Key != "service.name" {
		return nil, fmt.Errorf("not one resource with one scope: %+v", r)
	}
	spans := r.ResourceSpans[0].ScopeSpans[0].Spans
	for _, s := range spans {
		from, err1 := strconv.ParseUint(s.Start, 10, 64)
		to, err2 := strconv.ParseUint(s.End, 10, 64)
		if !traceForm.MatchString(s.TraceID) || !spanForm.MatchString(s.SpanID) || s.ParentSpanID != "" && !spanForm.MatchString(s.ParentSpanID) ||
			s.Name == "" || s.Kind < 1 || s.Kind > 5 || err1 != nil || err2 != nil || to < from || s.Status.Code < 0 || s.Status.Code > 2 {
			return nil, fmt.Errorf("a span is not as OTLP has it: %+v", s)
		}
		for _, a := range s.Attributes {
			n := 0
			for _, set := range []bool{a.Value.String != nil, a.Value.Int != "", a.Value.Bool != nil} {
				if set {
					n++
				}
			}
			if a.Key == "" || n != 1 {
				return nil, fmt.Errorf("attribute %+v", a)
			}
		}
	}
	return spans, nil
}

func open(t *testing.T, c *collector, change ...func(*Config)) *Exporter {
	t.Helper()
	c.t = t
	srv := httptest.NewServer(c)
	t.Cleanup(srv.Close)
	config := Config{Endpoint: srv.URL + "/", Service: "shop", Headers: map[string]string{"X-Key": "k"}, Delay: 5 * time.Millisecond, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	for _, f := range change {
		f(&config)
	}
	return Open(config)
}

// TestExport: the spans of one execution as the collector gets them.
func TestExport(t *testing.T) {
	t.Parallel()
	c := &collector{}
	x := open(t, c)
	x.Trace(execution())
	if err := x.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	parents := map[string]string{"": "-"}
	for _, s := range c.received() {
		parents[s.SpanID] = s.Name
	}
	for _, s := range c.received() {
		from, _ := strconv.ParseInt(s.Start, 10, 64)
		to, _ := strconv.ParseInt(s.End, 10, 64)
		got = append(got, fmt.Sprintf("%s kind %d in %s at %s for %s", s.Name, s.Kind, parents[s.ParentSpanID], time.Duration(from-start.UnixNano()), time.Duration(to-from)))
		if s.TraceID != "5759e988bd862e3fe1be46a994272793" {
			t.Error(s.TraceID)
		}
	}
	want := []string{
		"GET /pets/{id} kind 2 in - at 0s for 20ms",
		"authorize and admit kind 1 in GET /pets/{id} at 0s for 5ms",
		"invoke guard kind 3 in authorize and admit at 1ms for 3ms",
		"validate kind 1 in GET /pets/{id} at 5ms for 1ms",
		"map request kind 1 in GET /pets/{id} at 6ms for 1ms",
		"invoke pets kind 3 in GET /pets/{id} at 7ms for 10ms",
		"map response kind 1 in GET /pets/{id} at 17ms for 1ms",
		"respond kind 1 in GET /pets/{id} at 18ms for 2ms",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	server := c.received()[0]
	if server.SpanID != "53995c3f42cd8ad8" || server.Status != (status{}) || text(server, "http.route") != "/pets/{id}" || text(server, "url.path") != "/test/pets/7" || text(server, "http.response.status_code") != "200" {
		t.Errorf("%+v", server)
	}
	if call := c.received()[5]; text(call, "faas.invoked_name") != "pets" || text(call, "aws.lambda.request_id") != "invocation-2" {
		t.Errorf("%+v", call)
	}
	if len(server.Events) != 1 || server.Events[0].Name != "decision" {
		t.Error(server.Events)
	}
	if c.head.Get("X-Key") != "k" || x.Sent() != 1 || x.Dropped() != 0 {
		t.Error(c.head, x.Sent(), x.Dropped())
	}
}

func text(s span, key string) string {
	for _, a := range s.Attributes {
		if a.Key == key && a.Value.String != nil {
			return *a.Value.String
		} else if a.Key == key {
			return a.Value.Int
		}
	}
	return ""
}

func TestFailures(t *testing.T) {
	t.Parallel()
	spans := spansOf(execution(func(e *gateway.Execution) {
		e.Status, e.Error, e.ResponseType = 504, "Execution failed due to a timeout error", "INTEGRATION_TIMEOUT"
		e.Target = "https://example.com:8443/a"
		e.Steps[9] = gateway.Step{Kind: gateway.StepFailure, Text: e.Error, At: 17 * time.Millisecond}
		e.Steps = slices.Delete(e.Steps, 10, 11)
	}))
	if s := spans[0]; s.Status != (status{2, "Execution failed due to a timeout error"}) || s.Events[1].Name != "failure" || text(s, "error.type") != "INTEGRATION_TIMEOUT" {
		t.Errorf("%+v", s)
	}
	if s := spans[5]; s.Name != "call example.com:8443" || s.Status.Code != 2 || text(s, "server.address") != "example.com" || text(s, "url.full") != "https://example.com:8443/a" {
		t.Errorf("%+v", s)
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	own := derived("id", "span", 8)
	const root, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	for _, c := range []struct {
		name, trace, traceparent string
		own                      bool
		want                     traceContext
	}{
		{"made here", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0", "", true, traceContext{"5759e988bd862e3fe1be46a994272793", "53995c3f42cd8ad8", "", true}},
		{"of the client", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", "", false, traceContext{"5759e988bd862e3fe1be46a994272793", own, "53995c3f42cd8ad8", true}},
		{"a root of another form", "Root=whatever;Parent=x;Sampled=1", "", false, traceContext{derived("whatever", "trace", 16), own, "", true}},
		{"W3C", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0", "00-" + root + "-" + parent + "-01", true, traceContext{root, "53995c3f42cd8ad8", parent, true}},
		{"W3C, not sampled", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0", "00-" + root + "-" + parent + "-00", true, traceContext{root, "53995c3f42cd8ad8", parent, false}},
		{"W3C of a later version", "Root=w;Parent=x", "01-" + root + "-" + parent + "-01-more", false, traceContext{root, own, parent, true}},
		{"W3C that is not well formed", "Root=w;Parent=x", "00-" + strings.ToUpper(root) + "-" + parent + "-01", false, traceContext{derived("w", "trace", 16), own, "", true}},
		{"W3C of zeros", "Root=w;Parent=x", "00-" + strings.Repeat("0", 32) + "-" + parent + "-01", false, traceContext{derived("w", "trace", 16), own, "", true}},
		{"W3C with too much", "Root=w;Parent=x", "00-" + root + "-" + parent + "-01-more", false, traceContext{derived("w", "trace", 16), own, "", true}},
		{"W3C, version ff", "Root=w;Parent=x", "ff-" + root + "-" + parent + "-01", false, traceContext{derived("w", "trace", 16), own, "", true}},
	} {
		e := &gateway.Execution{Summary: gateway.Summary{RequestID: "id", Trace: c.trace, OwnSpan: c.own}}
		if c.traceparent != "" {
			e.Steps = []gateway.Step{{Kind: gateway.StepHeaders, Fields: []gateway.HeaderField{{Name: "TraceParent", Value: c.traceparent}}}}
		}
		if got := contextOf(e); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if (spansOf(e) != nil) != c.want.sampled {
			t.Error(c.name, "sampled")
		}
	}
}

// TestCollectorAway: nobody waits, what does not fit is counted, and the rest
// arrives when the collector is back.
func TestCollectorAway(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	c := &collector{answer: func(n int, _ http.ResponseWriter) bool {
		if n == 1 {
			<-release
		}
		return false
	}}
	x := open(t, c)
	for range maxQueue + 3*maxBatch {
		x.Trace(execution())
	}
	dropped := x.Dropped()
	if dropped < 1 {
		t.Error("nothing was dropped")
	}
	close(release)
	if err := x.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if x.Dropped() != dropped || x.Sent()+dropped != maxQueue+3*maxBatch || len(c.received()) != int(x.Sent())*8 {
		t.Error(x.Sent(), x.Dropped(), dropped, len(c.received()))
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		status  func(n int) int
		asked   int
		sent    int64
		dropped int64
	}{
		{"busy once", func(n int) int { return map[int]int{1: 503}[n] }, 2, 1, 0},
		{"refused", func(int) int { return 400 }, 1, 0, 1},
		{"busy always", func(int) int { return 429 }, 3, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &collector{answer: func(n int, w http.ResponseWriter) bool {
				if s := tt.status(n); s != 0 {
					w.WriteHeader(s)
					return true
				}
				return false
			}}
			x := open(t, c)
			x.Trace(execution())
			for deadline := time.Now().Add(time.Minute); x.Sent()+x.Dropped() == 0; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("neither sent nor dropped")
				}
			}
			if err := x.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if c.asked != tt.asked || x.Sent() != tt.sent || x.Dropped() != tt.dropped {
				t.Errorf("asked %d times, %d sent, %d dropped", c.asked, x.Sent(), x.Dropped())
			}
		})
	}
}

// TestCloseIsBounded: a collector that never answers does not keep the server.
func TestCloseIsBounded(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	c := &collector{answer: func(int, http.ResponseWriter) bool { <-release; return true }}
	x := open(t, c)
	t.Cleanup(func() { close(release) })
	x.Trace(execution())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := x.Close(ctx); err != nil || time.Since(began) > 30*time.Second {
		t.Error(err, time.Since(began))
	}
	if x.Dropped() != 1 {
		t.Error(x.Dropped())
	}
}

func FuzzContext(f *testing.F) {
	f.Add("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	f.Add("Root=;Parent=", "--")
	f.Fuzz(func(t *testing.T, trace, traceparent string) {
		c := contextOf(&gateway.Execution{
			Summary: gateway.Summary{RequestID: "id", Trace: trace},
			Steps:   []gateway.Step{{Kind: gateway.StepHeaders, Fields: []gateway.HeaderField{{Name: "traceparent", Value: traceparent}}}},
		})
		if !traceForm.MatchString(c.trace) || !spanForm.MatchString(c.span) || c.parent != "" && !spanForm.MatchString(c.parent) {
			t.Errorf("%+v", c)
		}
	})
}
