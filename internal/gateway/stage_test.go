package gateway

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// countingAPI has a Lambda method that is cached by path and by q.
const countingAPI = `{"resources":[{"path":"/c/{id}","resourceMethods":{"GET":{"authorizationType":"%s","requestParameters":{"method.request.querystring.q":false},
	"methodResponses":{"200":{"statusCode":"200"}},
	"methodIntegration":{"type":"AWS","httpMethod":"POST","uri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:c/invocations",
	"cacheKeyParameters":["method.request.querystring.q"],
	"integrationResponses":{"200":{"statusCode":"200"}}}}}}]}`

// counts makes each call of a function answer with its number.
func (w *world) counts() {
	var n atomic.Int64
	w.invoke = func(context.Context, *Invocation) (*InvocationResult, error) {
		return &InvocationResult{Status: 200, Payload: fmt.Append(nil, n.Add(1))}, nil
	}
}

func cachedStage(setting *apigateway.MethodSetting) *apigateway.Stage {
	return &apigateway.Stage{StageName: "test", CacheClusterEnabled: new(true), CacheClusterSize: new("0.5"),
		MethodSettings: map[string]*apigateway.MethodSetting{"~1c~1{id}/GET": setting}}
}

func TestCache(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.counts()
	now := testTime
	g := w.gateway(t, func(c *Config) { c.Now = func() time.Time { return now } })
	w.deploy(cachedStage(&apigateway.MethodSetting{CachingEnabled: new(true), CacheTtlInSeconds: new(int64(60))}), snapshot(t, fmt.Sprintf(countingAPI, "NONE")))
	for _, s := range []struct {
		name, path, want string
		before           func()
		head             []string
	}{
		{"first", "/c/1", "1", nil, nil},
		{"again", "/c/1", "1", nil, nil},
		{"another path", "/c/2", "2", nil, nil},
		{"another key parameter", "/c/1?q=x", "3", nil, nil},
		{"a parameter that is no key", "/c/1?z=x", "1", nil, nil},
		{"the key parameter again", "/c/1?q=x&z=1", "3", nil, nil},
		{"unauthorized invalidation", "/c/1", "1", nil, []string{"Cache-Control: max-age=0"}},
		{"after the time to live", "/c/1", "4", func() { now = now.Add(61 * time.Second) }, nil},
		{"after a flush", "/c/1", "5", func() { w.flush(g) }, nil},
		{"still", "/c/1", "5", nil, nil},
		{"a new deployment is never answered from the old one's cache", "/c/1", "6", func() {
			s := snapshot(t, fmt.Sprintf(countingAPI, "NONE"))
			s.DeploymentID = "dep002"
			w.deploy(cachedStage(&apigateway.MethodSetting{CachingEnabled: new(true), CacheTtlInSeconds: new(int64(60))}), s)
			g.StageChanged(testAPI, "test")
		}, nil},
		{"switched off", "/c/1", "7", func() {
			w.deploy(cachedStage(&apigateway.MethodSetting{CachingEnabled: new(false)}), snapshot(t, fmt.Sprintf(countingAPI, "NONE")))
			g.StageChanged(testAPI, "test")
		}, nil},
	} {
		if s.before != nil {
			s.before()
		}
		if got := get(t, g, s.path, s.head...).Body.String(); got != s.want {
			t.Errorf("%s: got %s, want %s", s.name, got, s.want)
		}
	}
}

