package sandbox

// Stats counts what there is now.
type Stats struct {
	Environments map[string]int // by state: generic, ready, invoking …
	Resident     int64          // about how many bytes they hold
	Events       int64          // that run or wait for an environment
}

// Stats counts environments.
func (m *Manager) Stats() Stats {
	s := Stats{Environments: map[string]int{}, Events: m.events.Load()}
	for st := starting; st < dead; st++ {
		s.Environments[st.String()] = 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for e := range m.all {
		s.Environments[e.state.String()]++
	}
	s.Resident = m.residentLocked()
	return s
}
