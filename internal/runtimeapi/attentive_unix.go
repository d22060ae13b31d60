//go:build unix

package runtimeapi

import (
	"io"
	"net"
	"syscall"
	"time"
)

// attentive reads from a connection. Where there is nothing to read yet, it can
// wait for a while in a system call of its own thread: the kernel then changes
// from the runtime's process right back to this one, on the same processor,
// which takes a fraction of the time of the way through Go's poller.
type attentive struct {
	conn     net.Conn
	raw      syscall.RawConn // nil if conn has none
	patience time.Duration   // of the next read; it is used up by it

	p   []byte
	n   int
	err error
	try func(fd uintptr) bool // r.attempt, made once
}

func (r *attentive) open(conn net.Conn) {
	r.conn = conn
	if c, ok := conn.(syscall.Conn); ok {
		if raw, err := c.SyscallConn(); err == nil {
			r.raw, r.try = raw, r.attempt
		}
	}
}

func (r *attentive) Read(p []byte) (int, error) {
	if r.raw == nil {
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
	case r.n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return r.n, nil
}

// attempt reads if there is something; false asks to be called again when
// there is.
func (r *attentive) attempt(fd uintptr) bool {
	if r.now(fd) {
		return true
	}
	patience := r.patience
	r.patience = 0
	return patience > 0 && readable(int(fd), patience) && r.now(fd)
}

// now reads without waiting; false if there is nothing.
func (r *attentive) now(fd uintptr) bool {
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
