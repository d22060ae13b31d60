package replica

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// descriptor is an open file of the original.
type descriptor struct {
	fd     int
	is     string // what the kernel calls it: "pipe:[123]"
	flags  uint64
	events []event // of an epoll
	count  uint64  // of an eventfd
}

// event is what an epoll waits for.
type event struct {
	fd     int
	events uint32
	data   uint64
}

// kept are the devices that copies may share with their original.
var kept = []string{"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"}

// descriptorsOf reads what a process has open.
func descriptorsOf(pid int) ([]descriptor, error) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	list, err := os.ReadDir(dir + "fd")
	if err != nil {
		return nil, err
	}
	var all []descriptor
	for _, entry := range list {
		d := descriptor{}
		if d.fd, err = strconv.Atoi(entry.Name()); err != nil {
			return nil, err
		}
		if d.is, err = os.Readlink(dir + "fd/" + entry.Name()); err != nil {
			return nil, err
		}
		if err := d.read(dir + "fdinfo/" + entry.Name()); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b descriptor) int { return a.fd - b.fd })
	return all, nil
}

func (d *descriptor) read(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) >= 2 && words[0] == "flags:":
			if d.flags, err = strconv.ParseUint(words[1], 8, 64); err != nil {
				return err
			}
		case len(words) >= 2 && words[0] == "eventfd-count:":
			if d.count, err = strconv.ParseUint(words[1], 16, 64); err != nil {
				return err
			}
		case len(words) >= 6 && words[0] == "tfd:":
			fd, err1 := strconv.Atoi(words[1])
			events, err2 := strconv.ParseUint(words[3], 16, 32)
			data, err3 := strconv.ParseUint(words[5], 16, 64)
			if err1 != nil || err2 != nil || err3 != nil {
				return fmt.Errorf("read %q of %s", lines.Text(), name)
			}
			d.events = append(d.events, event{fd, uint32(events), data})
		}
	}
	return lines.Err()
}

// inherited says that a program it runs has it too.
func (d *descriptor) inherited() bool { return d.flags&unix.O_CLOEXEC == 0 }

// remade lists what of the original's a copy needs for itself, in the order in
// which it can be made. given are those that a copy gets from elsewhere.
func remade(all []descriptor, given []int) ([]descriptor, error) {
	var first, last []descriptor
	ends := map[string]int{}
	for _, d := range all {
		if slices.Contains(given, d.fd) || slices.Contains(kept, d.is) {
			continue
		}
		switch {
		case d.is == "anon_inode:[eventfd]":
			first = append(first, d)
		case d.is == "anon_inode:[eventpoll]":
			last = append(last, d)
		case strings.HasPrefix(d.is, "pipe:"):
			ends[d.is]++
			first = append(first, d)
		default:
			return nil, fmt.Errorf("%w: descriptor %d is %s", ErrUnsupported, d.fd, d.is)
		}
	}
	for pipe, n := range ends {
		if n != 2 {
			return nil, fmt.Errorf("%w: it has one end of %s", ErrUnsupported, pipe)
		}
	}
	return append(first, last...), nil
}

// remake adds the calls that make new ones in the place of those.
func (c *Calls) remake(all []descriptor) {
	pipes := map[string]*descriptor{}
	for i := range all {
		d := &all[i]
		cloexec := d.flags & unix.O_CLOEXEC
		switch {
		case d.is == "anon_inode:[eventfd]":
			c.Call(unix.SYS_EVENTFD2, d.count, d.flags&unix.O_NONBLOCK).Then(unix.SYS_DUP3, 0, 0, uint64(d.fd), cloexec)
		case d.is == "anon_inode:[eventpoll]":
			c.Call(unix.SYS_EPOLL_CREATE1, 0).Then(unix.SYS_DUP3, 0, 0, uint64(d.fd), cloexec)
			for _, e := range d.events {
				b := make([]byte, 12) // packed
				putUint32(b, e.events)
				putUint64(b[4:], e.data)
				c.Call(unix.SYS_EPOLL_CTL, uint64(d.fd), unix.EPOLL_CTL_ADD, uint64(e.fd), c.Data(b))
			}
		case pipes[d.is] == nil:
			pipes[d.is] = d
		default:
			c.remakePipe(pipes[d.is], d)
		}
	}
}

// remakePipe makes a pipe, given its ends, with what is in it.
func (c *Calls) remakePipe(a, b *descriptor) {
	if a.flags&unix.O_ACCMODE == unix.O_WRONLY {
		a, b = b, a
	}
	pair := c.Data(make([]byte, 8))
	c.Call(unix.SYS_PIPE2, pair, a.flags&unix.O_NONBLOCK)
	const whatever = 1 << 20
	write := c.Call(opMove, pair+4)
	tee := c.Call(unix.SYS_TEE, uint64(a.fd), 0, whatever, unix.SPLICE_F_NONBLOCK).MayFail() // it may be empty
	write.put(16, tee.Arg(1))
	for i, d := range []*descriptor{a, b} {
		end := c.Call(opMove, pair+uint64(4*i))
		dup := c.Call(unix.SYS_DUP3, 0, uint64(d.fd), d.flags&unix.O_CLOEXEC)
		end.put(16, dup.Arg(0))
	}
}

// closeOthers adds the calls that close everything but what a copy has.
func (c *Calls) closeOthers(all []descriptor) {
	from := 0
	for _, d := range all {
		for fd := from; fd < d.fd; fd++ {
			c.Call(unix.SYS_CLOSE, uint64(fd)).MayFail()
		}
		from = d.fd + 1
	}
	c.Call(unix.SYS_CLOSE_RANGE, uint64(from), uint64(^uint32(0)), 0)
}
