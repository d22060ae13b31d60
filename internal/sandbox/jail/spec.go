package jail

import (
	"errors"
	"os"
	"time"
)

// Network says what of the host's network a program sees.
type Network string

// The networks a jail can have.
const (
	// HostNetwork shares the host's network, loopback included.
	HostNetwork Network = "host"
	// NoNetwork gives a loopback interface of the jail's own and nothing else.
	NoNetwork Network = "none"
)

// Errors that Start and Show return, possibly wrapped.
var (
	// ErrUnsupported says that this kernel or operating system cannot build the jail.
	ErrUnsupported = errors.New("isolation is not available")
	// ErrEnded says that the jail's program or its first process has ended.
	ErrEnded = errors.New("the process has ended")
)

// ProgramError says that the program itself could not be run: it is not there,
// not executable, or made for another machine.
type ProgramError struct {
	Path string
	Err  error
}

func (e *ProgramError) Error() string { return "run " + e.Path + ": " + e.Err.Error() }
func (e *ProgramError) Unwrap() error { return e.Err }

// Bind shows the host's Source, read-only, as Target inside. With more than
// one source the folders are laid over each other, the last one on top.
type Bind struct {
	Sources []string
	Target  string
	// Optional skips sources that do not exist.
	Optional bool
}

// Base is what all jails of a Pool have in common.
type Base struct {
	Binds []Bind
	// Files are written into the jail's root before anything starts.
	Files    map[string]string
	Network  Network
	Hostname string
	// FirstUser is the first of the host's user and group ids that programs get
	// when this process is root, each its own; without root they have the
	// caller's.
	FirstUser int
	// MountPoint is an existing, empty folder of the host that jails may use to
	// mount on, each in its own namespace; nothing appears in it on the host.
	MountPoint string
	// First is the program of the first process (package jail/first), open for
	// reading; nil for the calling program itself.
	First *os.File

	entrance *entrance // the pool's
}

// Spec is one program to run, and what only it sees. Paths in Path, Dir and
// Target are paths inside; Sources are paths of the host.
type Spec struct {
	Path string
	Args []string // Args[0] is the program's name
	Env  []string
	Dir  string

	// Plain runs the program without walls: Path and Dir are then paths of the
	// host, and everything about files, network and user is ignored.
	Plain bool

	Binds []Bind
	// TmpMB is the size of /tmp, in MiB.
	TmpMB int
	// Listen, in a jail with NoNetwork, is an IPv4 address and port to listen
	// on inside; Process.Listener returns the listening socket.
	Listen string

	// MemoryMB and Processes are enforced by control groups where these can be
	// written; zero means no limit.
	MemoryMB  int
	Processes int
	// OpenFiles is the limit of open descriptors; zero means 1024.
	OpenFiles int

	// Output becomes the program's standard output and error. Channel becomes
	// its descriptors from 3 on. Start does not close any.
	Output  *os.File
	Channel []*os.File

	// Deadline bounds the start; zero means ten seconds.
	Deadline time.Duration
}

// Show is what becomes visible in a jail that runs already.
type Show struct {
	Binds []Bind
	// TmpMB, when not zero, resizes /tmp.
	TmpMB int
}

// Exit is how a program ended.
type Exit struct {
	Code   int // exit status; meaningless when Signal is set
	Signal int // number of the signal that killed it, or zero
	// OutOfMemory says that the kernel killed something in the jail because the
	// memory limit was reached.
	OutOfMemory bool
}

// Usage is what a jail's processes use or have used.
type Usage struct {
	// Resident is the anonymous and shared memory that all processes hold now,
	// in bytes; PeakMemory is the most that was seen.
	Resident, PeakMemory int64
	Processes            int
}

// Inside, the program runs as this user and group.
const (
	InsideUser  = 993
	InsideGroup = 990
)
