package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Bounds of log lines: of one answer, and of one insertion; and how long lines
// wait to be inserted.
const (
	maxLines   = 10_000
	maxBytes   = 8 << 20
	flushLines = 5000
	flushEvery = 500 * time.Millisecond
)

// logBuffer holds the lines that are not inserted yet, in order.
type logBuffer struct {
	s      *Store
	hurry  chan struct{} // capacity 1: insert at once
	dirty  chan struct{} // capacity 1: insert soon
	ending chan struct{}
	ended  chan struct{}
	failed error // of the last insertion, after the end

	// mu guards what follows.
	mu       sync.Mutex
	closed   bool
	lines    []store.LogLine
	bytes    int
	appended int64
	dropped  int64
	round    *round
}

// round is the next insertion, for those who wait for it.
type round struct {
	done chan struct{}
	err  error // set before done is closed
}

func newLogBuffer(s *Store) *logBuffer {
	return &logBuffer{
		s: s, hurry: make(chan struct{}, 1), dirty: make(chan struct{}, 1),
		ending: make(chan struct{}), ended: make(chan struct{}),
		round: &round{done: make(chan struct{})},
	}
}

// Append implements store.Logs. With sync it waits for room in the buffer and
// for the insertion; an error then means that the lines may or may not be durable.
func (s *Store) Append(ctx context.Context, sync bool, lines ...store.LogLine) error {
	size := 0
	for i := range lines {
		if err := checkLine(&lines[i]); err != nil {
			return err
		}
		size += sizeOf(&lines[i])
	}
	if err := s.ready(ctx); err != nil || len(lines) == 0 {
		return err
	}
	for {
		r, full, err := s.logs.add(sync, lines, size)
		if err != nil || r == nil {
			return err
		}
		poke(s.logs.hurry)
		select {
		case <-r.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if r.err != nil || !full {
			return r.err
		}
	}
}

func checkLine(x *store.LogLine) error {
	switch {
	case x.Group == "" || x.Stream == "":
		return errors.New("append log line: no group or stream")
	case len(x.Group) > store.MaxKey || len(x.Stream) > store.MaxKey:
		return fmt.Errorf("append log line: the name of the group or stream has more than %d bytes", store.MaxKey)
	case len(x.Message) > store.MaxLogLine:
		return fmt.Errorf("append log line to %s: it has %d bytes, more than %d", x.Group, len(x.Message), store.MaxLogLine)
	}
	return nil
}

// sizeOf is about what a line takes in the buffer.
func sizeOf(x *store.LogLine) int { return len(x.Message) + 64 }

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// add buffers lines. A round is returned if the caller has to wait for it: until
// the lines are durable, or, if full is set, until it may try again.
func (b *logBuffer) add(sync bool, lines []store.LogLine, size int) (r *round, full bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	limit := b.s.config.LogBuffer
	if b.closed {
		return nil, false, store.ErrClosed
	}
	if sync && b.bytes > 0 && b.bytes+size > limit {
		return b.round, true, nil
	}
	now := time.Now().UnixMilli()
	for _, x := range lines {
		if !sync && b.bytes+sizeOf(&x) > limit {
			b.dropped++
			continue
		}
		x.Ingested = now
		b.lines = append(b.lines, x)
		b.bytes += sizeOf(&x)
		b.appended++
	}
	if b.bytes > limit/2 {
		poke(b.hurry)
	}
	poke(b.dirty)
	if sync {
		return b.round, false, nil
	}
	return nil, false, nil
}

// end inserts what is left; nothing can be appended any more.
func (b *logBuffer) end() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	close(b.ending)
	<-b.ended
}

// run inserts lines until the end.
func (b *logBuffer) run() {
	defer close(b.ended)
	for wait := flushEvery; ; {
		select {
		case <-b.ending:
			b.failed = b.flush()
			return
		case <-b.hurry:
		case <-b.dirty:
			t := time.NewTimer(wait)
			select {
			case <-t.C:
			case <-b.hurry:
			case <-b.ending:
			}
			t.Stop()
		}
		wait = flushEvery
		if err := b.flush(); err != nil {
			slog.Error("log lines are not written", "err", err)
			wait = 2 * flushEvery
			poke(b.dirty)
		}
	}
}

