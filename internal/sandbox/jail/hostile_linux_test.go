package jail

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAttacks runs each attack in a jail, where it must fail as told, and those
// that are harmless also without walls, where it must succeed: so it is the
// walls that stop it.
func TestAttacks(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	// A file that this process would hand on to whatever it starts.
	inherited, err := unix.Open(secret, unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(inherited) })
	abstract := fmt.Sprint("lambdagate-test-", os.Getpid())
	unixListener, err := net.Listen("unix", "@"+abstract)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unixListener.Close() })
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tcp.Close() })
	root := os.Geteuid() == 0
	scoped := "EPERM"
	if landlockVersion() < 6 {
		scoped = "got_there" // older kernels have no such wall
	}
	for _, a := range []struct {
		name, parameter string
		want            string // what stops it, or one of these
		plain           bool   // try it without walls too
	}{
		{"read a file of the host", secret, "ENOENT", true},
		{"signal a process of the host", strconv.Itoa(os.Getpid()), "ESRCH", true},
		{"look through the first process's root", "", "ENOENT", false},
		{"read the first process's environment", "", "ENOENT", false},
		{"open the first process's memory", "", "ENOENT", false},
		{"list the first process's files", "", "ENOENT", false},
		{"see the first process", "", "ENOENT", true},
		{"mount", "", "EPERM", false},
		{"make a mount writable", "", "EPERM", false},
		{"unshare", "", "EPERM", root},
		{"make a user namespace", "", "EPERM", true},
		{"make a network namespace", "", "EPERM", true},
		{"trace a child", "", "EPERM", true},
		{"read keys", "", "EPERM", true},
		{"load a BPF program", "", "EPERM", false},
		{"count with perf", "", "EPERM", false},
		{"use io_uring", "", "ENOSYS", false},
		{"handle page faults", "", "EPERM", false},
		{"change the root folder", "", "EPERM", root},
		{"load a module", "", "EPERM", false},
		{"call with clone3", "", "ENOSYS", false},
		{"become root", "", "EPERM EINVAL", false},
		{"make a device", "", "EPERM", false},
		{"write to /usr", "", "EROFS", false},
		{"write to /", "", "EROFS", false},
		{"write to /etc", "", "EROFS", false},
		{"write to a kernel setting", "", "EACCES", false},
		{"write to sysrq", "", "EACCES ENOENT", false},
		{"open a packet socket", "", "EAFNOSUPPORT", false},
		{"open a machine socket", "", "EAFNOSUPPORT", false},
		{"open a crypto socket", "", "EAFNOSUPPORT", false},
		{"connect to an abstract socket of the host", abstract, scoped, true},
		{"keep files that were not given", "", "only_what_was_given", false},
		{"open more files than allowed", "2000", "EMFILE", false},
		{"fill /tmp", "32", "ENOSPC", false},
		{"end the first process", "", "still_here", false},
	} {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			out, exit := execute(t, attackSpec(t, a.name, a.parameter), nil)
			got := strings.TrimSpace(out)
			if exit.Signal != 0 || !slices.Contains(strings.Split(a.want, " "), strings.ReplaceAll(got, " ", "_")) {
				t.Errorf("behind walls: %q (%+v), want %q", got, exit, a.want)
			}
			if !a.plain {
				return
			}
			spec := attackSpec(t, a.name, a.parameter)
			spec.Plain, spec.Path = true, spec.Binds[0].Sources[0]
			if out, _ := execute(t, spec, nil); strings.TrimSpace(out) != "got there" {
				t.Errorf("without walls: %q, so the attack proves nothing", out)
			}
		})
	}
}

// attackSpec jails the test program itself.
func attackSpec(t testing.TB, name, parameter string) *Spec {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	spec := newSpec("")
	spec.Path, spec.Args = "/attack", []string{attackName, name, parameter}
	spec.Binds = append(spec.Binds, Bind{Sources: []string{self}, Target: "/attack"})
	return spec
}

func landlockVersion() int {
	n, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, 1)
	if e != 0 {
		return 0
	}
	return int(n)
}

func TestForkBomb(t *testing.T) {
	t.Parallel()
	spec := attackSpec(t, "fork without end", "500")
	spec.Processes = 64
	out, exit := execute(t, spec, nil) // ends only when nobody holds the pipe
	if strings.TrimSpace(out) != "EAGAIN" || exit.Code != 0 {
		t.Errorf("output %q, %+v", out, exit)
	}
}

func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	if len(writable()) == 0 {
		t.Skip("needs control groups that can be written")
	}
	for _, test := range []struct {
		limit int
		want  Exit
	}{
		{64, Exit{Signal: 9, OutOfMemory: true}},
		{1024, Exit{Code: 1}}, // enough: it gets there
	} {
		spec := attackSpec(t, "hold memory", "300")
		spec.MemoryMB, spec.TmpMB = test.limit, 1
		if out, exit := execute(t, spec, nil); exit != test.want {
			t.Errorf("with %d MB: %+v %q, want %+v", test.limit, exit, out, test.want)
		}
	}
}

func TestNetworkNone(t *testing.T) {
	t.Parallel()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	for network, want := range map[Network]string{HostNetwork: "got there", NoNetwork: "ECONNREFUSED"} {
		spec := attackSpec(t, "connect to the host's loopback", tcp.Addr().String())
		if out, _ := executeIn(t, newPool(t, network, 0), spec, nil); strings.TrimSpace(out) != want {
			t.Errorf("network %s: %q, want %q", network, out, want)
		}
	}
}

