// Package metricmath reads and evaluates the expressions of GetMetricData:
// "100 * errors / MAX([errors, requests])".
//
// Values are scalars, time series, arrays of time series and texts. What has no
// answer at some time (a division by zero, one side without a value) has no
// value there.
//
// Read in this order: lex.go, ast.go, parse.go, value.go, eval.go, operator.go,
// function.go, calendar.go.
package metricmath
