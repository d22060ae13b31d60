package storetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lambdagate/lambdagate/internal/store"
)

func documents(t *testing.T, open func(testing.TB) store.Store) {
	runAll(t, open, []test{
		{"get what was put", getPut},
		{"compare and set", compareAndSet},
		{"delete", deletes},
		{"all changes or none", allOrNone},
		{"checks", checks},
		{"refused commits", refusedCommits},
		{"prefixes of odd characters", oddPrefixes},
		{"values of every size", valueSizes},
		{"one of many writers wins", oneWins},
		{"many writers, one counter", oneCounter},
		{"the caller's bytes are copied", copiesBytes},
		{"ended contexts", endedContexts},
	})
}

func getPut(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	_, err := s.Get(ctx, "a/b")
	wantErr(t, "get of nothing", err, store.ErrNotFound)
	rev, err := s.Commit(ctx, store.Put("a/b", 0, []byte("one")))
	must(t, err)
	if rev <= 0 {
		t.Fatalf("revision %d, want a positive one", rev)
	}
	got, err := s.Get(ctx, "a/b")
	must(t, err)
	same(t, "document", got, store.Document{Key: "a/b", Rev: rev, Value: []byte("one")})
	next := put(t, s, "a/c", "two")
	if next <= rev {
		t.Fatalf("revision %d after %d", next, rev)
	}
	docs, err := s.List(ctx, "a/")
	must(t, err)
	same(t, "list", docs, []store.Document{
		{Key: "a/b", Rev: rev, Value: []byte("one")}, {Key: "a/c", Rev: next, Value: []byte("two")},
	})
}

func compareAndSet(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	rev := put(t, s, "k", "1")
	for _, tt := range []struct {
		name   string
		change store.Change
	}{
		{"put where it must not exist", store.Put("k", 0, []byte("x"))},
		{"put at an older revision", store.Put("k", rev-1, []byte("x"))},
		{"put at a later revision", store.Put("k", rev+1, []byte("x"))},
		{"put at a revision of nothing", store.Put("other", rev, []byte("x"))},
		{"delete at another revision", store.Delete("k", rev+1)},
		{"delete where it must not exist", store.Delete("k", 0)},
		{"delete at a revision of nothing", store.Delete("other", rev)},
	} {
		_, err := s.Commit(ctx, tt.change)
		wantErr(t, tt.name, err, store.ErrConflict)
	}
	same(t, "documents", content(t, s, ""), []string{"k=1"})
	next, err := s.Commit(ctx, store.Put("k", rev, []byte("2")))
	must(t, err)
	_, err = s.Commit(ctx, store.Delete("k", rev))
	wantErr(t, "delete at the old revision", err, store.ErrConflict)
	_, err = s.Commit(ctx, store.Delete("k", next))
	must(t, err)
	_, err = s.Commit(ctx, store.Put("k", 0, []byte("3")))
	must(t, err)
	same(t, "documents", content(t, s, ""), []string{"k=3"})
}

func deletes(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	rev := put(t, s, "k", "1")
	same2, err := s.Commit(ctx, store.Delete("nothing", store.Any))
	must(t, err)
	same(t, "revision of a deletion of nothing", same2, rev)
	gone, err := s.Commit(ctx, store.Delete("k", store.Any))
	must(t, err)
	if gone <= rev {
		t.Fatalf("deletion has revision %d after %d", gone, rev)
	}
	_, err = s.Get(ctx, "k")
	wantErr(t, "get of what was deleted", err, store.ErrNotFound)
	if again := put(t, s, "k", ""); again <= gone {
		t.Fatalf("revision %d after %d", again, gone)
	}
	d, err := s.Get(ctx, "k")
	must(t, err)
	if d.Value == nil || len(d.Value) != 0 {
		t.Fatalf("an empty value came back as %#v", d.Value)
	}
}

