package logs

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A filter pattern selects log events, in one of CloudWatch Logs' three
// notations:
//
//	ERROR "exact phrase" -not ?either ?or %regex%     words of the message
//	{ $.status = 5* && $.user.name = "x" }            members of a JSON message
//	[ip, user, status = 4*, ...]                      fields between blanks
type filterPattern interface {
	matches(message string) bool
}

// maxPattern is AWS's bound on a pattern's length.
const maxPattern = 1024

// parseFilterPattern reads a pattern; an empty one selects everything.
func parseFilterPattern(text string) (filterPattern, error) {
	text = strings.TrimSpace(text)
	switch {
	case len(text) > maxPattern:
		return nil, invalidParameter("Filter pattern is too long: at most %d characters", maxPattern)
	case text == "":
		return everything{}, nil
	case strings.HasPrefix(text, "{"):
		return parseJSONPattern(text)
	case strings.HasPrefix(text, "["):
		return parseFieldsPattern(text)
	}
	return parseTermsPattern(text)
}

type everything struct{}

func (everything) matches(string) bool { return true }

func invalidPattern(format string, args ...any) error {
	return invalidParameter("Invalid filter pattern: "+format, args...)
}

// termsPattern holds words: all of must, none of not, and one of any if there
// are some.
type termsPattern struct {
	must, not, any []term
}

type term struct {
	text  string
	regex *regexp.Regexp
}

func (t term) in(message string) bool {
	if t.regex != nil {
		return t.regex.MatchString(message)
	}
	return strings.Contains(message, t.text)
}

func (p termsPattern) matches(message string) bool {
	for _, t := range p.must {
		if !t.in(message) {
			return false
		}
	}
	for _, t := range p.not {
		if t.in(message) {
			return false
		}
	}
	for _, t := range p.any {
		if t.in(message) {
			return true
		}
	}
	return len(p.any) == 0
}

func parseTermsPattern(text string) (filterPattern, error) {
	var p termsPattern
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimLeft(text, " \t\n") {
		list := &p.must
		switch text[0] {
		case '-':
			list, text = &p.not, text[1:]
		case '?':
			list, text = &p.any, text[1:]
		}
		t, rest, err := scanTerm(text)
		if err != nil {
			return nil, err
		}
		*list, text = append(*list, t), rest
	}
	return p, nil
}

// scanTerm takes a word, a "phrase" or a %regular expression%.
func scanTerm(text string) (t term, rest string, err error) {
	if text == "" {
		return t, "", invalidPattern("a term is missing at its end")
	}
	switch text[0] {
	case '"':
		s, rest, err := scanQuoted(text)
		return term{text: s}, rest, err
	case '%':
		end := strings.IndexByte(text[1:], '%')
		if end < 0 {
			return t, "", invalidPattern("no closing %% in %s", text)
		}
		re, err := regexp.Compile(text[1 : 1+end])
		if err != nil {
			return t, "", invalidPattern("%s", err)
		}
		return term{regex: re}, text[end+2:], nil
	}
	end := strings.IndexAny(text, " \t\n")
	if end < 0 {
		end = len(text)
	}
	for _, r := range text[:end] {
		if r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r < 0x80 {
			return t, "", invalidPattern("the term %q has characters other than letters, digits and _; put it in double quotes", text[:end])
		}
	}
	return term{text: text[:end]}, text[end:], nil
}

func scanQuoted(text string) (s, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case text[i] == '"':
			return b.String(), text[i+1:], nil
		default:
			b.WriteByte(text[i])
		}
	}
	return "", "", invalidPattern("no closing quote in %s", text)
}

// fieldsPattern matches a message cut at blanks; "[…]" and "…" are one field.
type fieldsPattern struct {
	fields []fieldTest
	rest   int // index of the ellipsis, -1 without one
}

type fieldTest struct {
	name string
	test *comparison // nil takes anything
}

func parseFieldsPattern(text string) (filterPattern, error) {
	inner, ok := strings.CutSuffix(strings.TrimPrefix(text, "["), "]")
	if !ok {
		return nil, invalidPattern("no closing ] in %s", text)
	}
	p := fieldsPattern{rest: -1}
	for part := range strings.SplitSeq(inner, ",") {
		part = strings.TrimSpace(part)
		if part == "..." {
			if p.rest >= 0 {
				return nil, invalidPattern("two ellipses in %s", text)
			}
			p.rest = len(p.fields)
			continue
		}
		f := fieldTest{name: part}
		if i := strings.IndexAny(part, "=!<>"); i >= 0 {
			c, err := parseComparison(part[i:])
			if err != nil {
				return nil, err
			}
			f = fieldTest{strings.TrimSpace(part[:i]), c}
		}
		p.fields = append(p.fields, f)
	}
	return p, nil
}

