package metricmath

import (
	"fmt"
	"strings"
)

// Error is what is wrong with an expression, and where, in characters from 0.
type Error struct {
	At   int
	Text string
}

func (e *Error) Error() string { return e.Text }

func fault(at int, format string, args ...any) *Error {
	return &Error{at, fmt.Sprintf(format, args...)}
}

type kind int

const (
	end kind = iota
	number
	word
	quoted
	symbol
)

type token struct {
	kind kind
	text string
	at   int
}

// symbols that have two characters, and what they stand for.
var pairs = []string{"==", "!=", "<=", ">=", "&&", "||"}

// lex cuts an expression into tokens; the last is the end.
func lex(src string) ([]token, error) {
	var all []token
	for i := 0; i < len(src); {
		c := src[i]
		if strings.IndexByte(" \t\r\n", c) >= 0 {
			i++
			continue
		}
		t, err := next(src, i)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
		i += len(t.text)
		if t.kind == quoted {
			all[len(all)-1].text = t.text[1 : len(t.text)-1]
		}
	}
	return append(all, token{end, "", len(src)}), nil
}

func next(src string, i int) (token, error) {
	rest := src[i:]
	switch c := rest[0]; {
	case isDigit(c) || c == '.' && len(rest) > 1 && isDigit(rest[1]):
		return token{number, rest[:numberLength(rest)], i}, nil
	case isLetter(c):
		n := 1
		for n < len(rest) && (isLetter(rest[n]) || isDigit(rest[n])) {
			n++
		}
		return token{word, rest[:n], i}, nil
	case c == '"' || c == '\'':
		n := strings.IndexByte(rest[1:], c)
		if n < 0 {
			return token{}, fault(i, "Unterminated string")
		}
		return token{quoted, rest[:n+2], i}, nil
	}
	for _, p := range pairs {
		if strings.HasPrefix(rest, p) {
			return token{symbol, p, i}, nil
		}
	}
	if strings.IndexByte("+-*/^()[],<>", rest[0]) >= 0 {
		return token{symbol, rest[:1], i}, nil
	}
	return token{}, fault(i, "Unexpected character '%s'", string([]rune(rest)[0]))
}

// numberLength is the length of the number that s begins with.
func numberLength(s string) int {
	n := 0
	for n < len(s) && (isDigit(s[n]) || s[n] == '.') {
		n++
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		m := n + 1
		if m < len(s) && (s[m] == '+' || s[m] == '-') {
			m++
		}
		if m < len(s) && isDigit(s[m]) {
			for n = m; n < len(s) && isDigit(s[n]); {
				n++
			}
		}
	}
	return n
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }
