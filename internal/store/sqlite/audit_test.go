package sqlite

import (
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/store"
)

// TestAuditApart: common lines push common lines out, never an audit record; the
// folder opened again shows it, and so does a backup.
func TestAuditApart(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), t.Context()
	c := Config{Dir: dir, LogBytes: 1 << 20, AuditBytes: 1 << 20}
	s, err := Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	record := store.LogLine{Group: store.AuditPrefix + "records", Stream: "a", Time: 1, Message: "record"}
	noise := store.LogLine{Group: "g", Stream: "s", Time: 1, Message: strings.Repeat("x", 100_000)}
	if err := s.Append(ctx, true, noise, record, noise); err != nil { // each to its own
		t.Fatal(err)
	}
	for range 40 {
		if err := s.Append(ctx, true, noise); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.LogStats(); got.Appended != 43 || got.Dropped == 0 {
		t.Errorf("%+v: want 43 lines appended, and some dropped", got)
	}
	copied := t.TempDir() + "/copy"
	if err := s.Backup(ctx, copied); err != nil {
		t.Fatal(err)
	}
	check := func(s *Store) {
		t.Helper()
		lines, err := s.ReadLogs(ctx, store.LogQuery{Group: record.Group})
		if err != nil || len(lines) != 1 || lines[0].Message != "record" {
			t.Errorf("records %v, %v", lines, err)
		}
	}
	check(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dir, copied} {
		s, err := Open(ctx, Config{Dir: dir, LogBytes: 1 << 20, AuditBytes: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		check(s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
