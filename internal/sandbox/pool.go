package sandbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// pool are the environments of one function version.
type pool struct {
	f       *Function
	lines   []*environment // that have an event and can be sent another
	lined   int            // events that wait there
	idle    []*environment // the last one was used last
	count   int            // all that live or are being started
	loading int            // of those, for the first time
	retired bool           // no longer wanted: environments end after use
	keeping keeping        // provisioned.go
	queue   queue          // queue.go
}

// turn is how an event gets to an environment of its pool: one that waits; or
// a place in the line for a certain one; or a place in the queue for the next to
// be free; or else room for a new one, which the caller must start.
type turn struct {
	p     *pool
	e     *environment
	place *place
	wait  *waiter
}

// take finds ev its turn. One that looks for it again does not stand in line.
func (m *Manager) take(f *Function, ev *Event, again bool) (turn, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return turn{}, ErrClosed
	}
	p := m.pools[f.ID]
	if p == nil {
		p = &pool{f: f}
		m.pools[f.ID] = p
	}
	t := turn{p: p}
	if p.queue.short() {
		if p.full() {
			return t, ErrThrottled
		}
		if p.running() >= m.config.lanes && !again {
			if t.place = m.lineUpLocked(p, ev); t.place != nil {
				return t, nil
			}
		}
		if p.running() >= 2*m.config.lanes {
			t.wait = p.queue.join()
			return t, nil
		}
	}
	if t.e = m.idleLocked(p); t.e != nil {
		return t, nil
	}
	return t, p.growLocked()
}

// full says that as many events as the function may have run or wait.
func (p *pool) full() bool {
	return p.f.MaxConcurrency > 0 && p.running()+p.lined+len(p.queue.waiting)-p.queue.first >= p.f.MaxConcurrency
}

// expiresLocked says that e's credentials may not last for another event.
func (m *Manager) expiresLocked(e *environment) bool {
	return !e.keys.Expires.IsZero() && m.now().Add(e.f.Timeout).After(e.keys.Expires)
}

// running is how many environments load code or have an event.
func (p *pool) running() int { return p.count - len(p.idle) }

// idleLocked takes the environment that was used last of those that wait, or
// nil.
func (m *Manager) idleLocked(p *pool) *environment {
	for len(p.idle) > 0 {
		e := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		if m.expiresLocked(e) {
			m.stopLocked(e)
			continue
		}
		m.moveLocked(e, invoking)
		return e
	}
	return nil
}

// growLocked counts one more environment, if the function may have it.
func (p *pool) growLocked() error {
	limit := p.f.MaxConcurrency
	if p.f.Inspect != "" {
		limit = 1
	}
	if limit > 0 && p.count >= limit {
		return ErrThrottled
	}
	p.count++
	p.loading++
	return nil
}

// loaded ends what growLocked began, also if it failed.
func (m *Manager) loaded(p *pool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p.loading--
}

// give returns an environment after an event.
func (m *Manager) give(e *environment, usable bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e.lastUsed = m.now()
	if !usable {
		m.dismissLocked(e)
		m.stopLocked(e)
		return
	}
	m.releaseLocked(e)
}

// releaseLocked gives an environment to the next event, or lets it wait for
// one.
func (m *Manager) releaseLocked(e *environment) {
	if m.closed || e.state != invoking {
		m.dismissLocked(e)
		m.stopLocked(e)
		return
	}
	if m.nextInLineLocked(e) {
		return
	}
	if e.pool.retired {
		m.stopLocked(e)
		return
	}
	if !m.expiresLocked(e) {
		if w := e.pool.queue.next(); w != nil {
			w.free <- e // from one event to the next
			return
		}
	}
	m.moveLocked(e, ready)
	e.pool.idle = append(e.pool.idle, e)
}

