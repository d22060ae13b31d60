package sandbox

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/lambdagate/lambdagate/internal/sandbox/engine"
)

// Labels of containers.
const (
	functionLabel = "lambdagate.function"
	ownerLabel    = "lambdagate.server"
)

// What servers left behind that were killed is looked for at the start and every
// so often, since the engine may have been away; sweepTime bounds one search.
const (
	sweepEvery = 5 * time.Minute
	sweepTime  = 30 * time.Second
)

// owner names a server so that another one can tell later whether it lives: the
// machine since it was started, the processes that the server sees, which of
// them it is, and since when.
type owner struct {
	machine, processes string
	pid                int
	since              string // empty where the system does not tell
}

func (o owner) String() string {
	return strings.Join([]string{o.machine, o.processes, strconv.Itoa(o.pid), o.since}, "/")
}

func parseOwner(text string) (owner, bool) {
	f := strings.Split(text, "/")
	if len(f) != 4 {
		return owner{}, false
	}
	pid, err := strconv.Atoi(f[2])
	return owner{f[0], f[1], pid, f[3]}, err == nil && pid > 0
}

// near says whether self sees the process of o, if that lives.
func (o owner) near(self owner) bool {
	return o.machine == self.machine && o.processes == self.processes
}

// ended says that the process of o, which is near, has ended.
func (o owner) ended() bool {
	if errors.Is(syscall.Kill(o.pid, 0), syscall.ESRCH) {
		return true
	}
	since, known := startOf(o.pid)
	return known && since != o.since
}

// keepClean sweeps until ctx is done.
func (m *Manager) keepClean(ctx context.Context) {
	for {
		m.sweep(ctx)
		select {
		case <-time.After(sweepEvery):
		case <-ctx.Done():
			return
		}
	}
}

// sweep removes the containers of servers that were killed. What belongs to this
// server, or to one that cannot be seen from here, since it runs on another
// machine or in a container of its own, is left alone while it runs.
func (m *Manager) sweep(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, sweepTime)
	defer cancel()
	e, err := m.engine()
	if err != nil {
		return // who starts a function will be told
	}
	list, err := e.List(ctx, ownerLabel)
	if err != nil {
		return // so will they
	}
	self := thisServer()
	for _, c := range list {
		if o, ok := parseOwner(c.Label(ownerLabel)); ok && leftBehind(ctx, o, self, c) {
			c.Remove(ctx)
		}
	}
}

// restsAfter is how long a container must have ended before it is removed
// although its server may live, which has forgotten it by then.
const restsAfter = time.Minute

func leftBehind(ctx context.Context, o, self owner, c *engine.Container) bool {
	if o != self && o.near(self) {
		return o.ended()
	}
	at, ended := c.Ended(ctx)
	return ended && time.Since(at) > restsAfter
}
