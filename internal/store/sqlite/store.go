package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/blobdir"
	"github.com/lambdagate/lambdagate/internal/store/feed"
)

// Config says where a store is and what it may use. The zero value is a store
// in memory.
type Config struct {
	// Dir is the folder of the store; it is made if need be. Empty: in memory.
	Dir string
	// LogBytes bounds the stored log lines; the oldest are dropped first. 0: 1 GiB
	// in a folder, 64 MiB in memory.
	LogBytes int64
	// AuditBytes bounds the lines of audit groups likewise, apart from the others.
	AuditBytes int64
	// LogBuffer bounds the log lines that wait to be written, in bytes. 0: 8 MiB.
	LogBuffer int
	// Readers bounds the connections that read at the same time. 0: 4.
	Readers int
}

// blobs is what blobdir.Dir and blobdir.Memory have in common.
type blobs interface {
	Put(ctx context.Context, r io.Reader) (digest string, size int64, err error)
	Open(digest string) (io.ReadCloser, error)
	Delete(digest string) error
	List() ([]string, error)
	Copy(ctx context.Context, to string) error
}

// Store implements store.Store.
type Store struct {
	config  Config
	lock    *os.File // nil in memory
	readers *pool
	writer  *writer
	feed    *feed.Feed
	queues  *queues
	blobs   blobs
	logs    *segments
	now     func() time.Time

	closing chan struct{} // closed first
	once    sync.Once
	closed  error

	// deletes is held by whoever removes blobs, and by a backup.
	deletes chan struct{}
}

var _ store.Store = (*Store)(nil)

// Open opens the store, or makes a new one. It fails with a clear error when
// another process has the folder open, or when the folder was written by a
// newer version of the program.
func Open(ctx context.Context, c Config) (*Store, error) {
	return open(ctx, c, migrations)
}

func open(ctx context.Context, c Config, steps []migration) (_ *Store, err error) {
	s := &Store{config: c, now: time.Now, closing: make(chan struct{}), deletes: make(chan struct{}, 1)}
	var undo []func()
	defer func() {
		for i := len(undo) - 1; err != nil && i >= 0; i-- {
			undo[i]()
		}
	}()
	if c.Dir != "" {
		if err := os.MkdirAll(c.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("make data folder: %w", err)
		}
		if s.lock, err = lockDir(c.Dir); err != nil {
			return nil, err
		}
		undo = append(undo, func() { s.lock.Close() })
	}
	wc, err := s.connect(ctx, true)
	if err != nil {
		return nil, s.openError(err)
	}
	undo = append(undo, func() { wc.close() })
	head, err := migrate(wc, steps)
	if err != nil {
		return nil, s.openError(err)
	}
	if err := s.openFiles(ctx); err != nil {
		return nil, err
	}
	s.readers = s.newPool(wc)
	s.feed = feed.New(s, head, false)
	s.queues = newQueues(s)
	s.writer = newWriter(s, wc, head)
	go s.writer.run()
	return s, nil
}

func (s *Store) openError(err error) error {
	if s.config.Dir == "" {
		return fmt.Errorf("open store in memory: %w", err)
	}
	return fmt.Errorf("open store in %s: %w", s.config.Dir, err)
}

// openFiles opens what is kept beside the database.
func (s *Store) openFiles(ctx context.Context) (err error) {
	if s.config.Dir == "" {
		s.blobs = new(blobdir.Memory)
	} else if s.blobs, err = blobdir.Open(filepath.Join(s.config.Dir, "blobs"), false); err != nil {
		return s.openError(err)
	}
	if s.logs, err = openSegments(ctx, s.config); err != nil {
		return s.openError(err)
	}
	if s.config.Dir == "" {
		return nil
	}
	// SQLite syncs the names of its journals, not that of a new database.
	if err := errors.Join(blobdir.SyncDir(s.config.Dir), blobdir.SyncDir(filepath.Dir(s.config.Dir))); err != nil {
		s.logs.Close()
		return s.openError(err)
	}
	return nil
}

// connect opens one connection to the database.
func (s *Store) connect(ctx context.Context, write bool) (*conn, error) {
	q := url.Values{"_pragma": {"busy_timeout(10000)", "temp_store(MEMORY)"}}
	if s.config.Dir == "" {
		return newConn(ctx, "file::memory:?"+q.Encode())
	}
	if write {
		q.Add("_pragma", "journal_mode(WAL)")
		q.Add("_pragma", "synchronous(FULL)")
		q.Add("_pragma", "cache_size(-4096)")            // KiB
		q.Add("_pragma", "wal_autocheckpoint(2000)")     // pages
		q.Add("_pragma", "journal_size_limit(67108864)") // bytes kept of the WAL after a burst
	} else {
		q.Add("_pragma", "query_only(1)")
		q.Add("_pragma", "cache_size(-1024)")
	}
	path, err := filepath.Abs(filepath.Join(s.config.Dir, "store.db"))
	if err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	return newConn(ctx, u.String())
}

// newPool makes the pool of readers. In memory there is one connection for
// everything, which the writer borrows.
func (s *Store) newPool(wc *conn) *pool {
	if s.config.Dir == "" {
		return newPool(1, s.closing, func(context.Context) (*conn, error) { return wc, nil })
	}
	n := s.config.Readers
	if n <= 0 {
		n = 4
	}
	return newPool(n, s.closing, func(ctx context.Context) (*conn, error) { return s.connect(ctx, false) })
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.once.Do(func() { s.closed = s.shutdown() })
	return s.closed
}

func (s *Store) shutdown() error {
	close(s.closing)
	s.feed.Close()
	<-s.writer.done
	errs := []error{s.logs.Close()}
	errs = append(errs, s.readers.close()) // in memory, this is the writer's too
	if s.config.Dir != "" {
		errs = append(errs, s.writer.conn.close(), s.lock.Close())
	}
	return errors.Join(errs...)
}

// isClosed returns store.ErrClosed once Close was called.
func (s *Store) isClosed() error {
	select {
	case <-s.closing:
		return store.ErrClosed
	default:
		return nil
	}
}
