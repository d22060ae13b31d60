//go:build unix

package attentive

import (
	"io"
	"syscall"
	"time"
)

// Reader reads from a connection. It is for one goroutine at a time.
type Reader struct {
	conn   io.Reader
	raw    syscall.RawConn // nil if conn has none
	awake  time.Duration   // of the next read; used up by it
	thread time.Duration   // likewise

	p   []byte
	n   int
	err error
	try func(fd uintptr) bool // r.attempt, made once
}

// Open sets the connection to read from. One without a descriptor, behind TLS for
// example, is read from as ever.
func (r *Reader) Open(conn io.Reader) {
	r.conn = conn
	if c, ok := conn.(syscall.Conn); ok {
		if raw, err := c.SyscallConn(); err == nil {
			r.raw, r.try = raw, r.attempt
		}
	}
}

// Attend says how the next Read waits: awake, asking again and again, so long;
// then in a system call of its thread, to which the kernel returns sooner than
// to one of Go's poller; and only then as goroutines do.
func (r *Reader) Attend(awake, thread time.Duration) { r.awake, r.thread = awake, thread }

// Raw is the connection's descriptor, nil if it has none.
func (r *Reader) Raw() syscall.RawConn { return r.raw }

// Pending says that there is something to read, be it the end. Where the system
// is not asked it is false.
func (r *Reader) Pending() bool {
	if r.raw == nil {
		return false
	}
	pending := false
	err := r.raw.Control(func(fd uintptr) { pending = readable(int(fd), 0) })
	return pending && err == nil
}

func (r *Reader) Read(p []byte) (int, error) {
	if r.raw == nil || len(p) == 0 {
		return r.conn.Read(p)
	}
	r.p = p
	err := r.raw.Read(r.try)
	r.p = nil
	switch {
	case err != nil:
		return 0, err
	case r.err != nil:
		return 0, r.err
	case r.n == 0:
		return 0, io.EOF
	}
	return r.n, nil
}

// attempt reads if there is something; false asks to be called again when
// there is.
func (r *Reader) attempt(fd uintptr) bool {
	if r.now(fd) {
		return true
	}
	awake, thread := r.awake, r.thread
	r.awake, r.thread = 0, 0
	if awake > 0 {
		for end := time.Now().Add(awake); time.Now().Before(end); {
			yield() // whoever is to write may need this processor
			if r.now(fd) {
				return true
			}
		}
	}
	return thread > 0 && readable(int(fd), thread) && r.now(fd)
}

// now reads without waiting; false if there is nothing.
func (r *Reader) now(fd uintptr) bool {
	for {
		r.n, r.err = readNow(int(fd), r.p)
		switch r.err {
		case syscall.EINTR:
		case syscall.EAGAIN:
			return false
		default:
			return true
		}
	}
}
