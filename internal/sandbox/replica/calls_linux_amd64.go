package replica

import (
	"encoding/binary"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// interpreter is machine code for the original; interpreterText tells where it is.
func interpreter()
func interpreterEnd()
func interpreterText() (from, to uintptr)

// machineCode is the text of the interpreter, which works at any address.
func machineCode() []byte {
	from, to := interpreterText()
	return unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&from))), to-from)
}

// What the interpreter does that is no system call.
const (
	opStop  = ^uint64(0)     // -1
	opLeave = ^uint64(0) - 1 // -2
	opMove  = ^uint64(0) - 2 // -3
)

// isThread, as a call's zero, lets a new thread go on from its signal frame.
const isThread = 1

// Places in the memory that server and copies share while a copy is made.
const (
	notesAt    = 0
	callsAt    = 64
	callSize   = 80
	sharedSize = 128 << 10
	dataAt     = 64 << 10
)

// Calls is a list of system calls that a process makes, and what they point to.
type Calls struct {
	memory []byte // ours
	base   uint64 // where it is in the process
	next   int    // offset of the next call
	data   int    // and of the next data
	full   bool
	self   uint64 // the process's descriptor of this one
}

// A Ref is a call on the list.
type Ref struct {
	c  *Calls
	at int
}

// Call adds a system call. If it fails the copy ends.
func (c *Calls) Call(number uint64, args ...uint64) Ref {
	r := Ref{c, c.next}
	if c.next+callSize > dataAt {
		c.full = true
		return r
	}
	call := c.memory[c.next : c.next+callSize]
	clear(call)
	binary.LittleEndian.PutUint64(call, number)
	for i, arg := range args {
		binary.LittleEndian.PutUint64(call[8+8*i:], arg)
	}
	c.next += callSize
	return r
}

func (r Ref) put(offset int, v uint64) {
	if !r.c.full {
		binary.LittleEndian.PutUint64(r.c.memory[r.at+offset:], v)
	}
}

// Arg is the address of an argument, for To.
func (r Ref) Arg(i int) uint64 { return r.c.base + uint64(r.at+8+8*i) }

// To stores the call's result at an address.
func (r Ref) To(address uint64) Ref {
	r.put(56, address)
	return r
}

// Zero has the process go on elsewhere when the call returns zero.
func (r Ref) Zero(address uint64) Ref {
	r.put(64, address)
	return r
}

// MayFail has the process go on when the call fails.
func (r Ref) MayFail() Ref {
	r.put(72, 1)
	return r
}

// Then is a call, one argument of which is the result of r, the one before.
func (r Ref) Then(number uint64, which int, args ...uint64) Ref {
	next := r.c.Call(number, args...)
	r.To(next.Arg(which))
	return next
}

// Get adds the call by which a process outside gets a descriptor of this one.
func (c *Calls) Get(f *os.File) Ref {
	return c.Call(unix.SYS_PIDFD_GETFD, c.self, uint64(f.Fd()), 0)
}

// here is the address of the next call.
func (c *Calls) here() uint64 { return c.base + uint64(c.next) }

// Data keeps b, and says at which address the process finds it.
func (c *Calls) Data(b []byte) uint64 {
	at := (c.data + 15) &^ 15
	if at+len(b) > len(c.memory) {
		c.full = true
		return 0
	}
	copy(c.memory[at:], b)
	c.data = at + len(b)
	return c.base + uint64(at)
}

// Text keeps a string as C has it.
func (c *Calls) Text(s string) uint64 { return c.Data(append([]byte(s), 0)) }

// failed tells which call failed, and how.
func (c *Calls) failed() error {
	at := binary.LittleEndian.Uint64(c.memory[notesAt:]) - c.base
	number := unix.Errno(-int64(binary.LittleEndian.Uint64(c.memory[notesAt+8:])))
	if at+callSize > uint64(len(c.memory)) {
		return fmt.Errorf("a call outside of the list: %w", number)
	}
	call := c.memory[at : at+callSize]
	var words [7]uint64
	for i := range words {
		words[i] = binary.LittleEndian.Uint64(call[8*i:])
	}
	return fmt.Errorf("system call %d %x, the %d. of a copy: %w", words[0], words[1:], (at-callsAt)/callSize, number)
}
