package server

import (
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/gateway"
	"github.com/lambdagate/lambdagate/internal/lambda"
	"github.com/lambdagate/lambdagate/internal/metrics"
	"github.com/lambdagate/lambdagate/internal/metrics/series"
)

// apiMetrics records deployed APIs' requests as CloudWatch's AWS/ApiGateway.
type apiMetrics struct{ set *series.Set }

// Columns of an apiMeter.
const (
	apiCount = iota
	api4XX
	api5XX
	apiLatency
	apiIntegrationLatency
	apiCacheHit
	apiCacheMiss
)

func (a apiMetrics) Meter(of gateway.Metered) gateway.Meter {
	name := metricName(of.APIName, of.APIID)
	sets := []metrics.Dimensions{{"ApiName", name}, {"ApiName", name, "Stage", of.Stage}}
	if of.Method != "" {
		sets = append(sets, metrics.Dimensions{"ApiName", name, "Stage", of.Stage, "Resource", of.Resource, "Method", of.Method})
	}
	r := metrics.Recorder{Set: a.set, Place: series.Place{Account: of.Account, Region: of.Region}, Namespace: metrics.APIGateway}
	return (*apiMeter)(a.set.Source([]series.Column{
		apiCount:              r.Column("Count", metrics.Count, sets...),
		api4XX:                r.Column("4XXError", metrics.Count, sets...),
		api5XX:                r.Column("5XXError", metrics.Count, sets...),
		apiLatency:            r.Column("Latency", metrics.Milliseconds, sets...),
		apiIntegrationLatency: r.Column("IntegrationLatency", metrics.Milliseconds, sets...),
		apiCacheHit:           r.Column("CacheHitCount", metrics.Count, sets...),
		apiCacheMiss:          r.Column("CacheMissCount", metrics.Count, sets...),
	}))
}

// metricName is an API's name as a dimension. AWS: without what is not ASCII;
// the id where nothing is left.
func metricName(name, id string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, name)
	if name == "" {
		return id
	}
	return name
}

type apiMeter series.Source

