package metricmath

import "time"

// calendar are the functions of a point's time.
var calendar = map[string]func(time.Time) float64{
	"EPOCH":  func(t time.Time) float64 { return float64(t.Unix()) },
	"MINUTE": func(t time.Time) float64 { return float64(t.Minute()) },
	"HOUR":   func(t time.Time) float64 { return float64(t.Hour()) },
	"DATE":   func(t time.Time) float64 { return float64(t.Day()) },
	"MONTH":  func(t time.Time) float64 { return float64(t.Month()) },
	"YEAR":   func(t time.Time) float64 { return float64(t.Year()) },
	"DAY": func(t time.Time) float64 { // AWS: from Monday, 1, to Sunday, 7
		return float64((t.Weekday()+6)%7 + 1)
	},
}

func ofTime(f func(time.Time) float64) function {
	return function{1, 1, func(_ *run, args []Value) (Value, error) {
		s, ok := args[0].(Series)
		if !ok {
			return nil, errTypes
		}
		return s.each(func(at int64, _ float64) float64 { return f(time.Unix(at, 0).UTC()) }), nil
	}}
}
