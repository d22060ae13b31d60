package server

import (
	"bufio"
	"encoding/json"
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

	"github.com/lambdagate/lambdagate/internal/sigv4"
)

// anyKey is root in dev mode.
var anyKey = sigv4.Key{AccessKeyID: "test", SecretAccessKey: "test"}

// dev starts a server in dev mode that keeps nothing.
func dev(t testing.TB) *served {
	t.Helper()
	c := DefaultConfig()
	c.Mode, c.Listen, c.MemoryOnly, c.LogLevel = "dev", "127.0.0.1:0", true, "error"
	c.Runtimes.Prestart, c.Runtimes.Isolation, c.Runtimes.Cache = 0, "off", t.TempDir()
	return start(t, c)
}

// api imports an API whose root has these methods, in OpenAPI's form, deploys
// it to the stage prod, and returns its id and its path.
func (s *served) api(methods string) (id, path string) {
	s.t.Helper()
	r := s.signed(anyKey, "apigateway", "POST", "/restapis?mode=import", document(methods))
	var api struct{ ID string }
	if err := json.Unmarshal([]byte(r.Body), &api); r.Status != 201 || err != nil {
		s.t.Fatalf("%d %s: %v", r.Status, r.Body, err)
	}
	s.deploy(api.ID)
	return api.ID, "/restapis/" + api.ID + "/prod/_user_request_/"
}

func document(methods string) string {
	return `{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{"/":` + methods + `}}`
}

func (s *served) deploy(api string) {
	s.t.Helper()
	if r := s.signed(anyKey, "apigateway", "POST", "/restapis/"+api+"/deployments", `{"stageName":"prod"}`); r.Status != 201 {
		s.t.Fatalf("%d %s", r.Status, r.Body)
	}
}

// integrated is a method of that integration, which takes no longer than timeout.
func integrated(kind, uri string, timeout time.Duration) string {
	return fmt.Sprintf(`{"x-amazon-apigateway-any-method":{"responses":{"200":{"description":""}},"x-amazon-apigateway-integration":
	{"type":%q,"httpMethod":"ANY","uri":%q,"timeoutInMillis":%d,"responses":{"default":{"statusCode":"200"}}}}}`, kind, uri, timeout.Milliseconds())
}

// endpoint is a back end that does what it likes with a connection once it has
// read a request's head.
type endpoint struct {
	url string
	// asked gets a value for each request, ended one when the other side has
	// closed its connection.
	asked, ended chan struct{}
	written      atomic.Int64 // bytes
}

func newEndpoint(t testing.TB, answer func(io.Writer, *net.TCPConn) error) *endpoint {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &endpoint{url: "http://" + l.Addr().String() + "/", asked: make(chan struct{}, 16), ended: make(chan struct{}, 16)}
	var running sync.WaitGroup
	t.Cleanup(func() { l.Close(); running.Wait() })
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { e.serve(c.(*net.TCPConn), answer) })
		}
	})
	return e
}

func (e *endpoint) serve(c *net.TCPConn, answer func(io.Writer, *net.TCPConn) error) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	r := bufio.NewReader(c)
	if _, err := http.ReadRequest(r); err != nil {
		return
	}
	e.asked <- struct{}{}
	if err := answer(io.MultiWriter(c, countBytes{&e.written}), c); err != nil {
		e.ended <- struct{}{}
		return
	}
	if _, err := io.Copy(io.Discard, r); err == nil {
		e.ended <- struct{}{}
	}
}

type countBytes struct{ n *atomic.Int64 }

func (c countBytes) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return len(p), nil
}

// over writes the same again and again until that fails.
func over(w io.Writer, piece string, pause time.Duration) error {
	for {
		if _, err := io.WriteString(w, piece); err != nil {
			return err
		}
		if pause > 0 {
			time.Sleep(pause)
		}
	}
}

