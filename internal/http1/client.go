package http1

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/rawhead"
)

// Client sends requests as they are given: no field is added but those that
// frame the message, none is renamed, and the answer's fields come as they were
// sent. Connections are kept and used again.
type Client struct {
	// TLS is how https endpoints are checked.
	TLS *tls.Config
	// DialTimeout bounds making a connection, TLS included.
	DialTimeout time.Duration
	// MaxIdle bounds the connections to one endpoint that are kept.
	MaxIdle int
	// IdleTimeout is how long an unused one is kept.
	IdleTimeout time.Duration

	mu     sync.Mutex
	idle   map[endpoint][]*clientConn // the last one was used last
	prune  *time.Timer
	closed bool
}

// endpoint is where connections lead.
type endpoint struct {
	address string // host:port
	tls     bool
}

// Call is a request.
type Call struct {
	Method  string
	TLS     bool
	Address string // host:port to connect to
	Target  string // path and query
	Host    string
	// Fields must be well-formed and say nothing about the body's length or the
	// connection.
	Fields []rawhead.Field
	// Body may not be changed before the answer's body was read to its end or
	// closed. A call with HasBody says how long it is, also if it is empty.
	Body    []byte
	HasBody bool
}

// Answer is a response. Its Body has to be closed.
type Answer struct {
	Status int
	Fields []rawhead.Field
	Length int64 // of the body, -1 if that is not known
	Body   io.ReadCloser
}

// Get returns the last value of a field, its name compared without case.
func (a *Answer) Get(name string) string { return rawhead.Last(a.Fields, name) }

// Do sends a call and reads the head of its answer. The deadline of ctx, and
// its end, bound all of it, the body included.
func (c *Client) Do(ctx context.Context, call *Call) (*Answer, error) {
	where := endpoint{call.Address, call.TLS}
	for {
		conn, reused, err := c.connect(ctx, where)
		if err != nil {
			return nil, err
		}
		a, err := conn.do(ctx, call)
		if err == nil {
			return a, nil
		}
		conn.abandon()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		// The endpoint may have closed a kept connection just now.
		if !reused || conn.answered || !repeatable(call.Method) {
			return nil, err
		}
	}
}

// repeatable says that sending a request twice does no harm. RFC 9110.
func repeatable(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// connect takes a kept connection, or makes one.
func (c *Client) connect(ctx context.Context, where endpoint) (conn *clientConn, reused bool, err error) {
	for {
		conn := c.kept(where)
		if conn == nil {
			break
		}
		if conn.alive() {
			return conn, true, nil
		}
		conn.Close()
	}
	ctx, cancel := context.WithTimeout(ctx, c.DialTimeout)
	defer cancel()
	var d net.Dialer
	raw, err := d.DialContext(ctx, "tcp", where.address)
	if err != nil {
		return nil, false, err
	}
	if where.tls {
		if raw, err = c.handshake(ctx, raw, where); err != nil {
			return nil, false, err
		}
	}
	conn = &clientConn{client: c, Conn: raw, where: where, r: bufio.NewReaderSize(raw, 4<<10)}
	return conn, false, nil
}

func (c *Client) handshake(ctx context.Context, raw net.Conn, where endpoint) (net.Conn, error) {
	config := c.TLS
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if config.ServerName == "" {
		config = config.Clone()
		config.ServerName, _, _ = net.SplitHostPort(where.address)
	}
	secure := tls.Client(raw, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, err
	}
	return secure, nil
}

// kept takes a kept connection, nil if there is none.
func (c *Client) kept(where endpoint) *clientConn {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.idle[where]
	if len(list) == 0 {
		return nil
	}
	conn := list[len(list)-1]
	list[len(list)-1] = nil
	c.idle[where] = list[:len(list)-1]
	return conn
}

// keep takes back a connection whose answer was read.
func (c *Client) keep(conn *clientConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.idle[conn.where]) >= c.MaxIdle {
		conn.Close()
		return
	}
	if c.idle == nil {
		c.idle = make(map[endpoint][]*clientConn)
	}
	conn.since = time.Now()
	c.idle[conn.where] = append(c.idle[conn.where], conn)
	if c.prune == nil {
		c.prune = time.AfterFunc(c.IdleTimeout, c.pruneOld)
	}
}

