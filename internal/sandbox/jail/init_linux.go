package jail

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// initName is the argv[0] under which this executable is the first process of
// a jail.
const initName = "lambdagate-jail"

// controlFD is the first process's end of the control socket.
const controlFD = 3

// Main runs the first process of a jail if this program was started as one,
// and does not return then. Call it first in main and in TestMain.
func Main() {
	if len(os.Args) == 0 || os.Args[0] != initName {
		return
	}
	os.Exit(first())
}

// first is the whole life of the first process: it does what the host orders
// and ends when the host goes away or the program ends. The kernel then ends
// whatever is left in the namespace.
func first() int {
	// The thread by which others see this process keeps its own user: what gives up
	// privileges for the program runs on another.
	runtime.LockOSThread()
	// A function goes before the server when memory is short.
	os.WriteFile("/proc/self/oom_score_adj", []byte("500"), 0)
	// Not dumpable: no process with the same user may look into this one, also
	// not through /proc/1/root.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return 120
	}
	// Nothing inside can end the first process. The signals are caught, since
	// ignored ones would stay ignored in the program.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals)
	forgetStarter()
	if err := keepFiles(); err != nil {
		return 124
	}
	file := os.NewFile(controlFD, "control")
	conn, err := net.FileConn(file)
	if err != nil {
		return 121
	}
	file.Close()
	control := conn.(*net.UnixConn)
	j := &inside{control: control}
	go j.reap(signals) // for good
	if err := j.serve(); err != nil && !errors.Is(err, io.EOF) {
		return 122
	}
	return 0
}

// forgetStarter undoes what the host process may have inherited from whoever
// started it, a service manager or a test runner, and would hand on to the
// program: the file mode mask, and the ignored signals that package signal
// does not reach because the C library uses them itself.
func forgetStarter() {
	unix.Umask(0o022)
	var standard struct{ handler, flags, restorer, mask uint64 }
	for number := uintptr(32); number <= 34; number++ {
		unix.RawSyscall6(unix.SYS_RT_SIGACTION, number, uintptr(unsafe.Pointer(&standard)), 0, unsafe.Sizeof(standard.mask), 0, 0)
	}
}

