package jail

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// TestSpawn: a further program runs behind the same walls, is reported when it
// ends, and outlives the program until the jail is ended.
func TestSpawn(t *testing.T) {
	t.Parallel()
	for _, plain := range []bool{false, true} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		spec := &Spec{TmpMB: 16, Path: "/bin/sh", Args: []string{"sh", "-c", "trap 'echo told; exit 7' TERM; echo up; while :; do sleep 0.01; done"}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: "/", Plain: plain, Output: w}
		jail, err := newPool(t, HostNetwork, 0).Start(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		defer jail.Kill()
		until(t, r, "up\n")
		child := func(script string) *Child {
			c, err := jail.Spawn(t.Context(), &Spec{Path: "/bin/sh", Args: []string{"sh", "-c", script}, Env: spec.Env, Dir: "/", Output: w})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		first := child("exit 3")
		within(t, first.Ended())
		if got := (Exit{Code: 3}); first.Exit() != got {
			t.Errorf("exit %+v", first.Exit())
		}
		second := child("echo second $(id -u); sleep 100")
		user := "993"
		if plain {
			user = ""
		}
		until(t, r, "second "+user)
		if _, err := jail.Spawn(t.Context(), &Spec{Path: "/no/such", Args: []string{"x"}, Dir: "/", Output: w}); err == nil || !strings.Contains(err.Error(), "/no/such: no such file") {
			t.Errorf("no program: %v", err)
		}
		if err := jail.Signal(t.Context(), 15); err != nil {
			t.Fatal(err)
		}
		within(t, jail.Gone())
		if got := (Exit{Code: 7}); jail.Exit() != got {
			t.Errorf("exit %+v", jail.Exit())
		}
		select {
		case <-second.Ended():
			t.Error("the child ended with the program")
		case <-jail.Ended():
			t.Error("the jail ended with the program")
		case <-time.After(50 * time.Millisecond):
		}
		jail.Kill()
		within(t, second.Ended())
		within(t, jail.Done())
		w.Close()
		r.Close()
	}
}

func within(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(time.Minute):
		t.Fatal("it took too long")
	}
}

// until reads what was written up to a text.
func until(t *testing.T, r io.Reader, text string) {
	t.Helper()
	var all []byte
	for buf := make([]byte, 256); !strings.Contains(string(all), text); {
		n, err := r.Read(buf)
		if err != nil {
			t.Fatalf("%v after %q", err, all)
		}
		all = append(all, buf[:n]...)
	}
}
