package replica

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// mapping is a piece of the original's memory.
type mapping struct {
	from, to uint64
	left     bool // a fork does not get it: V8 has its heap left out
	file     bool // a file that is not written to
	written  bool // private memory
}

// mappings reads the map of the original's memory. It refuses what a fork would go
// on sharing with the original.
func (o *Original) mappings() ([]mapping, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps", o.pid))
	if err != nil {
		return nil, err
	}
	var all []mapping
	var m mapping
	var last string
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if flags, ok := strings.CutPrefix(line, "VmFlags:"); ok {
			flags := strings.Fields(flags)
			if slices.Contains(flags, "sh") && slices.Contains(flags, "wr") {
				return nil, fmt.Errorf("%w: it shares memory: %s", ErrUnsupported, last)
			}
			m.left = slices.Contains(flags, "dc")
			m.file = slices.Contains(flags, "rd") && !slices.Contains(flags, "wr") && strings.Contains(last, "/")
			m.written = slices.Contains(flags, "rd") && slices.Contains(flags, "wr")
			all = append(all, m)
			continue
		}
		if from, to, ok := strings.Cut(words[0], "-"); ok {
			var err1, err2 error
			m.from, err1 = strconv.ParseUint(from, 16, 64)
			m.to, err2 = strconv.ParseUint(to, 16, 64)
			if err := errors.Join(err1, err2); err != nil {
				return nil, fmt.Errorf("read the map of its memory: %w", err)
			}
			last = strings.TrimSpace(line)
		}
	}
	return all, nil
}

// takeIn has forks get the pieces of memory that are left out.
func (o *Original) takeIn() error {
	c := o.newCalls()
	for _, m := range o.mapped {
		if m.left {
			c.Call(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DOFORK)
		}
	}
	c.Call(opStop)
	if c.full {
		return fmt.Errorf("%w: %d pieces of memory", ErrUnsupported, len(o.mapped))
	}
	if err := o.run(); err != nil {
		return err
	}
	if binary.LittleEndian.Uint64(o.memory[notesAt+8:]) != 0 {
		return c.failed()
	}
	return nil
}

// Find returns the addresses in the original's writable memory of a number that is
// aligned there.
func (o *Original) Find(number uint64) (at []uint64, err error) {
	err = o.do(func() error {
		memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", o.pid))
		if err != nil {
			return err
		}
		defer memory.Close()
		pages, err := os.Open(fmt.Sprintf("/proc/%d/pagemap", o.pid))
		if err != nil {
			return err
		}
		defer pages.Close()
		for _, m := range o.mapped {
			if !m.written {
				continue
			}
			found, err := findIn(memory, pages, m, number)
			if err != nil {
				return fmt.Errorf("search the original's memory: %w", err)
			}
			at = append(at, found...)
		}
		return nil
	})
	return at, err
}

// pageSize is the size of a page, and entrySize that of what pagemap tells of it.
const (
	pageSize  = 4096
	entrySize = 8
)

// findIn reads only pages that there are: others would be made, and forks would have
// to copy what leads to them.
func findIn(memory, pages *os.File, m mapping, number uint64) (at []uint64, err error) {
	entries := make([]byte, 64<<10)
	page := make([]byte, pageSize)
	for from := m.from; from < m.to; {
		want := min(uint64(len(entries)), (m.to-from)/pageSize*entrySize)
		n, err := pages.ReadAt(entries[:want], int64(from/pageSize*entrySize))
		if err != nil {
			return nil, err
		}
		for i := 0; i < n; i += entrySize {
			const present, swapped = 1 << 63, 1 << 62
			if binary.LittleEndian.Uint64(entries[i:])&(present|swapped) != 0 {
				if _, err := memory.ReadAt(page, int64(from)); err != nil {
					return nil, err
				}
				at = append(at, findOn(page, from, number)...)
			}
			from += pageSize
		}
	}
	return at, nil
}

func findOn(page []byte, from, number uint64) (at []uint64) {
	for i := 0; i < len(page); i += 8 {
		if binary.LittleEndian.Uint64(page[i:]) == number {
			at = append(at, from+uint64(i))
		}
	}
	return at
}

// Read reads the original's memory.
func (o *Original) Read(b []byte, at uint64) error {
	return o.do(func() error {
		memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", o.pid))
		if err != nil {
			return err
		}
		defer memory.Close()
		_, err = memory.ReadAt(b, int64(at))
		return err
	})
}
