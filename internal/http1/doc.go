// Package http1 serves the requests that have to be quick, those for deployed
// APIs and of AWS clients, on HTTP/1.1 connections of its own, and hands every
// other connection to net/http together with what was read of it. Compared to net/http it costs
// a fraction of the processor time and of the wake-ups: one goroutine a
// connection, one read and one write a request, header fields as they were sent,
// and no map of them.
//
// It takes requests only in the plain form that clients send: HTTP/1.1, a body
// of known length, well-formed fields. All else (chunked bodies, 100-continue,
// upgrades, HTTP/1.0 and 2, malformed heads) goes to net/http, which knows what
// to do. A connection that was handed over stays there.
//
// Read in this order: server.go, conn.go (the life of a connection), head.go
// (what is plain), body.go, response.go, watch.go (clients that go away),
// handover.go; then the other side: client.go and answer.go, which call HTTP
// endpoints with fields as they are given and give the answer's as they came.
package http1
