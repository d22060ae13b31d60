//go:build unix

package http1

import (
	"syscall"
)

// alive looks whether the endpoint has closed a kept connection, or has said
// something that nobody asked for.
func (c *clientConn) alive() bool {
	s, ok := c.Conn.(syscall.Conn)
	if !ok {
		return true // behind TLS; sending will tell
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	alive := false
	err = raw.Control(func(fd uintptr) {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		alive = err == syscall.EAGAIN
	})
	return err == nil && alive
}
