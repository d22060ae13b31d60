package vtl

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxJSONDepth is how deep ParseJSON lets arrays and objects nest.
const MaxJSONDepth = 512

// ParseJSON reads one JSON value. Objects become *Map, in order, the last of
// equal keys winning; arrays become *List, which print as JSON; numbers without
// fraction and exponent int32, int64 or *big.Int, whichever is the first to
// hold them, and others Decimal. Bytes that are not UTF-8 become U+FFFD.
func ParseJSON(data []byte) (any, error) {
	r := jsonReader{s: string(data)}
	if !utf8.ValidString(r.s) {
		r.s = strings.ToValidUTF8(r.s, "\uFFFD")
	}
	r.blanks()
	v, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if r.blanks(); r.at < len(r.s) {
		return nil, r.unexpected()
	}
	return v, nil
}

// maxDigits is the longest integer that is read as a number; a longer one is
// kept as text, as a Decimal.
const maxDigits = 4096

// A jsonReader reads s from at.
type jsonReader struct {
	s  string
	at int
}

var errJSONDepth = errors.New("JSON nested too deeply")

func (r *jsonReader) unexpected() error {
	if r.at >= len(r.s) {
		return errors.New("unexpected end of JSON")
	}
	return fmt.Errorf("unexpected %q in JSON at byte %d", firstRune(r.s[r.at:]), r.at)
}

