package replica

import (
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

func putUint32(b []byte, v uint32) { binary.LittleEndian.PutUint32(b, v) }
func putUint64(b []byte, v uint64) { binary.LittleEndian.PutUint64(b, v) }

// thread is a sleeping thread of the original.
type thread struct {
	tid  int
	regs unix.PtraceRegs
	mask uint64 // of signals
	word uint64 // the address at which its C library keeps tid
}

// What a call returns that was interrupted and is to be made again, and the size
// of the instruction that makes it.
const (
	restartLowest  = -516 // ERESTART_RESTARTBLOCK
	restartHighest = -512 // ERESTARTSYS
	syscallSize    = 2
)

// tidAt is where glibc for this architecture keeps a thread's id, from the
// thread's own pointer on, since version 2.3.
const tidAt = 0x2d0

// sleeping are the calls in which threads of the original may be.
var sleeping = []uint64{unix.SYS_READ, unix.SYS_FUTEX, unix.SYS_EPOLL_WAIT, unix.SYS_EPOLL_PWAIT}

// threadsOf lists the ids of a process's threads, the main one first.
func threadsOf(pid int) ([]int, error) {
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return nil, err
	}
	var all []int
	for _, entry := range list {
		tid, err := strconv.Atoi(entry.Name())
		if err != nil {
			return nil, err
		}
		all = append(all, tid)
	}
	slices.SortFunc(all, func(a, b int) int {
		switch pid {
		case a:
			return -1
		case b:
			return 1
		}
		return a - b
	})
	return all, nil
}

// readThread learns how a stopped thread sleeps.
func readThread(tid int, memory *os.File) (thread, error) {
	t := thread{tid: tid}
	if err := unix.PtraceGetRegs(tid, &t.regs); err != nil {
		return t, fmt.Errorf("read the registers: %w", err)
	}
	if !slices.Contains(sleeping, t.regs.Orig_rax) {
		return t, fmt.Errorf("%w: thread %d is in system call %d", ErrUnsupported, tid, int64(t.regs.Orig_rax))
	}
	switch result := int64(t.regs.Rax); {
	case result >= restartLowest && result <= restartHighest:
		t.regs.Rax = t.regs.Orig_rax
		t.regs.Rip -= syscallSize
	case result == -int64(unix.EINTR):
	default:
		return t, fmt.Errorf("%w: thread %d has just left system call %d", ErrUnsupported, tid, t.regs.Orig_rax)
	}
	const getSigmask = 0x420a
	_, _, e := unix.RawSyscall6(unix.SYS_PTRACE, getSigmask, uintptr(tid), 8, uintptr(unsafe.Pointer(&t.mask)), 0, 0)
	if e != 0 {
		return t, fmt.Errorf("read the signal mask: %w", e)
	}
	t.word = t.regs.Fs_base + tidAt
	var b [4]byte
	if _, err := memory.ReadAt(b[:], int64(t.word)); err != nil {
		return t, fmt.Errorf("read its id: %w", err)
	}
	if int(binary.LittleEndian.Uint32(b[:])) != tid {
		return t, fmt.Errorf("%w: its C library is not known here", ErrUnsupported)
	}
	return t, nil
}

// frameSize is the size of what the interpreter takes a thread's registers from.
const frameSize = 128

// redZone is what a function may use below its stack pointer: the System V ABI.
const redZone = 128

// frame are a thread's signal mask and registers. Those that a system call does not
// keep are left out, and floating-point ones are the main thread's, which the kernel
// hands on.
func (t *thread) frame() []byte {
	b := make([]byte, frameSize)
	r := &t.regs
	for i, v := range []uint64{t.mask, r.R8, r.R9, r.R10, r.R12, r.R13, r.R14,
		r.Rdi, r.Rsi, r.Rbp, r.Rbx, r.Rdx, r.Rax, r.Rsp - redZone - 8, r.R15} {
		putUint64(b[8*i:], v)
	}
	return b
}

// pushNext puts where the thread goes on below its stack.
func (t *thread) pushNext(memory *os.File) error {
	next := make([]byte, 8)
	putUint64(next, t.regs.Rip)
	if _, err := memory.WriteAt(next, int64(t.regs.Rsp-redZone-8)); err != nil {
		return fmt.Errorf("write below a stack: %w", err)
	}
	return nil
}

// makeThread adds the call that makes a thread, which goes on at once.
func (c *Calls) makeThread(t *thread, frame uint64) {
	const flags = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_THREAD |
		unix.CLONE_SYSVSEM | unix.CLONE_SETTLS | unix.CLONE_PARENT_SETTID | unix.CLONE_CHILD_CLEARTID
	c.Call(unix.SYS_CLONE, flags, frame, t.word, t.word, t.regs.Fs_base).Zero(isThread)
}

// Asleep says that all threads of a process sleep, the main one in a read of fd.
func Asleep(pid, fd int) bool {
	tids, err := threadsOf(pid)
	if err != nil {
		return false
	}
	for _, tid := range tids {
		dir := fmt.Sprintf("/proc/%d/task/%d/", pid, tid)
		stat, err := os.ReadFile(dir + "stat")
		if _, after, ok := strings.Cut(string(stat), ") "); err != nil || !ok || after[0] != 'S' {
			return false
		}
		if tid != pid {
			continue
		}
		call, err := os.ReadFile(dir + "syscall")
		if err != nil || !strings.HasPrefix(string(call), fmt.Sprintf("%d %#x ", unix.SYS_READ, fd)) {
			return false
		}
	}
	return len(tids) > 0
}
