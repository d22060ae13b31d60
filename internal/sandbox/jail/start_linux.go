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
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// walled is a jail with walls, seen from the host.
type walled struct {
	cmd     *exec.Cmd
	control *net.UnixConn
	group   *cgroup
	user    int
	replies chan report
	socket  net.Listener
	killed  sync.Once

	entrance *entrance // may be nil
	mounts   *os.File  // the first process's mount namespace, for entrance
	root     string    // of the program, in there

	copied atomic.Pointer[copied] // the program, if it is a copy

	peak     peak
	ordering sync.Mutex // one order at a time
	children children
}

// newVacant makes a jail without a program: a first process that has put up
// the walls which do not depend on one. ended is called when nothing is left.
func newVacant(ctx context.Context, base *Base, user int, ended func()) (*Process, error) {
	w, err := fork(base, user)
	if err != nil {
		ended()
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	p := newProcess(w)
	go w.run(p, ended)
	w.entrance, w.root = base.entrance, base.MountPoint
	_, err = w.order(ctx, order{Setup: &setup{
		Binds: base.Binds, Files: base.Files, Network: base.Network,
		Hostname: base.Hostname, MountPoint: base.MountPoint, Root: os.Geteuid() == 0,
	}}, nil)
	if err != nil {
		p.Kill()
		<-p.done
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return p, nil
}

// occupy runs the program of spec in a vacant jail, and ends the jail if that
// fails. It returns the walls that stand.
func occupy(ctx context.Context, p *Process, spec *Spec, probe bool) ([]string, error) {
	w := p.impl.(*walled)
	started, err := w.occupy(ctx, spec, probe)
	if err != nil {
		p.Kill()
		<-p.ended
		return nil, err
	}
	return started.Walls, nil
}

func (w *walled) occupy(ctx context.Context, spec *Spec, probe bool) (report, error) {
	if err := w.group.limit(spec); err != nil {
		return report{}, err
	}
	output := spec.Output
	if output == nil {
		null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		if err != nil {
			return report{}, err
		}
		defer null.Close()
		output = null
	} else if os.Geteuid() == 0 {
		output.Chown(w.user, w.user) // so that the program may open /dev/stdout
	}
	given := []*os.File{output}
	given = append(given, spec.Channel...)
	return w.order(ctx, order{Run: &run{
		Path: spec.Path, Args: spec.Args, Env: spec.Env, Dir: spec.Dir,
		Binds: spec.Binds, TmpMB: spec.TmpMB, Listen: spec.Listen,
		Processes: spec.Processes, OpenFiles: openFilesOf(spec),
		HasChannel: len(spec.Channel) > 0, ProbeOnly: probe,
	}}, given)
}

// openFilesOf is the limit of open descriptors.
func openFilesOf(spec *Spec) int {
	if spec.OpenFiles == 0 {
		return 1024
	}
	return spec.OpenFiles
}

// fork starts the first process of new namespaces: a small program, or this
// executable again.
func fork(base *Base, user int) (*walled, error) {
	group, err := newCgroup()
	if err != nil {
		return nil, err
	}
	w := &walled{group: group, user: user, replies: make(chan report, 4)}
	if err := w.fork(base); err != nil {
		group.remove()
		return nil, err
	}
	return w, nil
}

func (w *walled) fork(base *Base) error {
	err := w.group.start(func() (pid int, err error) {
		if w.cmd, w.control, err = startFirst(base, namespaces(base.Network, w.user)); err != nil {
			return 0, err
		}
		return w.cmd.Process.Pid, nil
	})
	if err == nil && base.entrance != nil {
		w.mounts, err = os.Open(fmt.Sprintf("/proc/%d/ns/mnt", w.cmd.Process.Pid))
	}
	if err != nil && w.cmd != nil {
		w.cmd.Process.Kill()
		w.cmd.Wait()
		w.control.Close()
	}
	return err
}

// startFirst starts a first process, and returns its control socket too.
func startFirst(base *Base, attributes *syscall.SysProcAttr) (*exec.Cmd, *net.UnixConn, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "control"), os.NewFile(uintptr(pair[1]), "control")
	defer theirs.Close()
	defer ours.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		return nil, nil, err
	}
	program := "/proc/self/exe"
	if base.First != nil {
		program = fmt.Sprintf("/proc/self/fd/%d", base.First.Fd())
	}
	cmd := &exec.Cmd{
		Path: program,
		Args: []string{initName},
		// The first process lives on about a megabyte and one thread of Go.
		Env:         []string{"GOMAXPROCS=1", "GOGC=off", "GOMEMLIMIT=32MiB"},
		Dir:         "/",
		ExtraFiles:  []*os.File{theirs},
		SysProcAttr: attributes,
	}
	if err := cmd.Start(); err != nil {
		conn.Close()
		return nil, nil, err
	}
	return cmd, conn.(*net.UnixConn), nil
}

