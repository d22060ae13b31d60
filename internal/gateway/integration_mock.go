package gateway

import (
	"math"
	"strconv"
)

// mock answers with the statusCode that the request template has rendered.
func (x *exchange) mock() error {
	status, ok := mockStatus(x.call.body)
	if !ok {
		return misconfigured("Unable to parse statusCode. It should be an integer that is defined in the request template.")
	}
	x.answer.selection = strconv.Itoa(status)
	x.answer.status = status
	return nil
}

// mockStatus finds the integer member statusCode of an object in a lenient
// form of JSON. AWS (recorded): keys may be bare or in either quotes, and what
// other members hold does not matter.
func mockStatus(body []byte) (int, bool) {
	s := mockScanner{s: body}
	if s.next() != '{' {
		return 0, false
	}
	s.at++
	for {
		switch s.next() {
		case 0, '}':
			return 0, false
		case ',':
			s.at++
			continue
		}
		key := s.word()
		if s.next() != ':' {
			return 0, false
		}
		s.at++
		if string(key) == "statusCode" {
			return integer(s.value())
		}
		s.skipValue()
	}
}

// integer reads a status code, in quotes or not.
func integer(b []byte) (int, bool) {
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil || f != math.Trunc(f) || f < 0 || f > 999 {
		return 0, false
	}
	return int(f), true
}

// mockScanner reads lenient JSON.
type mockScanner struct {
	s  []byte
	at int
}

// next skips blanks and returns the byte that follows, 0 at the end.
func (s *mockScanner) next() byte {
	for s.at < len(s.s) && (s.s[s.at] <= ' ') {
		s.at++
	}
	if s.at >= len(s.s) {
		return 0
	}
	return s.s[s.at]
}

// word reads a key: quoted, or up to the colon.
func (s *mockScanner) word() []byte {
	if q := s.next(); q == '"' || q == '\'' {
		return s.quoted(q)
	}
	start := s.at
	for s.at < len(s.s) && s.s[s.at] != ':' && s.s[s.at] > ' ' && s.s[s.at] != '}' && s.s[s.at] != ',' {
		s.at++
	}
	return s.s[start:s.at]
}

func (s *mockScanner) quoted(q byte) []byte {
	s.at++
	start := s.at
	for s.at < len(s.s) && s.s[s.at] != q {
		if s.s[s.at] == '\\' {
			s.at++
		}
		s.at++
	}
	end := min(s.at, len(s.s))
	s.at = min(end+1, len(s.s))
	return s.s[start:end]
}

// value reads a scalar.
func (s *mockScanner) value() []byte {
	if q := s.next(); q == '"' || q == '\'' {
		return s.quoted(q)
	}
	start := s.at
	for s.at < len(s.s) && s.s[s.at] > ' ' && s.s[s.at] != ',' && s.s[s.at] != '}' {
		s.at++
	}
	return s.s[start:s.at]
}

// skipValue skips a value of any kind, up to the comma or brace that ends it.
func (s *mockScanner) skipValue() {
	depth := 0
	for s.at < len(s.s) {
		switch c := s.s[s.at]; c {
		case '"', '\'':
			s.quoted(c)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return
			}
			depth--
		case ',':
			if depth == 0 {
				return
			}
		}
		s.at++
	}
}
