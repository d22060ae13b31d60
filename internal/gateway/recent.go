package gateway

import (
	"cmp"
	"strings"
	"sync"
	"sync/atomic"
)

// Bounds of the executions that are kept in memory.
const (
	recentPerStage = 1000
	recentTotal    = 20_000
	recentBytes    = 64 << 20
)

// recent keeps the last executions of each stage: at most recentPerStage of
// one, and recentTotal or recentBytes together, the oldest leaving first.
// Executions that leave are used again, so keeping them makes no garbage.
type recent struct {
	following atomic.Int32

	mu        sync.Mutex
	stages    map[stageKey]*stageExecutions
	oldest    *record // of all
	newest    *record
	count     int
	bytes     int
	sequence  int64
	free      []*record
	followers []*Follower
}

type stageExecutions struct {
	list  []*record // a ring: the oldest at first
	first int
}

type stageKey struct{ api, stage string }

// take returns an execution to fill in.
func (r *recent) take() *record {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.free); n > 0 {
		e := r.free[n-1]
		r.free = r.free[:n-1]
		return e
	}
	return newRecord()
}

// keep enters a finished execution and shows it to those who follow.
func (r *recent) keep(e *record) {
	e.weight = e.weigh()
	var seen *Execution
	if r.following.Load() > 0 {
		seen = e.execution(forPeople)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sequence++
	e.about.Sequence = r.sequence
	key := stageKey{e.about.APIID, e.about.Stage}
	if s := r.stages[key]; s != nil && len(s.list)-s.first >= recentPerStage {
		r.dropLocked(s)
	}
	r.bytes += e.weight
	for r.oldest != nil && (r.count >= recentTotal || r.bytes > recentBytes) {
		r.dropLocked(r.stages[stageKey{r.oldest.about.APIID, r.oldest.about.Stage}])
	}
	r.stageLocked(key).append(e)
	e.older = r.newest
	if r.newest != nil {
		r.newest.newer = e
	} else {
		r.oldest = e
	}
	r.newest = e
	r.count++
	if seen == nil && len(r.followers) > 0 { // who has just come
		seen = e.execution(forPeople)
	}
	if seen != nil {
		seen.Sequence = r.sequence
		for _, f := range r.followers {
			f.show(seen)
		}
	}
}

func (r *recent) stageLocked(k stageKey) *stageExecutions {
	s := r.stages[k]
	if s == nil {
		if r.stages == nil {
			r.stages = make(map[stageKey]*stageExecutions)
		}
		s = &stageExecutions{}
		r.stages[k] = s
	}
	return s
}

// dropLocked takes out the oldest execution of a stage.
func (r *recent) dropLocked(s *stageExecutions) {
	e := s.list[s.first]
	s.list[s.first] = nil
	s.first++
	if e.older != nil {
		e.older.newer = e.newer
	} else {
		r.oldest = e.newer
	}
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		r.newest = e.older
	}
	r.count--
	r.bytes -= e.weight
	if s.first == len(s.list) {
		delete(r.stages, stageKey{e.about.APIID, e.about.Stage})
	}
	r.recycleLocked(e)
}

// maxFree bounds the executions that wait to be used again.
const maxFree = 256

func (r *recent) recycleLocked(e *record) {
	if len(r.free) >= maxFree || cap(e.fields) > 256 || cap(e.bytes) > 16<<10 || cap(e.steps) > 64 {
		return
	}
	e.reset()
	r.free = append(r.free, e)
}

// append moves the list to its start when half of it has left.
func (s *stageExecutions) append(e *record) {
	if s.first > recentPerStage {
		n := copy(s.list, s.list[s.first:])
		clear(s.list[n:])
		s.list, s.first = s.list[:n], 0
	}
	s.list = append(s.list, e)
}

// Filter says which executions are meant; what is "" may be any.
type Filter struct{ Account, Region, APIID, Stage string }

func (f *Filter) fits(s *Summary) bool {
	return cmp.Or(f.Account, s.Account) == s.Account && cmp.Or(f.Region, s.Region) == s.Region &&
		cmp.Or(f.APIID, s.APIID) == s.APIID && cmp.Or(f.Stage, s.Stage) == s.Stage
}

// Recent returns the executions that are kept, newest first, without their
// steps; wanted, if not nil, picks among them. They are at most most.
func (g *Gateway) Recent(f Filter, most int, wanted func(*Summary) bool) []Summary {
	if g.recent == nil {
		return nil
	}
	r := g.recent
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Summary
	for e := r.newest; e != nil && len(out) < most; e = e.older {
		if f.fits(&e.about) && (wanted == nil || wanted(&e.about)) {
			out = append(out, e.summary())
		}
	}
	return out
}

// Execution returns the newest execution whose request id begins with id, nil if
// there is none. Secrets are masked.
func (g *Gateway) Execution(f Filter, id string) *Execution {
	if g.recent == nil || id == "" {
		return nil
	}
	r := g.recent
	r.mu.Lock()
	defer r.mu.Unlock()
	for e := r.newest; e != nil; e = e.older {
		if f.fits(&e.about) && strings.HasPrefix(e.about.RequestID, id) {
			return e.execution(forPeople)
		}
	}
	return nil
}

// maxFollowed is how many executions wait for one who follows them.
const maxFollowed = 256

// Follower sees executions as they end.
type Follower struct {
	// C brings the executions. Others see them too: they are not to be changed.
	C <-chan *Execution

	filter Filter
	c      chan *Execution
	lost   atomic.Int64
	recent *recent
}

// Follow returns a follower of the executions that end from now on, until it is
// stopped.
func (g *Gateway) Follow(f Filter) *Follower {
	c := make(chan *Execution, maxFollowed)
	w := &Follower{C: c, c: c, filter: f, recent: g.recent}
	if r := g.recent; r != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.followers = append(r.followers, w)
		r.following.Add(1)
	}
	return w
}

// show never waits: one who does not keep up misses some.
func (w *Follower) show(e *Execution) {
	if !w.filter.fits(&e.Summary) {
		return
	}
	select {
	case w.c <- e:
	default:
		w.lost.Add(1)
	}
}

// Lost returns how many executions the follower has missed since it was last
// asked.
func (w *Follower) Lost() int64 { return w.lost.Swap(0) }

// Stop ends the following. C stays open and brings nothing more.
func (w *Follower) Stop() {
	r := w.recent
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.followers {
		if r.followers[i] == w {
			last := len(r.followers) - 1
			r.followers[i] = r.followers[last]
			r.followers[last] = nil
			r.followers = r.followers[:last]
			r.following.Add(-1)
			return
		}
	}
}
