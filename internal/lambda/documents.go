package lambda

import (
	"context"
	"fmt"
	"iter"

	"github.com/lambdagate/lambdagate/internal/store"
)

// schema is the version of all documents of this package.
const schema = 1

// documents are the stored documents of one kind, in memory.
type documents[T any] struct{ table *store.Table[T] }

func openDocuments[T any](ctx context.Context, st store.Store, prefix string) (documents[T], error) {
	t, err := store.OpenTable[T](ctx, st, prefix, schema)
	return documents[T]{t}, err
}

// get returns the document at key, which must not be modified.
func (d documents[T]) get(key string) (*T, bool) {
	v, _, ok := d.table.Get(key)
	return v, ok
}

// under yields the documents whose keys start with prefix, in key order.
func (d documents[T]) under(prefix string) iter.Seq2[string, *T] { return d.table.Range(prefix, "") }

// update changes one document; see store.Table.Update.
func (d documents[T]) update(ctx context.Context, key string, change func(old *T) (*T, error)) (*T, error) {
	return d.table.Update(ctx, key, change)
}

// batch collects changes of several documents for one transaction.
type batch struct {
	changes []store.Change
	tables  []waiter
	err     error
}

// waiter is a table that a batch writes to.
type waiter interface {
	WaitFor(ctx context.Context, rev store.Revision) error
}

// put writes v where the document is at revision rev.
func put[T any](b *batch, d documents[T], key string, rev store.Revision, v *T) {
	c, err := d.table.PutChange(key, rev, v)
	if err != nil {
		b.err = err
	}
	b.add(d.table, c)
}

// remove deletes the document at key, if it is at revision rev.
func remove[T any](b *batch, d documents[T], key string, rev store.Revision) {
	b.add(d.table, d.table.DeleteChange(key, rev))
}

func (b *batch) add(t waiter, c store.Change) {
	b.changes = append(b.changes, c)
	for _, known := range b.tables {
		if known == t {
			return
		}
	}
	b.tables = append(b.tables, t)
}

// commit writes the batch and returns when all its tables show it.
func (b *batch) commit(ctx context.Context, st store.Documents) error {
	if b.err != nil {
		return b.err
	}
	rev, err := st.Commit(ctx, b.changes...)
	if err != nil {
		return err
	}
	for _, t := range b.tables {
		if err := t.WaitFor(ctx, rev); err != nil {
			return fmt.Errorf("wait for what was written: %w", err)
		}
	}
	return nil
}
