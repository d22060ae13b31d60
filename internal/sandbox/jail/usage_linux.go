package jail

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/lambdagate/lambdagate/internal/sandbox/engine"
)

// peak remembers the largest use that was read.
type peak struct {
	mu   sync.Mutex
	most int64
	gone bool // the process id may belong to someone else now
}

func (p *peak) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = true
}

// read sums what the processes hold. What they share (the program's text,
// mostly) is counted once, by the process that shares most.
func (p *peak) read(list func() []string) Usage {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return Usage{PeakMemory: p.most}
	}
	var u Usage
	var shared int64
	for _, pid := range list() {
		resident, s, ok := statm(pid)
		if !ok {
			continue
		}
		u.Processes++
		u.Resident += resident - s
		shared = max(shared, s)
	}
	u.Resident += shared
	p.most = max(p.most, u.Resident)
	u.PeakMemory = p.most
	return u
}

// statm reads a process's resident and shared bytes.
func statm(pid string) (resident, shared int64, ok bool) {
	var buf [128]byte
	f, err := os.Open("/proc/" + pid + "/statm")
	if err != nil {
		return 0, 0, false
	}
	defer f.Close()
	n, _ := f.Read(buf[:])
	fields := strings.Fields(string(buf[:n]))
	if len(fields) < 3 {
		return 0, 0, false
	}
	resident, err1 := strconv.ParseInt(fields[1], 10, 64)
	shared, err2 := strconv.ParseInt(fields[2], 10, 64)
	page := int64(os.Getpagesize())
	return resident * page, shared * page, err1 == nil && err2 == nil
}

// maxDescendants bounds the walk below a process that forks without end.
const maxDescendants = 4096

// descendants lists pid's children, theirs, and so on.
func descendants(pid string) []string {
	var all []string
	for next := []string{pid}; len(next) > 0 && len(all) < maxDescendants; next = next[1:] {
		lists, _ := filepath.Glob("/proc/" + next[0] + "/task/*/children")
		for _, list := range lists {
			text, _ := os.ReadFile(list)
			children := strings.Fields(string(text))
			all = append(all, children...)
			next = append(next, children...)
		}
	}
	return all
}

// ownsSocket looks through the open files of processes for a socket.
func ownsSocket(pids []string, inode string) bool {
	want := "socket:[" + inode + "]"
	for _, pid := range pids {
		dir := "/proc/" + pid + "/fd"
		list, _ := os.ReadDir(dir)
		for _, fd := range list {
			if to, err := os.Readlink(filepath.Join(dir, fd.Name())); err == nil && to == want {
				return true
			}
		}
	}
	return false
}

func (w *walled) ownsSocket(inode string) bool { return ownsSocket(w.processes(), inode) }

func (w *plain) ownsSocket(inode string) bool {
	return ownsSocket(w.processes(), inode)
}

// usage leaves out the first process, which is ours and not the function's.
func (w *walled) usage() Usage { return w.peak.read(w.processes) }

// processes lists the function's.
func (w *walled) processes() []string {
	self := strconv.Itoa(w.pid())
	pids, ok := w.group.processes()
	if !ok {
		pids = descendants(self)
		if c := w.copied.Load(); c != nil {
			copy := strconv.Itoa(c.pid)
			pids = append(append(pids, copy), descendants(copy)...)
		}
		return pids
	}
	return slices.DeleteFunc(pids, func(pid string) bool { return pid == self })
}

func (w *plain) usage() Usage { return w.peak.read(w.processes) }

func (w *plain) processes() []string {
	var all []string
	for _, pid := range append(w.others(), strconv.Itoa(w.pid())) {
		all = append(append(all, pid), descendants(pid)...)
	}
	return all
}

// usage is what can be seen of it on this machine; the engine enforces limits.
func (w *container) usage() Usage { return w.peak.read(w.processes) }

// processes are those of the container's control group: what the engine starts
// in it later descends from nobody in it.
func (w *container) processes() []string {
	if text, err := os.ReadFile(w.group); err == nil {
		return strings.Fields(string(text))
	}
	if w.c.Pid == 0 {
		return nil
	}
	self := strconv.Itoa(w.c.Pid)
	return append(descendants(self), self)
}

// groupOf finds the file that lists the container's processes; "" if it cannot
// be seen. Engines name the group after the container, so one that is not is
// somebody else's too.
func groupOf(c *engine.Container) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", c.Pid))
	if err != nil {
		return ""
	}
	mounts := mountsOfCgroups()
	for line := range strings.Lines(string(text)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 || !strings.Contains(f[2], c.ID()) {
			continue
		}
		for kind := range strings.SplitSeq(f[1], ",") {
			mount, ok := mounts[kind]
			if !ok {
				continue
			}
			name := filepath.Join(mount, f[2], "cgroup.procs")
			if text, err := os.ReadFile(name); err == nil && slices.Contains(strings.Fields(string(text)), strconv.Itoa(c.Pid)) {
				return name
			}
		}
	}
	return ""
}

// ownsSocket can only be told by root, of an engine on this machine.
func (w *container) ownsSocket(inode string) bool {
	if w.c.Pid == 0 || os.Geteuid() != 0 {
		return true
	}
	return ownsSocket(w.processes(), inode)
}
