package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
)

// AddCounters implements store.Counters.
func (s *Store) AddCounters(ctx context.Context, deltas map[string]int64) error {
	if len(deltas) == 0 {
		return s.isClosed()
	}
	var names [][]byte
	var values []int64
	for _, name := range slices.Sorted(maps.Keys(deltas)) { // in one order, so that nodes do not block each other
		names, values = append(names, []byte(name)), append(values, deltas[name])
	}
	err := again(ctx, func() error {
		return s.write(ctx, func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.Exec(ctx, `INSERT INTO counters SELECT * FROM unnest($1::bytea[], $2::bigint[])
				ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value`, names, values)
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("add to counters: %w", err)
	}
	return nil
}

// Counters implements store.Counters.
func (s *Store) Counters(ctx context.Context, prefix string) (found map[string]int64, err error) {
	err = s.read(ctx, func(ctx context.Context, c *pgx.Conn) error {
		found, err = counters(ctx, c, prefix)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read counters %q: %w", prefix, err)
	}
	return found, nil
}

func counters(ctx context.Context, q querier, prefix string) (map[string]int64, error) {
	where, args := under("name", prefix, 1)
	rows, err := q.Query(ctx, `SELECT name, value FROM counters WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	found := map[string]int64{}
	var name []byte
	var value int64
	_, err = pgx.ForEachRow(rows, []any{&name, &value}, func() error {
		found[string(name)] = value
		return nil
	})
	return found, err
}

// DeleteCounters implements store.Counters.
func (s *Store) DeleteCounters(ctx context.Context, prefix string) error {
	where, args := under("name", prefix, 1)
	return s.write(ctx, func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, `DELETE FROM counters WHERE `+where, args...)
		return err
	})
}
