package logs

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Line is one event for Append; Time is in milliseconds since the epoch.
type Line struct {
	Time    int64
	Message string
}

// Append takes lines of functions and APIs. It never waits: lines are durable
// within a second, or dropped and counted where the buffer is full. A group that
// is not there yet is made in the background.
func (s *Service) Append(account, region, group, stream string, lines ...Line) {
	key := account + "/" + region + "/" + group
	if _, _, ok := s.groups.Get(key); !ok {
		select {
		case s.wanted <- key:
		default: // the next line asks again
		}
	}
	list := make([]store.LogLine, len(lines))
	for i, l := range lines {
		list[i] = store.LogLine{Group: key, Stream: stream, Time: l.Time, Message: l.Message}
	}
	if err := s.store.Append(context.Background(), false, list...); err != nil && !errors.Is(err, store.ErrClosed) {
		s.log.Warn("log lines dropped", "group", group, "lines", len(lines), "error", err)
	}
}

// makeTimeout bounds the making of one group.
const makeTimeout = 10 * time.Second

// makeGroups makes the groups that lines were written to.
func (s *Service) makeGroups(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case key := <-s.wanted:
			s.makeGroup(ctx, key)
		}
	}
}

func (s *Service) makeGroup(ctx context.Context, key string) {
	if _, _, ok := s.groups.Get(key); ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, makeTimeout)
	defer cancel()
	name := strings.SplitN(key, "/", 3)[2]
	err := s.groups.Insert(ctx, key, &groupDocument{Name: name, Created: s.millis(), Class: "STANDARD"})
	if err != nil && !errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
		s.log.Warn("make a log group", "group", name, "error", err)
	}
}