// TestCacheInvalidation: max-age=0 needs permission where the stage says so.
func TestCacheInvalidation(t *testing.T) {
	t.Parallel()
	const arnOf = "arn:aws:iam::123456789012:user/ann"
	key := AccessKey{ID: "AKIAEXAMPLE", Secret: "secret"}
	const invoke = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["execute-api:Invoke"],"Resource":"*"}}`
	both := strings.Replace(invoke, `"]`, `","execute-api:InvalidateCache"]`, 1)
	raw := request("GET", "/c/1", "", "Cache-Control: max-age=0")
	for _, tt := range []struct {
		name, policy, strategy string
		open                   bool
		want, warning          string
	}{
		{"may", both, "FAIL_WITH_403", false, "200 2", ""},
		{"may not", invoke, "FAIL_WITH_403", false, `403 {"Message":"User is not authorized to access this resource"}`, ""},
		{"may not, with a warning", invoke, "SUCCEED_WITH_RESPONSE_HEADER", false, "200 1", "199 Cache-control headers were ignored because the caller was unauthorized."},
		{"may not, silently", invoke, "SUCCEED_WITHOUT_RESPONSE_HEADER", false, "200 1", ""},
		{"everybody may", invoke, "FAIL_WITH_403", true, "200 2", ""},
	} {
		w := newWorld()
		w.counts()
		w.creds[key.ID] = &Identity{Principal: policy.Principal{Kind: policy.User, Account: "123456789012", ARN: arnOf}, Key: key}
		w.policies[arnOf] = []*policy.Policy{identityPolicy(t, tt.policy)}
		w.deploy(cachedStage(&apigateway.MethodSetting{CachingEnabled: new(true), RequireAuthorizationForCacheControl: new(!tt.open), UnauthorizedCacheControlHeaderStrategy: new(tt.strategy)}),
			snapshot(t, fmt.Sprintf(countingAPI, "AWS_IAM")))
		g := w.gateway(t)
		do(t, g, signed(t, key, request("GET", "/c/1", ""), "execute-api", testTime))
		r := do(t, g, signed(t, key, raw, "execute-api", testTime))
		if got := outcome(r); got != tt.want || r.Result().Header.Get("Warning") != tt.warning {
			t.Errorf("%s: got %s %v", tt.name, got, r.Result().Header)
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache(10_000)
	for i := range 1000 {
		c.put(&cachedResponse{key: fmt.Sprint(i), expires: testTime.Add(time.Hour), body: make([]byte, 1000)})
	}
	if c.size > 10_000 || len(c.entries) > 10 || c.order.Len() != len(c.entries) {
		t.Error(c.size, len(c.entries), c.order.Len())
	}
	c.flush()
	if c.size != 0 || len(c.entries) != 0 {
		t.Error(c.size, c.entries)
	}
}

// TestCanary: a share of the requests gets the canary's deployment and
// variables.
func TestCanary(t *testing.T) {
	t.Parallel()
	api := func(text string) *apigateway.Snapshot {
		return snapshot(t, strings.Replace(mockAPI, `{\"hello\": \"$input.params('name')\"}`, text+`|$stageVariables.v|$context.isCanaryRequest`, 1))
	}
	for _, tt := range []struct {
		percent    float64
		least, max int
	}{{0, 0, 0}, {100, 400, 400}, {50, 120, 280}} {
		w := newWorld()
		stage := &apigateway.Stage{StageName: "test", Variables: map[string]string{"v": "old", "w": "w"}, CanarySettings: &apigateway.CanarySettings{
			PercentTraffic: new(tt.percent), StageVariableOverrides: map[string]string{"v": "new"},
		}}
		w.deploy(stage, api("main"))
		w.stages[stageKey{testAPI, "test"}].Canary = api("canary")
		g := w.gateway(t)
		n := 0
		for range 400 {
			switch got := get(t, g, "/mock").Body.String(); got {
			case "canary|new|true":
				n++
			case "main|old|false":
			default:
				t.Fatal(got)
			}
		}
		if n < tt.least || n > tt.max {
			t.Errorf("%v%%: %d of 400", tt.percent, n)
		}
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	unzip := map[string]func(io.Reader) (io.Reader, error){
		"":        func(r io.Reader) (io.Reader, error) { return r, nil },
		"gzip":    func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"deflate": func(r io.Reader) (io.Reader, error) { return flate.NewReader(r), nil },
	}
	for _, tt := range []struct {
		least  int64
		accept string
		want   string
	}{
		{-1, "gzip", ""}, {5, "gzip", "gzip"}, {1000, "gzip", ""}, {5, "deflate", "deflate"}, {5, "deflate, gzip;q=0.5", "gzip"},
		{5, "identity", ""}, {5, "", ""}, {5, "gzip;q=0", ""}, {0, "br, *", "gzip"},
	} {
		w := newWorld()
		s := snapshot(t, proxyAPI)
		if tt.least >= 0 {
			s.RestApi.MinimumCompressionSize = &tt.least
		}
		w.deploy(&apigateway.Stage{StageName: "test"}, s)
		w.returns(`{"body":"0123456789"}`)
		r := get(t, w.gateway(t), "/x", "Accept-Encoding: "+tt.accept)
		encoding := r.Result().Header.Get("Content-Encoding")
		plain, err := unzip[encoding](r.Body)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(plain)
		if encoding != tt.want || string(body) != "0123456789" {
			t.Errorf("%d %q: got %q %q", tt.least, tt.accept, encoding, body)
		}
	}
}

