package storetest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Place says how a store is opened at a place, which stands for the same store
// each time. Neither function closes the store.
type Place struct {
	// Open opens the store at a place that may be new. The name is a folder that
	// an engine may use.
	Open func(t testing.TB, dir string) store.Store
	// OpenBackup opens what Backup wrote into a folder.
	OpenBackup func(t testing.TB, dir string) store.Store
}

// Reopen runs the part of the suite that needs a store to be opened twice.
func Reopen(t *testing.T, place Place) {
	for _, tt := range []struct {
		name string
		run  func(*testing.T, Place)
	}{
		{"everything is there", reopenAll},
		{"deletions stay deletions", reopenDeletions},
		{"a backup is an equal store", backupAll},
		{"a backup beside writers", backupStorm},
		{"a backup into something", backupRefused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, place)
		})
	}
}

func reopenAll(t *testing.T, place Place) {
	dir := filepath.Join(t.TempDir(), "new", "store")
	s := place.Open(t, dir)
	check := fill(t, s)
	must(t, s.Close())
	for range 3 {
		s = place.Open(t, dir)
		check(t, s, true)
		must(t, s.Close())
	}
}

func reopenDeletions(t *testing.T, place Place) {
	dir := t.TempDir()
	s := place.Open(t, dir)
	ctx := ctxOf(t)
	fill(t, s)
	must(t, s.Append(ctx, true, logLine("g", "s", 5000, "young"), logLine("h", "s", 1, "other")))
	must(t, s.ExpireLogs(ctx, "g", time.UnixMilli(4000)))
	must(t, s.DeleteLogs(ctx, "h", ""))
	must(t, s.Append(ctx, true, logLine("g", "s", 1, "old but later"), logLine("h", "s", 1, "again")))
	check := func() {
		t.Helper()
		same(t, "lines of g", texts(readLogs(t, s, store.LogQuery{Group: "g"})), []string{"1 old but later", "5000 young"})
		same(t, "lines of h", texts(readLogs(t, s, store.LogQuery{Group: "h"})), []string{"1 again"})
		streams, err := s.LogStreams(ctx, "g")
		must(t, err)
		for i := range streams {
			streams[i].LastIngested = 0
		}
		same(t, "streams of g", streams, []store.LogStream{{Name: "s", FirstTime: 1, LastTime: 5000, Bytes: 18, Lines: 2}})
	}
	check()
	must(t, s.Close())
	s = place.Open(t, dir)
	check()
	must(t, s.Reset(ctx))
	must(t, s.Close())
	s = place.Open(t, dir)
	same(t, "documents", content(t, s, ""), []string(nil))
	same(t, "lines", len(readLogs(t, s, store.LogQuery{Group: "g"})), 0)
	same(t, "pending", pending(t, s, "q"), 0)
	must(t, s.Close())
}

func backupAll(t *testing.T, place Place) {
	s := place.Open(t, t.TempDir())
	check := fill(t, s)
	dir := filepath.Join(t.TempDir(), "backup")
	must(t, s.Backup(ctxOf(t), dir))
	check(t, s, true)
	must(t, s.Reset(ctxOf(t)))
	copied := place.OpenBackup(t, dir)
	check(t, copied, false)
	must(t, copied.Close())
	must(t, s.Close())
}

// backupStorm backs up while pairs of documents are written: the copy has whole
// pairs.
func backupStorm(t *testing.T, place Place) {
	s := place.Open(t, t.TempDir())
	ctx := ctxOf(t)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			v := pattern(1000 + i%100)
			if _, err := s.Commit(ctx, store.Put("k/1", store.Any, v), store.Put("k/1/twin", store.Any, v)); err != nil {
				t.Error(err)
				return
			}
			if err := s.Append(ctx, false, logLine("g", "s", int64(i), "x")); err != nil {
				t.Error(err)
			}
		}
	}()
	until(t, "a document", func() bool { return len(snapshot(t, s)) == 2 })
	for range 3 {
		dir := filepath.Join(t.TempDir(), "backup")
		must(t, s.Backup(ctx, dir))
		copied := place.OpenBackup(t, dir)
		docs := snapshot(t, copied)
		same(t, "documents", len(docs), 2)
		twins(t, docs)
		readLogs(t, copied, store.LogQuery{Group: "g"})
		must(t, copied.Close())
	}
	close(stop)
	<-done
	must(t, s.Close())
}

func backupRefused(t *testing.T, place Place) {
	s := place.Open(t, t.TempDir())
	dir := t.TempDir()
	if err := s.Backup(ctxOf(t), dir); err == nil {
		t.Fatal("a backup into a folder that is there was made")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("the folder that was there is gone: %v", err)
	}
	must(t, s.Close())
}
