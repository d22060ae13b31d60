package runtimeapi

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// board is a page of memory that a runtime reads, as a file, to learn without a
// wait whether there is a frame for it. It says how many were sent to it, and for
// how many microseconds it may stay awake for the next one, four bytes each.
type board struct {
	sent, awake *atomic.Uint32
}

// newBoard makes a board, and the file of it that a runtime inherits. Nobody but
// this process can write to it.
func newBoard() (*board, *os.File, error) {
	fd, err := unix.MemfdCreate("frames", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, nil, fmt.Errorf("memfd_create: %w", err)
	}
	file := os.NewFile(uintptr(fd), "frames")
	b, err := mapBoard(fd)
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return b, file, nil
}

func mapBoard(fd int) (*board, error) {
	size := os.Getpagesize()
	if err := unix.Ftruncate(fd, int64(size)); err != nil {
		return nil, fmt.Errorf("ftruncate: %w", err)
	}
	page, err := unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mmap: %w", err)
	}
	const seals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_FUTURE_WRITE | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		unix.Munmap(page)
		return nil, fmt.Errorf("seal: %w", err)
	}
	word := func(i int) *atomic.Uint32 { return (*atomic.Uint32)(unsafe.Pointer(&page[4*i])) }
	b := &board{sent: word(0), awake: word(1)}
	runtime.AddCleanup(b, func(page []byte) { unix.Munmap(page) }, page)
	return b, nil
}

// count says that one more frame was sent.
func (b *board) count() {
	if b != nil {
		b.sent.Add(1)
		runtime.KeepAlive(b)
	}
}

// stayAwake says how long the runtime may stay awake for the next frame.
func (b *board) stayAwake(d time.Duration) {
	if b != nil {
		if us := uint32(d.Microseconds()); b.awake.Load() != us {
			b.awake.Store(us)
		}
		runtime.KeepAlive(b)
	}
}
