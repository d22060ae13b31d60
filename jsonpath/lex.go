package jsonpath

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// cursor reads a path from left to right. What a character means depends on
// where it stands (a member name may hold nearly anything), so the parser asks
// for the lexeme it expects instead of receiving tokens.
type cursor struct {
	given string // the path as given to Compile
	text  string // given, trimmed, with "$." in front if it had no root
	shift int    // from a place in text to its place in given
	pos   int    // in text
	depth int    // filters, parentheses and arguments open
}

// fail ends parsing; parse recovers the error.
func (c *cursor) fail(pos int, format string, args ...any) {
	pos = min(max(pos+c.shift, 0), len(c.given))
	panic(&SyntaxError{Path: c.given, Pos: pos, Msg: fmt.Sprintf(format, args...)})
}

// enter and leave count what is open, against runaway recursion.
func (c *cursor) enter() {
	if c.depth++; c.depth > maxNesting {
		c.fail(c.pos, "more than %d levels of nesting", maxNesting)
	}
}

func (c *cursor) leave() { c.depth-- }

func (c *cursor) done() bool { return c.pos >= len(c.text) }

// peek is the next byte, 0 at the end.
func (c *cursor) peek() byte { return c.peekAt(0) }

func (c *cursor) peekAt(ahead int) byte {
	if c.pos+ahead < len(c.text) {
		return c.text[c.pos+ahead]
	}
	return 0
}

// accept reads literal if it comes next.
func (c *cursor) accept(literal string) bool {
	if strings.HasPrefix(c.text[c.pos:], literal) {
		c.pos += len(literal)
		return true
	}
	return false
}

// expect reads literal, after blanks.
func (c *cursor) expect(literal string) {
	c.skipBlanks()
	if !c.accept(literal) {
		c.fail(c.pos, "expected %q", literal)
	}
}

func (c *cursor) skipBlanks() {
	for !c.done() && isBlank(c.peek()) {
		c.pos++
	}
}

const blanks = " \t\r\n"

func isBlank(b byte) bool { return strings.IndexByte(blanks, b) >= 0 }

// context says what surrounds a path and so where an unquoted name in it ends.
type context uint8

const (
	onItsOwn   context = iota // the whole expression
	inFilter                  // an operand in [?( )]
	inArgument                // an argument of a function
)

// name reads an unquoted member name: everything up to a dot, a bracket, an
// opening parenthesis or what ends the path around it.
func (c *cursor) name(in context) string {
	start := c.pos
	for !c.done() && !c.nameEnds(in) {
		c.pos++
	}
	return c.text[start:c.pos]
}

func (c *cursor) nameEnds(in context) bool {
	b := c.peek()
	if b == '.' || b == '[' || b == '(' || b == ' ' {
		return true
	}
	switch in {
	case inFilter:
		return isBlank(b) || strings.IndexByte(")<>=!~", b) >= 0 ||
			(b == '&' || b == '|') && c.peekAt(1) == b
	case inArgument:
		return isBlank(b) || b == ')' || b == ','
	}
	return false
}

// quoted reads a string in single or double quotes, whichever comes next.
func (c *cursor) quoted() string {
	start, mark := c.pos, c.peek()
	c.pos++
	end := closing(c.text, c.pos, mark)
	if end < 0 {
		c.fail(start, "string without its closing %c", mark)
	}
	body := c.text[c.pos:end]
	c.pos = end + 1
	if strings.IndexByte(body, '\\') < 0 {
		return body
	}
	text, ok := unescape(body)
	if !ok {
		c.fail(start, `\u without four hexadecimal digits in string`)
	}
	return text
}

// closing is the place of the next unescaped mark from pos on, or -1.
func closing(s string, pos int, mark byte) int {
	for i := pos; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case mark:
			return i
		}
	}
	return -1
}

// unescape resolves \n \t \b \f \r \uXXXX; before any other character a
// backslash only quotes it.
func unescape(s string) (text string, ok bool) {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if s[i] != 'u' {
			b.WriteByte(unescaped(s[i]))
			continue
		}
		r, size := hexRune(s[i+1:])
		if size == 0 {
			return "", false
		}
		b.WriteRune(r)
		i += size
	}
	return b.String(), true
}

// unescaped is what a backslash and b stand for.
func unescaped(b byte) byte {
	switch b {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	}
	return b
}

// hexRune reads XXXX, and \uXXXX after it when the two are a surrogate pair;
// size is what it read, 0 if s does not start with four hexadecimal digits.
func hexRune(s string) (r rune, size int) {
	high, ok := hex4(s)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(high) {
		if len(s) >= 10 && s[4:6] == `\u` {
			if low, ok := hex4(s[6:]); ok {
				if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
					return r, 10
				}
			}
		}
		return utf8.RuneError, 4
	}
	return high, 4
}

func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(s[:4], 16, 16)
	return rune(n), err == nil
}

// integer reads '-'? [0-9]+.
func (c *cursor) integer() int {
	start := c.pos
	c.accept("-")
	c.pos = digits(c.text, c.pos)
	n, err := strconv.ParseInt(c.text[start:c.pos], 10, 32)
	if err != nil {
		c.fail(start, "expected an index")
	}
	return int(n)
}

// word reads a run of letters.
func (c *cursor) word() string {
	start := c.pos
	for !c.done() && isLetter(c.peek()) {
		c.pos++
	}
	return c.text[start:c.pos]
}

func isLetter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }
