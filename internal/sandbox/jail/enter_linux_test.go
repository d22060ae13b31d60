package jail

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestEntrance: threads that show something in a jail come home, where everything
// is as it was, and a closed entrance leaves it to the first process.
func TestEntrance(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root enters jails")
	}
	pool := newPool(t, HostNetwork, 0)
	home, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	show := &Show{Binds: []Bind{{Sources: []string{dir}, Target: "/var/task"}}}
	var wg sync.WaitGroup
	for i := range 4 {
		spec := newSpec("sleep 100")
		spec.Binds = append(spec.Binds, Bind{Sources: []string{dir}, Target: "/var/task"})
		p, err := pool.Start(context.Background(), spec)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { p.Kill(); <-p.Done() }()
		w := p.impl.(*walled)
		wg.Go(func() {
			for range 50 {
				if err := w.entrance.show(w, show); err != nil {
					t.Errorf("%d: %v", i, err)
				}
				at, err := os.Readlink("/proc/thread-self/ns/mnt")
				here, err2 := os.ReadFile("enter_linux_test.go")
				if at != home || err != nil || err2 != nil || len(here) == 0 {
					t.Errorf("%d: in %s, not %s: %v, %v", i, at, home, err, err2)
				}
			}
		})
		if i == 0 {
			defer func() {
				w.entrance.close()
				if err := w.entrance.show(w, show); !errors.Is(err, errNoEntrance) {
					t.Errorf("closed: %v", err)
				}
				if err := p.Show(context.Background(), show); err != nil {
					t.Errorf("the first process: %v", err)
				}
			}()
		}
	}
	wg.Wait()
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil || len(mounts) == 0 {
		t.Fatal(err)
	}
	if found, _ := filepath.Glob(fmt.Sprint(pool.base.MountPoint, "/*")); len(found) > 0 {
		t.Errorf("on the host there is %v", found)
	}
}

// TestEntranceToNowhere: what cannot be shown is an error, and the thread comes
// home all the same.
func TestEntranceToNowhere(t *testing.T) {
	t.Parallel()
	pool := newPool(t, HostNetwork, 0)
	p, err := pool.Start(context.Background(), newSpec("sleep 100"))
	if err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(t.TempDir(), "missing")
	if err := p.Show(context.Background(), &Show{Binds: []Bind{{Sources: []string{missing}, Target: "/tmp"}}}); !errors.Is(err, os.ErrNotExist) && err == nil {
		t.Errorf("a folder that is missing: %v", err)
	}
	p.Kill()
	<-p.Done()
	if err := p.Show(context.Background(), &Show{Binds: []Bind{{Sources: []string{t.TempDir()}, Target: "/tmp"}}}); !errors.Is(err, ErrEnded) {
		t.Errorf("a jail that has ended: %v", err)
	}
}
