package runtimeapi

import "golang.org/x/sys/unix"

// unread is how many bytes wait in a pipe.
func unread(fd uintptr) int {
	n, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ)
	if err != nil {
		return 0
	}
	return n
}
