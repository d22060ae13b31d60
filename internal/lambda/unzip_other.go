//go:build !unix

package lambda

// noSpace reports whether the disk is what failed.
func noSpace(error) bool { return false }
