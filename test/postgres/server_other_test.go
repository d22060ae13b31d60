//go:build unix && !linux

package postgres

import "syscall"

func dieWithUs(*syscall.SysProcAttr) {}
