// Package feed delivers the commits of one store to its watchers, in order and
// without gap: from a ring of recent commits in memory, and for a watcher that
// fell behind it by rereading from the store by revision.
//
// Read feed.go (the ring, publish), then watch.go (one watcher).
package feed

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Limits of the ring: a watcher that is further behind rereads from the store.
const (
	maxCommits = 4096
	maxBytes   = 4 << 20
)

// ErrPruned is returned by Source.Since when deletions after the given revision
// are no longer known: the watcher compares with a new snapshot instead.
var ErrPruned = errors.New("deletions are pruned")

// Source is what a feed rereads from.
type Source interface {
	// Snapshot returns the documents under prefix, in key order, and the revision
	// that they show.
	Snapshot(ctx context.Context, prefix string) ([]store.Document, store.Revision, error)
	// Since returns the changes under prefix after a revision, or ErrPruned.
	Since(ctx context.Context, prefix string, after store.Revision) (Batch, error)
}

// Batch is a part of what a watcher has missed.
type Batch struct {
	// Events are in the order of revisions; no commit is cut in two.
	Events []store.Event
	// Through is the revision up to which Events are complete.
	Through store.Revision
	// Partial says that Source knows of more events than fit this batch.
	Partial bool
}

// Commit is what one transaction changed.
type Commit struct {
	Rev    store.Revision
	Events []store.Event
}

func (c Commit) size() int {
	n := 0
	for _, e := range c.Events {
		n += len(e.Key) + len(e.Value) + 64
	}
	return n
}

// Feed hands commits to any number of watchers. The engine publishes each
// commit after it is durable.
type Feed struct {
	source   Source
	keepKeys bool
	ctx      context.Context // ends with Close
	close    context.CancelFunc
	running  sync.WaitGroup

	// mu guards what follows. ring holds, in order, every commit after floor up
	// to head. grown is closed and replaced when head moves.
	mu      sync.Mutex
	closed  bool
	ring    []Commit
	bytes   int
	floor   store.Revision
	head    store.Revision
	grown   chan struct{}
	watches map[*watch]struct{}
}

// New returns a feed whose store is at revision head. With prunes, Since may
// return ErrPruned, and each watch remembers the keys that it has delivered.
func New(source Source, head store.Revision, prunes bool) *Feed {
	ctx, cancel := context.WithCancel(context.Background())
	return &Feed{
		source: source, keepKeys: prunes, ctx: ctx, close: cancel,
		floor: head, head: head,
		grown: make(chan struct{}), watches: map[*watch]struct{}{},
	}
}

// Publish makes commits known that directly follow the head, in order. Commits
// that are known already are skipped.
func (f *Feed) Publish(commits ...Commit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.publishLocked(commits)
}

// PublishAfter is Publish if the head is at revision base; otherwise it does
// nothing and returns false.
func (f *Feed) PublishAfter(base store.Revision, commits ...Commit) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.head != base {
		return false
	}
	f.publishLocked(commits)
	return true
}

func (f *Feed) publishLocked(commits []Commit) {
	for _, c := range commits {
		if c.Rev <= f.head {
			continue
		}
		f.ring = append(f.ring, c)
		f.bytes += c.size()
		f.head = c.Rev
	}
	f.trimLocked()
	close(f.grown)
	f.grown = make(chan struct{})
}

// Skip tells that the store is at revision head without saying what changed:
// watchers reread.
func (f *Feed) Skip(head store.Revision) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if head <= f.head {
		return
	}
	f.ring, f.bytes, f.floor, f.head = nil, 0, head, head
	close(f.grown)
	f.grown = make(chan struct{})
}

func (f *Feed) trimLocked() {
	n, floor := 0, f.floor
	for n < len(f.ring) && (f.bytes > maxBytes || len(f.ring)-n > maxCommits || len(f.watches) == 0) {
		f.bytes -= f.ring[n].size()
		floor = f.ring[n].Rev
		n++
	}
	if n == 0 {
		return
	}
	f.floor = floor
	clear(f.ring[:n])
	f.ring = f.ring[n:]
	if len(f.ring) == 0 {
		f.ring = nil
	}
}

// after returns the commits behind rev, the head, and what to wait on for more.
// ok is false if rev is behind the ring.
func (f *Feed) after(rev store.Revision) (commits []Commit, head store.Revision, grown <-chan struct{}, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if rev < f.floor {
		return nil, f.head, nil, false
	}
	i, _ := slices.BinarySearchFunc(f.ring, rev+1, func(c Commit, r store.Revision) int { return int(c.Rev - r) })
	return slices.Clone(f.ring[i:]), max(f.head, rev), f.grown, true
}

// Head returns the revision of the last commit that was published.
func (f *Feed) Head() store.Revision {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.head
}

// Position returns the revision that every watcher has passed: deletions up to
// it need not be kept for them.
func (f *Feed) Position() store.Revision {
	f.mu.Lock()
	defer f.mu.Unlock()
	least := f.head
	for w := range f.watches {
		least = min(least, w.at)
	}
	return least
}

// Close ends all watches and waits for them.
func (f *Feed) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.close()
	f.running.Wait()
}
