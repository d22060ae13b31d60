package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lambdagate/lambdagate/internal/rawhead"
)

// maxHead bounds a head, in bytes; longer ones are net/http's to refuse.
const maxHead = 64 << 10

// patience is how long clients may take.
type patience struct {
	idle time.Duration // until the next request
	head time.Duration // from a head's first byte to its last
	body time.Duration // from a body's first byte to its last
	// stall is for the next piece of a body, or to take the next piece of an
	// answer.
	stall time.Duration
}

var usualPatience = patience{idle: 2 * time.Minute, head: 30 * time.Second, body: 5 * time.Minute, stall: time.Minute}

// precision is how exact the deadlines of idle and stalled connections are:
// setting one costs, so they are renewed only when they have moved by that much.
func (p *patience) precision() time.Duration { return p.stall / 6 }

// Handler answers a request, or returns false at once, with nothing done, if
// it is not one of its own. The request, its header fields and the response
// may not be kept. r.Header is nil: head has the fields.
type Handler func(w *Response, r *http.Request, head *rawhead.Head, peer *Peer) bool

// Peer is who is at the other end of a connection.
type Peer struct {
	IP string
	// Trusted is for the handler's use: whether the peer is a trusted proxy.
	Trusted bool
}

// Server serves connections.
type Server struct {
	Handler Handler
	// Trusted says which peers' Trusted is set; nil for none.
	Trusted func(ip string) bool
	// Log is told of panics; nil for the default one.
	Log *slog.Logger

	patience patience // the usual one if it is zero

	rest    *handover
	once    sync.Once
	closing atomic.Bool
	active  atomic.Int64 // requests under way
	served  atomic.Int64 // requests that ever were
	running sync.WaitGroup

	mu       sync.Mutex
	conns    map[*conn]struct{}
	watching bool
	listener net.Listener
}

func (s *Server) init() {
	s.once.Do(func() {
		s.conns = make(map[*conn]struct{})
		s.rest = &handover{conns: make(chan net.Conn), closed: make(chan struct{})}
		if s.Log == nil {
			s.Log = slog.Default()
		}
		if s.patience == (patience{}) {
			s.patience = usualPatience
		}
	})
}

// Rest is the listener of the connections that are not served here. addr is
// what it says its address is.
func (s *Server) Rest(addr net.Addr) net.Listener {
	s.init()
	s.rest.addr = addr
	return s.rest
}

// Serve accepts connections from l until Shutdown; it then returns
// http.ErrServerClosed.
func (s *Server) Serve(l net.Listener) error {
	s.init()
	s.mu.Lock()
	s.listener = l
	s.mu.Unlock()
	var pause time.Duration
	for {
		c, err := l.Accept()
		if s.closing.Load() {
			if err == nil {
				c.Close()
			}
			return http.ErrServerClosed
		}
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return err
			}
			// Too many open files, for example: it passes.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.Log.Warn("connection not accepted", "error", err, "next try in", pause)
			time.Sleep(pause)
			continue
		}
		pause = 0
		s.start(c)
	}
}

// start serves a connection. Under TLS its handshake is done; what speaks HTTP/2
// is net/http's.
func (s *Server) start(c net.Conn) {
	var state *tls.ConnectionState
	if t, ok := c.(*tls.Conn); ok {
		state = new(t.ConnectionState())
		if state.NegotiatedProtocol == "h2" {
			s.running.Go(func() { s.rest.give(c) })
			return
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	n := &conn{server: s, Conn: c, gone: cancel}
	n.peer.IP = c.RemoteAddr().String()
	if host, _, err := net.SplitHostPort(n.peer.IP); err == nil {
		n.peer.IP = host
	}
	n.peer.Trusted = s.Trusted != nil && s.Trusted(n.peer.IP)
	n.request = (&http.Request{
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, RemoteAddr: c.RemoteAddr().String(), URL: &n.url, TLS: state,
	}).WithContext(ctx)
	n.response.c, n.body.c = n, n
	n.reader.Open(c)
	s.mu.Lock()
	s.conns[n] = struct{}{}
	watching := s.watching
	s.watching = true
	s.mu.Unlock()
	if !watching {
		s.running.Go(s.watchAll)
	}
	s.running.Go(n.serve)
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// Shutdown stops accepting, closes idle connections and waits until the
// requests that run were answered, or ctx is done; it then closes what is left.
func (s *Server) Shutdown(ctx context.Context) error {
	s.init()
	s.closing.Store(true)
	s.mu.Lock()
	if s.listener != nil {
		s.listener.Close()
	}
	for c := range s.conns {
		if !c.busy.Load() {
			c.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // it may be closed
		}
	}
	s.mu.Unlock()
	s.rest.Close()
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	<-done
	return ctx.Err()
}
