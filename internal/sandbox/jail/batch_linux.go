package jail

import (
	"strconv"

	"golang.org/x/sys/unix"
)

func (w *walled) batch(on bool) { batchAll(w.processes(), on) }

func (w *plain) batch(on bool) { batchAll(w.processes(), on) }

// batchAll changes the policy of processes, not their priority. It is a wish: one
// that has ended, or may not be changed, stays as it was.
func batchAll(pids []string, on bool) {
	policy := uint32(unix.SCHED_NORMAL)
	if on {
		policy = unix.SCHED_BATCH
	}
	for _, pid := range pids {
		n, err := strconv.Atoi(pid)
		if err != nil || n <= 1 {
			continue
		}
		attr, err := unix.SchedGetAttr(n, 0)
		if err != nil || attr.Policy != unix.SCHED_NORMAL && attr.Policy != unix.SCHED_BATCH {
			continue
		}
		attr.Policy = policy
		_ = unix.SchedSetAttr(n, attr, 0)
	}
}
