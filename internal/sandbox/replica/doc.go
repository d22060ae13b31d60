// Package replica makes copies of a process that has started already, where a
// start takes long: a copy takes a millisecond, and shares the memory that
// neither of the two has written since.
//
// The original stands still for good: the kernel's debugging interface (ptrace)
// holds all of its threads, each of which must be asleep in a system call. Nothing
// is loaded into it and it need not know of anything. A copy is made by its main
// thread, which is made to run a list of system calls (interpreter_linux_amd64.s):
// it forks; the fork goes where the copy is to live and forks again; that one
// replaces what must not be shared with the original (descriptors), makes the
// threads that a fork leaves behind, at their places in memory, and lets each go
// on with the call in which the original's sleeps.
//
// The original must hold no secrets and must not have drawn random numbers that
// its copies would draw again; what the kernel tells it once, its process id above
// all, is the original's in the copy.
package replica

import "errors"

// ErrUnsupported says that this process cannot be copied, or none can here.
var ErrUnsupported = errors.New("the process cannot be copied")
