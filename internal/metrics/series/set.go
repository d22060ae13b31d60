package series

import (
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Config is what a Set needs; Store may be nil, then nothing outlives it.
type Config struct {
	Store store.Store
	Log   *slog.Logger
	Now   func() time.Time // time.Now if nil
	// MaxSeries bounds the series, 0 for 50,000; what would be one more is dropped
	// and counted. MaxBytes bounds their points, 0 for 64 MiB: beyond that older
	// points are kept for shorter.
	MaxSeries, MaxBytes int
}

// Set is all series.
type Set struct {
	cfg     Config
	dropped atomic.Int64

	mu     sync.RWMutex
	series map[ID]*oneSeries

	sourcesMu sync.Mutex
	active    map[*Source]struct{} // those that may hold something

	keeper keeper
}

// New returns an empty set that keeps nothing; Open one that does.
func New(c Config) *Set {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.MaxSeries == 0 {
		c.MaxSeries = 50_000
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = 64 << 20
	}
	return &Set{cfg: c, series: map[ID]*oneSeries{}, active: map[*Source]struct{}{}}
}

// find returns the series, making it if it is new; nil where there are too many.
func (s *Set) find(id ID) *oneSeries {
	s.mu.RLock()
	one := s.series[id]
	s.mu.RUnlock()
	if one != nil {
		return one
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if one = s.series[id]; one == nil {
		if len(s.series) >= s.cfg.MaxSeries {
			s.dropped.Add(1)
			return nil
		}
		one = &oneSeries{}
		s.series[id] = one
	}
	return one
}

// Add takes a summary of what happened at that time.
func (s *Set) Add(id ID, at time.Time, v Summary) { s.add(id, seconds(at), &v) }

func (s *Set) add(id ID, at int64, v *Summary) {
	if one := s.find(id); one != nil {
		one.add(at, seconds(s.cfg.Now()), v)
	}
}

// Dropped counts what did not fit.
func (s *Set) Dropped() int64 { return s.dropped.Load() }

// Len counts the series.
func (s *Set) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.series)
}

// Query returns what happened in [from, to) by periods that begin at from; the
// ids differ in their units only.
func (s *Set) Query(ids []ID, from, to time.Time, period time.Duration) map[int64]*Summary {
	s.Drain()
	out := map[int64]*Summary{}
	for _, id := range ids {
		s.mu.RLock()
		one := s.series[id]
		s.mu.RUnlock()
		if one != nil {
			one.collect(seconds(from), seconds(to), int64(period/time.Second), out)
		}
	}
	return out
}

// IDs returns the identities of a place that keep accepts, in order, of series
// with points since that time.
func (s *Set) IDs(p Place, since time.Time, keep func(ID) bool) []ID {
	s.Drain()
	s.mu.RLock()
	defer s.mu.RUnlock()
	var ids []ID
	for id, one := range s.series {
		if id.Place != p || !keep(id) {
			continue
		}
		if at, ok := one.last(); ok && at >= seconds(since) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, ID.compare)
	return ids
}

// Totals calls f with each series' number and sum since the process started.
func (s *Set) Totals(f func(id ID, count, sum float64)) {
	s.Drain()
	s.mu.RLock()
	all := maps.Clone(s.series)
	s.mu.RUnlock()
	for _, id := range slices.SortedFunc(maps.Keys(all), ID.compare) {
		if t := all[id].totals(); t.Count > 0 {
			f(id, t.Count, t.Sum)
		}
	}
}

// roll lets old points get coarser and go, shortening what is kept until it
// fits; series without points go too.
func (s *Set) roll() {
	now := seconds(s.cfg.Now())
	s.mu.RLock()
	all := maps.Clone(s.series)
	s.mu.RUnlock()
	for scale := 1.0; scale > 1e-3; scale /= 2 {
		bytes := 0
		for _, one := range all {
			bytes += one.roll(now, scale)
		}
		if bytes <= s.cfg.MaxBytes {
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, one := range all {
		if _, ok := one.last(); !ok {
			delete(s.series, id)
		}
	}
}
