package sandbox

import "slices"

// move changes an environment's state.
func (m *Manager) move(e *environment, to state) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moveLocked(e, to)
}

// moveLocked does not revive an environment that was told to end meanwhile.
func (m *Manager) moveLocked(e *environment, to state) {
	if e.state == to || e.state == stopping || e.state == dead {
		return
	}
	if err := move(e.state, to); err != nil {
		panic(err) // a broken invariant of this package
	}
	e.state = to
}

// discard ends an environment, whatever it is doing.
func (m *Manager) discard(e *environment) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopLocked(e)
}

// stopLocked tells an environment's processes to end; watchEnd clears up.
func (m *Manager) stopLocked(e *environment) {
	if e.state == dead {
		e.close() // bury left the channel open for the last frames
		return
	}
	idle := e.state == ready
	m.moveLocked(e, stopping)
	switch {
	case e.proc == nil:
	case e.ext != nil:
		m.running.Go(func() { e.kill(spindown, idle) })
	default:
		e.proc.Kill()
	}
}

// watchEnd follows a started process until nothing of it is left. The goroutine
// is the manager's.
func (m *Manager) watchEnd(e *environment) {
	m.running.Go(func() {
		<-e.proc.Gone()
		m.mu.Lock()
		alone := e.ext != nil // extensions do not go on alone
		m.mu.Unlock()
		if alone {
			e.kill(endedFailure, false)
		}
		<-e.proc.Ended()
		e.output.finish()
		m.bury(e)
		<-e.proc.Done()
	})
}

// bury forgets an environment of which nothing is left.
func (m *Manager) bury(e *environment) {
	m.mu.Lock()
	defer m.mu.Unlock()
	inUse := e.state == invoking || e.state == initialising
	m.moveLocked(e, stopping)
	e.state = dead
	if !inUse {
		e.close()
	}
	delete(m.all, e)
	m.stock.forget(e)
	if p := e.pool; p != nil {
		p.idle = slices.DeleteFunc(p.idle, func(o *environment) bool { return o == e })
		m.uncountLocked(p)
		if p.keeping.want > 0 {
			m.keepLocked(p)
		}
	}
}
