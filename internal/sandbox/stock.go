package sandbox

import (
	"context"
	"slices"
	"time"

	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
)

// stock are processes started ahead, each waiting to be told its function.
// What V8 may use is fixed when its process starts, so there is one for each
// runtime and memory size in use, up to Config.PreStarted, and while new
// functions keep coming, more for the latest, up to the same number. The
// manager's lock guards it.
type stock struct {
	want    []stockKey // in use, the latest last
	shelves map[stockKey]*shelf
	rush    time.Time // until then there may be more than one of the latest
}

type stockKey struct {
	runtime  string
	memoryMB int
}

// shelf is the stock of one key.
type shelf struct {
	have    []*environment // the last one was started last
	filling int            // that are being started
	waiting []chan *environment
	hurry   chan struct{} // somebody waits: no refill is put off
}

// rushTime is how long after a function's first event others are expected.
const rushTime = 30 * time.Second

func (s *stock) init() { s.shelves = map[stockKey]*shelf{} }

func (s *stock) shelf(key stockKey) *shelf {
	if s.shelves[key] == nil {
		s.shelves[key] = &shelf{hurry: make(chan struct{}, 1)}
	}
	return s.shelves[key]
}

// wanted is how many of a key there should be.
func (s *stock) wanted(key stockKey, most int, now time.Time) int {
	switch i := slices.Index(s.want, key); {
	case i < 0:
		return 0
	case i == len(s.want)-1 && now.Before(s.rush):
		return 1 + most - len(s.want)
	}
	return 1
}

// forget drops e if it is in stock.
func (s *stock) forget(e *environment) {
	for _, on := range s.shelves {
		on.have = slices.DeleteFunc(on.have, func(in *environment) bool { return in == e })
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

// answerTime is how long the answer of an event may take to be written.
const answerTime = time.Millisecond

// takeStock returns a process that waits, or the next that is being started,
// now initialising, or nil, and sees to it that there will be another, soon after
// done is closed.
func (m *Manager) takeStock(ctx context.Context, l *launch, memoryMB int, done <-chan struct{}) *environment {
	if m.config.PreStarted < 0 || l.family == custom {
		return nil
	}
	e, next := m.askStock(stockKey{l.id, memoryMB}, done)
	if next == nil {
		return e
	}
	select {
	case e = <-next:
		return e
	case <-ctx.Done():
		m.running.Go(func() { // whoever starts it answers
			if e := <-next; e != nil {
				m.discard(e)
			}
		})
		return nil
	}
}

// askStock takes a process, or a place in the queue for those being started.
func (m *Manager) askStock(key stockKey, done <-chan struct{}) (e *environment, next chan *environment) {
	m.mu.Lock()
	defer m.mu.Unlock()
	on := m.stock.shelf(key)
	if n := len(on.have); n > 0 {
		e = on.have[n-1]
		on.have = on.have[:n-1]
		m.handOutLocked(e)
	} else if on.filling > len(on.waiting) {
		next = make(chan *environment, 1)
		on.waiting = append(on.waiting, next)
		select {
		case on.hurry <- struct{}{}:
		default:
		}
	}
	m.stock.rush = m.now().Add(rushTime)
	m.wantLocked(key, done)
	return e, next
}

func (m *Manager) handOutLocked(e *environment) {
	e.ahead = true
	m.moveLocked(e, initialising)
}

// wantLocked makes key the latest wanted, lets go of what is beyond the
// number allowed, and fills up.
func (m *Manager) wantLocked(key stockKey, after <-chan struct{}) {
	s := &m.stock
	s.want = append(slices.DeleteFunc(s.want, func(k stockKey) bool { return k == key }), key)
	if beyond := len(s.want) - m.config.PreStarted; beyond > 0 {
		s.want = slices.Delete(s.want, 0, beyond)
	}
	m.trimLocked()
	on := s.shelf(key)
	for !m.closed && len(on.have)+on.filling-len(on.waiting) < s.wanted(key, m.config.PreStarted, m.now()) {
		on.filling++
		m.running.Go(func() {
			if after != nil {
				m.putOff(after, on.hurry)
			}
			m.fill(key)
		})
	}
}

// putOff waits until the event that made a refill necessary is over, and its answer
// written, unless somebody needs the process.
func (m *Manager) putOff(after <-chan struct{}, hurry <-chan struct{}) {
	select {
	case <-after:
	case <-hurry:
		return
	case <-time.After(refillDelay):
		return
	case <-m.background.Done():
		return
	}
	select {
	case <-hurry:
	case <-time.After(answerTime):
	case <-m.background.Done():
	}
}

// trimLocked ends what is not wanted any more.
func (m *Manager) trimLocked() {
	for key, on := range m.stock.shelves {
		for len(on.have) > m.stock.wanted(key, m.config.PreStarted, m.now()) {
			m.dropIdleLocked(on.have[0])
		}
		if len(on.have)+on.filling == 0 && !slices.Contains(m.stock.want, key) {
			delete(m.stock.shelves, key)
		}
	}
	m.trimOriginalsLocked(func(key stockKey) bool { return slices.Contains(m.stock.want, key) })
}

// fill starts one process ahead.
func (m *Manager) fill(key stockKey) {
	l, err := m.launchFor(m.background, key.runtime)
	var e *environment
	if err == nil {
		e, err = m.startGeneric(m.background, l, key.memoryMB)
	}
	if err == nil && e.original == nil {
		// The first order to a process takes the longest.
		_ = e.proc.Show(m.background, &jail.Show{})
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	on := m.stock.shelf(key)
	on.filling--
	if err == nil {
		m.moveLocked(e, generic)
	}
	usable := err == nil && !m.closed && e.state == generic
	switch {
	case len(on.waiting) > 0:
		next := on.waiting[0]
		on.waiting = slices.Delete(on.waiting, 0, 1)
		if usable {
			m.handOutLocked(e)
			next <- e
			return
		}
		next <- nil // it starts its own, and will say why that cannot be done
	case usable:
		on.have = append(on.have, e)
		if e.original != nil {
			m.running.Go(func() { m.rehearse(e) })
		}
	}
	if err == nil && !usable {
		m.stopLocked(e)
	}
	m.trimLocked()
}

// rehearseAfter is how long a copy must not have been needed: in a rush there are
// better uses of the processors.
const rehearseAfter = 20 * time.Millisecond

// rehearse lets a copy rehearse if it is still in stock then.
func (m *Manager) rehearse(e *environment) {
	select {
	case <-time.After(rehearseAfter):
	case <-m.background.Done():
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if e.state == generic {
		_ = e.conn.WriteRehearse() // it may have ended
	}
}
