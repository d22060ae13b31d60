//go:build !linux

package sqlite

import (
	"errors"
	"os/exec"
)

const noMounts = "no mounts here"

func ownMounts(*exec.Cmd) bool { return false }

func fullDisk(string) error { return errors.ErrUnsupported }
func readOnly(string) error { return errors.ErrUnsupported }
