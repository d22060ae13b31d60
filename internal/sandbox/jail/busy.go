package jail

import (
	"errors"
	"syscall"
	"time"
)

// busyFor is how long a program is tried again whose file is open for writing:
// not by who wrote it and closed it before, but by a process that was forked
// meanwhile and has not yet come to its own program. Forks are that short.
const busyFor = 2 * time.Second

// whenFree starts a program by start, and again while its file is busy.
func whenFree(start func() error) error {
	end := time.Now().Add(busyFor)
	for wait := time.Millisecond; ; wait *= 2 {
		err := start()
		if !errors.Is(err, syscall.ETXTBSY) || time.Now().Add(wait).After(end) {
			return err
		}
		time.Sleep(wait)
	}
}
