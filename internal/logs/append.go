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
	t := s.Stream(account, region, group, stream)
	for _, l := range lines {
		t.lines = append(t.lines, store.LogLine{Group: t.group, Stream: stream, Time: l.Time, Message: l.Message})
	}
	t.append()
}

// Stream appends lines to one stream. It is for one goroutine at a time.
type Stream struct {
	s           *Service
	group, name string // the group's key
	lines       []store.LogLine
}

// Stream returns a stream, which need not be there, nor its group.
func (s *Service) Stream(account, region, group, name string) *Stream {
	return &Stream{s: s, group: account + "/" + region + "/" + group, name: name}
}

// Log is Append for lines of one moment, which are not kept.
func (t *Stream) Log(at time.Time, messages [][]byte) {
	for _, m := range messages {
		t.lines = append(t.lines, store.LogLine{Group: t.group, Stream: t.name, Time: at.UnixMilli(), Message: string(m)})
	}
	t.append()
}

func (t *Stream) append() {
	if _, _, ok := t.s.groups.Get(t.group); !ok {
		select {
		case t.s.wanted <- t.group:
		default: // the next line asks again
		}
	}
	if err := t.s.store.Append(context.Background(), false, t.lines...); err != nil && !errors.Is(err, store.ErrClosed) {
		t.s.log.Warn("log lines dropped", "group", t.group, "lines", len(t.lines), "error", err)
	}
	clear(t.lines)
	t.lines = t.lines[:0]
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
