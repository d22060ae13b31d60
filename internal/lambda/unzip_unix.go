//go:build unix

package lambda

import (
	"errors"
	"syscall"
)

// noSpace reports whether the disk is what failed.
func noSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EIO)
}
