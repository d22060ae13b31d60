// Package noderuntime gets Node.js binaries of exact versions.
//
// They come from the npm packages node-<os>-<cpu>, through the npm client as it
// is set up on this machine, and are checked against digests of our own
// (digests.go). Once unpacked they live in a cache that all servers and tests
// of a user share and that nobody writes to while another uses it.
//
// The AWS SDK for JavaScript, which AWS ships with its runtimes, comes the same
// way, when a function asks for it.
//
// Read in this order: cache.go, fetch.go, digests.go, sdk.go.
package noderuntime
