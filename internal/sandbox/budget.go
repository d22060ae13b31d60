package sandbox

import "slices"

// expectedBytes is what an environment is counted as until it was looked at.
const expectedBytes = 48 << 20

// admit counts e among all environments if the memory budget allows. Idle
// environments end for it, those longest unused first, then those started
// ahead, then the originals of copies.
func (m *Manager) admit(e *environment) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	budget := int64(m.config.MemoryBudgetMB) << 20
	total := m.residentLocked() + expectedBytes
	if total > budget {
		for _, idle := range m.evictableLocked() {
			total -= idle.cost()
			m.dropIdleLocked(idle)
			if total <= budget {
				break
			}
		}
	}
	if total > budget {
		total -= m.originalsCost()
		m.trimOriginalsLocked(func(stockKey) bool { return false })
	}
	if total > budget {
		return ErrCapacity
	}
	m.all[e] = struct{}{}
	return nil
}

func (e *environment) cost() int64 { return max(expectedBytes/2, e.resided.Load()) }

func (m *Manager) residentLocked() int64 {
	var total int64
	for e := range m.all {
		if e.state == stopping {
			continue // it will be gone in a moment
		}
		total += e.cost()
	}
	return total + m.originalsCost()
}

// roomLocked says that so much more fits the memory budget.
func (m *Manager) roomLocked(more int64) bool {
	return m.residentLocked()+more <= int64(m.config.MemoryBudgetMB)<<20
}

// originalsCost is what the originals hold.
func (m *Manager) originalsCost() (total int64) {
	for _, o := range m.originals {
		if !o.lost() {
			total += expectedBytes
		}
	}
	return total
}

// evictableLocked lists what can end, in the order in which it should.
func (m *Manager) evictableLocked() []*environment {
	var list []*environment
	for e := range m.all {
		if e.state == ready && !e.kept || e.state == generic {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b *environment) int {
		if a.state != b.state {
			return int(b.state) - int(a.state) // ready before generic
		}
		return a.lastUsed.Compare(b.lastUsed)
	})
	return list
}

// dropIdleLocked ends an environment that waits in a pool or in the stock.
func (m *Manager) dropIdleLocked(e *environment) {
	if e.pool != nil {
		e.pool.idle = slices.DeleteFunc(e.pool.idle, func(o *environment) bool { return o == e })
	}
	m.stock.forget(e)
	m.stopLocked(e)
}

// tidy ends environments that nobody used for long, or whose credentials end.
func (m *Manager) tidy() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.trimLocked()
	for e := range m.all {
		if e.state != ready {
			continue
		}
		if now.Sub(e.lastUsed) > m.config.IdleTimeout && !e.kept || !e.keys.Expires.IsZero() && now.Add(e.f.Timeout).After(e.keys.Expires) {
			m.dropIdleLocked(e)
		}
	}
}

// busy lists the environments that load code or run an event.
func (m *Manager) busy() []*environment {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []*environment
	for e := range m.all {
		if e.pool != nil && (e.state == invoking || e.state == initialising) {
			list = append(list, e)
		}
	}
	return list
}
