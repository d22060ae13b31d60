package server

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lambdagate/lambdagate/internal/metrics"
	"github.com/lambdagate/lambdagate/internal/metrics/series"
	"github.com/lambdagate/lambdagate/internal/sandbox"
	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// prometheusHandler serves /_lambdagate/metrics: the numbers of APIs and
// functions since the start of this process, and its own.
func (s *Server) prometheusHandler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		usageCollector{s.metrics.Set()}, serverCollector{s},
	)
	serve := promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 30 * time.Second})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.mayScrape(r) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="lambdagate metrics"`)
			http.Error(w, "lambdagate: metrics are for loopback, or for those who send the metrics_token of the settings as a bearer token", http.StatusUnauthorized)
			return
		}
		serve.ServeHTTP(w, r)
	})
}

// mayScrape admits dev mode's clients, which the guard let in; in serve mode who
// has the token or, where none is set, who asks from this machine itself.
func (s *Server) mayScrape(r *http.Request) bool {
	if s.config.Mode == "dev" {
		return true
	}
	if want := s.config.MetricsToken; want != "" {
		got, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
		return ok && subtle.ConstantTimeCompare(a[:], b[:]) == 1
	}
	if r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" { // a proxy on this machine asks for others
		return false
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && isLoopback(host)
}

// sample is how a metric of CloudWatch is called here: a counter, or a summary
// of durations in seconds.
type sample struct {
	desc    *prometheus.Desc
	summary bool
	scale   float64
}

// labels of samples, and the dimensions that they come from.
var (
	apiLabels      = []string{"account", "region", "api", "stage", "resource", "method"}
	apiDimensions  = []string{"ApiName", "Stage", "Resource", "Method"}
	functionLabels = []string{"account", "region", "function", "resource"}
	fnDimensions   = []string{"FunctionName", "Resource"}
)

func counter(name, help string, labels []string) sample {
	return sample{prometheus.NewDesc(name, help, labels, nil), false, 1}
}

func duration(name, help string, labels []string) sample {
	return sample{prometheus.NewDesc(name, help, labels, nil), true, 1e-3}
}

var samples = map[string]map[string]sample{
	metrics.APIGateway: {
		"Count":              counter("lambdagate_api_requests_total", "Requests to deployed APIs.", apiLabels),
		"4XXError":           counter("lambdagate_api_4xx_total", "Requests that were answered with 4xx.", apiLabels),
		"5XXError":           counter("lambdagate_api_5xx_total", "Requests that were answered with 5xx.", apiLabels),
		"CacheHitCount":      counter("lambdagate_api_cache_hits_total", "Requests answered from a stage's cache.", apiLabels),
		"CacheMissCount":     counter("lambdagate_api_cache_misses_total", "Requests that a stage's cache had no answer for.", apiLabels),
		"Latency":            duration("lambdagate_api_latency_seconds", "Time from a request to the end of its answer.", apiLabels),
		"IntegrationLatency": duration("lambdagate_api_integration_latency_seconds", "Time that backends took.", apiLabels),
	},
	metrics.Lambda: {
		"Invocations":                 counter("lambdagate_function_invocations_total", "Invocations that ran.", functionLabels),
		"Errors":                      counter("lambdagate_function_errors_total", "Invocations that ended with a function error.", functionLabels),
		"Throttles":                   counter("lambdagate_function_throttles_total", "Invocations refused for lack of concurrency.", functionLabels),
		"Duration":                    duration("lambdagate_function_duration_seconds", "Time that the function's code took.", functionLabels),
		"AsyncEventsReceived":         counter("lambdagate_function_async_events_received_total", "Events queued for the function.", functionLabels),
		"AsyncEventsDropped":          counter("lambdagate_function_async_events_dropped_total", "Events given up.", functionLabels),
		"AsyncEventAge":               duration("lambdagate_function_async_event_age_seconds", "Age of events when the function gets them.", functionLabels),
		"DeadLetterErrors":            counter("lambdagate_function_dead_letter_errors_total", "Events that the dead-letter target did not take.", functionLabels),
		"DestinationDeliveryFailures": counter("lambdagate_function_destination_failures_total", "Records that a destination did not take.", functionLabels),
	},
}

// usageCollector shows what APIs and functions record: APIs by stage, functions
// by what was invoked (a name, or a name and a qualifier).
type usageCollector struct{ set *series.Set }

// Describe says nothing: there is one sample for each API and function.
func (usageCollector) Describe(chan<- *prometheus.Desc) {}

func (u usageCollector) Collect(out chan<- prometheus.Metric) {
	u.set.Totals(func(id series.ID, count, sum float64) {
		s, ok := samples[id.Namespace][id.Name]
		labels := usageLabels(id)
		if !ok || labels == nil {
			return
		}
		if s.summary {
			out <- prometheus.MustNewConstSummary(s.desc, uint64(count), sum*s.scale, nil, labels...)
			return
		}
		out <- prometheus.MustNewConstMetric(s.desc, prometheus.CounterValue, sum, labels...)
	})
}

// usageLabels are the labels of a series, nil for one that is not shown. Series
// of stages have a resource and method of "" and count all of the stage's
// requests; those of methods with detailed metrics stand beside them.
func usageLabels(id series.ID) []string {
	names := apiDimensions
	if id.Namespace == metrics.Lambda {
		names = fnDimensions
	}
	labels := []string{id.Account, id.Region}
	for _, name := range names {
		labels = append(labels, strings.ToValidUTF8(id.Dimension(name), "?"))
	}
	if labels[3] == "" || id.Dimension("ExecutedVersion") != "" { // neither a stage nor a function's resource
		return nil
	}
	return labels
}

// serverCollector shows how the server itself is.
type serverCollector struct{ s *Server }

var (
	environmentsDesc  = prometheus.NewDesc("lambdagate_environments", "Execution environments by state.", []string{"state"}, nil)
	residentDesc      = prometheus.NewDesc("lambdagate_environments_resident_bytes", "Memory that execution environments hold.", nil, nil)
	runningDesc       = prometheus.NewDesc("lambdagate_events_in_flight", "Events that run or wait for an environment.", nil, nil)
	queueDesc         = prometheus.NewDesc("lambdagate_async_queue_depth", "Events that wait for their function.", nil, nil)
	commitsDesc       = prometheus.NewDesc("lambdagate_store_commits_total", "Commits of documents.", nil, nil)
	commitErrorsDesc  = prometheus.NewDesc("lambdagate_store_commit_errors_total", "Commits that failed, conflicts included.", nil, nil)
	commitSecondsDesc = prometheus.NewDesc("lambdagate_store_commit_seconds", "Time that commits took.", nil, nil)
	logLinesDesc      = prometheus.NewDesc("lambdagate_log_lines_total", "Log lines taken.", nil, nil)
	logDroppedDesc    = prometheus.NewDesc("lambdagate_log_lines_dropped_total", "Log lines dropped because the buffer was full.", nil, nil)
	seriesDesc        = prometheus.NewDesc("lambdagate_metric_series", "Series of metrics that are kept.", nil, nil)
	seriesDroppedDesc = prometheus.NewDesc("lambdagate_metric_values_dropped_total", "Values dropped because there are too many series.", nil, nil)
	uptimeDesc        = prometheus.NewDesc("lambdagate_uptime_seconds", "Time since the start.", nil, nil)
)

// Describe says nothing, as usageCollector's.
func (serverCollector) Describe(chan<- *prometheus.Desc) {}

// queueTimeout bounds the question how long the queue is.
const queueTimeout = 2 * time.Second

func (c serverCollector) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v int64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v))
	}
	c.environments(gauge)
	ctx, cancel := context.WithTimeout(context.Background(), queueTimeout)
	defer cancel()
	if n, err := c.s.store.Pending(ctx, "lambda/async"); err == nil {
		gauge(queueDesc, float64(n))
	}
	counted := &c.s.commits
	count(commitsDesc, counted.commits.Load())
	count(commitErrorsDesc, counted.failed.Load())
	out <- prometheus.MustNewConstSummary(commitSecondsDesc, uint64(counted.commits.Load()), time.Duration(counted.nanoseconds.Load()).Seconds(), nil)
	logs := c.s.store.LogStats()
	count(logLinesDesc, logs.Appended)
	count(logDroppedDesc, logs.Dropped)
	gauge(seriesDesc, float64(c.s.metrics.Set().Len()))
	count(seriesDroppedDesc, c.s.metrics.Set().Dropped())
	gauge(uptimeDesc, time.Since(c.s.started).Seconds())
}

func (c serverCollector) environments(gauge func(*prometheus.Desc, float64, ...string)) {
	stats := sandbox.Stats{}
	if c.s.sandbox != nil {
		stats = c.s.sandbox.Stats()
	}
	for state, n := range stats.Environments {
		gauge(environmentsDesc, float64(n), state)
	}
	gauge(residentDesc, float64(stats.Resident))
	gauge(runningDesc, float64(stats.Events))
}

// commitCount counts the commits of a store.
type commitCount struct{ commits, failed, nanoseconds atomic.Int64 }

// countedStore is a store whose commits are counted.
type countedStore struct {
	store.Store
	count *commitCount
}

func (c countedStore) Commit(ctx context.Context, changes ...store.Change) (store.Revision, error) {
	start := time.Now()
	rev, err := c.Store.Commit(ctx, changes...)
	c.count.commits.Add(1)
	c.count.nanoseconds.Add(int64(time.Since(start)))
	if err != nil {
		c.count.failed.Add(1)
	}
	return rev, err
}
