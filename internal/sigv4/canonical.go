package sigv4

import (
	"slices"
	"strings"
)

// canonical is a request's one canonical form, the text that is hashed into
// the string to sign.
type canonical struct {
	service string
	headers []Header // lower-case names, sorted; lines of one name stay in order
	signed  []string // lower-case, sorted, each once
	payload string   // hash or one of the words for none
	host    string   // replaces the Host header unless ""
}

// canonicalFor prepares the canonical form of r with those signed headers.
func canonicalFor(r *Request, service string, signed []string, payload string) canonical {
	c := canonical{service: service, payload: payload, headers: make([]Header, len(r.Headers))}
	for i, h := range r.Headers {
		c.headers[i] = Header{strings.ToLower(h.Name), h.Value}
	}
	slices.SortStableFunc(c.headers, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	c.signed = make([]string, len(signed))
	for i, name := range signed {
		c.signed[i] = strings.ToLower(name)
	}
	slices.Sort(c.signed)
	c.signed = slices.Compact(c.signed)
	return c
}

// append writes the canonical request of r:
//
//	method LF path LF query LF {name:value LF} LF signed;headers LF payload
func (c *canonical) append(dst []byte, r *Request) []byte {
	dst = append(append(dst, r.Method...), '\n')
	dst = append(c.appendPath(dst, r.Path), '\n')
	dst = append(appendQuery(dst, r.Query), '\n')
	for _, name := range c.signed {
		dst = append(append(dst, name...), ':')
		dst = append(c.appendValues(dst, name), '\n')
	}
	dst = append(dst, '\n')
	for i, name := range c.signed {
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = append(dst, name...)
	}
	return append(append(dst, '\n'), c.payload...)
}

// appendPath writes the path. S3 takes it as it is on the wire; all others
// remove empty and dot segments and encode what is encoded once more, so that
// %2F becomes %252F.
func (c *canonical) appendPath(dst []byte, path string) []byte {
	if path == "" {
		return append(dst, '/')
	}
	if c.service == "s3" {
		return append(dst, path...)
	}
	return appendEncoded(dst, normalizePath(path), true)
}

// normalizePath removes "." and empty segments, and each ".." together with
// the segment before it. A closing slash stays if a segment is left.
func normalizePath(path string) string {
	if !strings.Contains(path, "//") && !strings.Contains(path, "/.") && path[0] == '/' {
		return path
	}
	var kept []string
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, segment)
		}
	}
	clean := "/" + strings.Join(kept, "/")
	if len(kept) > 0 && strings.HasSuffix(path, "/") {
		clean += "/"
	}
	return clean
}

// signatureParameter is the one query parameter that is not signed.
const signatureParameter = "X-Amz-Signature"

// appendQuery writes the parameters decoded, encoded again in the one allowed
// way and sorted by key, then value. A parameter without an equals sign gets
// one; a plus sign is a space.
func appendQuery(dst []byte, query string) []byte {
	if query == "" {
		return dst
	}
	type pair struct{ key, value string }
	var pairs []pair
	for part := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(part, "=")
		if part == "" || key == signatureParameter {
			continue
		}
		pairs = append(pairs, pair{encodeAgain(key), encodeAgain(value)})
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		if n := strings.Compare(a.key, b.key); n != 0 {
			return n
		}
		return strings.Compare(a.value, b.value)
	})
	for i, p := range pairs {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(append(append(dst, p.key...), '='), p.value...)
	}
	return dst
}

// encodeAgain brings a query key or value into its canonical encoding.
func encodeAgain(s string) string {
	if isUnreserved(s) {
		return s
	}
	return string(appendEncoded(make([]byte, 0, len(s)+16), decode(s), false))
}

// decode resolves percent-encoding and plus signs; a percent sign that does
// not start an encoded byte stands for itself.
func decode(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b = append(b, ' ')
		case s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		default:
			b = append(b, s[i])
		}
	}
	return string(b)
}

// appendEncoded percent-encodes every byte but the unreserved ones of RFC
// 3986, and the slash if it is kept.
func appendEncoded(dst []byte, s string, keepSlash bool) []byte {
	const hexDigits = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		if unreserved[c] || keepSlash && c == '/' {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

// unreserved marks the bytes that are never percent-encoded.
var unreserved = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") {
		set[c] = true
	}
	return set
}()

func isUnreserved(s string) bool {
	for i := range len(s) {
		if !unreserved[s[i]] {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// appendValues writes the values of all lines of the header, in order and
// separated by commas, each trimmed and with inner white space collapsed.
func (c *canonical) appendValues(dst []byte, name string) []byte {
	if name == "host" && c.host != "" {
		return append(dst, c.host...)
	}
	i, _ := slices.BinarySearchFunc(c.headers, name, func(h Header, name string) int {
		return strings.Compare(h.Name, name)
	})
	for first := true; i < len(c.headers) && c.headers[i].Name == name; i++ {
		if !first {
			dst = append(dst, ',')
		}
		dst, first = appendFolded(dst, c.headers[i].Value), false
	}
	return dst
}

// appendFolded writes s without white space at its ends and with one blank in
// place of each run of white space.
func appendFolded(dst []byte, s string) []byte {
	start, gap := len(dst), false
	for i := range len(s) {
		switch s[i] {
		case ' ', '\t', '\r', '\n':
			gap = true
			continue
		}
		if gap && len(dst) > start {
			dst = append(dst, ' ')
		}
		dst, gap = append(dst, s[i]), false
	}
	return dst
}
