package jail

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// cgroup limits a jail's memory and processes, with version 1 or 2 of the
// kernel's interface. A nil *cgroup limits nothing.
type cgroup struct {
	dirs []controller
}

// controller is one folder: with version 1 each kind of limit has its own.
type controller struct {
	dir     string
	version int
	kinds   []string // "memory", "pids"
	threads bool     // a thread of this process can join by itself, and come back
}

// writable finds, once, the folders below which groups can be made.
var writable = sync.OnceValue(func() []controller {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	found := findControllers(string(text), mountsOfCgroups())
	for _, c := range found {
		removeStale(c.dir)
	}
	return found
})

// removeStale deletes the empty groups of servers that were killed.
func removeStale(dir string) {
	groups, _ := filepath.Glob(filepath.Join(dir, "lambdagate-*-*"))
	for _, group := range groups {
		pid, err := strconv.Atoi(strings.Split(filepath.Base(group), "-")[1])
		if err == nil && unix.Kill(pid, 0) == unix.ESRCH {
			unix.Rmdir(group) // fails if there is someone in it
		}
	}
}

// mountsOfCgroups maps "memory", "pids" and, for version 2, "" to mount points.
func mountsOfCgroups() map[string]string {
	text, _ := os.ReadFile("/proc/self/mounts")
	mounts := map[string]string{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		switch {
		case len(f) < 4:
		case f[2] == "cgroup2":
			mounts[""] = f[1]
		case f[2] == "cgroup":
			for option := range strings.SplitSeq(f[3], ",") {
				if option == "memory" || option == "pids" {
					mounts[option] = f[1]
				}
			}
		}
	}
	return mounts
}

// findControllers reads the lines of /proc/self/cgroup, such as
// "4:memory:/user" for version 1 and "0::/user" for version 2.
func findControllers(own string, mounts map[string]string) []controller {
	var found []controller
	for line := range strings.Lines(own) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		for kind := range strings.SplitSeq(f[1], ",") {
			mount, ok := mounts[kind]
			if !ok {
				continue
			}
			dir := filepath.Join(mount, f[2])
			if kind == "" {
				if kinds := delegated(dir); len(kinds) > 0 {
					found = append(found, controller{dir: dir, version: 2, kinds: kinds})
				}
				continue
			}
			if unix.Access(dir, unix.W_OK) == nil {
				threads := unix.Access(filepath.Join(dir, tasksName), unix.W_OK) == nil
				found = append(found, controller{dir: dir, version: 1, kinds: []string{kind}, threads: threads})
			}
		}
	}
	return found
}

// delegated switches the memory and pids controllers on for groups below dir
// and returns those that are on. Version 2 has no processes in a group that
// has limited children, so this process moves one level down if it is alone.
func delegated(dir string) []string {
	if unix.Access(dir, unix.W_OK) != nil {
		return nil
	}
	offered, _ := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	var kinds []string
	for _, kind := range []string{"memory", "pids"} {
		if slices.Contains(strings.Fields(string(offered)), kind) {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	switchOn := func() error {
		return os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+strings.Join(kinds, " +")), 0)
	}
	if err := switchOn(); errors.Is(err, unix.EBUSY) {
		procs, _ := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		self := strconv.Itoa(os.Getpid())
		leaf := filepath.Join(dir, "lambdagate-server")
		if strings.TrimSpace(string(procs)) != self || os.MkdirAll(leaf, 0o755) != nil ||
			os.WriteFile(filepath.Join(leaf, "cgroup.procs"), []byte(self), 0) != nil {
			return nil
		}
		err = switchOn()
		if err != nil {
			return nil
		}
	} else if err != nil {
		return nil
	}
	return kinds
}

var groupNumber atomic.Int64

// newCgroup makes a group without limits, or returns nil if none can be made
// here.
func newCgroup() (*cgroup, error) {
	parents := writable()
	if len(parents) == 0 {
		return nil, nil
	}
	name := fmt.Sprintf("lambdagate-%d-%d", os.Getpid(), groupNumber.Add(1))
	g := &cgroup{}
	for _, parent := range parents {
		c := controller{dir: filepath.Join(parent.dir, name), version: parent.version, kinds: parent.kinds, threads: parent.threads}
		if err := os.Mkdir(c.dir, 0o755); err != nil {
			g.remove()
			return nil, fmt.Errorf("make control group: %w", err)
		}
		g.dirs = append(g.dirs, c)
	}
	return g, nil
}

