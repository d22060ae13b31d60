package replica

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Order is what a copy gets and does.
type Order struct {
	// Files become the descriptors that Hold was told of, in that order.
	Files []*os.File
	// Pid, if not zero, is the copy's process id in the namespace it goes to.
	Pid int
	// Outside adds the calls by which a fork of the original goes where the copy is
	// to live, as far as that is for its children; Inside those that the copy itself
	// makes before it goes on as the original would.
	Outside, Inside func(*Calls)
	// Admit is told the copy's process id, in this process's namespace, before it
	// goes on.
	Admit func(pid int) error
}

// Copy makes a copy, a child of this process that the caller waits for.
func (o *Original) Copy(ctx context.Context, order *Order) (pid int, err error) {
	err = o.do(func() error {
		if o.broken != nil {
			return o.broken
		}
		pid, err = o.copy(ctx, order)
		return err
	})
	return pid, err
}

func (o *Original) copy(ctx context.Context, order *Order) (int, error) {
	told, tell, err := os.Pipe() // from the copy
	if err != nil {
		return 0, err
	}
	defer told.Close()
	defer tell.Close()
	gate, open, err := os.Pipe() // to the copy
	if err != nil {
		return 0, err
	}
	defer gate.Close()
	defer open.Close()
	c := o.list(order, tell, gate)
	if c.full {
		return 0, fmt.Errorf("%w: there is too much to do for a copy", ErrUnsupported)
	}
	if err := o.run(); err != nil {
		o.broken = err
		return 0, err
	}
	between := int(binary.LittleEndian.Uint64(o.memory[notesAt+16:]))
	if between == 0 {
		o.broken = c.failed()
		return 0, o.broken
	}
	var status unix.WaitStatus
	if err := reap(between, &status); err != nil {
		return 0, err
	}
	pid := int(binary.LittleEndian.Uint64(o.memory[notesAt+24:]))
	if status.ExitStatus() != 0 || pid == 0 {
		return 0, c.failed()
	}
	tell.Close()
	gate.Close()
	err = order.Admit(pid)
	if err == nil {
		_, err = open.Write([]byte{1})
	}
	if err == nil {
		deadline, ok := ctx.Deadline()
		if !ok {
			deadline = time.Now().Add(wait)
		}
		told.SetReadDeadline(deadline)
		var b [1]byte
		_, err = told.Read(b[:])
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			err = c.failed()
		}
	}
	if err != nil {
		unix.Kill(pid, unix.SIGKILL)
		reap(pid, &status)
		return 0, err
	}
	return pid, nil
}

// reap waits for a child.
func reap(pid int, status *unix.WaitStatus) error {
	for {
		_, err := unix.Wait4(pid, status, 0, nil)
		if err != unix.EINTR {
			return err
		}
	}
}

// run lets the main thread of the original make the calls until it stops.
func (o *Original) run() error {
	regs := o.threads[0].regs
	regs.Orig_rax = ^uint64(0)
	regs.Rip = o.private + codeAt
	regs.Rbx = o.shared + callsAt
	regs.R14 = o.shared + notesAt
	regs.R13 = 1
	if err := unix.PtraceSetRegs(o.pid, &regs); err != nil {
		return fmt.Errorf("direct the original: %w", err)
	}
	if err := unix.PtraceCont(o.pid, 0); err != nil {
		return fmt.Errorf("let the original go: %w", err)
	}
	watch := time.AfterFunc(wait, func() { unix.Kill(o.pid, unix.SIGKILL) }) // its id is its own until Close
	defer watch.Stop()
	return stopped(o.pid)
}

// list writes what is to be called by whom.
func (o *Original) list(order *Order, tell, gate *os.File) *Calls {
	c := o.newCalls()
	// The original.
	const copyParent = unix.CLONE_PARENT | uint64(unix.SIGCHLD)
	fork := c.Call(unix.SYS_CLONE, copyParent|unix.CLONE_VM|unix.CLONE_VFORK).To(o.shared + notesAt + 16)
	c.Call(opStop)
	// Its fork, which goes elsewhere.
	fork.Zero(c.here())
	for i, fd := range o.given {
		d := o.find(fd)
		c.Get(order.Files[i]).Then(unix.SYS_DUP3, 0, 0, uint64(fd), d.flags&unix.O_CLOEXEC)
		if d.flags&unix.O_NONBLOCK != 0 {
			c.Call(unix.SYS_FCNTL, uint64(fd), unix.F_SETFL, unix.O_NONBLOCK)
		}
	}
	tellFD := c.Get(tell)
	gateFD := c.Get(gate)
	if order.Outside != nil {
		order.Outside(c)
	}
	fork = c.fork(o.threads[0].word, order.Pid).To(o.shared + notesAt + 24)
	c.Call(unix.SYS_EXIT_GROUP, 0)
	// The copy.
	fork.Zero(c.here())
	c.Call(unix.SYS_SETSID)
	c.remake(o.remade)
	if order.Inside != nil {
		order.Inside(c)
	}
	wait := c.Call(unix.SYS_READ, 0, c.Data(make([]byte, 8)), 1)
	gateFD.To(wait.Arg(0))
	for i := range o.threads[1:] {
		c.makeThread(&o.threads[i+1], o.frameOf(i+1))
	}
	said := c.Call(unix.SYS_WRITE, 0, c.Data([]byte{1}), 1)
	tellFD.To(said.Arg(0))
	c.closeOthers(o.all)
	c.Call(opLeave, o.shared, sharedSize, o.frameOf(0))
	return c
}

// fork adds the call that makes the copy: a child of the parent of who calls, whose
// C library keeps its id at word.
func (c *Calls) fork(word uint64, pid int) Ref {
	const flags = unix.CLONE_PARENT | unix.CLONE_CHILD_SETTID | unix.CLONE_CHILD_CLEARTID
	args := []uint64{flags, 0, word, 0, 0, 0, 0, 0, 0, 0}
	if pid != 0 {
		args[8], args[9] = c.Data(binary.LittleEndian.AppendUint32(nil, uint32(pid))), 1
	}
	var b []byte
	for _, arg := range args {
		b = binary.LittleEndian.AppendUint64(b, arg)
	}
	return c.Call(unix.SYS_CLONE3, c.Data(b), uint64(len(b)))
}

func (o *Original) frameOf(i int) uint64 {
	return o.private + framesAt + uint64(i*frameSize)
}

func (o *Original) find(fd int) *descriptor {
	for i := range o.all {
		if o.all[i].fd == fd {
			return &o.all[i]
		}
	}
	return &descriptor{fd: fd}
}
