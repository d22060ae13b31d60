package rawhead

import (
	"bytes"
	"crypto/tls"
	"net"
	"strings"
	"sync"
)

// maxHead bounds what the tap keeps of one head; a longer one is net/http's to
// refuse.
const maxHead = 1 << 20

// maxQueued bounds the heads of pipelined requests that wait for the handler.
const maxQueued = 64

// Listener taps every connection that l accepts, above TLS where l gives
// connections whose handshake is done; one that speaks HTTP/2 is left alone.
func Listener(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	state := tlsState(c)
	if state != nil && state.NegotiatedProtocol == "h2" {
		return c, nil
	}
	return &conn{Conn: c, tls: state}, nil
}

// tlsState finds out about the TLS of a connection, also of one that somebody
// read from before; nil without TLS.
func tlsState(c net.Conn) *tls.ConnectionState {
	if w, ok := c.(interface{ NetConn() net.Conn }); ok {
		if t, ok := c.(*tls.Conn); ok {
			return new(t.ConnectionState())
		}
		return tlsState(w.NetConn())
	}
	return nil
}

// conn reads along. Its parser runs under mu, since net/http reads in the
// background while a handler runs.
type conn struct {
	net.Conn
	tls *tls.ConnectionState // nil without TLS

	mu     sync.Mutex
	heads  []*Head
	buf    []byte // the head being read, as the client sent it
	place  place  // within the request line, for patching
	body   framing
	broken bool // no longer in step with net/http: heads are not known
}

// place is where in a request line the next byte stands.
type place int

const (
	inMethod place = iota
	inTarget
	behindTarget
)

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.feed(p[:n])
	}
	return n, err
}

// next takes the oldest head. It is nil if the tap is not in step with
// net/http, which saw the target as seen.
func (c *conn) next(seen string) *Head {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.heads) == 0 {
		return nil
	}
	h := c.heads[0]
	c.heads = c.heads[1:]
	if patched(h.Target) != seen {
		c.broken, c.heads = true, nil
		return nil
	}
	return h
}

// patched is target as net/http sees it.
func patched(target string) string {
	var b []byte
	for i := range len(target) {
		if refusable(target[i]) {
			if b == nil {
				b = []byte(target)
			}
			b[i] = '_'
		}
	}
	if b == nil {
		return target
	}
	return string(b)
}

// refusable tells the bytes of a target that net/http might refuse.
func refusable(b byte) bool { return b == '%' || b < ' ' && b != '\r' || b == 0x7f }

// feed follows the bytes that net/http is about to see, and patches those of
// request targets that it might refuse.
func (c *conn) feed(p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(p) > 0 && !c.broken {
		if c.body.active() {
			p = p[c.body.skip(p):]
			c.broken = c.body.bad
			continue
		}
		p = p[c.feedHead(p):]
	}
}

// feedHead takes bytes of a head and returns how many. A head ends with an
// empty line.
func (c *conn) feedHead(p []byte) int {
	for i, b := range p {
		if len(c.buf) == 0 && (b == '\r' || b == '\n') {
			continue // blank lines before a request
		}
		c.buf = append(c.buf, b)
		if c.place != behindTarget {
			p[i] = c.patch(b)
		}
		if b == '\n' && endsHead(c.buf) {
			c.finishHead()
			return i + 1
		}
	}
	if len(c.buf) > maxHead {
		c.broken = true
	}
	return len(p)
}

func endsHead(buf []byte) bool {
	return bytes.HasSuffix(buf, []byte("\r\n\r\n")) || bytes.HasSuffix(buf, []byte("\n\n"))
}

// patch returns the byte that net/http sees for b.
func (c *conn) patch(b byte) byte {
	switch {
	case b == '\n':
		c.place = behindTarget
	case b == ' ':
		c.place++
	case c.place == inTarget && refusable(b):
		return '_'
	}
	return b
}

func (c *conn) finishHead() {
	h, framing, ok := parseHead(string(c.buf))
	c.buf, c.place = c.buf[:0], inMethod
	if !ok || len(c.heads) >= maxQueued {
		c.broken = true
		return
	}
	c.heads = append(c.heads, h)
	c.body = framing
}

// parseHead reads a head. Lines end with \n or \r\n, as net/http takes them.
func parseHead(text string) (*Head, framing, bool) {
	line, rest, _ := strings.Cut(text, "\n")
	_, target, ok := strings.Cut(strings.TrimSuffix(line, "\r"), " ")
	if !ok {
		return nil, framing{}, false
	}
	version := ""
	if i := strings.LastIndexByte(target, ' '); i >= 0 {
		target, version = target[:i], target[i+1:]
	}
	h := &Head{Target: target, Fields: make([]Field, 0, strings.Count(rest, "\n"))}
	for {
		line, rest, _ = strings.Cut(rest, "\n")
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, framing{}, false
		}
		h.Fields = append(h.Fields, Field{name, strings.Trim(value, " \t")})
	}
	f, ok := bodyFraming(h.Fields, version != "HTTP/1.0")
	return h, f, ok
}
