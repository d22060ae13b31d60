package sqlite

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// AddCounters implements store.Counters.
func (s *Store) AddCounters(ctx context.Context, deltas map[string]int64) error {
	if len(deltas) == 0 {
		return s.isClosed()
	}
	names := slices.Sorted(maps.Keys(deltas))
	return s.write(ctx, &op{apply: func(t *tx) error {
		for _, name := range names {
			err := t.exec(`INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value`,
				[]byte(name), deltas[name])
			if err != nil {
				return err
			}
		}
		return nil
	}})
}

// Counters implements store.Counters.
func (s *Store) Counters(ctx context.Context, prefix string) (map[string]int64, error) {
	found := map[string]int64{}
	err := s.readers.with(ctx, func(c *conn) error {
		where, args := under("name", prefix)
		rows, err := c.query(`SELECT name, value FROM counters WHERE `+where, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			var value int64
			if err := rows.Scan(&name, &value); err != nil {
				return err
			}
			found[name] = value
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read counters %q: %w", prefix, err)
	}
	return found, nil
}

// DeleteCounters implements store.Counters.
func (s *Store) DeleteCounters(ctx context.Context, prefix string) error {
	where, args := under("name", prefix)
	return s.write(ctx, &op{apply: func(t *tx) error {
		return t.exec(`DELETE FROM counters WHERE `+where, args...)
	}})
}
