package jail

import (
	"context"
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

// newSpec is a shell script in a jail with the host's system folders.
func newSpec(t testing.TB, script string) *Spec {
	t.Helper()
	return &Spec{
		Path: "/bin/sh", Args: []string{"sh", "-c", script}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: "/",
		Binds: SystemBinds(), TmpMB: 16, Network: HostNetwork, Hostname: "jail", User: 1 << 30,
		Files:      map[string]string{"/etc/passwd": "function:x:993:990::/tmp:/bin/sh\n"},
		MountPoint: t.TempDir(),
	}
}

// run starts spec and returns what it wrote and how it ended.
func run(t testing.TB, spec *Spec, during func(*Process)) (string, Exit) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	spec.Output = w
	p, err := Start(context.Background(), spec)
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill(); <-p.Done() })
	if during != nil {
		during(p)
	}
	r.SetReadDeadline(time.Now().Add(20 * time.Second))
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read output: %v (so far %q)", err, out)
	}
	<-p.Done()
	return string(out), p.Exit()
}

func TestHello(t *testing.T) {
	t.Parallel()
	out, exit := run(t, newSpec(t, "id -u; hostname; pwd; ls /; exit 7"), nil)
	t.Logf("%s %+v", out, exit)
	if exit != (Exit{Code: 7}) {
		t.Errorf("exit = %+v", exit)
	}
}

func TestShowWhileRunning(t *testing.T) {
	t.Parallel()
	code := t.TempDir()
	if err := os.WriteFile(filepath.Join(code, "index.js"), []byte("the code\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	os.Chmod(code, 0o755)
	spec := newSpec(t, `ls /var/task; while ! [ -e /var/task/index.js ]; do sleep 0.01; done; cat /var/task/index.js; echo x > /var/task/new || echo refused; df -m /tmp | tail -1`)
	spec.Binds = append(spec.Binds, Bind{Sources: []string{t.TempDir()}, Target: "/var/task"})
	out, exit := run(t, spec, func(p *Process) {
		start := time.Now()
		err := p.Show(context.Background(), &Show{Binds: []Bind{{Sources: []string{code}, Target: "/var/task"}}, TmpMB: 20})
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
