//go:build unix

package runtimeapi

import (
	"os"
	"syscall"
)

// Pipes makes a connection and what a runtime inherits of it: what it reads as
// its descriptor 3, what it writes as 4. The caller closes them when the runtime
// has them.
//
// Two pipes and no socket: whenever a runtime takes an event off a socket, the
// kernel wakes whoever waits for events of the server's, because there is room
// to write now. A pipe does so only where it was full.
func Pipes() (ours *Conn, theirs []*os.File, err error) {
	events, out, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	in, frames, err := os.Pipe()
	if err == nil {
		theirs = []*os.File{events, frames}
		for _, f := range theirs {
			if err == nil {
				err = syscall.SetNonblock(int(f.Fd()), false)
			}
		}
		if err == nil {
			return NewConn(in, out), theirs, nil
		}
		in.Close()
		frames.Close()
	}
	events.Close()
	out.Close()
	return nil, nil, err
}

// writeNow is syscall.Write on a descriptor that does not block.
func writeNow(fd uintptr, p []byte) (int, error) { return syscall.Write(int(fd), p) }
