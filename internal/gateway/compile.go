package gateway

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// served is what a stage answers requests with: one plan, or two while a
// canary release runs. It is immutable.
type served struct {
	main    *plan
	canary  *plan
	percent float64 // of requests that the canary gets
	err     error   // why the stage cannot be served; main is nil then
}

// plan is one deployment on one stage: everything that a request is answered
// from. It is immutable, and a request sees one plan from start to end.
type plan struct {
	*deployment
	stage     *apigateway.Stage
	stageName string
	// defaultDomain is {apiId}.execute-api.{region}.amazonaws.com.
	defaultDomain string
	variables     map[string]string
	settings      []*settings // of each method, by its index
	throttles     []*bucket   // of each method, nil where not throttled
	sources       []string    // the source ARN of each method\'s calls
	canary        bool        // the stage has canary settings
	isCanary      bool        // and this is the canary's deployment
	cache         *cache      // nil without a cache cluster
	cacheScope    string      // of the keys: responses of another deployment are not used
	verdictScope  string      // of the keys of authorizers' verdicts
	logs          bool        // a method has an execution log
	tracing       bool        // the stage samples traces that clients do not decide on
	access        *accessLog  // nil without one
	meter         Meter       // of requests without a method; nil where nobody counts
	meters        []Meter     // of each method
	backends      *backends   // how integrations reach HTTP endpoints from here
}

// variable returns a stage variable.
func (p *plan) variable(name string) (string, bool) {
	v, ok := p.variables[name]
	return v, ok
}

// deployment is a compiled snapshot. It is immutable but for what is filled
// in at first use under a sync.Once.
type deployment struct {
	source      *apigateway.Snapshot
	apiID       string
	account     string
	region      string
	id          string
	routes      routes
	methods     []*method
	binary      mediaTypes
	compressAt  int64 // minimumCompressionSize, -1 for never
	disabled    bool  // disableExecuteApiEndpoint
	keySource   string
	policy      *resourcePolicy // nil without one
	schemas     schemas
	validators  map[string]*apigateway.RequestValidator
	authorizers map[string]*authorizer
	responses   [responseTypes]*gatewayResponse
	paths       pathCache
}

// method is one method of a resource. What its first request compiles is
// filled in once.
type method struct {
	*apigateway.Method
	api      *deployment
	resource *apigateway.Resource
	index    int
	verb     string // as configured: GET, ANY …

	once sync.Once
	compiled
}

// compiled is what a method's requests run.
type compiled struct {
	auth        authorization
	keyRequired bool
	required    []requiredParameter
	bodyModels  map[string]*schema // by content type; nil when bodies are not validated
	integration *integration       // nil when there is none
}

// ready compiles the method if this is its first request.
func (m *method) ready() *method {
	m.once.Do(func() {
		m.keyRequired = value(m.ApiKeyRequired)
		m.auth = m.api.authorizationOf(m)
		m.compileValidation()
		m.integration = compileIntegration(m)
	})
	return m
}

// hidesTrace reports whether the method's responses carry no X-Amzn-Trace-Id.
// AWS: not for MOCK and HTTP_PROXY.
func (m *method) hidesTrace() bool {
	return m != nil && m.integration != nil && m.integration.kind == httpProxy
}

// compileDeployment turns a snapshot into the form that requests run.
func compileDeployment(s *apigateway.Snapshot) (*deployment, error) {
	d := &deployment{
		source: s, apiID: s.RestApi.Id, account: s.Account, region: s.Region, id: s.DeploymentID,
		binary: mediaTypes(s.RestApi.BinaryMediaTypes), compressAt: -1,
		disabled: value(s.RestApi.DisableExecuteApiEndpoint), keySource: value(s.RestApi.ApiKeySource),
		validators: make(map[string]*apigateway.RequestValidator), authorizers: make(map[string]*authorizer),
	}
	if n := s.RestApi.MinimumCompressionSize; n != nil {
		d.compressAt = *n
	}
	var err error
	if d.policy, err = compileResourcePolicy(d, value(s.RestApi.Policy)); err != nil {
		return nil, fmt.Errorf("compile resource policy of %s: %w", d.apiID, err)
	}
	for _, v := range s.Validators {
		d.validators[v.Id] = v
	}
	for _, a := range s.Authorizers {
		d.authorizers[a.Id] = compileAuthorizer(d, a)
	}
	for _, g := range s.GatewayResponses {
		if t, ok := responseTypeNamed(g.ResponseType); ok {
			d.responses[t] = compileGatewayResponse(g)
		}
	}
	d.schemas.init(s)
	d.addResources(s.Resources)
	return d, nil
}

func (d *deployment) addResources(resources []*apigateway.Resource) {
	for _, r := range resources {
		if len(r.ResourceMethods) == 0 {
			continue
		}
		table := new([verbs]*method)
		for _, name := range sortedKeys(r.ResourceMethods) {
			v := verbOf(name)
			if v == verbUnknown {
				continue
			}
			m := &method{Method: r.ResourceMethods[name], api: d, resource: r, index: len(d.methods), verb: name}
			d.methods = append(d.methods, m)
			table[v] = m
		}
		d.routes.add(r.Path, table)
	}
}

