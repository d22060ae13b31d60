package gateway

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/sigv4"
)

// rawBackend answers every connection with the same bytes and keeps what it
// was sent, byte for byte.
type rawBackend struct {
	url string

	mu   sync.Mutex
	seen []string
}

func newRawBackend(t testing.TB, answer string) *rawBackend {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &rawBackend{url: "http://" + l.Addr().String()}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { defer c.Close(); b.serve(c, answer) })
		}
	})
	return b
}

func (b *rawBackend) serve(c net.Conn, answer string) {
	c.SetDeadline(time.Now().Add(time.Minute))
	r := bufio.NewReader(c)
	text, length := "", 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		if v, ok := strings.CutPrefix(strings.ToLower(line), "content-length: "); ok {
			fmt.Sscan(v, &length)
		}
		text += line + "\n"
	}
	body := make([]byte, length)
	io.ReadFull(r, body)
	b.mu.Lock()
	b.seen = append(b.seen, text+"\n"+string(body))
	b.mu.Unlock()
	io.WriteString(c, answer)
}

// request returns the first request, its header lines sorted.
func (b *rawBackend) request() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.seen) == 0 {
		return ""
	}
	head, body, _ := strings.Cut(b.seen[0], "\n\n")
	lines := strings.Split(head, "\n")
	slices.Sort(lines[1:])
	return strings.ReplaceAll(strings.Join(lines, "\n")+"\n\n"+body, strings.TrimPrefix(b.url, "http://"), "BACKEND")
}

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\nServer: s\r\nDate: d\r\nx-OWN: o\r\nVia: v\r\nx-amzn-RequestId: r\r\n\r\nhi"

func httpAPI(kind, uri, extra string) string {
	return methodOn("/{proxy+}", "ANY", fmt.Sprintf(`{"authorizationType":"NONE",
	"methodResponses":{"200":{"statusCode":"200"}},
	"methodIntegration":{"type":%q,"httpMethod":"ANY","uri":%q,%s
	"integrationResponses":{"200":{"statusCode":"200","responseParameters":{"method.response.header.Server":"integration.response.header.Server","method.response.header.X-Own":"integration.response.header.x-own"}}}}}`, kind, uri, extra))
}

func TestHTTPRequest(t *testing.T) {
	t.Parallel()
	const client = "POST /test/a%2Fb/c?x=1&y=a+b HTTP/1.1\nHost: " + testAPI + ".execute-api.us-east-1.amazonaws.com\nx-lower: 1\nAccept: text/html\nUser-Agent: me\nX-Forwarded-For: 1.2.3.4\n" +
		"Via: proxy\nContent-Encoding: identity\nContent-Type: text/plain\nTE: trailers\nX-Amzn-Trace-Id: " + testTrace + "\n\nbody"
	const mapping = `"requestParameters":{"integration.request.path.p":"method.request.path.proxy","integration.request.querystring.x":"method.request.querystring.y",
		"integration.request.header.X-Static":"'v'","integration.request.header.User-Agent":"'mine'","integration.request.header.Via":"'no'","integration.request.header.Host":"'other.example'"},`
	for _, tt := range []struct{ name, kind, path, extra, want string }{
		{"plain", "HTTP", "/fixed", "", `POST /fixed HTTP/1.1
Accept: application/json
Content-Length: 4
Content-Type: text/plain
Host: BACKEND
User-Agent: AmazonAPIGateway_abc123defg
X-Amzn-Apigateway-Api-Id: abc123defg
X-Amzn-Trace-Id: Root=1-67890abc-0123456789abcdef01234567

body`},
		{"mapped", "HTTP", "/v/{p}?k=1", mapping, `POST /v/a%2Fb/c?k=1&x=a%20b HTTP/1.1
Accept: application/json
Content-Length: 4
Content-Type: text/plain
Host: other.example
User-Agent: mine
X-Amzn-Apigateway-Api-Id: abc123defg
X-Amzn-Trace-Id: Root=1-67890abc-0123456789abcdef01234567
X-Static: v

body`},
		{"proxy", "HTTP_PROXY", "/fixed", "", `POST /fixed?x=1&y=a%20b HTTP/1.1
Accept: text/html
Content-Length: 4
Content-Type: text/plain
Host: BACKEND
User-Agent: me
X-Amzn-Apigateway-Api-Id: abc123defg
X-Amzn-Trace-Id: Root=1-67890abc-0123456789abcdef01234567
X-Forwarded-For: 1.2.3.4
x-lower: 1

body`},
		{"proxy mapped", "HTTP_PROXY", "/v/{p}", mapping, `POST /v/a%2Fb/c?x=1&y=a%20b&x=a%20b HTTP/1.1
Accept: text/html
Content-Length: 4
Content-Type: text/plain
Host: other.example
User-Agent: mine
X-Amzn-Apigateway-Api-Id: abc123defg
X-Amzn-Trace-Id: Root=1-67890abc-0123456789abcdef01234567
X-Forwarded-For: 1.2.3.4
X-Static: v
x-lower: 1

body`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newRawBackend(t, okAnswer)
			w := newWorld()
			w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, httpAPI(tt.kind, b.url+tt.path, tt.extra)))
			r := do(t, w.gateway(t), client)
			if got := b.request(); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s\n(answer %s)", got, tt.want, dump(r))
			}
		})
	}
}

