package jail

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestBusyProgram: a program whose file is still open for writing starts as soon
// as it is not, with walls and without, as the first one and as a further one;
// one that stays busy is an error.
func TestBusyProgram(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nsleep 100\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	busy := func() *os.File {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	pool := newPool(t, HostNetwork, 0)
	for _, plain := range []bool{false, true} {
		spec := newSpec("")
		spec.Plain, spec.Path, spec.Args = plain, path, []string{path}
		spec.Binds = append(spec.Binds, Bind{Sources: []string{filepath.Dir(path)}, Target: filepath.Dir(path)})
		f := busy()
		freed := time.AfterFunc(20*time.Millisecond, func() { f.Close() })
		p, err := pool.Start(t.Context(), spec)
		freed.Stop()
		f.Close()
		if err != nil {
			t.Fatalf("plain %v: %v", plain, err)
		}
		f = busy()
		freed = time.AfterFunc(20*time.Millisecond, func() { f.Close() })
		_, err = p.Spawn(t.Context(), &Spec{Path: path, Args: spec.Args, Env: spec.Env, Dir: "/", Output: os.Stderr})
		freed.Stop()
		f.Close()
		if err != nil {
			t.Errorf("plain %v, a further one: %v", plain, err)
		}
		f = busy()
		_, err = p.Spawn(t.Context(), &Spec{Path: path, Args: spec.Args, Env: spec.Env, Dir: "/", Output: os.Stderr})
		f.Close()
		if err == nil || plain && !errors.Is(err, syscall.ETXTBSY) || !strings.Contains(err.Error(), "text file busy") {
			t.Errorf("plain %v, a file that stays busy: %v", plain, err)
		}
		p.Kill()
		<-p.Done()
	}
}
