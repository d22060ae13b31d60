package attentive

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// readable waits until there is something to read, for d at most.
func readable(fd int, d time.Duration) bool {
	timeout := unix.NsecToTimespec(int64(d))
	n, err := unix.Ppoll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, &timeout, nil)
	return n == 1 && err == nil
}

// yield lets another thread have the processor, if one waits for it.
func yield() { syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0) } //nolint:errcheck // it cannot fail

// readNow is syscall.Read on a descriptor that does not block, without the
// preparations for one that does.
func readNow(fd int, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, _, e := syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}
