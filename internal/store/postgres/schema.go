package postgres

import (
	"context"
	"fmt"
	"hash/fnv"

	"github.com/jackc/pgx/v5"

	"github.com/lambdagate/lambdagate/internal/store"
)

// migrations lead to the current schema: the first makes version 1 of nothing,
// the next one version 2, and so on. They are never changed once released.
var migrations = []string{
	`-- Keys and names are bytea: compared byte by byte, and any bytes will do.
	-- Times are nanoseconds since the epoch, those of log lines milliseconds.
	CREATE TABLE docs (key bytea PRIMARY KEY, rev bigint NOT NULL, value bytea NOT NULL);
	CREATE INDEX docs_rev ON docs (rev);
	CREATE TABLE tombs (key bytea PRIMARY KEY, rev bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
	CREATE INDEX tombs_rev ON tombs (rev);
	CREATE TABLE jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, queue bytea NOT NULL,
		visible bigint NOT NULL, due bigint NOT NULL, enqueued bigint NOT NULL, attempts int NOT NULL,
		lease text, body bytea NOT NULL);
	CREATE INDEX jobs_visible ON jobs (queue, visible, id);
	-- Compressing takes longer than storing.
	ALTER TABLE docs ALTER value SET STORAGE EXTERNAL;
	ALTER TABLE jobs ALTER body SET STORAGE EXTERNAL;
	CREATE TABLE counters (name bytea PRIMARY KEY, value bigint NOT NULL);
	CREATE TABLE blobs (digest text PRIMARY KEY, size bigint NOT NULL);
	CREATE TABLE chunks (digest text NOT NULL REFERENCES blobs ON DELETE CASCADE, n int NOT NULL,
		data bytea NOT NULL, PRIMARY KEY (digest, n));
	ALTER TABLE chunks ALTER data SET STORAGE EXTERNAL;
	CREATE SEQUENCE log_ids CACHE 1;
	CREATE TABLE log_lines (grp bytea NOT NULL, time bigint NOT NULL, id bigint NOT NULL, stream bytea NOT NULL,
		ingested bigint NOT NULL, message bytea NOT NULL, PRIMARY KEY (grp, time, id));
	CREATE INDEX log_lines_stream ON log_lines (grp, stream, time);
	CREATE TABLE log_streams (grp bytea NOT NULL, stream bytea NOT NULL, first bigint NOT NULL, last bigint NOT NULL,
		ingested bigint NOT NULL, bytes bigint NOT NULL, lines bigint NOT NULL, PRIMARY KEY (grp, stream))`,
}

// migrate brings the schema up to date, one node at a time, and returns the
// revision of the documents.
func (s *Store) migrate(ctx context.Context, steps []string) (head store.Revision, err error) {
	err = s.write(ctx, func(ctx context.Context, c *pgx.Conn) error {
		return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
			head, err = climb(ctx, tx, s.config.Schema, steps)
			return err
		})
	})
	return head, err
}

func climb(ctx context.Context, tx pgx.Tx, schema string, steps []string) (head store.Revision, err error) {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, lockNumber(schema)); err != nil {
		return 0, err
	}
	var there bool
	if err := tx.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, schema+".meta").Scan(&there); err != nil {
		return 0, err
	}
	if !there {
		if _, err := tx.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+pgx.Identifier{schema}.Sanitize()+`;
			CREATE TABLE meta (name text PRIMARY KEY, value bigint NOT NULL);
			INSERT INTO meta VALUES ('schema', 0), ('revision', 0), ('pruned', 0)`); err != nil {
			return 0, err
		}
	}
	var have int
	if err := tx.QueryRow(ctx, `SELECT value FROM meta WHERE name = 'schema'`).Scan(&have); err != nil {
		return 0, err
	}
	if have > len(steps) {
		return 0, fmt.Errorf("schema %s is of version %d and this program knows %d: it was written by a newer version", schema, have, len(steps))
	}
	for i, step := range steps[have:] {
		if _, err := tx.Exec(ctx, step); err != nil {
			return 0, fmt.Errorf("migrate schema %s to version %d: %w", schema, have+i+1, err)
		}
	}
	if have < len(steps) {
		if _, err := tx.Exec(ctx, `UPDATE meta SET value = $1 WHERE name = 'schema'`, len(steps)); err != nil {
			return 0, err
		}
	}
	err = tx.QueryRow(ctx, `SELECT value FROM meta WHERE name = 'revision'`).Scan(&head)
	return head, err
}

// lockNumber is what nodes lock while they migrate a schema.
func lockNumber(schema string) int64 {
	h := fnv.New64a()
	h.Write([]byte("lambdagate/" + schema))
	return int64(h.Sum64())
}
