package iam

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// transactionTries bounds how often a transaction begins anew after a conflict.
const transactionTries = 50

// transaction collects changes to documents of several tables, which are
// written together or not at all. What hangs on a document is noted in it (a
// policy knows how often it is attached, a user which keys it has), so that
// comparing revisions is enough to keep them consistent.
type transaction struct {
	changes []store.Change
	visible []func(context.Context, store.Revision) error // waits until a table shows it
	rerun   bool                                          // tables do not fit together yet: begin anew
}

// put writes v where the document is at revision rev; 0 is "not there".
func put[T any](x *transaction, t *store.Table[T], key string, rev store.Revision, v *T) error {
	c, err := t.PutChange(key, rev, v)
	if err == nil {
		add(x, t, c)
	}
	return err
}

// remove deletes the document that is at revision rev.
func remove[T any](x *transaction, t *store.Table[T], key string, rev store.Revision) {
	add(x, t, t.DeleteChange(key, rev))
}

func add[T any](x *transaction, t *store.Table[T], c store.Change) {
	x.changes = append(x.changes, c)
	x.visible = append(x.visible, t.WaitFor)
}

// transact lets change collect what is to be written, writes it, and waits until
// reads show it. When somebody else was quicker, change is called again. An
// error of change ends it and is returned as it is.
func (s *Service) transact(ctx context.Context, change func(x *transaction) error) error {
	for try := range transactionTries {
		var x transaction
		if err := change(&x); err != nil {
			return err
		}
		if len(x.changes) == 0 && !x.rerun {
			return nil
		}
		done, err := s.commit(ctx, &x)
		if done || err != nil {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
	return fmt.Errorf("gave up after %d tries: %w", transactionTries, store.ErrConflict)
}

// commit is false without an error if somebody else was quicker.
func (s *Service) commit(ctx context.Context, x *transaction) (done bool, err error) {
	if x.rerun {
		return false, nil
	}
	rev, err := s.store.Commit(ctx, x.changes...)
	if errors.Is(err, store.ErrConflict) {
		return false, nil
	}
	for _, wait := range x.visible {
		if err == nil {
			err = wait(ctx, rev)
		}
	}
	return true, err
}

// pause waits longer, and more at random, the more tries have failed.
func pause(ctx context.Context, try int) error {
	select {
	case <-time.After(time.Duration(rand.Int64N(int64(min(try+1, 20)) * int64(time.Millisecond)))):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
