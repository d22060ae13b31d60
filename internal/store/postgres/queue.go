package postgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lambdagate/lambdagate/internal/store"
)

// nowNanos is the time of the database, which is the same for all nodes.
const nowNanos = `(extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 1000`

// jobOp is one call that changes jobs. queue adds its statements to a batch.
type jobOp struct {
	call
	queue func(b *pgx.Batch, o *jobOp)
	woken string // the queue that has new jobs, if wakes is set
	wakes bool
}

// runJobs does operations on jobs in one transaction, in one round trip.
func (s *Store) runJobs(ctx context.Context, ops []*jobOp) error {
	b := &pgx.Batch{}
	wake := map[string]bool{}
	for _, o := range ops {
		o.refused = nil
		o.queue(b, o)
		if o.wakes {
			wake[o.woken] = true
		}
	}
	for queue := range wake {
		b.Queue(`SELECT pg_notify($1, $2)`, s.channel(), newJobs+hex.EncodeToString([]byte(queue)))
	}
	err := s.pool.with(ctx, func(ctx context.Context, c *pgx.Conn) error {
		return c.SendBatch(ctx, b).Close() // a batch is a transaction
	})
	if err != nil {
		return err
	}
	for queue := range wake {
		s.queues.wake(queue)
	}
	return nil
}

// Enqueue implements store.Queue.
func (s *Store) Enqueue(ctx context.Context, queue string, jobs ...*store.Job) error {
	if len(jobs) == 0 {
		return s.isClosed()
	}
	for _, j := range jobs {
		if len(j.Body) > store.MaxValue {
			return fmt.Errorf("enqueue %s: body has %d bytes, more than %d", queue, len(j.Body), store.MaxValue)
		}
	}
	filled := make([]store.Job, len(jobs))
	o := &jobOp{woken: queue, wakes: true, queue: func(b *pgx.Batch, _ *jobOp) {
		for i, j := range jobs {
			insert(b, queue, j, &filled[i])
		}
	}}
	if err := s.jobs.do(ctx, o); err != nil {
		return err
	}
	for i, j := range jobs {
		j.ID, j.Queue, j.Enqueued, j.NotBefore = filled[i].ID, queue, filled[i].Enqueued, filled[i].NotBefore
	}
	return nil
}

func insert(b *pgx.Batch, queue string, j, filled *store.Job) {
	body := j.Body
	if body == nil {
		body = []byte{}
	}
	b.Queue(`INSERT INTO jobs (queue, visible, due, enqueued, attempts, body)
		SELECT $1, coalesce($2, now), coalesce($2, now), coalesce($3, now), $4, $5 FROM (SELECT `+nowNanos+` AS now) x
		RETURNING id, due, enqueued`, []byte(queue), nanos(j.NotBefore), nanos(j.Enqueued), j.Attempts, body).
		QueryRow(func(row pgx.Row) error {
			var id, due, enqueued int64
			err := row.Scan(&id, &due, &enqueued)
			filled.ID, filled.NotBefore, filled.Enqueued = strconv.FormatInt(id, 10), time.Unix(0, due), time.Unix(0, enqueued)
			return err
		})
}

// nanos is nil for the zero time, which stands for now.
func nanos(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return new(t.UnixNano())
}

// Lease implements store.Queue.
func (s *Store) Lease(ctx context.Context, queue string, max int, d time.Duration) ([]store.Job, error) {
	if max <= 0 {
		return nil, s.isClosed()
	}
	jobs, err := s.lease(ctx, queue, max, d)
	if err != nil && s.ctx.Err() != nil {
		return nil, store.ErrClosed
	}
	if err != nil {
		return nil, fmt.Errorf("lease from %s: %w", queue, err)
	}
	return jobs, nil
}

