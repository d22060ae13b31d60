package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/lambdagate/lambdagate/internal/store"
)

func watches(t *testing.T, open func(testing.TB) store.Store) {
	runAll(t, open, []test{
		{"first what is there, then what comes", watchOrder},
		{"commits are marked", watchCommits},
		{"every prefix", watchPrefixes},
		{"deletions and rebirth", watchDeletions},
		{"readers beside writers", watchStorm},
		{"slow readers block nobody", watchSlow},
		{"slow readers see deletions", watchSlowDeletions},
		{"ends with its context", watchCancel},
		{"sees a reset", watchReset},
	})
}

func isConflict(err error) bool { return errors.Is(err, store.ErrConflict) }

// next returns the next event of a watch.
func next(t testing.TB, w <-chan store.Event) store.Event {
	t.Helper()
	select {
	case e, ok := <-w:
		if !ok {
			t.Fatal("watch ended")
		}
		return e
	case <-ctxOf(t).Done():
		t.Fatal("no event came")
	}
	panic("not reached")
}

// short writes an event as a word.
func short(e store.Event) string {
	s := e.Key + "=" + string(e.Value)
	switch {
	case e.Synced:
		s = "synced"
	case e.Deleted:
		s = e.Key + " gone"
	}
	if e.More {
		s += "+"
	}
	return s
}

func wantEvents(t testing.TB, w <-chan store.Event, want ...string) {
	t.Helper()
	for i, x := range want {
		if got := short(next(t, w)); got != x {
			t.Fatalf("event %d: got %.80q, want %.80q", i, got, x)
		}
	}
}

func watchOrder(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	put(t, s, "a/2", "two")
	put(t, s, "a/1", "one")
	rev := put(t, s, "b", "other")
	w, err := s.Watch(ctx, "a/")
	must(t, err)
	wantEvents(t, w, "a/1=one", "a/2=two")
	same(t, "synced", next(t, w), store.Event{Document: store.Document{Rev: rev}, Synced: true})
	rev = put(t, s, "a/3", "three")
	same(t, "event", next(t, w), store.Event{Document: store.Document{Key: "a/3", Rev: rev, Value: []byte("three")}})
	put(t, s, "b", "again")
	put(t, s, "a/1", "uno")
	wantEvents(t, w, "a/1=uno")
}

func watchCommits(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	w, err := s.Watch(ctx, "a/")
	must(t, err)
	wantEvents(t, w, "synced")
	_, err = s.Commit(ctx, store.Put("a/1", 0, []byte("x")), store.Put("b/1", 0, []byte("x")),
		store.Put("a/2", 0, []byte("x")), store.Put("b/2", 0, []byte("x")))
	must(t, err)
	first, second := next(t, w), next(t, w)
	same(t, "events", []string{short(first), short(second)}, []string{"a/1=x+", "a/2=x"})
	same(t, "revisions", first.Rev, second.Rev)
	_, err = s.Commit(ctx, store.Delete("a/1", store.Any), store.Check("a/2", second.Rev))
	must(t, err)
	wantEvents(t, w, "a/1 gone")
}

func watchPrefixes(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	prefixes := []string{"", "a", "a%", "a_", "a\xff", "\xff", "ä"}
	keys := []string{"a", "a%b", "a_b", "axb", "a\xff", "a\xffb", "b", "\xff\xff", "äb"}
	watches := map[string]<-chan store.Event{}
	for _, p := range prefixes {
		w, err := s.Watch(ctx, p)
		must(t, err)
		wantEvents(t, w, "synced")
		watches[p] = w
	}
	for _, k := range keys {
		put(t, s, k, "1")
	}
	for _, p := range prefixes {
		for _, k := range keys {
			if strings.HasPrefix(k, p) {
				wantEvents(t, watches[p], k+"=1")
			}
		}
	}
}

func watchDeletions(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	put(t, s, "k", "1")
	w, err := s.Watch(ctx, "")
	must(t, err)
	wantEvents(t, w, "k=1", "synced")
	rev, err := s.Commit(ctx, store.Delete("k", store.Any))
	must(t, err)
	same(t, "deletion", next(t, w), store.Event{Document: store.Document{Key: "k", Rev: rev}, Deleted: true})
	put(t, s, "k", "2")
	wantEvents(t, w, "k=2")
	_, err = s.Commit(ctx, store.Delete("k", store.Any))
	must(t, err)
	late, err := s.Watch(ctx, "")
	must(t, err)
	wantEvents(t, late, "synced")
}

// follow reads a watch into a copy of the documents until done says so, and
// checks the order on the way.
func follow(t testing.TB, w <-chan store.Event, done func(map[string]string) bool) map[string]string {
	docs, revs := map[string]string{}, map[string]store.Revision{}
	synced, last := false, store.Revision(0)
	for {
		e := next(t, w)
		switch {
		case e.Synced:
			if synced {
				t.Fatal("synced twice")
			}
			synced, last = true, e.Rev
		case synced && e.Rev < last:
			t.Fatalf("event %s of revision %d after one of %d", short(e), e.Rev, last)
		case revs[e.Key] >= e.Rev:
			t.Fatalf("event %s of revision %d repeats revision %d", short(e), e.Rev, revs[e.Key])
		case e.Deleted:
			delete(docs, e.Key)
			revs[e.Key], last = e.Rev, e.Rev
		default:
			docs[e.Key] = string(e.Value)
			revs[e.Key] = e.Rev
			if synced {
				last = e.Rev
			}
		}
		if synced && !e.More && done(docs) {
			return docs
		}
	}
}