// limit writes the limits. Files in /tmp are memory too, and have their own
// limit, so the group may hold both.
func (c controller) limit(spec *Spec) error {
	memory := strconv.Itoa((spec.MemoryMB + spec.TmpMB) << 20)
	for _, kind := range c.kinds {
		var err error
		switch {
		case kind == "memory" && spec.MemoryMB > 0 && c.version == 1:
			err = c.write("memory.limit_in_bytes", memory)
			c.write("memory.memsw.limit_in_bytes", memory) // only where swap is accounted
		case kind == "memory" && spec.MemoryMB > 0:
			err = c.write("memory.max", memory)
			c.write("memory.swap.max", "0")
			c.write("memory.oom.group", "1")
		case kind == "pids" && spec.Processes > 0:
			err = c.write("pids.max", strconv.Itoa(spec.Processes))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c controller) write(name, value string) error {
	return os.WriteFile(filepath.Join(c.dir, name), []byte(value), 0)
}

func (g *cgroup) add(pid int) error {
	if g == nil {
		return nil
	}
	for _, c := range g.dirs {
		if err := c.write("cgroup.procs", strconv.Itoa(pid)); err != nil {
			return fmt.Errorf("join control group: %w", err)
		}
	}
	return nil
}

// tasksName is the file by which a thread joins a group with version 1.
const tasksName = "tasks"

// own says that threads can join by themselves. To move another process, or all of
// one, makes the kernel wait for all processors, which can take ten milliseconds.
func (g *cgroup) own() bool {
	return g != nil && !slices.ContainsFunc(g.dirs, func(c controller) bool { return !c.threads })
}

// start starts a process in the group. One that was started is the caller's, also
// with an error.
func (g *cgroup) start(start func() (pid int, err error)) error {
	if !g.own() {
		pid, err := start()
		if err != nil {
			return err
		}
		return g.add(pid)
	}
	runtime.LockOSThread()
	err := g.join(func(c controller) string { return c.dir })
	if err == nil {
		_, err = start()
	}
	if back := g.join(func(c controller) string { return filepath.Dir(c.dir) }); back != nil {
		return errors.Join(err, back) // the thread stays this goroutine's
	}
	runtime.UnlockOSThread()
	return err
}

// join moves the calling thread.
func (g *cgroup) join(to func(controller) string) error {
	for _, c := range g.dirs {
		if err := os.WriteFile(filepath.Join(to(c), tasksName), []byte("0"), 0); err != nil {
			return fmt.Errorf("join control group: %w", err)
		}
	}
	return nil
}

// doors are files to each of which a thread writes "0" to join.
func (g *cgroup) doors() (all []*os.File, err error) {
	if !g.own() {
		return nil, nil
	}
	for _, c := range g.dirs {
		f, err := os.OpenFile(filepath.Join(c.dir, tasksName), os.O_WRONLY, 0)
		if err != nil {
			closeAll(all)
			return nil, fmt.Errorf("join control group: %w", err)
		}
		all = append(all, f)
	}
	return all, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// limit sets the limits of spec.
func (g *cgroup) limit(spec *Spec) error {
	if g == nil {
		return nil
	}
	for _, c := range g.dirs {
		if err := c.limit(spec); err != nil {
			return fmt.Errorf("limit control group: %w", err)
		}
	}
	return nil
}

// processes lists the group's process ids; ok is false without a group.
func (g *cgroup) processes() (pids []string, ok bool) {
	if g == nil || len(g.dirs) == 0 {
		return nil, false
	}
	text, err := os.ReadFile(filepath.Join(g.dirs[0].dir, "cgroup.procs"))
	return strings.Fields(string(text)), err == nil
}

// outOfMemory says whether the kernel killed something for want of memory.
func (g *cgroup) outOfMemory() bool {
	if g == nil {
		return false
	}
	for _, c := range g.dirs {
		name := "memory.events"
		if c.version == 1 {
			name = "memory.oom_control"
		}
		text, _ := os.ReadFile(filepath.Join(c.dir, name))
		for line := range strings.Lines(string(text)) {
			if count, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok && count != "0" {
				return true
			}
		}
	}
	return false
}

// remove deletes the group, which must be empty of processes; the kernel may
// need a moment to notice that it is.
func (g *cgroup) remove() {
	if g == nil {
		return
	}
	for _, c := range g.dirs {
		for wait := time.Millisecond; wait < time.Second; wait *= 2 {
			if err := unix.Rmdir(c.dir); err != unix.EBUSY {
				break
			}
			time.Sleep(wait)
		}
	}
}

// versions tell how memory and processes are limited, for people.
func (g *cgroup) versions() (memory, processes string) {
	if g == nil {
		return "", ""
	}
	for _, c := range g.dirs {
		for _, kind := range c.kinds {
			name := fmt.Sprintf("cgroup v%d", c.version)
			if kind == "memory" {
				memory = name
			} else {
				processes = name
			}
		}
	}
	return memory, processes
}
