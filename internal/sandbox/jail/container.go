package jail

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lambdagate/lambdagate/internal/sandbox/engine"
)

// containerCall bounds an order to the engine.
const containerCall = 10 * time.Second

// container is a jail whose walls a container engine puts up.
type container struct {
	c      *engine.Container
	group  string // file that lists its processes, if that can be seen
	killed sync.Once
	ctx    context.Context // ends with the container
	gone   <-chan struct{}
	peak   peak
	marks  *marks
	pipes  []pipe // that marks can be put into
}

// StartContainer starts a container that was made. Output becomes the program's
// standard output and error; StartContainer closes it when that has ended.
func StartContainer(ctx context.Context, c *engine.Container, output *os.File) (*Process, error) {
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	if err := c.Start(ctx, life); err != nil {
		stop()
		output.Close()
		return nil, err
	}
	w := &container{c: c, group: groupOf(c), ctx: life, marks: newMarks(), pipes: pipesOf(c.Pid)}
	p := newProcess(w)
	w.gone = p.gone
	go func() {
		defer output.Close()
		stdout, stderr := &unmarked{to: output, marks: w.marks}, &unmarked{to: output, marks: w.marks}
		c.Output(stdout, stderr) // what can be had of it
		stdout.end()
		stderr.end()
	}()
	go w.run(p, stop)
	return p, nil
}

func (w *container) run(p *Process, stop context.CancelFunc) {
	defer stop()
	status, outOfMemory, err := w.c.Wait(w.ctx)
	p.exit = exitStatus(status)
	if err != nil {
		p.exit = Exit{Signal: int(syscall.SIGKILL)}
	}
	// The engine also tells of processes that the program outlived.
	p.exit.OutOfMemory = outOfMemory && p.exit.Signal == int(syscall.SIGKILL)
	w.peak.close()
	close(p.gone)
	close(p.ended)
	w.c.Remove(context.WithoutCancel(w.ctx)) // the engine may be away; its labels tell whose it is
	close(p.done)
}

// exitStatus takes a status as shells tell of signals.
func exitStatus(status int) Exit {
	if status > 128 && status < 192 {
		return Exit{Signal: status - 128}
	}
	return Exit{Code: status}
}

// heard waits until all that the program has written until now has arrived, and
// says whether it has; false also where that cannot be told.
func (w *container) heard(atMost time.Duration) bool {
	if len(w.pipes) == 0 {
		return false
	}
	for _, p := range w.pipes {
		w.marks.add(1)
		if !p.put(w.c.Pid, w.marks.text) {
			w.marks.add(-1)
			return false
		}
	}
	return w.marks.wait(atMost)
}

func (w *container) pid() int { return w.c.Pid }

func (w *container) show(context.Context, *Show) error { return nil }

func (w *container) kill() {
	w.killed.Do(func() {
		go func() { // orders take a while, and callers may hold locks
			ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), containerCall)
			defer cancel()
			w.c.Freeze(ctx, false)
			if w.c.Signal(ctx, int(syscall.SIGKILL)) != nil {
				w.c.Remove(ctx)
			}
		}()
	})
}

func (w *container) listener() net.Listener { return nil }

// endsTogether is how much later than a program's end that of the container may
// be seen that it came with.
const endsTogether = 500 * time.Millisecond

// spawn has the engine run the program.
func (w *container) spawn(ctx context.Context, s *Spec) (*Child, error) {
	output, err := duplicate(s.Output)
	if err != nil {
		return nil, err
	}
	x, err := w.c.Exec(ctx, w.ctx, s.Args, s.Env, s.Dir)
	if err != nil {
		output.Close()
		return nil, err
	}
	child := newChild()
	go func() {
		x.Output(output) // what can be had of it
		output.Close()
		status, err := x.Wait(w.ctx)
		child.exit = exitStatus(status)
		if err != nil {
			child.exit = Exit{Signal: int(syscall.SIGKILL)}
		}
		if child.exit.Signal == int(syscall.SIGKILL) {
			select {
			case <-w.gone:
			case <-time.After(endsTogether):
			}
		}
		close(child.ended)
	}()
	return child, nil
}

// duplicate is another descriptor of a file.
func duplicate(f *os.File) (*os.File, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	var fd int
	if told := raw.Control(func(old uintptr) { fd, err = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0) }); told != nil || err != nil {
		return nil, errors.Join(told, err)
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

func (w *container) signal(ctx context.Context, number int) error { return w.c.Signal(ctx, number) }

// batch is the engine's business.
func (w *container) batch(bool) {}

func (w *container) stop(on bool) {
	ctx, cancel := context.WithTimeout(w.ctx, containerCall)
	defer cancel()
	w.c.Freeze(ctx, on)
}