// Count records one request. AWS: errors are 0 or 1 for each request, so that
// their average is the error rate.
func (m *apiMeter) Count(c gateway.Measurement) {
	r := (*series.Source)(m).Begin(c.End)
	defer r.End()
	r.Add(apiCount, 1)
	r.Add(api4XX, oneIf(c.Status >= 400 && c.Status < 500))
	r.Add(api5XX, oneIf(c.Status >= 500))
	r.Add(apiLatency, milliseconds(c.Latency))
	if c.Integrated {
		r.Add(apiIntegrationLatency, milliseconds(c.IntegrationLatency))
	}
	if c.CacheHit || c.CacheMiss {
		r.Add(apiCacheHit, oneIf(c.CacheHit))
		r.Add(apiCacheMiss, oneIf(c.CacheMiss))
	}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// milliseconds are whole microseconds, written as milliseconds.
func milliseconds(d time.Duration) float64 { return float64(d.Round(time.Microsecond)) / 1e6 }

// functionMetrics records invocations as CloudWatch's AWS/Lambda.
type functionMetrics struct{ set *series.Set }

// Columns of a functionMeter.
const (
	fnInvocations = iota
	fnErrors
	fnThrottles
	fnDuration
	fnConcurrent
	fnAccountConcurrent
	fnUnreserved
	fnProvisioned
	fnProvisionedInvocations
	fnSpillover
	fnUtilization
	fnAsyncReceived
	fnAsyncAge
	fnAsyncDropped
	fnDeadLetterErrors
	fnDestinationFailures
)

// functionMeter records for one qualifier of a function, and its version.
type functionMeter struct {
	source      *series.Source
	provisioned int64
}

func (f functionMetrics) Meter(of lambda.Metered) lambda.Meter {
	name, resource := metrics.Dimensions{"FunctionName", of.Function}, metrics.Dimensions{"FunctionName", of.Function, "Resource", of.Function}
	if of.Qualifier != "" {
		resource[3] += ":" + of.Qualifier
	}
	own, all := []metrics.Dimensions{name, resource}, metrics.Dimensions{}
	if of.Weighted {
		own = append(own, append(resource[:4:4], "ExecutedVersion", of.Version))
	}
	every := append(own[:len(own):len(own)], all)
	r := metrics.Recorder{Set: f.set, Place: series.Place{Account: of.Account, Region: of.Region}, Namespace: metrics.Lambda}
	return &functionMeter{provisioned: of.Provisioned, source: f.set.Source([]series.Column{
		fnInvocations:            r.Column("Invocations", metrics.Count, every...),
		fnErrors:                 r.Column("Errors", metrics.Count, every...),
		fnThrottles:              r.Column("Throttles", metrics.Count, every...),
		fnDuration:               r.Column("Duration", metrics.Milliseconds, every...),
		fnConcurrent:             r.Column("ConcurrentExecutions", metrics.Count, name),
		fnAccountConcurrent:      r.Column("ConcurrentExecutions", metrics.Count, all),
		fnUnreserved:             r.Column("UnreservedConcurrentExecutions", metrics.Count, all),
		fnProvisioned:            r.Column("ProvisionedConcurrentExecutions", metrics.Count, own...),
		fnProvisionedInvocations: r.Column("ProvisionedConcurrencyInvocations", metrics.Count, own...),
		fnSpillover:              r.Column("ProvisionedConcurrencySpilloverInvocations", metrics.Count, own...),
		fnUtilization:            r.Column("ProvisionedConcurrencyUtilization", metrics.Count, own...),
		fnAsyncReceived:          r.Column("AsyncEventsReceived", metrics.Count, own...),
		fnAsyncAge:               r.Column("AsyncEventAge", metrics.Milliseconds, own...),
		fnAsyncDropped:           r.Column("AsyncEventsDropped", metrics.Count, own...),
		fnDeadLetterErrors:       r.Column("DeadLetterErrors", metrics.Count, own...),
		fnDestinationFailures:    r.Column("DestinationDeliveryFailures", metrics.Count, own...),
	})}
}

// Count records one event. AWS: a throttled request is no invocation; errors and
// throttles are 0 for those that went well.
func (m *functionMeter) Count(c lambda.Measurement) {
	r := m.source.Begin(c.End)
	defer r.End()
	if c.Invocations > 0 {
		r.Add(fnInvocations, 1)
		r.Add(fnErrors, float64(c.Errors))
		r.Add(fnThrottles, 0)
		r.Add(fnDuration, milliseconds(c.Duration))
		m.concurrency(r, c.Running)
	}
	if c.Throttles > 0 {
		r.Add(fnThrottles, 1)
	}
	if c.AsyncEvent {
		r.Add(fnAsyncAge, milliseconds(c.AsyncEventAge))
	}
	for column, n := range [...]int{
		fnAsyncReceived: c.AsyncEventsReceived, fnAsyncDropped: c.AsyncEventsDropped,
		fnDeadLetterErrors: c.DeadLetterErrors, fnDestinationFailures: c.DestinationDeliveryFailures,
	} {
		if n > 0 {
			r.Add(column, float64(n))
		}
	}
}

func (m *functionMeter) concurrency(r series.Record, n lambda.Running) {
	r.Add(fnConcurrent, float64(n.Function))
	r.Add(fnAccountConcurrent, float64(n.Account))
	if n.Unreserved > 0 {
		r.Add(fnUnreserved, float64(n.Unreserved))
	}
	if m.provisioned > 0 {
		used := min(n.Provisioned, m.provisioned)
		r.Add(fnProvisioned, float64(used))
		r.Add(fnUtilization, float64(used)/float64(m.provisioned))
		r.Add(fnProvisionedInvocations, oneIf(n.Provisioned <= m.provisioned))
		r.Add(fnSpillover, oneIf(n.Provisioned > m.provisioned))
	}
}
