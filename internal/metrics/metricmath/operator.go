package metricmath

import (
	"errors"
	"math"
	"strings"
)

// errTypes says that a function does not take arguments of those kinds.
var errTypes = errors.New("unsupported types")

var operators = map[string]func(a, b float64) float64{
	"+":  func(a, b float64) float64 { return a + b },
	"-":  func(a, b float64) float64 { return a - b },
	"*":  func(a, b float64) float64 { return a * b },
	"/":  func(a, b float64) float64 { return a / b },
	"^":  math.Pow,
	"==": func(a, b float64) float64 { return truth(a == b) },
	"!=": func(a, b float64) float64 { return truth(a != b) },
	"<":  func(a, b float64) float64 { return truth(a < b) },
	"<=": func(a, b float64) float64 { return truth(a <= b) },
	">":  func(a, b float64) float64 { return truth(a > b) },
	">=": func(a, b float64) float64 { return truth(a >= b) },
	"&&": func(a, b float64) float64 { return truth(a != 0 && b != 0) },
	"||": func(a, b float64) float64 { return truth(a != 0 || b != 0) },
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// arithmetic applies an operator. An array is taken series by series; two arrays
// do not go together.
func arithmetic(at int, op string, left, right Value) (Value, error) {
	f := operators[op]
	if a, ok := left.(Array); ok {
		if _, two := right.(Array); !two {
			return eachOf(a, func(s Series) (Value, error) { return arithmetic(at, op, s, right) })
		}
	}
	if b, ok := right.(Array); ok {
		if _, two := left.(Array); !two {
			return eachOf(b, func(s Series) (Value, error) {
				v, err := arithmetic(at, op, left, s)
				if out, ok := v.(Series); ok {
					out.Label = s.Label
					v = out
				}
				return v, err
			})
		}
	}
	switch a := left.(type) {
	case Scalar:
		switch b := right.(type) {
		case Scalar:
			return Scalar(f(float64(a), float64(b))), nil
		case Series:
			return b.each(func(_ int64, v float64) float64 { return f(float64(a), v) }), nil
		}
	case Series:
		switch b := right.(type) {
		case Scalar:
			return a.each(func(_ int64, v float64) float64 { return f(v, float64(b)) }), nil
		case Series:
			return join(a, b, f), nil
		}
	}
	return nil, fault(at, "Unsupported operand type(s) for %s: '%s'", op, kinds([]Value{left, right}))
}

// join computes where both have a value.
func join(a, b Series, f func(a, b float64) float64) Series {
	out := Series{a.Label, max(a.Period, b.Period), map[int64]float64{}}
	for at, v := range a.Points {
		if w, ok := b.Points[at]; ok {
			out.set(at, f(v, w))
		}
	}
	return out
}

func eachOf(all Array, f func(Series) (Value, error)) (Value, error) {
	var out Array
	for _, s := range all {
		v, err := f(s)
		if err != nil {
			return nil, err
		}
		one, ok := v.(Series)
		if !ok {
			return nil, errTypes
		}
		out = append(out, one)
	}
	return out, nil
}

func kinds(values []Value) string {
	var names []string
	for _, v := range values {
		names = append(names, v.kind())
	}
	return "[" + strings.Join(names, ", ") + "]"
}

func upper(s string) string { return strings.ToUpper(s) }
