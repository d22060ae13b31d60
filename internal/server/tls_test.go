package server

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// certificate writes one for a name and returns its files and a pool with it.
func certificate(t testing.TB, dir, name string) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	n, _ := rand.Int(rand.Reader, big.NewInt(1<<60))
	template := &x509.Certificate{
		SerialNumber: n, DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, _ := x509.MarshalPKCS8PrivateKey(private)
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots = x509.NewCertPool()
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(leaf)
	return cert, key, roots
}

// overTLS starts a server with a certificate for gate.example.
func overTLS(t testing.TB, change func(*Config)) (*served, *tls.Config) {
	t.Helper()
	cert, key, roots := certificate(t, t.TempDir(), "gate.example")
	s := serve(t, func(c *Config) {
		c.TLS.Cert, c.TLS.Key = cert, key
		if change != nil {
			change(c)
		}
	})
	client := &tls.Config{RootCAs: roots, ServerName: "gate.example"}
	s.client.Transport.(*http.Transport).TLSClientConfig = client
	return s, client
}

func TestTLSProtocols(t *testing.T) {
	t.Parallel()
	s, client := overTLS(t, nil)
	if want := fmt.Sprint("https://gate.example:", s.listener.Addr().(*net.TCPAddr).Port); s.URL() != want {
		t.Errorf("URL %s, want %s", s.URL(), want)
	}
	for _, want := range []string{"HTTP/1.1", "HTTP/2.0"} {
		tr := &http.Transport{TLSClientConfig: client.Clone(), ForceAttemptHTTP2: want == "HTTP/2.0"}
		defer tr.CloseIdleConnections()
		req, _ := http.NewRequestWithContext(t.Context(), "GET", s.address()+"/_lambdagate/health", nil)
		req.Host = "gate.example"
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.Proto != want || resp.StatusCode != 200 || resp.Header.Get("Strict-Transport-Security") != "max-age=31536000" {
			t.Errorf("%s: %s %d %v %s", want, resp.Proto, resp.StatusCode, resp.Header, b)
		}
	}
	old := client.Clone()
	old.MaxVersion = tls.VersionTLS11
	if c, err := tls.Dial("tcp", s.listener.Addr().String(), old); err == nil {
		c.Close()
		t.Error("TLS 1.1 is spoken")
	}
	// Signed calls see that they came over TLS, and functions have a way in.
	if r := s.query(s.root, "sts", "Action=GetCallerIdentity&Version=2011-06-15"); r.Status != 200 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	inner := s.functionEnv()["AWS_ENDPOINT_URL"]
	resp, err := http.Get(inner + "/console/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if !strings.HasPrefix(inner, "http://127.0.0.1:") || resp.StatusCode != 404 {
		t.Errorf("%s: %d", inner, resp.StatusCode)
	}
}