// pruneOld closes what nobody has used for long. It runs while there are kept
// connections.
func (c *Client) pruneOld() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for where, list := range c.idle {
		kept := slices.DeleteFunc(list, func(conn *clientConn) bool {
			old := time.Since(conn.since) >= c.IdleTimeout
			if old {
				conn.Close()
			}
			return old
		})
		if c.idle[where] = kept; len(kept) == 0 {
			delete(c.idle, where)
		}
	}
	if c.prune = nil; len(c.idle) > 0 && !c.closed {
		c.prune = time.AfterFunc(c.IdleTimeout/2, c.pruneOld)
	}
}

// Close closes the kept connections; those in use are closed after use.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, list := range c.idle {
		for _, conn := range list {
			conn.Close()
		}
	}
	c.idle = nil
	if c.prune != nil {
		c.prune.Stop()
	}
}

// clientConn is one connection. It belongs to whoever took it.
type clientConn struct {
	client *Client
	net.Conn
	where endpoint
	r     *bufio.Reader
	since time.Time // kept since then

	out      []byte
	answered bool // something of the answer has come
	reusable bool
	sent     chan error // the end of a large body's sending
	release  func() bool
}

// largeBody is the size, in bytes, from which a body is sent while the answer
// is waited for: an endpoint may answer without reading it.
const largeBody = 64 << 10

func (c *clientConn) do(ctx context.Context, call *Call) (*Answer, error) {
	c.answered, c.reusable, c.sent = false, true, nil
	c.bound(ctx)
	if err := c.send(call); err != nil {
		c.unbound()
		return nil, err
	}
	a, err := c.readAnswer(call.Method)
	if err != nil {
		c.unbound()
		return nil, err
	}
	return a, nil
}

// bound makes the connection end with ctx.
func (c *clientConn) bound(ctx context.Context) {
	c.release = context.AfterFunc(ctx, func() {
		c.SetDeadline(time.Unix(1, 0)) //nolint:errcheck // reading tells
	})
}

// unbound frees the connection of its call's context.
func (c *clientConn) unbound() {
	if c.release != nil && !c.release() {
		c.reusable = false // its deadline was or will be moved
	}
	c.release = nil
}

// send writes the request.
func (c *clientConn) send(call *Call) error {
	out := append(c.out[:0], call.Method...)
	out = append(append(append(out, ' '), call.Target...), " HTTP/1.1\r\n"...)
	out = appendField(out, "Host", call.Host)
	for i := range call.Fields {
		out = appendField(out, call.Fields[i].Name, call.Fields[i].Value)
	}
	if call.HasBody || len(call.Body) > 0 {
		out = append(out, "Content-Length: "...)
		out = append(strconv.AppendInt(out, int64(len(call.Body)), 10), "\r\n"...)
	}
	out = append(out, "\r\n"...)
	if cap(out) <= keptBuffer {
		c.out = out
	}
	if len(call.Body) < largeBody {
		out = append(out, call.Body...)
		if cap(out) <= keptBuffer {
			c.out = out
		}
		_, err := c.Conn.Write(out)
		return err
	}
	sent := make(chan error, 1)
	c.sent = sent
	go func() {
		_, err := (&net.Buffers{out, call.Body}).WriteTo(c.Conn)
		sent <- err
	}()
	return nil
}

// finish is called when the answer was read to its end, or will not be.
func (c *clientConn) finish(whole bool) {
	c.unbound()
	if c.sent != nil {
		select {
		case err := <-c.sent:
			c.sent = nil
			c.reusable = c.reusable && err == nil
		default: // it answered without reading the request
			c.reusable = false
		}
	}
	if !whole || !c.reusable || c.r.Buffered() > 0 {
		c.abandon()
		return
	}
	c.client.keep(c)
}

// abandon closes the connection and waits until nobody sends on it any more.
func (c *clientConn) abandon() {
	c.Close()
	if c.sent != nil {
		<-c.sent
		c.sent = nil
	}
}

var errMalformed = errors.New("malformed HTTP response")
