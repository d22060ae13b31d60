package http1

import (
	"io"
	"time"
)

// maxSkipped is how much of a body that the handler has not read is skipped to
// get to the next request, in bytes; beyond that the connection is closed.
const maxSkipped = 256 << 10

// body is a request's body of known length.
type body struct {
	c     *conn
	left  int64
	until time.Time // when the client's time for it is over, once it is waited for
}

// Read takes what is in the connection's buffer first.
func (b *body) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	c := b.c
	if c.at < len(c.buf) {
		n := copy(p, c.buf[c.at:])
		c.at += n
		if b.left -= int64(n); b.left == 0 {
			c.watch.start(c)
		}
		return n, nil
	}
	c.extend(b.patience())
	n, err := c.Conn.Read(p)
	b.left -= int64(n)
	if err == io.EOF && b.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	if n > 0 && err == io.EOF {
		err = nil
	}
	if err != nil {
		c.last = true
	}
	if b.left == 0 {
		c.watch.start(c)
	}
	return n, err
}

// patience is how long the next piece may take. Who sends a byte now and then
// does not go on for ever.
func (b *body) patience() time.Duration {
	p := &b.c.server.patience
	if b.until.IsZero() {
		b.until = time.Now().Add(p.body)
	}
	return min(p.stall, time.Until(b.until))
}

func (b *body) Close() error { return nil }

// skipRest gets to the next request; false if that is too far.
func (b *body) skipRest() bool {
	if b.left == 0 {
		return true
	}
	if b.left > maxSkipped || b.c.last {
		return false
	}
	_, err := io.Copy(io.Discard, b)
	b.c.watch.stop(b.c)
	return err == nil && b.left == 0
}
