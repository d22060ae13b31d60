package javaregex

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// target is the language that a tree is written in.
type target uint8

const (
	forRE2       target = iota // Go's regexp
	forBacktrack               // regexp2 with no options
)

// writer writes a tree as a pattern without flags: every character is one of a
// set, every group is counted as in the tree.
type writer struct {
	strings.Builder
	target target
	larges int // large sets so far
}

func (w *writer) node(n node) {
	switch n := n.(type) {
	case chars:
		w.set(n.set)
	case sequence:
		for _, part := range n {
			w.part(part)
		}
	case alternatives:
		for i, part := range n {
			if i > 0 {
				w.WriteByte('|')
			}
			w.node(part)
		}
	case group:
		w.enclosed("(", n.body)
	case atomic:
		w.enclosed("(?>", n.body)
	case look:
		w.look(n)
	case repeat:
		w.repeat(n)
	case backReference:
		w.reference(n)
	case assertion:
		w.WriteString(w.assertion(n))
	}
}

// part writes a node so that it is one part of a sequence.
func (w *writer) part(n node) {
	if _, ok := n.(alternatives); ok {
		w.enclosed("(?:", n)
		return
	}
	w.node(n)
}

func (w *writer) enclosed(open string, body node) {
	w.WriteString(open)
	w.node(body)
	w.WriteByte(')')
}

func (w *writer) look(n look) {
	open := "(?"
	if n.behind {
		open += "<"
	}
	if n.negative {
		open += "!"
	} else {
		open += "="
	}
	w.enclosed(open, n.body)
}

func (w *writer) repeat(n repeat) {
	if n.mode == possessive {
		w.WriteString("(?>")
	}
	if _, ok := n.body.(chars); ok {
		w.node(n.body)
	} else {
		w.enclosed("(?:", n.body)
	}
	switch {
	case n.min == 0 && n.max == unbounded:
		w.WriteByte('*')
	case n.min == 1 && n.max == unbounded:
		w.WriteByte('+')
	case n.min == 0 && n.max == 1:
		w.WriteByte('?')
	case n.max == unbounded:
		fmt.Fprintf(w, "{%d,}", n.min)
	default:
		fmt.Fprintf(w, "{%d,%d}", n.min, n.max)
	}
	switch n.mode {
	case lazy:
		w.WriteByte('?')
	case possessive:
		w.WriteByte(')')
	}
}

// reference writes a back-reference, which only regexp2 knows.
func (w *writer) reference(n backReference) {
	text := "(?:\\" + strconv.Itoa(n.index) + ")"
	if n.fold {
		text = "(?i:\\" + strconv.Itoa(n.index) + ")"
	}
	if n.ifUnset {
		text = "(?(" + strconv.Itoa(n.index) + ")" + text + "|)"
	}
	w.WriteString(text)
}

// set writes a set of characters, the shorter way around.
func (w *writer) set(s set) {
	if r, ok := s.one(); ok {
		w.WriteString(w.char(r))
		return
	}
	other := s.negate()
	switch {
	case len(s) == 0:
		w.WriteString(w.nothing())
		return
	case len(s) > large:
		w.largeSet(s, other)
		return
	case len(other) < len(s) && len(other) > 0:
		w.WriteString("[^")
		s = other
	default:
		w.WriteByte('[')
	}
	w.spans(s)
	w.WriteByte(']')
}

func (w *writer) spans(s set) {
	for _, sp := range s {
		w.WriteString(w.char(sp.lo))
		if sp.hi > sp.lo {
			w.WriteByte('-')
			w.WriteString(w.char(sp.hi))
		}
	}
}

// large is the number of spans from which on a set is written by categories:
// regexp2 takes time in the square of them to compile, and looks at one after
// the other to match.
const large = 32

// maxLarge is how many large sets a pattern may have.
const maxLarge = 256

// largeSet writes a set, or what is not in it, as Unicode categories and the
// spans that remain.
func (w *writer) largeSet(s, other set) {
	if w.larges++; w.larges > maxLarge {
		return // newMatcher reports it
	}
	names, rest := cover(s)
	notNames, notRest := cover(other)
	open := "["
	if len(notNames)+len(notRest) < len(names)+len(rest) {
		open, names, rest = "[^", notNames, notRest
	}
	w.WriteString(open)
	for _, name := range names {
		w.WriteString(name)
	}
	w.spans(rest)
	w.WriteByte(']')
}

