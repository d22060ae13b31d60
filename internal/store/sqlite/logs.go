package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/logsegment"
)

// segments are the log lines. Those of audit groups have segments of their own,
// under a bound of their own, so that no other lines can push them out.
type segments struct{ common, audit *logsegment.Log }

// openSegments opens both in the store's folder; in memory without one.
func openSegments(ctx context.Context, c Config) (_ *segments, err error) {
	l := new(segments)
	if l.common, err = logsegment.Open(ctx, logsegment.Config{Dir: c.folder("logs"), MaxBytes: c.LogBytes, Buffer: c.LogBuffer}); err != nil {
		return nil, err
	}
	l.audit, err = logsegment.Open(ctx, logsegment.Config{Dir: c.folder("audit"), MaxBytes: c.AuditBytes, Buffer: c.LogBuffer})
	if err != nil {
		l.common.Close()
		return nil, err
	}
	return l, nil
}

// folder is one of the store's folders, "" in memory.
func (c Config) folder(name string) string {
	if c.Dir == "" {
		return ""
	}
	return filepath.Join(c.Dir, name)
}

// of is where a group's lines are.
func (l *segments) of(group string) *logsegment.Log {
	if strings.HasPrefix(group, store.AuditPrefix) {
		return l.audit
	}
	return l.common
}

// all are both, by the name of their folder.
func (l *segments) all() map[string]*logsegment.Log {
	return map[string]*logsegment.Log{"logs": l.common, "audit": l.audit}
}

func (l *segments) each(do func(*logsegment.Log) error) error {
	var errs []error
	for _, log := range l.all() {
		errs = append(errs, do(log))
	}
	return errors.Join(errs...)
}

func (l *segments) Close() error { return l.each((*logsegment.Log).Close) }

// Append implements store.Logs.
func (s *Store) Append(ctx context.Context, sync bool, lines ...store.LogLine) error {
	for start := 0; start < len(lines); {
		to, end := s.logs.of(lines[start].Group), start+1
		for end < len(lines) && s.logs.of(lines[end].Group) == to {
			end++
		}
		if start == 0 && end == len(lines) {
			return to.Append(ctx, sync, lines...)
		}
		if err := to.Append(ctx, sync, lines[start:end]...); err != nil {
			return err
		}
		start = end
	}
	return s.isClosed()
}

// ReadLogs implements store.Logs.
func (s *Store) ReadLogs(ctx context.Context, q store.LogQuery) ([]store.LogLine, error) {
	return s.logs.of(q.Group).ReadLogs(ctx, q)
}

// LogStreams implements store.Logs.
func (s *Store) LogStreams(ctx context.Context, group string) ([]store.LogStream, error) {
	return s.logs.of(group).LogStreams(ctx, group)
}

// DeleteLogs implements store.Logs.
func (s *Store) DeleteLogs(ctx context.Context, group, stream string) error {
	return s.logs.of(group).DeleteLogs(ctx, group, stream)
}

// ExpireLogs implements store.Logs.
func (s *Store) ExpireLogs(ctx context.Context, group string, before time.Time) error {
	return s.logs.of(group).ExpireLogs(ctx, group, before)
}

// LogStats implements store.Logs.
func (s *Store) LogStats() (sum store.LogStats) {
	for _, log := range s.logs.all() {
		st := log.LogStats()
		sum.Appended += st.Appended
		sum.Dropped += st.Dropped
		sum.Buffered += st.Buffered
	}
	return sum
}
