package server

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/gateway"
	"github.com/lambdagate/lambdagate/internal/lambda"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// running returns a server in dev mode that keeps nothing.
func running(t *testing.T) *Server {
	t.Helper()
	c := DefaultConfig()
	c.Listen, c.MemoryOnly, c.LogLevel, c.Runtimes.Prestart = "127.0.0.1:0", true, "error", 0
	s, err := New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

// scrape returns the samples of /_lambdagate/metrics by name and labels, as
// Prometheus reads them.
func scrape(t *testing.T, s *Server) map[string]float64 {
	t.Helper()
	resp, err := http.Get(s.URL() + "/_lambdagate/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for name, f := range families {
		for _, m := range f.Metric {
			key := name
			for _, l := range m.Label {
				if l.GetValue() != "" {
					key += " " + l.GetName() + "=" + l.GetValue()
				}
			}
			switch {
			case m.Counter != nil:
				all[key] = m.Counter.GetValue()
			case m.Gauge != nil:
				all[key] = m.Gauge.GetValue()
			case m.Summary != nil:
				all[key+" count"], all[key+" sum"] = float64(m.Summary.GetSampleCount()), m.Summary.GetSampleSum()
			}
		}
	}
	return all
}

func TestPrometheus(t *testing.T) {
	t.Parallel()
	s := running(t)
	now := time.Now()
	of := gateway.Metered{Account: "1", Region: "r", APIID: "id", APIName: "Päts\n", Stage: "test"}
	api := apiMetrics{s.metrics.Set()}
	api.Meter(of).Count(gateway.Measurement{End: now, Status: 404, Latency: 2 * time.Millisecond})
	of.Method, of.Resource = "GET", "/a"
	api.Meter(of).Count(gateway.Measurement{End: now, Status: 200, Latency: 4 * time.Millisecond, Integrated: true, IntegrationLatency: 3 * time.Millisecond, CacheMiss: true})
	fn := functionMetrics{s.metrics.Set()}.Meter(lambda.Metered{Account: "1", Region: "r", Function: "f", Qualifier: "live", Version: "2", Weighted: true, Provisioned: 1})
	fn.Count(lambda.Measurement{End: now, Invocations: 1, Errors: 1, Duration: 1500 * time.Millisecond, Running: lambda.Running{Function: 2, Account: 3, Provisioned: 2}})
	fn.Count(lambda.Measurement{End: now, Throttles: 1})
	if err := s.metrics.Set().Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := scrape(t, s)
	stage, method, function := " account=1 api=Pts region=r stage=test", " account=1 api=Pts method=GET region=r resource=/a stage=test", " account=1 function=f region=r resource=f:live"
	for key, want := range map[string]float64{
		"lambdagate_api_requests_total" + stage: 2, "lambdagate_api_requests_total" + method: 1,
		"lambdagate_api_4xx_total" + stage: 1, "lambdagate_api_4xx_total" + method: 0,
		"lambdagate_api_cache_misses_total" + stage: 1, "lambdagate_api_cache_hits_total" + stage: 0,
		"lambdagate_api_latency_seconds" + stage + " sum": 0.006, "lambdagate_api_latency_seconds" + stage + " count": 2,
		"lambdagate_api_integration_latency_seconds" + method + " sum": 0.003,
		"lambdagate_function_invocations_total" + function:             1, "lambdagate_function_errors_total" + function: 1,
		"lambdagate_function_throttles_total" + function: 1, "lambdagate_function_duration_seconds" + function + " sum": 1.5,
		"lambdagate_environments state=invoking": 0, "lambdagate_async_queue_depth": 0,
	} {
		if v, ok := got[key]; !ok || v != want {
			t.Errorf("%s is %v (there: %v), want %v", key, v, ok, want)
		}
	}
	// Two commits: the seal key's mark at the first start, and the flush.
	if got["lambdagate_store_commits_total"] != 2 || got["go_goroutines"] < 1 {
		t.Errorf("the server's own numbers are missing: %v", got)
	}
}

func TestWhoMayScrape(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, mode, token, from, header, value string
		allowed                                bool
	}{
		{"dev", "dev", "", "127.0.0.1:1", "", "", true},
		{"loopback", "serve", "", "127.0.0.1:1", "", "", true},
		{"loopback 6", "serve", "", "[::1]:1", "", "", true},
		{"elsewhere", "serve", "", "192.0.2.1:1", "", "", false},
		{"elsewhere through a proxy here", "serve", "", "127.0.0.1:1", "X-Forwarded-For", "192.0.2.1", false},
		{"no token", "serve", "secret", "127.0.0.1:1", "", "", false},
		{"another token", "serve", "secret", "192.0.2.1:1", "Authorization", "Bearer secre", false},
		{"not as bearer", "serve", "secret", "192.0.2.1:1", "Authorization", "secret", false},
		{"token", "serve", "secret", "192.0.2.1:1", "Authorization", "Bearer secret", true},
	} {
		s := &Server{config: Config{Mode: tt.mode, MetricsToken: tt.token}}
		r := httptest.NewRequest("GET", "/_lambdagate/metrics", nil)
		r.RemoteAddr = tt.from
		if tt.header != "" {
			r.Header.Set(tt.header, tt.value)
		}
		if got := s.mayScrape(r); got != tt.allowed {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.allowed)
		}
	}
}

