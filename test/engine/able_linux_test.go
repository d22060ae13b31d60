package engine

import (
	"os"
	"syscall"
)

// unable says why no engine can be started here.
func unable() string {
	if os.Geteuid() != 0 {
		return "needs root, which a Docker engine runs as"
	}
	return ""
}

// withUs ends a child when this process ends, however that happens.
func withUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
}

func unmount(dir string) { syscall.Unmount(dir, syscall.MNT_DETACH) }
