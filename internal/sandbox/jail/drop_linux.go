package jail

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// drop takes everything from the calling thread that a function must not have:
// user, groups, capabilities, the right to gain any of them, signals and
// sockets to processes outside, and dangerous system calls. It returns the
// names of the walls it put up.
func drop(root bool) ([]string, error) {
	if err := dropCapabilities(root); err != nil {
		return nil, err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("forbid new privileges: %w", err)
	}
	walls := []string{"user namespace", "process namespace", "mount namespace", "no capabilities", "no new privileges"}
	if scope() == nil {
		walls = append(walls, "landlock scope")
	}
	if err := filter(); err != nil {
		return nil, fmt.Errorf("filter system calls: %w", err)
	}
	return append(walls, "seccomp"), nil
}

// dropCapabilities uses raw system calls: the wrappers of package syscall
// would change every thread of the first process.
func dropCapabilities(root bool) error {
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("clear ambient capabilities: %w", err)
	}
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && err != unix.EINVAL {
			return fmt.Errorf("drop capability %d: %w", c, err)
		}
	}
	if root { // otherwise the one mapped user is already the right one
		for _, call := range [][4]uintptr{
			{unix.SYS_SETGROUPS, 0, 0, 0},
			{unix.SYS_SETRESGID, InsideGroup, InsideGroup, InsideGroup},
			{unix.SYS_SETRESUID, InsideUser, InsideUser, InsideUser},
		} {
			if _, _, e := unix.RawSyscall(call[0], call[1], call[2], call[3]); e != 0 {
				return fmt.Errorf("become user %d: %w", InsideUser, e)
			}
		}
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	return nil
}

// Landlock's scopes, from version 6 of its interface on.
const (
	scopeAbstractUnixSocket = 1 << 0
	scopeSignal             = 1 << 1
)

// scope keeps the program from abstract Unix sockets and from signalling
// processes outside its jail. A shared network namespace shares the former.
func scope() error {
	attr := scopeAttributes()
	fd, err := createRuleset(&attr)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if _, _, e := unix.RawSyscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(fd), 0, 0); e != 0 {
		return e
	}
	return nil
}

// rulesetAttributes are the kernel's struct landlock_ruleset_attr.
type rulesetAttributes struct{ fs, net, scoped uint64 }

func scopeAttributes() rulesetAttributes {
	return rulesetAttributes{scoped: scopeAbstractUnixSocket | scopeSignal}
}

func createRuleset(attr *rulesetAttributes) (int, error) {
	fd, _, e := unix.RawSyscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(attr)), unsafe.Sizeof(*attr), 0)
	if e != 0 {
		return 0, e
	}
	return int(fd), nil
}
