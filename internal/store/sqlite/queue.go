package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Enqueue implements store.Queue.
func (s *Store) Enqueue(ctx context.Context, queue string, jobs ...*store.Job) error {
	if len(jobs) == 0 {
		return s.isClosed()
	}
	o := &op{}
	for _, j := range jobs {
		if len(j.Body) > store.MaxValue {
			return fmt.Errorf("enqueue %s: body has %d bytes, more than %d", queue, len(j.Body), store.MaxValue)
		}
		o.size += len(j.Body)
	}
	now := s.now()
	rows := make([]row, len(jobs))
	for i, j := range jobs {
		rows[i] = s.queues.row(j, now)
	}
	o.apply = func(t *tx) error { return t.enqueue(queue, rows) }
	o.committed = func() { s.queues.added(queue, rows) }
	if err := s.write(ctx, o); err != nil {
		return err
	}
	for i, j := range jobs {
		rows[i].fill(j)
		j.Queue = queue
	}
	return nil
}

// row is one job as the database has it; times are nanoseconds since the epoch.
type row struct {
	id, due, enqueued int64
	attempts          int
	body              []byte
}

// row gives a job its identity, and defaults to what it leaves open.
func (q *queues) row(j *store.Job, now time.Time) row {
	r := row{id: q.newID(now), enqueued: now.UnixNano(), attempts: j.Attempts, body: j.Body}
	if !j.Enqueued.IsZero() {
		r.enqueued = j.Enqueued.UnixNano()
	}
	r.due = now.UnixNano()
	if !j.NotBefore.IsZero() {
		r.due = j.NotBefore.UnixNano()
	}
	if r.body == nil {
		r.body = []byte{}
	}
	return r
}

func (r row) fill(j *store.Job) {
	j.ID = strconv.FormatInt(r.id, 10)
	j.Enqueued = time.Unix(0, r.enqueued)
	j.NotBefore = time.Unix(0, r.due)
}

func (t *tx) enqueue(queue string, rows []row) error {
	for _, r := range rows {
		err := t.exec(`INSERT INTO jobs (id, queue, due, enqueued, attempts, body) VALUES (?, ?, ?, ?, ?, ?)`,
			r.id, []byte(queue), r.due, r.enqueued, r.attempts, r.body)
		if err != nil {
			return err
		}
	}
	return nil
}

// Lease implements store.Queue. A lease is held in memory: whoever could finish
// the job is in this process, so that it is due again when the process is gone.
func (s *Store) Lease(ctx context.Context, queue string, max int, d time.Duration) ([]store.Job, error) {
	if max <= 0 {
		return nil, s.isClosed()
	}
	jobs, err := s.lease(ctx, queue, max, d)
	if err != nil {
		return nil, fmt.Errorf("lease from %s: %w", queue, err)
	}
	if len(jobs) == 0 {
		s.queues.wakeAnother(queue)
	}
	return jobs, nil
}

func (s *Store) lease(ctx context.Context, queue string, max int, d time.Duration) ([]store.Job, error) {
	for {
		if err := s.isClosed(); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, nil
		}
		taken, wait, err := s.queues.take(queue, max, d)
		if err != nil {
			return nil, err
		}
		if len(taken) == 0 {
			s.queues.wait(ctx, queue, wait)
			continue
		}
		jobs, err := s.load(queue, taken)
		if err != nil {
			s.queues.giveBack(queue, taken)
		}
		if err != nil || len(jobs) > 0 {
			return jobs, err
		}
	}
}

// load reads the jobs that were taken.
func (s *Store) load(queue string, taken []taken) (jobs []store.Job, err error) {
	err = s.readers.with(context.Background(), func(c *conn) error {
		for _, k := range taken {
			r := row{id: k.id}
			err := c.row(`SELECT due, enqueued, attempts, body FROM jobs WHERE id = ?`, k.id).
				Scan(&r.due, &r.enqueued, &r.attempts, &r.body)
			if errors.Is(err, sql.ErrNoRows) {
				s.queues.removed(queue, k.id)
				continue
			}
			if err != nil {
				return err
			}
			j := store.Job{Queue: queue, Body: r.body, Attempts: r.attempts, Lease: k.lease}
			r.fill(&j)
			jobs = append(jobs, j)
		}
		return nil
	})
	return jobs, err
}

// Done implements store.Queue.
func (s *Store) Done(ctx context.Context, job store.Job) error {
	return s.finish(ctx, job, &op{
		apply:     func(t *tx) error { return t.exec(`DELETE FROM jobs WHERE id = ?`, jobID(job)) },
		committed: func() { s.queues.removed(job.Queue, jobID(job)) },
	})
}

// Retry implements store.Queue.
func (s *Store) Retry(ctx context.Context, job store.Job, notBefore time.Time, body []byte) error {
	if len(body) > store.MaxValue {
		return fmt.Errorf("retry job %s: body has %d bytes, more than %d", job.ID, len(body), store.MaxValue)
	}
	due := s.now().UnixNano()
	if !notBefore.IsZero() {
		due = notBefore.UnixNano()
	}
	return s.finish(ctx, job, &op{
		size: len(body),
		apply: func(t *tx) error {
			if body == nil {
				return t.exec(`UPDATE jobs SET due = ?, attempts = attempts + 1 WHERE id = ?`, due, jobID(job))
			}
			return t.exec(`UPDATE jobs SET due = ?, attempts = attempts + 1, body = ? WHERE id = ?`, due, body, jobID(job))
		},
		committed: func() {
			s.queues.removed(job.Queue, jobID(job))
			s.queues.added(job.Queue, []row{{id: jobID(job), due: due}})
		},
	})
}

// finish ends a lease by an operation on the job.
func (s *Store) finish(ctx context.Context, job store.Job, o *op) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if !s.queues.hold(job) {
		return s.notHeld(ctx, job)
	}
	if err := s.write(ctx, o); err != nil {
		s.queues.release(job)
		return err
	}
	return nil
}

// Extend implements store.Queue.
func (s *Store) Extend(ctx context.Context, job store.Job, d time.Duration) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	if !s.queues.extend(job, d) {
		return s.notHeld(ctx, job)
	}
	return nil
}

// notHeld says why a lease is not good.
func (s *Store) notHeld(ctx context.Context, job store.Job) error {
	var id int64
	err := s.readers.with(ctx, func(c *conn) error {
		return c.row(`SELECT id FROM jobs WHERE id = ?`, jobID(job)).Scan(&id)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNotFound
	} else if err == nil {
		err = store.ErrConflict
	}
	return fmt.Errorf("job %s of %s: %w", job.ID, job.Queue, err)
}

// jobID is 0, which no job has, if the id is none of ours.
func jobID(j store.Job) int64 {
	id, err := strconv.ParseInt(j.ID, 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// Pending implements store.Queue.
func (s *Store) Pending(ctx context.Context, queue string) (n int, err error) {
	err = s.readers.with(ctx, func(c *conn) error {
		return c.row(`SELECT count(*) FROM jobs WHERE queue = ?`, []byte(queue)).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("count jobs of %s: %w", queue, err)
	}
	return n, nil
}
