package jail

import (
	"context"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// plain is a process without walls, in a process group of its own.
type plain struct {
	cmd    *exec.Cmd
	killed sync.Once
	peak   peak
}

func startPlain(spec *Spec) (*Process, error) {
	w := &plain{cmd: &exec.Cmd{
		Path: spec.Path, Args: spec.Args, Env: spec.Env, Dir: spec.Dir,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}}
	if spec.Output != nil {
		w.cmd.Stdout, w.cmd.Stderr = spec.Output, spec.Output
	}
	if spec.Channel != nil {
		w.cmd.ExtraFiles = []*os.File{spec.Channel}
	}
	if err := w.cmd.Start(); err != nil {
		return nil, &ProgramError{Path: spec.Path, Err: err}
	}
	p := newProcess(w)
	go w.run(p)
	return p, nil
}

func (w *plain) run(p *Process) {
	w.cmd.Wait()
	w.kill() // whatever is left of the group
	status := w.cmd.ProcessState.Sys().(syscall.WaitStatus)
	p.exit = Exit{Code: status.ExitStatus()}
	if status.Signaled() {
		p.exit = Exit{Signal: int(status.Signal())}
	}
	w.peak.close()
	close(p.ended)
	close(p.done)
}

func (w *plain) pid() int { return w.cmd.Process.Pid }

// show has nothing to do: the program sees the host's folders.
func (w *plain) show(context.Context, *Show) error { return nil }

func (w *plain) kill() {
	w.killed.Do(func() { syscall.Kill(-w.cmd.Process.Pid, syscall.SIGKILL) })
}

func (w *plain) listener() net.Listener { return nil }
