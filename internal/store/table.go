package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// updateTries bounds how often Update tries again after a conflict.
const updateTries = 50

// visibleWithin bounds how long a write waits until its own table shows it.
const visibleWithin = 30 * time.Second

// Table holds the documents under one prefix in memory, decoded, and follows the
// store by a watch. Keys are what follows the prefix.
//
// A *T that a table returns is shared by everybody and must not be modified: to
// change a document, copy it. The same holds for a value given to a table.
//
// Reads take no lock, and each sees whole commits. Writes return when the change
// is durable and this table shows it (and its subscribers have been told).
type Table[T any] struct {
	st     Store
	prefix string
	codec  codec[T]
	stop   context.CancelFunc
	done   chan struct{} // closed when the watch has ended

	view atomic.Pointer[View[T]]

	// mu is held while a commit is applied and subscribers are told.
	mu          sync.Mutex
	subscribers []*subscriber[T]

	// progress guards moved, which is closed and replaced when the view has moved
	// on and subscribers have been told.
	progress sync.Mutex
	moved    chan struct{}
	applied  Revision
}

// TableChange is what a commit did to one document: Old is nil if it is new, New
// is nil if it is gone.
type TableChange[T any] struct {
	Key      string
	Rev      Revision
	Old, New *T
}

type subscriber[T any] struct{ tell func([]TableChange[T]) }

// entry is one document of a table.
type entry[T any] struct {
	value *T
	rev   Revision
}

