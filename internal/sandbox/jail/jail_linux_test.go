package jail

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Args[0] == attackName {
		attack()
		return
	}
	Main()
	os.Exit(m.Run())
}

// newPool makes jails with the host's system folders; some are kept ready, or
// none.
func newPool(t testing.TB, network Network, spare int) *Pool {
	t.Helper()
	p := NewPool(Base{
		Binds: SystemBinds(), Network: network, Hostname: "jail", FirstUser: 1 << 30,
		Files:      map[string]string{"/etc/passwd": "function:x:993:990::/tmp:/bin/sh\n"},
		MountPoint: t.TempDir(),
	}, spare)
	t.Cleanup(p.Close)
	return p
}

// newSpec is a shell script.
func newSpec(script string) *Spec {
	return &Spec{
		Path: "/bin/sh", Args: []string{"sh", "-c", script}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: "/", TmpMB: 16,
	}
}

// execute starts spec in a jail of its own and returns what it wrote and how it
// ended.
func execute(t testing.TB, spec *Spec, during func(*Process)) (string, Exit) {
	t.Helper()
	return executeIn(t, newPool(t, HostNetwork, 0), spec, during)
}

func executeIn(t testing.TB, pool *Pool, spec *Spec, during func(*Process)) (string, Exit) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	spec.Output = w
	p, err := pool.Start(context.Background(), spec)
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill(); <-p.Done() })
	if during != nil {
		during(p)
	}
	r.SetReadDeadline(time.Now().Add(time.Minute))
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read output: %v (so far %q)", err, out)
	}
	<-p.Done()
	return string(out), p.Exit()
}

func TestHello(t *testing.T) {
	t.Parallel()
	out, exit := execute(t, newSpec("id -u; hostname; pwd; ls /; exit 7"), nil)
	t.Logf("%s %+v", out, exit)
	if exit != (Exit{Code: 7}) {
		t.Errorf("exit = %+v", exit)
	}
}

func TestShowWhileRunning(t *testing.T) {
	t.Parallel()
	for _, tmpMB := range []int{0, 20} { // the second has work for the first process
		t.Run(fmt.Sprint(tmpMB), func(t *testing.T) {
			t.Parallel()
			showWhileRunning(t, tmpMB)
		})
	}
}

func showWhileRunning(t *testing.T, tmpMB int) {
	code := t.TempDir()
	if err := os.WriteFile(filepath.Join(code, "index.js"), []byte("the code\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	os.Chmod(code, 0o755)
	spec := newSpec(`ls /var/task; while ! [ -e /var/task/index.js ]; do sleep 0.01; done; cat /var/task/index.js; echo x > /var/task/new || echo refused; df -m /tmp | tail -1`)
	spec.Binds = append(spec.Binds, Bind{Sources: []string{t.TempDir()}, Target: "/var/task"})
	out, exit := execute(t, spec, func(p *Process) {
		start := time.Now()
		err := p.Show(context.Background(), &Show{Binds: []Bind{{Sources: []string{code}, Target: "/var/task"}}, TmpMB: tmpMB})
		if err != nil {
			t.Error(err)
		}
		t.Log(time.Since(start))
	})
	t.Logf("%s %+v", out, exit)
	if !strings.Contains(out, "the code") || !strings.Contains(out, "refused") {
		t.Errorf("output = %q", out)
	}
}

// TestSpare: a jail that was kept ready is like one that was made for its
// program, and is replaced.
func TestSpare(t *testing.T) {
	t.Parallel()
	pool := newPool(t, HostNetwork, 1)
	ready := func() int {
		pool.mu.Lock()
		defer pool.mu.Unlock()
		return len(pool.vacant)
	}
	code := t.TempDir()
	for i := range 3 {
		spec := newSpec("cat /code/here; df -m /tmp | tail -1; id -u; ls /proc | grep -c '^[0-9]'")
		name := filepath.Join(code, "here")
		if err := os.WriteFile(name, []byte("seen\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		spec.Binds, spec.TmpMB = []Bind{{Sources: []string{code}, Target: "/code"}}, 7+i
		out, exit := executeIn(t, pool, spec, nil)
		if f := strings.Fields(out); exit != (Exit{}) || len(f) < 9 || f[0] != "seen" || f[2] != fmt.Sprint(7+i) || f[7] != "993" {
			t.Errorf("%d: %q %+v", i, out, exit)
		}
		for deadline := time.Now().Add(time.Minute); ready() != 1; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("no spare jail came")
			}
		}
	}
	// One that died in the meantime is not used.
	pool.mu.Lock()
	spare := pool.vacant[0]
	pool.mu.Unlock()
	spare.Kill()
	<-spare.Ended()
	if out, exit := executeIn(t, pool, newSpec("echo fine"), nil); out != "fine\n" {
		t.Errorf("%q %+v", out, exit)
	}
}
