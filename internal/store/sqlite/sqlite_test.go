package sqlite

import (
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
