package jail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// walled is a jail with walls, seen from the host.
type walled struct {
	cmd     *exec.Cmd
	control *net.UnixConn
	group   *cgroup
	replies chan report
	socket  net.Listener
	killed  sync.Once

	peak peak
}

// start runs the first process, gives it its orders and waits until it has
// started the program.
func start(ctx context.Context, spec *Spec) (*Process, error) {
	return startWith(ctx, spec, false, nil)
}

func startWith(ctx context.Context, spec *Spec, probe bool, walls *[]string) (*Process, error) {
	group, err := newCgroup(spec)
	if err != nil {
		return nil, err
	}
	w, err := fork(spec, group)
	if err != nil {
		group.remove()
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	p := newProcess(w)
	go w.run(p)
	first, err := w.order(ctx, order{Setup: setupOf(spec, probe)})
	if err == nil && !first.Started {
		err = fmt.Errorf("start %s: unexpected reply", spec.Path)
	}
	if err != nil {
		w.kill()
		<-p.done
		return nil, err
	}
	if walls != nil {
		*walls = first.Walls
	}
	return p, nil
}

func setupOf(spec *Spec, probe bool) *setup {
	files := spec.OpenFiles
	if files == 0 {
		files = 1024
	}
	return &setup{
		Path: spec.Path, Args: spec.Args, Env: spec.Env, Dir: spec.Dir,
		Binds: spec.Binds, Files: spec.Files, TmpMB: spec.TmpMB,
		Hostname: spec.Hostname, MountPoint: spec.MountPoint, Root: os.Geteuid() == 0,
		Network: spec.Network, Listen: spec.Listen,
		Processes: spec.Processes, OpenFiles: files,
		HasChannel: spec.Channel != nil, ProbeOnly: probe,
	}
}

// fork runs this executable again as the first process of new namespaces.
func fork(spec *Spec, group *cgroup) (*walled, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "control"), os.NewFile(uintptr(pair[1]), "control")
	defer theirs.Close()
	defer ours.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		return nil, err
	}
	w := &walled{control: conn.(*net.UnixConn), group: group, replies: make(chan report, 4)}
	output := spec.Output
	if output == nil {
		if output, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0); err != nil {
			conn.Close()
			return nil, err
		}
		defer output.Close()
	}
	w.cmd = &exec.Cmd{
		Path: "/proc/self/exe",
		Args: []string{initName},
		// The first process lives on a few hundred kilobytes and one thread of Go.
		Env:         []string{"GOMAXPROCS=1", "GOGC=off", "GOMEMLIMIT=32MiB"},
		Dir:         "/",
		ExtraFiles:  []*os.File{theirs, output},
		SysProcAttr: namespaces(spec),
	}
	if spec.Channel != nil {
		w.cmd.ExtraFiles = append(w.cmd.ExtraFiles, spec.Channel)
	}
	if os.Geteuid() == 0 && spec.Output != nil {
		// So that the program may open /dev/stdout.
		output.Chown(spec.User, spec.User)
	}
	if err := w.cmd.Start(); err != nil {
		conn.Close()
		return nil, err
	}
	if err := group.add(w.cmd.Process.Pid); err != nil {
		w.cmd.Process.Kill()
		w.cmd.Wait()
		conn.Close()
		return nil, err
	}
	return w, nil
}

// namespaces are the kernel's walls for the first process. Root maps every
// user to itself, so that the first process can read any code folder, except
// the program's own, which is a user that nothing on the host has. Anyone else
// can map but himself.
func namespaces(spec *Spec) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC |
			unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP,
		Setsid: true,
	}
	if spec.Network == NoNetwork {
		a.Cloneflags |= unix.CLONE_NEWNET
	}
	if os.Geteuid() == 0 {
		a.UidMappings = around(InsideUser, spec.User)
		a.GidMappings = around(InsideGroup, spec.User)
		a.GidMappingsEnableSetgroups = true
		return a
	}
	a.UidMappings = []syscall.SysProcIDMap{{ContainerID: InsideUser, HostID: os.Geteuid(), Size: 1}}
	a.GidMappings = []syscall.SysProcIDMap{{ContainerID: InsideGroup, HostID: os.Getegid(), Size: 1}}
	a.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP, unix.CAP_NET_ADMIN,
		unix.CAP_DAC_OVERRIDE, unix.CAP_DAC_READ_SEARCH, unix.CAP_SYS_CHROOT, unix.CAP_KILL}
	return a
}

// around maps every id below outside to itself, but inside to outside.
func around(inside, outside int) []syscall.SysProcIDMap {
	return []syscall.SysProcIDMap{
		{ContainerID: 0, HostID: 0, Size: inside},
		{ContainerID: inside, HostID: outside, Size: 1},
		{ContainerID: inside + 1, HostID: inside + 1, Size: outside - inside - 1},
	}
}

// run owns the first process: it takes its reports until it ends, and then
// clears what is left.
func (w *walled) run(p *Process) {
	exit := Exit{Signal: int(unix.SIGKILL)}
	buf := make([]byte, 8<<10)
	oob := make([]byte, unix.CmsgSpace(4))
	for {
		n, nOOB, _, _, err := w.control.ReadMsgUnix(buf, oob)
		if err != nil || n == 0 {
			break
		}
		if nOOB > 0 {
			w.takeSocket(oob[:nOOB])
			continue
		}
		var r report
		if json.Unmarshal(buf[:n], &r) != nil {
			break
		}
		if r.Exit != nil {
			exit = *r.Exit
			continue
		}
		select {
		case w.replies <- r:
		default: // nobody asked for it
		}
	}
	w.kill()
	w.cmd.Wait()
	close(w.replies)
	w.control.Close()
	if w.socket != nil {
		w.socket.Close()
	}
	exit.OutOfMemory = w.group.outOfMemory()
	w.peak.close()
	p.exit = exit
	close(p.ended)
	w.group.remove() // may take a moment
	close(p.done)
}

func (w *walled) takeSocket(oob []byte) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(messages) == 0 {
		return
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) == 0 {
		return
	}
	f := os.NewFile(uintptr(fds[0]), "listener")
	defer f.Close()
	if l, err := net.FileListener(f); err == nil {
		w.socket = l
	}
}

// order sends one order and waits for its reply. Only one may be under way.
func (w *walled) order(ctx context.Context, o order) (report, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(10 * time.Second)
	}
	if err := send(w.control, o, deadline); err != nil {
		return report{}, fmt.Errorf("%w: %w", ErrEnded, err)
	}
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case r, ok := <-w.replies:
		if !ok {
			return report{}, ErrEnded
		}
		if r.Program != 0 {
			return report{}, &ProgramError{Path: o.Setup.Path, Err: syscall.Errno(r.Program)}
		}
		if r.Error != "" {
			return report{}, errors.New(r.Error)
		}
		return r, nil
	case <-ctx.Done():
		return report{}, ctx.Err()
	case <-timer.C:
		return report{}, context.DeadlineExceeded
	}
}

func (w *walled) pid() int { return w.cmd.Process.Pid }

func (w *walled) show(ctx context.Context, s *Show) error {
	_, err := w.order(ctx, order{Show: s})
	return err
}

// kill ends the first process; the kernel then ends all others of the jail
// before the first one can be waited for.
func (w *walled) kill() {
	w.killed.Do(func() { w.cmd.Process.Kill() })
}

func (w *walled) listener() net.Listener { return w.socket }