// keepFiles makes sure that nothing but what it is given goes on to the
// program: neither the control socket nor what the host process had itself
// inherited from whoever started it.
func keepFiles() error {
	err := unix.CloseRange(controlFD, ^uint(0)>>1, unix.CLOSE_RANGE_CLOEXEC)
	if err == nil {
		return nil
	}
	list, err := os.ReadDir("/proc/self/fd") // before Linux 5.11
	if err != nil {
		return err
	}
	for _, entry := range list {
		if fd, err := strconv.Atoi(entry.Name()); err == nil && fd >= controlFD {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}

// inside is the first process's view of its jail.
type inside struct {
	control *net.UnixConn
	hadRoot bool // the host process is root
	root    *root
	walls   []string

	program atomic.Int64 // process id, zero before it was started

	mu       sync.Mutex   // held while something is started: reap must know of it before its end
	children map[int]bool // further programs by process id; true while they run
}

func (j *inside) serve() error {
	buf := make([]byte, maxPacket)
	oob := make([]byte, unix.CmsgSpace(maxGiven*4))
	for {
		n, nOOB, _, _, err := j.control.ReadMsgUnix(buf, oob)
		if err != nil || n == 0 {
			return err // the host is gone
		}
		var o order
		if err := json.Unmarshal(buf[:n], &o); err != nil {
			return err
		}
		switch {
		case o.Setup != nil:
			err = j.setup(o.Setup)
		case o.Run != nil:
			err = j.run(o.Run, oob[:nOOB])
		case o.Show != nil:
			err = j.show(o.Show)
		case o.Spawn != nil:
			err = j.spawn(o.Spawn, oob[:nOOB])
		case o.Signal != 0:
			err = j.signal(o.Signal)
		}
		if err != nil {
			return err
		}
	}
}

func (j *inside) tell(r report) error {
	return send(j.control, r, nil, time.Now().Add(startTimeout))
}

func (j *inside) show(s *Show) error {
	if err := j.root.show(s); err != nil {
		return j.tell(report{Error: err.Error()})
	}
	return j.tell(report{Shown: true})
}

// setup puts up the walls that do not depend on the program.
func (j *inside) setup(s *setup) (err error) {
	if err := unix.Sethostname([]byte(s.Hostname)); err != nil {
		return j.tell(report{Error: fmt.Sprintf("set host name: %v", err)})
	}
	if s.Network == NoNetwork {
		if err := loopback(); err != nil {
			return j.tell(report{Error: err.Error()})
		}
		j.walls = append(j.walls, "network namespace")
	}
	j.hadRoot = s.Root
	if j.root, err = buildRoot(s); err != nil {
		return j.tell(report{Error: err.Error()})
	}
	return j.tell(report{Ready: true})
}

// run starts the program with the descriptors that came along.
func (j *inside) run(r *run, oob []byte) error {
	files, err := rights(oob)
	if err != nil {
		return err
	}
	j.mu.Lock() // a program can end before it is said that it was started
	defer j.mu.Unlock()
	pid, err := j.start(r, files)
	for _, fd := range files {
		unix.Close(fd)
	}
	if err != nil {
		r := report{Error: err.Error()}
		var program *ProgramError
		var number syscall.Errno
		if errors.As(err, &program) && errors.As(err, &number) {
			r.Program = int(number)
		}
		return j.tell(r)
	}
	j.program.Store(int64(pid))
	return j.tell(report{Started: true, Walls: j.walls})
}

// spawn runs a further program behind the same walls.
func (j *inside) spawn(r *run, oob []byte) error {
	files, err := rights(oob)
	if err != nil {
		return err
	}
	j.mu.Lock()
	pid, err := j.walled(r, files)
	if err == nil {
		if j.children == nil {
			j.children = map[int]bool{}
		}
		j.children[pid] = true
	}
	j.mu.Unlock()
	for _, fd := range files {
		unix.Close(fd)
	}
	if err != nil {
		var number syscall.Errno
		errors.As(err, &number)
		return j.tell(report{Error: err.Error(), Program: int(number)})
	}
	return j.tell(report{Child: pid, Started: true})
}

func (j *inside) signal(number int) error {
	if pid := int(j.program.Load()); pid > 0 {
		unix.Kill(pid, syscall.Signal(number)) // it may have ended
	}
	return j.tell(report{Shown: true})
}

// rights are the descriptors that came with a packet.
func rights(oob []byte) ([]int, error) {
	if len(oob) == 0 {
		return nil, nil
	}
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(messages) == 0 {
		return nil, err
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	for _, fd := range fds {
		unix.CloseOnExec(fd)
	}
	return fds, err
}

// start puts up the remaining walls and runs the program behind them.
func (j *inside) start(s *run, files []int) (pid int, err error) {
	if s.Listen != "" {
		if err := j.listen(s.Listen); err != nil {
			return 0, err
		}
	}
	if err := j.root.furnish(s); err != nil {
		return 0, err
	}
	if s.Original {
		return 0, j.become(s, files)
	}
	if err := limit(s); err != nil {
		return 0, err
	}
	return j.walled(s, files)
}

// walled runs a program from a thread of its own behind the walls.
func (j *inside) walled(s *run, files []int) (pid int, err error) {
	type started struct {
		pid int
		err error
	}
	result := make(chan started)
	go func() {
		// The thread gives up its privileges for good, so it is never unlocked
		// and ends with this goroutine.
		runtime.LockOSThread()
		pid, err := j.enter(s, files)
		result <- started{pid, err}
	}()
	r := <-result
	return r.pid, r.err
}

// enter moves the calling thread behind the walls and starts the program from
// there; a child inherits them from the thread that forks it.
func (j *inside) enter(s *run, given []int) (pid int, err error) {
	if err := j.root.enter(); err != nil {
		return 0, err
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &unix.Sigset_t{}, nil); err != nil {
		return 0, fmt.Errorf("unblock signals: %w", err)
	}
	walls, err := drop(j.hadRoot)
	if err != nil {
		return 0, err
	}
	j.walls = append(j.walls, walls...)
	if s.ProbeOnly {
		return 0, nil
	}
	null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("open /dev/null: %w", err)
	}
	defer unix.Close(null)
	if len(given) == 0 {
		return 0, errors.New("no output was given")
	}
	files := []uintptr{uintptr(null), uintptr(given[0]), uintptr(given[0])}
	if s.HasChannel {
		for _, fd := range given[1:] {
			files = append(files, uintptr(fd))
		}
	}
	err = whenFree(func() (err error) {
		pid, err = syscall.ForkExec(s.Path, s.Args, &syscall.ProcAttr{
			Dir: s.Dir, Env: s.Env, Files: files,
			Sys: &syscall.SysProcAttr{Setsid: true},
		})
		return err
	})
	if err != nil {
		return 0, &ProgramError{Path: s.Path, Err: err}
	}
	return pid, nil
}

// become replaces this process by the program, with all of its privileges.
func (j *inside) become(s *run, given []int) error {
	if err := j.root.enter(); err != nil {
		return err
	}
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &unix.Sigset_t{}, nil); err != nil {
		return fmt.Errorf("unblock signals: %w", err)
	}
	if err := install(originalFilter()); err != nil {
		return fmt.Errorf("filter system calls: %w", err)
	}
	null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open /dev/null: %w", err)
	}
	files := append([]int{null, given[0]}, given...)
	for i := range files {
		if files[i], err = unix.FcntlInt(uintptr(files[i]), unix.F_DUPFD_CLOEXEC, 64); err != nil {
			return fmt.Errorf("hand on descriptors: %w", err)
		}
	}
	for i, fd := range files { // what this process has there, it needs no more
		if err := unix.Dup3(fd, i, 0); err != nil {
			os.Exit(125)
		}
	}
	syscall.Exec(s.Path, s.Args, s.Env)
	os.Exit(126)
	return nil
}

