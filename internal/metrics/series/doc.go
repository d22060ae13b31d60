// Package series keeps numbers over time: what CloudWatch calls metrics.
//
// Things that happen often (a request, an invocation) are recorded by a
// [Source], which neither allocates nor waits; what it has gathered goes into
// the series when somebody asks, and each minute. A series holds summaries: of
// minutes for 3 hours, of five minutes for 3 days, of hours for 63 days. What is
// new is written to the store each minute and at the end, in one document; a
// crash loses a minute at most.
//
// Read in this order: summary.go (what is known of many values), statistic.go,
// identity.go, series.go, set.go (all series), source.go (the way in), codec.go
// and keep.go (the store).
package series
