package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/blobdir"
	"github.com/lambdagate/lambdagate/internal/store/logsegment"
)

// Backup implements store.Store: dir can be opened as a store. Documents, jobs
// and counters are of one moment; the blobs they name are there.
func (s *Store) Backup(ctx context.Context, dir string) error {
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("back up to %s: it exists already", dir)
	}
	if err := s.lockDeletes(ctx); err != nil {
		return err
	}
	defer s.unlockDeletes()
	if err := s.backup(ctx, dir); err != nil {
		_ = os.RemoveAll(dir)
		return fmt.Errorf("back up to %s: %w", dir, err)
	}
	return nil
}

func (s *Store) backup(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := s.copyDatabase(ctx, filepath.Join(dir, "store.db")); err != nil {
		return err
	}
	if err := s.blobs.Copy(ctx, filepath.Join(dir, "blobs")); err != nil {
		return err
	}
	for name, log := range s.logs.all() {
		if err := log.Copy(ctx, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return errors.Join(blobdir.SyncDir(dir), blobdir.SyncDir(filepath.Dir(dir)))
}

// copyDatabase writes a compact copy while others read and write.
func (s *Store) copyDatabase(ctx context.Context, path string) error {
	into := func(c *conn) error { return c.exec(`VACUUM INTO ?`, path) }
	var err error
	if s.config.Dir == "" {
		err = s.readers.with(ctx, into)
	} else {
		err = s.withWritable(ctx, into)
	}
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// withWritable runs f with a connection of its own that is not bound to reading.
func (s *Store) withWritable(ctx context.Context, f func(*conn) error) error {
	c, err := s.connect(ctx, true)
	if err != nil {
		return err
	}
	return errors.Join(f(c), c.close())
}

// Reset implements store.Store.
func (s *Store) Reset(ctx context.Context) error {
	if err := s.lockDeletes(ctx); err != nil {
		return err
	}
	defer s.unlockDeletes()
	o := &op{apply: (*tx).reset, committed: s.queues.reset}
	if err := s.write(ctx, o); err != nil {
		return err
	}
	digests, err := s.blobs.List()
	for _, digest := range digests {
		err = errors.Join(err, s.blobs.Delete(digest))
	}
	return errors.Join(err, s.logs.each(func(l *logsegment.Log) error { return l.Reset(ctx) }))
}

// reset deletes every row; the revision goes on, so that watchers see it.
func (t *tx) reset() error {
	rows, err := t.query(`SELECT key FROM docs ORDER BY key`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var events []store.Event
	for rows.Next() {
		e := store.Event{Deleted: true}
		if err := rows.Scan(&e.Key); err != nil {
			return err
		}
		e.Rev = t.rev + 1
		events = append(events, e)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	if err := t.exec(`INSERT OR REPLACE INTO tombs SELECT key, ? FROM docs`, int64(t.rev+1)); err != nil {
		return err
	}
	t.tombs += len(events)
	t.publish(events)
	return statements(`DELETE FROM docs`, `DELETE FROM jobs`, `DELETE FROM counters`)(t.conn)
}
