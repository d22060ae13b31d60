package jail

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Offsets into struct seccomp_data: the call's number, the architecture, and
// the low halves of the first arguments on a little-endian machine.
const (
	offsetNumber       = 0
	offsetArchitecture = 4
	offsetArgument0    = 16
	offsetArgument1    = 24
	offsetArgument2    = 32
)

// Answers of the filter.
const (
	allow     = 0x7fff0000
	kill      = 0x80000000
	errnoBase = 0x00050000
)

// namespaceFlags are the flags of clone and unshare that make namespaces.
const namespaceFlags = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS |
	unix.CLONE_NEWIPC | unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWTIME

// forbidden are the calls that answer EPERM: they reach other processes, keys,
// mounts, modules, clocks or parts of the kernel that have often been attacked
// and that no function needs.
var forbidden = append([]uint32{
	unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT,
	unix.SYS_OPEN_TREE, unix.SYS_MOVE_MOUNT, unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT,
	unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR, unix.SYS_UNSHARE, unix.SYS_SETNS,
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_KCMP,
	unix.SYS_PIDFD_GETFD, unix.SYS_PROCESS_MADVISE, unix.SYS_PROCESS_MRELEASE,
	unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL,
	unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD,
	unix.SYS_KEXEC_LOAD, unix.SYS_KEXEC_FILE_LOAD, unix.SYS_REBOOT,
	unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE,
	unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_ACCT, unix.SYS_QUOTACTL, unix.SYS_QUOTACTL_FD,
	unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_CLOCK_ADJTIME, unix.SYS_ADJTIMEX,
	unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME, unix.SYS_SYSLOG, unix.SYS_VHANGUP,
	unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_LOOKUP_DCOOKIE,
	unix.SYS_FANOTIFY_INIT, unix.SYS_FANOTIFY_MARK, unix.SYS_NFSSERVCTL,
	unix.SYS_MBIND, unix.SYS_MIGRATE_PAGES, unix.SYS_MOVE_PAGES, unix.SYS_SET_MEMPOLICY,
	unix.SYS_VMSPLICE, unix.SYS_MEMFD_SECRET, unix.SYS_MSEAL,
}, forbiddenHere...)

// missing are the calls that answer ENOSYS, so that libraries fall back:
// clone3's flags cannot be seen by a filter, and io_uring goes around one.
var missing = append([]uint32{unix.SYS_CLONE3}, rings...)

// rings are the calls of io_uring.
var rings = []uint32{unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER}

// families are the socket families a function may use.
var families = []uint32{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6}

// lastCall is the newest system call known here; newer ones do not exist for
// a function.
const lastCall = unix.SYS_MSEAL + 7

// filter installs the system call filter on the calling thread; its children
// inherit it and none can take it off.
func filter() error { return install(program()) }

// setModeFilter is SECCOMP_SET_MODE_FILTER.
const setModeFilter = 1

func install(p []unix.SockFilter) error {
	fprog := unix.SockFprog{Len: uint16(len(p)), Filter: &p[0]}
	_, _, e := unix.RawSyscall(unix.SYS_SECCOMP, setModeFilter, 0, uintptr(unsafe.Pointer(&fprog)))
	runtime.KeepAlive(p)
	if e != 0 {
		return e
	}
	return nil
}

// originalFilter keeps an original from what its copies would share with it, and
// lets it do everything else.
func originalFilter() []unix.SockFilter {
	p := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offsetNumber}}
	for _, n := range rings {
		p = append(p, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: n, Jf: 1},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: errnoBase | uint32(unix.ENOSYS)})
	}
	return append(p, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: allow})
}

// program is the filter, as a straight list: each test either answers or falls
// through to the next.
func program() []unix.SockFilter {
	var p []unix.SockFilter
	load := func(offset uint32) {
		p = append(p, unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset})
	}
	answer := func(k uint32) { p = append(p, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k}) }
	test := func(op uint16, k uint32, jt, jf uint8) {
		p = append(p, unix.SockFilter{Code: unix.BPF_JMP | op | unix.BPF_K, K: k, Jt: jt, Jf: jf})
	}
	load(offsetArchitecture)
	test(unix.BPF_JEQ, architecture, 1, 0)
	answer(kill)
	load(offsetNumber)
	test(unix.BPF_JGT, lastCall, 0, 1) // the x32 calls of amd64 too
	answer(errnoBase | uint32(unix.ENOSYS))
	for _, n := range missing {
		test(unix.BPF_JEQ, n, 0, 1)
		answer(errnoBase | uint32(unix.ENOSYS))
	}
	for _, n := range forbidden {
		test(unix.BPF_JEQ, n, 0, 1)
		answer(errnoBase | uint32(unix.EPERM))
	}
	// clone: no new namespaces.
	test(unix.BPF_JEQ, unix.SYS_CLONE, 0, 4)
	load(offsetArgument0)
	test(unix.BPF_JSET, namespaceFlags, 0, 1)
	answer(errnoBase | uint32(unix.EPERM))
	answer(allow)
	// ioctl: nothing typed into a terminal on someone's behalf.
	test(unix.BPF_JEQ, unix.SYS_IOCTL, 0, 5)
	load(offsetArgument1)
	test(unix.BPF_JEQ, unix.TIOCSTI, 1, 0)
	test(unix.BPF_JEQ, unix.TIOCLINUX, 0, 1)
	answer(errnoBase | uint32(unix.EPERM))
	answer(allow)
	// socket: the usual families, and the routing protocol of netlink, which
	// lists the interfaces.
	test(unix.BPF_JEQ, unix.SYS_SOCKET, 1, 0)
	answer(allow)
	load(offsetArgument0)
	for _, f := range families {
		test(unix.BPF_JEQ, f, 0, 1)
		answer(allow)
	}
	test(unix.BPF_JEQ, unix.AF_NETLINK, 1, 0)
	answer(errnoBase | uint32(unix.EAFNOSUPPORT))
	load(offsetArgument2)
	test(unix.BPF_JEQ, unix.NETLINK_ROUTE, 0, 1)
	answer(allow)
	answer(errnoBase | uint32(unix.EAFNOSUPPORT))
	return p
}
