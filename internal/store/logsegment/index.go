package logsegment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"

	"github.com/lambdagate/lambdagate/internal/store/blobdir"
)

// indexMagic starts an index file: then the fields below as varints, then the
// CRC-32C of all before.
const indexMagic = "lgatelx1"

func (s *segment) indexPath() string { return strings.TrimSuffix(s.path, ".log") + ".idx" }

// encodeIndex describes the first size bytes of the segment.
func (s *segment) encodeIndex() []byte {
	b := []byte(indexMagic)
	for _, v := range []int64{s.size, s.first, s.last, s.applied, int64(len(s.streams))} {
		b = binary.AppendVarint(b, v)
	}
	for _, t := range s.streams {
		b = appendString(appendString(b, t.group), t.stream)
		dead := int64(0)
		if t.dead {
			dead = 1
		}
		for _, v := range []int64{t.first, t.last, t.ingested, t.bytes, t.lines, dead} {
			b = binary.AppendVarint(b, v)
		}
	}
	b = binary.AppendVarint(b, int64(len(s.chunks)))
	for _, c := range s.chunks {
		for _, v := range []int64{c.off, c.end, c.firstID, c.lastID, c.from, c.to, int64(c.streams)} {
			b = binary.AppendVarint(b, v)
		}
	}
	b = binary.AppendVarint(b, int64(len(s.removals)))
	for _, r := range s.removals {
		b = r.encode(append(b, r.kind))
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

var errIndex = errors.New("index does not fit the log segment")

// decodeIndex fills a segment whose file has size bytes.
func (s *segment) decodeIndex(b []byte, size int64) error {
	n := len(b) - 4
	if n < len(indexMagic) || string(b[:len(indexMagic)]) != indexMagic ||
		crc32.Checksum(b[:n], castagnoli) != binary.LittleEndian.Uint32(b[n:]) {
		return errIndex
	}
	d := &decoder{b: b[len(indexMagic):n]}
	s.size, s.first, s.last, s.applied = d.varint(), d.varint(), d.varint(), d.varint()
	if s.size != size {
		return errIndex
	}
	for range d.varint() {
		if d.err != nil {
			return d.err
		}
		s.decodeStream(d)
	}
	for range d.varint() {
		if d.err != nil {
			return d.err
		}
		s.chunks = append(s.chunks, chunk{
			off: d.varint(), end: d.varint(), firstID: d.varint(), lastID: d.varint(),
			from: d.varint(), to: d.varint(), streams: uint64(d.varint()),
		})
	}
	for range d.varint() {
		if d.err != nil || len(d.b) == 0 {
			return errIndex
		}
		kind := d.b[0]
		d.b = d.b[1:]
		s.removals = append(s.removals, d.removal(kind))
	}
	s.synced = size
	return d.err
}

func (s *segment) decodeStream(d *decoder) {
	i := s.addStream(name{d.string(), d.string()})
	t := s.streams[i]
	t.first, t.last, t.ingested, t.bytes, t.lines = d.varint(), d.varint(), d.varint(), d.varint(), d.varint()
	if d.varint() != 0 {
		s.kill(i)
	}
}

// writeIndex replaces a file as a whole, so that a crash leaves the old one.
func writeIndex(path string, b []byte) error {
	temp := path + ".tmp"
	f, err := os.Create(temp)
	if err != nil {
		return fmt.Errorf("write log index: %w", err)
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err == nil {
		err = blobdir.SyncDir(filepath.Dir(path))
	}
	if err != nil {
		os.Remove(temp)
		return fmt.Errorf("write log index: %w", err)
	}
	return nil
}
