package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

func put(t testing.TB, s store.Store, key, value string) store.Revision {
	t.Helper()
	rev, err := s.Commit(t.Context(), store.Put(key, store.Any, []byte(value)))
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

func count(t testing.TB, s *Store, table string) (n int) {
	t.Helper()
	err := s.readers.with(t.Context(), func(c *conn) error { return c.row(`SELECT count(*) FROM ` + table).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openIn(t, dir)
	_, err := Open(t.Context(), Config{Dir: dir})
	want := fmt.Sprintf("lock data folder %s: process %d has it open", dir, os.Getpid())
	if err == nil || err.Error() != want {
		t.Fatalf("got error %v, want %s", err, want)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openIn(t, dir)
}

// TestLockOfAnotherProcess starts a process that has the folder open, and kills
// it: the lock goes with it.
func TestLockOfAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := startChild(t, "writer", dir)
	c.line(t)
	_, err := Open(t.Context(), Config{Dir: dir})
	want := fmt.Sprintf("lock data folder %s: process %d has it open", dir, c.cmd.Process.Pid)
	if err == nil || err.Error() != want {
		t.Fatalf("got error %v, want %s", err, want)
	}
	c.kill(t)
	openIn(t, dir)
}

func TestOddFolderNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b", "ä?x=1#y", "50%25", "it's", "semi;colon&amp"} {
		dir := filepath.Join(t.TempDir(), name)
		s := openIn(t, dir)
		put(t, s, "k", "1")
		if _, err := os.Stat(filepath.Join(dir, "store.db")); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMigrations opens a database of this version with a program that knows one
// more step, and then again with this one.
func TestMigrations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openIn(t, dir)
	put(t, s, "k", "old")
	s.Close()
	next := slices.Concat(migrations, []migration{
		{"shout", statements(`UPDATE docs SET value = CAST(upper(CAST(value AS TEXT)) AS BLOB)`)},
	})
	broken := slices.Concat(next, []migration{
		{"break", statements(`DELETE FROM docs`, `SELECT nonsense`)},
	})
	_, err := open(t.Context(), Config{Dir: dir}, broken)
	if err == nil || !strings.Contains(err.Error(), "migrate to version 3 (break)") {
		t.Fatalf("a migration that fails: %v", err)
	}
	for range 2 { // the second time there is nothing to do
		s, err = open(t.Context(), Config{Dir: dir}, next)
		if err != nil {
			t.Fatal(err)
		}
		d, err := s.Get(t.Context(), "k")
		if err != nil || string(d.Value) != "OLD" {
			t.Fatalf("got %s, %v", d.Value, err)
		}
		s.Close()
	}
	_, err = Open(t.Context(), Config{Dir: dir})
	want := fmt.Sprintf("open store in %s: its schema is version 2 and this program knows 1: it was written by a newer version", dir)
	if err == nil || err.Error() != want {
		t.Fatalf("got error %v, want %s", err, want)
	}
}

func TestNotADatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "store.db"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Config{Dir: dir})
	if err == nil || !strings.HasPrefix(err.Error(), "open store in "+dir) {
		t.Fatalf("got error %v", err)
	}
	if _, err := Open(t.Context(), Config{Dir: filepath.Join(dir, "store.db", "x")}); err == nil {
		t.Fatal("a file was taken as a folder")
	}
	os.Remove(filepath.Join(dir, "store.db"))
	openIn(t, dir) // the failed attempt has left no lock
}

