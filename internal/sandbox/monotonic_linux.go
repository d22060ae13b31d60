package sandbox

import (
	"time"

	"golang.org/x/sys/unix"
)

// monotonic is the clock that all processes of the machine share, and whether
// runtimes show it too.
func monotonic() (time.Duration, bool) {
	return monotonicBase + time.Since(monotonicSince), monotonicBase != 0
}

// Go measures times with that clock too, and asks for it quicker, but does not
// tell what it shows.
var (
	monotonicSince = time.Now()
	monotonicBase  = monotonicNow()
)

func monotonicNow() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