func allOrNone(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	rev, err := s.Commit(ctx,
		store.Put("a", 0, []byte("1")), store.Put("b", 0, []byte("1")), store.Put("c", 0, []byte("1")))
	must(t, err)
	for _, key := range []string{"a", "b", "c"} {
		d, err := s.Get(ctx, key)
		must(t, err)
		same(t, "revision of "+key, d.Rev, rev)
	}
	_, err = s.Commit(ctx, store.Put("a", rev, []byte("2")), store.Delete("b", rev),
		store.Put("new", 0, []byte("2")), store.Put("c", rev+7, []byte("2")))
	wantErr(t, "commit with one conflict", err, store.ErrConflict)
	same(t, "documents after the conflict", content(t, s, ""), []string{"a=1", "b=1", "c=1"})
	_, err = s.Commit(ctx, store.Put("a", rev, []byte("2")), store.Delete("b", rev),
		store.Put("new", 0, []byte("2")), store.Put("c", rev, []byte("2")))
	must(t, err)
	same(t, "documents", content(t, s, ""), []string{"a=2", "c=2", "new=2"})
}

func checks(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	rev := put(t, s, "head", "1")
	_, err := s.Commit(ctx, store.Check("head", rev+1), store.Put("child", 0, []byte("x")))
	wantErr(t, "check of another revision", err, store.ErrConflict)
	_, err = s.Commit(ctx, store.Check("head", 0), store.Put("child", 0, []byte("x")))
	wantErr(t, "check that it does not exist", err, store.ErrConflict)
	same(t, "documents", content(t, s, ""), []string{"head=1"})
	_, err = s.Commit(ctx, store.Check("head", rev), store.Check("nothing", 0), store.Put("child", 0, []byte("x")))
	must(t, err)
	head, err := s.Get(ctx, "head")
	must(t, err)
	same(t, "checked document", head, store.Document{Key: "head", Rev: rev, Value: []byte("1")})
	child, err := s.Get(ctx, "child")
	must(t, err)
	now, err := s.Commit(ctx, store.Check("head", rev))
	must(t, err)
	same(t, "revision of a commit of checks", now, child.Rev)
	now, err = s.Commit(ctx)
	must(t, err)
	same(t, "revision of an empty commit", now, child.Rev)
}

func refusedCommits(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	put(t, s, "k", "1")
	for _, tt := range []struct {
		name    string
		changes []store.Change
		want    string
	}{
		{"no key", []store.Change{store.Put("", 0, []byte("x"))}, "no key"},
		{"key twice", []store.Change{store.Check("a", 0), store.Put("a", 0, []byte("x"))}, "named twice"},
		{"long key", []store.Change{store.Put(strings.Repeat("k", store.MaxKey+1), 0, []byte("x"))}, "more than 2048"},
		{"large value", []store.Change{store.Put("k", store.Any, make([]byte, store.MaxValue+1))}, "more than 8388608"},
		{"odd revision", []store.Change{store.Put("k", -2, []byte("x"))}, "no such revision"},
	} {
		_, err := s.Commit(ctx, tt.changes...)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got error %v, want one with %q", tt.name, err, tt.want)
		}
	}
	same(t, "documents", content(t, s, ""), []string{"k=1"})
}

func oddPrefixes(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	keys := []string{
		"a", "a%", "a%b", "a_", "a_b", "ab", "aB", "a/", "a/b", "a\x00b", "a'b", `a"b`, `a\b`, "ä", "äb", "日本", "日本語", "🙂",
		"a\xff", "a\xffb", "a\xff\xff", "b", "\xff", "\xff\xff", "\xffz",
	}
	var changes []store.Change
	for _, k := range keys {
		changes = append(changes, store.Put(k, 0, []byte(k)))
	}
	_, err := s.Commit(ctx, changes...)
	must(t, err)
	slices.Sort(keys)
	for _, prefix := range append(keys, "", "a\xff\xff\xff", "日", "z") {
		var want, got []string
		for _, k := range keys {
			if strings.HasPrefix(k, prefix) {
				want = append(want, k)
			}
		}
		docs, err := s.List(ctx, prefix)
		must(t, err)
		for _, d := range docs {
			got = append(got, d.Key)
			same(t, "value", string(d.Value), d.Key)
		}
		same(t, fmt.Sprintf("keys under %q", prefix), got, want)
	}
	for _, k := range keys {
		_, err := s.Get(ctx, k)
		must(t, err)
	}
}

