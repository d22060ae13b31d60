package server

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// forgetExecutable unmaps the pages of this program's code and constants that
// starting has touched. Those that are needed again come back from the page
// cache one by one.
func forgetExecutable() {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer maps.Close()
	for _, m := range unwritten(maps, self) {
		unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DONTNEED) //nolint:errcheck // they stay then
	}
}

// mapping is a range of addresses.
type mapping struct{ from, to uintptr }

// unwritten are the mappings of a file that cannot be written and never were. In
// a program that the system places anywhere, read-only constants hold addresses
// that its start has filled in: the page cache does not have those.
func unwritten(smaps io.Reader, file string) []mapping {
	var all []mapping
	var m mapping
	fits := false
	for lines := bufio.NewScanner(smaps); lines.Scan(); {
		line := lines.Text()
		var from, to uintptr
		var rights string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); err == nil {
			m, fits = mapping{from, to}, !strings.Contains(rights, "w") && strings.HasSuffix(line, " "+file)
		} else if rest, ok := strings.CutPrefix(line, "Anonymous:"); ok && fits && strings.TrimSpace(rest) == "0 kB" {
			all = append(all, m)
		}
	}
	return all
}
