package sqlite

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/feed"
)

// Limits of one transaction.
const (
	groupOps   = 256
	groupBytes = 16 << 20
	// pruneEvery is how many deletions are made before those are forgotten that
	// every watcher has seen.
	pruneEvery = 1000
)

// States of an operation.
const (
	waiting int32 = iota
	begun
	abandoned
)

// op is one operation that a caller waits for.
type op struct {
	// apply does the work in the transaction. What it refuses (a conflict) it
	// finds before it writes, and puts it into refused; the error it returns is
	// the engine's.
	apply   func(t *tx) error
	refused error
	// committed runs after the sync and before the caller is told.
	committed func()
	size      int // bytes, roughly

	state atomic.Int32
	done  chan error // capacity 1
}

// tx is what the operations of one transaction see.
type tx struct {
	*conn
	rev     store.Revision // of the last commit
	commits []feed.Commit
	tombs   int // deletions
}

// writer owns the connection that writes.
type writer struct {
	s     *Store
	conn  *conn
	rev   store.Revision // durable
	tombs int            // deletions since they were last pruned
	ops   chan *op
	done  chan struct{}
}

func newWriter(s *Store, c *conn, rev store.Revision) *writer {
	return &writer{s: s, conn: c, rev: rev, ops: make(chan *op, groupOps), done: make(chan struct{})}
}

// write hands an operation to the writer and waits until it is durable. When
// ctx ends before the writer has begun, the operation never happens; once begun,
// its outcome is waited for.
func (s *Store) write(ctx context.Context, o *op) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.isClosed(); err != nil {
		return err
	}
	o.done = make(chan error, 1)
	select {
	case s.writer.ops <- o:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return store.ErrClosed
	}
	select {
	case err := <-o.done:
		return err
	case <-ctx.Done():
		if o.state.CompareAndSwap(waiting, abandoned) {
			return ctx.Err()
		}
		return <-o.done
	case <-s.writer.done:
		if o.state.CompareAndSwap(waiting, abandoned) {
			return store.ErrClosed
		}
		return <-o.done
	}
}

func (w *writer) run() {
	defer close(w.done)
	for {
		select {
		case <-w.s.closing:
			return
		case o := <-w.ops:
			w.group(w.gather(o))
		}
	}
}

// gather takes the operations that wait behind first.
func (w *writer) gather(first *op) []*op {
	var ops []*op
	size := 0
	for o := first; ; {
		if o.state.CompareAndSwap(waiting, begun) {
			ops = append(ops, o)
			size += o.size
		}
		if len(ops) == groupOps || size > groupBytes {
			return ops
		}
		select {
		case o = <-w.ops:
		default:
			return ops
		}
	}
}

// group runs operations in one transaction. If that fails, each is tried alone,
// so that one does not fail the others.
func (w *writer) group(ops []*op) {
	err := w.transact(ops)
	if err != nil && len(ops) > 1 {
		for _, o := range ops {
			w.group([]*op{o})
		}
		return
	}
	for _, o := range ops {
		if err == nil && o.refused == nil && o.committed != nil {
			o.committed()
		}
	}
	for _, o := range ops {
		if err != nil {
			o.done <- fmt.Errorf("write %s: %w", w.s.name(), err)
			continue
		}
		o.done <- o.refused
	}
}

// name is how errors call the database.
func (s *Store) name() string {
	if s.config.Dir == "" {
		return "store in memory"
	}
	return "store " + s.config.Dir
}

// transact runs operations in one transaction and publishes what they changed.
func (w *writer) transact(ops []*op) error {
	if len(ops) == 0 {
		return nil
	}
	t := &tx{conn: w.conn, rev: w.rev}
	run := func(*conn) error { return w.conn.transact(func() error { return w.apply(t, ops) }) }
	var err error
	if w.s.config.Dir == "" {
		err = w.s.readers.with(context.Background(), run)
	} else {
		err = run(w.conn)
	}
	if err != nil {
		return err
	}
	w.rev = t.rev
	w.tombs = t.tombs
	w.s.feed.Publish(t.commits...)
	return nil
}

func (w *writer) apply(t *tx, ops []*op) error {
	t.tombs = w.tombs
	for _, o := range ops {
		o.refused = nil
		if err := o.apply(t); err != nil {
			return err
		}
	}
	if t.tombs >= pruneEvery {
		t.tombs = 0
		if err := t.exec(`DELETE FROM tombs WHERE rev <= ?`, int64(w.s.feed.Position())); err != nil {
			return err
		}
	}
	if t.rev == w.rev {
		return nil
	}
	return t.exec(`UPDATE meta SET value = ? WHERE name = 'revision'`, int64(t.rev))
}
