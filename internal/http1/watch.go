package http1

import (
	"errors"
	"os"
	"sync"
	"time"
)

// watchEvery is how often requests are looked at. One that is met a second time
// is a long one, and someone looks whether its client is still there. There is
// no timer for each request: most are done in less than a millisecond, and
// setting a timer can cost a wake-up.
const watchEvery = 100 * time.Millisecond

// watch finds out that the client of a long request went away, and then ends
// the request's context. It reads ahead: what it gets is the next request.
type watch struct {
	mu      sync.Mutex
	on      bool          // a request is under way whose body was read
	met     bool          // by the watcher
	stopped bool          // looking shall end
	looking chan struct{} // closed when it has; nil if nobody looks
}

// watchAll runs as long as there are connections.
func (s *Server) watchAll() {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-s.rest.closed: // the server ends, and so will all requests
			return
		}
		s.mu.Lock()
		if len(s.conns) == 0 {
			s.watching = false
			s.mu.Unlock()
			return
		}
		for c := range s.conns {
			if c.busy.Load() {
				c.watch.meet(c)
			}
		}
		s.mu.Unlock()
	}
}

// meet starts looking for the client when it meets a request again.
func (w *watch) meet(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !w.on || w.looking != nil:
	case !w.met:
		w.met = true
	default:
		w.looking, w.stopped = make(chan struct{}), false
		c.server.running.Go(func() { w.look(c) })
	}
}

// look reads until something comes, or it is interrupted.
func (w *watch) look(c *conn) {
	defer close(w.looking)
	w.mu.Lock()
	if w.stopped || len(c.buf)-c.at > maxHead {
		w.mu.Unlock()
		return
	}
	c.SetReadDeadline(time.Time{}) //nolint:errcheck // reading will tell
	w.mu.Unlock()
	if err := c.fill(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		c.gone()
	}
}

// start begins to watch for the client of a request whose body was read.
func (w *watch) start(c *conn) {
	if c.body.left > 0 {
		return
	}
	w.mu.Lock()
	w.on, w.met = true, false
	w.mu.Unlock()
}

// stop ends it and waits until nobody reads any more.
func (w *watch) stop(c *conn) {
	w.mu.Lock()
	w.on = false
	looking := w.looking
	if looking == nil {
		w.mu.Unlock()
		return
	}
	w.stopped = true
	c.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // reading will tell
	w.mu.Unlock()
	<-looking
	w.looking = nil
	c.SetReadDeadline(time.Time{}) //nolint:errcheck // as above
	c.deadline = time.Time{}
}
