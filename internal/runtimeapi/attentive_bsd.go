//go:build unix && !linux

package runtimeapi

import (
	"syscall"
	"time"
)

// readable does not wait here: Go's poller does.
func readable(int, time.Duration) bool { return false }

// readNow reads from a descriptor that does not block.
func readNow(fd int, p []byte) (int, error) { return syscall.Read(fd, p) }