func (r *jsonReader) blanks() {
	for r.at < len(r.s) {
		switch r.s[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

// value: object | array | string | number | true | false | null
func (r *jsonReader) value(depth int) (any, error) {
	if r.at >= len(r.s) {
		return nil, r.unexpected()
	}
	switch r.s[r.at] {
	case '{':
		return r.object(depth + 1)
	case '[':
		return r.array(depth + 1)
	case '"':
		return r.string()
	case 't':
		return true, r.word("true")
	case 'f':
		return false, r.word("false")
	case 'n':
		return nil, r.word("null")
	}
	return r.number()
}

func (r *jsonReader) word(w string) error {
	if !strings.HasPrefix(r.s[r.at:], w) {
		return r.unexpected()
	}
	r.at += len(w)
	return nil
}

// object: '{' [ string ':' value { ',' string ':' value } ] '}'
func (r *jsonReader) object(depth int) (any, error) {
	if depth > MaxJSONDepth {
		return nil, errJSONDepth
	}
	m := new(Map)
	r.at++
	r.blanks()
	if r.skip('}') {
		return m, nil
	}
	for {
		if r.at >= len(r.s) || r.s[r.at] != '"' {
			return nil, r.unexpected()
		}
		key, err := r.string()
		if err != nil {
			return nil, err
		}
		r.blanks()
		if !r.skip(':') {
			return nil, r.unexpected()
		}
		r.blanks()
		v, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		m.Put(key, v)
		r.blanks()
		if r.skip('}') {
			return m, nil
		}
		if !r.skip(',') {
			return nil, r.unexpected()
		}
		r.blanks()
	}
}

// array: '[' [ value { ',' value } ] ']'
func (r *jsonReader) array(depth int) (any, error) {
	if depth > MaxJSONDepth {
		return nil, errJSONDepth
	}
	l := &List{kind: jsonArray}
	r.at++
	r.blanks()
	if r.skip(']') {
		return l, nil
	}
	for {
		v, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		l.items = append(l.items, v)
		r.blanks()
		if r.skip(']') {
			return l, nil
		}
		if !r.skip(',') {
			return nil, r.unexpected()
		}
		r.blanks()
	}
}

func (r *jsonReader) skip(c byte) bool {
	if r.at < len(r.s) && r.s[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *jsonReader) string() (string, error) {
	r.at++
	start := r.at
	for ; r.at < len(r.s); r.at++ {
		switch c := r.s[r.at]; {
		case c == '"':
			r.at++
			return r.s[start : r.at-1], nil
		case c == '\\':
			return r.escapedString(start)
		case c < ' ':
			return "", r.unexpected()
		}
	}
	return "", r.unexpected()
}

// escapedString goes on from the first backslash of a string.
func (r *jsonReader) escapedString(start int) (string, error) {
	b := append(make([]byte, 0, r.at-start+32), r.s[start:r.at]...)
	joined := false
	for ; r.at < len(r.s); r.at++ {
		switch c := r.s[r.at]; {
		case c == '"':
			r.at++
			if joined {
				return fromUTF16(toUTF16(string(b))), nil
			}
			return string(b), nil
		case c < ' ':
			return "", r.unexpected()
		case c != '\\':
			b = append(b, c)
			continue
		}
		r.at++
		if r.at >= len(r.s) {
			break
		}
		if i := strings.IndexByte(`"\/bfnrt`, r.s[r.at]); i >= 0 {
			b = append(b, "\"\\/\b\f\n\r\t"[i])
			continue
		}
		if r.s[r.at] != 'u' || r.at+5 > len(r.s) {
			return "", r.unexpected()
		}
		u, err := strconv.ParseUint(r.s[r.at+1:r.at+5], 16, 16)
		if err != nil {
			return "", r.unexpected()
		}
		joined = joined || u >= surrogateFirst && u <= surrogateLast
		b = appendChar(b, Char(u))
		r.at += 4
	}
	return "", r.unexpected()
}

// number: [ '-' ] ( '0' | digit { digit } ) [ '.' digits ] [ exponent ]
func (r *jsonReader) number() (any, error) {
	start := r.at
	r.skip('-')
	whole := r.digits()
	if whole == 0 || whole > 1 && r.s[r.at-whole] == '0' {
		return nil, r.unexpected()
	}
	integer := true
	if r.skip('.') {
		integer = false
		if r.digits() == 0 {
			return nil, r.unexpected()
		}
	}
	if r.skip('e') || r.skip('E') {
		integer = false
		if !r.skip('+') {
			r.skip('-')
		}
		if r.digits() == 0 {
			return nil, r.unexpected()
		}
	}
	text := r.s[start:r.at]
	if integer && len(text) <= maxDigits {
		return integerLiteral(text), nil
	}
	return Decimal{text}, nil
}

func (r *jsonReader) digits() int {
	n := countDigits(r.s[r.at:])
	r.at += n
	return n
}

// AppendJSON appends v as compact JSON: keys in their order, numbers with the
// digits that they came with, characters beyond ASCII as they are. What is not
// a JSON value is written as the string that it prints as. A value that is
// nested more than 1,000 deep, or that contains itself, is written as null.
func AppendJSON(dst []byte, v any) []byte {
	out := withState(dst, func(st *state) []byte { return st.appendJSON(dst, v) })
	if len(out) == len(dst) {
		return append(out, "null"...)
	}
	return out
}

func (st *state) appendJSON(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return appendJSONString(dst, v)
	case bool, int32, int64, *big.Int:
		return st.appendValue(dst, v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(dst, "null"...)
		}
		return appendDouble(dst, v)
	case Decimal:
		return append(dst, v.text...)
	case *bigDecimal:
		return append(dst, v.String()...)
	case *Map:
		return st.appendJSONObject(dst, v)
	case *List:
		return st.appendJSONArray(dst, len(v.items), func(i int) any { return v.items[i] })
	case *mapView:
		return st.appendJSONArray(dst, len(v.m.entries), v.at)
	case encoding.TextAppender, *entry, *scope, *defined, javaClass, Char, fmt.Stringer:
		return appendJSONString(dst, st.text(v))
	}
	if g := FromGo(v); !isPlain(v) || g != v {
		return st.appendJSON(dst, g)
	}
	return appendJSONString(dst, st.text(v))
}

func (st *state) appendJSONObject(dst []byte, m *Map) []byte {
	defer st.nest()()
	dst = append(dst, '{')
	for i := range m.entries {
		if i > 0 {
			dst = append(dst, ',')
		}
		st.charge(1)
		dst = appendJSONString(dst, m.entries[i].text)
		dst = append(dst, ':')
		dst = st.appendJSON(dst, m.entries[i].value)
		st.checkSize(len(dst))
	}
	return append(dst, '}')
}

func (st *state) appendJSONArray(dst []byte, n int, at func(int) any) []byte {
	defer st.nest()()
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		st.charge(1)
		dst = st.appendJSON(dst, at(i))
		st.checkSize(len(dst))
	}
	return append(dst, ']')
}

func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c != 0xED {
			continue
		}
		if c == 0xED {
			u, lone := loneSurrogate(s[i:])
			if !lone {
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = fmt.Appendf(dst, `\u%04x`, u)
			i += 2
			start = i + 1
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		if at := strings.IndexByte("\"\\\b\f\n\r\t", c); at >= 0 {
			dst = append(dst, '\\', `"\bfnrt`[at])
			continue
		}
		dst = fmt.Appendf(dst, `\u%04x`, c)
	}
	return append(append(dst, s[start:]...), '"')
}
