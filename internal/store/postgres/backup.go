package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/sqlite"
)

// Backup implements store.Store. It writes what the database shows at one moment
// as a folder that package sqlite opens. Revisions, identities of jobs and times
// of ingestion are new there.
func (s *Store) Backup(ctx context.Context, dir string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("back up to %s: it exists already", dir)
	}
	s.flushed(ctx)
	to, err := sqlite.Open(ctx, sqlite.Config{Dir: dir, LogBytes: 1 << 50, AuditBytes: 1 << 50})
	if err == nil {
		err = s.pool.with(ctx, func(ctx context.Context, c *pgx.Conn) error {
			return snapshot(ctx, c, func(tx pgx.Tx) error { return copyTo(ctx, tx, to) })
		})
		err = errors.Join(err, to.Close())
	}
	if err != nil {
		_ = os.RemoveAll(dir)
		return fmt.Errorf("back up to %s: %w", dir, err)
	}
	return nil
}

func copyTo(ctx context.Context, tx pgx.Tx, to store.Store) error {
	for _, step := range []func(context.Context, pgx.Tx, store.Store) error{
		copyBlobs, copyDocuments, copyJobs, copyCounters, copyLogs,
	} {
		if err := step(ctx, tx, to); err != nil {
			return err
		}
	}
	return nil
}

// copyBlobs copies the blobs that the snapshot has, those deleted since included.
func copyBlobs(ctx context.Context, tx pgx.Tx, to store.Store) error {
	digests, err := listBlobs(ctx, tx)
	if err != nil {
		return err
	}
	for _, digest := range digests {
		if _, _, err := to.PutBlob(ctx, &txDownload{ctx: ctx, tx: tx, digest: digest}); err != nil {
			return fmt.Errorf("blob %s: %w", digest, err)
		}
	}
	return nil
}

// txDownload reads a blob within a transaction.
type txDownload struct {
	ctx    context.Context
	tx     pgx.Tx
	digest string
	n      int
	rest   []byte
}

// Read implements io.Reader.
func (d *txDownload) Read(p []byte) (int, error) {
	if len(d.rest) == 0 {
		err := d.tx.QueryRow(d.ctx, `SELECT data FROM chunks WHERE digest = $1 AND n = $2`, d.digest, d.n).Scan(&d.rest)
		if errors.Is(err, pgx.ErrNoRows) {
			return 0, io.EOF
		}
		if err != nil {
			return 0, err
		}
		d.n++
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

func copyDocuments(ctx context.Context, tx pgx.Tx, to store.Store) error {
	now, _, err := revision(ctx, tx)
	if err != nil {
		return err
	}
	for after := store.Revision(0); ; {
		b, err := changes(ctx, tx, "", after, now)
		if err != nil {
			return err
		}
		var puts []store.Change
		for _, e := range b.Events {
			if !e.Deleted {
				puts = append(puts, store.Put(e.Key, 0, e.Value))
			}
		}
		if _, err := to.Commit(ctx, puts...); err != nil {
			return err
		}
		if after = b.Through; !b.Partial {
			return nil
		}
	}
}

func copyJobs(ctx context.Context, tx pgx.Tx, to store.Store) error {
	for after := int64(0); ; {
		rows, err := tx.Query(ctx, `SELECT id, queue, due, enqueued, attempts, body FROM jobs WHERE id > $1 ORDER BY id LIMIT 100`, after)
		if err != nil {
			return err
		}
		jobs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (j store.Job, err error) {
			var due, enqueued int64
			var queue []byte
			err = row.Scan(&after, &queue, &due, &enqueued, &j.Attempts, &j.Body)
			j.ID, j.Queue = strconv.FormatInt(after, 10), string(queue)
			j.NotBefore, j.Enqueued = time.Unix(0, due), time.Unix(0, enqueued)
			return j, err
		})
		if err != nil || len(jobs) == 0 {
			return err
		}
		for i := range jobs {
			if err := to.Enqueue(ctx, jobs[i].Queue, &jobs[i]); err != nil {
				return err
			}
		}
	}
}

func copyCounters(ctx context.Context, tx pgx.Tx, to store.Store) error {
	all, err := counters(ctx, tx, "")
	if err != nil {
		return err
	}
	return to.AddCounters(ctx, all)
}

// copyLogs copies lines in the order of their identities.
func copyLogs(ctx context.Context, tx pgx.Tx, to store.Store) error {
	if _, err := tx.Exec(ctx, `DECLARE lines NO SCROLL CURSOR FOR SELECT grp, stream, time, message FROM log_lines ORDER BY id`); err != nil {
		return err
	}
	for {
		rows, err := tx.Query(ctx, `FETCH 500 FROM lines`)
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (x store.LogLine, err error) {
			var group, stream, message []byte
			err = row.Scan(&group, &stream, &x.Time, &message)
			x.Group, x.Stream, x.Message = string(group), string(stream), string(message)
			return x, err
		})
		if err != nil || len(lines) == 0 {
			return err
		}
		if err := to.Append(ctx, true, lines...); err != nil {
			return err
		}
	}
}

// Reset implements store.Store.
func (s *Store) Reset(ctx context.Context) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	s.flushed(ctx)
	err := again(ctx, func() error {
		return s.write(ctx, func(ctx context.Context, c *pgx.Conn) error {
			return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return s.reset(ctx, tx) })
		})
	})
	if err != nil {
		return fmt.Errorf("reset database: %w", err)
	}
	s.cache.clear()
	s.hint()
	return nil
}

func (s *Store) reset(ctx context.Context, tx pgx.Tx) error {
	var rev store.Revision
	if err := tx.QueryRow(ctx, `SELECT value + 1 FROM meta WHERE name = 'revision' FOR UPDATE`).Scan(&rev); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `INSERT INTO tombs (key, rev) SELECT key, $1 FROM docs
		ON CONFLICT (key) DO UPDATE SET rev = excluded.rev, at = now()`, rev)
	if err != nil {
		return err
	}
	if tag.RowsAffected() > 0 {
		if _, err := tx.Exec(ctx, `UPDATE meta SET value = $1 WHERE name = 'revision'`, rev); err != nil {
			return err
		}
	}
	for _, table := range []string{"docs", "jobs", "counters", "blobs", "log_streams", "log_lines"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `SELECT pg_notify($1, $2)`, s.channel(), newDocuments)
	return err
}
