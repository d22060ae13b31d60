package jail

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// entrance lets a thread of this process go into the mount namespaces of first
// processes to show folders there: to wake a first process up for it takes
// several times as long. Only root can; a nil entrance is closed.
type entrance struct {
	home *os.File // this process's mount namespace
	here *os.File // its working folder

	mu     sync.RWMutex // held for reading by those who are away
	closed bool
}

// errNoEntrance says that the first process has to do it.
var errNoEntrance = errors.New("cannot enter the jail")

// openEntrance finds the way back before anyone leaves.
func openEntrance() *entrance {
	if os.Geteuid() != 0 {
		return nil
	}
	e := &entrance{}
	home, err1 := os.Open("/proc/self/ns/mnt")
	here, err2 := os.OpenFile(".", unix.O_PATH|unix.O_DIRECTORY, 0)
	e.home, e.here = home, here
	if err1 != nil || err2 != nil || !e.tried() {
		e.close()
		return nil
	}
	return e
}

// close waits until all are back.
func (e *entrance) close() {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.home.Close()
	e.here.Close()
}

// tried goes nowhere and comes back, and says whether everything is as it was:
// in a process that has changed its root folder it is not.
func (e *entrance) tried() bool {
	same := make(chan bool)
	go func() { // ends with its thread unless that is as it was
		runtime.LockOSThread()
		root, err1 := os.Stat("/")
		here, err2 := os.Stat(".")
		err3 := errors.Join(unix.Unshare(unix.CLONE_FS), e.back())
		root2, err4 := os.Stat("/")
		here2, err5 := os.Stat(".")
		ok := errors.Join(err1, err2, err3, err4, err5) == nil && os.SameFile(root, root2) && os.SameFile(here, here2)
		if ok {
			runtime.UnlockOSThread()
		}
		same <- ok
	}()
	return <-same
}

// show does what s asks, if that is only to show folders, each by itself.
func (e *entrance) show(w *walled, s *Show) error {
	overlaid := func(b Bind) bool { return len(b.Sources) > 1 }
	if e == nil || w.mounts == nil || s.TmpMB != 0 || slices.ContainsFunc(s.Binds, overlaid) {
		return errNoEntrance
	}
	return e.inside(w, func(r *root) error { return r.show(s) })
}

// furnish does what the first process does to a jail before it starts a program.
func (e *entrance) furnish(w *walled, s *run) error {
	if e == nil || w.mounts == nil {
		return errNoEntrance
	}
	return e.inside(w, func(r *root) error { return r.furnish(s) })
}

// inside runs f in there, with the jail's root.
func (e *entrance) inside(w *walled, f func(*root) error) error {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.closed {
		return errNoEntrance
	}
	runtime.LockOSThread()
	if err := e.enter(w.mounts); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	mask := unix.Umask(0o022) // the thread's own, as its folder is
	err := f(&root{dir: w.root})
	unix.Umask(mask)
	if back := e.back(); back != nil {
		// The thread stays this goroutine's, and ends with it. What it sees is a copy
		// of the host's mounts.
		return errors.Join(err, back)
	}
	runtime.UnlockOSThread()
	return err
}

// enter takes the calling thread into a mount namespace. Its root and working
// folder are then its own.
func (e *entrance) enter(mounts *os.File) error {
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return fmt.Errorf("%w: %w", errNoEntrance, err)
	}
	raw, err := mounts.SyscallConn()
	if err != nil {
		return err
	}
	var entered error
	if err := raw.Control(func(fd uintptr) { entered = unix.Setns(int(fd), unix.CLONE_NEWNS) }); err != nil {
		return fmt.Errorf("%w: %w", ErrEnded, err)
	}
	if entered != nil {
		return fmt.Errorf("%w: %w", errNoEntrance, entered)
	}
	return nil
}

// back takes the calling thread home.
func (e *entrance) back() error {
	if err := unix.Setns(int(e.home.Fd()), unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("come back from a jail: %w", err)
	}
	if err := unix.Fchdir(int(e.here.Fd())); err != nil {
		return fmt.Errorf("come back from a jail: %w", err)
	}
	return nil
}
