package logsegment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Bounds of one answer.
const (
	maxLines = 10_000
	maxBytes = 8 << 20
)

// mark says that a group's lines up to an ID that are older than a time have
// expired.
type mark struct{ id, before int64 }

// stretch is a chunk that may hold lines of a query.
type stretch struct {
	chunk
	s         *segment
	streams   []*stream // by number; nil where the query does not ask for it
	unflushed []byte
}

// ReadLogs implements store.Logs.
func (l *Log) ReadLogs(ctx context.Context, q store.LogQuery) ([]store.LogLine, error) {
	if err := l.isClosed(); err != nil {
		return nil, err
	}
	r := newReading(q)
	todo, marks := l.plan(r)
	r.marks = marks
	defer r.close()
	for _, x := range todo {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if r.enough(x.chunk) {
			break
		}
		if err := r.read(l, x); err != nil {
			return nil, fmt.Errorf("read logs of %s: %w", q.Group, err)
		}
		r.cut()
	}
	return r.found, nil
}

// reading is one query under way.
type reading struct {
	q        store.LogQuery
	from, to int64 // times, to exclusive
	marks    []mark
	found    []store.LogLine
	bytes    int
	full     bool // found holds as much as may be answered
	file     *os.File
	of       *segment // of which file is
}

func newReading(q store.LogQuery) *reading {
	r := &reading{q: q, from: q.From, to: q.To}
	if r.to == 0 {
		r.to = math.MaxInt64
	}
	if r.q.Max <= 0 || r.q.Max > maxLines {
		r.q.Max = maxLines
	}
	if r.positioned() && !q.Backward {
		r.from = max(r.from, q.AfterTime)
	}
	return r
}

func (r *reading) positioned() bool { return r.q.AfterTime != 0 || r.q.AfterID != 0 }

// order compares positions in the direction of the query.
func (r *reading) order(time, id, time2, id2 int64) int {
	c := cmp.Or(cmp.Compare(time, time2), cmp.Compare(id, id2))
	if r.q.Backward {
		return -c
	}
	return c
}

// wants says whether the query asks for a line at a position.
func (r *reading) wants(time, id int64) bool {
	if time < r.from || time >= r.to {
		return false
	}
	return !r.positioned() || r.order(time, id, r.q.AfterTime, r.q.AfterID) > 0
}

// start and end are the positions of a chunk's first and last possible line, in
// the direction of the query.
func (r *reading) start(c chunk) (time, id int64) {
	if r.q.Backward {
		return c.to, c.lastID
	}
	return c.from, c.firstID
}

func (r *reading) end(c chunk) (time, id int64) {
	if r.q.Backward {
		return c.from, c.firstID
	}
	return c.to, c.lastID
}

// plan lists the chunks that may hold what the query asks for, in its direction.
func (l *Log) plan(r *reading) ([]stretch, []mark) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var todo []stretch
	for _, s := range l.segments {
		streams, set := s.match(r.q)
		if set == 0 {
			continue
		}
		for _, c := range s.chunks {
			if c.streams&set == 0 || c.to < r.from || c.from >= r.to {
				continue
			}
			if t, id := r.end(c); r.positioned() && r.order(t, id, r.q.AfterTime, r.q.AfterID) <= 0 {
				continue
			}
			todo = append(todo, stretch{chunk: c, s: s, streams: streams})
		}
	}
	slices.SortFunc(todo, func(a, b stretch) int {
		at, ai := r.start(a.chunk)
		bt, bi := r.start(b.chunk)
		return r.order(at, ai, bt, bi)
	})
	return todo, slices.Clone(l.marks[r.q.Group])
}

// match returns the streams of a segment that a query asks for, by number, and
// the set of their numbers modulo 64.
func (s *segment) match(q store.LogQuery) (streams []*stream, set uint64) {
	for _, i := range s.groups[q.Group] {
		t := s.streams[i]
		if q.Streams != nil && !slices.Contains(q.Streams, t.stream) {
			continue
		}
		if streams == nil {
			streams = make([]*stream, len(s.streams))
		}
		streams[i] = t
		set |= 1 << (i & 63)
	}
	return streams, set
}

