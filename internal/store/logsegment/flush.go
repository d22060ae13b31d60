package logsegment

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/blobdir"
)

// Waits of the flusher: after the first line, and after a failure.
const (
	flushEvery = 500 * time.Millisecond
	retryAfter = time.Second
)

// flusher writes tails to their files until the log is closed.
func (l *Log) flusher() {
	defer close(l.done)
	wait := flushEvery
	for {
		select {
		case <-l.closing:
			l.finish()
			return
		case <-l.hurry:
		case <-l.dirty:
			if !l.pause(wait) {
				continue
			}
		}
		wait = flushEvery
		if err := l.flush(); err != nil {
			slog.Error("log lines are not written", "err", err)
			wait = retryAfter
			l.soon()
		}
	}
}

// pause waits until it is time to flush; it returns false when the log is closed.
func (l *Log) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.hurry:
	case <-l.closing:
		return false
	}
	return true
}

// finish flushes the last lines. Those who wait for a flush get its result.
func (l *Log) finish() {
	err := l.flush()
	if l.config.Dir != "" {
		l.mu.Lock()
		s := l.activeLocked()
		l.mu.Unlock()
		if err == nil && s.file != nil {
			err = writeIndex(s.indexPath(), s.encodeIndex()) // so that the next open need not scan
		}
		for _, s := range l.segments {
			if s.file != nil {
				err = errors.Join(err, s.file.Close())
			}
		}
	}
	l.closed = err
}

// flush makes everything durable that was appended before, and ends the round.
func (l *Log) flush() error {
	l.mu.Lock()
	r := l.round
	l.round = &round{done: make(chan struct{})}
	var todo []*segment
	for _, s := range l.segments {
		if s.path != "" && s.pending() {
			todo = append(todo, s)
		}
	}
	doomed := l.doomed
	l.doomed = nil
	l.mu.Unlock()
	for _, s := range doomed {
		deleteSegment(s)
	}
	for _, s := range todo {
		if r.err = l.flushSegment(s); r.err != nil {
			r.err = fmt.Errorf("flush log lines: %w", r.err)
			break
		}
	}
	close(r.done)
	return r.err
}

// pending says whether a segment has something to flush.
func (s *segment) pending() bool {
	empty := len(s.streams) == 0 && len(s.removals) == 0
	return !empty && s.size > s.synced || s.sealed && !s.index
}

// flushSegment writes a tail. The tail stays in memory until it is synced, so
// that a failed write is done again at the same place. Only the flusher calls it.
func (l *Log) flushSegment(s *segment) error {
	l.mu.Lock()
	tail, at, lines, sealed := s.tail, s.synced, s.lines, s.sealed
	l.mu.Unlock()
	if len(tail) > 0 {
		if err := s.write(tail, at); err != nil {
			return err
		}
		l.mu.Lock()
		s.synced += int64(len(tail))
		s.lines -= lines
		if !s.gone {
			l.buffered -= len(tail)
		}
		if s.tail = s.tail[len(tail):]; len(s.tail) == 0 {
			s.tail = reuse(tail)
		}
		l.mu.Unlock()
	}
	if !sealed {
		return nil
	}
	return l.sealFile(s)
}

// reuse returns an empty buffer with the room of b, unless that is large.
func reuse(b []byte) []byte {
	if cap(b) > 1<<20 {
		return nil
	}
	return b[:0]
}

// write makes b durable at an offset.
func (s *segment) write(b []byte, at int64) error {
	if s.file == nil {
		f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		if err := blobdir.SyncDir(filepath.Dir(s.path)); err != nil {
			f.Close()
			return err
		}
		s.file = f
	}
	if _, err := s.file.WriteAt(b, at); err != nil {
		return err
	}
	return s.file.Sync()
}

// sealFile writes the index of a segment that takes no more lines.
func (l *Log) sealFile(s *segment) error {
	if s.file != nil {
		if err := s.file.Close(); err != nil {
			return err
		}
		s.file = nil
	}
	l.mu.Lock()
	b := s.encodeIndex()
	s.index = true
	l.mu.Unlock()
	if err := writeIndex(s.indexPath(), b); err != nil {
		l.mu.Lock()
		s.index = false
		l.mu.Unlock()
		return err
	}
	return nil
}

func deleteSegment(s *segment) {
	if s.file != nil {
		s.file.Close()
		s.file = nil
	}
	if err := errors.Join(removeIfThere(s.path), removeIfThere(s.indexPath())); err != nil {
		slog.Error("log segment is not deleted", "err", err)
	}
}

// sync makes everything durable that was appended before the call.
func (l *Log) sync() error {
	if l.config.Dir == "" {
		return l.isClosed()
	}
	l.mu.Lock()
	r := l.round
	closed := l.isClosed()
	l.mu.Unlock()
	if closed != nil {
		return closed
	}
	l.atOnce()
	select {
	case <-r.done:
		return r.err
	case <-l.done:
	}
	select {
	case <-r.done:
		return r.err
	default:
		return store.ErrClosed
	}
}