func snapshot(t testing.TB, s store.Store) map[string]string {
	docs, err := s.List(ctxOf(t), "")
	must(t, err)
	m := map[string]string{}
	for _, d := range docs {
		m[d.Key] = string(d.Value)
	}
	return m
}

// watchStorm writes, overwrites and deletes from many sides while watchers come
// late; each of them ends with the store's content.
func watchStorm(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	const writers, each = 6, 60
	var writing, reading sync.WaitGroup
	for i := range writers {
		writing.Go(func() {
			for j := range each {
				key, twin := fmt.Sprintf("k/%d", j%9), fmt.Sprintf("k/%d/twin", j%9)
				value := fmt.Appendf(nil, "%d.%d", i, j)
				changes := []store.Change{store.Put(key, store.Any, value), store.Put(twin, store.Any, value)}
				if (i+j)%5 == 0 {
					changes = []store.Change{store.Delete(key, store.Any), store.Delete(twin, store.Any)}
				}
				if _, err := s.Commit(ctx, changes...); err != nil {
					t.Error(err)
				}
			}
		})
	}
	results := make(chan map[string]string, 4)
	for range cap(results) {
		w, err := s.Watch(ctx, "")
		must(t, err)
		reading.Go(func() {
			results <- follow(t, w, func(docs map[string]string) bool {
				twins(t, docs)
				return docs["end"] != ""
			})
		})
	}
	writing.Wait()
	put(t, s, "end", "x")
	reading.Wait()
	want := snapshot(t, s)
	for range cap(results) {
		same(t, "followed documents", <-results, want)
	}
}

// twins checks that commits were seen as a whole.
func twins(t testing.TB, docs map[string]string) {
	for k, v := range docs {
		if strings.HasPrefix(k, "k/") && !strings.HasSuffix(k, "/twin") && docs[k+"/twin"] != v {
			t.Errorf("%s is %s, its twin %q", k, v, docs[k+"/twin"])
		}
	}
}

// watchSlow lets one reader fall far behind: writers go on, another reader keeps
// up, and the slow one misses nothing in the end.
func watchSlow(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	slow, err := s.Watch(ctx, "k/")
	must(t, err)
	quick, err := s.Watch(ctx, "k/")
	must(t, err)
	wantEvents(t, quick, "synced")
	big := strings.Repeat("x", 256<<10)
	for i := range 150 {
		put(t, s, fmt.Sprintf("k/%03d", i%50), fmt.Sprintf("%d %s", i, big))
		wantEvents(t, quick, fmt.Sprintf("k/%03d=%d %s", i%50, i, big))
	}
	put(t, s, "k/end", "x")
	got := follow(t, slow, func(docs map[string]string) bool { return docs["k/end"] != "" })
	same(t, "number of documents", len(got), 51)
	if want := snapshot(t, s); !equal(got, want) {
		t.Fatal("the slow reader has other documents than the store")
	}
}

func equal(a, b map[string]string) bool {
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return len(a) == len(b)
}

// watchSlowDeletions makes more deletions than a store keeps at hand.
func watchSlowDeletions(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	const n = 3000
	for i := 0; i < n; i += 500 {
		var changes []store.Change
		for j := range 500 {
			changes = append(changes, store.Put(fmt.Sprintf("k/%04d", i+j), 0, []byte("x")))
		}
		_, err := s.Commit(ctx, changes...)
		must(t, err)
	}
	slow, err := s.Watch(ctx, "")
	must(t, err)
	for i := 0; i < n; i += 10 {
		var changes []store.Change
		for j := range 10 {
			changes = append(changes, store.Delete(fmt.Sprintf("k/%04d", i+j), store.Any))
		}
		_, err := s.Commit(ctx, changes...)
		must(t, err)
	}
	for i := range 40 { // more bytes than any buffer of commits
		put(t, s, "big", fmt.Sprint(i, strings.Repeat("x", 256<<10)))
	}
	put(t, s, "big", "small")
	put(t, s, "end", "x")
	got := follow(t, slow, func(docs map[string]string) bool { return docs["end"] != "" })
	same(t, "documents", got, map[string]string{"big": "small", "end": "x"})
}

func watchCancel(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	w, err := s.Watch(ctx, "")
	must(t, err)
	wantEvents(t, w, "synced")
	cancel()
	select {
	case _, ok := <-w:
		if ok {
			t.Fatal("an event after the end")
		}
	case <-ctxOf(t).Done():
		t.Fatal("the watch did not end")
	}
	put(t, s, "k", "1")
}

func watchReset(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	put(t, s, "a", "1")
	rev := put(t, s, "b", "1")
	w, err := s.Watch(ctx, "")
	must(t, err)
	wantEvents(t, w, "a=1", "b=1", "synced")
	must(t, s.Reset(ctx))
	wantEvents(t, w, "a gone+", "b gone")
	if next := put(t, s, "a", "2"); next <= rev {
		t.Fatalf("revision %d after %d", next, rev)
	}
	wantEvents(t, w, "a=2")
}
