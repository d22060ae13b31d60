package gateway

import (
	"slices"
	"sync"
	"time"
)

// Bounds of the executions that are kept in memory.
const (
	recentPerStage = 1000
	recentTotal    = 20_000
)

// recent keeps the last executions of each stage: at most recentPerStage of
// one, and recentTotal together, the oldest leaving first. Executions that
// leave are used again, so keeping them makes no garbage.
type recent struct {
	mu       sync.Mutex
	stages   map[stageKey]*stageExecutions
	oldest   *record // of all
	newest   *record
	count    int
	sequence int64
	free     []*record
}

type stageExecutions struct {
	list      []*record // a ring: the oldest at first
	first     int
	followers []chan *Execution
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

// keep enters a finished execution and shows it to those who follow its stage.
func (r *recent) keep(e *record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sequence++
	e.sequence = r.sequence
	key := stageKey{e.about.APIID, e.about.Stage}
	if s := r.stages[key]; s != nil && len(s.list)-s.first >= recentPerStage {
		r.dropLocked(s)
	} else if r.count >= recentTotal {
		r.dropLocked(r.stages[stageKey{r.oldest.about.APIID, r.oldest.about.Stage}])
	}
	s := r.stageLocked(key)
	s.append(e)
	e.older = r.newest
	if r.newest != nil {
		r.newest.newer = e
	} else {
		r.oldest = e
	}
	r.newest = e
	r.count++
	for _, f := range s.followers {
		select {
		case f <- e.execution():
		default: // a follower that does not keep up misses some
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
	key := stageKey{e.about.APIID, e.about.Stage}
	if s.first == len(s.list) && len(s.followers) == 0 {
		delete(r.stages, key)
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

// since returns copies of a stage's executions after that time, oldest first.
func (r *recent) since(k stageKey, after time.Time) []*Execution {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stages[k]
	if s == nil {
		return nil
	}
	var out []*Execution
	for _, e := range s.list[s.first:] {
		if e.about.Start.After(after) {
			out = append(out, e.execution())
		}
	}
	return out
}

// follow returns a channel of the stage's executions from now on. stop closes
// it.
func (r *recent) follow(k stageKey) (executions <-chan *Execution, stop func()) {
	c := make(chan *Execution, 64)
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stageLocked(k)
	s.followers = append(s.followers, c)
	return c, sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		s.followers = slices.DeleteFunc(s.followers, func(f chan *Execution) bool { return f == c })
		close(c)
	})
}
