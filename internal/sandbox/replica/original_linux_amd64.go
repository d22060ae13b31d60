package replica

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Original is a process that stands still, to be copied. It ends with Close, or
// with the process that holds it.
type Original struct {
	pid     int
	tasks   chan func() // for the thread that holds it
	ended   chan struct{}
	using   sync.Mutex // held while there is a task
	closed  bool
	given   []int
	all     []descriptor
	remade  []descriptor
	seized  []int // ids of threads
	mapped  []mapping
	threads []thread
	private uint64 // address of code and frames
	shared  uint64 // address of calls
	memory  []byte // the same, here
	self    uint64 // the original's descriptor of this process
	broken  error
}

// Layout of the original's private memory.
const (
	codeAt      = 0
	framesAt    = 4096
	privateSize = 64 << 10
)

// wait bounds what the original or a copy may take for anything.
const wait = 20 * time.Second

// Hold stops a child of this process for good, whose threads must all be asleep,
// and makes it an original. given are the descriptors that each copy gets anew.
// Whatever fails, the process is lost: the caller kills it.
func Hold(pid int, given []int) (*Original, error) {
	o := &Original{pid: pid, given: given, tasks: make(chan func()), ended: make(chan struct{})}
	go func() { // ends with Close, and its thread with it
		runtime.LockOSThread()
		for task := range o.tasks {
			task()
		}
		close(o.ended)
	}()
	if err := o.do(o.hold); err != nil {
		o.Close()
		return nil, err
	}
	return o, nil
}

// errClosed says that the original has been ended.
var errClosed = errors.New("there is no original any more")

// do runs f on the thread that holds the original.
func (o *Original) do(f func() error) (err error) {
	o.using.Lock()
	defer o.using.Unlock()
	if o.closed {
		return errClosed
	}
	done := make(chan struct{})
	o.tasks <- func() {
		err = f()
		close(done)
	}
	<-done
	return err
}

// Close ends the original, for which the caller waits as its parent. Its copies live
// on.
func (o *Original) Close() {
	if o.do(o.end) == errClosed {
		return
	}
	<-o.ended
}

func (o *Original) end() error {
	o.closed = true // nobody else uses it now
	close(o.tasks)
	unix.Kill(o.pid, unix.SIGKILL)
	var status unix.WaitStatus
	for _, tid := range o.seized {
		if tid != o.pid {
			unix.Wait4(tid, &status, unix.WALL, nil)
		}
	}
	if o.memory != nil {
		unix.Munmap(o.memory)
	}
	return nil
}

func (o *Original) hold() error {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", o.pid))
	if err != nil {
		return err
	}
	if strings.Contains(string(status), "shstk") {
		return fmt.Errorf("%w: it has a second stack", ErrUnsupported)
	}
	tids, err := o.seize()
	if err != nil {
		return err
	}
	memory, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", o.pid), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer memory.Close()
	for _, tid := range tids {
		t, err := readThread(tid, memory)
		if err != nil {
			return err
		}
		o.threads = append(o.threads, t)
	}
	if o.all, err = descriptorsOf(o.pid); err != nil {
		return err
	}
	if o.remade, err = remade(o.all, o.given); err != nil {
		return err
	}
	if o.mapped, err = o.mappings(); err != nil {
		return err
	}
	handOnPages(memory, o.mapped)
	if err := o.furnish(memory); err != nil {
		return err
	}
	return o.takeIn()
}

// seize stops all threads.
func (o *Original) seize() ([]int, error) {
	held := map[int]bool{}
	for {
		tids, err := threadsOf(o.pid)
		if err != nil {
			return nil, err
		}
		news := false
		for _, tid := range tids {
			if held[tid] {
				continue
			}
			news, held[tid] = true, true
			if err := o.seizeThread(tid); err != nil {
				return nil, err
			}
		}
		if !news {
			return tids, nil
		}
	}
}

func (o *Original) seizeThread(tid int) error {
	const exitKill = 0x100000 // PTRACE_O_EXITKILL
	if _, _, e := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(tid), 0, exitKill, 0, 0); e != 0 {
		return fmt.Errorf("%w: hold a thread: %w", ErrUnsupported, e)
	}
	o.seized = append(o.seized, tid)
	if err := unix.PtraceInterrupt(tid); err != nil {
		return fmt.Errorf("interrupt a thread: %w", err)
	}
	return stopped(tid)
}

