//go:build unix

package runtimeapi

import (
	"os"
	"syscall"
)

// Pipes makes a connection and what a runtime inherits of it: what it reads as
// its descriptor 3, what it writes as 4, and, where there is one, its board as 5.
// The caller closes them when the runtime has them.
//
// Two pipes and no socket: whenever a runtime takes an event off a socket, the
// kernel wakes whoever waits for events of the server's, because there is room
// to write now. A pipe does so only where it was full.
func Pipes() (ours *Conn, theirs []*os.File, err error) {
	var all []*os.File
	defer func() {
		if err != nil {
			for _, f := range all {
				f.Close()
			}
		}
	}()
	events, out, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	all = append(all, events, out)
	in, frames, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	all = append(all, in, frames)
	theirs = []*os.File{events, frames}
	for _, f := range theirs {
		if err := syscall.SetNonblock(int(f.Fd()), false); err != nil {
			return nil, nil, err
		}
	}
	ours = NewConn(in, out)
	if board, file, err := newBoard(); err == nil { // older kernels have none
		ours.board, theirs = board, append(theirs, file)
	}
	return ours, theirs, nil
}

// writeNow is syscall.Write on a descriptor that does not block.
func writeNow(fd uintptr, p []byte) (int, error) { return syscall.Write(int(fd), p) }
