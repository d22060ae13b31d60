package jail

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// pipe is one that a container's program writes to: its descriptor there, and
// which one that was when the program started.
type pipe struct {
	fd       int
	dev, ino uint64
}

// pipesOf finds standard output and error of a program, if they are pipes that
// can be seen from here.
func pipesOf(pid int) []pipe {
	var all []pipe
	for fd := 1; pid > 0 && fd <= 2; fd++ {
		h, p, err := openPipe(pid, fd)
		if err != nil {
			return nil
		}
		unix.Close(h)
		all = append(all, p)
	}
	return all
}

// openPipe opens a program's descriptor without the right to do anything, to see
// what it is: the program may have put anything there.
func openPipe(pid, fd int) (handle int, p pipe, err error) {
	h, err := unix.Open(fmt.Sprintf("/proc/%d/fd/%d", pid, fd), unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, p, err
	}
	var st unix.Stat_t
	if err = unix.Fstat(h, &st); err == nil && st.Mode&unix.S_IFMT != unix.S_IFIFO {
		err = unix.ENXIO
	}
	if err != nil {
		unix.Close(h)
		return 0, p, err
	}
	return h, pipe{fd, uint64(st.Dev), st.Ino}, nil
}

// put writes a mark into a pipe, if that is still where it was.
func (p pipe) put(pid int, mark []byte) bool {
	h, now, err := openPipe(pid, p.fd)
	if err != nil {
		return false
	}
	defer unix.Close(h)
	if now != p {
		return false
	}
	w, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", h), unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(w)
	n, err := unix.Write(w, mark) // whole or not at all: it is short
	return err == nil && n == len(mark)
}
