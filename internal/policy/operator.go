package policy

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// operator is a condition operator without its prefix and suffix.
type operator struct {
	negated bool
	compile func(value string, vars bool) (test, error)
}

// test compares one value of a request with one value of a policy.
type test interface {
	match(actual string, r *Request) verdict
}

// operators are all condition operators but Null, which compares no values.
var operators = map[string]operator{
	"StringEquals":              {false, stringEquals},
	"StringNotEquals":           {true, stringEquals},
	"StringEqualsIgnoreCase":    {false, stringEqualsIgnoreCase},
	"StringNotEqualsIgnoreCase": {true, stringEqualsIgnoreCase},
	"StringLike":                {false, stringLike},
	"StringNotLike":             {true, stringLike},
	"NumericEquals":             {false, numeric(equal)},
	"NumericNotEquals":          {true, numeric(equal)},
	"NumericLessThan":           {false, numeric(less)},
	"NumericLessThanEquals":     {false, numeric(less | equal)},
	"NumericGreaterThan":        {false, numeric(greater)},
	"NumericGreaterThanEquals":  {false, numeric(greater | equal)},
	"DateEquals":                {false, date(equal)},
	"DateNotEquals":             {true, date(equal)},
	"DateLessThan":              {false, date(less)},
	"DateLessThanEquals":        {false, date(less | equal)},
	"DateGreaterThan":           {false, date(greater)},
	"DateGreaterThanEquals":     {false, date(greater | equal)},
	"Bool":                      {false, boolean},
	"BinaryEquals":              {false, binaryEquals},
	"IpAddress":                 {false, ipAddress},
	"NotIpAddress":              {true, ipAddress},
	"ArnEquals":                 {false, arnLike}, // AWS: both compare field by field, with wildcards
	"ArnLike":                   {false, arnLike},
	"ArnNotEquals":              {true, arnLike},
	"ArnNotLike":                {true, arnLike},
}

// text is a string to compare with, which may have variables.
type text struct {
	fixed    string
	template template // nil if fixed is complete
}

func compileText(value string, vars bool) text {
	t := parseTemplate(value, false, vars)
	if !t.fixed() {
		return text{template: t}
	}
	return text{fixed: t.chunks()[0]}
}

func (t *text) value(r *Request) (string, bool) {
	if t.template == nil {
		return t.fixed, true
	}
	chunks, ok := t.template.expand(r)
	if !ok {
		return "", false
	}
	return chunks[0], true
}

type equalsTest struct{ text }

func stringEquals(value string, vars bool) (test, error) {
	return &equalsTest{compileText(value, vars)}, nil
}

func (t *equalsTest) match(actual string, r *Request) verdict {
	want, ok := t.value(r)
	if !ok {
		return unresolved
	}
	return verdictOf(actual == want)
}

type foldTest struct{ text }

func stringEqualsIgnoreCase(value string, vars bool) (test, error) {
	return &foldTest{compileText(value, vars)}, nil
}

func (t *foldTest) match(actual string, r *Request) verdict {
	want, ok := t.value(r)
	if !ok {
		return unresolved
	}
	return verdictOf(strings.EqualFold(actual, want))
}

func stringLike(value string, vars bool) (test, error) {
	return new(compilePattern(value, vars)), nil
}

// comparison says which results of comparing actual with wanted hold.
type comparison int

const (
	less comparison = 1 << iota
	equal
	greater
)

// of reports whether the result -1, 0 or 1 of comparing is one that holds.
func (c comparison) of(order int) verdict {
	return verdictOf(c&[...]comparison{less, equal, greater}[order+1] != 0)
}

type numericTest struct {
	want float64
	comparison
}

func numeric(c comparison) func(string, bool) (test, error) {
	return func(value string, _ bool) (test, error) {
		want, err := strconv.ParseFloat(value, 64)
		if err != nil || want != want {
			return nil, fmt.Errorf("%q is not a number", value)
		}
		return &numericTest{want, c}, nil
	}
}

func (t *numericTest) match(actual string, _ *Request) verdict {
	v, err := strconv.ParseFloat(actual, 64)
	if err != nil || v != v {
		return differs
	}
	return t.of(cmp.Compare(v, t.want))
}

type dateTest struct {
	want time.Time
	comparison
}

