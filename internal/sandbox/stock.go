package sandbox

import (
	"slices"
	"time"

	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
)

// stock are processes started ahead, each waiting to be told its function.
// What V8 may use is fixed when its process starts, so there is one for each
// runtime and memory size in use, up to Config.PreStarted. The manager's lock
// guards it.
type stock struct {
	want    []stockKey // in use, the latest last
	have    map[stockKey]*environment
	filling map[stockKey]bool
}

type stockKey struct {
	runtime  string
	memoryMB int
}

func (s *stock) init() {
	s.have = map[stockKey]*environment{}
	s.filling = map[stockKey]bool{}
}

// forget drops e if it is in stock.
func (s *stock) forget(e *environment) {
	for key, in := range s.have {
		if in == e {
			delete(s.have, key)
		}
	}
}

// Prepare starts a process ahead for functions of this runtime and memory
// size, in the background. Call it when a function was created or updated;
// Invoke does it too.
func (m *Manager) Prepare(runtime string, memoryMB int) {
	if m.plain || m.config.PreStarted < 0 || parseRuntime(runtime).family == custom {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wantLocked(stockKey{runtime, memoryMB}, nil)
}

// refillDelay is how long a refill waits at most for the event that made it
// necessary: they would share the processors.
const refillDelay = 10 * time.Millisecond

// takeStock returns a waiting process, now initialising, or nil, and sees to it
// that there will be another, soon after done is closed.
func (m *Manager) takeStock(l *launch, memoryMB int, done <-chan struct{}) *environment {
	if m.config.PreStarted < 0 || l.family == custom {
		return nil
	}
	key := stockKey{l.id, memoryMB}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.stock.have[key]
	if e != nil {
		delete(m.stock.have, key)
		e.ahead = true
		m.moveLocked(e, initialising)
	}
	m.wantLocked(key, done)
	return e
}

// wantLocked makes key the latest wanted, lets go of what is beyond the
// number allowed, and fills up.
func (m *Manager) wantLocked(key stockKey, after <-chan struct{}) {
	s := &m.stock
	s.want = append(slices.DeleteFunc(s.want, func(k stockKey) bool { return k == key }), key)
	for len(s.want) > m.config.PreStarted {
		if e := s.have[s.want[0]]; e != nil {
			m.dropIdleLocked(e)
		}
		s.want = s.want[1:]
	}
	if m.closed || s.have[key] != nil || s.filling[key] {
		return
	}
	s.filling[key] = true
	m.running.Go(func() {
		if after != nil {
			select {
			case <-after:
			case <-time.After(refillDelay):
			case <-m.background.Done():
			}
		}
		m.fill(key)
	})
}

// fill starts one process ahead.
func (m *Manager) fill(key stockKey) {
	l, err := m.launchFor(m.background, key.runtime)
	var e *environment
	if err == nil {
		e, err = m.startEnvironment(m.background, l, key.memoryMB, nil)
	}
	if err == nil {
		// The first order to a process takes the longest.
		_ = e.proc.Show(m.background, &jail.Show{})
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.stock.filling, key)
	if err != nil {
		return // the invocation that needs it will say why
	}
	m.moveLocked(e, generic)
	if m.closed || !slices.Contains(m.stock.want, key) || m.stock.have[key] != nil || e.state != generic {
		m.stopLocked(e)
		return
	}
	m.stock.have[key] = e
}
