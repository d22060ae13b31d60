package gateway

import "strings"

// mediaType returns the type/subtype of a Content-Type or Accept value: the
// first of a list, without parameters.
func mediaType(s string) string {
	if i := strings.IndexAny(s, ",;"); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSpace(s)
}

// mediaTypes are an API's binaryMediaTypes.
type mediaTypes []string

// match reports whether a media type is a binary one. AWS: exact, or by a
// wildcard on the right; "*/*" covers everything, "*/png" nothing.
func (m mediaTypes) match(mt string) bool {
	if len(m) == 0 || strings.IndexByte(mt, '/') < 0 {
		return false
	}
	for _, b := range m {
		if b == "*/*" || equalFold(b, mt) {
			return true
		}
		if family, ok := strings.CutSuffix(b, "/*"); ok && len(mt) > len(family) && mt[len(family)] == '/' && equalFold(mt[:len(family)], family) {
			return true
		}
	}
	return false
}

// contentHandling says how a body is converted on its way.
type contentHandling uint8

const (
	contentUnset contentHandling = iota
	contentText
	contentBinary
)

func contentHandlingOf(s *string) contentHandling {
	switch value(s) {
	case "CONVERT_TO_TEXT":
		return contentText
	case "CONVERT_TO_BINARY":
		return contentBinary
	}
	return contentUnset
}

// value is what p points to, or the zero value.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
