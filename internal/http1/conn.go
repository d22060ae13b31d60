package http1

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lambdagate/lambdagate/internal/attentive"
	"github.com/lambdagate/lambdagate/internal/rawhead"
)

// conn is one connection. It belongs to the goroutine that serves it.
type conn struct {
	server *Server
	net.Conn
	peer Peer
	gone context.CancelFunc // ends the requests' context: the client is gone
	busy atomic.Bool        // a request is under way

	buf      []byte // what was read and not yet used: buf[at:]
	at       int
	deadline time.Time // as set on the connection

	reader   attentive.Reader
	request  *http.Request
	url      url.URL
	head     rawhead.Head
	body     body
	response Response
	served   int64 // Server.served at the last one
	last     bool  // close after this request
	watch    watch
}

// maxAwake is how long the next request of a connection is waited for awake,
// while no other request is under way or was since the last: clients that send
// one request after the other send the next in a moment.
const maxAwake = 60 * time.Microsecond

// Sizes of the buffer that requests are read into, in bytes.
const (
	firstBuffer = 2 << 10
	keptBuffer  = 16 << 10
)

// serve is the life of the connection.
func (c *conn) serve() {
	defer c.server.forget(c)
	defer c.gone()
	for {
		end, err := c.readHead()
		if err != nil {
			c.Close()
			return
		}
		if end == 0 || !c.parse(string(c.buf[c.at:c.at+end])) {
			c.handOver()
			return
		}
		c.at += end
		c.busy.Store(true)
		c.server.active.Add(1)
		own, whole := c.answer()
		alone := c.server.active.Add(-1) == 0
		served := c.server.served.Add(1)
		alone, c.served = alone && served-c.served == 1, served
		if !own {
			c.at -= end
			c.handOver()
			return
		}
		if !whole || c.last || c.server.closing.Load() {
			c.linger()
			c.Close()
			return
		}
		c.busy.Store(false)
		if alone && runtime.NumCPU() > 1 {
			c.reader.Attend(maxAwake, 0)
		}
	}
}

// lingerTimeout is how long a client that was answered before it had sent its
// whole body may go on sending.
const lingerTimeout = 5 * time.Second

// linger lets such a client read its answer: a connection that is closed while
// more comes in is reset, and many clients then fail without reading.
func (c *conn) linger() {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || c.body.left == 0 || c.response.broken || half.CloseWrite() != nil {
		return
	}
	c.SetReadDeadline(time.Now().Add(lingerTimeout)) //nolint:errcheck // reading tells
	io.Copy(io.Discard, c.Conn)                      //nolint:errcheck // however it ends
}

// readHead reads until a head is in the buffer and returns its length, or 0 if
// it is too long to be served here.
func (c *conn) readHead() (int, error) {
	if c.at == len(c.buf) {
		c.reset()
	}
	seen := 0 // bytes that were searched
	for {
		unused := c.buf[c.at:]
		if end := headEnd(unused, seen); end > 0 {
			return end, nil
		}
		if len(unused) > maxHead {
			return 0, nil
		}
		seen = len(unused)
		if seen == 0 {
			c.extend(c.server.patience.idle)
			if c.server.closing.Load() {
				return 0, net.ErrClosed
			}
		} else {
			// A head under way: its deadline stays until it is there.
			c.expect(c.server.patience.head)
		}
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
}

// reset makes room, and gives an exceptional buffer back.
func (c *conn) reset() {
	if cap(c.buf) > keptBuffer {
		c.buf = nil
	}
	c.buf, c.at = c.buf[:0], 0
}

// fill reads once.
func (c *conn) fill() error {
	if c.at > 0 {
		n := copy(c.buf, c.buf[c.at:])
		c.buf, c.at = c.buf[:n], 0
	}
	if len(c.buf) == cap(c.buf) {
		grown := make([]byte, len(c.buf), max(firstBuffer, 2*cap(c.buf)))
		copy(grown, c.buf)
		c.buf = grown
	}
	n, err := c.reader.Read(c.buf[len(c.buf):cap(c.buf)])
	c.buf = c.buf[:len(c.buf)+n]
	if n > 0 {
		return nil
	}
	return err
}

// extend sets the deadline to d from now, if it is not about there.
func (c *conn) extend(d time.Duration) {
	want, precision := time.Now().Add(d), c.server.patience.precision()
	if off := want.Sub(c.deadline); off > precision || off < -precision {
		c.deadline = want
		c.SetDeadline(want) //nolint:errcheck // reading will tell
	}
}

// expect sets the deadline to d from now, unless an earlier one is set.
func (c *conn) expect(d time.Duration) {
	if want := time.Now().Add(d); want.Before(c.deadline) {
		c.deadline = want
		c.SetDeadline(want) //nolint:errcheck // reading will tell
	}
}

// answer has the request answered. own is false if the handler has nothing to
// do with it; whole is false if the connection cannot be used further.
func (c *conn) answer() (own, whole bool) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		own, whole = true, false
		if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			c.server.Log.Error("handler panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	c.watch.start(c)
	defer c.watch.stop(c)
	if !c.server.Handler(&c.response, c.request, &c.head, &c.peer) {
		return false, false
	}
	c.watch.stop(c)
	return true, c.response.end() && c.body.skipRest()
}

// parse reads a head into the request; it is false for what is not plain.
func (c *conn) parse(text string) bool {
	p, ok := parseHead(text, c.head.Fields[:0])
	c.head.Fields = p.fields
	if !ok {
		return false
	}
	c.head.Target = p.target
	c.last = p.close
	r := c.request
	r.Method, r.Host, r.RequestURI, r.ContentLength, r.Close = p.method, p.host, p.target, p.length, p.close
	c.url.Path, c.url.RawQuery, _ = strings.Cut(p.target, "?")
	c.body.left, c.body.until = p.length, time.Time{}
	if r.Body = http.NoBody; p.length > 0 {
		r.Body = &c.body
	}
	c.response.reset()
	return true
}
