package noderuntime

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// badNPM puts a program called npm in front of PATH that copies a file of our
// own making instead of fetching.
func badNPM(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "npm"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
}

func TestFetchFailures(t *testing.T) {
	for _, test := range []struct{ name, script, want string }{
		{"npm fails", "echo 'npm error network' >&2; exit 1", "check the network and npm's registry setting"},
		{"other bytes", "echo other > \"$4/x.tgz\"", "its sha512 is"},
		{"no archive", "true", "npm left 0 archives"},
	} {
		t.Run(test.name, func(t *testing.T) {
			badNPM(t, test.script)
			c := &Cache{Dir: t.TempDir()}
			_, err := c.Binary(context.Background(), 20)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want one with %q", err, test.want)
			}
			left, _ := filepath.Glob(filepath.Join(c.Dir, ".fetch-*"))
			if len(left) > 0 || c.Cached(20) != "" {
				t.Errorf("left behind: %v, %q", left, c.Cached(20))
			}
		})
	}
}

func TestNoNPM(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := (&Cache{Dir: t.TempDir()}).Binary(context.Background(), 22)
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "npm is not on PATH") {
		t.Errorf("error = %v", err)
	}
}

func TestUnknownVersion(t *testing.T) {
	t.Parallel()
	_, err := (&Cache{Dir: t.TempDir()}).Binary(context.Background(), 3)
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "version 3 is not offered") {
		t.Errorf("error = %v", err)
	}
}

func TestLockIsExclusive(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := lock(ctx, name); !errors.Is(err, context.Canceled) {
		t.Errorf("second lock: %v", err)
	}
	unlock()
	again, err := lock(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
