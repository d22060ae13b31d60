package logsegment

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Config says where log lines go and how many may be kept.
type Config struct {
	// Dir is the folder of the segments; it is made if need be. Empty: in memory.
	Dir string
	// MaxBytes bounds all segments together; the oldest are dropped first.
	// 0: 1 GiB in a folder, 64 MiB in memory.
	MaxBytes int64
	// Buffer bounds, in bytes, the lines that wait to be flushed. 0: 8 MiB.
	Buffer int
}

// Bounds of a segment's size; in between it is a part of Config.MaxBytes.
const (
	minSegment = 64 << 10
	maxSegment = 16 << 20
	segments   = 32
)

func (c *Config) defaults() {
	if c.MaxBytes <= 0 {
		c.MaxBytes = 1 << 30
		if c.Dir == "" {
			c.MaxBytes = 64 << 20
		}
	}
	if c.Buffer <= 0 {
		c.Buffer = 8 << 20
	}
}

// Log implements store.Logs in one folder, which one process has open.
type Log struct {
	config  Config
	segSize int64
	now     func() time.Time

	hurry   chan struct{} // capacity 1: flush at once
	dirty   chan struct{} // capacity 1: flush soon
	closing chan struct{}
	done    chan struct{} // closed when the flusher has ended
	once    sync.Once
	closed  error
	// removing is held by who removes lines, one at a time.
	removing chan struct{}

	// mu guards what follows. The last segment takes the lines.
	mu       sync.Mutex
	segments []*segment
	doomed   []*segment // whose files are to be deleted
	nextID   int64
	buffered int // bytes that are not durable
	appended int64
	dropped  int64
	marks    map[string][]mark // by group
	round    *round
}

// round is the next flush, for those who wait for it.
type round struct {
	done chan struct{}
	err  error // set before done is closed
}

// Open reads the indexes of a folder, cuts off a torn tail and starts the
// flusher.
func Open(ctx context.Context, c Config) (*Log, error) {
	c.defaults()
	l := &Log{
		config:  c,
		segSize: min(max(c.MaxBytes/segments, minSegment), maxSegment),
		now:     time.Now,
		hurry:   make(chan struct{}, 1), dirty: make(chan struct{}, 1),
		closing: make(chan struct{}), done: make(chan struct{}),
		removing: make(chan struct{}, 1),
		marks:    map[string][]mark{},
		round:    &round{done: make(chan struct{})},
	}
	if c.Dir != "" {
		if err := l.load(ctx); err != nil {
			return nil, fmt.Errorf("open logs: %w", err)
		}
	}
	l.nextID = max(l.nextID, l.now().UnixMicro()) // positions of readers stay behind
	if n := len(l.segments); n == 0 || l.segments[n-1].sealed {
		l.addLocked()
	}
	go l.flusher()
	return l, nil
}

func (l *Log) load(ctx context.Context) error {
	if err := os.MkdirAll(l.config.Dir, 0o700); err != nil {
		return err
	}
	files, err := os.ReadDir(l.config.Dir)
	if err != nil {
		return err
	}
	for _, f := range files { // in the order of names, which is that of numbers
		if err := ctx.Err(); err != nil {
			return err
		}
		base, ok := strings.CutSuffix(f.Name(), ".log")
		seq, err := strconv.ParseInt(base, 16, 64)
		if !ok || err != nil {
			continue
		}
		s, err := loadSegment(filepath.Join(l.config.Dir, f.Name()), seq)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name(), err)
		}
		if s != nil {
			l.segments = append(l.segments, s)
		}
	}
	return l.settle()
}

// settle applies the removals of all segments to those before, and lets the last
// segment go on.
func (l *Log) settle() error {
	for i, s := range l.segments {
		l.nextID = max(l.nextID, s.last+1)
		for _, r := range s.removals {
			if r.kind == kindExpire {
				l.markLocked(r)
			}
			for _, old := range l.segments[:i] {
				if r.id <= old.applied {
					continue
				}
				c := l.applyLocked(old, r)
				if len(c.streams) == 0 {
					continue
				}
				if err := l.recount(c); err != nil {
					return err
				}
			}
		}
		s.sealed = i < len(l.segments)-1 || s.size >= l.segSize
	}
	l.dropDeadLocked()
	for _, s := range l.segments {
		if s.sealed && !s.index {
			l.soon()
		}
	}
	return nil
}

// loadSegment reads a segment's index, or the segment if it has none that fits.
// It returns nil if the file holds nothing.
func loadSegment(path string, seq int64) (*segment, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	s := newSegment(seq, path, 0)
	s.tail = nil
	b, err := os.ReadFile(s.indexPath())
	if err == nil && s.decodeIndex(b, info.Size()) == nil {
		s.index = true
		return s, nil
	}
	s = newSegment(seq, path, 0)
	s.tail = nil
	if b, err = os.ReadFile(path); err != nil {
		return nil, err
	}
	if len(b) < headerSize {
		return nil, errors.Join(os.Remove(path), removeIfThere(s.indexPath()))
	}
	good, err := s.scan(b)
	if err != nil {
		return nil, err
	}
	if good < info.Size() {
		if err := truncate(path, good); err != nil {
			return nil, err
		}
	}
	s.size, s.synced = good, good
	return s, nil
}