// stopped waits until a thread has stopped.
func stopped(tid int) error {
	var status unix.WaitStatus
	for {
		_, err := unix.Wait4(tid, &status, unix.WALL, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return fmt.Errorf("wait for a thread: %w", err)
		case status.Stopped():
			return nil
		default:
			return errors.New("the original has ended")
		}
	}
}

// call makes the original's main thread make one system call.
func (o *Original) call(number uint64, args ...uint64) (uint64, error) {
	regs := o.threads[0].regs
	regs.Rip = o.syscallAt()
	regs.Orig_rax = ^uint64(0)
	regs.Rax = number
	for i, to := range []*uint64{&regs.Rdi, &regs.Rsi, &regs.Rdx, &regs.R10, &regs.R8, &regs.R9} {
		*to = 0
		if i < len(args) {
			*to = args[i]
		}
	}
	if err := unix.PtraceSetRegs(o.pid, &regs); err != nil {
		return 0, err
	}
	if err := unix.PtraceSingleStep(o.pid); err != nil {
		return 0, err
	}
	if err := stopped(o.pid); err != nil {
		return 0, err
	}
	if err := unix.PtraceGetRegs(o.pid, &regs); err != nil {
		return 0, err
	}
	if int64(regs.Rax) < 0 && int64(regs.Rax) > -4096 {
		return 0, fmt.Errorf("system call %d of the original: %w", number, unix.Errno(-int64(regs.Rax)))
	}
	return regs.Rax, nil
}

// syscallAt is the address of an instruction that makes a system call: the one in
// which the main thread sleeps.
func (o *Original) syscallAt() uint64 {
	r := &o.threads[0].regs
	if int64(r.Rax) == -int64(unix.EINTR) {
		return r.Rip - syscallSize
	}
	return r.Rip
}

// furnish puts the interpreter, the frames and the shared memory into the original.
func (o *Original) furnish(memory *os.File) error {
	var err error
	o.private, err = o.call(unix.SYS_MMAP, 0, privateSize, unix.PROT_READ|unix.PROT_EXEC,
		unix.MAP_PRIVATE|unix.MAP_ANONYMOUS, ^uint64(0), 0)
	if err != nil {
		return err
	}
	content := make([]byte, framesAt+len(o.threads)*frameSize)
	copy(content, machineCode())
	for i := range o.threads {
		copy(content[framesAt+i*frameSize:], o.threads[i].frame())
		if err := o.threads[i].pushNext(memory); err != nil {
			return err
		}
	}
	if len(content) > privateSize {
		return fmt.Errorf("%w: %d threads", ErrUnsupported, len(o.threads))
	}
	if _, err := memory.WriteAt(content, int64(o.private)); err != nil {
		return fmt.Errorf("write into the original: %w", err)
	}
	if _, err := o.call(unix.SYS_MPROTECT, o.private+framesAt, privateSize-framesAt, unix.PROT_READ); err != nil {
		return err
	}
	// What of this is open or mapped now is not handed on.
	if o.self, err = o.call(unix.SYS_PIDFD_OPEN, uint64(os.Getpid())); err != nil {
		return err
	}
	return o.share()
}

// handOnPages has forks get what pages of files the original uses, at once. The
// kernel leaves them to be found again, one by one, unless there is a page that is
// not as in the file: so one is written that stays as it is. It does not matter if
// that cannot be done.
func handOnPages(memory *os.File, all []mapping) {
	for _, m := range all {
		var b [1]byte
		if _, err := memory.ReadAt(b[:], int64(m.from)); m.file && err == nil {
			memory.WriteAt(b[:], int64(m.from))
		}
	}
}

// newCalls is an empty list.
func (o *Original) newCalls() *Calls {
	clear(o.memory[notesAt:callsAt])
	return &Calls{memory: o.memory, base: o.shared, next: callsAt, data: dataAt, self: o.self}
}

func (o *Original) share() error {
	fd, err := unix.MemfdCreate("calls", unix.MFD_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.Ftruncate(fd, sharedSize); err != nil {
		return err
	}
	o.memory, err = unix.Mmap(fd, 0, sharedSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	theirs, err := o.call(unix.SYS_PIDFD_GETFD, o.self, uint64(fd))
	if err != nil {
		return err
	}
	o.shared, err = o.call(unix.SYS_MMAP, 0, sharedSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED, theirs)
	if err != nil {
		return err
	}
	_, err = o.call(unix.SYS_CLOSE, theirs)
	return err
}
