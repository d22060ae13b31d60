package feed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lambdagate/lambdagate/internal/store"
)

// big fills half of a feed's ring.
var big = strings.Repeat("x", maxBytes/2)

// source is a store of which every revision is known.
type source struct {
	mu     sync.Mutex
	rev    store.Revision
	docs   map[string]store.Document
	tombs  map[string]store.Revision
	pruned store.Revision
	fails  int // so many reads fail
}

func (s *source) Snapshot(_ context.Context, prefix string) ([]store.Document, store.Revision, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails--; s.fails >= 0 {
		return nil, 0, errors.New("away")
	}
	var docs []store.Document
	for _, key := range slices.Sorted(maps.Keys(s.docs)) {
		if strings.HasPrefix(key, prefix) {
			docs = append(docs, s.docs[key])
		}
	}
	return docs, s.rev, nil
}

func (s *source) Since(_ context.Context, prefix string, after store.Revision) (b Batch, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails--; s.fails >= 0 {
		return b, errors.New("away")
	}
	if after < s.pruned {
		return b, ErrPruned
	}
	for key, d := range s.docs {
		if d.Rev > after && strings.HasPrefix(key, prefix) {
			b.Events = append(b.Events, store.Event{Document: d})
		}
	}
	for key, rev := range s.tombs {
		if rev > after && strings.HasPrefix(key, prefix) {
			b.Events = append(b.Events, store.Event{Document: store.Document{Key: key, Rev: rev}, Deleted: true})
		}
	}
	slices.SortFunc(b.Events, func(x, y store.Event) int { return int(x.Rev - y.Rev) })
	b.Through = s.rev
	if len(b.Events) > 3 {
		b.Events, b.Partial = b.Events[:3], true
		b.Through = b.Events[2].Rev
	}
	return b, nil
}

// commit writes or deletes a document.
func (s *source) commit(key, value string) Commit {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rev++
	e := store.Event{Document: store.Document{Key: key, Rev: s.rev, Value: []byte(value)}}
	if value == "" {
		e.Value, e.Deleted = nil, true
		delete(s.docs, key)
		s.tombs[key] = s.rev
	} else {
		s.docs[key] = e.Document
		delete(s.tombs, key)
	}
	return Commit{s.rev, []store.Event{e}}
}

func (s *source) prune() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pruned = s.rev
	clear(s.tombs)
}

// TestFeed commits at random: known to the feed, unknown to it, pruned, with
// failing reads; slow and quick watchers end with the same documents.
func TestFeed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		src := &source{docs: map[string]store.Document{}, tombs: map[string]store.Revision{}}
		f := New(src, 0, true)
		defer f.Close()
		var watches []<-chan store.Event
		for i := range rapid.IntRange(1, 120).Draw(t, "steps") {
			key := "k/" + rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}).Draw(t, "key")
			value := fmt.Sprint(i)
			if rapid.IntRange(0, 2).Draw(t, "size") == 0 {
				value = big
			}
			switch kind := rapid.IntRange(0, 11).Draw(t, "kind"); kind {
			case 0:
				w, err := f.Watch(context.Background(), "k/")
				if err != nil {
					t.Fatal(err)
				}
				watches = append(watches, w)
			case 1:
				src.prune()
			case 2: // another node's, which is read later
				src.commit(key, value)
				f.Skip(src.rev)
			case 3, 4:
				c := src.commit(key, "")
				f.Publish(c)
				f.Publish(c) // known
			case 5:
				c := src.commit("other", value)
				if f.PublishAfter(c.Rev, c) || !f.PublishAfter(c.Rev-1, c) {
					t.Fatal("published out of order")
				}
			default:
				f.Publish(src.commit(key, value))
			}
		}
		src.mu.Lock()
		src.fails = 1
		src.mu.Unlock()
		f.Publish(src.commit("k/end", "x"))
		want := map[string]string{}
		for key, d := range src.docs {
			if strings.HasPrefix(key, "k/") {
				want[key] = string(d.Value)
			}
		}
		for _, w := range watches {
			if got := follow(t, w); !maps.Equal(got, want) {
				t.Fatalf("a watcher has %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
			}
		}
	})
}

// follow reads until the last document, in order and without repetition.
func follow(t *rapid.T, w <-chan store.Event) map[string]string {
	docs, revs := map[string]string{}, map[string]store.Revision{}
	synced, last := false, store.Revision(0)
	for timeout := time.After(time.Minute); ; {
		select {
		case e, ok := <-w:
			if !ok {
				t.Fatal("the watch ended")
			}
			if e.Synced {
				synced, last = true, e.Rev
				continue
			}
			if synced && e.Rev < last || revs[e.Key] >= e.Rev {
				t.Fatalf("%s at revision %d came after %d (it was at %d)", e.Key, e.Rev, last, revs[e.Key])
			}
			if revs[e.Key] = e.Rev; synced {
				last = e.Rev
			}
			docs[e.Key] = string(e.Value)
			if e.Deleted {
				delete(docs, e.Key)
			}
			if docs["k/end"] != "" && !e.More {
				return docs
			}
		case <-timeout:
			t.Fatal("the watch does not get to the end")
		}
	}
}

func TestFeedEnds(t *testing.T) {
	t.Parallel()
	src := &source{docs: map[string]store.Document{}, fails: 1}
	f := New(src, 0, false)
	if _, err := f.Watch(t.Context(), ""); err == nil {
		t.Fatal("a watch began without a snapshot")
	}
	w, err := f.Watch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if n := f.Position(); n != 0 {
		t.Fatalf("position %d", n)
	}
	f.Close()
	for range w {
	}
	if _, err := f.Watch(t.Context(), ""); !errors.Is(err, store.ErrClosed) {
		t.Fatalf("watch after close: %v", err)
	}
}
