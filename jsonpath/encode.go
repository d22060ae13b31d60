package jsonpath

import (
	"fmt"
	"math"
)

// AppendJSON appends the compact JSON text of a value to dst: members in their
// order, numbers with their exact text (a float64 as Java prints it: 1.0,
// 1.0E10), everything beyond ASCII as it is. It takes whatever [Path.Get]
// takes; other Go types, NaN and infinities are errors.
func AppendJSON(dst []byte, value any) ([]byte, error) {
	return appendValue(dst, value, 0)
}

func appendValue(dst []byte, value any, depth int) ([]byte, error) {
	if depth > maxTreeDepth {
		return dst, fmt.Errorf("json: nested too deeply")
	}
	switch kindOf(value) {
	case kindNull:
		return append(dst, "null"...), nil
	case kindBool:
		if value.(bool) {
			return append(dst, "true"...), nil
		}
		return append(dst, "false"...), nil
	case kindNumber:
		return appendNumber(dst, value)
	case kindString:
		return appendString(dst, stringText(value)), nil
	case kindArray:
		return appendArray(dst, value, depth)
	case kindObject:
		return appendObject(dst, value, depth)
	}
	return dst, fmt.Errorf("json: a %T is no JSON value", value)
}

func appendNumber(dst []byte, value any) ([]byte, error) {
	if f, ok := value.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return dst, fmt.Errorf("json: %v is no JSON number", f)
	}
	text := numberText(value)
	if !isNumber(text) {
		return dst, fmt.Errorf("json: %q is no JSON number", text)
	}
	return append(dst, text...), nil
}

func appendArray(dst []byte, value any, depth int) ([]byte, error) {
	var err error
	dst = append(dst, '[')
	for i := range arrayLen(value) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendValue(dst, at(value, i), depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func appendObject(dst []byte, value any, depth int) ([]byte, error) {
	var err error
	dst = append(dst, '{')
	first := true
	for key, member := range members(value) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(appendString(dst, key), ':')
		if dst, err = appendValue(dst, member, depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// appendString writes a string in double quotes; only quotes, backslashes and
// control characters are escaped.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	s = validUTF8(s)
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b >= ' ' && b != '"' && b != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch b {
		case '"', '\\':
			dst = append(dst, '\\', b)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		}
	}
	return append(append(dst, s[start:]...), '"')
}