// compileStage puts a deployment onto a stage.
func (g *Gateway) compileStage(d *deployment, live *apigateway.LiveStage, isCanary bool) *plan {
	st := live.Stage
	p := &plan{
		deployment: d, stage: st, stageName: st.StageName, variables: st.Variables,
		canary: live.Canary != nil, isCanary: isCanary, tracing: value(st.TracingEnabled),
		access: compileAccessLog(st.AccessLogSettings), backends: g.backends(d.apiID, st),
		defaultDomain: d.apiID + ".execute-api." + d.region + ".amazonaws.com",
		cacheScope:    d.id + "/" + strconv.FormatInt(live.CacheFlushes, 10),
		verdictScope:  st.StageName + "/" + strconv.FormatInt(live.AuthorizerFlushes, 10),
	}
	if isCanary && st.CanarySettings != nil && len(st.CanarySettings.StageVariableOverrides) > 0 {
		p.variables = maps.Clone(st.Variables)
		if p.variables == nil {
			p.variables = make(map[string]string)
		}
		maps.Copy(p.variables, st.CanarySettings.StageVariableOverrides)
	}
	all := compileSettings(st.MethodSettings)
	p.settings = make([]*settings, len(d.methods))
	p.throttles = make([]*bucket, len(d.methods))
	p.sources = make([]string, len(d.methods))
	p.meters = make([]Meter, len(d.methods))
	if g.metrics != nil {
		p.meter = g.metrics.Meter(p.metered("", ""))
	}
	for i, m := range d.methods {
		p.settings[i] = all.of(m.resource.Path, m.verb)
		p.sources[i] = p.executeARN(m.verb + "/" + strings.TrimPrefix(m.resource.Path, "/"))
		p.logs = p.logs || p.settings[i].logLevel != logOff
		p.meters[i] = p.meter
		if g.metrics != nil && p.settings[i].metrics {
			p.meters[i] = g.metrics.Meter(p.metered(m.verb, m.resource.Path))
		}
		if s := p.settings[i]; s.rate != nil || s.burst != nil {
			p.throttles[i] = newBucket(s.rate, s.burst)
		}
	}
	return p
}

func (p *plan) metered(verb, path string) Metered {
	return Metered{
		Account: p.account, Region: p.region, APIID: p.apiID, APIName: value(p.source.RestApi.Name), Stage: p.stageName,
		Method: verb, Resource: path,
	}
}

// settings are what a stage sets for a method.
type settings struct {
	metrics   bool
	logLevel  logLevel
	dataTrace bool
	rate      *float64 // requests per second of each method, nil for no limit
	burst     *int64
	caching   bool
	cacheTTL  int64 // seconds
	// invalidate says who may send Cache-Control: max-age=0.
	authorizeInvalidation bool
	strategy              string
}

// noSettings are those of a stage that sets none.
var noSettings = &settings{}

// settingsTable holds a stage's settings by "/path/VERB"; "*" for any.
type settingsTable map[string]*settings

// compileSettings reads methodSettings, whose keys are {resource path}/{verb}
// with each slash of the path as ~1: "~1pets~1{id}/GET", "*/*".
func compileSettings(m map[string]*apigateway.MethodSetting) settingsTable {
	t := make(settingsTable, len(m))
	for key, s := range m {
		t[settingsKey(key)] = compileSetting(s)
	}
	return t
}

func settingsKey(key string) string {
	key = strings.ReplaceAll(strings.ReplaceAll(key, "~1", "/"), "~0", "~")
	i := strings.LastIndexByte(key, '/')
	if i < 0 {
		return key
	}
	return strings.Trim(key[:i], "/") + "/" + key[i+1:]
}

func compileSetting(s *apigateway.MethodSetting) *settings {
	c := &settings{
		metrics: value(s.MetricsEnabled), logLevel: logLevelOf(value(s.LoggingLevel)), dataTrace: value(s.DataTraceEnabled),
		caching: value(s.CachingEnabled), cacheTTL: 300, authorizeInvalidation: true,
		rate: s.ThrottlingRateLimit, burst: s.ThrottlingBurstLimit,
		strategy: value(s.UnauthorizedCacheControlHeaderStrategy),
	}
	if s.CacheTtlInSeconds != nil {
		c.cacheTTL = *s.CacheTtlInSeconds
	}
	if s.RequireAuthorizationForCacheControl != nil {
		c.authorizeInvalidation = *s.RequireAuthorizationForCacheControl
	}
	return c
}

// of returns the settings of a method: the exact ones, else those of the
// resource, of the verb, of the stage.
func (t settingsTable) of(path, verb string) *settings {
	path = strings.Trim(path, "/")
	for _, key := range [...]string{path + "/" + verb, path + "/*", "*/" + verb, "*/*"} {
		if s := t[key]; s != nil {
			return s
		}
	}
	return noSettings
}

// sortedKeys returns a map's keys in order, so that compiling has one outcome.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func cutPrefix(s, prefix string) (string, bool) {
	rest, ok := strings.CutPrefix(s, prefix)
	return rest, ok && rest != ""
}
