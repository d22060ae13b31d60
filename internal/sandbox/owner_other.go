//go:build !linux

package sandbox

import "os"

// thisServer is the owner of what this process starts.
func thisServer() owner {
	name, _ := os.Hostname()
	return owner{machine: name, pid: os.Getpid()}
}

// startOf is not known on this operating system.
func startOf(int) (string, bool) { return "", false }