// invokeCold starts an environment and runs ev in it. take has counted it.
//
// AWS: code that does not load in ten seconds is loaded once more as part of
// the event, in the function's own time.
func (m *Manager) invokeCold(ctx context.Context, p *pool, f *Function, ev *Event) (*Outcome, error) {
	done := make(chan struct{})
	defer close(done)
	loaded := sync.OnceFunc(func() { m.loaded(p) })
	defer loaded()
	ahead := m.awaken(ctx, f, done)
	t, err := m.newTenant(ctx, p, f)
	if err != nil {
		m.turnAway(ahead)
		m.uncount(p)
		return nil, err
	}
	t.journal.initStart()
	e, err := m.fresh(ctx, ahead, t)
	if err != nil {
		m.uncount(p)
		return entrypointOutcome(t, ev, err)
	}
	err = e.initialise(ctx, e.began.Add(m.config.InitTimeout), ev.RequestID, ev)
	e.initDur = m.now().Sub(e.began)
	loaded()
	if err == nil {
		return m.invokeFirst(e, ev, limitOf(f)), nil
	}
	var failed *errInit
	if !errors.As(err, &failed) {
		m.discard(e)
		return nil, err
	}
	if !failed.timeout {
		defer m.discard(e)
		return e.initOutcome(ev, failed), nil
	}
	t.journal.initTimeout(e.initDur)
	return m.invokeSecond(ctx, e, ev)
}

// invokeFirst runs ev in an environment that has just loaded its function.
func (m *Manager) invokeFirst(e *environment, ev *Event, limit time.Duration) *Outcome {
	m.move(e, ready)
	m.move(e, invoking)
	way := sendNow
	if e.sent {
		way = sentEarly
	}
	o, usable := e.invoke(ev, limit, way)
	if o == nil && usable && way == sentEarly {
		o, usable = e.invoke(ev, limit, sendAgain)
	}
	m.give(e, usable)
	if o == nil { // it ended right after it had loaded
		exit := exited(ev.RequestID, e.proc.Exit(), e.launch.legacy())
		o = e.initOutcome(ev, &errInit{payload: exit.payload(), fail: &exit})
	}
	return o
}

// invokeSecond replaces an environment that took too long to load, and gives
// loading and event the function's time.
func (m *Manager) invokeSecond(ctx context.Context, late *environment, ev *Event) (*Outcome, error) {
	f, t := late.f, late.tenant
	m.mu.Lock()
	late.pool.count++ // for the one that replaces it
	m.mu.Unlock()
	m.discard(late)
	began := m.now()
	l, err := m.launchFor(ctx, f.runtime())
	if err == nil {
		var e *environment
		if e, err = m.startEnvironment(ctx, l, f.MemoryMB, &t); err == nil {
			return m.invokeLate(ctx, e, ev, began)
		}
	}
	m.uncount(t.pool)
	return nil, err
}

// invokeLate loads and runs in the function's time, which began earlier.
func (m *Manager) invokeLate(ctx context.Context, e *environment, ev *Event, began time.Time) (*Outcome, error) {
	m.move(e, initialising)
	limit := e.f.Timeout
	err := e.initialise(ctx, began.Add(limit), ev.RequestID, nil)
	e.initDur = m.now().Sub(began)
	if err == nil {
		return m.invokeFirst(e, ev, max(limit-e.initDur, time.Millisecond)), nil
	}
	defer m.discard(e)
	var failed *errInit
	if !errors.As(err, &failed) {
		return nil, err
	}
	if failed.timeout {
		fail := timedOut(ev.RequestID, limit, m.now())
		failed.fail, failed.payload = &fail, fail.payload()
		e.proc.Kill()
	}
	return e.initOutcome(ev, failed), nil
}

// initOutcome is what the caller gets when the code could not be loaded.
func (e *environment) initOutcome(ev *Event, failed *errInit) *Outcome {
	o := &Outcome{Payload: failed.payload, FunctionError: Unhandled, LogStream: e.journal.stream,
		ColdStart: true, InitDuration: e.initDur}
	e.journal.start(ev.RequestID, ev.Tail)
	e.measureOnce()
	o.MaxMemoryMB = int((e.peak.Load() + 1<<20 - 1) >> 20)
	o.LogTail = e.journal.end(ev, o, failed.fail)
	return o
}