// TestPruning: deletions are remembered for watchers only.
func TestPruning(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	w, err := s.Watch(ctx, "") // a slow reader
	if err != nil {
		t.Fatal(err)
	}
	churn := func(n int) {
		for i := 0; i < n; i += 10 {
			var puts, deletes []store.Change
			for k := range 10 {
				puts = append(puts, store.Put(fmt.Sprint("k", i+k), store.Any, []byte("x")))
				deletes = append(deletes, store.Delete(fmt.Sprint("k", i+k), store.Any))
			}
			for _, c := range [][]store.Change{puts, deletes} {
				if _, err := s.Commit(t.Context(), c...); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	churn(pruneEvery + 10)
	if n := count(t, s, "tombs"); n < pruneEvery-100 {
		t.Fatalf("%d deletions are remembered, a watcher has not seen %d", n, pruneEvery)
	}
	cancel()
	for range w {
	}
	churn(pruneEvery + 10)
	if n := count(t, s, "tombs"); n > pruneEvery {
		t.Fatalf("%d deletions are remembered for nobody", n)
	}
}

// TestOneOfAGroupFails lets the engine refuse one operation of a group: the
// others succeed.
func TestOneOfAGroupFails(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir())
	boom := errors.New("boom")
	good := func(key string) *op {
		return &op{done: make(chan error, 1), apply: func(t *tx) error {
			_, _, err := t.commit([]store.Change{store.Put(key, 0, []byte("x"))})
			return err
		}}
	}
	bad := &op{done: make(chan error, 1), apply: func(t *tx) error {
		if _, _, err := t.commit([]store.Change{store.Put("bad", 0, []byte("x"))}); err != nil {
			return err
		}
		return boom
	}}
	a, b := good("a"), good("b")
	s.Close() // no other writer
	s2 := openIn(t, t.TempDir())
	hold := make(chan struct{})
	blocker := &op{done: make(chan error, 1), apply: func(*tx) error { <-hold; return nil }}
	for _, o := range []*op{blocker, a, bad, b} {
		s2.writer.ops <- o
	}
	close(hold)
	for _, o := range []*op{blocker, a, b} {
		if err := <-o.done; err != nil {
			t.Fatal(err)
		}
	}
	if err := <-bad.done; !errors.Is(err, boom) {
		t.Fatalf("got error %v, want %v", err, boom)
	}
	docs, err := s2.List(t.Context(), "")
	if err != nil || len(docs) != 2 || docs[0].Key != "a" || docs[1].Key != "b" {
		t.Fatalf("got %v, %v", docs, err)
	}
}

// TestAbandoned ends a caller's context while it waits behind others: its
// operation does not happen.
func TestAbandoned(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir())
	if err := s.Enqueue(t.Context(), "q", &store.Job{}); err != nil {
		t.Fatal(err)
	}
	jobs, err := s.Lease(t.Context(), "q", 1, time.Minute)
	if err != nil || len(jobs) != 1 {
		t.Fatalf("leased %v, %v", jobs, err)
	}
	hold, begun := make(chan struct{}), make(chan struct{})
	blocker := &op{done: make(chan error, 1), apply: func(*tx) error { close(begun); <-hold; return nil }}
	s.writer.ops <- blocker
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() {
		_, err := s.Commit(ctx, store.Put("k", 0, []byte("x")))
		result <- err
	}()
	for len(s.writer.ops) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the commit did not queue up")
		}
	}
	go func() { result <- s.Done(ctx, jobs[0]) }()
	for len(s.writer.ops) < 2 {
		if t.Context().Err() != nil {
			t.Fatal("the Done did not queue up")
		}
	}
	cancel()
	for range 2 {
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Fatalf("got error %v", err)
		}
	}
	close(hold)
	if err := s.Done(t.Context(), jobs[0]); err != nil {
		t.Fatalf("done after an abandoned one: %v", err)
	}
	put(t, s, "other", "1")
	if _, err := s.Get(t.Context(), "k"); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("the abandoned commit happened: %v", err)
	}
}

// TestFullDisk runs in a process of its own with a small file system.
func TestFullDisk(t *testing.T) { t.Parallel(); inSmallDisk(t, "full") }

// TestReadOnly opens a store on a file system that cannot be written.
func TestReadOnly(t *testing.T) { t.Parallel(); inSmallDisk(t, "readonly") }

func inSmallDisk(t *testing.T, role string) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, childDir+"="+t.TempDir())
	if !ownMounts(cmd) {
		t.Skip("needs mount namespaces")
	}
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), noMounts) || errors.Is(err, os.ErrPermission) {
		t.Skip("needs user and mount namespaces")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
