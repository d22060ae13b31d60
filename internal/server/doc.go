// Package server wires lambdagate together: it opens the store and the
// services, ties what one needs of another, and answers on one port.
//
// Read in this order: config.go, server.go (the architecture in one function),
// tie.go, tie_gateway.go and tie_metrics.go (what one part needs of another),
// functions.go, endpoints.go and tracing.go (what the settings say of runtimes,
// other services and traces).
//
// A request: listen.go and tls.go (ports), patience.go (how long clients may
// take), doors.go (which door a request takes), guard.go (what web pages may not
// do), headers.go (what browsers are told), authenticate.go (who calls),
// functionurl.go, own.go with prometheus.go and reset.go (the own endpoints).
//
// The console: console.go, signin.go with limiter.go, session.go, audit.go,
// requests.go, explain.go. The CLI: admin.go, backup.go, example.go.
//
// Keys: seal.go, sealmark.go, rootkey.go. And log.go, settle.go (a small server
// after the start).
package server
