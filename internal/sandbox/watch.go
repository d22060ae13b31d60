package sandbox

import (
	"context"
	"time"
)

const (
	// watchEvery is how often the memory of busy environments is looked at.
	watchEvery = 50 * time.Millisecond
	// restAfter is how long nothing must run before the watch rests.
	restAfter = 2 * time.Second
	// tidyEvery is how often idle environments are looked at.
	tidyEvery = time.Second
)

// measure looks at the environment's memory now.
func (e *environment) measure() {
	u := e.proc.Usage()
	if u.Processes == 0 {
		return
	}
	e.resided.Store(u.Resident)
	e.peak.Store(max(e.peak.Load(), u.PeakMemory))
}

// measureOnce gives an environment that the watch has not met yet its figure.
func (e *environment) measureOnce() {
	if e.peak.Load() == 0 {
		e.measure()
	}
}

// watch looks at the memory of busy environments and ends those that hold more
// than their function may; it also tidies up. It is one goroutine of the
// manager.
func (m *Manager) watch(ctx context.Context) {
	tick := time.NewTimer(tidyEvery)
	defer tick.Stop()
	lastTidy := m.now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.wake:
		case <-tick.C:
		}
		busy := m.busy()
		for _, e := range busy {
			e.measure()
			if e.f != nil && e.resided.Load() > int64(e.f.MemoryMB)<<20 {
				e.memKill.Store(true)
				e.proc.Kill()
			}
		}
		if m.now().Sub(lastTidy) >= tidyEvery {
			lastTidy = m.now()
			m.tidy()
		}
		if len(busy) > 0 || time.Since(m.lastInvoke()) < restAfter {
			m.resting.Store(false)
			tick.Reset(watchEvery)
			continue
		}
		m.resting.Store(true)
		tick.Reset(tidyEvery)
	}
}

// rouse makes sure that the watch looks often.
func (m *Manager) rouse() {
	if m.resting.Load() && m.resting.CompareAndSwap(true, false) {
		select {
		case m.wake <- struct{}{}:
		default:
		}
	}
}
