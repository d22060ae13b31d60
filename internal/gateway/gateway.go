package gateway

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// Config is what a Gateway is made of. Parts that are nil are not there: a
// gateway without an invoker serves APIs that call no functions.
type Config struct {
	Stages     stages
	Domains    domains
	Keys       apiKeys
	Invoker    invoker // may be a streamInvoker too
	Identities identities
	Logs       logSink
	Metrics    metrics
	Links      links

	// Endpoint returns the URL at which a service of AWS is called by service
	// integrations; nil or "" means that there is none.
	Endpoint func(service, region string) string
	// Subdomains puts the subdomain of an integration's URI in front of the
	// endpoint's host.
	Subdomains bool
	// CognitoIssuer returns the issuer of a user pool and the URL below which
	// its keys are; nil means AWS's.
	CognitoIssuer func(region, pool string) (issuer, keysAt string)

	// AccountRate and AccountBurst throttle all requests together, in requests
	// per second and requests. 0 does not.
	AccountRate, AccountBurst int
	// KeepExecutions keeps the last executions of each stage in memory.
	KeepExecutions bool
	// CacheBytes bounds the response cache of one stage; 0 means 64 MiB.
	CacheBytes int64
	// TLS is how HTTP endpoints are checked; nil means by the system's roots.
	TLS *tls.Config
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Gateway serves deployed REST APIs.
type Gateway struct {
	stages     stages
	domains    domains
	keys       apiKeys
	invoker    invoker
	identities identities
	logs       logSink
	metrics    metrics
	links      links
	endpoints  func(service, region string) string
	subdomains bool
	now        func() time.Time
	account    *bucket
	plans      usagePlans
	tokens     tokens
	recent     *recent
	cacheBytes int64
	tls        *tls.Config
	stream     string // log stream of this process

	mu    sync.RWMutex
	slots map[stageKey]*slot

	backendsMu sync.Mutex
	shared     *backends
	certified  map[string]*backends // by client certificate
}

// New returns a gateway.
func New(c Config) *Gateway {
	g := &Gateway{
		stages: c.Stages, domains: c.Domains, keys: c.Keys, invoker: c.Invoker, identities: c.Identities,
		logs: c.Logs, metrics: c.Metrics, links: c.Links, endpoints: c.Endpoint, subdomains: c.Subdomains, now: c.Now,
		cacheBytes: c.CacheBytes, tls: c.TLS, slots: make(map[stageKey]*slot), certified: make(map[string]*backends),
		stream: fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64()),
	}
	if g.now == nil {
		g.now = time.Now
	}
	if g.cacheBytes == 0 {
		g.cacheBytes = 64 << 20
	}
	if g.tls == nil {
		g.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if c.AccountRate > 0 {
		g.account = newBucket(new(float64(c.AccountRate)), new(int64(max(c.AccountBurst, 1))))
	}
	if c.KeepExecutions {
		g.recent = &recent{}
	}
	g.tokens = tokens{issuer: c.CognitoIssuer, client: &http.Client{Timeout: 10 * time.Second}, sets: make(map[string]*keySet)}
	if g.tokens.issuer == nil {
		g.tokens.issuer = cognitoIssuer
	}
	g.shared = newBackends(g.tls)
	return g
}

// Close ends what is kept open towards backends. Requests have to be done.
func (g *Gateway) Close() {
	g.backendsMu.Lock()
	defer g.backendsMu.Unlock()
	g.shared.close()
	for _, b := range g.certified {
		b.close()
	}
	g.tokens.client.CloseIdleConnections()
}

// Serve answers a request for a deployed API.
func (g *Gateway) Serve(w http.ResponseWriter, r *http.Request, t Target) {
	x := g.newExchange(r.Context())
	defer x.release()
	defer x.finish()
	if err := x.execute(r, t); err != nil {
		x.fail(err)
	}
	x.seal()
	x.write(w)
}

// execute runs the request, from finding its plan on. A panic is a fault of
// ours; the client gets the neutral 500.
func (x *exchange) execute(r *http.Request, t Target) (err error) {
	defer func() {
		if p := recover(); p != nil {
			slog.Error("request panicked", "request", x.ids.request, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = misconfigured("There was an internal error while executing your request")
		}
	}()
	if err := x.read(r, t); err != nil {
		return err
	}
	if err := x.findPlan(); err != nil {
		return err
	}
	x.begin()
	return x.run()
}

// findPlan picks the plan that answers the request: the stage's deployment, or
// for some of the requests that of its canary release.
func (x *exchange) findPlan() error {
	s := x.g.served(stageKey{x.target.APIID, x.target.Stage})
	if s == nil {
		return forbidden()
	}
	if s.err != nil {
		return internal(s.err)
	}
	x.plan = s.main
	if s.canary != nil && rand.Float64()*100 < s.percent {
		x.plan = s.canary
	}
	if x.plan.disabled && !x.target.Custom {
		return forbidden()
	}
	return nil
}

// forbidden is the answer for a stage that does not exist. It is no gateway
// response and so cannot be customised.
func forbidden() error {
	f := refuse(invalidAPIKey, "Forbidden")
	f.fixed = true
	return f
}

// begin starts the record of the execution, if anybody wants it.
func (x *exchange) begin() {
	switch {
	case x.g.recent != nil:
		x.record = x.g.recent.take()
	case x.test || x.g.logs != nil && x.plan.logs:
		x.record = &Execution{}
	default:
		return
	}
	p, e := x.plan, x.record
	e.RequestID, e.ExtendedRequestID, e.Start = x.ids.request, x.ids.extended, x.start
	e.APIID, e.Stage, e.DeploymentID, e.Region, e.Canary = p.apiID, p.stageName, p.id, p.region, p.isCanary
	e.Method, e.Path, e.SourceIP = x.verb, x.path, x.sourceIP
}

// finish tells those who want to know how the request went.
func (x *exchange) finish() {
	if x.plan == nil {
		return
	}
	x.latency = x.g.now().Sub(x.start)
	x.measure()
	x.finishRecord()
	if x.plan.access != nil && x.g.logs != nil && !x.test {
		p := x.plan
		x.g.logs.AppendLogs(p.access.group, x.g.stream, p.account, p.region, []LogLine{p.access.line(x)})
	}
}

func (x *exchange) measure() {
	if x.g.metrics == nil || x.test {
		return
	}
	p := x.plan
	m := &Measurement{
		Account: p.account, Region: p.region, APIID: p.apiID, APIName: value(p.source.RestApi.Name), Stage: p.stageName,
		Detailed: x.settings().metrics, Status: x.status, Latency: x.latency, IntegrationLatency: x.answer.latency,
		Integrated: x.answer.called, CacheHit: x.cache.hit, CacheMiss: x.cache.miss,
	}
	if x.method != nil {
		m.Method, m.Resource = x.method.verb, x.method.resource.Path
	}
	x.g.metrics.Observe(m)
}

// finishRecord completes the record, writes the execution log of it, and keeps
// it.
func (x *exchange) finishRecord() {
	e := x.record
	if e == nil {
		return
	}
	e.Status, e.Latency, e.IntegrationLatency = x.status, x.latency, x.answer.latency
	if x.method != nil {
		e.ResourceID, e.ResourcePath, e.ConfiguredMethod = x.method.resource.Id, x.method.resource.Path, x.method.verb
	}
	if x.failed != nil {
		e.ResponseType = types[x.failed.kind].name
	}
	e.step(StepCompleted, x.start).Status = x.status
	if x.answer.requestID != "" && !x.test {
		x.note(StepEndpointRequestID, x.answer.requestID)
	}
	if value(x.plan.stage.TracingEnabled) {
		x.note(StepTrace, x.ids.trace.root())
	}
	if x.test {
		return
	}
	if s := x.settings(); s.logLevel != logOff && x.g.logs != nil && x.logged() {
		if lines := e.logLines(s.logLevel, s.dataTrace); len(lines) > 0 {
			x.g.logs.AppendLogs("API-Gateway-Execution-Logs_"+e.APIID+"/"+e.Stage, x.g.stream, x.plan.account, e.Region, lines)
		}
	}
	x.record = nil
	if x.g.recent != nil {
		x.g.recent.keep(e)
	}
}

// logged reports whether the execution log tells of the request. AWS: not of
// those without a route, those that are too large, and those whose identity
// sources are missing.
func (x *exchange) logged() bool {
	if x.method == nil {
		return false
	}
	if f := x.failed; f != nil && f.early {
		switch f.kind {
		case requestTooLarge:
			return false
		case unauthorized:
			return x.record.has(StepUnauthorized)
		}
	}
	return true
}

// slot is one stage that has been asked for.
type slot struct {
	live atomic.Pointer[served]

	mu          sync.Mutex // held while the stage is compiled
	deployments []*deployment
	cache       *cache
	cacheSize   string
}

// served returns what a stage answers with, nil if there is no such stage. A
// stage is compiled when it is first asked for.
func (g *Gateway) served(key stageKey) *served {
	g.mu.RLock()
	s := g.slots[key]
	g.mu.RUnlock()
	if s != nil {
		if v := s.live.Load(); v != nil {
			return v
		}
	}
	return g.load(key)
}

func (g *Gateway) load(key stageKey) *served {
	g.mu.Lock()
	s := g.slots[key]
	if s == nil {
		s = &slot{}
		g.slots[key] = s
	}
	g.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.live.Load(); v != nil {
		return v
	}
	return g.compileLocked(key, s)
}

// compileLocked reads the stage as it is now and publishes its plan.
func (g *Gateway) compileLocked(key stageKey, s *slot) *served {
	var live *apigateway.LiveStage
	ok := false
	if g.stages != nil {
		live, ok = g.stages.LiveStage(key.api, key.stage)
	}
	if !ok || live.Deployment == nil {
		s.live.Store(nil)
		g.mu.Lock()
		if g.slots[key] == s {
			delete(g.slots, key)
		}
		g.mu.Unlock()
		return nil
	}
	v := g.compile(s, live)
	s.live.Store(v)
	return v
}

// compile turns a stage into plans. What has been compiled of the same
// deployments before is used again.
func (g *Gateway) compile(s *slot, live *apigateway.LiveStage) *served {
	known := s.deployments
	s.deployments = nil
	deploymentOf := func(snapshot *apigateway.Snapshot) (*deployment, error) {
		for _, d := range known {
			if d.source == snapshot {
				s.deployments = append(s.deployments, d)
				return d, nil
			}
		}
		d, err := compileDeployment(snapshot)
		if err == nil {
			s.deployments = append(s.deployments, d)
		}
		return d, err
	}
	d, err := deploymentOf(live.Deployment)
	if err != nil {
		return &served{err: err}
	}
	v := &served{main: g.compileStage(d, live, false)}
	v.main.cache = g.stageCache(s, live.Stage)
	if live.Canary == nil {
		return v
	}
	c, err := deploymentOf(live.Canary)
	if err != nil {
		return &served{err: err}
	}
	v.canary = g.compileStage(c, live, true)
	v.canary.cache = v.main.cache
	if cs := live.Stage.CanarySettings; cs != nil {
		v.percent = value(cs.PercentTraffic)
		if value(cs.UseStageCache) {
			v.canary.cacheScope = v.main.cacheScope
		}
	}
	return v
}

// stageCache returns the stage's cache, which outlives its plans.
func (g *Gateway) stageCache(s *slot, st *apigateway.Stage) *cache {
	if !value(st.CacheClusterEnabled) {
		s.cache = nil
		return nil
	}
	if size := value(st.CacheClusterSize); s.cache == nil || s.cacheSize != size {
		s.cache, s.cacheSize = newCache(cacheBytes(size, g.cacheBytes)), size
	}
	return s.cache
}

// StageChanged compiles a stage anew if it is being served. When it returns,
// every later request is answered from the stage as it is now.
func (g *Gateway) StageChanged(apiID, stage string) {
	key := stageKey{apiID, stage}
	g.mu.RLock()
	s := g.slots[key]
	g.mu.RUnlock()
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g.compileLocked(key, s)
}

// FlushStageCache empties the response cache of a stage.
func (g *Gateway) FlushStageCache(apiID, stage string) {
	if s := g.served(stageKey{apiID, stage}); s != nil && s.main != nil && s.main.cache != nil {
		s.main.cache.flush()
	}
}

// FlushStageAuthorizersCache forgets what authorizers have said on a stage.
func (g *Gateway) FlushStageAuthorizersCache(apiID, stage string) {
	s := g.served(stageKey{apiID, stage})
	if s == nil {
		return
	}
	for _, p := range [...]*plan{s.main, s.canary} {
		if p == nil {
			continue
		}
		for _, a := range p.authorizers {
			a.results.flush(stage)
		}
	}
}

// Check reports why a snapshot cannot be served.
func Check(s *apigateway.Snapshot) error {
	_, err := compileDeployment(s)
	return err
}

// Recent returns a stage's executions after that time, oldest first, as far as
// they are kept. They are copies; secrets are masked.
func (g *Gateway) Recent(apiID, stage string, after time.Time) []*Execution {
	if g.recent == nil {
		return nil
	}
	return g.recent.since(stageKey{apiID, stage}, after)
}

// Follow returns the executions of a stage from now on. One who does not read
// them misses some. stop has to be called; it closes the channel.
func (g *Gateway) Follow(apiID, stage string) (executions <-chan *Execution, stop func()) {
	if g.recent == nil {
		c := make(chan *Execution)
		return c, sync.OnceFunc(func() { close(c) })
	}
	return g.recent.follow(stageKey{apiID, stage})
}

// backends are how a stage's integrations reach HTTP endpoints.
func (g *Gateway) backends(st *apigateway.Stage) *backends {
	id := value(st.ClientCertificateId)
	if id == "" || g.links == nil {
		return g.shared
	}
	cert, ok := g.links.ClientCertificate(id)
	if !ok {
		return g.shared
	}
	g.backendsMu.Lock()
	defer g.backendsMu.Unlock()
	b := g.certified[id]
	if b == nil {
		config := g.tls.Clone()
		config.Certificates = []tls.Certificate{*cert}
		b = newBackends(config)
		g.certified[id] = b
	}
	return b
}

// assume takes on a role for an account's API.
func (g *Gateway) assume(ctx context.Context, role, account string) (*Identity, error) {
	if g.identities == nil {
		return nil, ErrNotTrusted
	}
	return g.identities.AssumeRole(ctx, role, account, roleSession)
}

func (g *Gateway) endpoint(service, region string) string {
	if g.endpoints == nil {
		return ""
	}
	return g.endpoints(service, region)
}