func TestCompressedRequest(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, `{"a":1}`)
	z.Close()
	for _, tt := range []struct {
		least *int64
		body  string
		want  string
	}{
		{new(int64(0)), b.String(), `{"a":1}`},
		{new(int64(0)), "not gzip", `400 {"message": "Invalid request body"}`},
	} {
		s := snapshot(t, echoAPI("", plainResponse))
		s.RestApi.MinimumCompressionSize = tt.least
		w := newWorld()
		w.deploy(&apigateway.Stage{StageName: "test"}, s)
		w.returns(`{}`)
		g := w.gateway(t)
		r := httptest.NewRequest("POST", "http://"+testAPI+".execute-api.us-east-1.amazonaws.com/test/e/7", strings.NewReader(tt.body))
		target, _ := g.Resolve(r.Host, "/test/e/7")
		target.Head = []HeaderField{field("Content-Encoding", "gzip"), field("Host", r.Host)}
		out := httptest.NewRecorder()
		g.Serve(out, r, target)
		got := outcome(out)
		if calls := w.invocations(); len(calls) > 0 {
			got = string(calls[0].Payload)
		}
		if got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	w, _ := echo(t, echoAPI("", plainResponse), request("POST", "/e/7", "{}"))
	g := w.gateway(t)
	for _, tt := range []struct{ name, raw, want string }{
		{"long URL", request("POST", "/e/"+strings.Repeat("x", maxURLBytes), ""), "414"},
		{"long header", request("POST", "/e/7", "", "X: "+strings.Repeat("x", maxHeaderBytes)), "413"},
		{"large body", request("POST", "/e/7", strings.Repeat("x", maxBodyBytes+1)), "413"},
		{"largest body", request("POST", "/e/7", strings.Repeat("x", maxBodyBytes)), "200"},
	} {
		if r := do(t, g, tt.raw); fmt.Sprint(r.Code) != tt.want {
			t.Errorf("%s: %d", tt.name, r.Code)
		}
	}
}

type domainMap map[string]apigateway.MappedPath

func (d domainMap) Mapping(host, path string) (apigateway.MappedPath, bool) {
	t, ok := d[host]
	t.RawPath = path
	if t.BasePath != "" {
		t.RawPath = strings.TrimPrefix(path, "/"+t.BasePath)
	}
	return t, ok
}

