package awsapi

import (
	"encoding/base64"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"
)

// EncodeModel encodes out as JSON under the model's member names.
func EncodeModel(out any) []byte {
	if out == nil {
		return []byte("{}")
	}
	return appendValue(nil, reflect.ValueOf(out), modelNames)
}

// appendValue appends v as compact JSON. Absent members are left out; text is
// not HTML-escaped.
func appendValue(b []byte, v reflect.Value, n naming) []byte {
	if v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return append(b, "null"...)
		}
		return appendValue(b, v.Elem(), n)
	}
	if v.Type() == timeType {
		return v.Interface().(Time).AppendJSON(b)
	}
	switch v.Kind() {
	case reflect.Struct:
		return appendStruct(b, v, n)
	case reflect.Map:
		return appendMap(b, v, n, false)
	case reflect.Slice:
		if v.Type() == bytesType {
			b = append(b, '"')
			b = base64.StdEncoding.AppendEncode(b, v.Bytes())
			return append(b, '"')
		}
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, v.Index(i), n)
		}
		return append(b, ']')
	case reflect.String:
		return AppendString(b, v.String())
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool())
	case reflect.Int64:
		return strconv.AppendInt(b, v.Int(), 10)
	case reflect.Float64:
		return appendDouble(b, v.Float())
	}
	return append(b, "null"...)
}

func appendStruct(b []byte, v reflect.Value, n naming) []byte {
	b = append(b, '{')
	first := true
	for _, f := range structureOf(v.Type()).fields {
		if n == wireNames && f.place != inBody {
			continue
		}
		fv := v.Field(f.index)
		if fv.Kind() == reflect.Func || !f.plain && fv.IsZero() || isNilRef(fv) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		name := f.wire
		if n == modelNames {
			name = f.name
		}
		b = AppendString(b, name)
		b = append(b, ':')
		if f.nullEmpty {
			b = appendMap(b, fv, n, true)
			continue
		}
		b = appendValue(b, fv, n)
	}
	return append(b, '}')
}

// isNilRef reports whether v is an absent list, map or structure.
func isNilRef(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		return v.IsNil()
	}
	return false
}

// appendMap prints a map in the order of its keys, empty texts as null if asked.
func appendMap(b []byte, v reflect.Value, n naming, nullEmpty bool) []byte {
	keys := sortedMapKeys(v)
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendString(b, k)
		b = append(b, ':')
		item := v.MapIndex(reflect.ValueOf(k))
		if nullEmpty && item.Len() == 0 {
			b = append(b, "null"...)
			continue
		}
		if item.Kind() == reflect.Pointer && item.IsNil() {
			b = append(b, "{}"...) // API Gateway's resourceMethods without embed=methods
			continue
		}
		b = appendValue(b, item, n)
	}
	return append(b, '}')
}

// appendDouble prints a whole number with ".0", as AWS's Java services do:
// clients in Python show the difference.
func appendDouble(b []byte, f float64) []byte {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.AppendFloat(b, f, 'f', 1, 64)
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string; invalid UTF-8 becomes U+FFFD.
func AppendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			if r, size := utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
			b = append(append(b, s[start:i]...), "\ufffd"...)
			i++
			start = i
			continue
		}
		b = append(b, s[start:i]...)
		b = appendEscape(b, c)
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// sortedKeys is the order in which maps are printed.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func sortedMapKeys(v reflect.Value) []string {
	keys := make([]string, 0, v.Len())
	for _, k := range v.MapKeys() {
		keys = append(keys, k.String())
	}
	slices.Sort(keys)
	return keys
}
