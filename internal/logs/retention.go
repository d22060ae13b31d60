package logs

import (
	"context"
	"time"
)

// expireEvery is how often retention is enforced.
const expireEvery = time.Hour

// expire drops lines that are older than their group keeps them.
func (s *Service) expire(ctx context.Context) {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	for {
		s.expireOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Service) expireOnce(ctx context.Context) {
	for key, d := range s.groups.All() {
		if d.RetentionInDays == nil || ctx.Err() != nil {
			continue
		}
		before := s.now().AddDate(0, 0, -int(*d.RetentionInDays))
		if err := s.store.ExpireLogs(ctx, key, before); err != nil && ctx.Err() == nil {
			s.log.Warn("expire log lines", "group", d.Name, "error", err)
		}
	}
}