// TestStatus looks at what the kernel says about the program.
func TestStatus(t *testing.T) {
	t.Parallel()
	out, _ := execute(t, newSpec("cat /proc/self/status; cat /proc/self/mounts; id"), nil)
	for _, want := range []string{"NoNewPrivs:\t1\n", "Seccomp:\t2\n", "CapEff:\t0000000000000000\n",
		"CapPrm:\t0000000000000000\n", "CapBnd:\t0000000000000000\n", "CapAmb:\t0000000000000000\n",
		"CapInh:\t0000000000000000\n", "SigIgn:\t0000000000000000\n", "SigBlk:\t0000000000000000\n", "Umask:\t0022\n", "uid=993(function)"} {
		if !strings.Contains(out, want) {
			name, _, _ := strings.Cut(want, ":")
			is := "nothing"
			for line := range strings.Lines(out) {
				if strings.HasPrefix(line, name) {
					is = line
				}
			}
			t.Errorf("not %q but %q", want, is)
		}
	}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) == 6 && f[1] != "/tmp" && f[1] != "/proc" && !strings.HasPrefix(f[1], "/dev/") &&
			strings.HasPrefix(f[1], "/") && !strings.HasPrefix(f[3], "ro") {
			t.Errorf("writable mount: %s", line)
		}
	}
}

// TestNothingStays starts and ends jails in different ways and compares what
// the host has before and after.
func TestNothingStays(t *testing.T) {
	before := traces(t)
	pool := newPool(t, HostNetwork, 2)
	for i, script := range []string{
		"exit 0", "kill -9 $$", "setsid sleep 1000 & exit 0", "sleep 1000 & sleep 1000 & kill -1; exit 3",
	} {
		spec := newSpec(script)
		spec.MemoryMB, spec.Processes = 64, 64
		executeIn(t, pool, spec, nil)
		bad := newSpec("")
		bad.Path = "/no/such/program"
		var program *ProgramError
		if _, err := pool.Start(t.Context(), bad); !errors.As(err, &program) || !errors.Is(err, syscall.ENOENT) {
			t.Errorf("%d: starting what is not there: %v", i, err)
		}
	}
	pool.Close()
	if after := traces(t); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// TestStaleGroups: what a killed server left behind goes when the next one
// starts; what a living one has stays.
func TestStaleGroups(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	gone := exec.Command("/bin/true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(dir, fmt.Sprintf("lambdagate-%d-1", gone.Process.Pid))
	mine := filepath.Join(dir, fmt.Sprintf("lambdagate-%d-1", os.Getpid()))
	other := filepath.Join(dir, "lambdagate-server")
	for _, d := range []string{stale, mine, other} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	removeStale(dir)
	left, _ := filepath.Glob(filepath.Join(dir, "*"))
	if want := []string{mine, other}; !slices.Equal(left, want) && !slices.Equal(left, []string{other, mine}) {
		t.Errorf("left %q, want %q", left, want)
	}
}

// TestControllers reads what systems with version 1 and 2 show.
func TestControllers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v1, v2 := filepath.Join(dir, "v1"), filepath.Join(dir, "v2")
	for name, text := range map[string]string{
		"v1/memory/me/tasks": "", "v1/pids/me/x": "",
		"v2/me/cgroup.controllers": "cpu memory pids\n", "v2/me/cgroup.subtree_control": "", "v2/other/cgroup.controllers": "cpu\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	mounts := map[string]string{"memory": filepath.Join(v1, "memory"), "pids": filepath.Join(v1, "pids"), "": v2}
	for _, test := range []struct {
		own  string
		want []controller
	}{
		{"5:pids:/me\n4:memory:/me\n1:cpu:/\n", []controller{
			{filepath.Join(v1, "pids/me"), 1, []string{"pids"}, false}, {filepath.Join(v1, "memory/me"), 1, []string{"memory"}, true}}},
		{"0::/me\n", []controller{{filepath.Join(v2, "me"), 2, []string{"memory", "pids"}, false}}},
		{"0::/other\n", nil},      // no controllers that help
		{"0::/nowhere\nx\n", nil}, // not there, or not a line
	} {
		if got := findControllers(test.own, mounts); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q: %+v, want %+v", test.own, got, test.want)
		}
	}
	if text, _ := os.ReadFile(filepath.Join(v2, "me/cgroup.subtree_control")); string(text) != "+memory +pids" {
		t.Errorf("switched on: %q", text)
	}
}

// traces lists this process's children, mounts, descriptors and groups.
func traces(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	children, _ := filepath.Glob("/proc/self/task/*/children")
	for _, name := range children {
		text, _ := os.ReadFile(name)
		b.Write(text)
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "%d mounts\n", strings.Count(string(mounts), "\n"))
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "%d files\n", len(fds))
	for _, c := range writable() {
		groups, _ := filepath.Glob(filepath.Join(c.dir, fmt.Sprintf("lambdagate-%d-*", os.Getpid())))
		fmt.Fprintln(&b, groups)
	}
	return b.String()
}

// TestUnprivileged runs all tests of this package again as a user without
// rights.
func TestUnprivileged(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to become someone else")
	}
	dir, err := os.MkdirTemp("", "jail-unprivileged-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "jail.test")
	if out, err := exec.Command("cp", self, program).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const nobody = 65534
	for _, path := range []string{dir, program} {
		if err := os.Chown(path, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, "-test.short")
	cmd.Dir, cmd.Env = dir, []string{"TMPDIR=" + dir, "PATH=/usr/bin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("as user %d: %v\n%s", nobody, err, out)
	}
}
