package sandbox

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// keptInit is what loading code ahead may take at least; the function's own
	// time limit if that is longer. AWS: 130 seconds.
	keptInit = 130 * time.Second
	// keptParallel bounds how many environments of a version are made at a time.
	keptParallel = 4
	// keptRetry is the wait after one could not be made; it doubles up to
	// keptRetryMost.
	keptRetry     = 500 * time.Millisecond
	keptRetryMost = time.Minute
)

// keeping is what a pool has to keep ready. The manager's lock guards it.
type keeping struct {
	want     int
	starting int
	failures int    // in a row
	failure  string // why the last one could not be made
}

// Provision is how far the wish to keep environments ready is fulfilled.
type Provision struct {
	Allocated int // exist, loaded or not
	Available int // have loaded the function
	// Failure says why the last one could not be made; empty if it could.
	Failure string
}

// Provision keeps n environments of f ready from now on: they load f before
// there is an event, stay when nobody uses them and are replaced when they end.
// Zero lets go of them. More events than that are served by others.
func (m *Manager) Provision(f *Function, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.pools[f.ID]
	if p == nil {
		if n == 0 || m.closed {
			return
		}
		p = &pool{f: f}
		m.pools[f.ID] = p
	}
	p.keeping.want = n
	if n == 0 {
		p.keeping = keeping{starting: p.keeping.starting}
	}
	m.keepLocked(p)
	if p.count == 0 && n == 0 {
		delete(m.pools, f.ID)
	}
}

// Provisioned tells what is kept ready of the version with this ID.
func (m *Manager) Provisioned(id string) Provision {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.pools[id]
	if p == nil {
		return Provision{}
	}
	out := Provision{Failure: p.keeping.failure}
	for _, e := range m.keptLocked(p) {
		out.Allocated++
		if e.state == ready || e.state == invoking {
			out.Available++
		}
	}
	return out
}

// keptLocked lists the environments that are kept for p.
func (m *Manager) keptLocked(p *pool) []*environment {
	var list []*environment
	for e := range m.all {
		if e.pool == p && e.kept && e.state != stopping && e.state != dead {
			list = append(list, e)
		}
	}
	return list
}

// keepLocked starts what is missing of p and lets go of what is too much: an
// environment that is no longer kept stays as any other does.
func (m *Manager) keepLocked(p *pool) {
	if m.closed || p.retired {
		return
	}
	k := &p.keeping
	have := m.keptLocked(p)
	loading := 0 // those are counted as starting, too
	for _, e := range have {
		if e.state == starting || e.state == initialising {
			loading++
		}
	}
	for i := 0; i < len(have)-k.want; i++ {
		have[i].kept = false
	}
	for n := len(have) - loading + k.starting; n < k.want && k.starting < keptParallel; n++ {
		k.starting++
		p.count++
		m.running.Go(func() { m.startKept(p) })
	}
}

// startKept makes one environment of p, and looks after the next.
func (m *Manager) startKept(p *pool) {
	err := m.initialiseKept(m.background, p)
	m.mu.Lock()
	k := &p.keeping
	if err == nil {
		k.failures, k.failure = 0, ""
	} else {
		k.failures++
		k.failure = err.Error()
	}
	delay := min(keptRetry<<min(k.failures, 10), keptRetryMost)
	m.mu.Unlock()
	if err != nil {
		select {
		case <-m.background.Done():
		case <-time.After(delay):
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k.starting--
	m.keepLocked(p)
}

// initialiseKept starts an environment, which p has counted, and loads the
// function.
func (m *Manager) initialiseKept(ctx context.Context, p *pool) error {
	done := make(chan struct{})
	close(done)
	ahead := m.awaken(ctx, p.f, done)
	t, err := m.newTenant(ctx, p, p.f)
	if err != nil {
		m.turnAway(ahead)
		m.uncount(p)
		return err
	}
	t.kept, t.journal.initType = true, provisionedInit
	t.journal.initStart()
	e, err := m.fresh(ctx, ahead, t)
	if err != nil {
		m.uncount(p)
		return err
	}
	err = e.initialise(ctx, e.began.Add(max(keptInit, p.f.Timeout)), "", nil)
	e.initDur = m.now().Sub(e.began)
	if err != nil {
		t.journal.initFailed(e.initDur, err)
		m.discard(e)
		return err
	}
	e.freeze()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.moveLocked(e, ready)
	if e.state != ready || m.closed || p.retired {
		m.stopLocked(e)
		return fmt.Errorf("load %s ahead: %w", p.f.ARN, errEndedEarly)
	}
	e.lastUsed = m.now()
	p.idle = append([]*environment{e}, p.idle...)
	return nil
}

var errEndedEarly = errors.New("the environment ended before it had an event")
