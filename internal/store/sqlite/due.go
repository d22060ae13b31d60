package sqlite

import (
	"cmp"
	"container/heap"
	"context"
	"crypto/rand"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// window is how many jobs of a queue are known in memory before the rest is
// left to the database.
const window = 8192

// queues knows, for each queue in use, the jobs that are due next and those that
// are leased.
type queues struct {
	s      *Store
	prefix string // of leases, different each time the store is opened

	mu     sync.Mutex
	leases int64
	lastID int64
	named  map[string]*queue
}

// queue is what is known of one queue. Every job with a place up to horizon is
// in jobs; what is behind it is in the database only.
type queue struct {
	jobs    map[int64]*entry
	ready   entries // by place
	leased  entries // by until
	horizon place
	waiters []chan struct{} // capacity 1, closed never
}

// place is where a job stands in its queue.
type place struct{ due, id int64 }

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.due, o.due), cmp.Compare(p.id, o.id))
}

var (
	nowhere    = place{math.MinInt64, 0}
	everything = place{math.MaxInt64, math.MaxInt64}
)

// entry is one job. It is in ready, in leased, or in neither while its lease is
// being ended.
type entry struct {
	place
	lease string // the last one
	until int64  // the lease's end
	in    *entries
	index int
}

// taken is a job and the lease under which it was taken.
type taken struct {
	id    int64
	lease string
}

func newQueues(s *Store) *queues {
	return &queues{s: s, prefix: rand.Text()[:10] + "-", named: map[string]*queue{}}
}

// newID returns an identity that no job had before: about the time in
// microseconds.
func (q *queues) newID(now time.Time) int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lastID = max(q.lastID+1, now.UnixMicro())
	return q.lastID
}

func (q *queues) getLocked(name string) *queue {
	k := q.named[name]
	if k == nil {
		k = &queue{jobs: map[int64]*entry{}, horizon: nowhere}
		k.ready.before = func(a, b *entry) bool { return a.compare(b.place) < 0 }
		k.leased.before = func(a, b *entry) bool { return a.until < b.until }
		q.named[name] = k
	}
	return k
}

// take leases up to max due jobs. Without any it returns how long to wait, or a
// negative time if nothing is to come.
func (q *queues) take(name string, max int, d time.Duration) ([]taken, time.Duration, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := q.getLocked(name)
	now := q.s.now()
	k.expire(now.UnixNano())
	var list []taken
	for len(list) < max {
		if len(k.ready.list) == 0 {
			if err := q.moreLocked(name, k); err != nil {
				return nil, 0, err
			}
		}
		if len(k.ready.list) == 0 || k.ready.list[0].due > now.UnixNano() {
			break
		}
		e := k.ready.list[0]
		k.ready.remove(e)
		q.leases++
		e.lease, e.until = q.prefix+strconv.FormatInt(q.leases, 36), now.Add(d).UnixNano()
		k.leased.add(e)
		list = append(list, taken{e.id, e.lease})
	}
	if len(list) > 0 {
		k.wake(1) // to see what is left, and when these leases end
	}
	return list, k.next(now.UnixNano()), nil
}

// moreLocked reads the next jobs behind the horizon. The lock is held all the
// while, so that no job is added or moved behind the reader's back: what commits
// meanwhile takes its place in memory afterwards.
func (q *queues) moreLocked(name string, k *queue) error {
	if k.horizon == everything {
		return nil
	}
	return q.s.readers.with(context.Background(), func(c *conn) error {
		rows, err := c.query(`SELECT due, id FROM jobs WHERE queue = ? AND (due, id) > (?, ?) ORDER BY due, id LIMIT ?`,
			[]byte(name), k.horizon.due, k.horizon.id, window)
		if err != nil {
			return err
		}
		defer rows.Close()
		n, last := 0, everything
		for rows.Next() {
			var p place
			if err := rows.Scan(&p.due, &p.id); err != nil {
				return err
			}
			k.add(p)
			n, last = n+1, p
		}
		if n < window {
			last = everything
		}
		k.horizon = last
		return rows.Err()
	})
}

// add makes a job ready that is not known yet.
func (k *queue) add(p place) {
	if k.jobs[p.id] == nil {
		e := &entry{place: p}
		k.jobs[p.id] = e
		k.ready.add(e)
	}
}

// expire makes the jobs ready whose leases have ended.
func (k *queue) expire(now int64) {
	for len(k.leased.list) > 0 && k.leased.list[0].until <= now {
		e := k.leased.list[0]
		k.leased.remove(e)
		k.ready.add(e)
	}
}

// next is the time until a job may become due, negative if none is known.
func (k *queue) next(now int64) time.Duration {
	at := int64(math.MaxInt64)
	if len(k.ready.list) > 0 {
		at = k.ready.list[0].due
	}
	if len(k.leased.list) > 0 {
		at = min(at, k.leased.list[0].until)
	}
	if at == math.MaxInt64 {
		return -1
	}
	return max(0, time.Duration(at-now))
}

// wait returns when a job may be due: after d if that is not negative, when one
// was added, or when ctx or the store ends.
func (q *queues) wait(ctx context.Context, name string, d time.Duration) {
	woken := q.register(name, d)
	if woken == nil {
		return
	}
	var timer <-chan time.Time
	if d >= 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-woken:
		return
	case <-timer:
	case <-ctx.Done():
	case <-q.s.closing:
	}
	q.unregister(name, woken)
}

