package gateway

import "strings"

// appendQuery appends the decoded parameters of a raw query string in their
// order: "+" and "%20" are blanks. A ";" does not separate. A broken escape
// stays as it is.
func appendQuery(dst []HeaderField, raw string) []HeaderField {
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		dst = append(dst, field(unescapeForm(name), unescapeForm(value)))
	}
	return dst
}

// unescapeForm decodes %XX and "+". Without any it returns s itself.
func unescapeForm(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b = append(b, ' ')
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		default:
			b = append(b, c)
		}
	}
	return string(b)
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

// appendQueryEscape appends s as a query's name or value: everything but
// letters, digits and -._~ is encoded.
func appendQueryEscape(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; unreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

func unreserved(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// last returns the last value of a name, "" and false if there is none.
func last(fields []HeaderField, name string) (string, bool) {
	for i := len(fields) - 1; i >= 0; i-- {
		if fields[i].Name == name {
			return fields[i].Value, true
		}
	}
	return "", false
}

// joined returns all values of a name joined with commas.
func joined(fields []HeaderField, name string) (string, bool) {
	first, n := "", 0
	for i := range fields {
		if fields[i].Name == name {
			if n++; n == 1 {
				first = fields[i].Value
			} else {
				first += "," + fields[i].Value
			}
		}
	}
	return first, n > 0
}

// firstOfName reports whether fields[i] is the first of its name.
func firstOfName(fields []HeaderField, i int) bool {
	for j := range i {
		if fields[j].Name == fields[i].Name {
			return false
		}
	}
	return true
}
