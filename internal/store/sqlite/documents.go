package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/feed"
)

// Get implements store.Documents.
func (s *Store) Get(ctx context.Context, key string) (store.Document, error) {
	d := store.Document{Key: key}
	err := s.readers.with(ctx, func(c *conn) error {
		return c.row(`SELECT rev, value FROM docs WHERE key = ?`, []byte(key)).Scan(&d.Rev, &d.Value)
	})
	d.Value = present(d.Value)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Document{}, fmt.Errorf("get document %q: %w", key, err)
	}
	return d, nil
}

// List implements store.Documents.
func (s *Store) List(ctx context.Context, prefix string) (docs []store.Document, err error) {
	err = s.readers.with(ctx, func(c *conn) error {
		docs, err = list(ctx, c, prefix)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list documents %q: %w", prefix, err)
	}
	return docs, nil
}

func list(ctx context.Context, c *conn, prefix string) ([]store.Document, error) {
	where, args := under("key", prefix)
	rows, err := c.query(`SELECT key, rev, value FROM docs WHERE `+where+` ORDER BY key`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var docs []store.Document
	for rows.Next() {
		d, err := scanDocument(rows)
		if err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		docs = append(docs, d)
	}
	return docs, rows.Err()
}

func scanDocument(rows *sql.Rows) (d store.Document, err error) {
	var key sql.RawBytes
	err = rows.Scan(&key, &d.Rev, &d.Value)
	d.Key, d.Value = string(key), present(d.Value)
	return d, err
}

// present makes the empty value that the driver gives as nil.
func present(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// under is the condition that a column starts with prefix.
func under(column, prefix string) (where string, args []any) {
	end, ok := store.PrefixEnd(prefix)
	if !ok {
		return column + ` >= ?`, []any{[]byte(prefix)}
	}
	return column + ` >= ? AND ` + column + ` < ?`, []any{[]byte(prefix), []byte(end)}
}

// Commit implements store.Documents.
func (s *Store) Commit(ctx context.Context, changes ...store.Change) (store.Revision, error) {
	if err := store.Validate(changes); err != nil {
		return 0, err
	}
	var rev store.Revision
	o := &op{}
	for _, c := range changes {
		o.size += len(c.Value)
	}
	o.apply = func(t *tx) (err error) {
		rev, o.refused, err = t.commit(changes)
		return err
	}
	if err := s.write(ctx, o); err != nil {
		return 0, err
	}
	return rev, nil
}

// commit compares everything, then writes.
func (t *tx) commit(changes []store.Change) (rev store.Revision, refused, err error) {
	ids := make([]int64, len(changes))
	for i, c := range changes {
		id, rev, err := t.find(c.Key)
		if err != nil {
			return 0, nil, err
		}
		if c.If != store.Any && c.If != rev {
			return 0, &store.ConflictError{Key: c.Key, Want: c.If, Have: rev}, nil
		}
		ids[i] = id
	}
	var events []store.Event
	for i, c := range changes {
		if c.Check || c.Value == nil && ids[i] == 0 {
			continue
		}
		e := store.Event{Document: store.Document{Key: c.Key, Rev: t.rev + 1}}
		if err := t.change(c, ids[i], e.Rev); err != nil {
			return 0, nil, err
		}
		if c.Value == nil {
			e.Deleted = true
			t.tombs++
		} else {
			e.Value = slices.Clone(c.Value) // the caller's to reuse
		}
		events = append(events, e)
	}
	t.publish(events)
	return t.rev, nil, nil
}

// publish ends a commit that made events.
func (t *tx) publish(events []store.Event) {
	if len(events) > 0 {
		t.rev++
		t.commits = append(t.commits, feed.Commit{Rev: t.rev, Events: events})
	}
}

// find returns the row and revision of a document, or zeros.
func (t *tx) find(key string) (id int64, rev store.Revision, err error) {
	err = t.row(`SELECT id, rev FROM docs WHERE key = ?`, []byte(key)).Scan(&id, &rev)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil
	}
	return id, rev, err
}

// change writes one document; id is its row, or 0 for a new one.
func (t *tx) change(c store.Change, id int64, rev store.Revision) error {
	switch {
	case c.Value == nil:
		if err := t.exec(`DELETE FROM docs WHERE id = ?`, id); err != nil {
			return err
		}
		return t.exec(`INSERT OR REPLACE INTO tombs VALUES (?, ?)`, []byte(c.Key), int64(rev))
	case id != 0:
		return t.exec(`UPDATE docs SET rev = ?, value = ? WHERE id = ?`, int64(rev), c.Value, id)
	}
	if err := t.exec(`INSERT INTO docs (key, rev, value) VALUES (?, ?, ?)`, []byte(c.Key), int64(rev), c.Value); err != nil {
		return err
	}
	return t.exec(`DELETE FROM tombs WHERE key = ?`, []byte(c.Key))
}

// Watch implements store.Documents.
func (s *Store) Watch(ctx context.Context, prefix string) (<-chan store.Event, error) {
	if err := s.isClosed(); err != nil {
		return nil, err
	}
	return s.feed.Watch(ctx, prefix)
}