func TestCustomDomain(t *testing.T) {
	t.Parallel()
	w := proxyWorld(t, &apigateway.Stage{StageName: "test", AccessLogSettings: &apigateway.AccessLogSettings{
		DestinationArn: new("arn:aws:logs:us-east-1:123456789012:log-group:access"), Format: new("$context.customDomain.basePathMatched $context.path $context.domainName $context.requestId\n"),
	}})
	s := w.stages[stageKey{testAPI, "test"}].Deployment
	s.RestApi.DisableExecuteApiEndpoint = new(true)
	g := w.gateway(t, func(c *Config) {
		c.Domains = domainMap{
			"api.example.com":  {APIID: testAPI, Stage: "test", BasePath: "v1"},
			"root.example.com": {APIID: testAPI, Stage: "test"},
		}
	})
	if r := get(t, g, "/x"); outcome(r) != `403 {"message":"Forbidden"}` {
		t.Error("the default endpoint is disabled:", outcome(r))
	}
	for _, host := range []string{"API.example.com:8443", "root.example.com"} {
		if r := do(t, g, "GET /v1/x HTTP/1.1\nHost: "+host+"\nx-amzn-RequestId: "+testRequestID+"\n\n"); r.Code != 200 {
			t.Error(outcome(r))
		}
	}
	var got []string
	for _, l := range w.lines["access"] {
		got = append(got, l.Message)
	}
	want := []string{"- /test/x abc123defg.execute-api.us-east-1.amazonaws.com", "v1 /v1/x api.example.com " + testRequestID, "(none) /v1/x root.example.com " + testRequestID}
	if len(got) != 3 || !strings.HasPrefix(got[0], want[0]) || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("got %q, want %q", got, want)
	}
	if event := string(w.invocations()[0].Payload); !strings.Contains(event, `"path":"/v1/x"`) {
		t.Error(event)
	}
}

// TestOverSocket: raw bytes in, raw bytes out, through net/http.
func TestOverSocket(t *testing.T) {
	t.Parallel()
	w := proxyWorld(t, &apigateway.Stage{StageName: "test"})
	w.returns(`{"headers":{"x-lower":"1","Content-Type":"text/x"},"body":"hi"}`)
	g := w.gateway(t)
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		path, query, _ := strings.Cut(r.RequestURI, "?")
		target, _ := g.Resolve(r.Host, path)
		target.RawQuery = query
		g.Serve(out, r, target)
	}))
	defer server.Close()
	c, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(c, "GET /test//a%%2fb//c/?q=%%2B HTTP/1.1\r\nHost: %s.execute-api.localhost\r\nConnection: close\r\n\r\n", testAPI)
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"HTTP/1.1 200 OK\r\n", "\r\nx-lower: 1\r\n", "\r\nContent-Type: text/x\r\n", "\r\nContent-Length: 2\r\n", "\r\nx-amzn-RequestId: ", "\r\n\r\nhi"} {
		if !strings.Contains(string(answer), want) {
			t.Errorf("no %q in %q", want, answer)
		}
	}
	event := string(w.invocations()[0].Payload)
	for _, want := range []string{`"path":"/a%2fb//c/"`, `"queryStringParameters":{"q":"+"}`, `"pathParameters":{"proxy":"a%2fb//c"}`} {
		if !strings.Contains(event, want) {
			t.Errorf("no %s in %s", want, event)
		}
	}
}

// TestStorm publishes deployments while requests run. Each deployment stamps
// its number into the request template, the response template and a header: a
// request sees one number only, and never an older one than was published
// before it began.
func TestStorm(t *testing.T) {
	t.Parallel()
	deployment := func(n int) *apigateway.Snapshot {
		s := snapshot(t, strings.ReplaceAll(echoAPI("", `"requestTemplates":{"application/json":"{\"n\":NUMBER}"},
			"integrationResponses":{"200":{"statusCode":"200","responseParameters":{"method.response.header.X-N":"'NUMBER'"},"responseTemplates":{"application/json":"NUMBER $input.path('$.n')"}}}`), "NUMBER", fmt.Sprint(n)))
		s.DeploymentID = fmt.Sprint("dep", n)
		return s
	}
	w := newWorld()
	w.invoke = func(_ context.Context, in *Invocation) (*InvocationResult, error) {
		return &InvocationResult{Status: 200, Payload: bytes.Clone(in.Payload)}, nil
	}
	g := w.gateway(t, func(c *Config) { c.Now = nil })
	w.deploy(&apigateway.Stage{StageName: "test"}, deployment(0))
	var published atomic.Int64
	var wg sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	wg.Go(func() {
		defer stop()
		for n, end := 1, time.Now().Add(300*time.Millisecond); n <= 10 || time.Now().Before(end); n++ {
			w.deploy(&apigateway.Stage{StageName: "test"}, deployment(n))
			g.StageChanged(testAPI, "test")
			published.Store(int64(n))
		}
	})
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				least := published.Load()
				r := do(t, g, request("POST", "/e/7", "{}"))
				var a, b, c int64
				fmt.Sscan(r.Body.String(), &a, &b)
				fmt.Sscan(strings.Join(r.Result().Header["X-N"], ""), &c)
				if r.Code != 200 || a != b || b != c || a < least {
					t.Errorf("%s with X-N %d, published was %d", outcome(r), c, least)
					return
				}
				g.Recent(Filter{}, 3, nil)
				g.Execution(Filter{APIID: testAPI}, "0")
			}
		})
	}
	wg.Wait()
	if published.Load() == 0 {
		t.Error("nothing was published")
	}
}