// TestTLSCookie: under TLS the session's cookie is for TLS only.
func TestTLSCookie(t *testing.T) {
	t.Parallel()
	s, _ := overTLS(t, nil)
	r := s.console("sign-in", "", keyJSON(s.root))
	if set := r.Header.Get("Set-Cookie"); !strings.HasPrefix(set, "__Secure-lambdagate=") || !strings.Contains(set, "; Secure") {
		t.Errorf("cookie %q", set)
	}
	if r := s.console("session", r.cookie(), "{}"); r.Status != 200 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

// TestTLSHead: the gateway sees header names and targets as the client sent
// them, under TLS too.
func TestTLSHead(t *testing.T) {
	t.Parallel()
	s, client := overTLS(t, nil)
	api := s.mock(t, `$input.params().header.keySet()`)
	conn, err := tls.Dial("tcp", s.listener.Addr().String(), client)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	for range 2 { // on one connection
		fmt.Fprintf(conn, "GET /restapis/%s/prod/_user_request_/%%zz/.. HTTP/1.1\r\nHost: gate.example\r\nX-iD: 1\r\nx-Id2: 2\r\n\r\n", api)
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		if resp.StatusCode == 400 {
			t.Errorf("a target that net/http refuses: %d", resp.StatusCode)
		}
		fmt.Fprintf(conn, "GET /restapis/%s/prod/_user_request_/ HTTP/1.1\r\nHost: gate.example\r\nX-iD: 1\r\nx-Id2: 2\r\n\r\n", api)
		if resp, err = http.ReadResponse(r, nil); err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		if !strings.Contains(string(b), "X-iD") || !strings.Contains(string(b), "x-Id2") {
			t.Errorf("%d %s", resp.StatusCode, b)
		}
	}
}

// mock makes an API whose GET / answers with a template, deployed to prod.
func (s *served) mock(t testing.TB, template string) (api string) {
	t.Helper()
	post := func(op, in string) string {
		r := s.cliCall("POST", "/apigateway/"+op, in)
		if r.Status != 200 {
			t.Fatalf("%s: %d %s", op, r.Status, r.Body)
		}
		return r.Body
	}
	made := post("CreateRestApi", `{"name":"mock"}`)
	api = between(made, `"id":"`, `"`)
	method := fmt.Sprintf(`"restApiId":%q,"resourceId":%q,"httpMethod":"GET"`, api, between(made, `"rootResourceId":"`, `"`))
	post("PutMethod", `{`+method+`,"authorizationType":"NONE"}`)
	post("PutIntegration", `{`+method+`,"type":"MOCK","requestTemplates":{"application/json":"{\"statusCode\":200}"}}`)
	post("PutMethodResponse", `{`+method+`,"statusCode":"200"}`)
	post("PutIntegrationResponse", fmt.Sprintf(`{%s,"statusCode":"200","responseTemplates":{"application/json":%q}}`, method, template))
	post("CreateDeployment", fmt.Sprintf(`{"restApiId":%q,"stageName":"prod"}`, api))
	return api
}

// TestTLSReload: a new certificate serves new connections; the open ones live on.
func TestTLSReload(t *testing.T) {
	t.Parallel()
	s, client := overTLS(t, nil)
	old, err := tls.Dial("tcp", s.listener.Addr().String(), client)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	_, _, roots := certificate(t, filepath.Dir(s.config.TLS.Cert), "gate.example")
	deadline := time.Now().Add(time.Minute)
	for {
		c, err := tls.Dial("tcp", s.listener.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "gate.example"})
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	fmt.Fprint(old, "GET /_lambdagate/health HTTP/1.1\r\nHost: gate.example\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(old), nil)
	if err != nil || resp.StatusCode != 200 {
		t.Errorf("the old connection: %v", err)
	}
}

// TestTLSStrangers: clients that say nothing, or something else, hold nobody up,
// and the server ends while they wait.
func TestTLSStrangers(t *testing.T) {
	t.Parallel()
	s, _ := overTLS(t, nil)
	for i := range 20 {
		c, err := net.Dial("tcp", s.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if i%2 == 0 {
			fmt.Fprint(c, "GET / HTTP/1.1\r\n\r\n")
		}
	}
	if r := s.send("GET", "/_lambdagate/health", ""); r.Status != 200 {
		t.Errorf("%d", r.Status)
	}
	began := time.Now()
	s.stop()
	if took := time.Since(began); took > handshakeTimeout {
		t.Errorf("it ended after %s", took)
	}
}

func TestTLSRedirect(t *testing.T) {
	t.Parallel()
	s, _ := overTLS(t, func(c *Config) { c.TLS.RedirectFrom = "127.0.0.1:0" })
	req, _ := http.NewRequestWithContext(t.Context(), "GET", "http://"+s.redirectFrom.Addr().String()+"/console/?region=eu-west-1", nil)
	req.Host = "gate.example"
	resp, err := new(http.Transport).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if want := s.URL() + "/console/?region=eu-west-1"; resp.StatusCode != 301 || resp.Header.Get("Location") != want {
		t.Errorf("%d %s, want %s", resp.StatusCode, resp.Header.Get("Location"), want)
	}
	c := s.config
	c.TLS, c.Data = TLSConfig{RedirectFrom: "127.0.0.1:0"}, t.TempDir()
	if x, err := New(t.Context(), c); err == nil || !strings.Contains(err.Error(), "redirect_from needs certificates") {
		if x != nil {
			x.Close()
		}
		t.Errorf("without certificates: %v", err)
	}
}

// TestHeaders: the console and the own endpoints have the security headers, what
// is deployed has none of them; a page of it that a browser opens has an origin
// of its own, unless the console is at a host of its own.
func TestHeaders(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	apart := serve(t, func(c *Config) { c.Console.Host = "console.example" })
	api, apartAPI := s.mock(t, "hello"), apart.mock(t, "hello")
	names := []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Strict-Transport-Security"}
	shown := func(r reply) string {
		list := []string{fmt.Sprint(r.Status)}
		for _, n := range names {
			list = append(list, strings.Join(r.Header.Values(n), "+"))
		}
		return strings.Join(list, "|")
	}
	path := func(api string) string { return "/restapis/" + api + "/prod/_user_request_/" }
	const own = "|default-src 'none'; frame-ancestors 'none'|nosniff|DENY|no-referrer|"
	for _, c := range []struct {
		name    string
		s       *served
		path    string
		headers []string
		want    string
	}{
		{"own endpoint", s, "/_lambdagate/health", nil, "200" + own},
		{"start page", s, "/", []string{"Accept", "text/html"}, "302" + own},
		{"console, not there", apart, "/console/", nil, "404" + own},
		{"console's host has no APIs", apart, path(apartAPI), []string{"Host", "console.example"}, "403|||||"},
		{"API", s, path(api), nil, "200|||||"},
		{"API for a script", s, path(api), []string{"Sec-Fetch-Dest", "empty"}, "200|||||"},
		{"API as a page", s, path(api), []string{"Sec-Fetch-Dest", "document"}, "200|" + confinement + "||||"},
		{"API in a frame", s, path(api), []string{"Sec-Fetch-Dest", "iframe"}, "200|" + confinement + "||||"},
		{"API as a page, console apart", apart, path(apartAPI), []string{"Sec-Fetch-Dest", "document"}, "200|||||"},
	} {
		got := shown(c.s.send("GET", c.path, "", c.headers...))
		if c.name == "console's host has no APIs" { // an AWS API's answer
			got, c.want = got[:4], c.want[:4]
		}
		if got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
	if r := apart.send("GET", "/console/", "", "Host", "console.example"); !strings.Contains(r.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") || r.Header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("console: %v", r.Header)
	}
}

// TestPlainToOthers: who is warned of plain HTTP.
func TestPlainToOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode, listen string
		proxies      []string
		want         bool
	}{
		{"serve", "0.0.0.0:80", nil, true}, {"serve", ":80", nil, true}, {"serve", "[::]:80", nil, true}, {"serve", "192.0.2.1:80", nil, true}, {"serve", "gate.example:80", nil, true},
		{"serve", "127.0.0.1:80", nil, false}, {"serve", "localhost:80", nil, false}, {"serve", "[::1]:80", nil, false},
		{"serve", "0.0.0.0:80", []string{"192.0.2.0/24"}, false}, {"dev", "0.0.0.0:80", nil, false},
	} {
		x := Config{Mode: c.mode, Listen: c.listen, TrustedProxies: c.proxies}
		if got := x.plainToOthers(); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
	plain := serve(t, func(c *Config) { c.Listen = "localhost:0" })
	if strings.Contains(plain.log.String(), "plain HTTP") {
		t.Errorf("on loopback: %s", plain.log)
	}
}

// flaky is a listener whose first calls fail, as when there are too many open
// files.
type flaky struct {
	net.Listener
	failures atomic.Int32
}

func (l *flaky) Accept() (net.Conn, error) {
	if l.failures.Add(-1) >= 0 {
		return nil, syscall.EMFILE
	}
	return l.Listener.Accept()
}

// TestTLSAcceptsAgain: the port goes on when taking a connection has failed.
func TestTLSAcceptsAgain(t *testing.T) {
	t.Parallel()
	cert, key, roots := certificate(t, t.TempDir(), "gate.example")
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	broken := &flaky{Listener: inner}
	broken.failures.Store(3)
	l := listenTLS(broken, &tls.Config{Certificates: []tls.Certificate{pair}})
	defer l.Close()
	go func() {
		c, err := tls.Dial("tcp", inner.Addr().String(), &tls.Config{RootCAs: roots, ServerName: "gate.example"})
		if err == nil {
			c.Close()
		}
	}()
	accepted := make(chan net.Conn, 1)
	go func() {
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				accepted <- c
				return
			}
			time.Sleep(time.Millisecond) // as servers do
		}
	}()
	select {
	case c := <-accepted:
		c.Close()
	case <-time.After(20 * time.Second):
		t.Error("nothing is accepted any more")
	}
}
