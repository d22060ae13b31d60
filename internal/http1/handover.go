package http1

import (
	"net"
	"sync"
	"time"
)

// handover is the listener through which connections reach net/http.
type handover struct {
	addr   net.Addr
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (h *handover) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

func (h *handover) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

func (h *handover) Addr() net.Addr { return h.addr }

// handOver gives the connection away, with what was read of it.
func (c *conn) handOver() {
	c.SetDeadline(time.Time{}) //nolint:errcheck // reading will tell
	var give net.Conn = c.Conn
	if rest := c.buf[c.at:]; len(rest) > 0 {
		give = &begun{Conn: c.Conn, read: rest}
	}
	c.buf = nil
	c.server.rest.give(give)
}

func (h *handover) give(c net.Conn) {
	select {
	case h.conns <- c:
	case <-h.closed:
		c.Close()
	}
}

// begun is a connection of which something was read.
type begun struct {
	net.Conn
	read []byte
}

func (b *begun) Read(p []byte) (int, error) {
	if len(b.read) == 0 {
		return b.Conn.Read(p)
	}
	n := copy(p, b.read)
	if b.read = b.read[n:]; len(b.read) == 0 {
		b.read = nil
	}
	return n, nil
}

// NetConn is the connection itself, for those who ask about its TLS.
func (b *begun) NetConn() net.Conn { return b.Conn }
