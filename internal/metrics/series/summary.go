package series

import (
	"math"
	"slices"
)

// Summary is what is kept of many values: their number, sum, minimum and
// maximum, and how they are distributed. A bucket is less than a hundredth wide;
// where there would be too many, all get twice as wide: with values that spread
// over 8 octaves a thirtieth.
type Summary struct {
	Count, Sum, Min, Max float64

	buckets []bucket // by key; none where the values are not known
	shift   uint8    // keys are shifted by so much, for wider buckets
	opaque  bool     // some values are not known, or negative
}

// bucket holds values whose leading bits are the same.
type bucket struct {
	key        int32
	count, sum float64
}

const (
	// maxBuckets bounds the buckets of one summary.
	maxBuckets = 256
	// keyBits is how many bits of a float64 are not in its key: 7 bits of the
	// fraction are.
	keyBits = 52 - 7
)

// Of returns the summary of one value that came n times.
func Of(v, n float64) Summary {
	var s Summary
	s.Add(v, n)
	return s
}

// OfSet returns the summary that somebody else made; of its values only the
// extremes are known. AWS: percentiles need SampleCount 1 or Min equal to Max.
func OfSet(count, sum, minimum, maximum float64) Summary {
	if count == 1 || minimum == maximum {
		return Of(minimum, count)
	}
	return Summary{Count: count, Sum: sum, Min: minimum, Max: maximum, opaque: true}
}

// Add takes a value that came n times.
func (s *Summary) Add(v, n float64) {
	if s.Count == 0 {
		s.Min, s.Max = v, v
	}
	s.Count += n
	s.Sum += v * n
	s.Min, s.Max = min(s.Min, v), max(s.Max, v)
	if v < 0 || s.opaque { // AWS: no percentiles where values are negative
		s.hide()
		return
	}
	s.put(bucket{int32(math.Float64bits(v+0)>>keyBits) >> s.shift, n, v * n})
}

// hide forgets the distribution.
func (s *Summary) hide() {
	s.opaque, s.buckets, s.shift = true, nil, 0
}

func (s *Summary) put(b bucket) {
	i, ok := s.find(b.key)
	if ok {
		s.buckets[i].count += b.count
		s.buckets[i].sum += b.sum
		return
	}
	s.buckets = slices.Insert(s.buckets, i, b)
	if len(s.buckets) > maxBuckets {
		s.coarsen()
	}
}

func (s *Summary) find(key int32) (int, bool) {
	low, high := 0, len(s.buckets)
	for low < high {
		middle := int(uint(low+high) >> 1)
		switch k := s.buckets[middle].key; {
		case k == key:
			return middle, true
		case k < key:
			low = middle + 1
		default:
			high = middle
		}
	}
	return low, false
}

// coarsen makes the buckets twice as wide.
func (s *Summary) coarsen() {
	s.shift++
	kept := s.buckets[:0]
	for _, b := range s.buckets {
		b.key >>= 1
		if n := len(kept); n > 0 && kept[n-1].key == b.key {
			kept[n-1].count += b.count
			kept[n-1].sum += b.sum
			continue
		}
		kept = append(kept, b)
	}
	s.buckets = kept
}

// Merge takes what o has seen.
func (s *Summary) Merge(o *Summary) {
	if o.Count == 0 {
		return
	}
	if s.Count == 0 {
		s.Min, s.Max = o.Min, o.Max
	}
	s.Count += o.Count
	s.Sum += o.Sum
	s.Min, s.Max = min(s.Min, o.Min), max(s.Max, o.Max)
	if s.opaque || o.opaque {
		s.hide()
		return
	}
	for s.shift < o.shift {
		s.coarsen()
	}
	for _, b := range o.buckets {
		b.key >>= s.shift - o.shift // s may get coarser on the way
		s.put(b)
	}
}

// thin leaves n buckets at most, for what is kept long.
func (s *Summary) thin(n int) {
	for len(s.buckets) > n {
		s.coarsen()
	}
	s.buckets = slices.Clip(s.buckets)
}

// reset empties s and keeps its memory.
func (s *Summary) reset() { *s = Summary{buckets: s.buckets[:0]} }

func (s *Summary) clone() Summary {
	c := *s
	c.buckets = slices.Clone(s.buckets)
	return c
}

// size is about how many bytes s takes.
func (s *Summary) size() int { return 80 + 24*cap(s.buckets) }
