package metricmath

import (
	"maps"
	"math"
	"slices"
)

// Value is a Scalar, a Series, an Array or a Text.
type Value interface{ kind() string }

// Scalar is one number.
type Scalar float64

// Series is numbers by time, in seconds since the epoch.
type Series struct {
	Label  string
	Period int64 // seconds
	Points map[int64]float64
}

// Array is several time series.
type Array []Series

// Text is a string.
type Text string

func (Scalar) kind() string { return "Scalar" }
func (Series) kind() string { return "TimeSeries" }
func (Array) kind() string  { return "TimeSeries[]" }
func (Text) kind() string   { return "String" }

// Times returns the times of s in order.
func (s Series) Times() []int64 { return slices.Sorted(maps.Keys(s.Points)) }

// each computes a series from s point by point; what is no number is left out.
func (s Series) each(f func(at int64, v float64) float64) Series {
	out := Series{s.Label, s.Period, make(map[int64]float64, len(s.Points))}
	for at, v := range s.Points {
		out.set(at, f(at, v))
	}
	return out
}

func (s Series) set(at int64, v float64) {
	if !math.IsNaN(v) && !math.IsInf(v, 0) {
		s.Points[at] = v
	}
}

// values returns the numbers in order of time.
func (s Series) values() []float64 {
	var all []float64
	for _, at := range s.Times() {
		all = append(all, s.Points[at])
	}
	return all
}
