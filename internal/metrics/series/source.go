package series

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Column is one of the numbers that a Source records, and the series that it
// goes to.
type Column []ID

// Source records what happens to one thing. Recording neither allocates nor
// waits for others: it takes whichever of its parts nobody else is using.
type Source struct {
	set     *Set
	columns []Column
	holding atomic.Int32 // parts that hold something
	parts   [maxParts]atomic.Pointer[part]
}

// maxParts is how many can record at a time without waiting.
const maxParts = 8

// part gathers what happens in one minute.
type part struct {
	mu      sync.Mutex
	minute  int64 // since the epoch; 0 for one that holds nothing
	columns []Summary
	_       [64]byte // parts of one source are not neighbours in a cache line
}

// Source returns a source with those columns.
func (s *Set) Source(columns []Column) *Source { return &Source{set: s, columns: columns} }

// Record is one event under way; End has to be called.
type Record struct{ p *part }

// Begin begins an event that happens at that time.
func (s *Source) Begin(now time.Time) Record {
	p := s.free()
	if minute := now.Unix() / 60; p.minute != minute {
		s.turn(p, minute)
	}
	return Record{p}
}

// Add adds to a column.
func (r Record) Add(column int, v float64) { r.p.columns[column].Add(v, 1) }

// End ends the event.
func (r Record) End() { r.p.mu.Unlock() }

// free locks a part that nobody uses; where all are in use it waits for one.
func (s *Source) free() *part {
	n := min(maxParts, runtime.GOMAXPROCS(0))
	for i := range n {
		p := s.parts[i].Load()
		if p == nil {
			p = &part{columns: make([]Summary, len(s.columns))}
			if !s.parts[i].CompareAndSwap(nil, p) {
				p = s.parts[i].Load()
			}
		}
		if p.mu.TryLock() {
			return p
		}
	}
	p := s.parts[rand.IntN(n)].Load()
	p.mu.Lock()
	return p
}

// turn hands the last minute over and begins another; p is locked.
func (s *Source) turn(p *part, minute int64) {
	if p.minute != 0 {
		s.empty(p)
	}
	p.minute = minute
	s.holding.Add(1)
	s.set.sourcesMu.Lock()
	s.set.active[s] = struct{}{}
	s.set.sourcesMu.Unlock()
}

// empty moves what p holds to the series; p is locked and holds something.
func (s *Source) empty(p *part) {
	for i := range p.columns {
		if c := &p.columns[i]; c.Count > 0 {
			for _, id := range s.columns[i] {
				s.set.add(id, p.minute*60, c)
			}
			c.reset()
		}
	}
	p.minute = 0
	s.holding.Add(-1)
}

// Drain moves what all sources hold to the series.
func (s *Set) Drain() {
	s.sourcesMu.Lock()
	sources := make([]*Source, 0, len(s.active))
	for src := range s.active {
		sources = append(sources, src)
	}
	s.sourcesMu.Unlock()
	for _, src := range sources {
		src.drain()
	}
	s.sourcesMu.Lock()
	defer s.sourcesMu.Unlock()
	for _, src := range sources {
		if src.holding.Load() == 0 { // else a part was turned meanwhile, and is active again
			delete(s.active, src)
		}
	}
}

func (s *Source) drain() {
	for i := range s.parts {
		p := s.parts[i].Load()
		if p == nil {
			continue
		}
		p.mu.Lock()
		if p.minute != 0 {
			s.empty(p)
		}
		p.mu.Unlock()
	}
}