// cover finds categories that s contains whole, \p{…} or \P{…}, and what of s
// they leave.
func cover(s set) (names []string, rest set) {
	rest = s
	for _, c := range categories() {
		for _, try := range []struct {
			name string
			set  set
		}{{`\p{` + c.name + `}`, c.in}, {`\P{` + c.name + `}`, c.out}} {
			left := rest.minus(try.set)
			if len(left) < len(rest) && s.includes(try.set) {
				names, rest = append(names, try.name), left
			}
		}
	}
	return names, rest
}

// namedSet is a category that both engines know, and all that is not in it.
type namedSet struct {
	name    string
	in, out set
}

// categories are the large ones: the general ones first, then their parts.
var categories = sync.OnceValue(func() []namedSet {
	var list []namedSet
	for _, name := range []string{
		"L", "M", "N", "P", "S", "Ll", "Lu", "Lo", "Lm", "Mn", "Mc", "Nd", "No", "Po", "So", "Sm", "Ps", "Pe",
	} {
		in := tables(unicode.Categories[name])
		list = append(list, namedSet{name, in, in.negate()})
	}
	return list
})

// nothing writes what never matches.
func (w *writer) nothing() string {
	if w.target == forRE2 {
		return `[^\x00-\x{10FFFF}]`
	}
	return `(?!)`
}

// char writes one character so that it means itself inside and outside of
// classes.
func (w *writer) char(r rune) string {
	switch {
	case letters.contains(r) || isDigit(r):
		return string(r)
	case w.target == forRE2:
		return fmt.Sprintf(`\x{%x}`, r)
	case r <= 0xFFFF:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return string(r)
}

// assertion writes a condition on a place. Go's regexp gets the first two and
// the word boundaries only.
func (w *writer) assertion(a assertion) string {
	if w.target == forRE2 {
		return map[assertion]string{
			atBegin: `\A`, atEnd: `\z`, never: w.nothing(),
			atBoundary: `\b`, notAtBoundary: `\B`, atUnicodeBoundary: `\b`, notAtUnicodeBoundary: `\B`,
			atASCIIBoundary: `\b`, notAtASCIIBoundary: `\B`,
		}[a]
	}
	switch a {
	case atBoundary, atUnicodeBoundary:
		before, after := w.word(a)
		return `(?:` + before + `(?!` + after + `)|(?!` + before + `)` + after + `)`
	case notAtBoundary, notAtUnicodeBoundary:
		before, after := w.word(a)
		return `(?:` + before + after + `|(?!` + before + `)(?!` + after + `))`
	}
	// Java's ^ with MULTILINE does not match at the end of a text, not even of
	// an empty one.
	return map[assertion]string{
		atBegin: `\A`, atEnd: `\z`, never: w.nothing(), atLastMatch: `\G`,
		atASCIIBoundary:    `(?:(?<=[0-9A-Z_a-z])(?![0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?=[0-9A-Z_a-z]))`,
		notAtASCIIBoundary: `(?:(?<=[0-9A-Z_a-z])(?=[0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?![0-9A-Z_a-z]))`,
		atLastEnd:          `(?=\z|\r\n\z|(?<!\r)\n\z|[\r\u0085\u2028\u2029]\z)`,
		atLastUnixEnd:      `(?=\n?\z)`,
		atLineBegin:        `(?!\z)(?:\A|(?<=[\n\u0085\u2028\u2029])|(?<=\r)(?!\n))`,
		atUnixLineBegin:    `(?!\z)(?:\A|(?<=\n))`,
		atLineEnd:          `(?=\z|[\r\u0085\u2028\u2029]|(?<!\r)\n)`,
		atUnixLineEnd:      `(?=\z|\n)`,
	}[a]
}

// word writes that a word character is before, or after, a place. In Java a
// combining mark belongs to the letter before it.
func (w *writer) word(a assertion) (before, after string) {
	if a == atUnicodeBoundary || a == notAtUnicodeBoundary {
		c := unicodeWordClass()
		return `(?<=` + c + `)`, `(?=` + c + `)`
	}
	return `(?:(?<=[\p{L}\p{Nd}_])|(?<=[\p{L}\p{Nd}]\p{Mn}+))`,
		`(?:(?=[\p{L}\p{Nd}_])|(?=\p{Mn})(?<=[\p{L}\p{Nd}]\p{Mn}*))`
}

var unicodeWordClass = sync.OnceValue(func() string {
	w := writer{target: forBacktrack}
	s := unicodeWord()
	w.largeSet(s, s.negate())
	return w.String()
})
