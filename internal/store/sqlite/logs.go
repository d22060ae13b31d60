package sqlite

import (
	"context"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Append implements store.Logs.
func (s *Store) Append(ctx context.Context, sync bool, lines ...store.LogLine) error {
	return s.logs.Append(ctx, sync, lines...)
}

// ReadLogs implements store.Logs.
func (s *Store) ReadLogs(ctx context.Context, q store.LogQuery) ([]store.LogLine, error) {
	return s.logs.ReadLogs(ctx, q)
}

// LogStreams implements store.Logs.
func (s *Store) LogStreams(ctx context.Context, group string) ([]store.LogStream, error) {
	return s.logs.LogStreams(ctx, group)
}

// DeleteLogs implements store.Logs.
func (s *Store) DeleteLogs(ctx context.Context, group, stream string) error {
	return s.logs.DeleteLogs(ctx, group, stream)
}

// ExpireLogs implements store.Logs.
func (s *Store) ExpireLogs(ctx context.Context, group string, before time.Time) error {
	return s.logs.ExpireLogs(ctx, group, before)
}

// LogStats implements store.Logs.
func (s *Store) LogStats() store.LogStats { return s.logs.LogStats() }