// flush inserts everything that was appended before, and ends the round. Lines
// stay in the buffer until they are inserted.
func (b *logBuffer) flush() error {
	b.mu.Lock()
	r, n := b.round, len(b.lines)
	b.round = &round{done: make(chan struct{})}
	b.mu.Unlock()
	for n > 0 && r.err == nil {
		b.mu.Lock()
		part := b.lines[:min(n, flushLines)]
		for size, i := 0, 0; i < len(part); i++ {
			if size += sizeOf(&part[i]); size > maxBytes {
				part = part[:i+1]
			}
		}
		b.mu.Unlock()
		if r.err = b.s.insertLines(part); r.err == nil {
			n -= len(part)
			b.inserted(part)
		}
	}
	close(r.done)
	return r.err
}

// inserted takes lines out of the buffer.
func (b *logBuffer) inserted(part []store.LogLine) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range part {
		b.bytes -= sizeOf(&part[i])
	}
	n := len(part)
	clear(part)
	if b.lines = b.lines[n:]; len(b.lines) == 0 {
		b.lines = nil
	}
}

// insertLines adds lines and what they do to the sums of their streams.
func (s *Store) insertLines(lines []store.LogLine) error {
	ctx, cancel := s.background()
	defer cancel()
	var groups, streams, messages [][]byte
	var times, ingested []int64
	for _, x := range lines {
		groups, streams, messages = append(groups, []byte(x.Group)), append(streams, []byte(x.Stream)), append(messages, []byte(x.Message))
		times, ingested = append(times, x.Time), append(ingested, x.Ingested)
	}
	err := again(ctx, func() error {
		return s.pool.with(ctx, func(ctx context.Context, c *pgx.Conn) error {
			// Streams are updated in one order, so that nodes do not block each other.
			_, err := c.Exec(ctx, `WITH new AS (
					SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bytea[])
						WITH ORDINALITY AS x (grp, stream, time, ingested, message, n)
				), sums AS (
					INSERT INTO log_streams SELECT grp, stream, min(time), max(time), max(ingested), sum(length(message)), count(*)
						FROM new GROUP BY grp, stream ORDER BY grp, stream
					ON CONFLICT (grp, stream) DO UPDATE SET
						first = least(log_streams.first, excluded.first), last = greatest(log_streams.last, excluded.last),
						ingested = greatest(log_streams.ingested, excluded.ingested),
						bytes = log_streams.bytes + excluded.bytes, lines = log_streams.lines + excluded.lines
				)
				INSERT INTO log_lines (grp, time, id, stream, ingested, message)
					SELECT grp, time, nextval('log_ids'), stream, ingested, message FROM (SELECT * FROM new ORDER BY n) x`,
				groups, streams, times, ingested, messages)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("insert log lines: %w", err)
	}
	return nil
}

// flushed inserts what this node has buffered, so that a reader sees what was
// appended before it began. If that fails, it sees what the database has.
func (s *Store) flushed(ctx context.Context) {
	b := s.logs
	b.mu.Lock()
	r, n := b.round, len(b.lines)
	b.mu.Unlock()
	if n == 0 {
		return
	}
	poke(b.hurry)
	select {
	case <-r.done:
	case <-ctx.Done():
	case <-b.ended:
	}
}

// ReadLogs implements store.Logs.
func (s *Store) ReadLogs(ctx context.Context, q store.LogQuery) (lines []store.LogLine, err error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	s.flushed(ctx)
	sql, args := logSQL(q)
	err = s.read(ctx, func(ctx context.Context, c *pgx.Conn) error {
		rows, err := c.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		lines, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (store.LogLine, error) {
			x := store.LogLine{Group: q.Group}
			var stream, message []byte
			err := row.Scan(&x.Time, &x.ID, &stream, &x.Ingested, &message)
			x.Stream, x.Message = string(stream), string(message)
			return x, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read logs of %s: %w", q.Group, err)
	}
	return lines, nil
}

// logSQL is the statement of a query: the first lines in its direction, as many
// as fit an answer.
func logSQL(q store.LogQuery) (sql string, args []any) {
	if q.Max <= 0 || q.Max > maxLines {
		q.Max = maxLines
	}
	if q.To == 0 {
		q.To = math.MaxInt64
	}
	order, than := "time, id", ">"
	if q.Backward {
		order, than = "time DESC, id DESC", "<"
	}
	args = []any{[]byte(q.Group), q.From, q.To, q.Max, maxBytes}
	where := []string{`grp = $1 AND time >= $2 AND time < $3`}
	if q.AfterTime != 0 || q.AfterID != 0 {
		args = append(args, q.AfterTime, q.AfterID)
		where = append(where, fmt.Sprintf(`(time, id) %s ($%d, $%d)`, than, len(args)-1, len(args)))
	}
	if q.Streams != nil {
		streams := make([][]byte, len(q.Streams))
		for i, x := range q.Streams {
			streams[i] = []byte(x)
		}
		args = append(args, streams)
		where = append(where, fmt.Sprintf(`stream = ANY($%d)`, len(args)))
	}
	return `SELECT time, id, stream, ingested, message FROM (
			SELECT *, sum(length(message)) OVER (ORDER BY ` + order + ` ROWS UNBOUNDED PRECEDING) - length(message) AS before
			FROM (SELECT * FROM log_lines WHERE ` + strings.Join(where, ` AND `) + ` ORDER BY ` + order + ` LIMIT $4) a
		) b WHERE before <= $5 ORDER BY ` + order, args
}

// LogStreams implements store.Logs.
func (s *Store) LogStreams(ctx context.Context, group string) (list []store.LogStream, err error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	s.flushed(ctx)
	err = s.read(ctx, func(ctx context.Context, c *pgx.Conn) error {
		rows, err := c.Query(ctx, `SELECT stream, first, last, ingested, bytes, lines FROM log_streams WHERE grp = $1 ORDER BY stream`, []byte(group))
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (x store.LogStream, err error) {
			var name []byte
			err = row.Scan(&name, &x.FirstTime, &x.LastTime, &x.LastIngested, &x.Bytes, &x.Lines)
			x.Name = string(name)
			return x, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list log streams of %s: %w", group, err)
	}
	return list, nil
}

// DeleteLogs implements store.Logs.
func (s *Store) DeleteLogs(ctx context.Context, group, stream string) error {
	where, args := `grp = $1`, []any{[]byte(group)}
	if stream != "" {
		where, args = `grp = $1 AND stream = $2`, append(args, []byte(stream))
	}
	return s.removeLogs(ctx, group, func(ctx context.Context, tx pgx.Tx) error {
		// The sums first: who inserts meanwhile waits for them.
		if _, err := tx.Exec(ctx, `DELETE FROM log_streams WHERE `+where, args...); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM log_lines WHERE `+where, args...)
		return err
	})
}

// ExpireLogs implements store.Logs.
func (s *Store) ExpireLogs(ctx context.Context, group string, before time.Time) error {
	args := []any{[]byte(group), before.UnixMilli()}
	return s.removeLogs(ctx, group, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT stream FROM log_streams WHERE grp = $1 AND first < $2 ORDER BY stream FOR UPDATE`, args...)
		if err != nil {
			return err
		}
		streams, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
		if err != nil || len(streams) == 0 {
			return err
		}
		if _, err := tx.Exec(ctx, `WITH gone AS (
				DELETE FROM log_lines WHERE grp = $1 AND time < $2 AND stream = ANY($3) RETURNING stream, length(message) AS bytes
			), sums AS (SELECT stream, sum(bytes) AS bytes, count(*) AS lines FROM gone GROUP BY stream)
			UPDATE log_streams s SET bytes = s.bytes - sums.bytes, lines = s.lines - sums.lines,
				first = coalesce((SELECT min(time) FROM log_lines l WHERE l.grp = $1 AND l.stream = s.stream AND l.time >= $2), s.last)
			FROM sums WHERE s.grp = $1 AND s.stream = sums.stream`, append(args, streams)...); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM log_streams WHERE grp = $1 AND lines <= 0`, args[0])
		return err
	})
}

func (s *Store) removeLogs(ctx context.Context, group string, f func(context.Context, pgx.Tx) error) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	s.flushed(ctx)
	err := again(ctx, func() error {
		return s.write(ctx, func(ctx context.Context, c *pgx.Conn) error {
			return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return f(ctx, tx) })
		})
	})
	if err != nil {
		return fmt.Errorf("remove logs of %s: %w", group, err)
	}
	return nil
}

// LogStats implements store.Logs. Dropped counts the lines of this node that
// found the buffer full.
func (s *Store) LogStats() store.LogStats {
	b := s.logs
	b.mu.Lock()
	defer b.mu.Unlock()
	return store.LogStats{Appended: b.appended, Dropped: b.dropped, Buffered: int64(len(b.lines))}
}
