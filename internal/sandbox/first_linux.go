package sandbox

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// openFirst returns the first process of jails as a file to execute, nil where
// jails start this program itself.
func openFirst() *os.File {
	program := firstProgram()
	if program == nil {
		return nil
	}
	defer program.Close()
	f, err := memoryFile("lambdagate-jail", program)
	if err != nil {
		return nil // an old kernel, or one that forbids it
	}
	return f
}

// memoryFile is a file in memory that can be executed: nobody writes to it.
func memoryFile(name string, content io.Reader) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a file in memory: %w", err)
	}
	w := os.NewFile(uintptr(fd), name)
	defer w.Close()
	if _, err := io.CopyBuffer(struct{ io.Writer }{w}, content, make([]byte, 64<<10)); err != nil {
		return nil, fmt.Errorf("fill a file in memory: %w", err)
	}
	return os.Open(fmt.Sprintf("/proc/self/fd/%d", fd))
}
