package series

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// tier is a resolution in which points are kept, and for how long.
type tier struct {
	step, keep int64 // seconds
	buckets    int   // of a point's distribution at most
}

// tiers go from fine to coarse; a point that is too old for one goes to the next.
var tiers = [...]tier{
	{60, 3 * 3600, maxBuckets},
	{300, 3 * 86400, 64},
	{3600, 63 * 86400, 32},
}

// point is the summary of what happened from at on, for its tier's step.
type point struct {
	at int64 // seconds since the epoch
	Summary
}

// oneSeries is the points of one identity.
type oneSeries struct {
	mu     sync.Mutex
	points [len(tiers)][]point // by time
	fresh  []point             // of the last minutes, not yet in the store
	total  Summary             // since the process started; Count and Sum only
}

// tierAt tells the tier for a point of that age; ok is false if it is too old.
func tierAt(at, now int64) (int, bool) {
	for i, t := range tiers {
		if now-at < t.keep {
			return i, true
		}
	}
	return 0, false
}

// insert merges v into the point of its time.
func insert(points []point, at int64, v *Summary) []point {
	i, ok := len(points)-1, false
	switch {
	case i >= 0 && points[i].at == at:
		ok = true
	case i < 0 || points[i].at < at:
		i++
	default:
		i, ok = slices.BinarySearchFunc(points, at, func(p point, at int64) int { return cmp.Compare(p.at, at) })
	}
	if ok {
		points[i].Merge(v)
		return points
	}
	return slices.Insert(points, i, point{at, v.clone()})
}

// keep adds what is stored already, or what is to be stored.
func (s *oneSeries) keep(at, now int64, v *Summary) {
	t, ok := tierAt(at, now)
	if !ok {
		return
	}
	at -= at % tiers[t].step
	s.points[t] = insert(s.points[t], at, v)
}

// add takes something new that happened at that time.
func (s *oneSeries) add(at, now int64, v *Summary) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(at, now, v)
	s.fresh = insert(s.fresh, at-at%60, v)
	s.total.Count += v.Count
	s.total.Sum += v.Sum
}

// roll moves points that are too old for their tier to the next, and drops
// those that are too old for all. scale shortens the times. It returns about how
// many bytes are left.
func (s *oneSeries) roll(now int64, scale float64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	bytes := 0
	for i := range s.points {
		keep := int64(float64(tiers[i].keep) * scale)
		old := 0
		for old < len(s.points[i]) && now-s.points[i][old].at >= keep {
			old++
		}
		for n := range s.points[i][:old] {
			p := &s.points[i][n]
			if i+1 < len(tiers) {
				next := tiers[i+1]
				p.thin(next.buckets)
				s.points[i+1] = insert(s.points[i+1], p.at-p.at%next.step, &p.Summary)
			}
		}
		s.points[i] = slices.Delete(s.points[i], 0, old)
		for n := range s.points[i] {
			bytes += s.points[i][n].size()
		}
	}
	return bytes
}

// collect adds to out what happened in [from, to), by periods that begin at
// from. Points that are coarser than the period count where they begin.
func (s *oneSeries) collect(from, to, period int64, out map[int64]*Summary) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, points := range s.points {
		i, _ := slices.BinarySearchFunc(points, from, func(p point, at int64) int { return cmp.Compare(p.at, at) })
		for ; i < len(points) && points[i].at < to; i++ {
			at := from + (points[i].at-from)/period*period
			sum := out[at]
			if sum == nil {
				sum = &Summary{}
				out[at] = sum
			}
			sum.Merge(&points[i].Summary)
		}
	}
}

// last is the time of the newest point; ok is false without any.
func (s *oneSeries) last() (at int64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, points := range s.points {
		if n := len(points); n > 0 && (!ok || points[n-1].at > at) {
			at, ok = points[n-1].at, true
		}
	}
	return at, ok
}

func (s *oneSeries) takeFresh() []point {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := s.fresh
	s.fresh = nil
	return fresh
}

// giveBack takes points that could not be stored.
func (s *oneSeries) giveBack(points []point) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range points {
		s.fresh = insert(s.fresh, points[i].at, &points[i].Summary)
	}
}

func (s *oneSeries) totals() Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

func seconds(t time.Time) int64 { return t.Unix() }
