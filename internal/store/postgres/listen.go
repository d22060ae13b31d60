package postgres

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lambdagate/lambdagate/internal/store/feed"
)

// What a notification says: newDocuments, or newJobs with the queue's name in
// hexadecimal.
const (
	newDocuments = "d"
	newJobs      = "q"
)

func (s *Store) channel() string { return "lambdagate_" + s.config.Schema }

// hint lets follow look for what is new.
func (s *Store) hint() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// listen keeps a connection that gets notifications. They are hints: what is
// missed while there is none is found by the clock.
func (s *Store) listen() {
	for wait := firstRetry; s.ctx.Err() == nil; wait = min(2*wait, lastRetry) {
		start := time.Now()
		err := s.listenOnce()
		if time.Since(start) > lastRetry {
			wait = firstRetry
		}
		if s.ctx.Err() == nil {
			slog.Warn("no notifications from the database", "err", err)
			sleep(s.ctx, wait)
		}
	}
}

func (s *Store) listenOnce() error {
	ctx, cancel := context.WithTimeout(s.ctx, s.config.Timeout)
	defer cancel()
	c, err := pgx.ConnectConfig(ctx, s.pool.config.Copy())
	if err != nil {
		return err
	}
	defer shut(c)
	if _, err := c.Exec(ctx, `LISTEN `+pgx.Identifier{s.channel()}.Sanitize()); err != nil {
		return err
	}
	s.hint() // for what came before
	s.queues.wakeAll()
	for {
		n, err := c.WaitForNotification(s.ctx)
		if err != nil {
			return err
		}
		s.notified(n.Payload)
	}
}

func (s *Store) notified(payload string) {
	if payload == newDocuments {
		s.hint()
		return
	}
	if name, ok := strings.CutPrefix(payload, newJobs); ok {
		if queue, err := hex.DecodeString(name); err == nil {
			s.queues.wake(string(queue))
		}
	}
}

// follow publishes what other nodes commit.
func (s *Store) follow() {
	t := time.NewTicker(pollEvery)
	defer t.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.news:
		case <-t.C:
		}
		if err := s.catchUp(); err != nil && s.ctx.Err() == nil {
			slog.Warn("changes are not read from the database", "err", err)
		}
	}
}

// catchUp reads and publishes everything behind the head of the feed.
func (s *Store) catchUp() error {
	for {
		ctx, cancel := context.WithTimeout(s.ctx, s.config.Timeout)
		behind, err := s.behind(ctx)
		if err != nil || !behind {
			cancel()
			return err
		}
		b, err := s.Since(ctx, "", s.feed.Head())
		cancel()
		if errors.Is(err, feed.ErrPruned) {
			return s.skip()
		}
		if err != nil {
			return err
		}
		s.feed.Publish(commitsOf(b)...)
		if !b.Partial {
			return nil
		}
	}
}

// behind says whether the database has commits that the feed does not.
func (s *Store) behind(ctx context.Context) (behind bool, err error) {
	err = s.read(ctx, func(ctx context.Context, c *pgx.Conn) error {
		rev, _, err := revision(ctx, c)
		behind = rev > s.feed.Head()
		return err
	})
	return behind, err
}

// skip leaves it to each watcher to find out what it missed.
func (s *Store) skip() error {
	ctx, cancel := context.WithTimeout(s.ctx, s.config.Timeout)
	defer cancel()
	return s.read(ctx, func(ctx context.Context, c *pgx.Conn) error {
		rev, _, err := revision(ctx, c)
		if err == nil {
			s.feed.Skip(rev)
		}
		return err
	})
}

// commitsOf puts events of one revision together.
func commitsOf(b feed.Batch) (commits []feed.Commit) {
	for _, e := range b.Events {
		if n := len(commits); n == 0 || commits[n-1].Rev != e.Rev {
			commits = append(commits, feed.Commit{Rev: e.Rev})
		}
		c := &commits[len(commits)-1]
		c.Events = append(c.Events, e)
	}
	return commits
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
