//go:build !linux

package engine

import "syscall"

func unable() string { return "needs Linux, which a Docker engine runs on" }

func withUs() *syscall.SysProcAttr { return nil }

func unmount(string) {}