func valueSizes(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	for _, n := range []int{0, 1, 4095, 4096, 50_000, 1 << 20, store.MaxValue} {
		value := pattern(n)
		_, err := s.Commit(ctx, store.Put("k", store.Any, value))
		must(t, err)
		d, err := s.Get(ctx, "k")
		must(t, err)
		if !bytes.Equal(d.Value, value) {
			t.Fatalf("a value of %d bytes came back different (%d bytes)", n, len(d.Value))
		}
	}
}

// pattern makes n bytes that do not repeat soon.
func pattern(n int) []byte {
	b := make([]byte, n)
	x := uint32(n)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

func oneWins(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	var wins sync.Map
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			switch _, err := s.Commit(ctx, store.Put("k", 0, fmt.Append(nil, i))); {
			case err == nil:
				wins.Store(i, true)
			default:
				if e := fmt.Sprint(err); !strings.Contains(e, "revision conflict") {
					t.Errorf("writer %d: %v", i, err)
				}
			}
		})
	}
	all.Wait()
	d, err := s.Get(ctx, "k")
	must(t, err)
	n := 0
	wins.Range(func(i, _ any) bool {
		n++
		same(t, "value", string(d.Value), fmt.Sprint(i))
		return true
	})
	same(t, "winners", n, 1)
}

// oneCounter lets writers raise a number by compare and set, beside writers that
// never conflict: each success counts once.
func oneCounter(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	put(t, s, "n", "0")
	const writers, each = 4, 10
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for range each {
				if err := raise(ctx, s, "n"); err != nil {
					t.Error(err)
					return
				}
			}
		})
		all.Go(func() {
			for j := range each {
				if _, err := s.Commit(ctx, store.Put(fmt.Sprintf("own/%d/%d", i, j), 0, []byte("x"))); err != nil {
					t.Errorf("writer without conflicts: %v", err)
				}
			}
		})
	}
	all.Wait()
	same(t, "documents", content(t, s, "n"), []string{fmt.Sprintf("n=%d", writers*each)})
	same(t, "number of other documents", len(content(t, s, "own/")), writers*each)
}

func raise(ctx context.Context, s store.Store, key string) error {
	for {
		d, err := s.Get(ctx, key)
		if err != nil {
			return err
		}
		var n int
		fmt.Sscan(string(d.Value), &n)
		_, err = s.Commit(ctx, store.Put(key, d.Rev, fmt.Append(nil, n+1)))
		if err == nil || !isConflict(err) {
			return err
		}
	}
}

func copiesBytes(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	w, err := s.Watch(ctx, "")
	must(t, err)
	value := []byte("before")
	_, err = s.Commit(ctx, store.Put("k", 0, value))
	must(t, err)
	copy(value, "AFTER!")
	same(t, "documents", content(t, s, ""), []string{"k=before"})
	for e := range w {
		if e.Key == "k" {
			same(t, "watched value", string(e.Value), "before")
			return
		}
	}
}

func endedContexts(t *testing.T, s store.Store) {
	put(t, s, "k", "1")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Get(ctx, "k")
	wantErr(t, "get", err, context.Canceled)
	_, err = s.List(ctx, "")
	wantErr(t, "list", err, context.Canceled)
	_, err = s.Commit(ctx, store.Put("k", store.Any, []byte("2")))
	wantErr(t, "commit", err, context.Canceled)
	_, err = s.Watch(ctx, "")
	wantErr(t, "watch", err, context.Canceled)
	wantErr(t, "enqueue", s.Enqueue(ctx, "q", &store.Job{}), context.Canceled)
	wantErr(t, "counters", s.AddCounters(ctx, map[string]int64{"a": 1}), context.Canceled)
	_, _, err = s.PutBlob(ctx, strings.NewReader("x"))
	wantErr(t, "blob", err, context.Canceled)
	wantErr(t, "append", s.Append(ctx, true, store.LogLine{Group: "g", Stream: "s"}), context.Canceled)
	same(t, "documents", content(t, s, ""), []string{"k=1"})
	n, err := s.Pending(ctxOf(t), "q")
	must(t, err)
	same(t, "jobs", n, 0)
}
