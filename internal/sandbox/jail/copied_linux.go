package jail

import (
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// copied is a program that was not started in its jail but copied into it. It is
// this process's child, and not the first process's.
type copied struct {
	pid   int
	ended chan struct{}
	exit  Exit // set before ended is closed

	mu   sync.Mutex
	gone bool // the process id may belong to someone else
}

// adopt follows the copy until it ends; the jail then ends too, unless there are
// further programs.
func (w *walled) adopt(p *Process, pid int) {
	c := &copied{pid: pid, ended: make(chan struct{})}
	w.copied.Store(c)
	go func() { // ends with the copy, which ends with the jail
		c.wait()
		p.exit = c.exit
		close(p.gone)
		close(c.ended)
		if w.children.none() {
			w.kill()
		}
	}()
}

// wait returns when the copy has ended.
func (c *copied) wait() {
	c.sleep()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
	var status unix.WaitStatus
	for {
		if _, err := unix.Wait4(c.pid, &status, 0, nil); err != unix.EINTR {
			break
		}
	}
	c.exit = statusOf(status)
}

// sleep waits until the copy can be waited for, if possible without a thread.
func (c *copied) sleep() {
	fd, err := unix.PidfdOpen(c.pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		return
	}
	f := os.NewFile(uintptr(fd), "copy")
	defer f.Close()
	raw, err := f.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Read(func(uintptr) bool { // an error leaves it to the blocking wait
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PIDFD, fd, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
		return err != unix.EINTR && (err != nil || info.Signo != 0)
	})
}

// statusOf is how a process ended.
func statusOf(status unix.WaitStatus) Exit {
	if status.Signaled() {
		return Exit{Signal: int(status.Signal())}
	}
	return Exit{Code: status.ExitStatus()}
}

func (c *copied) signal(number int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.gone {
		unix.Kill(c.pid, syscall.Signal(number))
	}
}