// namespaces are the kernel's walls for the first process. Root maps every
// user to itself, so that the first process can read any code folder, except
// the program's own, which is a user that nothing on the host has. Anyone else
// can map but himself.
func namespaces(network Network, user int) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC |
			unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP,
		Setsid: true,
	}
	if network == NoNetwork {
		a.Cloneflags |= unix.CLONE_NEWNET
	}
	if os.Geteuid() == 0 {
		a.UidMappings = around(InsideUser, user)
		a.GidMappings = around(InsideGroup, user)
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
func (w *walled) run(p *Process, ended func()) {
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
		if r.Exit != nil && r.Child != 0 {
			w.children.end(r.Child, *r.Exit)
			continue
		}
		if r.Exit != nil {
			exit = *r.Exit
			p.exit = exit
			close(p.gone)
			continue
		}
		select {
		case w.replies <- r:
		default: // nobody asked for it
		}
	}
	w.kill()
	w.cmd.Wait()
	if w.mounts != nil {
		w.mounts.Close()
	}
	close(w.replies)
	w.control.Close()
	if w.socket != nil {
		w.socket.Close()
	}
	if c := w.copied.Load(); c != nil {
		<-c.ended
		exit = c.exit
	}
	exit.OutOfMemory = w.group.outOfMemory()
	w.peak.close()
	p.exit = exit
	select {
	case <-p.gone:
	default:
		close(p.gone)
	}
	w.children.endAll(Exit{Signal: int(unix.SIGKILL)})
	close(p.ended)
	w.group.remove() // may take a moment
	ended()
	close(p.done)
}

func (w *walled) takeSocket(oob []byte) {
	fds, err := rights(oob)
	if err != nil || len(fds) == 0 {
		return
	}
	f := os.NewFile(uintptr(fds[0]), "listener")
	defer f.Close()
	if l, err := net.FileListener(f); err == nil {
		w.socket = l
	}
}

// order sends one order, with files, and waits for its reply.
func (w *walled) order(ctx context.Context, o order, files []*os.File) (report, error) {
	w.ordering.Lock()
	defer w.ordering.Unlock()
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(startTimeout)
	}
	var oob []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		oob = unix.UnixRights(fds...)
	}
	if err := send(w.control, o, oob, deadline); err != nil {
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
			run := o.Run
			if run == nil {
				run = o.Spawn
			}
			return report{}, &ProgramError{Path: run.Path, Err: syscall.Errno(r.Program)}
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
	if err := w.entrance.show(w, s); !errors.Is(err, errNoEntrance) {
		return err
	}
	_, err := w.order(ctx, order{Show: s}, nil)
	return err
}

func (w *walled) spawn(ctx context.Context, s *Spec) (*Child, error) {
	if os.Geteuid() == 0 {
		s.Output.Chown(w.user, w.user) // so that the program may open /dev/stdout
	}
	r, err := w.order(ctx, order{Spawn: &run{Path: s.Path, Args: s.Args, Env: s.Env, Dir: s.Dir}}, []*os.File{s.Output})
	if err != nil {
		return nil, err
	}
	return w.children.of(r.Child), nil
}

func (w *walled) signal(ctx context.Context, number int) error {
	if c := w.copied.Load(); c != nil {
		c.signal(number)
		return nil
	}
	_, err := w.order(ctx, order{Signal: number}, nil)
	return err
}

// kill ends the first process; the kernel then ends all others of the jail
// before the first one can be waited for.
func (w *walled) kill() {
	w.killed.Do(func() { w.cmd.Process.Kill() })
}

func (w *walled) listener() net.Listener { return w.socket }
