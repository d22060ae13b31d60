//go:build unix && !linux

package attentive

import (
	"runtime"
	"syscall"
	"time"
)

// yield lets others have the processor.
func yield() { runtime.Gosched() }

// readable does not wait here: Go's poller does.
func readable(int, time.Duration) bool { return false }

// readNow reads from a descriptor that does not block.
func readNow(fd int, p []byte) (int, error) { return syscall.Read(fd, p) }
