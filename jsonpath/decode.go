package jsonpath

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// maxDecodeDepth is how deeply arrays and objects may be nested in a text that
// is decoded.
const maxDecodeDepth = 1000

// Decode reads one JSON text: objects become *Map with their members in order
// (of a repeated name the last value counts, in the first place), arrays
// []any, numbers json.Number with their exact text, and the rest string, bool
// and nil. Invalid UTF-8 and half surrogate pairs become U+FFFD. The error is
// a *DecodeError.
func Decode(data []byte) (any, error) {
	d := decoder{text: string(data)}
	value, err := d.decode()
	if err != nil {
		return nil, err
	}
	if d.skipBlanks(); d.pos < len(d.text) {
		return nil, d.errorf("unexpected text after the value")
	}
	return value, nil
}

// decoder reads JSON from text. Strings and numbers without escapes share its
// memory.
type decoder struct {
	text  string
	pos   int
	depth int

	// lenient takes what Jayway takes for literals in filters: strings in
	// single quotes and bare words.
	lenient bool
}

// decode reads one value and leaves pos behind it.
func (d *decoder) decode() (value any, err *DecodeError) {
	defer func() {
		if r := recover(); r != nil {
			failure, ok := r.(*DecodeError)
			if !ok {
				panic(r)
			}
			value, err = nil, failure
		}
	}()
	return d.value(), nil
}

func (d *decoder) errorf(msg string) *DecodeError { return &DecodeError{Pos: d.pos, Msg: msg} }

// fail ends decoding; decode recovers the error.
func (d *decoder) fail(msg string) { panic(d.errorf(msg)) }

func (d *decoder) skipBlanks() {
	for d.pos < len(d.text) && isBlank(d.text[d.pos]) {
		d.pos++
	}
}

// peek is the next byte after blanks, 0 at the end.
func (d *decoder) peek() byte {
	d.skipBlanks()
	if d.pos < len(d.text) {
		return d.text[d.pos]
	}
	return 0
}

func (d *decoder) value() any {
	switch b := d.peek(); {
	case b == '{':
		return d.object()
	case b == '[':
		return d.array()
	case b == '"' || b == '\'' && d.lenient:
		return d.string()
	case b == '-' || b >= '0' && b <= '9':
		return d.number()
	case d.keyword("true"):
		return true
	case d.keyword("false"):
		return false
	case d.keyword("null"):
		return nil
	case d.lenient && b != 0 && strings.IndexByte("]}),:", b) < 0:
		return d.bareWord()
	}
	if d.pos >= len(d.text) {
		d.fail("unexpected end")
	}
	d.fail("expected a value")
	return nil
}

// keyword reads word if it comes next and is not just the start of a longer one.
func (d *decoder) keyword(word string) bool {
	rest, ok := strings.CutPrefix(d.text[d.pos:], word)
	if !ok || rest != "" && isLetter(rest[0]) {
		return false
	}
	d.pos += len(word)
	return true
}

// bareWord reads a string without quotes.
func (d *decoder) bareWord() string {
	start := d.pos
	for d.pos < len(d.text) && strings.IndexByte("]},:", d.text[d.pos]) < 0 {
		d.pos++
	}
	return strings.TrimRight(d.text[start:d.pos], blanks)
}

func (d *decoder) enter() {
	if d.depth++; d.depth > maxDecodeDepth {
		d.fail("nested too deeply")
	}
	d.pos++
}

// next reads a comma, or the closing bracket, which ends the list.
func (d *decoder) next(closing byte) bool {
	switch d.peek() {
	case ',':
		d.pos++
		return true
	case closing:
		return false
	}
	d.fail("expected ',' or '" + string(closing) + "'")
	return false
}

func (d *decoder) array() any {
	d.enter()
	list := []any{}
	if d.peek() != ']' {
		list = append(list, d.value())
		for d.next(']') {
			list = append(list, d.value())
		}
	}
	d.pos++
	d.depth--
	return list
}

func (d *decoder) object() any {
	d.enter()
	object := new(Map)
	if d.peek() != '}' {
		d.member(object)
		for d.next('}') {
			d.member(object)
		}
	}
	d.pos++
	d.depth--
	return object
}

func (d *decoder) member(object *Map) {
	var key string
	switch b := d.peek(); {
	case b == '"' || b == '\'' && d.lenient:
		key = d.string()
	case d.lenient && isLetter(b):
		key = d.bareWord()
	default:
		d.fail("expected a member name in quotes")
	}
	if d.peek() != ':' {
		d.fail("expected ':'")
	}
	d.pos++
	object.Set(key, d.value())
}

func (d *decoder) number() any {
	end := scanNumber(d.text, d.pos)
	if end < 0 {
		d.fail("malformed number")
	}
	text := d.text[d.pos:end]
	d.pos = end
	return json.Number(text)
}

// string reads a string in the quotes that come next.
func (d *decoder) string() string {
	mark := d.text[d.pos]
	d.pos++
	start := d.pos
	for i := start; i < len(d.text); i++ {
		switch b := d.text[i]; {
		case b == mark:
			d.pos = i + 1
			return validUTF8(d.text[start:i])
		case b == '\\':
			d.pos = i
			return d.escaped(start, mark)
		case b < ' ':
			d.pos = i
			d.fail("control character in a string")
		}
	}
	d.pos = len(d.text)
	d.fail("string without its closing quote")
	return ""
}

// escaped reads the rest of a string from its first escape on.
func (d *decoder) escaped(start int, mark byte) string {
	var b strings.Builder
	b.WriteString(d.text[start:d.pos])
	for d.pos < len(d.text) {
		c := d.text[d.pos]
		switch {
		case c == mark:
			d.pos++
			return validUTF8(b.String())
		case c == '\\':
			d.escape(&b)
			continue
		case c < ' ':
			d.fail("control character in a string")
		}
		b.WriteByte(c)
		d.pos++
	}
	d.fail("string without its closing quote")
	return ""
}

// escape reads one escape sequence.
func (d *decoder) escape(b *strings.Builder) {
	var c byte
	if d.pos+1 < len(d.text) {
		c = d.text[d.pos+1]
	}
	switch {
	case c == 'u':
		r, size := hexRune(d.text[d.pos+2:])
		if size == 0 {
			d.fail(`\u without four hexadecimal digits`)
		}
		b.WriteRune(r)
		d.pos += 2 + size
		return
	case c == 0 || strings.IndexByte(`"\/bfnrt`, c) < 0 && !(c == '\'' && d.lenient):
		d.fail("unknown escape")
	}
	b.WriteByte(unescaped(c))
	d.pos += 2
}

// validUTF8 is s with U+FFFD for each byte that is no UTF-8.
func validUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}
