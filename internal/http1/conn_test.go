package http1

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/rawhead"
)

// scripted is a connection on which these parts arrive, a read each, and then
// the end.
type scripted struct {
	mu    sync.Mutex
	parts [][]byte
	out   bytes.Buffer
}

func (c *scripted) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.parts) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.parts[0])
	if c.parts[0] = c.parts[0][n:]; len(c.parts[0]) == 0 {
		c.parts = c.parts[1:]
	}
	return n, nil
}

func (c *scripted) Write(p []byte) (int, error)      { return c.out.Write(p) }
func (c *scripted) Close() error                     { return nil }
func (c *scripted) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c *scripted) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (c *scripted) SetDeadline(time.Time) error      { return nil }
func (c *scripted) SetReadDeadline(time.Time) error  { return nil }
func (c *scripted) SetWriteDeadline(time.Time) error { return nil }

// converse is what comes of bytes that arrive in these parts: the answers, and
// what net/http would read.
func converse(t *testing.T, parts ...[]byte) string {
	c := &scripted{}
	for _, p := range parts {
		if len(p) > 0 {
			c.parts = append(c.parts, bytes.Clone(p))
		}
	}
	s := &Server{Handler: func(w *Response, r *http.Request, head *rawhead.Head, _ *Peer) bool {
		if r.Method == "HEAD" {
			return false
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, 10)) // and no more
		w.Respond(200, nil, fmt.Appendf(nil, "%s %s %q %q %v", r.Method, head.Target, head.Fields, body, err))
		return true
	}}
	given := make(chan []byte, 1)
	rest := s.Rest(nil)
	go func() {
		over, err := rest.Accept()
		if err != nil {
			given <- nil
			return
		}
		b, _ := io.ReadAll(over)
		given <- append([]byte("net/http: "), b...)
	}()
	s.watching = true // nobody looks for clients that go away: there is none
	s.start(c)
	s.running.Wait()
	rest.Close()
	return dates.ReplaceAllString(c.out.String(), "") + string(<-given)
}

var dates = regexp.MustCompile(`Date: [^\r]*\r\n`)

// FuzzConn: what comes of a connection's bytes does not depend on how they are
// cut into pieces on their way, and none is lost between here and net/http.
func FuzzConn(f *testing.F) {
	const host = " HTTP/1.1\r\nHost: h\r\n"
	for _, s := range []string{
		"GET /a" + host + "\r\nGET /b" + host + "\r\n",
		"POST /a" + host + "Content-Length: 3\r\n\r\nabcPOST /b" + host + "Content-Length: 20\r\n\r\n01234567890123456789GET /c" + host + "\r\n",
		"GET /a" + host + "\r\nHEAD /b" + host + "\r\nGET /c" + host + "\r\n",
		"POST /a" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /a" + host + "Content-Length: 30\r\n\r\nshort", "GET /\r\n\r\n",
	} {
		f.Add([]byte(s), uint(9), uint(60))
	}
	f.Fuzz(func(t *testing.T, b []byte, one, two uint) {
		i := int(one % uint(len(b)+1))
		j := i + int(two%uint(len(b)-i+1))
		whole, cut := converse(t, b), converse(t, b[:i], b[i:j], b[j:])
		if whole != cut {
			t.Fatalf("%q\nat once: %q\ncut at %d and %d: %q", b, whole, i, j, cut)
		}
	})
}
