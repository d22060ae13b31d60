package jail

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lambdagate/lambdagate/internal/sandbox/replica"
)

// Original is a program that was started once and that copies of go into jails
// (package replica). It has the files that it would see in one, but root's
// privileges and the host's processes: it must run nothing that is not trusted.
type Original struct {
	cmd   *exec.Cmd
	group *cgroup
	given []int

	mu     sync.Mutex
	held   *replica.Original
	random []uint64 // addresses of generators' states
}

// CanCopy says, as far as it is known before, why programs cannot be copied here.
func (p *Pool) CanCopy() error {
	if p.base.entrance == nil {
		return fmt.Errorf("%w: only root can copy programs", ErrUnsupported)
	}
	return nil
}

// StartOriginal starts the program of spec, which is complete with its Output and
// Channel. Only root can.
func (p *Pool) StartOriginal(ctx context.Context, spec *Spec) (*Original, error) {
	if err := p.CanCopy(); err != nil {
		return nil, err
	}
	group, err := newCgroup()
	if err != nil {
		return nil, err
	}
	o := &Original{group: group}
	var conn *net.UnixConn
	err = group.start(func() (pid int, err error) {
		o.cmd, conn, err = startFirst(&p.base, &syscall.SysProcAttr{
			Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS, Setsid: true,
		})
		if err != nil {
			return 0, err
		}
		return o.cmd.Process.Pid, nil
	})
	if conn != nil {
		defer conn.Close()
	}
	if err != nil {
		o.Close()
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	for fd := 1; fd < 3+len(spec.Channel); fd++ { // input is from /dev/null
		o.given = append(o.given, fd)
	}
	if err := o.start(ctx, &p.base, conn, spec); err != nil {
		o.Close()
		return nil, err
	}
	return o, nil
}

func (o *Original) start(ctx context.Context, base *Base, conn *net.UnixConn, spec *Spec) error {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(startTimeout)
	}
	orders := []order{
		{Setup: &setup{Binds: base.Binds, Files: base.Files, Network: HostNetwork, Hostname: base.Hostname, MountPoint: base.MountPoint, Root: true, Original: true}},
		{Run: &run{Path: spec.Path, Args: spec.Args, Env: spec.Env, Dir: spec.Dir, Binds: spec.Binds, TmpMB: spec.TmpMB, HasChannel: true, Original: true}},
	}
	given := []int{int(spec.Output.Fd())}
	for _, f := range spec.Channel {
		given = append(given, int(f.Fd()))
	}
	if err := conn.SetReadDeadline(deadline); err != nil {
		return err
	}
	for i, what := range orders {
		var rights []byte
		if what.Run != nil {
			rights = unix.UnixRights(given...)
		}
		if err := send(conn, what, rights, deadline); err != nil {
			return fmt.Errorf("start an original: %w", err)
		}
		buf := make([]byte, 8<<10)
		n, err := conn.Read(buf)
		if i == len(orders)-1 && (n == 0 || err != nil) && !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil // the socket is closed when the program takes over
		}
		var r report
		if err == nil {
			err = json.Unmarshal(buf[:n], &r)
		}
		if err == nil && r.Error != "" {
			err = errors.New(r.Error)
		}
		if err != nil {
			return fmt.Errorf("start an original: %w", err)
		}
	}
	return errors.New("start an original: it did not start")
}

// stateSize is that of V8's generator of random numbers, in bytes, which follows the
// seed in memory: base/utils/random-number-generator.h.
const stateSize = 16

// Hold stops the program when all of its threads are asleep, the main one waiting
// for the first of its Channel. Its V8 was given the seed for its random numbers:
// each copy's are its own.
func (o *Original) Hold(ctx context.Context, seed uint32) error {
	if o.cmd.Process.Pid == CopyPid {
		// OpenSSL makes new random numbers where its process id is another.
		return fmt.Errorf("%w: it has its copies' process id", ErrUnsupported)
	}
	for wait := time.Millisecond; !replica.Asleep(o.cmd.Process.Pid, 3); wait *= 2 {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return fmt.Errorf("the original does not come to rest: %w", ctx.Err())
		}
	}
	held, err := replica.Hold(o.cmd.Process.Pid, o.given)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held = held
	o.random, err = generators(held, seed)
	return err
}

