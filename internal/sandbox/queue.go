package sandbox

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// An event that finds all environments of its function busy starts another one,
// as on AWS. But where events take less time than waking up or starting an
// environment does, the next to become free is there sooner, and another one
// would take the processor from those that work. So events of such functions
// wait a moment first when twice as many run as there are processors.
const (
	// shortEvent is the longest usual duration of events that are waited for.
	shortEvent = time.Millisecond
	// patience is how long an event waits, and waits on if its turn should come
	// in that time, but for maxPatience at most.
	patience    = 5 * time.Millisecond
	maxPatience = 50 * time.Millisecond
)

// queue are the events of a pool that wait for a free environment, where they
// cannot stand in line for a certain one (line.go). All but usual is guarded by
// Manager.mu.
type queue struct {
	waiting []*waiter
	first   int          // waiting[:first] has left
	usual   atomic.Int64 // duration of an undisturbed event, in nanoseconds; 0 before the first
}

// waiter is an event's place in the queue.
type waiter struct {
	free chan *environment // capacity 1
}

func (q *queue) join() *waiter {
	w := &waiter{free: make(chan *environment, 1)}
	q.waiting = append(q.waiting, w)
	return w
}

// next takes the one who has waited longest, or nil.
func (q *queue) next() *waiter {
	if q.first == len(q.waiting) {
		return nil
	}
	w := q.waiting[q.first]
	q.waiting[q.first] = nil
	if q.first++; q.first == len(q.waiting) {
		q.waiting, q.first = q.waiting[:0], 0
	} else if q.first > 64 && 2*q.first > len(q.waiting) {
		q.waiting, q.first = slices.Delete(q.waiting, 0, q.first), 0
	}
	return w
}

// place is how many are before w, or -1 if it has left.
func (q *queue) place(w *waiter) int { return slices.Index(q.waiting[q.first:], w) }

// leave takes w out; false if it has left already.
func (q *queue) leave(w *waiter) bool {
	i := q.place(w)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, q.first+i, q.first+i+1)
	return true
}

// learn takes in how long an event took. The estimate follows short durations
// quickly and long ones slowly, however long they are: on a busy machine events
// take longer than they need, and that must not make it busier.
func (q *queue) learn(d time.Duration) {
	old, new := q.usual.Load(), max(int64(d), 1)
	switch {
	case old == 0:
	case new < old:
		new = old + (new-old)/4
	default:
		new = old + min((new-old)/64, old/16+1)
	}
	q.usual.Store(new)
}

// short says that events are usually over soon.
func (q *queue) short() bool {
	usual := q.usual.Load()
	return usual != 0 && usual <= int64(shortEvent)
}

var errRetired = errors.New("the function has changed meanwhile")

// await waits for a free environment. It returns nil, like take, when another
// one has to be started.
func (m *Manager) await(ctx context.Context, p *pool, w *waiter) (*environment, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for since := time.Now(); ; timer.Reset(patience) {
		select {
		case e := <-w.free:
			return e, nil
		case <-ctx.Done():
			return nil, m.giveUp(ctx, p, w)
		case <-timer.C:
		}
		if e, over, err := m.goOn(p, w, time.Since(since)); over {
			return e, err
		}
	}
}

// goOn says what to do after waiting for long: over is true with an environment,
// with an error, or with neither to start one.
func (m *Manager) goOn(p *pool, w *waiter, waited time.Duration) (e *environment, over bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	place := p.queue.place(w)
	if place < 0 {
		return <-w.free, true, nil // it has become free just now
	}
	if !p.retired && !m.closed && p.worthwhile(place, waited) {
		return nil, false, nil
	}
	p.queue.leave(w)
	switch {
	case m.closed:
		return nil, true, ErrClosed
	case p.retired || m.pools[p.f.ID] != p:
		return nil, true, errRetired
	}
	if e := m.idleLocked(p); e != nil {
		return e, true, nil
	}
	return nil, true, p.growLocked()
}

// worthwhile says that an event at this place in the queue had better wait on.
func (p *pool) worthwhile(place int, waited time.Duration) bool {
	if !p.queue.short() {
		return false
	}
	if len(p.idle) == 0 && p.loading >= max(1, processors/2) {
		return true // one that is being started takes the processor from all
	}
	turn := time.Duration(p.queue.usual.Load()) * time.Duration(place+1) / time.Duration(max(1, p.running()))
	return turn < patience && waited < maxPatience
}

// giveUp leaves the queue because ctx has ended.
func (m *Manager) giveUp(ctx context.Context, p *pool, w *waiter) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !p.queue.leave(w) {
		m.releaseLocked(<-w.free)
	}
	return ctx.Err()
}

// How the answer to a short event is waited for, where there is not more to do
// than there are processors: see package attentive. A thread stays awake only
// for the one event that runs.
const (
	maxAwake  = 100 * time.Microsecond
	maxThread = 2 * time.Millisecond
)

// attention looks at how many events there are now, and how many others there
// were since the last one here: many quick ones are often not there at the same
// time.
func (e *environment) attention(now time.Time) (awake, thread time.Duration) {
	begun := e.m.begun.Load()
	events := max(e.m.events.Load(), begun-e.begun)
	e.begun = begun
	if !e.pool.queue.short() || events > int64(processors) {
		return 0, 0
	}
	if events == 1 {
		e.calm(now)
		if processors > 1 {
			awake = maxAwake
		}
	}
	return awake, maxThread
}

var processors = runtime.GOMAXPROCS(0)
