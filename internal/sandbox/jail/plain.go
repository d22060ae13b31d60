package jail

import (
	"context"
	"net"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
)

// plain is a process without walls, in a process group of its own.
type plain struct {
	cmd    *exec.Cmd
	killed sync.Once
	peak   peak

	mu       sync.Mutex
	children []*exec.Cmd
	ending   chan struct{} // closed by kill
}

func startPlain(spec *Spec) (*Process, error) {
	w := &plain{ending: make(chan struct{})}
	err := whenFree(func() error {
		w.cmd = &exec.Cmd{
			Path: spec.Path, Args: spec.Args, Env: spec.Env, Dir: spec.Dir,
			SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
		}
		if spec.Output != nil {
			w.cmd.Stdout, w.cmd.Stderr = spec.Output, spec.Output
		}
		w.cmd.ExtraFiles = spec.Channel
		return w.cmd.Start()
	})
	if err != nil {
		return nil, &ProgramError{Path: spec.Path, Err: err}
	}
	p := newProcess(w)
	go w.run(p)
	return p, nil
}

func (w *plain) run(p *Process) {
	w.cmd.Wait()
	p.exit = exitOf(w.cmd)
	close(p.gone)
	if len(w.others()) > 0 {
		<-w.ending
	}
	w.kill() // whatever is left of the group
	w.peak.close()
	close(p.ended)
	close(p.done)
}

func (w *plain) pid() int { return w.cmd.Process.Pid }

// show has nothing to do: the program sees the host's folders.
func (w *plain) show(context.Context, *Show) error { return nil }

func (w *plain) kill() {
	w.killed.Do(func() {
		close(w.ending)
		syscall.Kill(-w.cmd.Process.Pid, syscall.SIGKILL)
	})
}

// stop sends SIGSTOP or SIGCONT to the process group.
func (w *plain) stop(on bool) {
	number := syscall.SIGCONT
	if on {
		number = syscall.SIGSTOP
	}
	syscall.Kill(-w.cmd.Process.Pid, number)
}

func exitOf(c *exec.Cmd) Exit {
	status := c.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return Exit{Signal: int(status.Signal())}
	}
	return Exit{Code: status.ExitStatus()}
}

// spawn runs a further program in the same process group.
func (w *plain) spawn(_ context.Context, s *Spec) (*Child, error) {
	var cmd *exec.Cmd
	err := whenFree(func() error {
		cmd = &exec.Cmd{
			Path: s.Path, Args: s.Args, Env: s.Env, Dir: s.Dir, Stdout: s.Output, Stderr: s.Output,
			SysProcAttr: &syscall.SysProcAttr{Setpgid: true, Pgid: w.cmd.Process.Pid},
		}
		return cmd.Start()
	})
	if err != nil {
		return nil, &ProgramError{Path: s.Path, Err: err}
	}
	w.mu.Lock()
	w.children = append(w.children, cmd)
	w.mu.Unlock()
	child := newChild()
	go func() {
		cmd.Wait()
		child.exit = exitOf(cmd)
		close(child.ended)
	}()
	return child, nil
}

// others are the process ids of the further programs.
func (w *plain) others() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var pids []string
	for _, c := range w.children {
		pids = append(pids, strconv.Itoa(c.Process.Pid))
	}
	return pids
}

func (w *plain) signal(_ context.Context, number int) error {
	return w.cmd.Process.Signal(syscall.Signal(number))
}

func (w *plain) listener() net.Listener { return nil }
