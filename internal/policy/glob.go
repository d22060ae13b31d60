package policy

import (
	"strings"
	"unicode/utf8"
)

// anyChar stands for "?" in a glob's chunks. The byte occurs in no valid
// UTF-8, and so in no text of a policy.
const anyChar = '\xff'

// glob is a compiled pattern: the chunks of text between its stars. One chunk
// means that there is no star.
type glob struct {
	chunks []chunk
}

// chunk is text without stars.
type chunk struct {
	text  string
	wild  bool // holds anyChar
	folds bool // compares ASCII letters without case; text is in lower case
}

// newGlob compiles chunks; folds compares ASCII letters without case.
func newGlob(texts []string, folds bool) glob {
	g := glob{make([]chunk, len(texts))}
	for i, text := range texts {
		if folds {
			text = lowerASCII(text)
		}
		g.chunks[i] = chunk{text, strings.IndexByte(text, anyChar) >= 0, folds}
	}
	return g
}

// compileAction compiles an action's pattern: "*" and "?", letters without
// case.
func compileAction(pattern string) glob {
	return newGlob(parseTemplate(pattern, true, false).chunks(), true)
}

// match reports whether all of s fits the pattern. It takes time proportional
// to the lengths of both in the usual case and to their product at worst, and
// allocates nothing.
func (g glob) match(s string) bool {
	first, last := g.chunks[0], g.chunks[len(g.chunks)-1]
	n, ok := first.prefix(s)
	if !ok {
		return false
	}
	if len(g.chunks) == 1 {
		return n == len(s)
	}
	s = s[n:]
	for _, c := range g.chunks[1 : len(g.chunks)-1] {
		if n, ok = c.find(s); !ok {
			return false
		}
		s = s[n:]
	}
	return last.suffix(s)
}

// prefix reports whether s starts with c, and how much of s that takes.
func (c chunk) prefix(s string) (int, bool) {
	if !c.wild && !c.folds {
		return len(c.text), strings.HasPrefix(s, c.text)
	}
	at := 0
	for i := range len(c.text) {
		if at >= len(s) {
			return 0, false
		}
		if c.text[i] == anyChar {
			_, width := utf8.DecodeRuneInString(s[at:])
			at += width
			continue
		}
		if !c.same(c.text[i], s[at]) {
			return 0, false
		}
		at++
	}
	return at, true
}

// suffix reports whether s ends with c.
func (c chunk) suffix(s string) bool {
	if !c.wild && !c.folds {
		return strings.HasSuffix(s, c.text)
	}
	for i := len(c.text) - 1; i >= 0; i-- {
		if s == "" {
			return false
		}
		if c.text[i] == anyChar {
			_, width := utf8.DecodeLastRuneInString(s)
			s = s[:len(s)-width]
			continue
		}
		if !c.same(c.text[i], s[len(s)-1]) {
			return false
		}
		s = s[:len(s)-1]
	}
	return true
}

// find returns where the first occurrence of c in s ends.
func (c chunk) find(s string) (int, bool) {
	if !c.wild && !c.folds {
		i := strings.Index(s, c.text)
		return i + len(c.text), i >= 0
	}
	for at := 0; at <= len(s); {
		if n, ok := c.prefix(s[at:]); ok {
			return at + n, true
		}
		_, width := utf8.DecodeRuneInString(s[at:])
		at += max(width, 1)
	}
	return 0, false
}

func (c chunk) same(pattern, b byte) bool {
	if c.folds && 'A' <= b && b <= 'Z' {
		b |= 0x20
	}
	return pattern == b
}

// lowerASCII lowers ASCII letters and leaves all other bytes, anyChar among
// them, as they are.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return string(b)
}