// enough says that no line from this chunk on can be in the answer.
func (r *reading) enough(c chunk) bool {
	if !r.full {
		return false
	}
	last := r.found[len(r.found)-1]
	t, id := r.start(c)
	return r.order(t, id, last.Time, last.ID) > 0
}

// read adds the lines of a chunk.
func (r *reading) read(l *Log, x stretch) error {
	b, err := r.bytesOf(l, x)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // dropped meanwhile
	}
	if err != nil {
		return err
	}
	return eachLine(b, func(k line) {
		if k.stream >= len(x.streams) || x.streams[k.stream] == nil || !r.wants(k.time, k.id) || expired(r.marks, k) {
			return
		}
		r.bytes += len(k.message)
		r.found = append(r.found, store.LogLine{
			Group: r.q.Group, Stream: x.streams[k.stream].stream,
			ID: k.id, Time: k.time, Ingested: k.ingested, Message: string(k.message),
		})
	})
}

func expired(marks []mark, k line) bool {
	for _, m := range marks {
		if k.id <= m.id && k.time < m.before {
			return true
		}
	}
	return false
}

// eachLine calls f with the lines among the records in b.
func eachLine(b []byte, f func(line)) error {
	for len(b) > 0 {
		payload, rest, err := cutRecord(b)
		if err != nil {
			return err
		}
		b = rest
		if payload[0] != kindLine {
			continue
		}
		k, err := parseLine(payload)
		if err != nil {
			return err
		}
		f(k)
	}
	return nil
}

// bytesOf reads a chunk from its segment's file and tail.
func (r *reading) bytesOf(l *Log, x stretch) ([]byte, error) {
	l.mu.Lock()
	unflushed := x.s.unflushed(x.off, x.chunk.end)
	l.mu.Unlock()
	if int64(len(unflushed)) == x.chunk.end-x.off {
		return unflushed, nil
	}
	if r.of != x.s {
		r.close()
		f, err := os.Open(x.s.path)
		if err != nil {
			return nil, err
		}
		r.file, r.of = f, x.s
	}
	return readRange(r.file, x.off, x.chunk.end, unflushed)
}

func (r *reading) close() {
	if r.file != nil {
		r.file.Close()
		r.file, r.of = nil, nil
	}
}

// cut keeps what fits the answer: the first lines in the query's direction.
func (r *reading) cut() {
	slices.SortFunc(r.found, func(a, b store.LogLine) int { return r.order(a.Time, a.ID, b.Time, b.ID) })
	n := len(r.found)
	for n > r.q.Max || n > 1 && r.bytes > maxBytes+len(r.found[n-1].Message) {
		n--
		r.bytes -= len(r.found[n].Message)
		r.found[n] = store.LogLine{}
	}
	r.found = r.found[:n]
	r.full = n == r.q.Max || r.bytes > maxBytes
}

// LogStreams implements store.Logs.
func (l *Log) LogStreams(ctx context.Context, group string) ([]store.LogStream, error) {
	if err := errors.Join(ctx.Err(), l.isClosed()); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	sums := map[string]*store.LogStream{}
	for _, s := range l.segments {
		for _, i := range s.groups[group] {
			t := s.streams[i]
			if t.lines == 0 {
				continue
			}
			sum := sums[t.stream]
			if sum == nil {
				sum = &store.LogStream{Name: t.stream, FirstTime: t.first, LastTime: t.last}
				sums[t.stream] = sum
			}
			sum.FirstTime, sum.LastTime = min(sum.FirstTime, t.first), max(sum.LastTime, t.last)
			sum.LastIngested = max(sum.LastIngested, t.ingested)
			sum.Bytes += t.bytes
			sum.Lines += t.lines
		}
	}
	list := make([]store.LogStream, 0, len(sums))
	for _, sum := range sums {
		list = append(list, *sum)
	}
	slices.SortFunc(list, func(a, b store.LogStream) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}