// newTenant gets keys and a log stream for a new environment of f.
func (m *Manager) newTenant(ctx context.Context, p *pool, f *Function) (*tenant, error) {
	t := &tenant{pool: p, f: f, common: m.config.Env, journal: newJournal(m.config.Logs, f, m.now())}
	if f.Credentials == nil {
		return t, nil
	}
	var err error
	if t.keys, err = f.Credentials(ctx); err != nil {
		return nil, fmt.Errorf("credentials for %s: %w", f.ARN, err)
	}
	return t, nil
}

// awaken returns a process that was started ahead, if there is one and f can use
// it, and wakes it.
func (m *Manager) awaken(ctx context.Context, f *Function, done <-chan struct{}) *environment {
	l, err := m.launchFor(ctx, f.runtime())
	if err != nil || l.plain || startsOwnProcess(f) {
		return nil
	}
	e := m.takeStock(ctx, l, f.MemoryMB, done)
	if e == nil {
		return nil
	}
	e.began = time.Now()
	if e.wake() != nil { // it has ended
		m.discard(e)
		return nil
	}
	return e
}

// turnAway ends a process that was woken for nothing.
func (m *Manager) turnAway(e *environment) {
	if e != nil {
		m.discard(e)
	}
}

// fresh returns an environment for a function that is initialising: the one
// started ahead, or a new one.
func (m *Manager) fresh(ctx context.Context, ahead *environment, t *tenant) (*environment, error) {
	if ahead != nil {
		if m.assign(ahead, t) {
			return ahead, nil
		}
		m.discard(ahead)
	}
	l, err := m.launchFor(ctx, t.f.runtime())
	if err != nil {
		return nil, err
	}
	if e := m.copyFor(ctx, l, t); e != nil {
		return e, nil
	}
	e, err := m.startEnvironment(ctx, l, t.f.MemoryMB, t)
	if err != nil {
		return nil, err
	}
	m.move(e, initialising)
	return e, nil
}

// copyFor returns a copy for a function that is initialising, or nil.
func (m *Manager) copyFor(ctx context.Context, l *launch, t *tenant) *environment {
	o := m.readyOriginal(l, t.f.MemoryMB)
	if o == nil || startsOwnProcess(t.f) {
		return nil
	}
	e, err := m.copyEnvironment(ctx, l, t.f.MemoryMB, o)
	if err != nil {
		return nil
	}
	m.mu.Lock()
	m.handOutLocked(e)
	m.mu.Unlock()
	if !m.assign(e, t) {
		m.discard(e)
		return nil
	}
	return e
}

// assign ties an environment to its function, unless it has ended.
func (m *Manager) assign(e *environment, t *tenant) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e.state == dead {
		return false
	}
	m.assignLocked(e, t)
	return true
}

func (m *Manager) assignLocked(e *environment, t *tenant) {
	e.tenant = *t
}

// uncount takes back what take counted for an environment that never was.
func (m *Manager) uncount(p *pool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.uncountLocked(p)
}

func (m *Manager) uncountLocked(p *pool) {
	p.count--
	if p.count == 0 && p.keeping.want == 0 && m.pools[p.f.ID] == p {
		delete(m.pools, p.f.ID)
	}
}

// Retire ends the environments of the function version with this ID: idle
// ones now, busy ones after their event. Call it when a version's code or
// settings have changed or it was deleted.
func (m *Manager) Retire(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.pools[id]
	if p == nil {
		return
	}
	p.retired = true
	for _, e := range p.idle {
		m.stopLocked(e)
	}
	p.idle = nil
	delete(m.pools, id)
}

// launchFor is launchOf, remembered.
func (m *Manager) launchFor(ctx context.Context, id string) (*launch, error) {
	m.mu.Lock()
	l := m.fetched[id]
	m.mu.Unlock()
	if l != nil {
		return l, nil
	}
	l, err := m.launchOf(ctx, parseRuntime(id))
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fetched[id] = l
	return l, nil
}
