package vtl

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Java's strings are sequences of UTF-16 units: lengths and indexes count them,
// and half of a surrogate pair can be cut off. Go's are UTF-8; a lone half is
// kept as the three bytes that UTF-8 would use for it, and becomes a question
// mark when it is printed, as in Java.

const (
	surrogateFirst = 0xD800
	surrogateLast  = 0xDFFF
)

// isASCII tells whether bytes are UTF-16 units.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// utf16Len returns the length of s as Java's String.length does.
func utf16Len(s string) int {
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c < 0x80 || c >= 0xC0 && c < 0xF0:
			n++
		case c >= 0xF0:
			n += 2
		}
	}
	return n
}

func toUTF16(s string) []uint16 {
	units := make([]uint16, 0, len(s))
	for i := 0; i < len(s); {
		if u, ok := loneSurrogate(s[i:]); ok {
			units = append(units, u)
			i += 3
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		units = utf16.AppendRune(units, r)
		i += n
	}
	return units
}

func fromUTF16(units []uint16) string {
	var b strings.Builder
	b.Grow(len(units))
	for i := 0; i < len(units); i++ {
		u := rune(units[i])
		if u < surrogateFirst || u > surrogateLast {
			b.WriteRune(u)
			continue
		}
		if i+1 < len(units) {
			if r := utf16.DecodeRune(u, rune(units[i+1])); r != utf8.RuneError {
				b.WriteRune(r)
				i++
				continue
			}
		}
		b.Write(appendSurrogate(nil, uint16(u)))
	}
	return b.String()
}

// loneSurrogate decodes the three bytes that stand for half of a pair.
func loneSurrogate(s string) (uint16, bool) {
	if len(s) < 3 || s[0] != 0xED || s[1] < 0xA0 || s[1] > 0xBF || s[2]&0xC0 != 0x80 {
		return 0, false
	}
	return 0xD000 | uint16(s[1]&0x3F)<<6 | uint16(s[2]&0x3F), true
}

func appendSurrogate(b []byte, u uint16) []byte {
	return append(b, 0xED, 0x80|byte(u>>6&0x3F), 0x80|byte(u&0x3F))
}

// appendChar appends one UTF-16 unit.
func appendChar(b []byte, c Char) []byte {
	if c >= surrogateFirst && c <= surrogateLast {
		return appendSurrogate(b, uint16(c))
	}
	return utf8.AppendRune(b, rune(c))
}

// byteOffset returns where the nth UTF-16 unit of s begins, and whether that is
// between characters; in the middle of a pair it is not.
func byteOffset(s string, n int) (int, bool) {
	if n <= 0 {
		return 0, true
	}
	for i := 0; i < len(s); {
		_, size := utf8.DecodeRuneInString(s[i:])
		if _, lone := loneSurrogate(s[i:]); lone {
			size = 3
		}
		units := 1
		if size == 4 {
			units = 2
		}
		if n < units {
			return i, false
		}
		n -= units
		i += size
		if n == 0 {
			return i, true
		}
	}
	return len(s), true
}

// utf16Slice returns s.substring(from, to); the caller has checked the bounds.
func utf16Slice(s string, from, to int) string {
	if isASCII(s) {
		return s[from:to]
	}
	i, whole := byteOffset(s, from)
	j, wholeTo := byteOffset(s, to)
	if whole && wholeTo {
		return s[i:j]
	}
	return fromUTF16(toUTF16(s)[from:to])
}

// utf16Index turns a byte offset into an index as Java counts it.
func utf16Index(s string, offset int) int {
	if offset < 0 {
		return -1
	}
	return utf16Len(s[:offset])
}

// joinSurrogates makes whole characters of the halves of pairs that met in b
// from start on, and question marks of those that stayed alone.
func joinSurrogates(b []byte, start int) []byte {
	if bytes.IndexByte(b[start:], 0xED) < 0 {
		return b
	}
	s := string(b[start:])
	b = b[:start]
	for i := 0; i < len(s); {
		u, lone := loneSurrogate(s[i:])
		if !lone {
			b = append(b, s[i])
			i++
			continue
		}
		i += 3
		if low, ok := loneSurrogate(s[i:]); ok {
			if r := utf16.DecodeRune(rune(u), rune(low)); r != utf8.RuneError {
				b = utf8.AppendRune(b, r)
				i += 3
				continue
			}
		}
		b = append(b, '?')
	}
	return b
}