// TestMetersAllocateNothing: counting a request and an invocation is free of
// garbage.
func TestMetersAllocateNothing(t *testing.T) {
	s := running(t)
	api := apiMetrics{s.metrics.Set()}.Meter(gateway.Metered{Account: "1", Region: "r", APIID: "id", Stage: "test"})
	fn := functionMetrics{s.metrics.Set()}.Meter(lambda.Metered{Account: "1", Region: "r", Function: "f"})
	now := time.Now()
	count := func() {
		api.Count(gateway.Measurement{End: now, Status: 200, Latency: time.Millisecond, Integrated: true, IntegrationLatency: time.Millisecond})
		fn.Count(lambda.Measurement{End: now, Invocations: 1, Duration: time.Millisecond, Running: lambda.Running{Function: 1, Account: 1, Unreserved: 1}})
	}
	count()
	if n := testing.AllocsPerRun(200, count); n > 0.5 { // the minute may end, and another part of the source be taken
		t.Errorf("counting allocates %v times", n)
	}
}

// TestCloudWatchDoors: each protocol finds the service without credentials' help,
// and answers in kind.
func TestCloudWatchDoors(t *testing.T) {
	t.Parallel()
	s := running(t)
	auth := "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=00"
	for _, tt := range []struct {
		name, path, body, want, kind string
		header                       []string
	}{
		{"query", "/", "Action=ListMetrics&Version=2010-08-01&NextToken=%21", "<Code>InvalidNextToken</Code>", "text/xml", []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"json", "/", `{"NextToken":"!"}`, `{"__type":"InvalidNextToken","message":"Invalid nextToken"}`, "application/x-amz-json-1.0", []string{"X-Amz-Target", "GraniteServiceVersion20100801.ListMetrics"}},
		{"cbor", "/service/GraniteServiceVersion20100801/operation/ListMetrics", "\xa1\x69NextToken\x61!", "InvalidNextToken", "application/cbor", []string{"Smithy-Protocol", "rpc-v2-cbor"}},
	} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", s.URL()+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", auth)
		r.Header.Set("X-Amz-Date", "20260101T000000Z")
		r.Header.Set("X-Amzn-Query-Mode", "true")
		r.Header.Set(tt.header[0], tt.header[1])
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		query := resp.Header.Get("X-Amzn-Query-Error")
		if err != nil || resp.StatusCode != 400 || !strings.Contains(string(body), tt.want) || resp.Header.Get("Content-Type") != tt.kind || tt.name != "query" && query != "InvalidNextToken;Sender" {
			t.Errorf("%s: %d %v %q, %v", tt.name, resp.StatusCode, resp.Header, body, err)
		}
	}
}
