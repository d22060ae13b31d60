package metricmath

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// function is one that expressions may call, with least to most arguments.
type function struct {
	least, most int
	call        func(r *run, args []Value) (Value, error)
}

// keywords are words that stand for themselves as arguments.
var keywords = map[string]bool{"REPEAT": true, "LINEAR": true, "ASC": true, "DESC": true, "AVG": true, "MIN": true, "MAX": true, "SUM": true}

// functions is filled in at the start: its entries refer to it.
var functions map[string]function

func init() {
	functions = map[string]function{
		"ABS": pointwise(math.Abs), "CEIL": pointwise(math.Ceil), "FLOOR": pointwise(math.Floor),
		"LOG": pointwise(math.Log), "LOG10": pointwise(math.Log10),
		"AVG": aggregate(average), "MAX": aggregate(slices.Max[[]float64]), "MIN": aggregate(slices.Min[[]float64]),
		"SUM": aggregate(sum), "STDDEV": aggregate(deviation),
		"DATAPOINT_COUNT": aggregate(func(v []float64) float64 { return float64(len(v)) }),
		"DIFF":            stepwise(func(_ int64, before, v float64) float64 { return v - before }),
		"DIFF_TIME":       stepwise(func(seconds int64, _, _ float64) float64 { return float64(seconds) }),
		"RATE":            stepwise(func(seconds int64, before, v float64) float64 { return (v - before) / float64(seconds) }),
		"RUNNING_SUM":     {1, 1, runningSum},
		"FILL":            {2, 2, fill},
		"IF":              {2, 3, choose},
		"FIRST":           {1, 1, func(_ *run, args []Value) (Value, error) { return pick(args, 0) }},
		"LAST":            {1, 1, func(_ *run, args []Value) (Value, error) { return pick(args, -1) }},
		"METRICS":         {0, 1, allMetrics},
		"METRIC_COUNT":    {1, 1, metricCount},
		"PERIOD":          {1, 1, period},
		"REMOVE_EMPTY":    {1, 1, removeEmpty},
		"SLICE":           {2, 3, slice},
		"SORT":            {3, 4, sortArray},
		"TIME_SERIES":     {1, 1, timeSeries},
	}
	for name, f := range calendar {
		functions[name] = ofTime(f)
	}
}

// notServed are functions of CloudWatch that have no data here.
var notServed = []string{"ANOMALY_DETECTION_BAND", "DB_PERF_INSIGHTS", "INSIGHT_RULE_METRIC", "LAMBDA", "SEARCH", "SERVICE_QUOTA"}

func unknown(name string, t token) error {
	if slices.Contains(notServed, name) {
		return fault(t.at, "The function %s is not supported by lambdagate", name)
	}
	return fault(t.at, "Unknown function '%s'", t.text)
}

func checkCount(name string, n, at int) error {
	f := functions[name]
	if n >= f.least && n <= f.most {
		return nil
	}
	want := fmt.Sprint(f.least)
	if f.most > f.least {
		want = fmt.Sprintf("%d to %d", f.least, f.most)
	}
	return fault(at, "The function %s takes %s arguments, not %d", name, want, n)
}

// pointwise takes a scalar, a series or an array and gives the same.
func pointwise(f func(float64) float64) function {
	return function{1, 1, func(_ *run, args []Value) (Value, error) {
		switch v := args[0].(type) {
		case Scalar:
			return Scalar(f(float64(v))), nil
		case Series, Array:
			return perSeries(v, func(s Series) Series {
				return s.each(func(_ int64, v float64) float64 { return f(v) })
			})
		}
		return nil, errTypes
	}}
}

// perSeries applies f to a series, or to each of an array.
func perSeries(v Value, f func(Series) Series) (Value, error) {
	switch v := v.(type) {
	case Series:
		return f(v), nil
	case Array:
		return eachOf(v, func(s Series) (Value, error) { return f(s), nil })
	}
	return nil, errTypes
}

// aggregate makes a scalar of a series, and a series of an array, whose value
// at each time is that of all values there.
func aggregate(f func([]float64) float64) function {
	return function{1, 1, func(_ *run, args []Value) (Value, error) {
		switch v := args[0].(type) {
		case Scalar:
			return v, nil
		case Series:
			if len(v.Points) == 0 {
				return Series{v.Label, v.Period, map[int64]float64{}}, nil
			}
			return Scalar(f(v.values())), nil
		case Array:
			return across(v, f), nil
		}
		return nil, errTypes
	}}
}

