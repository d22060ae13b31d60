package logsegment

import (
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"unique"
)

// chunkSize is about how many bytes share one entry of a segment's index.
const chunkSize = 64 << 10

// segment is one file, or in memory its bytes. Log.mu guards it until it is
// sealed and synced; then only the sums and dead flags of its streams change.
type segment struct {
	seq    int64  // names the file
	path   string // empty in memory
	first  int64  // least ID that a line may have
	last   int64  // greatest ID in it
	sealed bool

	size   int64 // bytes, those in tail included
	synced int64 // bytes that are durable; tail starts there
	tail   []byte
	lines  int64    // lines in tail
	file   *os.File // for writing; nil until the first flush and after the last
	index  bool     // an index file with the present sums exists
	gone   bool     // dropped; its files are or will be deleted

	streams  []*stream // by number
	groups   map[string][]int
	open     map[name]int // numbers that lines may still be added to
	chunks   []chunk
	removals []removal // that are noted in this segment
	applied  int64     // ID of the last removal that the sums take into account
}

type name struct{ group, stream string }

// stream is what a segment has of one stream.
type stream struct {
	name
	first, last  int64 // times of lines
	ingested     int64 // of the last line
	bytes, lines int64
	dead         bool // deleted
}

// chunk is a stretch of records. Streams is a set of stream numbers modulo 64.
type chunk struct {
	off, end        int64
	firstID, lastID int64
	from, to        int64 // times of lines, inclusive
	streams         uint64
}

func newSegment(seq int64, path string, first int64) *segment {
	s := &segment{seq: seq, path: path, first: first, last: first - 1}
	s.groups, s.open = map[string][]int{}, map[name]int{}
	s.tail = appendHeader(nil, first)
	s.size = int64(len(s.tail))
	return s
}

// number returns the number of a stream, and appends its name if it is new.
func (s *segment) number(n name) int {
	if i, ok := s.open[n]; ok {
		return i
	}
	s.grow(func(b []byte) []byte { return appendStream(b, n.group, n.stream) })
	return s.addStream(n)
}

func (s *segment) addStream(n name) int {
	n = name{unique.Make(n.group).Value(), unique.Make(n.stream).Value()} // segments share names
	i := len(s.streams)
	s.streams = append(s.streams, &stream{name: n, first: math.MaxInt64, last: math.MinInt64})
	s.groups[n.group] = append(s.groups[n.group], i)
	s.open[n] = i
	return i
}

// grow appends a record to the tail.
func (s *segment) grow(add func([]byte) []byte) {
	before := len(s.tail)
	s.tail = add(s.tail)
	s.size += int64(len(s.tail) - before)
}

// append adds a line.
func (s *segment) append(l line, n name, message string) {
	l.stream = s.number(n)
	at := s.size
	s.grow(func(b []byte) []byte { return appendLine(b, l, message) })
	s.lines++
	s.note(l, len(message), at, s.size)
}

// note takes a line into the index; it is at [at, end) of the segment.
func (s *segment) note(l line, size int, at, end int64) {
	t := s.streams[l.stream]
	t.first, t.last = min(t.first, l.time), max(t.last, l.time)
	t.ingested = max(t.ingested, l.ingested)
	t.bytes += int64(size)
	t.lines++
	s.last = max(s.last, l.id)
	n := len(s.chunks)
	if n == 0 || s.chunks[n-1].end-s.chunks[n-1].off >= chunkSize {
		s.chunks = append(s.chunks, chunk{off: at, firstID: l.id, from: l.time, to: l.time})
		n++
	}
	c := &s.chunks[n-1]
	c.end, c.lastID = end, l.id
	c.from, c.to = min(c.from, l.time), max(c.to, l.time)
	c.streams |= 1 << (l.stream & 63)
}

// remove notes a removal in the segment.
func (s *segment) remove(r removal) {
	s.grow(func(b []byte) []byte { return appendRemoval(b, r) })
	s.removals = append(s.removals, r)
	s.last, s.applied = max(s.last, r.id), r.id
}

// find returns the numbers of a group's streams that are alive: of one name, or
// of all if stream is empty.
func (s *segment) find(group, stream string) []int {
	var found []int
	for _, i := range s.groups[group] {
		if stream == "" || s.streams[i].stream == stream {
			found = append(found, i)
		}
	}
	return found
}

// kill marks a stream as deleted. Lines that come later start it anew.
func (s *segment) kill(i int) {
	t := s.streams[i]
	t.dead = true
	if s.open[t.name] == i {
		delete(s.open, t.name)
	}
	g := slices.DeleteFunc(s.groups[t.group], func(k int) bool { return k == i })
	if len(g) == 0 {
		delete(s.groups, t.group)
		return
	}
	s.groups[t.group] = g
}

// apply marks as deleted what a removal covers as a whole, and returns the
// numbers of the streams of which it covers a part.
func (s *segment) apply(r removal) (partly []int, changed bool) {
	for _, i := range s.find(r.group, r.stream) {
		switch t := s.streams[i]; {
		case r.kind == kindDelete || t.last < r.before:
			s.kill(i)
			changed = true
		case t.first < r.before:
			partly = append(partly, i)
			changed = true
		}
	}
	return partly, changed
}

// alive counts the lines that are not deleted or expired.
func (s *segment) alive() (lines int64) {
	for _, t := range s.streams {
		if !t.dead {
			lines += t.lines
		}
	}
	return lines
}

// scan builds the index from a segment's bytes and returns the length of the
// part that is good. Removals are applied to what is before them in the segment.
func (s *segment) scan(b []byte) (good int64, err error) {
	if s.first, err = parseHeader(b); err != nil {
		return 0, err
	}
	s.last = s.first - 1
	good = int64(headerSize)
	rest := b[headerSize:]
	for len(rest) > 0 {
		payload, next, err := cutRecord(rest)
		if err != nil {
			break
		}
		end := good + int64(len(rest)-len(next))
		if err := s.scanRecord(payload, good, end); err != nil {
			break
		}
		good, rest = end, next
	}
	return good, nil
}

func (s *segment) scanRecord(payload []byte, at, end int64) error {
	d := decoder{b: payload[1:]}
	switch payload[0] {
	case kindStream:
		n := name{d.string(), d.string()}
		if d.err == nil {
			s.addStream(n)
		}
	case kindLine:
		l, err := parseLine(payload)
		if err != nil || l.stream >= len(s.streams) {
			return errTorn
		}
		s.note(l, len(l.message), at, end)
	case kindDelete, kindExpire:
		r := d.removal(payload[0])
		if d.err == nil {
			s.removals = append(s.removals, r)
			s.last = max(s.last, r.id)
		}
		if d.err == nil {
			s.apply(r)
			s.applied = r.id
		}
	default:
		return fmt.Errorf("%w: kind %q", errTorn, payload[0])
	}
	return d.err
}

// readRange returns the bytes [off, end) of a segment; unflushed is the part of
// them that is not in the file yet.
func readRange(file io.ReaderAt, off, end int64, unflushed []byte) ([]byte, error) {
	b := make([]byte, end-off)
	n := int64(len(b)) - int64(len(unflushed))
	if n > 0 {
		if _, err := file.ReadAt(b[:n], off); err != nil {
			return nil, err
		}
	}
	copy(b[n:], unflushed)
	return b, nil
}

// unflushed copies what of the bytes [off, end) is in the tail.
func (s *segment) unflushed(off, end int64) []byte {
	from := max(off, s.synced)
	if from >= end {
		return nil
	}
	return append([]byte(nil), s.tail[from-s.synced:end-s.synced]...)
}