func truncate(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Sync(), f.Close())
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// activeLocked is the segment that takes lines.
func (l *Log) activeLocked() *segment { return l.segments[len(l.segments)-1] }

func segmentPath(dir string, seq int64) string {
	return filepath.Join(dir, fmt.Sprintf("%016x.log", seq))
}

// addLocked starts a new segment.
func (l *Log) addLocked() {
	seq := int64(1)
	if n := len(l.segments); n > 0 {
		seq = l.segments[n-1].seq + 1
	}
	path := ""
	if l.config.Dir != "" {
		path = segmentPath(l.config.Dir, seq)
	}
	l.segments = append(l.segments, newSegment(seq, path, l.nextID))
}

// rollLocked seals the active segment and drops the oldest beyond the cap.
func (l *Log) rollLocked() {
	s := l.activeLocked()
	s.sealed = true
	if s.path == "" {
		s.tail = slices.Clone(s.tail) // exactly its size
	}
	l.addLocked()
	total := int64(0)
	for _, s := range l.segments {
		total += s.size
	}
	for total > l.config.MaxBytes && len(l.segments) > 1 {
		old := l.segments[0]
		total -= old.size
		l.dropped += old.alive()
		l.doomLocked(0)
	}
}

// doomLocked takes a segment away; the flusher deletes its files.
func (l *Log) doomLocked(i int) {
	s := l.segments[i]
	l.segments = slices.Delete(l.segments, i, i+1)
	s.gone = true
	if l.config.Dir != "" {
		l.buffered -= int(s.size - s.synced)
		l.doomed = append(l.doomed, s)
		l.soon()
	}
	oldest := l.nextID
	if len(l.segments) > 0 {
		oldest = l.segments[0].first
	}
	for g, list := range l.marks {
		if l.marks[g] = slices.DeleteFunc(list, func(m mark) bool { return m.id < oldest }); len(l.marks[g]) == 0 {
			delete(l.marks, g)
		}
	}
}

// Append implements store.Logs. With sync it waits for room in the buffer and
// for the flush; an error then means that the lines may or may not be durable.
func (l *Log) Append(ctx context.Context, sync bool, lines ...store.LogLine) error {
	size := 0
	for i := range lines {
		if err := check(&lines[i]); err != nil {
			return err
		}
		size += encodedSize(&lines[i])
	}
	if len(lines) == 0 {
		return l.isClosed()
	}
	for {
		r, full, err := l.tryAppend(ctx, sync, lines, size)
		if err != nil || r == nil {
			return err
		}
		l.atOnce()
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

func check(x *store.LogLine) error {
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

// encodedSize is about what a line takes in the buffer.
func encodedSize(x *store.LogLine) int { return len(x.Message) + 32 }

// tryAppend puts lines into the active segment. A round is returned if the
// caller has to wait for it: until the lines are durable, or, if full is set,
// until it may try again.
func (l *Log) tryAppend(ctx context.Context, sync bool, lines []store.LogLine, size int) (r *round, full bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.isClosed(); err != nil {
		return nil, false, err
	}
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	if sync && l.buffered > 0 && l.buffered+size > l.config.Buffer {
		return l.round, true, nil
	}
	now := l.now().UnixMilli()
	for i := range lines {
		if !sync && l.buffered+encodedSize(&lines[i]) > l.config.Buffer {
			l.dropped++
			continue
		}
		l.putLocked(&lines[i], now)
	}
	if l.config.Dir == "" {
		return nil, false, nil
	}
	if l.buffered > l.config.Buffer/2 {
		l.atOnce()
	}
	l.soon()
	if sync {
		return l.round, false, nil
	}
	return nil, false, nil
}

func (l *Log) putLocked(x *store.LogLine, now int64) {
	s := l.activeLocked()
	if s.size >= l.segSize {
		l.rollLocked()
		s = l.activeLocked()
	}
	before := s.size
	s.append(line{id: l.nextID, time: x.Time, ingested: now}, name{x.Group, x.Stream}, x.Message)
	l.nextID++
	l.appended++
	if l.config.Dir != "" {
		l.buffered += int(s.size - before)
	}
}

// soon lets the flusher begin within its interval.
func (l *Log) soon() {
	select {
	case l.dirty <- struct{}{}:
	default:
	}
}

// atOnce lets the flusher begin.
func (l *Log) atOnce() {
	select {
	case l.hurry <- struct{}{}:
	default:
	}
}

// LogStats implements store.Logs. Dropped counts the lines that found the buffer
// full and those that went with a segment beyond the cap.
func (l *Log) LogStats() store.LogStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	st := store.LogStats{Appended: l.appended, Dropped: l.dropped}
	if l.config.Dir != "" {
		for _, s := range l.segments {
			st.Buffered += s.lines
		}
	}
	return st
}

// Close flushes and ends the flusher.
func (l *Log) Close() error {
	l.once.Do(func() {
		l.mu.Lock()
		close(l.closing)
		l.mu.Unlock()
		<-l.done
	})
	return l.closed
}

func (l *Log) isClosed() error {
	select {
	case <-l.closing:
		return store.ErrClosed
	default:
		return nil
	}
}
