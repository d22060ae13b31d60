//go:build !linux

package sandbox

import "time"

// monotonic is not known to be the same clock in all processes here.
func monotonic() (time.Duration, bool) { return 0, false }
