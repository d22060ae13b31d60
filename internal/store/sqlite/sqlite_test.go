package sqlite

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/storetest"
)

func openIn(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestFolder(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) store.Store { return openIn(t, t.TempDir()) })
}

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) store.Store { return openIn(t, "") })
}

func TestReopen(t *testing.T) {
	t.Parallel()
	open := func(t testing.TB, dir string) store.Store {
		s, err := Open(t.Context(), Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	storetest.Reopen(t, storetest.Place{Open: open, OpenBackup: open})
}

// TestBackupOfMemory: what was in memory can be opened as a folder.
func TestBackupOfMemory(t *testing.T) {
	t.Parallel()
	s, ctx := openIn(t, ""), t.Context()
	put(t, s, "k", "1")
	digest, _, err := s.PutBlob(ctx, strings.NewReader("blob"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Enqueue(ctx, "q", &store.Job{Body: []byte("job")}); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(ctx, false, store.LogLine{Group: "g", Stream: "s", Time: 1, Message: "line"}); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "backup")
	if err := s.Backup(ctx, dir); err != nil {
		t.Fatal(err)
	}
	c := openIn(t, dir)
	d, err := c.Get(ctx, "k")
	if err != nil || string(d.Value) != "1" {
		t.Errorf("document %s, %v", d.Value, err)
	}
	if b, err := c.ListBlobs(ctx); err != nil || len(b) != 1 || b[0] != digest {
		t.Errorf("blobs %v, %v", b, err)
	}
	if n, err := c.Pending(ctx, "q"); err != nil || n != 1 {
		t.Errorf("%d jobs, %v", n, err)
	}
	if l, err := c.ReadLogs(ctx, store.LogQuery{Group: "g"}); err != nil || len(l) != 1 || l[0].Message != "line" {
		t.Errorf("lines %v, %v", l, err)
	}
}
