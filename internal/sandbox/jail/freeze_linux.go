package jail

import (
	"slices"
	"strconv"
	"syscall"
)

// freezeRounds bounds how often processes that were started meanwhile are
// looked for.
const freezeRounds = 8

// stop sends SIGSTOP or SIGCONT to all processes. One that runs may start
// others before it is stopped, so they are looked for until there are none.
func (w *walled) stop(on bool) { stopAll(w.processes, on) }

func stopAll(list func() []string, on bool) {
	number := syscall.SIGCONT
	if on {
		number = syscall.SIGSTOP
	}
	var sent []string
	for range freezeRounds {
		more := false
		for _, pid := range list() {
			if slices.Contains(sent, pid) {
				continue
			}
			sent, more = append(sent, pid), true
			if n, err := strconv.Atoi(pid); err == nil && n > 1 {
				syscall.Kill(n, number) // it may have ended
			}
		}
		if !more || !on {
			return
		}
	}
}
