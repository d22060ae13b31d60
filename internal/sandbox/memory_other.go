//go:build !linux

package sandbox

// machineMemoryMB is a cautious guess.
func machineMemoryMB() int { return 4096 }
