package gateway

import (
	"net/http"
	"slices"
	"strings"
)

// Limits of a request. AWS: the header's fields together, and the URL of a
// regional API.
const (
	maxHeaderBytes = 10240
	maxURLBytes    = 10240
	maxBodyBytes   = 10 << 20
)

// equalFold is strings.EqualFold for the names of header fields: ASCII only.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// nameSet is a small set of header names, in lower case, by their length.
type nameSet [32][]string

func newNameSet(names ...string) *nameSet {
	s := new(nameSet)
	for _, n := range names {
		s[len(n)] = append(s[len(n)], strings.ToLower(n))
	}
	return s
}

func (s *nameSet) has(name string) bool {
	if len(name) >= len(s) {
		return false
	}
	for _, n := range s[len(name)] {
		if equalFold(n, name) {
			return true
		}
	}
	return false
}

// droppedFromRequest never reaches mappings, events or backends.
var droppedFromRequest = newNameSet(
	"Connection", "Content-Length", "Content-MD5", "Expect", "Max-Forwards", "Proxy-Authenticate",
	"Server", "TE", "Transfer-Encoding", "Trailer", "Upgrade", "WWW-Authenticate")

// appendHead appends the fields of a request's header that the gateway keeps,
// Host among them, in the client's order and spelling. It also returns their
// size in bytes, dropped ones included.
func appendHead(dst []HeaderField, r *http.Request, head []HeaderField) ([]HeaderField, int) {
	size := 0
	if head != nil {
		for _, f := range head {
			size += len(f.Name) + len(f.Value)
			dst = keep(dst, f.Name, f.Value)
		}
		return dst, size
	}
	dst = append(dst, field("Host", r.Host))
	size += len("Host") + len(r.Host)
	for name, values := range r.Header {
		for _, v := range values {
			size += len(name) + len(v)
			dst = keep(dst, name, v)
		}
	}
	slices.SortFunc(dst, func(a, b HeaderField) int { return strings.Compare(a.Name, b.Name) })
	return dst, size
}

// keep appends a field unless it is one of those that are dropped. AWS:
// Authorization and User-Agent come out in this spelling however they were
// sent; every other name keeps its case.
func keep(dst []HeaderField, name, value string) []HeaderField {
	switch {
	case droppedFromRequest.has(name):
		return dst
	case equalFold(name, "Authorization"):
		name = "Authorization"
	case equalFold(name, "User-Agent"):
		name = "User-Agent"
	case equalFold(name, "Host"):
		name = "Host"
	}
	return append(dst, field(name, value))
}

// fold returns the last value of a field, its name compared without case.
func fold(fields []HeaderField, name string) (string, bool) {
	for i := len(fields) - 1; i >= 0; i-- {
		if equalFold(fields[i].Name, name) {
			return fields[i].Value, true
		}
	}
	return "", false
}

// setField replaces all fields of a name (compared without case) by one.
func setField(fields []HeaderField, name, value string) []HeaderField {
	return append(removeField(fields, name), field(name, value))
}

// removeField removes all fields of a name, compared without case.
func removeField(fields []HeaderField, name string) []HeaderField {
	for i := range fields {
		if equalFold(fields[i].Name, name) {
			return slices.DeleteFunc(fields, func(f HeaderField) bool { return equalFold(f.Name, name) })
		}
	}
	return fields
}

// setHeader enters a field into an HTTP header without changing its name.
func setHeader(h http.Header, name, value string) {
	h[name] = append(h[name], value)
}