// TestStageGone: a stage that is deleted is gone at once, one that is made is
// there.
func TestStageGone(t *testing.T) {
	t.Parallel()
	w := newWorld()
	g := w.gateway(t)
	if r := get(t, g, "/mock"); r.Code != 403 {
		t.Error(outcome(r))
	}
	w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, mockAPI))
	if r := get(t, g, "/mock"); r.Code != 200 {
		t.Error(outcome(r))
	}
	w.mu.Lock()
	clear(w.stages)
	w.mu.Unlock()
	g.StageChanged(testAPI, "test")
	if r := get(t, g, "/mock"); r.Code != 403 {
		t.Error(outcome(r))
	}
	if len(g.slots) != 0 {
		t.Error("slots are left:", len(g.slots))
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := snapshot(t, countingAPI2())
	s.RestApi.Name = new("Counting")
	w.deploy(cachedStage(&apigateway.MethodSetting{CachingEnabled: new(true), MetricsEnabled: new(true)}), s)
	w.counts()
	g := w.gateway(t)
	get(t, g, "/c/1")
	get(t, g, "/c/1")
	get(t, g, "/nowhere")
	var got []string
	for _, m := range w.measured {
		got = append(got, fmt.Sprint(m.APIName, m.Stage, m.Method, m.Resource, m.Status, m.Integrated, m.CacheHit, m.CacheMiss))
	}
	want := []string{"CountingtestGET/c/{id}200 true false true", "CountingtestGET/c/{id}200 false true false", "Countingtest403 false false false"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func countingAPI2() string { return fmt.Sprintf(countingAPI, "NONE") }

// TestKeepsServing: a stage that cannot be read just now goes on being served
// as it was.
func TestKeepsServing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, mockAPI))
	away := &absentStages{world: w}
	g := w.gateway(t, func(c *Config) { c.Stages = away })
	for range 2 {
		if r := get(t, g, "/mock"); r.Code != 200 {
			t.Error(outcome(r))
		}
		away.away = true
		g.StageChanged(testAPI, "test")
	}
}

// absentStages names its stages but cannot read them when away.
type absentStages struct {
	*world
	away bool
}

func (a *absentStages) LiveStage(api, stage string) (*apigateway.LiveStage, bool) {
	if a.away {
		return nil, false
	}
	return a.world.LiveStage(api, stage)
}