// generators finds the states of V8's random numbers: two words after the seed.
func generators(held *replica.Original, seed uint32) (states []uint64, err error) {
	at, err := held.Find(uint64(seed))
	if err != nil {
		return nil, err
	}
	for _, seed := range at {
		state := make([]byte, stateSize)
		if err := held.Read(state, seed+8); err != nil {
			return nil, err
		}
		const small = 1 << 32 // a count or a size, and no random number
		if binary.LittleEndian.Uint64(state) < small || binary.LittleEndian.Uint64(state[8:]) < small {
			return nil, fmt.Errorf("%w: its random numbers are not known here", ErrUnsupported)
		}
		states = append(states, seed+8)
	}
	if len(states) == 0 {
		return nil, fmt.Errorf("%w: its random numbers were not found", ErrUnsupported)
	}
	return states, nil
}

// CopyPid is the process id of every copy, as it sees it: an original can be told
// what its copies will find. It is above what a first process has threads.
const CopyPid = 64

// Close ends the original. Its copies live on.
func (o *Original) Close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.held != nil {
		o.held.Close()
	}
	o.held = nil
	if o.cmd != nil {
		o.cmd.Process.Kill()
		o.cmd.Wait()
	}
	o.group.remove()
}

// errNoOriginal says that the original has been closed.
var errNoOriginal = errors.New("there is no original")

// Copy puts a copy of o into a jail of its own. Of spec all that does not say what
// program to run counts.
func (p *Pool) Copy(ctx context.Context, o *Original, spec *Spec) (*Process, error) {
	o.mu.Lock()
	held, random := o.held, o.random
	o.mu.Unlock()
	if held == nil {
		return nil, errNoOriginal
	}
	return p.begin(ctx, spec, func(ctx context.Context, jail *Process) error {
		err := jail.impl.(*walled).copy(ctx, jail, &p.base, held, random, spec)
		if err != nil {
			jail.Kill()
			<-jail.ended
			return fmt.Errorf("copy a program into a jail: %w", err)
		}
		return nil
	})
}

// copy occupies a vacant jail with a copy.
func (w *walled) copy(ctx context.Context, p *Process, base *Base, held *replica.Original, random []uint64, spec *Spec) error {
	if err := w.group.limit(spec); err != nil {
		return err
	}
	if err := base.entrance.furnish(w, &run{Binds: spec.Binds, TmpMB: spec.TmpMB}); err != nil {
		return err
	}
	spec.Output.Chown(w.user, w.user) // so that the program may open /dev/stdout
	limits, err := limitsOf(spec.Processes, openFilesOf(spec))
	if err != nil {
		return err
	}
	doors, err := w.group.doors()
	if err != nil {
		return err
	}
	defer closeAll(doors)
	pid, err := held.Copy(ctx, &replica.Order{
		Pid:   CopyPid,
		Files: append([]*os.File{spec.Output, spec.Output}, spec.Channel...),
		Outside: func(c *replica.Calls) {
			for _, door := range doors {
				c.Get(door).Then(unix.SYS_WRITE, 0, 0, c.Text("0"), 1)
			}
			flags := namespaces(base.Network, w.user).Cloneflags
			c.Call(unix.SYS_PIDFD_OPEN, uint64(w.pid()), 0).Then(unix.SYS_SETNS, 0, 0, uint64(flags))
		},
		Inside: func(c *replica.Calls) {
			enterCalls(c, base.MountPoint)
			limitCalls(c, limits)
			dropCalls(c)
			for _, state := range random {
				c.Call(unix.SYS_GETRANDOM, state, stateSize, 0)
			}
		},
		Admit: func(pid int) error {
			if w.group.own() {
				return nil
			}
			return w.group.add(pid)
		},
	})
	if err != nil {
		return err
	}
	w.adopt(p, pid)
	return nil
}