func (p fieldsPattern) matches(message string) bool {
	got := splitFields(message)
	if p.rest < 0 && len(got) != len(p.fields) || len(got) < len(p.fields) {
		return false
	}
	for i, f := range p.fields {
		at := i
		if p.rest >= 0 && i >= p.rest {
			at = len(got) - len(p.fields) + i
		}
		if f.test != nil && !f.test.text(got[at]) {
			return false
		}
	}
	return true
}

// splitFields cuts a message at blanks, keeping what stands in quotes or
// brackets together.
func splitFields(message string) []string {
	var fields []string
	for s := strings.TrimSpace(message); s != ""; s = strings.TrimLeft(s, " \t\n") {
		closing := map[byte]string{'"': `"`, '[': "]"}[s[0]]
		end := -1
		if closing != "" {
			end = strings.Index(s[1:], closing)
		}
		if end >= 0 {
			fields, s = append(fields, s[1:1+end]), s[end+2:]
			continue
		}
		if end = strings.IndexAny(s, " \t\n"); end < 0 {
			end = len(s)
		}
		fields, s = append(fields, s[:end]), s[end:]
	}
	return fields
}

// comparison is an operator with what it compares to.
type comparison struct {
	op     string // = != < <= > >=
	value  string // with * for any characters
	number float64
	isNum  bool
	regex  *regexp.Regexp
}

func parseComparison(text string) (*comparison, error) {
	c := &comparison{}
	for _, op := range []string{"!=", "<=", ">=", "=", "<", ">"} {
		if rest, ok := strings.CutPrefix(text, op); ok {
			c.op, text = op, strings.TrimSpace(rest)
			break
		}
	}
	if c.op == "" || text == "" {
		return nil, invalidPattern("no comparison in %q", text)
	}
	switch {
	case text[0] == '%':
		t, rest, err := scanTerm(text)
		if err != nil || strings.TrimSpace(rest) != "" {
			return nil, invalidPattern("%q is not one regular expression", text)
		}
		c.regex = t.regex
	case text[0] == '"':
		s, rest, err := scanQuoted(text)
		if err != nil {
			return nil, err
		}
		if strings.TrimSpace(rest) != "" {
			return nil, invalidPattern("%q after a value", rest)
		}
		c.value = s
	default:
		c.value = text
		n, err := strconv.ParseFloat(text, 64)
		c.number, c.isNum = n, err == nil
	}
	if c.op[0] == '<' || c.op[0] == '>' {
		if !c.isNum {
			return nil, invalidPattern("%s needs a number, not %q", c.op, text)
		}
	}
	return c, nil
}

// text compares text: by number where both are numbers, else with wildcards.
func (c *comparison) text(s string) bool {
	if c.isNum {
		if n, err := strconv.ParseFloat(s, 64); err == nil {
			return c.compare(n)
		}
	}
	var same bool
	if c.regex != nil {
		same = c.regex.MatchString(s)
	} else {
		same = wildcard(c.value, s)
	}
	return c.op == "=" && same || c.op == "!=" && !same
}

func (c *comparison) compare(n float64) bool {
	switch c.op {
	case "=":
		return n == c.number
	case "!=":
		return n != c.number
	case "<":
		return n < c.number
	case "<=":
		return n <= c.number
	case ">":
		return n > c.number
	}
	return n >= c.number
}

// wildcard matches s against a pattern in which * stands for any characters.
func wildcard(pattern, s string) bool {
	first, rest, starred := strings.Cut(pattern, "*")
	if !starred {
		return pattern == s
	}
	if !strings.HasPrefix(s, first) {
		return false
	}
	s = s[len(first):]
	for {
		part, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(s, part)
		}
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(part):], after
	}
}

// jsonValue is a member of a JSON message, found by a selector.
func jsonValue(v any, path []string) (any, bool) {
	for _, step := range path {
		switch x := v.(type) {
		case map[string]any:
			next, ok := x[step]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(x) {
				return nil, false
			}
			v = x[i]
		default:
			return nil, false
		}
	}
	return v, true
}

func parseMessage(message string) (any, bool) {
	message = strings.TrimSpace(message)
	if !strings.HasPrefix(message, "{") && !strings.HasPrefix(message, "[") {
		return nil, false
	}
	var v any
	dec := json.NewDecoder(strings.NewReader(message))
	dec.UseNumber()
	return v, dec.Decode(&v) == nil
}

func scalarText(v any) string { return fmt.Sprint(v) }