// TestMutualTLS: a client's verified certificate is in the event and in
// templates, on custom domains only.
func TestMutualTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	cert := server.Certificate()
	w := proxyWorld(t, &apigateway.Stage{StageName: "test"})
	g := w.gateway(t, func(c *Config) { c.Domains = domainMap{"api.example.com": {APIID: testAPI, Stage: "test"}} })
	for _, host := range []string{"api.example.com", testAPI + ".execute-api.us-east-1.amazonaws.com"} {
		r, head := parseHTTP(t, "GET /test/x HTTP/1.1\nHost: "+host+"\n\n")
		r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert}, VerifiedChains: [][]*x509.Certificate{{cert}}}
		target, _ := g.Resolve(host, "/test/x")
		target.Head = head
		g.Serve(httptest.NewRecorder(), r, target)
	}
	calls := w.invocations()
	want := `"clientCert":{"clientCertPem":"-----BEGIN CERTIFICATE-----\n`
	if !strings.Contains(string(calls[0].Payload), want) || !strings.Contains(string(calls[0].Payload), `"serialNumber":"`+cert.SerialNumber.String()+`","validity":{"notBefore":"`) {
		t.Error(string(calls[0].Payload))
	}
	if strings.Contains(string(calls[1].Payload), "clientCert") {
		t.Error(string(calls[1].Payload))
	}
}

// TestCallerCredentials: with arn:aws:iam::*:user/* the function is called as
// the client.
func TestCallerCredentials(t *testing.T) {
	t.Parallel()
	key := AccessKey{ID: "AKIAEXAMPLE", Secret: "secret"}
	id := &Identity{Principal: policy.Principal{Kind: policy.User, Account: "123456789012", ARN: "arn:aws:iam::123456789012:user/ann"}, Key: key}
	w := newWorld()
	w.creds[key.ID] = id
	w.policies[id.ARN] = []*policy.Policy{identityPolicy(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)}
	w.returns(`{}`)
	for _, credentials := range []string{"arn:aws:iam::*:user/*", "arn:aws:iam::123456789012:role/${stageVariables.r}", ""} {
		s := snapshot(t, strings.Replace(proxyAPI, `"NONE"`, `"AWS_IAM"`, 1))
		if credentials != "" {
			s.Resources[0].ResourceMethods["ANY"].MethodIntegration.Credentials = &credentials
		}
		role := &Identity{Key: AccessKey{ID: "ASIA"}}
		w.assume = func(arn string) (*Identity, error) {
			if arn != "arn:aws:iam::123456789012:role/calc" {
				return nil, ErrNotTrusted
			}
			return role, nil
		}
		w.deploy(&apigateway.Stage{StageName: "test", Variables: map[string]string{"r": "calc"}}, s)
		if r := do(t, w.gateway(t), signed(t, key, request("GET", "/x", ""), "execute-api", testTime)); r.Code != 200 {
			t.Fatal(outcome(r))
		}
		calls := w.invocations()
		got := calls[len(calls)-1].Caller
		var want Caller
		switch credentials {
		case "":
			want = Caller{Service: servicePrincipal, SourceAccount: "123456789012", SourceARN: "arn:aws:execute-api:us-east-1:123456789012:abc123defg/test/ANY/{proxy+}"}
		case "arn:aws:iam::*:user/*":
			want = Caller{Identity: id}
		default:
			want = Caller{Identity: role}
		}
		if got != want {
			t.Errorf("%q: got %+v, want %+v", credentials, got, want)
		}
	}
}

// recordsOf collects records for delivery streams.
type recordsOf map[string]string

func (r recordsOf) Put(stream string, record []byte) { r[stream] += string(record) }

// TestAccessLogStream: an access log's line is a record of its delivery stream.
func TestAccessLogStream(t *testing.T) {
	t.Parallel()
	const stream = "arn:aws:firehose:us-east-1:123456789012:deliverystream/amazon-apigateway-access"
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test", AccessLogSettings: &apigateway.AccessLogSettings{
		DestinationArn: new(stream), Format: new("$context.httpMethod $context.path $context.status"),
	}}, snapshot(t, mockAPI))
	records := recordsOf{}
	g := w.gateway(t, func(c *Config) { c.Streams = records })
	get(t, g, "/mock")
	get(t, g, "/nowhere")
	if want := "GET /test/mock 200\nGET /test/nowhere 403\n"; len(records) != 1 || records[stream] != want || len(w.lines) != 0 {
		t.Errorf("%q, want %q; log groups %v", records, want, w.lines)
	}
}
