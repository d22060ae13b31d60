package sqlite

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/lambdagate/lambdagate/internal/store"
)

// A migration takes the database from one schema version to the next. It runs
// inside a transaction.
type migration struct {
	name  string
	apply func(c *conn) error
}

// migrations lead to the current schema: the first makes version 1 of nothing,
// the next one version 2, and so on. They are never changed once released.
var migrations = []migration{
	{"documents, jobs and counters", statements(
		`CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID`,
		`INSERT INTO meta VALUES ('schema', 0), ('revision', 0)`,
		// Keys are blobs: compared byte by byte, and any bytes will do.
		`CREATE TABLE docs (id INTEGER PRIMARY KEY, key BLOB NOT NULL, rev INTEGER NOT NULL, value BLOB NOT NULL)`,
		`CREATE UNIQUE INDEX docs_key ON docs (key)`,
		`CREATE INDEX docs_rev ON docs (rev)`,
		// What was deleted, for watchers that reread by revision.
		`CREATE TABLE tombs (key BLOB PRIMARY KEY, rev INTEGER NOT NULL) WITHOUT ROWID`,
		`CREATE INDEX tombs_rev ON tombs (rev)`,
		// Times are nanoseconds since the epoch.
		`CREATE TABLE jobs (id INTEGER PRIMARY KEY, queue BLOB NOT NULL, due INTEGER NOT NULL,
			enqueued INTEGER NOT NULL, attempts INTEGER NOT NULL, body BLOB NOT NULL)`,
		`CREATE INDEX jobs_due ON jobs (queue, due, id)`,
		`CREATE TABLE counters (name BLOB PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID`,
	)},
}

func statements(list ...string) func(*conn) error {
	return func(c *conn) error {
		for _, s := range list {
			if err := c.exec(s); err != nil {
				return err
			}
		}
		return nil
	}
}

// migrate brings the database to the newest schema and returns the revision of
// its documents.
func migrate(c *conn, steps []migration) (store.Revision, error) {
	have, err := schemaVersion(c)
	if err != nil {
		return 0, err
	}
	if have > len(steps) {
		return 0, fmt.Errorf("its schema is version %d and this program knows %d: it was written by a newer version", have, len(steps))
	}
	if have < len(steps) {
		if err := c.transact(func() error { return climb(c, steps, have) }); err != nil {
			return 0, err
		}
	}
	// Deletions are kept for watchers only, and none has lived until now.
	var tombs int64
	if err := c.row(`SELECT count(*) FROM (SELECT 1 FROM tombs LIMIT 1)`).Scan(&tombs); err != nil {
		return 0, err
	}
	if tombs > 0 {
		if err := c.exec(`DELETE FROM tombs`); err != nil {
			return 0, err
		}
	}
	var head int64
	err = c.row(`SELECT value FROM meta WHERE name = 'revision'`).Scan(&head)
	return store.Revision(head), err
}

func climb(c *conn, steps []migration, have int) error {
	for ; have < len(steps); have++ {
		if err := steps[have].apply(c); err != nil {
			return fmt.Errorf("migrate to version %d (%s): %w", have+1, steps[have].name, err)
		}
	}
	return c.exec(`UPDATE meta SET value = ? WHERE name = 'schema'`, have)
}

// schemaVersion returns 0 for a new database.
func schemaVersion(c *conn) (int, error) {
	var name string
	err := c.row(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'meta'`).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var v int
	err = c.row(`SELECT value FROM meta WHERE name = 'schema'`).Scan(&v)
	return v, err
}
