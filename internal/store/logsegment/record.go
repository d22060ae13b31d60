package logsegment

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
)

// A segment starts with a header: magic and the least line ID it may have. Then
// records follow, each with length and CRC-32C of its payload, little endian.
// The payload starts with its kind.
const (
	magic      = "lgatelg1"
	headerSize = len(magic) + 8
	frameSize  = 8
	// maxRecord bounds a payload: the longest message, two names and numbers.
	maxRecord = 2 << 20

	kindStream = 'S' // group, stream; takes the next number of the segment
	kindLine   = 'L' // stream number, ID, time, ingested, message
	kindDelete = 'D' // ID, group, stream (empty: all)
	kindExpire = 'E' // ID, group, before
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// errTorn says that the bytes end, or go wrong, within a record.
var errTorn = errors.New("damaged log record")

// beginRecord appends the frame of a record; endRecord fills it in.
func beginRecord(b []byte, kind byte) []byte {
	return append(b, 0, 0, 0, 0, 0, 0, 0, 0, kind)
}

// endRecord completes the record that starts at b[at].
func endRecord(b []byte, at int) []byte {
	payload := b[at+frameSize:]
	binary.LittleEndian.PutUint32(b[at:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(b[at+4:], crc32.Checksum(payload, castagnoli))
	return b
}

// cutRecord returns the payload of the first record in b and what follows it.
func cutRecord(b []byte) (payload, rest []byte, err error) {
	if len(b) < frameSize {
		return nil, nil, errTorn
	}
	n := binary.LittleEndian.Uint32(b)
	if n == 0 || n > maxRecord || int(n) > len(b)-frameSize {
		return nil, nil, errTorn
	}
	payload = b[frameSize : frameSize+int(n)]
	if crc32.Checksum(payload, castagnoli) != binary.LittleEndian.Uint32(b[4:]) {
		return nil, nil, errTorn
	}
	return payload, b[frameSize+int(n):], nil
}

func appendHeader(b []byte, first int64) []byte {
	return binary.LittleEndian.AppendUint64(append(b, magic...), uint64(first))
}

func parseHeader(b []byte) (first int64, err error) {
	if len(b) < headerSize || string(b[:len(magic)]) != magic {
		return 0, errors.New("not a log segment")
	}
	return int64(binary.LittleEndian.Uint64(b[len(magic):])), nil
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// decoder reads the fields of a payload. After the first error every field is
// zero.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) fail() {
	d.b, d.err = nil, errTorn
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads a number that is not negative and fits an int.
func (d *decoder) count() int {
	v, n := binary.Uvarint(d.b)
	if n <= 0 || v > math.MaxInt32 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return int(v)
}

func (d *decoder) string() string {
	n := d.count()
	if n > len(d.b) {
		d.fail()
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

// line is a record of kind L, its message not yet copied.
type line struct {
	stream             int
	id, time, ingested int64
	message            []byte
}

func appendLine(b []byte, l line, message string) []byte {
	at := len(b)
	b = beginRecord(b, kindLine)
	b = binary.AppendUvarint(b, uint64(l.stream))
	b = binary.AppendVarint(b, l.id)
	b = binary.AppendVarint(b, l.time)
	b = binary.AppendVarint(b, l.ingested)
	return endRecord(append(b, message...), at)
}

func parseLine(payload []byte) (line, error) {
	d := decoder{b: payload[1:]}
	l := line{stream: d.count(), id: d.varint(), time: d.varint(), ingested: d.varint()}
	l.message = d.b
	return l, d.err
}

func appendStream(b []byte, group, stream string) []byte {
	at := len(b)
	b = appendString(beginRecord(b, kindStream), group)
	return endRecord(appendString(b, stream), at)
}

// removal is a record of kind D or E.
type removal struct {
	kind          byte
	id            int64
	group, stream string
	before        int64 // milliseconds, kind E
}

func appendRemoval(b []byte, r removal) []byte {
	at := len(b)
	return endRecord(r.encode(beginRecord(b, r.kind)), at)
}

func (r removal) encode(b []byte) []byte {
	b = binary.AppendVarint(b, r.id)
	b = appendString(b, r.group)
	b = appendString(b, r.stream)
	return binary.AppendVarint(b, r.before)
}

func (d *decoder) removal(kind byte) removal {
	return removal{kind: kind, id: d.varint(), group: d.string(), stream: d.string(), before: d.varint()}
}