// lease waits its turn: one consumer of a queue asks the database at a time, the
// others wait behind it.
func (s *Store) lease(ctx context.Context, queue string, max int, d time.Duration) ([]store.Job, error) {
	if err := s.isClosed(); err != nil {
		return nil, err
	}
	q := s.queues.get(queue)
	select {
	case q.turn <- struct{}{}:
		defer func() { <-q.turn }()
	case <-ctx.Done():
		return nil, nil
	case <-s.ctx.Done():
		return nil, store.ErrClosed
	}
	for ctx.Err() == nil {
		jobs, wait, err := s.take(ctx, queue, max, d)
		if len(jobs) > 0 || err != nil {
			return jobs, err
		}
		if err := s.await(ctx, q, wait); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// await waits until a job may be due.
func (s *Store) await(ctx context.Context, q *queue, wait time.Duration) error {
	t := time.NewTimer(min(wait, pollEvery))
	defer t.Stop()
	select {
	case <-t.C:
	case <-q.news:
	case <-ctx.Done():
	case <-s.ctx.Done():
		return store.ErrClosed
	}
	return nil
}

// take leases jobs that are due, or returns the time until one may be. What is
// begun is finished although ctx ends: a lease that nobody knows of would hold
// the jobs up.
func (s *Store) take(ctx context.Context, queue string, max int, d time.Duration) (jobs []store.Job, wait time.Duration, err error) {
	if err := s.isClosed(); err != nil {
		return nil, 0, err
	}
	lease := rand.Text()
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.Timeout)
	defer cancel()
	err = s.pool.with(bounded, func(ctx context.Context, c *pgx.Conn) error {
		rows, err := c.Query(ctx, `WITH taken AS (
				UPDATE jobs SET lease = $3, visible = `+nowNanos+` + $4 WHERE id IN (
					SELECT id FROM jobs WHERE queue = $1 AND visible <= `+nowNanos+`
					ORDER BY visible, id LIMIT $2 FOR UPDATE SKIP LOCKED)
				RETURNING id, due, enqueued, attempts, body)
			SELECT * FROM taken ORDER BY due, id`, []byte(queue), max, lease, d.Nanoseconds())
		if err != nil {
			return err
		}
		jobs, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (store.Job, error) {
			j := store.Job{Queue: queue, Lease: lease}
			var id, due, enqueued int64
			err := row.Scan(&id, &due, &enqueued, &j.Attempts, &j.Body)
			j.ID, j.NotBefore, j.Enqueued = strconv.FormatInt(id, 10), time.Unix(0, due), time.Unix(0, enqueued)
			return j, err
		})
		if err != nil || len(jobs) > 0 {
			return err
		}
		var left *int64
		err = c.QueryRow(ctx, `SELECT min(visible) - `+nowNanos+` FROM jobs WHERE queue = $1`, []byte(queue)).Scan(&left)
		wait = math.MaxInt64
		if left != nil {
			wait = time.Duration(*left)
			if wait < 0 {
				wait = 0
			}
		}
		return err
	})
	return jobs, wait, err
}

// Done implements store.Queue.
func (s *Store) Done(ctx context.Context, job store.Job) error {
	return s.finish(ctx, job, false, `DELETE FROM jobs WHERE id = $1 AND lease = $2 RETURNING id`)
}

// Retry implements store.Queue.
func (s *Store) Retry(ctx context.Context, job store.Job, notBefore time.Time, body []byte) error {
	if len(body) > store.MaxValue {
		return fmt.Errorf("retry job %s: body has %d bytes, more than %d", job.ID, len(body), store.MaxValue)
	}
	return s.finish(ctx, job, true, `UPDATE jobs SET lease = NULL, attempts = attempts + 1,
		due = coalesce($3::bigint, `+nowNanos+`), visible = coalesce($3::bigint, `+nowNanos+`), body = coalesce($4::bytea, body)
		WHERE id = $1 AND lease = $2 RETURNING id`, nanos(notBefore), body)
}

// Extend implements store.Queue.
func (s *Store) Extend(ctx context.Context, job store.Job, d time.Duration) error {
	return s.finish(ctx, job, true, `UPDATE jobs SET visible = `+nowNanos+` + $3::bigint WHERE id = $1 AND lease = $2 RETURNING id`, d.Nanoseconds())
}

// finish changes a leased job by a statement that returns a row if the lease is
// good.
func (s *Store) finish(ctx context.Context, job store.Job, wakes bool, sql string, args ...any) error {
	id, err := strconv.ParseInt(job.ID, 10, 64)
	if err != nil {
		id = 0 // no job has it
	}
	args = append([]any{id, job.Lease}, args...)
	err = s.jobs.do(ctx, &jobOp{woken: job.Queue, wakes: wakes, queue: func(b *pgx.Batch, o *jobOp) {
		b.Queue(`WITH changed AS (`+sql+`)
			SELECT EXISTS (SELECT 1 FROM changed), EXISTS (SELECT 1 FROM jobs WHERE id = $1)`, args...).
			QueryRow(func(row pgx.Row) error {
				var changed, there bool
				err := row.Scan(&changed, &there)
				switch {
				case !changed && there:
					o.refused = store.ErrConflict
				case !changed:
					o.refused = store.ErrNotFound
				}
				return err
			})
	}})
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("job %s of %s: %w", job.ID, job.Queue, err)
	}
	return err
}

// Pending implements store.Queue.
func (s *Store) Pending(ctx context.Context, queue string) (n int, err error) {
	err = s.read(ctx, func(ctx context.Context, c *pgx.Conn) error {
		return c.QueryRow(ctx, `SELECT count(*) FROM jobs WHERE queue = $1`, []byte(queue)).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("count jobs of %s: %w", queue, err)
	}
	return n, nil
}

// queues are those that consumers of this node wait for.
type queues struct {
	mu    sync.Mutex
	named map[string]*queue
}

// queue is one of them.
type queue struct {
	turn chan struct{} // capacity 1: held by the consumer that asks
	news chan struct{} // capacity 1: ask again
}

func (q *queues) get(name string) *queue {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.named == nil {
		q.named = map[string]*queue{}
	}
	if q.named[name] == nil {
		q.named[name] = &queue{make(chan struct{}, 1), make(chan struct{}, 1)}
	}
	return q.named[name]
}

func (q *queues) wake(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if k := q.named[name]; k != nil {
		k.wake()
	}
}

func (q *queues) wakeAll() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, k := range q.named {
		k.wake()
	}
}

func (k *queue) wake() {
	select {
	case k.news <- struct{}{}:
	default:
	}
}