// TestBrokenEndpoints: however an endpoint fails, the client gets AWS's answer
// in time, the endpoint's connection ends, and little is read of what has no end.
func TestBrokenEndpoints(t *testing.T) {
	t.Parallel()
	const (
		late    = `504 {"message": "Endpoint request timed out"}`
		network = `504 {"message": "Network error communicating with endpoint"}`
		failed  = `500 {"message": "Internal server error"}`
		broken  = "200, then the connection broke"
		ok      = "HTTP/1.1 200 OK\r\n"
		mega    = 1 << 20
	)
	text := func(s string) func(io.Writer, *net.TCPConn) error {
		return func(w io.Writer, c *net.TCPConn) error {
			if _, err := io.WriteString(w, s); err != nil {
				return err
			}
			return c.CloseWrite()
		}
	}
	then := func(head, piece string, pause time.Duration) func(io.Writer, *net.TCPConn) error {
		return func(w io.Writer, _ *net.TCPConn) error {
			if _, err := io.WriteString(w, head); err != nil {
				return err
			}
			return over(w, piece, pause)
		}
	}
	large := strings.Repeat("x", 64<<10)
	for _, tt := range []struct {
		name       string
		answer     func(io.Writer, *net.TCPConn) error
		http, prox string // what the client gets through HTTP and HTTP_PROXY
		limit      int64  // of what the endpoint could write
	}{
		{"no answer", func(io.Writer, *net.TCPConn) error { return nil }, late, late, 0},
		{"a head that stops", func(w io.Writer, _ *net.TCPConn) error { _, err := io.WriteString(w, ok+"X-A: "); return err }, late, late, 100},
		{"a head that trickles", then(ok, "X-A: b\r\n", 10*time.Millisecond), late, late, mega},
		{"a head without end", then(ok+"X-A: ", large, 0), network, network, 16 * mega},
		{"fields without end", then(ok, "X-A: b\r\n", 0), network, network, 16 * mega},
		{"a body that trickles", then(ok+"Content-Length: 200000\r\n\r\n", "x", 10*time.Millisecond), late, late, mega},
		{"a large body that trickles", then(ok+"Content-Length: 300000\r\n\r\n", "x", 10*time.Millisecond), late, broken, mega},
		{"cut in the head", text(ok + "Content-Le"), network, network, 100},
		{"cut in the body", text(ok + "Content-Length: 100\r\n\r\nhalf"), network, network, 100},
		{"cut in a chunk", text(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nha"), network, network, 100},
		{"cut in a large body", text(ok + "Content-Length: 300000\r\n\r\n" + large), network, broken, mega},
		{"reset", func(_ io.Writer, c *net.TCPConn) error { c.SetLinger(0); return io.ErrClosedPipe }, network, network, 0},
		{"no HTTP", text("SSH-2.0-OpenSSH\r\n\r\n"), network, network, 100},
		{"20 MB", then(ok+"Content-Length: 20971520\r\n\r\n", large, 0), failed, failed, 16 * mega},
		{"chunks without end", then(ok+"Transfer-Encoding: chunked\r\n\r\n", "10000\r\n"+large+"\r\n", 0), failed, failed, 40 * mega},
		{"a body until the connection ends, without end", then(ok+"\r\n", large, 0), failed, failed, 40 * mega},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := dev(t)
			for kind, want := range map[string]string{"HTTP": tt.http, "HTTP_PROXY": tt.prox} {
				e := newEndpoint(t, tt.answer)
				timeout := 29 * time.Second // the most there is
				switch {
				case want == late:
					timeout = 2 * time.Second
				case want == broken && strings.Contains(tt.name, "trickles"):
					timeout = 5 * time.Second // enough for the head to arrive
				}
				_, path := s.api(integrated(kind, e.url, timeout))
				begun := time.Now()
				got := s.try("GET", path)
				if took := time.Since(begun); got != want || want == late && took < timeout {
					t.Errorf("%s: got %s after %v, want %s", kind, got, took, want)
				}
				if tt.name != "reset" {
					e.wait(t, e.ended, kind+": the endpoint's connection is still open")
				}
				if n := e.written.Load(); n > tt.limit {
					t.Errorf("%s: the endpoint could write %d bytes", kind, n)
				}
			}
		})
	}
}

// try is a request whose answer may break off.
func (s *served) try(method, path string) string {
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.address()+path, nil)
	if err != nil {
		return err.Error()
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Sprintf("%d, then the connection broke", resp.StatusCode)
	}
	return fmt.Sprintf("%d %s", resp.StatusCode, b)
}

func (e *endpoint) wait(t *testing.T, c <-chan struct{}, otherwise string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(time.Minute):
		t.Error(otherwise)
	}
}

// TestClientLeaves: the endpoint's connection ends when the client goes, long
// before the integration's time is over. Both ways into the server notice.
func TestClientLeaves(t *testing.T) {
	t.Parallel()
	s := dev(t)
	e := newEndpoint(t, func(io.Writer, *net.TCPConn) error { return nil })
	for _, kind := range []string{"HTTP", "HTTP_PROXY"} {
		_, path := s.api(integrated(kind, e.url, 29*time.Second))
		for name, request := range map[string]string{
			"plain":   "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
			"a body":  "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi",
			"chunked": "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
		} {
			c, err := net.Dial("tcp", s.listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(c, request)
			e.wait(t, e.asked, kind+", "+name+": the endpoint was not asked")
			c.Close()
			e.wait(t, e.ended, kind+", "+name+": the endpoint's connection is still open")
		}
	}
}

// TestLargeRequests: ten megabytes go through, one byte more does not.
func TestLargeRequests(t *testing.T) {
	t.Parallel()
	const most = 10 << 20
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n, " bytes, ", err)
	}))
	defer endpoint.Close()
	s := dev(t)
	_, path := s.api(integrated("HTTP_PROXY", endpoint.URL, 29*time.Second))
	body := strings.Repeat("x", most+1)
	for _, tt := range []struct {
		size    int
		chunked bool
		expect  string // whether the client waits for leave to send it
		want    string
	}{
		{most, false, "", "200 10485760 bytes, <nil>"},
		{most, false, "100-continue", "200 10485760 bytes, <nil>"},
		{most, true, "", "200 10485760 bytes, <nil>"},
		{most + 1, false, "", `413 {"message":"Request Too Long"}`},
		{most + 1, false, "100-continue", `413 {"message":"Request Too Long"}`},
		{most + 1, true, "", `413 {"message":"Request Too Long"}`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", s.address()+path, strings.NewReader(body[:tt.size]))
		if err != nil {
			t.Fatal(err)
		}
		if tt.expect != "" {
			req.Header.Set("Expect", tt.expect)
		}
		if tt.chunked {
			req.ContentLength = -1
		}
		transport := &http.Transport{ExpectContinueTimeout: time.Minute}
		begun := time.Now()
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Errorf("%d bytes, chunked %v, expect %q: %v", tt.size, tt.chunked, tt.expect, err)
			continue
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		transport.CloseIdleConnections()
		got, took := fmt.Sprintf("%d %s", resp.StatusCode, b), time.Since(begun)
		if got != tt.want || err != nil || took > time.Minute {
			t.Errorf("%d bytes, chunked %v, expect %q: got %s, %v after %v; want %s", tt.size, tt.chunked, tt.expect, got, err, took, tt.want)
		}
	}
}
