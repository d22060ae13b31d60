package postgres

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/lambdagate/lambdagate/internal/store"
)

// groupOps is how many operations share a transaction.
const groupOps = 256

// States of an operation.
const (
	waiting int32 = iota
	begun
	abandoned
)

// call is the part of an operation that its caller waits on.
type call struct {
	state atomic.Int32
	done  chan error // capacity 1
	// refused is set by who runs the operation: it was not done, the others were.
	refused error
}

func (c *call) base() *call { return c }

// batcher runs operations of many callers together, in one goroutine.
type batcher[T interface{ base() *call }] struct {
	s       *Store
	ops     chan T
	ended   chan struct{}
	execute func(context.Context, []T) error
}

func newBatcher[T interface{ base() *call }](s *Store, execute func(context.Context, []T) error) *batcher[T] {
	return &batcher[T]{s: s, ops: make(chan T, groupOps), ended: make(chan struct{}), execute: execute}
}

// do hands an operation over and waits for its outcome. When ctx ends before it
// has begun, it never happens; once begun, its outcome is waited for, which takes
// no longer than the timeout.
func (b *batcher[T]) do(ctx context.Context, o T) error {
	if err := b.s.ready(ctx); err != nil {
		return err
	}
	c := o.base()
	c.done = make(chan error, 1)
	select {
	case b.ops <- o:
	case <-ctx.Done():
		return ctx.Err()
	case <-b.ended:
		return store.ErrClosed
	}
	var gaveUp error
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		gaveUp = ctx.Err()
	case <-b.ended:
		gaveUp = store.ErrClosed
	}
	if c.state.CompareAndSwap(waiting, abandoned) {
		return gaveUp
	}
	return <-c.done
}

func (b *batcher[T]) run() {
	defer close(b.ended)
	for {
		select {
		case <-b.s.ctx.Done():
			return
		case o := <-b.ops:
			b.group(b.gather(o))
		}
	}
}

func (b *batcher[T]) gather(first T) (ops []T) {
	for o := first; ; {
		if o.base().state.CompareAndSwap(waiting, begun) {
			ops = append(ops, o)
		}
		if len(ops) == groupOps {
			return ops
		}
		select {
		case o = <-b.ops:
		default:
			return ops
		}
	}
}

// group runs operations together. If the database refuses that, each is tried
// alone; if it cannot be reached, all fail.
func (b *batcher[T]) group(ops []T) {
	if len(ops) == 0 {
		return
	}
	ctx, cancel := b.s.background()
	err := b.execute(ctx, ops)
	cancel()
	if err != nil && sqlState(err) != "" && !lostConnection(err) && len(ops) > 1 {
		for _, o := range ops {
			b.group([]T{o})
		}
		return
	}
	for _, o := range ops {
		c := o.base()
		if err != nil {
			c.done <- fmt.Errorf("write database: %w", err)
			continue
		}
		c.done <- c.refused
	}
}

// retryable says whether a transaction failed because of another one.
func retryable(err error) bool {
	switch sqlState(err) {
	case "40001", "40P01": // serialization failure, deadlock
		return true
	}
	return false
}

// again runs f until it does not fail because of another transaction.
func again(ctx context.Context, f func() error) error {
	for {
		err := f()
		if err == nil || !retryable(err) || ctx.Err() != nil {
			return err
		}
	}
}
