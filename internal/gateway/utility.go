package gateway

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"

	"github.com/lambdagate/lambdagate/vtl"
)

// utility is $util. A null argument gives null.
type utility struct{}

// Call runs $util.escapeJavaScript, parseJson, urlEncode, urlDecode,
// base64Encode and base64Decode.
func (utility) Call(name string, args []any) (any, bool, error) {
	f := utilities[name]
	if f == nil || len(args) != 1 {
		return nil, false, nil
	}
	if args[0] == nil {
		return nil, true, nil
	}
	s, ok := args[0].(string)
	if !ok {
		s = printed(args[0])
	}
	v, err := f(s)
	return v, true, err
}

var utilities = map[string]func(string) (any, error){
	"escapeJavaScript": func(s string) (any, error) { return string(appendJavaScript(nil, s)), nil },
	"parseJson":        func(s string) (any, error) { return vtl.ParseJSON([]byte(s)) },
	"urlEncode":        func(s string) (any, error) { return formEncode(s), nil },
	"urlDecode":        func(s string) (any, error) { return strings.ToValidUTF8(unescapeForm(s), "\uFFFD"), nil },
	"base64Encode":     func(s string) (any, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil },
	"base64Decode":     base64Decode,
}

// base64Decode decodes to text.
func base64Decode(s string) (any, error) {
	s = strings.TrimRight(strings.TrimSpace(s), "=")
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil, err
	}
	return string(appendText(nil, b)), nil
}

// appendJavaScript escapes as Apache's StringEscapeUtils does, which is not
// JSON: it escapes the single quote and the slash too.
func appendJavaScript(dst []byte, s string) []byte {
	for _, r := range s {
		switch r {
		case '"', '\'', '\\', '/':
			dst = append(dst, '\\', byte(r))
		case '\b':
			dst = append(dst, `\b`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\t':
			dst = append(dst, `\t`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\r':
			dst = append(dst, `\r`...)
		default:
			if ' ' <= r && r <= '~' {
				dst = append(dst, byte(r))
			} else if r < 0x10000 {
				dst = appendUnit(dst, uint16(r))
			} else {
				a, b := utf16.EncodeRune(r)
				dst = appendUnit(appendUnit(dst, uint16(a)), uint16(b))
			}
		}
	}
	return dst
}

// appendUnit appends \uXXXX.
func appendUnit(dst []byte, u uint16) []byte {
	const hex = "0123456789ABCDEF"
	return append(dst, '\\', 'u', hex[u>>12], hex[u>>8&15], hex[u>>4&15], hex[u&15])
}

// formEncode encodes as java.net.URLEncoder does: blanks become "+", letters,
// digits and . - * _ stay.
func formEncode(s string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+16)
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			b = append(b, '+')
		case c == '*' || unreserved(c) && c != '~':
			b = append(b, c)
		default:
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}
