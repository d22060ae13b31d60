//go:build !linux

package server

// forgetExecutable leaves it to the system here.
func forgetExecutable() {}
