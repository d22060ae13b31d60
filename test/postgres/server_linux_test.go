package postgres

import "syscall"

// dieWithUs ends a child when this process ends, however that happens.
func dieWithUs(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