// OpenTable reads the documents under prefix and follows them until Close or
// until the store is closed; ctx bounds only the opening. The documents that it
// writes have the given schema version, from 1 on; upgrades[i] makes version i+2
// of version i+1. A document that cannot be decoded, or is of a newer version,
// makes the opening fail; one that comes later is logged, and what was there stays.
func OpenTable[T any](ctx context.Context, st Store, prefix string, version int, upgrades ...Upgrade) (*Table[T], error) {
	c, err := newCodec[T](version, upgrades)
	if err != nil {
		return nil, fmt.Errorf("open table %s: %w", prefix, err)
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	bound := context.AfterFunc(ctx, stop)
	defer bound()
	events, err := st.Watch(watching, prefix)
	if err != nil {
		stop()
		return nil, fmt.Errorf("open table %s: %w", prefix, err)
	}
	t := &Table[T]{st: st, prefix: prefix, codec: c, stop: stop, done: make(chan struct{}), moved: make(chan struct{})}
	err = t.load(ctx, events)
	if err == nil && !bound() {
		err = ctx.Err() // which has ended the watch
	}
	if err != nil {
		stop()
		for range events { // until the watch has seen it
		}
		return nil, fmt.Errorf("open table %s: %w", prefix, err)
	}
	go t.follow(events)
	return t, nil
}

// load takes the initial documents.
func (t *Table[T]) load(ctx context.Context, events <-chan Event) error {
	var keys []string
	var entries []entry[T]
	for {
		var e Event
		var ok bool
		select {
		case e, ok = <-events:
		case <-ctx.Done():
			return ctx.Err()
		}
		if !ok {
			return cmp.Or(ctx.Err(), ErrClosed) // the end of ctx ends the watch
		}
		if e.Synced {
			t.applied = e.Rev
			t.view.Store(&View[T]{build(keys, entries)})
			return nil
		}
		v, err := t.codec.decode(e.Value)
		if err != nil {
			return fmt.Errorf("document %q: %w", e.Key, err)
		}
		keys = append(keys, strings.TrimPrefix(e.Key, t.prefix))
		entries = append(entries, entry[T]{v, e.Rev})
	}
}

// follow applies commits until the watch ends.
func (t *Table[T]) follow(events <-chan Event) {
	defer close(t.done)
	var commit []Event
	for e := range events {
		commit = append(commit, e)
		if !e.More {
			t.apply(commit)
			clear(commit)
			commit = commit[:0]
		}
	}
}

// apply makes a commit visible at once and tells the subscribers.
func (t *Table[T]) apply(commit []Event) {
	root := t.view.Load().root
	changes := make([]TableChange[T], 0, len(commit))
	for _, e := range commit {
		c := TableChange[T]{Key: strings.TrimPrefix(e.Key, t.prefix), Rev: e.Rev}
		old, _ := root.get(c.Key)
		c.Old = old.value
		if e.Deleted {
			root = root.remove(c.Key)
		} else {
			v, err := t.codec.decode(e.Value)
			if err != nil {
				slog.Error("document is left out", "key", e.Key, "revision", int64(e.Rev), "err", err)
				continue
			}
			c.New = v
			root = root.put(c.Key, entry[T]{v, e.Rev})
		}
		changes = append(changes, c)
	}
	t.publish(root, changes)
	t.advance(commit[len(commit)-1].Rev)
}

func (t *Table[T]) publish(root *tree[entry[T]], changes []TableChange[T]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.view.Store(&View[T]{root})
	if len(changes) == 0 {
		return
	}
	for _, s := range t.subscribers {
		s.tell(changes)
	}
}

// advance wakes those who wait for a revision.
func (t *Table[T]) advance(rev Revision) {
	t.progress.Lock()
	defer t.progress.Unlock()
	t.applied = rev
	close(t.moved)
	t.moved = make(chan struct{})
}

// Close ends the watch and waits for it. The table goes on showing what it has.
func (t *Table[T]) Close() {
	t.stop()
	<-t.done
}

// Subscribe calls tell with every document there is (as new ones, in key order),
// then with the changes of each commit, in order and one commit at a time. tell
// is called before the commit's writer returns, so it has to be quick; it must
// not write to this table or subscribe. After stop has returned it is not
// called again.
func (t *Table[T]) Subscribe(tell func([]TableChange[T])) (stop func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var now []TableChange[T]
	for key, e := range t.view.Load().root.from("", false) {
		now = append(now, TableChange[T]{Key: key, Rev: e.rev, New: e.value})
	}
	if len(now) > 0 {
		tell(now)
	}
	s := &subscriber[T]{tell}
	t.subscribers = append(t.subscribers, s)
	return func() { t.unsubscribe(s) }
}

func (t *Table[T]) unsubscribe(s *subscriber[T]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, x := range t.subscribers {
		if x == s {
			t.subscribers = append(t.subscribers[:i:i], t.subscribers[i+1:]...)
			return
		}
	}
}

// View is what a table held at one moment; it never changes.
type View[T any] struct{ root *tree[entry[T]] }

// View returns what the table holds now.
func (t *Table[T]) View() *View[T] { return t.view.Load() }

// Get returns the document at key and its revision.
func (v *View[T]) Get(key string) (value *T, rev Revision, ok bool) {
	e, ok := v.root.get(key)
	return e.value, e.rev, ok
}

// Len counts the documents.
func (v *View[T]) Len() int { return v.root.len() }

// All yields the documents in key order.
func (v *View[T]) All() iter.Seq2[string, *T] { return v.Range("", "") }

// Range yields the documents whose keys start with prefix, in key order, from the
// first key greater than after on (all of them if after is empty).
func (v *View[T]) Range(prefix, after string) iter.Seq2[string, *T] {
	return func(yield func(string, *T) bool) {
		start, behind := prefix, false
		if after >= prefix && after != "" {
			start, behind = after, true
		}
		for key, e := range v.root.from(start, behind) {
			if !strings.HasPrefix(key, prefix) || !yield(key, e.value) {
				return
			}
		}
	}
}

// Get returns the document at key and its revision, which is 0 if there is none.
func (t *Table[T]) Get(key string) (value *T, rev Revision, ok bool) { return t.View().Get(key) }

// Len counts the documents.
func (t *Table[T]) Len() int { return t.View().Len() }

// All yields the documents in key order, as they are when it begins.
func (t *Table[T]) All() iter.Seq2[string, *T] { return t.Range("", "") }

// Range is View.Range of the documents as they are when it begins.
func (t *Table[T]) Range(prefix, after string) iter.Seq2[string, *T] {
	return func(yield func(string, *T) bool) { t.View().Range(prefix, after)(yield) }
}

// PutChange is the change that writes v where the document is at revision rev,
// for a commit of several changes. Commit, then WaitFor.
func (t *Table[T]) PutChange(key string, rev Revision, v *T) (Change, error) {
	b, err := t.codec.encode(v)
	if err != nil {
		return Change{}, fmt.Errorf("encode document %q: %w", t.prefix+key, err)
	}
	return Put(t.prefix+key, rev, b), nil
}

// DeleteChange is the change that removes the document at revision rev.
func (t *Table[T]) DeleteChange(key string, rev Revision) Change { return Delete(t.prefix+key, rev) }

// CheckChange is the change that makes a commit fail unless the document is at
// revision rev.
func (t *Table[T]) CheckChange(key string, rev Revision) Change { return Check(t.prefix+key, rev) }

// Put writes v whatever was there.
func (t *Table[T]) Put(ctx context.Context, key string, v *T) error {
	return t.put(ctx, key, Any, v)
}

// Insert writes v, or returns ErrConflict if there is a document already.
func (t *Table[T]) Insert(ctx context.Context, key string, v *T) error {
	return t.put(ctx, key, 0, v)
}

func (t *Table[T]) put(ctx context.Context, key string, rev Revision, v *T) error {
	c, err := t.PutChange(key, rev, v)
	if err != nil {
		return err
	}
	return t.commit(ctx, c)
}

func (t *Table[T]) commit(ctx context.Context, c Change) error {
	rev, err := t.st.Commit(ctx, c)
	if err != nil {
		return err
	}
	return t.WaitFor(ctx, rev)
}

// Update replaces the document at key by what change makes of it: old is nil if
// there is none, and must not be modified. A nil result deletes the document; old
// itself changes nothing; an error ends the update and is returned as it is. When
// somebody else was quicker, change is called again with their document.
func (t *Table[T]) Update(ctx context.Context, key string, change func(old *T) (*T, error)) (*T, error) {
	old, rev, _ := t.Get(key)
	for try := range updateTries {
		v, err := change(old)
		if err != nil || v == old {
			return v, err
		}
		if err = t.replace(ctx, key, rev, v); !errors.Is(err, ErrConflict) {
			return v, err
		}
		if err := pause(ctx, try); err != nil {
			return nil, err
		}
		if old, rev, err = t.read(ctx, key); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("update document %q: gave up after %d tries: %w", t.prefix+key, updateTries, ErrConflict)
}

func (t *Table[T]) replace(ctx context.Context, key string, rev Revision, v *T) error {
	if v == nil {
		return t.commit(ctx, t.DeleteChange(key, rev))
	}
	return t.put(ctx, key, rev, v)
}

// pause waits longer, and more at random, the more tries have failed.
func pause(ctx context.Context, try int) error {
	if try == 0 {
		return ctx.Err()
	}
	d := time.Duration(rand.Int64N(int64(min(try, 20)) * int64(time.Millisecond)))
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read returns the document as the store has it, which may be ahead of the table.
func (t *Table[T]) read(ctx context.Context, key string) (*T, Revision, error) {
	d, err := t.st.Get(ctx, t.prefix+key)
	if errors.Is(err, ErrNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	v, err := t.codec.decode(d.Value)
	if err != nil {
		return nil, 0, fmt.Errorf("document %q: %w", d.Key, err)
	}
	return v, d.Rev, nil
}

// Delete removes the document at key, or returns ErrNotFound.
func (t *Table[T]) Delete(ctx context.Context, key string) error {
	_, err := t.Update(ctx, key, func(old *T) (*T, error) {
		if old == nil {
			return nil, fmt.Errorf("delete document %q: %w", t.prefix+key, ErrNotFound)
		}
		return nil, nil
	})
	return err
}

// WaitFor returns when the table shows a commit and its subscribers have been
// told. The commit must have written or deleted a document of this table.
func (t *Table[T]) WaitFor(ctx context.Context, rev Revision) error {
	var expired <-chan time.Time
	for {
		t.progress.Lock()
		applied, moved := t.applied, t.moved
		t.progress.Unlock()
		if applied >= rev {
			return nil
		}
		if expired == nil {
			timer := time.NewTimer(visibleWithin)
			defer timer.Stop()
			expired = timer.C
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return fmt.Errorf("wait until table %s shows revision %d, which is written: %w", t.prefix, rev, ctx.Err())
		case <-expired:
			return fmt.Errorf("table %s does not show revision %d after %v", t.prefix, rev, visibleWithin)
		case <-t.done:
			return ErrClosed
		}
	}
}
