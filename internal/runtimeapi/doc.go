// Package runtimeapi is what code inside an execution environment talks to.
//
// There are two protocols. The bootstraps that this project brings (Node.js and
// Python, in bootstraps/) exchange length-prefixed frames over two inherited
// pipes: an event costs a few tens of microseconds. Custom runtimes and AWS's
// own runtime clients speak HTTP to the Lambda Runtime API.
//
// Read in this order: frames.go (the frames and their codec), pipes_unix.go and
// board_linux.go (what carries them), bootstraps.go (the embedded files), then server.go, state.go and peer.go (the HTTP API),
// extensions.go and telemetry.go (the APIs of extensions).
package runtimeapi
