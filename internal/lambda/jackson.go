package lambda

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

const jacksonValues = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

// jacksonExpected says what AWS's parser expected, by how Go's error ends.
var jacksonExpected = []struct{ goText, jackson string }{
	{"looking for beginning of object key string", "was expecting double-quote to start field name"},
	{"after object key:value pair", "was expecting comma to separate Object entries"},
	{"after array element", "was expecting comma to separate Array entries"},
	{"after object key", "was expecting a colon to separate field name and value"},
	{"in string literal", "has to be escaped using backslash to be included in string value"},
	{"in string escape code", "unrecognized character escape"},
	{"in numeric literal", "Decimal point not followed by a digit"},
}

// jacksonError describes what is wrong with text in the words of the JSON
// parser that AWS uses, with line and column. text is not JSON.
func jacksonError(text []byte) string {
	var syntax *json.SyntaxError
	var v any
	if err := json.Unmarshal(text, &v); !errors.As(err, &syntax) {
		return at("Unexpected character", text, len(text))
	}
	i := int(syntax.Offset) - 1
	if strings.HasPrefix(syntax.Error(), "unexpected end") || i < 0 || i >= len(text) {
		return at("Unexpected end-of-input: expected close marker for Object or Array", text, len(text))
	}
	for _, e := range jacksonExpected {
		if strings.HasSuffix(syntax.Error(), e.goText) {
			return at(fmt.Sprintf("Unexpected character (%s): %s", character(text[i]), e.jackson), text, i+1)
		}
	}
	if start, end := word(text, i); end > start {
		return at(fmt.Sprintf("Unrecognized token '%s': was expecting %s", text[start:end], jacksonValues), text, end)
	}
	return at(fmt.Sprintf("Unexpected character (%s): expected a valid value %s", character(text[i]), jacksonValues), text, i+1)
}

// character prints a byte as Jackson prints a character.
func character(c byte) string {
	if c < ' ' || c == 0x7f {
		return fmt.Sprintf("CTRL-CHAR, code %d", c)
	}
	return fmt.Sprintf("'%c' (code %d)", rune(c), c)
}

// maxShown is how much of a text is repeated in an error.
const maxShown = 500

// at adds the position behind the first end bytes of text.
func at(problem string, text []byte, end int) string {
	line := 1 + bytes.Count(text[:end], []byte("\n"))
	column := end - bytes.LastIndexByte(text[:end], '\n')
	suffix := ""
	if len(text) > maxShown {
		suffix = fmt.Sprintf("[truncated %d bytes]", len(text)-maxShown)
		text = text[:maxShown]
	}
	return fmt.Sprintf("%s\n at [Source: (byte[])\"%s\"%s; line: %d, column: %d]", problem, strings.ToValidUTF8(string(text), "\ufffd"), suffix, line, column)
}

// word returns the bounds of the letters and digits around i, empty unless they
// begin with a letter.
func word(text []byte, i int) (start, end int) {
	start, end = i, i
	for start > 0 && wordByte(text[start-1]) {
		start--
	}
	for end < len(text) && wordByte(text[end]) {
		end++
	}
	if start == end || text[start] <= '9' {
		return i, i
	}
	return start, end
}

func wordByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '$'
}
