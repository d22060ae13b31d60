package sandbox

import (
	"time"

	"golang.org/x/sys/unix"
)

// monotonic is the clock that all processes of the machine share, and whether
// runtimes show it too.
func monotonic() (time.Duration, bool) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return 0, false
	}
	return time.Duration(t.Nano()), true
}
