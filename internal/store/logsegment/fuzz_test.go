package logsegment

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"testing"
)

// forever is the context of calls that end by themselves.
var forever = context.Background()

func sample() *segment {
	s := newSegment(1, "x.log", 7)
	s.append(line{id: 7, time: 100, ingested: 101}, name{"g", "a"}, "hello")
	s.append(line{id: 8, time: 90, ingested: 101}, name{"g", "b"}, "")
	r := removal{kind: kindDelete, id: 9, group: "g", stream: "a"}
	s.remove(r)
	s.apply(r)
	s.append(line{id: 10, time: -5, ingested: 102}, name{"g", "a"}, "again")
	s.remove(removal{kind: kindExpire, id: 11, group: "h", before: 50})
	return s
}

// FuzzScan: whatever the bytes, scanning ends, and the good part of them scans
// as good again.
func FuzzScan(f *testing.F) {
	b := sample().tail
	for cut := 0; cut <= len(b); cut += 7 {
		f.Add(bytes.Clone(b[:cut]))
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newSegment(1, "x.log", 0)
		good, err := s.scan(b)
		if err != nil {
			return
		}
		again := newSegment(1, "x.log", 0)
		if n, err := again.scan(b[:good]); n != good || err != nil {
			t.Fatalf("%d of %d bytes are good, then %d (%v)", good, len(b), n, err)
		}
		s.size, s.synced, s.tail = good, good, nil
		if x := newSegment(1, "x.log", 0); x.decodeIndex(s.encodeIndex(), good) != nil {
			t.Fatal("its index cannot be read")
		}
	})
}

// FuzzIndex: no bytes make decoding panic or take long.
func FuzzIndex(f *testing.F) {
	s := sample()
	f.Add(s.encodeIndex(), s.size)
	f.Add([]byte(indexMagic), int64(0))
	f.Fuzz(func(t *testing.T, b []byte, size int64) {
		x := newSegment(1, "x.log", 0)
		_ = x.decodeIndex(b, size)
		_ = newSegment(1, "x.log", 0).decodeIndex(sealIndex(b), size) // with a sum that fits
	})
}

// sealIndex gives index bytes the check sum that they need to be looked at.
func sealIndex(b []byte) []byte {
	b = append([]byte(indexMagic), b...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func TestRecords(t *testing.T) {
	t.Parallel()
	s := sample()
	x := newSegment(1, "x.log", 0)
	good, err := x.scan(s.tail)
	if err != nil || good != s.size {
		t.Fatalf("%d of %d bytes are good (%v)", good, s.size, err)
	}
	same(t, "removals", x.removals, s.removals)
	same(t, "chunks", x.chunks, s.chunks)
	same(t, "groups", x.groups, map[string][]int{"g": {1, 2}})
	same(t, "last and applied", []int64{x.last, x.applied}, []int64{11, 11})
	x.size, x.synced = good, good
	y := newSegment(1, "x.log", 0)
	must(t, y.decodeIndex(x.encodeIndex(), good))
	x.tail, y.tail = nil, nil
	same(t, "what the index says", y, x)
}
