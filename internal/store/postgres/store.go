package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/feed"
)

// Config says which database to use and how.
type Config struct {
	// URL names the database, postgres://user:password@host/database, or as
	// key=value words.
	URL string
	// Schema is where the tables are; it is made if need be. Empty: lambdagate.
	Schema string
	// CacheDir is the folder for copies of blobs. Empty: a temporary one.
	CacheDir string
	// CacheBytes bounds the copies; the least recently used go. 0: 4 GiB.
	CacheBytes int64
	// Conns bounds the connections, apart from one that listens. 0: 8.
	Conns int
	// Timeout bounds each transaction, so that calls fail soon when the database
	// is away. 0: 5 s.
	Timeout time.Duration
	// LogBuffer bounds the log lines that wait to be inserted, in bytes. 0: 8 MiB.
	LogBuffer int
}

func (c *Config) defaults() {
	if c.Schema == "" {
		c.Schema = "lambdagate"
	}
	if c.CacheBytes <= 0 {
		c.CacheBytes = 4 << 30
	}
	if c.Conns <= 0 {
		c.Conns = 8
	}
	if c.Timeout <= 0 {
		c.Timeout = 5 * time.Second
	}
	if c.LogBuffer <= 0 {
		c.LogBuffer = 8 << 20
	}
}

// Intervals of what is done from time to time.
const (
	pollEvery  = 2 * time.Second
	tidyEvery  = 10 * time.Minute
	tombsLive  = 24 * time.Hour
	firstRetry = 50 * time.Millisecond
	lastRetry  = 2 * time.Second
)

// Store implements store.Store.
type Store struct {
	config  Config
	pool    *pool
	feed    *feed.Feed
	commits *batcher[*commit]
	jobs    *batcher[*jobOp]
	queues  queues
	cache   *cache
	logs    *logBuffer
	news    chan struct{} // capacity 1: read what is new

	ctx     context.Context // ends with Close
	stop    context.CancelFunc
	running sync.WaitGroup
	once    sync.Once
	closed  error
}

var _ store.Store = (*Store)(nil)

var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,40}$`)

// Open connects to the database and brings its schema up to date.
func Open(ctx context.Context, c Config) (*Store, error) {
	c.defaults()
	if !schemaName.MatchString(c.Schema) {
		return nil, fmt.Errorf("open database: %q is no name for a schema: lower-case letters, digits and _", c.Schema)
	}
	pc, err := pgx.ParseConfig(c.URL)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err) // pgx leaves the password out
	}
	pc.RuntimeParams["search_path"] = c.Schema
	if pc.RuntimeParams["application_name"] == "" {
		pc.RuntimeParams["application_name"] = "lambdagate"
	}
	if pc.ConnectTimeout == 0 {
		pc.ConnectTimeout = c.Timeout
	}
	s := &Store{config: c, news: make(chan struct{}, 1)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.pool = newPool(pc, c.Conns, s.ctx.Done())
	head, err := s.migrate(ctx, migrations)
	if err == nil {
		s.cache, err = openCache(c.CacheDir, c.CacheBytes)
	}
	if err != nil {
		s.stop()
		s.pool.close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	s.feed = feed.New(s, head, true)
	s.commits = newBatcher(s, s.runCommits)
	s.jobs = newBatcher(s, s.runJobs)
	s.logs = newLogBuffer(s)
	for _, run := range []func(){s.commits.run, s.jobs.run, s.logs.run, s.listen, s.follow, s.tidy} {
		s.running.Go(run)
	}
	return s, nil
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.once.Do(func() {
		s.logs.end() // inserts what is buffered while there are connections
		s.stop()
		s.feed.Close()
		s.running.Wait()
		s.pool.close()
		s.closed = errors.Join(s.logs.failed, s.cache.close())
	})
	return s.closed
}

func (s *Store) isClosed() error {
	if s.ctx.Err() != nil {
		return store.ErrClosed
	}
	return nil
}

func (s *Store) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.isClosed()
}

// background is the context of a transaction that serves several callers.
func (s *Store) background() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(s.ctx), s.config.Timeout)
}

// read runs f with a connection, within the timeout. It is run again when the
// connection turns out to be dead.
func (s *Store) read(ctx context.Context, f func(context.Context, *pgx.Conn) error) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	err := s.pool.with(ctx, f)
	for range 2 {
		if err == nil || ctx.Err() != nil || !lostConnection(err) {
			break
		}
		err = s.pool.with(ctx, f)
	}
	return err
}

// write is read for what must not be run twice.
func (s *Store) write(ctx context.Context, f func(context.Context, *pgx.Conn) error) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	return s.pool.with(ctx, f)
}

// snapshot runs f in a transaction that sees one moment.
func snapshot(ctx context.Context, c *pgx.Conn, f func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, c, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, f)
}

// tidy forgets old deletions from time to time.
func (s *Store) tidy() {
	for t := time.NewTicker(tidyEvery); ; {
		select {
		case <-s.ctx.Done():
			t.Stop()
			return
		case <-t.C:
			_ = s.prune(tombsLive) // the next time will do
		}
	}
}

// prune forgets the deletions of documents that are older than age. A watcher
// that was away for longer compares with a new snapshot.
func (s *Store) prune(age time.Duration) error {
	ctx, cancel := s.background()
	defer cancel()
	return s.write(ctx, func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, `WITH gone AS (DELETE FROM tombs WHERE at <= now() - $1::interval RETURNING rev)
			UPDATE meta SET value = greatest(value, coalesce((SELECT max(rev) FROM gone), 0)) WHERE name = 'pruned'`, age)
		return err
	})
}

func tempDir() (string, error) { return os.MkdirTemp("", "lambdagate-blobs-") }