func across(all Array, f func([]float64) float64) Series {
	at := map[int64][]float64{}
	out := Series{Points: map[int64]float64{}}
	for _, s := range all {
		out.Period = max(out.Period, s.Period)
		for t, v := range s.Points {
			at[t] = append(at[t], v)
		}
	}
	for t, values := range at {
		out.set(t, f(values))
	}
	return out
}

func sum(values []float64) float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	return total
}

func average(values []float64) float64 { return sum(values) / float64(len(values)) }

// deviation is the standard deviation of all values.
func deviation(values []float64) float64 {
	mean, squares := average(values), 0.0
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return math.Sqrt(squares / float64(len(values)))
}

// stepwise computes from each value and the one before it.
func stepwise(f func(seconds int64, before, v float64) float64) function {
	return function{1, 1, func(_ *run, args []Value) (Value, error) {
		return perSeries(args[0], func(s Series) Series {
			out := Series{s.Label, s.Period, map[int64]float64{}}
			times := s.Times()
			for i := 1; i < len(times); i++ {
				out.set(times[i], f(times[i]-times[i-1], s.Points[times[i-1]], s.Points[times[i]]))
			}
			return out
		})
	}}
}

func runningSum(_ *run, args []Value) (Value, error) {
	return perSeries(args[0], func(s Series) Series {
		out, total := Series{s.Label, s.Period, map[int64]float64{}}, 0.0
		for _, at := range s.Times() {
			total += s.Points[at]
			out.set(at, total)
		}
		return out
	})
}

// fill gives values to the times without: a number, another series' value, the
// last one before (REPEAT), or one on the line between its neighbours (LINEAR).
func fill(r *run, args []Value) (Value, error) {
	switch with := args[1].(type) {
	case Text:
		if with != "REPEAT" && with != "LINEAR" {
			return nil, errTypes
		}
	case Scalar, Series:
	default:
		return nil, errTypes
	}
	for _, s := range seriesOf(args[0]) {
		if err := r.spend((r.To - r.From) / cmp.Or(s.Period, r.Period)); err != nil {
			return nil, err
		}
	}
	return perSeries(args[0], func(s Series) Series {
		step := cmp.Or(s.Period, r.Period)
		out := s.each(func(_ int64, v float64) float64 { return v })
		times := s.Times()
		for at := first(times, r.From, step); at < r.To; at += step {
			if _, ok := s.Points[at]; ok {
				continue
			}
			if v, ok := filling(s, times, at, args[1]); ok {
				out.set(at, v)
			}
		}
		return out
	})
}

func seriesOf(v Value) Array {
	switch v := v.(type) {
	case Series:
		return Array{v}
	case Array:
		return v
	}
	return nil
}

// first is the first time from from on that is a whole number of steps from
// those of the series.
func first(times []int64, from, step int64) int64 {
	origin := from
	if len(times) > 0 {
		origin = times[0]
	}
	at := from - (from-origin)%step
	if at < from {
		at += step
	}
	return at
}

func filling(s Series, times []int64, at int64, with Value) (float64, bool) {
	i, _ := slices.BinarySearch(times, at)
	switch with := with.(type) {
	case Scalar:
		return float64(with), true
	case Series:
		v, ok := with.Points[at]
		return v, ok
	case Text:
		if i == 0 {
			return 0, false
		}
		before := times[i-1]
		if with == "REPEAT" {
			return s.Points[before], true
		}
		if i == len(times) {
			return 0, false
		}
		after := times[i]
		share := float64(at-before) / float64(after-before)
		return s.Points[before] + share*(s.Points[after]-s.Points[before]), true
	}
	return 0, false
}

