package feed

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Waits between attempts to reread when the store does not answer.
const (
	firstRetry = 20 * time.Millisecond
	lastRetry  = 2 * time.Second
)

// watch is one watcher. Only at is shared (under Feed.mu).
type watch struct {
	feed   *Feed
	prefix string
	out    chan store.Event
	ctx    context.Context
	at     store.Revision  // everything up to here was delivered or put into out
	keys   map[string]bool // what the reader knows to exist, if the feed keeps keys
}

// Watch implements store.Documents.Watch: it reads the initial documents
// before it returns, so that what is wrong shows at once.
func (f *Feed) Watch(ctx context.Context, prefix string) (<-chan store.Event, error) {
	w := &watch{feed: f, prefix: prefix, out: make(chan store.Event, 64)}
	if !f.add(w) {
		return nil, store.ErrClosed
	}
	docs, at, err := f.source.Snapshot(ctx, prefix)
	if err != nil {
		f.remove(w)
		f.running.Done()
		return nil, err
	}
	if f.keepKeys {
		w.keys = make(map[string]bool, len(docs))
	}
	var stop context.CancelFunc
	w.ctx, stop = context.WithCancel(ctx)
	unhook := context.AfterFunc(f.ctx, stop)
	go func() {
		defer f.running.Done()
		defer unhook()
		defer stop()
		defer f.remove(w)
		defer close(w.out)
		w.run(docs, at)
	}()
	return w.out, nil
}

// add registers w at revision 0, so that no deletion is pruned before its
// snapshot is taken.
func (f *Feed) add(w *watch) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.watches[w] = struct{}{}
	f.running.Add(1)
	return true
}

func (f *Feed) remove(w *watch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.watches, w)
}

func (f *Feed) passed(w *watch, at store.Revision) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.at = at
}

func (w *watch) run(docs []store.Document, at store.Revision) {
	for i := range docs {
		if !w.send(store.Event{Document: docs[i]}) {
			return
		}
		docs[i] = store.Document{} // free it while a slow reader reads on
	}
	if !w.send(store.Event{Document: store.Document{Rev: at}, Synced: true}) {
		return
	}
	for {
		w.feed.passed(w, at)
		commits, head, grown, ok := w.feed.after(at)
		if !ok {
			if at, ok = w.reread(at); !ok {
				return
			}
			continue
		}
		for _, c := range commits {
			if !w.sendCommit(c) {
				return
			}
		}
		at = head
		if len(commits) > 0 {
			continue
		}
		select {
		case <-grown:
		case <-w.ctx.Done():
			return
		}
	}
}

// sendCommit delivers what a commit changed under the prefix.
func (w *watch) sendCommit(c Commit) bool {
	last := -1
	for i, e := range c.Events {
		if strings.HasPrefix(e.Key, w.prefix) {
			last = i
		}
	}
	for i, e := range c.Events[:last+1] {
		if !strings.HasPrefix(e.Key, w.prefix) {
			continue
		}
		e.More = i < last
		if !w.send(e) {
			return false
		}
	}
	return true
}

// reread delivers from the store what happened after a revision, and returns
// the revision reached; ok is false when the watch has ended.
func (w *watch) reread(at store.Revision) (through store.Revision, ok bool) {
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		b, err := w.feed.source.Since(w.ctx, w.prefix, at)
		if errors.Is(err, ErrPruned) {
			b, err = w.compare(at)
		}
		if err == nil {
			return b.Through, w.sendBatch(b)
		}
		if w.ctx.Err() != nil || errors.Is(err, store.ErrClosed) {
			return at, false
		}
		slog.Warn("watch rereads the store again", "prefix", w.prefix, "after", int64(at), "err", err)
		select {
		case <-time.After(wait):
		case <-w.ctx.Done():
			return at, false
		}
	}
}

func (w *watch) sendBatch(b Batch) bool {
	for i, e := range b.Events {
		e.More = b.Partial || i < len(b.Events)-1
		if !w.send(e) {
			return false
		}
	}
	return true
}

// compare makes the batch from a snapshot and the keys delivered before.
func (w *watch) compare(at store.Revision) (Batch, error) {
	docs, now, err := w.feed.source.Snapshot(w.ctx, w.prefix)
	if err != nil {
		return Batch{}, err
	}
	gone := maps.Clone(w.keys)
	b := Batch{Through: now}
	for _, d := range docs {
		delete(gone, d.Key)
		if d.Rev > at {
			b.Events = append(b.Events, store.Event{Document: d})
		}
	}
	slices.SortStableFunc(b.Events, func(x, y store.Event) int { return int(x.Rev - y.Rev) })
	for _, key := range slices.Sorted(maps.Keys(gone)) {
		b.Events = append(b.Events, store.Event{Document: store.Document{Key: key, Rev: now}, Deleted: true})
	}
	return b, nil
}

func (w *watch) send(e store.Event) bool {
	select {
	case w.out <- e:
	case <-w.ctx.Done():
		return false
	}
	if w.keys != nil && !e.Synced {
		if e.Deleted {
			delete(w.keys, e.Key)
		} else {
			w.keys[e.Key] = true
		}
	}
	return true
}
