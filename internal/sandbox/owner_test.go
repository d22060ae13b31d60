package sandbox

import (
	"os/exec"
	"testing"
)

// TestOwner: a server is told from those that have ended and from those that
// got its process id later.
func TestOwner(t *testing.T) {
	t.Parallel()
	self := thisServer()
	if got, ok := parseOwner(self.String()); !ok || got != self || !got.near(self) || got.ended() {
		t.Errorf("%q is %+v, %t, ended %t", self, got, ok, got.ended())
	}
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	since, known := startOf(cmd.Process.Pid)
	other := owner{self.machine, self.processes, cmd.Process.Pid, since}
	if other.ended() {
		t.Error("it lives")
	}
	later := other
	later.since = "1"
	if known && !later.ended() {
		t.Error("the process is another one")
	}
	cmd.Process.Kill()
	cmd.Wait()
	if !other.ended() {
		t.Error("it has ended")
	}
	far := self
	far.machine = "another"
	if far.near(self) {
		t.Error("another machine is not near")
	}
	for _, bad := range []string{"", "a/b/c/d", "a/b/-1/d", "a/b/0/d", "a/b/1"} {
		if _, ok := parseOwner(bad); ok {
			t.Errorf("%q is taken", bad)
		}
	}
}
