package http1

import (
	"bytes"
	"strings"

	"github.com/lambdagate/lambdagate/internal/rawhead"
)

// headEnd returns the length of the head that b starts with, 0 if it is not
// whole. Bytes before from were searched before.
func headEnd(b []byte, from int) int {
	from = max(from-3, 0)
	if i := bytes.Index(b[from:], []byte("\r\n\r\n")); i >= 0 {
		return from + i + 4
	}
	return 0
}

// plain is a head in the plain form.
type plain struct {
	method, target, host string
	fields               []rawhead.Field
	length               int64
	close                bool
}

// parseHead reads a head, ending with its empty line. It is false for whatever
// is not as almost all clients write it: net/http decides about that.
func parseHead(text string, fields []rawhead.Field) (p plain, ok bool) {
	p.fields = fields
	line, rest, ok := strings.Cut(text, "\r\n")
	if !ok || !p.requestLine(line) {
		return p, false
	}
	hosts, lengths := 0, 0
	for {
		line, rest, ok = strings.Cut(rest, "\r\n")
		if !ok {
			return p, false
		}
		if line == "" {
			break
		}
		colon := strings.IndexByte(line, ':')
		if colon < 1 || !isToken(line[:colon]) {
			return p, false
		}
		name, value := line[:colon], strings.Trim(line[colon+1:], " \t")
		if !isValue(value) {
			return p, false
		}
		p.fields = append(p.fields, rawhead.Field{Name: name, Value: value})
		switch {
		case is(name, "host"):
			p.host = value
			hosts++
		case is(name, "content-length"):
			lengths++
			if p.length, ok = length(value); !ok {
				return p, false
			}
		case is(name, "connection"):
			if !p.connection(value) {
				return p, false
			}
		case is(name, "transfer-encoding"), is(name, "expect"), is(name, "upgrade"), is(name, "trailer"):
			return p, false
		}
	}
	return p, hosts == 1 && p.host != "" && lengths <= 1
}

// requestLine reads "GET /path?query HTTP/1.1".
func (p *plain) requestLine(line string) bool {
	method, rest, ok := strings.Cut(line, " ")
	if !ok || method == "" || method == "CONNECT" {
		return false
	}
	for i := range len(method) {
		if method[i] < 'A' || method[i] > 'Z' {
			return false
		}
	}
	target, ok := strings.CutSuffix(rest, " HTTP/1.1")
	if !ok || target == "" || target[0] != '/' {
		return false
	}
	for i := range len(target) {
		if target[i] <= ' ' || target[i] >= 0x7f || target[i] == '#' {
			return false
		}
	}
	p.method, p.target = method, target
	return true
}

// connection reads the field of that name. Options other than the two are
// fields that must not be passed on, or an upgrade.
func (p *plain) connection(value string) bool {
	switch {
	case is(value, "keep-alive"):
		return true
	case is(value, "close"):
		p.close = true
		return true
	}
	return false
}

// length reads a body's length: digits, and not many.
func length(s string) (n int64, ok bool) {
	if s == "" || len(s) > 15 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = 10*n + int64(s[i]-'0')
	}
	return n, true
}

// is compares ASCII text with a word in lower case, without case.
func is(s, word string) bool {
	if len(s) != len(word) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

// tokens are the characters of names. RFC 9110.
var tokens = func() (t [256]bool) {
	for c := '0'; c <= '9'; c++ {
		t[c] = true
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = true, true
	}
	for _, c := range "!#$%&'*+-.^_`|~" {
		t[c] = true
	}
	return t
}()

func isToken(s string) bool {
	for i := range len(s) {
		if !tokens[s[i]] {
			return false
		}
	}
	return true
}

func isValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
