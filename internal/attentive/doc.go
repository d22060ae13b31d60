// Package attentive reads from connections whose next bytes are expected in a
// moment. Putting a goroutine to sleep and waking it up again takes the Go
// runtime and the kernel some ten microseconds, on virtual machines up to a
// hundred, which is longer than a short function runs. A [Reader] stays awake
// for as long as its user finds worth it, and lets other processes have its
// processor meanwhile.
//
// reader.go is the reader, poll_*.go what it asks of the kernel; other.go is for
// systems where it asks nothing.
package attentive