func date(c comparison) func(string, bool) (test, error) {
	return func(value string, _ bool) (test, error) {
		want, ok := parseDate(value)
		if !ok {
			return nil, fmt.Errorf("%q is not a date", value)
		}
		return &dateTest{want, c}, nil
	}
}

func (t *dateTest) match(actual string, _ *Request) verdict {
	v, ok := parseDate(actual)
	if !ok {
		return differs
	}
	return t.of(v.Compare(t.want))
}

// dateShapes are the forms of ISO 8601 that the W3C's note on dates lists.
var dateShapes = []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02", "2006-01", "2006"}

// parseDate reads ISO 8601 or seconds since 1970; four digits are a year.
func parseDate(s string) (time.Time, bool) {
	if len(s) != 4 {
		if seconds, err := strconv.ParseInt(s, 10, 64); err == nil {
			return time.Unix(seconds, 0), true
		}
	}
	for _, shape := range dateShapes {
		if t, err := time.Parse(shape, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

type boolTest struct{ want bool }

func boolean(value string, _ bool) (test, error) {
	want, ok := parseBool(value)
	if !ok {
		return nil, fmt.Errorf("%q is neither true nor false", value)
	}
	return &boolTest{want}, nil
}

func (t *boolTest) match(actual string, _ *Request) verdict {
	v, ok := parseBool(actual)
	return verdictOf(ok && v == t.want)
}

func parseBool(s string) (value, ok bool) {
	value = strings.EqualFold(s, "true")
	return value, value || strings.EqualFold(s, "false")
}

type binaryTest struct{ want []byte }

func binaryEquals(value string, _ bool) (test, error) {
	want, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return nil, fmt.Errorf("%q is not base64", value)
	}
	return &binaryTest{want}, nil
}

func (t *binaryTest) match(actual string, _ *Request) verdict {
	v, err := base64.StdEncoding.DecodeString(actual)
	return verdictOf(err == nil && bytes.Equal(v, t.want))
}

type ipTest struct{ want netip.Prefix }

func ipAddress(value string, _ bool) (test, error) {
	if prefix, err := netip.ParsePrefix(value); err == nil {
		return &ipTest{prefix}, nil
	}
	addr, err := netip.ParseAddr(value)
	if err != nil || addr.Zone() != "" {
		return nil, fmt.Errorf("%q is neither an address nor a range in CIDR form", value)
	}
	addr = addr.Unmap()
	return &ipTest{netip.PrefixFrom(addr, addr.BitLen())}, nil
}

func (t *ipTest) match(actual string, _ *Request) verdict {
	addr, err := netip.ParseAddr(actual)
	return verdictOf(err == nil && t.want.Contains(addr.Unmap()))
}

// arnTest compares the six fields of ARNs one by one, so that a star does not
// reach over a colon but in the last of them.
type arnTest struct {
	fields []pattern
	any    bool // the policy says "*"
}

func arnLike(value string, vars bool) (test, error) {
	if value == "*" {
		return &arnTest{any: true}, nil
	}
	t := &arnTest{}
	for _, field := range splitARN(value) {
		t.fields = append(t.fields, compilePattern(field, vars))
	}
	return t, nil
}

func (t *arnTest) match(actual string, r *Request) verdict {
	if t.any {
		return matches
	}
	if len(t.fields) != 6 {
		return differs
	}
	found := matches
	for i := range t.fields {
		field := actual
		if i < 5 {
			end := strings.IndexByte(actual, ':')
			if end < 0 {
				return differs
			}
			field, actual = actual[:end], actual[end+1:]
		}
		switch t.fields[i].match(field, r) {
		case differs:
			return differs
		case unresolved:
			found = unresolved
		}
	}
	return found
}

// splitARN splits at the first five colons that are not inside a variable.
func splitARN(s string) []string {
	f := make([]string, 0, 6)
	start, depth := 0, 0
	for i := 0; i < len(s) && len(f) < 5; i++ {
		switch {
		case s[i] == '{' && i > 0 && s[i-1] == '$':
			depth++
		case s[i] == '}' && depth > 0:
			depth--
		case s[i] == ':' && depth == 0:
			f = append(f, s[start:i])
			start = i + 1
		}
	}
	return append(f, s[start:])
}