// enterCalls do what root.enter does.
func enterCalls(c *replica.Calls, dir string) {
	dot, slash := c.Text("."), c.Text("/")
	c.Call(unix.SYS_UNSHARE, unix.CLONE_NEWNS)
	c.Call(unix.SYS_MOUNT, c.Text(""), slash, c.Text(""), unix.MS_REC|unix.MS_SLAVE, 0)
	c.Call(unix.SYS_CHDIR, c.Text(dir))
	c.Call(unix.SYS_PIVOT_ROOT, dot, dot)
	c.Call(unix.SYS_UMOUNT2, dot, unix.MNT_DETACH)
	c.Call(unix.SYS_CHDIR, slash)
	c.Call(unix.SYS_UMASK, 0o022)
}

// limitCalls do what limit does.
func limitCalls(c *replica.Calls, limits []resourceLimit) {
	for _, l := range limits {
		b := binary.LittleEndian.AppendUint64(nil, l.value)
		b = binary.LittleEndian.AppendUint64(b, l.value)
		c.Call(unix.SYS_PRLIMIT64, 0, uint64(l.resource), c.Data(b), 0)
	}
}

// lastCapability is the last that this kernel has.
var lastCapability = sync.OnceValue(func() uint64 {
	text, err := os.ReadFile("/proc/sys/kernel/cap_last_cap")
	last, err2 := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || err2 != nil {
		return unix.CAP_LAST_CAP
	}
	return uint64(last)
})

// scoped says whether this kernel has Landlock's scopes.
var scoped = sync.OnceValue(func() bool {
	attr := scopeAttributes()
	fd, err := createRuleset(&attr)
	if err == nil {
		unix.Close(fd)
	}
	return err == nil
})

// dropCalls do what drop does, as root.
func dropCalls(c *replica.Calls) {
	c.Call(unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
	for capability := range lastCapability() + 1 {
		c.Call(unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, capability, 0, 0, 0)
	}
	c.Call(unix.SYS_SETGROUPS, 0, 0)
	c.Call(unix.SYS_SETRESGID, InsideGroup, InsideGroup, InsideGroup)
	c.Call(unix.SYS_SETRESUID, InsideUser, InsideUser, InsideUser)
	header := binary.LittleEndian.AppendUint64(nil, unix.LINUX_CAPABILITY_VERSION_3)
	c.Call(unix.SYS_CAPSET, c.Data(header), c.Data(make([]byte, 24)))
	// As a program that was run by this user.
	c.Call(unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 1, 0, 0, 0)
	c.Call(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	if scoped() {
		attr := scopeAttributes()
		b := binary.LittleEndian.AppendUint64(nil, attr.fs)
		b = binary.LittleEndian.AppendUint64(b, attr.net)
		b = binary.LittleEndian.AppendUint64(b, attr.scoped)
		c.Call(unix.SYS_LANDLOCK_CREATE_RULESET, c.Data(b), uint64(len(b)), 0).Then(unix.SYS_LANDLOCK_RESTRICT_SELF, 0, 0, 0)
	}
	var filter []byte
	for _, line := range program() {
		filter = binary.LittleEndian.AppendUint16(filter, line.Code)
		filter = append(filter, line.Jt, line.Jf)
		filter = binary.LittleEndian.AppendUint32(filter, line.K)
	}
	head := binary.LittleEndian.AppendUint64(nil, uint64(len(filter)/8))
	head = binary.LittleEndian.AppendUint64(head, c.Data(filter))
	c.Call(unix.SYS_SECCOMP, setModeFilter, 0, c.Data(head))
}
