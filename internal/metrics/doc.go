// Package metrics is the CloudWatch service, as far as metrics go: APIs and
// functions record theirs, people put their own, and everybody reads them.
//
// Below it, series keeps the numbers and metricmath evaluates expressions.
//
// Read in this order: service.go, errors.go, record.go (the way in for APIs and
// functions), putmetricdata.go, listmetrics.go, period.go,
// getmetricstatistics.go, getmetricdata.go, query.go (one GetMetricData at
// work), authz.go.
package metrics
