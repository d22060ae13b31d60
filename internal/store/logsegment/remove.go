package logsegment

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// DeleteLogs implements store.Logs.
func (l *Log) DeleteLogs(ctx context.Context, group, stream string) error {
	return l.removal(ctx, removal{kind: kindDelete, group: group, stream: stream})
}

// ExpireLogs implements store.Logs.
func (l *Log) ExpireLogs(ctx context.Context, group string, before time.Time) error {
	return l.removal(ctx, removal{kind: kindExpire, group: group, before: before.UnixMilli()})
}

// removal notes a removal, applies it, and deletes the segments that have
// nothing left. The note is durable before anything else is.
func (l *Log) removal(ctx context.Context, r removal) error {
	if err := l.lockRemoving(ctx); err != nil {
		return err
	}
	defer func() { <-l.removing }()
	noted, counts, err := l.note(r)
	if err != nil || !noted {
		return err
	}
	if err := l.sync(); err != nil {
		return err
	}
	for _, c := range counts {
		if err := l.recount(c); err != nil {
			return fmt.Errorf("remove logs of %s: %w", r.group, err)
		}
	}
	l.mu.Lock()
	l.dropDeadLocked()
	l.mu.Unlock()
	return l.sync() // the indexes
}

// count is a sealed segment and its streams of which a part has expired.
type count struct {
	s       *segment
	r       removal
	streams []int
}

func (l *Log) lockRemoving(ctx context.Context) error {
	select {
	case l.removing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.closing:
		return store.ErrClosed
	}
}

// note appends the record of a removal and applies it to whole streams. What is
// left to count is returned; noted is false if the removal concerns nothing. If
// the active segment has a stream of which a part expires, it is sealed before,
// so that the lines that are yet to come are not counted.
func (l *Log) note(r removal) (noted bool, counts []count, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.isClosed(); err != nil {
		return false, nil, err
	}
	targets := slices.DeleteFunc(slices.Clone(l.segments), func(s *segment) bool { return !s.concerns(r) })
	if len(targets) == 0 {
		return false, nil, nil
	}
	if l.activeLocked().halves(r) {
		l.rollLocked()
	}
	r.id = l.nextID
	l.nextID++
	s := l.activeLocked()
	before := s.size
	s.remove(r)
	if l.config.Dir != "" {
		l.buffered += int(s.size - before)
	}
	if r.kind == kindExpire {
		l.markLocked(r)
	}
	for _, s := range targets {
		if c := l.applyLocked(s, r); len(c.streams) > 0 {
			counts = append(counts, c)
		}
	}
	return true, counts, nil
}

// applyLocked brings a segment up to date with a removal, apart from what is
// left to count. Until that is done, the removal counts as not applied, so that
// it is applied again after a crash.
func (l *Log) applyLocked(s *segment, r removal) count {
	partly, changed := s.apply(r)
	if len(partly) == 0 {
		s.applied = max(s.applied, r.id)
	}
	if changed {
		s.index = false
	}
	return count{s, r, partly}
}

// concerns says whether a removal would change the segment.
func (s *segment) concerns(r removal) bool {
	return slices.ContainsFunc(s.find(r.group, r.stream), func(i int) bool {
		return r.kind == kindDelete || s.streams[i].first < r.before
	})
}

// halves says whether a removal takes a part of a stream.
func (s *segment) halves(r removal) bool {
	return r.kind == kindExpire && slices.ContainsFunc(s.find(r.group, ""), func(i int) bool {
		return s.streams[i].first < r.before && s.streams[i].last >= r.before
	})
}

// markLocked lets readers skip what has expired. A mark that a later one covers
// is forgotten.
func (l *Log) markLocked(r removal) {
	list := slices.DeleteFunc(l.marks[r.group], func(m mark) bool { return m.before <= r.before })
	l.marks[r.group] = append(list, mark{r.id, r.before})
}

// recount sums up streams of which a part has expired.
func (l *Log) recount(x count) error {
	l.mu.Lock()
	marks, chunks := slices.Clone(l.marks[x.r.group]), slices.Clone(x.s.chunks)
	l.mu.Unlock()
	s, set, sums := x.s, uint64(0), map[int]*stream{}
	for _, i := range x.streams {
		set |= 1 << (i & 63)
		sums[i] = &stream{first: math.MaxInt64, last: math.MinInt64}
	}
	r := &reading{}
	defer r.close()
	for _, c := range chunks {
		if c.streams&set == 0 {
			continue
		}
		b, err := r.bytesOf(l, stretch{chunk: c, s: s})
		if err != nil {
			return err
		}
		err = eachLine(b, func(k line) {
			t := sums[k.stream]
			if t == nil || expired(marks, k) {
				return
			}
			t.first, t.last, t.ingested = min(t.first, k.time), max(t.last, k.time), max(t.ingested, k.ingested)
			t.bytes += int64(len(k.message))
			t.lines++
		})
		if err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, sum := range sums {
		t := s.streams[i]
		t.first, t.last, t.ingested, t.bytes, t.lines = sum.first, sum.last, sum.ingested, sum.bytes, sum.lines
		if t.lines == 0 && !t.dead {
			s.kill(i)
		}
	}
	s.applied, s.index = max(s.applied, x.r.id), false
	return nil
}

// dropDeadLocked takes the sealed segments away in which nothing is alive. A
// segment with notes stays while an older one is there that they may concern
// after a crash.
func (l *Log) dropDeadLocked() {
	for i := 0; i < len(l.segments); {
		s := l.segments[i]
		if s.sealed && s.alive() == 0 && (i == 0 || len(s.removals) == 0) {
			l.doomLocked(i)
			continue
		}
		i++
	}
}

// Reset removes all lines.
func (l *Log) Reset(ctx context.Context) error {
	if err := l.lockRemoving(ctx); err != nil {
		return err
	}
	defer func() { <-l.removing }()
	l.mu.Lock()
	old := l.segments
	l.addLocked()
	l.segments, l.buffered, l.marks = slices.Clone(l.segments[len(old):]), 0, map[string][]mark{}
	for _, s := range old {
		s.gone = true
	}
	if l.config.Dir != "" {
		l.doomed = append(l.doomed, old...)
	}
	l.mu.Unlock()
	if err := l.sync(); err != nil {
		return err
	}
	return deleted(old)
}

// deleted checks that the files of segments are gone.
func deleted(list []*segment) error {
	for _, s := range list {
		if s.path == "" {
			continue
		}
		if _, err := os.Stat(s.path); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete log segment %s: it is still there", s.path)
		}
	}
	return nil
}
