package storetest

import (
	"testing"

	"sync"

	"github.com/lambdagate/lambdagate/internal/store"
)

func counters(t *testing.T, open func(testing.TB) store.Store) {
	runAll(t, open, []test{
		{"add and read", countersAdd},
		{"many writers", countersMany},
		{"delete", countersDelete},
	})
}

func countersOf(t testing.TB, s store.Store, prefix string) map[string]int64 {
	t.Helper()
	m, err := s.Counters(ctxOf(t), prefix)
	must(t, err)
	return m
}

func countersAdd(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	same(t, "nothing", countersOf(t, s, ""), map[string]int64{})
	must(t, s.AddCounters(ctx, nil))
	must(t, s.AddCounters(ctx, map[string]int64{"a/1": 1, "a/2": 1 << 40, "a%": 3, "b\xff": 4}))
	must(t, s.AddCounters(ctx, map[string]int64{"a/1": 5, "a/2": -7, "new": 0}))
	same(t, "all", countersOf(t, s, ""), map[string]int64{"a/1": 6, "a/2": 1<<40 - 7, "a%": 3, "b\xff": 4, "new": 0})
	same(t, "some", countersOf(t, s, "a/"), map[string]int64{"a/1": 6, "a/2": 1<<40 - 7})
	same(t, "odd", countersOf(t, s, "a%"), map[string]int64{"a%": 3})
	same(t, "end of the range", countersOf(t, s, "b\xff"), map[string]int64{"b\xff": 4})
}

func countersMany(t *testing.T, s store.Store) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				if err := s.AddCounters(ctxOf(t), map[string]int64{"a": 1, "b": 2, "c": 3}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	same(t, "sums", countersOf(t, s, ""), map[string]int64{"a": 160, "b": 320, "c": 480})
}

func countersDelete(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	must(t, s.AddCounters(ctx, map[string]int64{"a/1": 1, "a/2": 2, "a%": 3, "b": 4}))
	must(t, s.DeleteCounters(ctx, "a/"))
	same(t, "the rest", countersOf(t, s, ""), map[string]int64{"a%": 3, "b": 4})
	must(t, s.DeleteCounters(ctx, "nothing"))
	must(t, s.AddCounters(ctx, map[string]int64{"a/1": 1}))
	same(t, "begun anew", countersOf(t, s, "a/"), map[string]int64{"a/1": 1})
}
