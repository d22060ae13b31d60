package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/feed"
)

// batchBytes bounds what a watcher that fell behind reads at once, apart from
// the last commit, which is read whole; batchRows its documents.
const (
	batchBytes = 4 << 20
	batchRows  = 2000
)

// Get implements store.Documents.
func (s *Store) Get(ctx context.Context, key string) (store.Document, error) {
	d := store.Document{Key: key}
	err := s.read(ctx, func(ctx context.Context, c *pgx.Conn) error {
		return c.QueryRow(ctx, `SELECT rev, value FROM docs WHERE key = $1`, []byte(key)).Scan(&d.Rev, &d.Value)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Document{}, fmt.Errorf("get document %q: %w", key, err)
	}
	return d, nil
}

// List implements store.Documents.
func (s *Store) List(ctx context.Context, prefix string) (docs []store.Document, err error) {
	err = s.read(ctx, func(ctx context.Context, c *pgx.Conn) error {
		docs, err = list(ctx, c, prefix)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list documents %q: %w", prefix, err)
	}
	return docs, nil
}

// querier is a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func list(ctx context.Context, q querier, prefix string) ([]store.Document, error) {
	where, args := under("key", prefix, 1)
	rows, err := q.Query(ctx, `SELECT key, rev, value FROM docs WHERE `+where+` ORDER BY key`, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanDocument)
}

func scanDocument(row pgx.CollectableRow) (d store.Document, err error) {
	var key []byte
	err = row.Scan(&key, &d.Rev, &d.Value)
	d.Key = string(key)
	return d, err
}

// under is the condition that a column starts with prefix; its parameters are
// numbered from n on.
func under(column, prefix string, n int) (where string, args []any) {
	end, ok := store.PrefixEnd(prefix)
	if !ok {
		return fmt.Sprintf(`%s >= $%d`, column, n), []any{[]byte(prefix)}
	}
	return fmt.Sprintf(`%s >= $%d AND %s < $%d`, column, n, column, n+1), []any{[]byte(prefix), []byte(end)}
}

// commit is one call of Commit.
type commit struct {
	call
	changes []store.Change
	rev     store.Revision
}

// Commit implements store.Documents. When the connection breaks while the
// transaction ends, the commit may have happened although an error is returned.
func (s *Store) Commit(ctx context.Context, changes ...store.Change) (store.Revision, error) {
	if err := store.Validate(changes); err != nil {
		return 0, err
	}
	o := &commit{changes: changes}
	if err := s.commits.do(ctx, o); err != nil {
		return 0, err
	}
	return o.rev, nil
}

// runCommits does commits in one transaction of two round trips: the first locks
// the revision and reads what the commits compare with, the second writes and
// ends. So commits of all nodes become visible in the order of revisions.
func (s *Store) runCommits(ctx context.Context, ops []*commit) error {
	var base store.Revision
	var t transaction
	err := s.pool.with(ctx, func(ctx context.Context, c *pgx.Conn) (err error) {
		if base, t.revs, err = lockRevision(ctx, c, ops); err == nil {
			t.rev = base
			for _, o := range ops {
				t.apply(o)
			}
			err = t.end(ctx, c, s.channel(), base)
		}
		if err != nil && !c.IsClosed() {
			_, _ = c.Exec(ctx, `ROLLBACK`) // a connection that cannot is thrown away
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(t.commits) > 0 && !s.feed.PublishAfter(base, t.commits...) {
		s.hint() // other nodes were in between: read what they did
	}
	return nil
}

// lockRevision begins a transaction, and locks and returns the revision and those
// of the documents that commits name.
func lockRevision(ctx context.Context, c *pgx.Conn, ops []*commit) (base store.Revision, revs map[string]store.Revision, err error) {
	var keys [][]byte
	for _, o := range ops {
		for _, c := range o.changes {
			keys = append(keys, []byte(c.Key))
		}
	}
	b := &pgx.Batch{}
	b.Queue(`BEGIN ISOLATION LEVEL READ COMMITTED`)
	b.Queue(`SELECT value FROM meta WHERE name = 'revision' FOR UPDATE`).QueryRow(func(row pgx.Row) error {
		return row.Scan(&base)
	})
	revs = map[string]store.Revision{}
	b.Queue(`SELECT key, rev FROM docs WHERE key = ANY($1)`, keys).Query(func(rows pgx.Rows) error {
		var key []byte
		var rev store.Revision
		_, err := pgx.ForEachRow(rows, []any{&key, &rev}, func() error {
			revs[string(key)] = rev
			return nil
		})
		return err
	})
	err = c.SendBatch(ctx, b).Close()
	return base, revs, err
}

// transaction is what a group of commits does.
type transaction struct {
	rev     store.Revision
	revs    map[string]store.Revision // of the documents, as they are after the commits so far
	commits []feed.Commit
}

// apply compares everything a commit names, then takes its changes.
func (t *transaction) apply(o *commit) {
	o.refused = nil
	for _, c := range o.changes {
		if have := t.revs[c.Key]; c.If != store.Any && c.If != have {
			o.refused = &store.ConflictError{Key: c.Key, Want: c.If, Have: have}
			return
		}
	}
	var events []store.Event
	for _, c := range o.changes {
		if c.Check || c.Value == nil && t.revs[c.Key] == 0 {
			continue
		}
		e := store.Event{Document: store.Document{Key: c.Key, Rev: t.rev + 1}, Deleted: c.Value == nil}
		t.revs[c.Key] = e.Rev
		if e.Deleted {
			delete(t.revs, c.Key)
		} else {
			e.Value = slices.Clone(c.Value) // the caller's to reuse
		}
		events = append(events, e)
	}
	if len(events) > 0 {
		t.rev++
		t.commits = append(t.commits, feed.Commit{Rev: t.rev, Events: events})
	}
	o.rev = t.rev
}

// end sends all changes, the new revision and one notification, and commits.
func (t *transaction) end(ctx context.Context, c *pgx.Conn, channel string, base store.Revision) error {
	b := &pgx.Batch{}
	for _, e := range t.last() {
		if e.Deleted {
			b.Queue(`DELETE FROM docs WHERE key = $1`, []byte(e.Key))
			b.Queue(`INSERT INTO tombs (key, rev) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET rev = excluded.rev, at = now()`, []byte(e.Key), e.Rev)
			continue
		}
		b.Queue(`INSERT INTO docs VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE SET rev = excluded.rev, value = excluded.value`, []byte(e.Key), e.Rev, e.Value)
		b.Queue(`DELETE FROM tombs WHERE key = $1`, []byte(e.Key))
	}
	if t.rev != base {
		b.Queue(`UPDATE meta SET value = $1 WHERE name = 'revision'`, t.rev)
		b.Queue(`SELECT pg_notify($1, $2)`, channel, newDocuments)
	}
	b.Queue(`COMMIT`)
	return c.SendBatch(ctx, b).Close()
}

// last returns the last event of each document that commits change.
func (t *transaction) last() map[string]store.Event {
	last := map[string]store.Event{}
	for _, c := range t.commits {
		for _, e := range c.Events {
			last[e.Key] = e
		}
	}
	return last
}

// Watch implements store.Documents.
func (s *Store) Watch(ctx context.Context, prefix string) (<-chan store.Event, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	return s.feed.Watch(ctx, prefix)
}

// Snapshot implements feed.Source.
func (s *Store) Snapshot(ctx context.Context, prefix string) (docs []store.Document, at store.Revision, err error) {
	err = s.read(ctx, func(ctx context.Context, c *pgx.Conn) error {
		return snapshot(ctx, c, func(tx pgx.Tx) error {
			if at, _, err = revision(ctx, tx); err != nil {
				return err
			}
			docs, err = list(ctx, tx, prefix)
			return err
		})
	})
	return docs, at, err
}

// revision returns the last revision, and the last of which deletions are not
// known any more.
func revision(ctx context.Context, q querier) (rev, pruned store.Revision, err error) {
	err = q.QueryRow(ctx, `SELECT (SELECT value FROM meta WHERE name = 'revision'), (SELECT value FROM meta WHERE name = 'pruned')`).Scan(&rev, &pruned)
	return rev, pruned, err
}

// Since implements feed.Source.
func (s *Store) Since(ctx context.Context, prefix string, after store.Revision) (b feed.Batch, err error) {
	err = s.read(ctx, func(ctx context.Context, c *pgx.Conn) error {
		return snapshot(ctx, c, func(tx pgx.Tx) error {
			b, err = since(ctx, tx, prefix, after)
			return err
		})
	})
	return b, err
}

func since(ctx context.Context, tx pgx.Tx, prefix string, after store.Revision) (b feed.Batch, err error) {
	now, pruned, err := revision(ctx, tx)
	if err != nil {
		return b, err
	}
	if after < pruned {
		return b, feed.ErrPruned
	}
	return changes(ctx, tx, prefix, after, now)
}

// changes returns a batch of what was done to documents after a revision, of
// those up to now.
func changes(ctx context.Context, tx pgx.Tx, prefix string, after, now store.Revision) (b feed.Batch, err error) {
	if b.Through, err = lastOfBatch(ctx, tx, prefix, after); err != nil {
		return b, err
	}
	b.Partial = b.Through != 0
	if !b.Partial {
		b.Through = now
	}
	where, args := under("key", prefix, 3)
	args = append([]any{after, b.Through}, args...)
	rows, err := tx.Query(ctx, `SELECT key, rev, value FROM docs WHERE rev > $1 AND rev <= $2 AND `+where+`
		UNION ALL SELECT key, rev, NULL FROM tombs WHERE rev > $1 AND rev <= $2 AND `+where, args...)
	if err != nil {
		return b, err
	}
	b.Events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (store.Event, error) {
		d, err := scanDocument(row)
		return store.Event{Document: d, Deleted: d.Value == nil}, err
	})
	slices.SortFunc(b.Events, func(x, y store.Event) int {
		return cmp.Or(cmp.Compare(x.Rev, y.Rev), cmp.Compare(x.Key, y.Key))
	})
	return b, err
}

// lastOfBatch returns the revision after which a batch is large enough, or 0 if
// all there is fits one.
func lastOfBatch(ctx context.Context, tx pgx.Tx, prefix string, after store.Revision) (last store.Revision, err error) {
	where, args := under("key", prefix, 4)
	args = append([]any{after, batchRows, batchBytes}, args...)
	err = tx.QueryRow(ctx, `SELECT coalesce(min(rev), 0) FROM (
			SELECT rev, sum(length(value)) OVER (ORDER BY rev ROWS UNBOUNDED PRECEDING) AS total,
				row_number() OVER (ORDER BY rev) AS n
			FROM (SELECT rev, value FROM docs WHERE rev > $1 AND `+where+` ORDER BY rev LIMIT $2) d
		) x WHERE (total > $3 OR n = $2)
		AND EXISTS (SELECT 1 FROM docs WHERE docs.rev > x.rev AND `+where+`)`, args...).Scan(&last)
	return last, err
}