func TestHTTPResponse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ kind, want string }{
		{"HTTP", "200 X-Amzn-Trace-Id=" + testTrace + " X-Own=o x-amzn-Remapped-Server=s hi"},
		{"HTTP_PROXY", "200 x-OWN=o x-amzn-Remapped-Connection=close x-amzn-Remapped-Content-Length=2 x-amzn-Remapped-Date=d x-amzn-Remapped-Server=s x-amzn-Remapped-x-amzn-RequestId=r hi"},
	} {
		b := newRawBackend(t, okAnswer)
		w := newWorld()
		w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, httpAPI(tt.kind, b.url, "")))
		r := get(t, w.gateway(t), "/x", "X-Amzn-Trace-Id: "+testTrace)
		h := r.Result().Header
		got := string(itoa(r.Code))
		for _, name := range sortedKeys(h) {
			switch name {
			case "Content-Type", "Content-Length", "x-amzn-RequestId", "x-amz-apigw-id":
			default:
				got += " " + name + "=" + strings.Join(h[name], ",")
			}
		}
		if got += " " + r.Body.String(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.kind, got, tt.want)
		}
	}
}

func TestHTTPErrors(t *testing.T) {
	t.Parallel()
	refused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := refused.Addr().String()
	refused.Close()
	closed := newRawBackend(t, "")
	stuck := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer stuck.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	redirect := newRawBackend(t, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	for _, tt := range []struct{ name, uri, extra, body, line string }{
		{"refused", "http://" + address, "", `504 {"message": "Network error communicating with endpoint"}`, "Execution failed due to a network error communicating with endpoint: Connection refused"},
		{"closed", closed.url, "", `504 {"message": "Network error communicating with endpoint"}`, "Execution failed due to a network error communicating with endpoint: Connection is closed"},
		{"timeout", stuck.URL, `"timeoutInMillis":50,`, `504 {"message": "Endpoint request timed out"}`, "Execution failed due to a timeout error"},
		{"unknown authority", secure.URL, "", `500 {"message": "Internal server error"}`, configurationError + "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target"},
		{"insecure", secure.URL, `"tlsConfig":{"insecureSkipVerification":true},`, "404 404 page not found\n", ""},
		{"redirect", redirect.url, "", "302 ", ""},
		{"placeholder", "http://127.0.0.1/a/{b}", "", `500 {"message": "Internal server error"}`, configurationError + "Illegal character in path at index 19: http://127.0.0.1/a/{b}"},
		{"no scheme", "ftp://x", "", `500 {"message": "Internal server error"}`, configurationError + "Invalid endpoint address"},
		{"no host", "http:///x", "", `500 {"message": "Internal server error"}`, configurationError + "Invalid endpoint address"},
		{"userinfo", "http://a@127.0.0.1/x", "", `500 {"message": "Internal server error"}`, configurationError + "Invalid endpoint address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			stage := &apigateway.Stage{StageName: "test", MethodSettings: map[string]*apigateway.MethodSetting{"*/*": {LoggingLevel: new("ERROR")}}}
			w.deploy(stage, snapshot(t, httpAPI("HTTP_PROXY", tt.uri, tt.extra)))
			r := get(t, w.gateway(t), "/x")
			if got := string(itoa(r.Code)) + " " + r.Body.String(); got != tt.body {
				t.Errorf("got %q, want %q", got, tt.body)
			}
			line := ""
			for _, l := range w.lines["API-Gateway-Execution-Logs_"+testAPI+"/test"] {
				if _, text, _ := strings.Cut(l.Message, ") "); !strings.HasPrefix(text, "Method completed") {
					line = text
				}
			}
			if line != tt.line {
				t.Errorf("log: got %q, want %q", line, tt.line)
			}
			if r.Result().Header["X-Amzn-Trace-Id"] != nil {
				t.Error("an HTTP_PROXY failure carries a trace header")
			}
		})
	}
}

// TestClientCertificate: a backend that wants a certificate answers only the
// stage that has one.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, len(r.TLS.PeerCertificates))
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	for _, tt := range []struct{ id, want string }{{"", "0"}, {"cert1", "1"}, {"unknown", "0"}} {
		w := newWorld()
		stage := &apigateway.Stage{StageName: "test"}
		if tt.id != "" {
			stage.ClientCertificateId = new(tt.id)
		}
		w.deploy(stage, snapshot(t, httpAPI("HTTP_PROXY", server.URL, "")))
		g := w.gateway(t, func(c *Config) {
			c.TLS = &tls.Config{RootCAs: roots}
			c.Links = linkMap{certificate: server.TLS.Certificates[0]}
		})
		if got := get(t, g, "/x").Body.String(); got != tt.want {
			t.Errorf("%q: got %s certificates, want %s", tt.id, got, tt.want)
		}
	}
}

type linkMap struct {
	links       map[string]*apigateway.VpcLink
	certificate tls.Certificate
}

func (l linkMap) VpcLink(_, id string) (*apigateway.VpcLink, bool) {
	v, ok := l.links[id]
	return v, ok
}

func (l linkMap) ClientCertificate(_, id string) (tls.Certificate, error) {
	if id != "cert1" {
		return tls.Certificate{}, errors.New("no such certificate")
	}
	return l.certificate, nil
}

func TestVPCLink(t *testing.T) {
	t.Parallel()
	b := newRawBackend(t, okAnswer)
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test", Variables: map[string]string{"link": "vpc123"}},
		snapshot(t, httpAPI("HTTP_PROXY", "http://internal.example/x", `"connectionType":"VPC_LINK","connectionId":"${stageVariables.link}",`)))
	vpc := map[string]*apigateway.VpcLink{}
	g := w.gateway(t, func(c *Config) {
		c.Links = linkMap{links: vpc}
		c.LinkAddress = func(string) string { return strings.TrimPrefix(b.url, "http://") }
	})
	if r := get(t, g, "/x"); r.Code != 500 {
		t.Errorf("without a link: %d", r.Code)
	}
	vpc["vpc123"] = &apigateway.VpcLink{Status: new("PENDING"), TargetArns: []string{"arn:lb"}}
	if r := get(t, g, "/x"); r.Code != 500 {
		t.Errorf("while the link is pending: %d", r.Code)
	}
	vpc["vpc123"].Status = new("AVAILABLE")
	if r := get(t, g, "/x"); r.Code != 200 || !strings.Contains(b.request(), "Host: internal.example") {
		t.Errorf("with it: %d %s", r.Code, b.request())
	}
}

// TestServiceIntegration calls a service that checks the signature.
func TestServiceIntegration(t *testing.T) {
	t.Parallel()
	key := AccessKey{ID: "ASIAEXAMPLE", Secret: "secret", SessionToken: "token"}
	type seen struct{ path, query, target, body, problem string }
	got := make(chan seen, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s := seen{path: r.URL.EscapedPath(), query: r.URL.RawQuery, target: r.Header.Get("X-Amz-Target"), body: string(body)}
		request := sigv4.FromHTTP(r, sigv4.HashBody(body))
		a, err := sigv4.Parse(request)
		if err == nil {
			err = sigv4.Verify(a, sigv4.Key{AccessKeyID: key.ID, SecretAccessKey: key.Secret, SessionToken: key.SessionToken}, request, testTime, sigv4.Expected{Service: a.Service})
		}
		if err != nil {
			s.problem = err.Error()
		}
		got <- s
		w.WriteHeader(400)
		io.WriteString(w, `{"x":1}`)
	}))
	defer server.Close()
	for _, tt := range []struct {
		uri  string
		want seen
	}{
		{"arn:aws:apigateway:us-east-1:dynamodb:action/PutItem", seen{"/", "Action=PutItem", "DynamoDB_20120810.PutItem", "in", ""}},
		{"arn:aws:apigateway:us-east-1:sqs:path/123456789012/{p}", seen{"/123456789012/a%20b", "", "", "in", ""}},
		{"arn:aws:apigateway:us-east-1:sns:action/Publish&TopicArn=t", seen{"/", "Action=Publish&TopicArn=t", "", "in", ""}},
	} {
		w := newWorld()
		w.assume = func(role string) (*Identity, error) {
			if role != "arn:aws:iam::123456789012:role/r" {
				return nil, ErrNotTrusted
			}
			return &Identity{Key: key}, nil
		}
		for _, s := range []string{"dynamodb", "sqs", "sns"} {
			w.endpoints[s] = server.URL
		}
		w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, methodOn("/{proxy+}", "POST", fmt.Sprintf(`{"authorizationType":"NONE","methodResponses":{"418":{"statusCode":"418"}},
			"methodIntegration":{"type":"AWS","httpMethod":"POST","uri":%q,"credentials":"arn:aws:iam::123456789012:role/r",
			"requestParameters":{"integration.request.path.p":"method.request.path.proxy"},
			"integrationResponses":{"418":{"statusCode":"418","selectionPattern":"4\\d\\d"}}}}`, tt.uri))))
		r := do(t, w.gateway(t), request("POST", "/a%20b", "in"))
		if s := <-got; s != tt.want || r.Code != 418 || r.Body.String() != `{"x":1}` {
			t.Errorf("%s: got %+v, want %+v; answer %d %s", tt.uri, s, tt.want, r.Code, r.Body)
		}
	}
}

// TestHTTPStreams: a large answer of known length goes through whole.
func TestHTTPStreams(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("0123456789abcdef", streamFrom/8)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/known" {
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		}
		io.WriteString(w, body)
	}))
	defer server.Close()
	for _, path := range []string{"/known", "/unknown"} {
		w := newWorld()
		w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, httpAPI("HTTP_PROXY", server.URL+path, "")))
		if r := get(t, w.gateway(t), "/x"); r.Code != 200 || r.Body.String() != body {
			t.Errorf("%s: %d, %d bytes", path, r.Code, r.Body.Len())
		}
	}
}

// TestClientGone: the call to the backend ends when the client goes away.
func TestClientGone(t *testing.T) {
	t.Parallel()
	w := proxyWorld(t, &apigateway.Stage{StageName: "test"})
	ctx, cancel := context.WithCancel(t.Context())
	w.invoke = func(ctx context.Context, _ *Invocation) (*InvocationResult, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	}
	g := w.gateway(t)
	r, head := parseHTTP(t, request("GET", "/x", ""))
	target, _ := g.Resolve(r.Host, "/test/x")
	target.Head = head
	done := make(chan struct{})
	go func() { g.Serve(httptest.NewRecorder(), r.WithContext(ctx), target); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("still waiting")
	}
}

// TestHTTPEncoding: a compressed answer reaches the client as it was before.
func TestHTTPEncoding(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, "hello")
	z.Close()
	for _, tt := range []struct{ encoding, body, want, left string }{
		{"gzip", b.String(), "200 hello", ""},
		{"br", "brotli", "200 brotli", "br"},
		{"gzip", "not gzip", `504 {"message": "Network error communicating with endpoint"}`, ""},
	} {
		backend := newRawBackend(t, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", tt.encoding, len(tt.body), tt.body))
		w := newWorld()
		w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, httpAPI("HTTP_PROXY", backend.url, "")))
		r := get(t, w.gateway(t), "/x", "Accept-Encoding: gzip")
		if got := outcome(r); got != tt.want || r.Result().Header.Get("Content-Encoding") != tt.left {
			t.Errorf("%s: got %s %v", tt.encoding, got, r.Result().Header)
		}
	}
}
