package sqlite

import (
	"cmp"
	"context"
	"slices"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/feed"
)

// batchBytes bounds what a watcher that fell behind reads at once, apart from
// the last commit, which is read whole.
const batchBytes = 4 << 20

// Snapshot implements feed.Source.
func (s *Store) Snapshot(ctx context.Context, prefix string) (docs []store.Document, at store.Revision, err error) {
	err = s.readers.with(ctx, func(c *conn) error {
		return c.snapshot(func() error {
			if at, err = revision(c); err != nil {
				return err
			}
			docs, err = list(ctx, c, prefix)
			return err
		})
	})
	return docs, at, err
}

func revision(c *conn) (rev store.Revision, err error) {
	err = c.row(`SELECT value FROM meta WHERE name = 'revision'`).Scan(&rev)
	return rev, err
}

// Since implements feed.Source. Deletions are there for every watcher: the
// writer prunes only those that all have passed.
func (s *Store) Since(ctx context.Context, prefix string, after store.Revision) (b feed.Batch, err error) {
	err = s.readers.with(ctx, func(c *conn) error {
		return c.snapshot(func() error {
			b, err = since(c, prefix, after)
			return err
		})
	})
	return b, err
}

func since(c *conn, prefix string, after store.Revision) (b feed.Batch, err error) {
	if b.Through, err = revision(c); err != nil {
		return b, err
	}
	if err := writtenSince(c, prefix, after, &b); err != nil {
		return b, err
	}
	where, args := under("+key", prefix)
	rows, err := c.query(`SELECT key, rev FROM tombs WHERE rev > ? AND rev <= ? AND `+where,
		append([]any{int64(after), int64(b.Through)}, args...)...)
	if err != nil {
		return b, err
	}
	defer rows.Close()
	for rows.Next() {
		e := store.Event{Deleted: true}
		if err := rows.Scan(&e.Key, &e.Rev); err != nil {
			return b, err
		}
		b.Events = append(b.Events, e)
	}
	slices.SortStableFunc(b.Events, func(x, y store.Event) int { return cmp.Compare(x.Rev, y.Rev) })
	return b, rows.Err()
}

// writtenSince adds the documents written after a revision, and lowers
// b.Through if they are too many for one batch.
func writtenSince(c *conn, prefix string, after store.Revision, b *feed.Batch) error {
	where, args := under("+key", prefix) // the unary plus keeps SQLite on the index of revisions
	rows, err := c.query(`SELECT key, rev, value FROM docs WHERE rev > ? AND `+where+` ORDER BY rev`,
		append([]any{int64(after)}, args...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	size := 0
	for rows.Next() {
		d, err := scanDocument(rows)
		if err != nil {
			return err
		}
		if n := len(b.Events); size > batchBytes && d.Rev != b.Events[n-1].Rev {
			b.Through, b.Partial = b.Events[n-1].Rev, true
			break
		}
		size += len(d.Value) + len(d.Key) + 64
		b.Events = append(b.Events, store.Event{Document: d})
	}
	return rows.Err()
}