// choose is IF(condition, then, else): at each time by the condition's value.
func choose(_ *run, args []Value) (Value, error) {
	if c, ok := args[0].(Scalar); ok {
		switch {
		case c != 0:
			return args[1], nil
		case len(args) == 3:
			return args[2], nil
		}
		return Series{Points: map[int64]float64{}}, nil
	}
	condition, ok := args[0].(Series)
	if !ok {
		return nil, errTypes
	}
	for _, a := range args[1:] {
		switch a.(type) {
		case Scalar, Series:
		default:
			return nil, errTypes
		}
	}
	out := Series{condition.Label, condition.Period, map[int64]float64{}}
	for at, c := range condition.Points {
		branch := args[1]
		if c == 0 {
			if len(args) < 3 {
				continue
			}
			branch = args[2]
		}
		switch b := branch.(type) {
		case Scalar:
			out.set(at, float64(b))
		case Series:
			if v, ok := b.Points[at]; ok {
				out.set(at, v)
			}
		}
	}
	return out, nil
}

func pick(args []Value, i int) (Value, error) {
	all, ok := args[0].(Array)
	if !ok {
		return nil, errTypes
	}
	if len(all) == 0 {
		return Series{Points: map[int64]float64{}}, nil
	}
	if i < 0 {
		i += len(all)
	}
	return all[i], nil
}

// allMetrics is METRICS(), or those whose ids hold a text.
func allMetrics(r *run, args []Value) (Value, error) {
	part := Text("")
	if len(args) == 1 {
		var ok bool
		if part, ok = args[0].(Text); !ok {
			return nil, errTypes
		}
	}
	ids, all, err := r.Metrics()
	if err != nil {
		return nil, err
	}
	out := Array{}
	for i, id := range ids {
		if strings.Contains(id, string(part)) {
			out = append(out, all[i])
		}
	}
	return out, nil
}

func metricCount(_ *run, args []Value) (Value, error) {
	if all, ok := args[0].(Array); ok {
		return Scalar(len(all)), nil
	}
	return nil, errTypes
}

func period(r *run, args []Value) (Value, error) {
	if s, ok := args[0].(Series); ok {
		return Scalar(cmp.Or(s.Period, r.Period)), nil
	}
	return nil, errTypes
}

func removeEmpty(_ *run, args []Value) (Value, error) {
	all, ok := args[0].(Array)
	if !ok {
		return nil, errTypes
	}
	return slices.DeleteFunc(slices.Clone(all), func(s Series) bool { return len(s.Points) == 0 }), nil
}

// slice is SLICE(array, from, to), or all from from on where to is left out.
func slice(_ *run, args []Value) (Value, error) {
	all, ok := args[0].(Array)
	from, isNumber := args[1].(Scalar)
	if !ok || !isNumber {
		return nil, errTypes
	}
	to := Scalar(len(all))
	if len(args) == 3 {
		if to, ok = args[2].(Scalar); !ok {
			return nil, errTypes
		}
	}
	within := func(s Scalar) int {
		if !(s > 0) { // nor what is not a number
			return 0
		}
		return int(min(s, Scalar(len(all))))
	}
	i, j := within(from), within(to)
	return all[i:max(i, j)], nil
}

// sortArray is SORT(array, AVG|MIN|MAX|SUM, ASC|DESC, how many).
func sortArray(r *run, args []Value) (Value, error) {
	all, ok := args[0].(Array)
	by, isText := args[1].(Text)
	order, isOrder := args[2].(Text)
	f, known := map[Text]func([]float64) float64{"AVG": average, "MIN": slices.Min[[]float64], "MAX": slices.Max[[]float64], "SUM": sum}[by]
	if !ok || !isText || !isOrder || !known || order != "ASC" && order != "DESC" {
		return nil, errTypes
	}
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b Series) int {
		if len(a.Points) == 0 || len(b.Points) == 0 { // those without values last
			return cmp.Compare(len(b.Points), len(a.Points))
		}
		c := cmp.Compare(f(a.values()), f(b.values()))
		if order == "DESC" {
			c = -c
		}
		return c
	})
	if len(args) == 4 {
		return slice(r, []Value{sorted, Scalar(0), args[3]})
	}
	return sorted, nil
}

// timeSeries gives a scalar's value to all times.
func timeSeries(r *run, args []Value) (Value, error) {
	v, ok := args[0].(Scalar)
	if !ok {
		return nil, errTypes
	}
	if err := r.spend((r.To - r.From) / r.Period); err != nil {
		return nil, err
	}
	out := Series{Period: r.Period, Points: map[int64]float64{}}
	for at := r.From; at < r.To; at += r.Period {
		out.set(at, float64(v))
	}
	return out, nil
}
