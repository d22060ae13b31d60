package http1

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/rawhead"
)

// endpointSaying answers each request on each connection with the next of
// these texts, then closes; it counts the connections.
func endpointSaying(t *testing.T, answers ...string) (addr string, connections *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	connections = new(atomic.Int32)
	next := make(chan string, len(answers))
	for _, a := range answers {
		next <- a
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			go func() {
				defer c.Close()
				r := bufio.NewReader(c)
				for {
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					io.Copy(io.Discard, req.Body) //nolint:errcheck // the answer tells
					select {
					case a := <-next:
						if a == "" {
							return
						}
						io.WriteString(c, a) //nolint:errcheck // the client tells
					default:
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String(), connections
}

func newTestClient(t *testing.T) *Client {
	c := &Client{DialTimeout: time.Minute, MaxIdle: 4, IdleTimeout: time.Minute}
	t.Cleanup(c.Close)
	return c
}

// do returns an answer as text.
func do(t *testing.T, c *Client, call *Call) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	a, err := c.Do(ctx, call)
	if err != nil {
		return "error: " + err.Error()
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	text := fmt.Sprintf("%d", a.Status)
	for _, f := range a.Fields {
		text += " " + f.Name + "=" + f.Value
	}
	text += fmt.Sprintf(" (%d) %s", a.Length, b)
	if err != nil {
		text += " error: " + err.Error()
	}
	return text
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, answer, want string
		kept                       bool
	}{
		{"names as sent", "GET", "HTTP/1.1 200 OK\r\nx-LOWER: a \r\nX-b:\r\nContent-Length: 2\r\n\r\nhi", "200 x-LOWER=a X-b= Content-Length=2 (2) hi", true},
		{"no reason", "GET", "HTTP/1.1 299\r\nContent-Length: 0\r\n\r\n", "299 Content-Length=0 (0) ", true},
		{"bare line ends", "GET", "HTTP/1.1 200 OK\nA: b\nContent-Length: 2\n\nhi", "200 A=b Content-Length=2 (2) hi", true},
		{"in chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n1\r\n!\r\n0\r\nT: 1\r\n\r\n", "200 Transfer-Encoding=chunked (-1) hi!", true},
		{"until the end", "GET", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi", "200 Connection=close (-1) hi", false},
		{"an older version", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "200 Content-Length=2 (2) hi", false},
		{"an older version that keeps", "GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", "200 Connection=keep-alive Content-Length=2 (2) hi", true},
		{"no body after HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n", "200 Content-Length=20 (0) ", true},
		{"no body with 304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 20\r\n\r\n", "304 Content-Length=20 (0) ", true},
		{"early hints", "GET", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "200 Content-Length=2 (2) hi", true},
		{"a folded value", "GET", "HTTP/1.1 200 OK\r\nA: b\r\n  c\r\nContent-Length: 0\r\n\r\n", "200 A=b c Content-Length=0 (0) ", true},
		{"cut short", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nhi", "200 Content-Length=9 Connection=close (9) hi error: unexpected EOF", false},
		{"something behind it", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi!", "200 Content-Length=2 (2) hi", false},
		{"not HTTP", "GET", "SSH-2.0-x\r\n\r\n", `error: malformed HTTP response: status line "SSH-2.0-x\r"`, false},
		{"a field without a colon", "GET", "HTTP/1.1 200 OK\r\nA\r\n\r\n", `error: malformed HTTP response: field "A"`, false},
		{"two lengths", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi", `error: malformed HTTP response: Content-Length "2"`, false},
		{"another protocol", "GET", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "error: malformed HTTP response: the endpoint switches protocols, unasked", false},
		{"an endless head", "GET", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", maxHead) + "\r\n\r\n", "error: malformed HTTP response: its head is longer than 65536 bytes", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			answer := tt.answer
			addr, connections := endpointSaying(t, answer, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
			if strings.Contains(answer, "close\r\n") {
				// What ends with the connection needs its end.
				addr, connections = endpointClosing(t, answer)
			}
			c := newTestClient(t)
			if got := do(t, c, &Call{Method: tt.method, Address: addr, Target: "/", Host: "h"}); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			do(t, c, &Call{Method: "POST", Address: addr, Target: "/", Host: "h"})
			if n := connections.Load(); (n == 1) != tt.kept {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// endpointClosing says answer on each connection, and closes it.
func endpointClosing(t *testing.T, answer string) (string, *atomic.Int32) {
	t.Helper()
	connections := new(atomic.Int32)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			http.ReadRequest(bufio.NewReader(c)) //nolint:errcheck // the answer tells
			io.WriteString(c, answer)            //nolint:errcheck // as above
			c.Close()
		}
	}()
	return l.Addr().String(), connections
}

func TestCalls(t *testing.T) {
	t.Parallel()
	var got atomic.Pointer[string]
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			buf := make([]byte, 4096)
			n, _ := c.Read(buf)
			got.Store(new(string(buf[:n])))
			io.WriteString(c, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n") //nolint:errcheck // the client tells
			c.Close()
		}
	}()
	fields := []rawhead.Field{{Name: "x-a", Value: "1"}, {Name: "X-A", Value: "2"}}
	for _, tt := range []struct {
		call Call
		want string
	}{
		{Call{Method: "GET", Target: "/a%zz?b=%20", Host: "other", Fields: fields}, "GET /a%zz?b=%20 HTTP/1.1\r\nHost: other\r\nx-a: 1\r\nX-A: 2\r\n\r\n"},
		{Call{Method: "POST", Target: "/", Host: "h", HasBody: true}, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"},
		{Call{Method: "POST", Target: "/", Host: "h", Body: []byte("hi")}, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"},
	} {
		tt.call.Address = l.Addr().String()
		if a := do(t, newTestClient(t), &tt.call); a != "204 Connection=close (0) " {
			t.Error(a)
		}
		if *got.Load() != tt.want {
			t.Errorf("got  %q\nwant %q", *got.Load(), tt.want)
		}
	}
}

// TestDeadConnection: a kept connection that the endpoint has closed is not
// used; one that it closes while the call is on its way is tried again only if
// that does no harm.
func TestDeadConnection(t *testing.T) {
	t.Parallel()
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	for _, tt := range []struct {
		method, want string
		connections  int32
	}{
		{"GET", "200 Content-Length=0 (0) ", 2},
		{"POST", "error: EOF", 1},
	} {
		addr, connections := endpointSaying(t, ok, "", ok)
		c := newTestClient(t)
		do(t, c, &Call{Method: "GET", Address: addr, Target: "/", Host: "h"})
		if got := do(t, c, &Call{Method: tt.method, Address: addr, Target: "/", Host: "h"}); got != tt.want {
			t.Errorf("%s: %q", tt.method, got)
		}
		if n := connections.Load(); n != tt.connections {
			t.Errorf("%s: %d connections", tt.method, n)
		}
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			io.WriteString(w, "some") //nolint:errcheck // the client tells
			w.(http.Flusher).Flush()
		}
		<-stop
	}))
	defer s.Close()
	defer close(stop)
	c := newTestClient(t)
	for _, path := range []string{"/head", "/body"} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		a, err := c.Do(ctx, &Call{Method: "GET", Address: s.Listener.Addr().String(), Target: path, Host: "h"})
		if err == nil {
			_, err = io.ReadAll(a.Body)
			a.Body.Close()
			if err == nil || ctx.Err() == nil {
				t.Errorf("%s: %v", path, err)
			}
			continue
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestEarlyAnswer: an endpoint that answers without reading a large body.
func TestEarlyAnswer(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	}))
	defer s.Close()
	c := newTestClient(t)
	body := make([]byte, 8<<20)
	for range 3 {
		got := do(t, c, &Call{Method: "POST", Address: s.Listener.Addr().String(), Target: "/", Host: "h", Body: body})
		if !strings.HasPrefix(got, "413 ") && !strings.Contains(got, "reset by peer") && !strings.Contains(got, "broken pipe") {
			t.Error(got)
		}
		clear(body) // nobody reads it any more: the race detector looks
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) }))
	defer s.Close()
	call := &Call{Method: "GET", TLS: true, Address: s.Listener.Addr().String(), Target: "/", Host: "example.com"}
	c := newTestClient(t)
	if got := do(t, c, call); !strings.Contains(got, "certificate") {
		t.Errorf("without its authority: %s", got)
	}
	c.TLS = s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	c.TLS.NextProtos = nil
	for range 2 {
		if got := do(t, c, call); !strings.HasSuffix(got, "HTTP/1.1") {
			t.Error(got)
		}
	}
	c.TLS = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // what is tested
	if got := do(t, newInsecure(c), call); !strings.HasSuffix(got, "HTTP/1.1") {
		t.Error(got)
	}
}

func newInsecure(c *Client) *Client {
	return &Client{TLS: c.TLS, DialTimeout: time.Minute}
}

// FuzzAnswer checks that no answer makes the client panic or hang, and that a
// connection is kept only in step.
func FuzzAnswer(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "GET")
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "GET")
	f.Add("HTTP/1.0 304 x\nConnection: keep-alive, x\n\n", "HEAD")
	f.Fuzz(func(t *testing.T, text, method string) {
		ours, theirs := net.Pipe()
		theirs.Close()
		client := &Client{MaxIdle: 1, IdleTimeout: time.Hour}
		defer client.Close()
		c := &clientConn{client: client, Conn: ours, r: bufio.NewReader(strings.NewReader(text)), reusable: true}
		a, err := c.readAnswer(method)
		if err != nil {
			return
		}
		if _, err := io.ReadAll(a.Body); err != nil {
			if len(client.idle) > 0 {
				t.Fatalf("%q: kept after %v", text, err)
			}
			return
		}
		a.Body.Close()
		if rest, _ := io.ReadAll(c.r); len(client.idle) > 0 && len(rest) > 0 {
			t.Fatalf("%q: kept with %q unread", text, rest)
		}
	})
}
