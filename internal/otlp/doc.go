// Package otlp tells an OpenTelemetry collector what happened to requests: one
// trace each, with a span for the whole and one for each part of it, by OTLP
// over HTTP with JSON.
//
// A request never waits for it: executions go into a bounded queue, what does
// not fit is dropped and counted, and a collector that is away costs nothing but
// the traces.
//
// Read in this order: exporter.go (queue, batches, retries), spans.go (from
// execution to spans), context.go (which trace they belong to), message.go (as
// OTLP has it).
package otlp