// reap waits for every process of the jail, as the first process of a process
// namespace must, and ends the jail when the program itself has ended, unless
// there are further ones: then the host decides. A program that was copied is the
// host's to wait for.
func (j *inside) reap(signals <-chan os.Signal) {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		switch err {
		case nil:
			j.ended(pid, statusOf(status))
		case unix.EINTR:
		case unix.ECHILD:
			<-signals // there may be someone again
		default:
			os.Exit(123)
		}
	}
}

// ended says that a process has ended, if anybody wants to know.
func (j *inside) ended(pid int, e Exit) {
	j.mu.Lock()
	isChild, children := j.children[pid], len(j.children)
	if isChild {
		j.children[pid] = false
	}
	j.mu.Unlock()
	if isChild {
		j.tell(report{Exit: &e, Child: pid})
	}
	if int64(pid) != j.program.Load() {
		return
	}
	j.tell(report{Exit: &e})
	j.program.Store(0)
	if children == 0 {
		os.Exit(0)
	}
}

// limit sets the limits that the program inherits from this process.
func limit(s *run) error {
	limits, err := limitsOf(s.Processes, s.OpenFiles)
	if err != nil {
		return err
	}
	for _, l := range limits {
		if err := syscall.Setrlimit(l.resource, &syscall.Rlimit{Cur: l.value, Max: l.value}); err != nil {
			return fmt.Errorf("set limit %d: %w", l.resource, err)
		}
	}
	return nil
}

// resourceLimit is one of the kernel's limits.
type resourceLimit struct {
	resource int
	value    uint64
}

// limitsOf are a program's limits, none above what the host process itself may
// have. There is none on address space: V8 reserves far more than it uses.
func limitsOf(processes, files int) ([]resourceLimit, error) {
	all := []resourceLimit{
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_NOFILE, uint64(files)},
		{unix.RLIMIT_NPROC, uint64(processes)},
		{unix.RLIMIT_MSGQUEUE, 0},
		{unix.RLIMIT_MEMLOCK, 64 << 10},
	}
	if processes == 0 {
		all = slices.DeleteFunc(all, func(l resourceLimit) bool { return l.resource == unix.RLIMIT_NPROC })
	}
	for i := range all {
		var own syscall.Rlimit
		if err := syscall.Getrlimit(all[i].resource, &own); err != nil {
			return nil, fmt.Errorf("read limit %d: %w", all[i].resource, err)
		}
		all[i].value = min(all[i].value, own.Max)
	}
	return all, nil
}

// loopback brings up lo in a network namespace of the jail's own.
func loopback() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open loopback: %w", err)
	}
	defer unix.Close(s)
	ifr, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, ifr); err != nil {
		return fmt.Errorf("bring up loopback: %w", err)
	}
	return nil
}

// listen adds the address to loopback, listens there and hands the socket to
// the host.
func (j *inside) listen(address string) error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open loopback: %w", err)
	}
	defer unix.Close(s)
	addr, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		return err
	}
	alias, err := unix.NewIfreq("lo:1")
	if err != nil {
		return err
	}
	if err := alias.SetInet4Addr(addr.IP.To4()); err != nil {
		return err
	}
	if err := unix.IoctlIfreq(s, unix.SIOCSIFADDR, alias); err != nil {
		return fmt.Errorf("add %s to loopback: %w", addr.IP, err)
	}
	l, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer unix.Close(l)
	if err := unix.Bind(l, &unix.SockaddrInet4{Port: addr.Port, Addr: [4]byte(addr.IP.To4())}); err != nil {
		return fmt.Errorf("bind %s: %w", address, err)
	}
	if err := unix.Listen(l, 16); err != nil {
		return err
	}
	return send(j.control, report{}, unix.UnixRights(l), time.Now().Add(startTimeout))
}
