// Package server wires lambdagate together: it opens the store and the
// services, ties what one needs of another, and answers on one port.
//
// Read in this order: config.go, server.go (the architecture in one function),
// tie.go (what one part needs of another), doors.go (which door a request
// takes), guard.go (what web pages may not do), authenticate.go (who calls),
// own.go (health, reset), listen.go, example.go.
package server