// register makes the caller a waiter, unless a job came up since it looked.
func (q *queues) register(name string, d time.Duration) chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := q.getLocked(name)
	now := q.s.now().UnixNano()
	if next := k.next(now); next == 0 || next > 0 && (d < 0 || next < d-time.Millisecond) {
		return nil
	}
	woken := make(chan struct{}, 1)
	k.waiters = append(k.waiters, woken)
	return woken
}

// unregister removes a waiter. Another is woken in its place: one of them has to
// know when the next job is due.
func (q *queues) unregister(name string, woken chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := q.getLocked(name)
	if i := slices.Index(k.waiters, woken); i >= 0 {
		k.waiters = slices.Delete(k.waiters, i, i+1)
	}
	k.wake(1)
}

// wakeAnother hands on what a waiter may have been woken for that leaves without
// a job.
func (q *queues) wakeAnother(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.getLocked(name).wake(1)
}

// wake wakes up to n waiters, the longest waiting first.
func (k *queue) wake(n int) {
	n = min(n, len(k.waiters))
	for _, w := range k.waiters[:n] {
		w <- struct{}{}
	}
	k.waiters = slices.Delete(k.waiters, 0, n)
}

// added makes jobs known that are in the database now.
func (q *queues) added(name string, rows []row) {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := q.getLocked(name)
	for _, r := range rows {
		if p := (place{r.due, r.id}); p.compare(k.horizon) <= 0 {
			k.add(p)
		}
	}
	k.shrink()
	k.wake(len(rows))
}

// shrink forgets the last jobs of a long queue: the database has them.
func (k *queue) shrink() {
	if len(k.ready.list) <= 2*window {
		return
	}
	slices.SortFunc(k.ready.list, func(a, b *entry) int { return a.compare(b.place) })
	for _, e := range k.ready.list[window:] {
		delete(k.jobs, e.id)
	}
	clear(k.ready.list[window:])
	k.ready.list = k.ready.list[:window]
	for i, e := range k.ready.list {
		e.index = i
	}
	k.horizon = k.ready.list[window-1].place
}

// hold takes a job out of reach while its lease is ended.
func (q *queues) hold(job store.Job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := q.getLocked(job.Queue).jobs[jobID(job)]
	if e == nil || e.lease == "" || e.lease != job.Lease || e.in == nil {
		return false
	}
	e.in.remove(e)
	return true
}

// release undoes hold.
func (q *queues) release(job store.Job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := q.getLocked(job.Queue)
	if e := k.jobs[jobID(job)]; e != nil && e.in == nil {
		k.leased.add(e)
		k.wake(1)
	}
}

// extend prolongs a lease.
func (q *queues) extend(job store.Job, d time.Duration) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := q.getLocked(job.Queue)
	e := k.jobs[jobID(job)]
	if e == nil || e.lease == "" || e.lease != job.Lease || e.in == nil {
		return false
	}
	e.in.remove(e)
	e.until = q.s.now().Add(d).UnixNano()
	k.leased.add(e)
	k.wake(1) // the lease may end earlier now
	return true
}

// giveBack ends leases whose jobs could not be read.
func (q *queues) giveBack(name string, list []taken) {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := q.getLocked(name)
	for _, t := range list {
		if e := k.jobs[t.id]; e != nil && e.lease == t.lease && e.in == &k.leased {
			k.leased.remove(e)
			e.lease = ""
			k.ready.add(e)
		}
	}
	k.wake(len(list))
}

// removed forgets a job that is not in the database any more.
func (q *queues) removed(name string, id int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := q.getLocked(name)
	e := k.jobs[id]
	if e == nil {
		return
	}
	if e.in != nil {
		e.in.remove(e)
	}
	delete(k.jobs, id)
}

// reset forgets all jobs.
func (q *queues) reset() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, k := range q.named {
		k.jobs = map[int64]*entry{}
		k.ready.list, k.leased.list = nil, nil
		k.horizon = everything
	}
}

// entries is a heap of jobs that know where they are in it.
type entries struct {
	before func(a, b *entry) bool
	list   []*entry
}

func (h *entries) add(e *entry) {
	e.in = h
	heap.Push(h, e)
}

func (h *entries) remove(e *entry) {
	heap.Remove(h, e.index)
	e.in = nil
}

// Len implements heap.Interface.
func (h *entries) Len() int { return len(h.list) }

// Less implements heap.Interface.
func (h *entries) Less(i, j int) bool { return h.before(h.list[i], h.list[j]) }

// Swap implements heap.Interface.
func (h *entries) Swap(i, j int) {
	h.list[i], h.list[j] = h.list[j], h.list[i]
	h.list[i].index, h.list[j].index = i, j
}

// Push implements heap.Interface.
func (h *entries) Push(x any) {
	e := x.(*entry)
	e.index = len(h.list)
	h.list = append(h.list, e)
}

// Pop implements heap.Interface.
func (h *entries) Pop() any {
	n := len(h.list) - 1
	e := h.list[n]
	h.list[n] = nil
	h.list = h.list[:n]
	return e
}
