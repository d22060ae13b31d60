//go:build unix

package sandbox

import (
	"net"
	"os"
	"syscall"
)

// socketPair makes a connected pair: one end for us and one, blocking, to be
// inherited by a runtime.
func socketPair() (ours net.Conn, theirs *os.File, err error) {
	syscall.ForkLock.RLock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, err
	}
	mine := os.NewFile(uintptr(fds[0]), "frames")
	defer mine.Close()
	theirs = os.NewFile(uintptr(fds[1]), "frames")
	ours, err = net.FileConn(mine)
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return ours, theirs, nil
}
