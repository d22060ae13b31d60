// Package certs holds the certificates of the server's port: PEM files that are
// read again when they change, and certificates that an ACME authority issues
// and that are renewed by themselves. The name that a client asks for (SNI)
// chooses among them.
//
// What ACME gave out is kept in the store, sealed, so that all nodes share it.
//
// Read in this order: certs.go, files.go, cache.go, orders.go.
package certs
