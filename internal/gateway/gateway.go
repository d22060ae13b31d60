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
	Traces     traces
	Streams    streams
	Links      links

	// Endpoint returns the URL at which a service of AWS is called by service
	// integrations; nil or "" means that there is none.
	Endpoint func(service, region string) string
	// LinkAddress returns the address (host:port) of a VPC link's target, by its
	// ARN, "" for the one in the integration's URI; nil does so always.
	LinkAddress func(targetARN string) string
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
	traces     traces
	streams    streams
	links      links
	endpoints  func(service, region string) string
	linkAt     func(targetARN string) string
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
		logs: c.Logs, metrics: c.Metrics, traces: c.Traces, streams: c.Streams, links: c.Links, endpoints: c.Endpoint, subdomains: c.Subdomains, linkAt: c.LinkAddress, now: c.Now,
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
	if x.plan.tracing {
		x.ids.trace.sample()
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
	case x.test || x.g.logs != nil && x.plan.logs || x.g.traces != nil:
		x.record = newRecord()
	default:
		return
	}
	p, e := x.plan, &x.record.about
	e.RequestID, e.ExtendedRequestID, e.Start = x.ids.request, x.ids.extended, x.start
	e.APIID, e.APIName, e.Stage, e.DeploymentID = p.apiID, value(p.source.RestApi.Name), p.stageName, p.id
	e.Account, e.Region, e.Canary = p.account, p.region, p.isCanary
	e.Method, e.Path, e.SourceIP, e.UserAgent = x.verb, x.path, x.sourceIP, x.userAgent()
	e.Trace, e.OwnSpan, e.Unsampled = x.ids.trace.text, x.ids.trace.own, x.ids.trace.off
}

// backends are how a stage's integrations reach HTTP endpoints.
func (g *Gateway) backends(apiID string, st *apigateway.Stage) *backends {
	id := value(st.ClientCertificateId)
	if id == "" || g.links == nil {
		return g.shared
	}
	cert, err := g.links.ClientCertificate(apiID, id)
	if err != nil {
		slog.Error("client certificate cannot be used", "api", apiID, "stage", st.StageName, "certificate", id, "error", err)
		return g.shared
	}
	g.backendsMu.Lock()
	defer g.backendsMu.Unlock()
	b := g.certified[id]
	if b == nil {
		config := g.tls.Clone()
		config.Certificates = []tls.Certificate{cert}
		b = newBackends(config)
		g.certified[id] = b
	}
	return b
}

// assume takes on a role for a method or authorizer of an account's API.
func (g *Gateway) assume(ctx context.Context, role, account, sourceARN string) (*Identity, error) {
	if g.identities == nil {
		return nil, ErrNotTrusted
	}
	return g.identities.AssumeRole(ctx, role, account, sourceARN, roleSession)
}

func (g *Gateway) linkAddress(target string) string {
	if g.linkAt == nil {
		return ""
	}
	return g.linkAt(target)
}

func (g *Gateway) endpoint(service, region string) string {
	if g.endpoints == nil {
		return ""
	}
	return g.endpoints(service, region)
}
