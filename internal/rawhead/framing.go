package rawhead

import (
	"strconv"
	"strings"
)

// framing knows where a request's body ends.
type framing struct {
	left    int64 // bytes still to skip: of the body, or of the current chunk with its line end
	chunked bool
	line    []byte // a chunk's size line, or a trailer line, being read
	trailer bool   // after the last chunk
	bad     bool
}

func (f *framing) active() bool { return f.left > 0 || f.chunked }

// bodyFraming reads the length of a body from its head, as net/http does: chunks
// are not known before HTTP/1.1.
func bodyFraming(fields []Field, chunks bool) (framing, bool) {
	var f framing
	for _, h := range fields {
		switch {
		case strings.EqualFold(h.Name, "Content-Length"):
			n, err := strconv.ParseInt(h.Value, 10, 64)
			if err != nil || n < 0 || f.left != 0 && f.left != n {
				return f, false
			}
			f.left = n
		case strings.EqualFold(h.Name, "Transfer-Encoding") && chunks:
			if !strings.EqualFold(h.Value, "chunked") {
				return f, false
			}
			f.chunked = true
		}
	}
	if f.chunked {
		f.left = 0
	}
	return f, true
}

// maxChunkLine bounds a chunk's size line and a trailer line.
const maxChunkLine = 8 << 10

// skip takes bytes of the body and returns how many.
func (f *framing) skip(p []byte) int {
	if f.left > 0 {
		n := min(int64(len(p)), f.left)
		f.left -= n
		return int(n)
	}
	for i, b := range p {
		if b != '\n' {
			if f.line = append(f.line, b); len(f.line) > maxChunkLine {
				f.bad = true
				return len(p)
			}
			continue
		}
		f.endLine(strings.TrimSuffix(string(f.line), "\r"))
		f.line = f.line[:0]
		return i + 1
	}
	return len(p)
}

// endLine takes a size line or a trailer line.
func (f *framing) endLine(line string) {
	if f.trailer {
		if line == "" {
			f.chunked, f.trailer = false, false
		}
		return
	}
	size, _, _ := strings.Cut(line, ";")
	n, err := strconv.ParseInt(strings.Trim(size, " \t"), 16, 64)
	switch {
	case err != nil || n < 0:
		f.bad = true
	case n == 0:
		f.trailer = true
	default:
		f.left = n + 2 // the chunk and its \r\n
	}
}
