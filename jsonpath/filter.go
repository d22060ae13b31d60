package jsonpath

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"unicode/utf16"
)

// test asks a condition about a node, from whatever evaluation is under way.
func (s *state) test(c condition, node any) bool {
	existing := s.existing
	s.existing = false
	ok := c.holds(s, node)
	s.existing = existing
	return ok
}

func (c *junction) holds(s *state, node any) bool {
	for _, term := range c.terms {
		if term.holds(s, node) == c.or {
			return c.or
		}
		if s.err != nil {
			return false
		}
	}
	return !c.or
}

func (c *negation) holds(s *state, node any) bool {
	return !c.term.holds(s, node)
}

func (c *exists) holds(s *state, node any) bool {
	existing := s.existing
	s.existing = true
	_, found := s.operand(c.path, node)
	s.existing = existing
	return found != c.absent
}

func (c *comparison) holds(s *state, node any) bool {
	left, right := s.term(c.left, node), s.term(c.right, node)
	if !s.spend(1) {
		return false
	}
	return c.operator.holds(s, left, right)
}

// term is the value of one side of a comparison.
type term struct {
	kind    kind
	value   any
	pattern Matcher
}

// term evaluates an operand; a path that leads nowhere is undefined.
func (s *state) term(o *operand, node any) term {
	if o.pattern != nil {
		return term{pattern: o.pattern}
	}
	value, found := s.operand(o, node)
	if !found {
		return term{}
	}
	return newTerm(value)
}

func newTerm(value any) term { return term{kind: kindOf(value), value: value} }

// operand evaluates an operand. What starts at the document is evaluated once.
func (s *state) operand(o *operand, node any) (value any, found bool) {
	switch {
	case o.path == nil:
		return o.value, true
	case !o.fromTop:
		return s.get(o.path, node)
	case s.existing:
		return s.get(o.path, s.root)
	}
	if s.cache == nil {
		s.cache = make([]cached, s.path.cached)
	}
	c := &s.cache[o.slot]
	if !c.known {
		value, found = s.get(o.path, s.root)
		*c = cached{known: true, value: value, found: found}
	}
	return c.value, c.found
}

// operator is what may stand between two operands.
type operator struct {
	name    string
	pattern bool // takes a /pattern/
	holds   func(s *state, left, right term) bool
}

// operators by name.
var operators = byName(
	operator{name: "==", holds: (*state).equal},
	operator{name: "!=", holds: func(s *state, l, r term) bool { return !s.equal(l, r) }},
	operator{name: "===", holds: func(s *state, l, r term) bool { return sameType(l, r) && s.equal(l, r) }},
	operator{name: "!==", holds: func(s *state, l, r term) bool { return !sameType(l, r) || !s.equal(l, r) }},
	operator{name: "<", holds: ordered(func(order int) bool { return order < 0 })},
	operator{name: "<=", holds: ordered(func(order int) bool { return order <= 0 })},
	operator{name: ">", holds: ordered(func(order int) bool { return order > 0 })},
	operator{name: ">=", holds: ordered(func(order int) bool { return order >= 0 })},
	operator{name: "=~", holds: (*state).matches, pattern: true},
	operator{name: "in", holds: func(s *state, l, r term) bool { return s.contains(r, l) }},
	operator{name: "nin", holds: func(s *state, l, r term) bool { return !s.contains(r, l) }},
	operator{name: "contains", holds: (*state).containsText},
	operator{name: "all", holds: func(s *state, l, r term) bool { return l.kind == kindObject || s.every(r, l, true) }},
	operator{name: "subsetof", holds: func(s *state, l, r term) bool { return s.every(l, r, true) }},
	operator{name: "noneof", holds: func(s *state, l, r term) bool { return s.every(l, r, false) }},
	operator{name: "anyof", holds: func(s *state, l, r term) bool {
		return l.kind == kindArray && r.kind == kindArray && !s.every(l, r, false)
	}},
	operator{name: "size", holds: (*state).hasSize},
	operator{name: "empty", holds: (*state).isEmpty},
)

func byName(list ...operator) map[string]*operator {
	table := make(map[string]*operator, len(list))
	for i := range list {
		table[list[i].name] = &list[i]
	}
	return table
}

// ordered makes an operator of what it accepts as the order of its operands.
func ordered(accepts func(order int) bool) func(*state, term, term) bool {
	return func(s *state, l, r term) bool {
		order, ok := s.order(l, r)
		return ok && accepts(order)
	}
}

// sameType is what === asks on top of ==; arrays and objects are one type in Jayway.
func sameType(l, r term) bool {
	return l.kind == r.kind || l.kind >= kindObject && r.kind >= kindObject
}

// text is the string that a string or number stands for.
func (t term) text() string {
	if t.kind == kindNumber {
		return numberText(t.value)
	}
	return stringText(t.value)
}

// equal compares as Jayway does: a number and a string as numbers when the
// number is on the left, as strings otherwise; what is undefined equals nothing.
func (s *state) equal(l, r term) bool {
	switch {
	case l.kind == kindUndefined || r.kind == kindUndefined:
		return false
	case l.kind == kindNumber && r.kind == kindString:
		text := r.text()
		return isNumber(text) && s.spend(len(text)/16) && compareNumbers(l.value, json.Number(text)) == 0
	case l.kind == kindString && r.kind == kindNumber:
		return l.text() == r.text()
	case l.kind == kindNumber && r.kind == kindNumber:
		return s.spend(2) && compareNumbers(l.value, r.value) == 0
	}
	return s.deepEqual(l.value, r.value, 0)
}

// deepEqual compares values of one type. In arrays and objects 1 and 1.0
// differ, as Java's Integer and Double do.
func (s *state) deepEqual(a, b any, depth int) bool {
	k := kindOf(a)
	if k != kindOf(b) || !s.spend(1) {
		return false
	}
	if depth > maxTreeDepth {
		s.fail("document nested too deeply")
		return false
	}
	switch k {
	case kindNull:
		return true
	case kindBool:
		return a == b
	case kindNumber:
		return integral(a) == integral(b) && compareNumbers(a, b) == 0
	case kindString:
		return stringText(a) == stringText(b)
	case kindArray:
		return s.equalArrays(a, b, depth)
	case kindObject:
		return s.equalObjects(a, b, depth)
	}
	return false
}

func (s *state) equalArrays(a, b any, depth int) bool {
	n := arrayLen(a)
	if n != arrayLen(b) {
		return false
	}
	for i := range n {
		if !s.deepEqual(at(a, i), at(b, i), depth+1) {
			return false
		}
	}
	return true
}

func (s *state) equalObjects(a, b any, depth int) bool {
	if objectLen(a) != objectLen(b) {
		return false
	}
	for key, value := range members(a) {
		other, ok := member(b, key)
		if !ok || !s.deepEqual(value, other, depth+1) {
			return false
		}
	}
	return true
}

// order compares numbers with numbers and strings with strings; nothing else
// has an order.
func (s *state) order(l, r term) (order int, ok bool) {
	switch {
	case l.kind != r.kind || !s.spend(2):
		return 0, false
	case l.kind == kindNumber:
		return compareNumbers(l.value, r.value), true
	case l.kind == kindString:
		return compareUTF16(l.text(), r.text()), true
	}
	return 0, false
}

// compareUTF16 orders strings as Java's String.compareTo does, by UTF-16 code
// units: characters beyond U+FFFF come before U+E000 to U+FFFF.
func compareUTF16(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	lead := func(s string, i int) int {
		switch {
		case i >= len(s):
			return -1
		case s[i] >= 0xF0: // a surrogate pair, D800 and up
			return 0xED<<8 | int(s[i])
		case s[i] == 0xEE || s[i] == 0xEF:
			return 0xEE<<8 | int(s[i])
		}
		return int(s[i]) << 8
	}
	return lead(a, i) - lead(b, i)
}

// matches is =~: the whole text of a string, number or boolean, or of any
// element of an array. Anything else counts as the empty text, as in Jayway.
func (s *state) matches(l, r term) bool {
	m, t := r.pattern, l
	if l.pattern != nil {
		m, t = l.pattern, r
	}
	if t.kind != kindArray {
		return s.match(m, t)
	}
	for i := range arrayLen(t.value) {
		if s.match(m, newTerm(at(t.value, i))) {
			return true
		}
	}
	return false
}

func (s *state) match(m Matcher, t term) bool {
	text := ""
	switch t.kind {
	case kindString, kindNumber:
		text = t.text()
	case kindBool:
		text = "false"
		if t.value.(bool) {
			text = "true"
		}
	}
	if !s.spend(4 + len(text)/4) {
		return false
	}
	ok, err := m.MatchWhole(text)
	if err != nil {
		s.fail("pattern: " + err.Error())
	}
	return ok
}

// contains reports whether an array has an element equal to t.
func (s *state) contains(array, t term) bool {
	if array.kind != kindArray || t.kind == kindUndefined {
		return false
	}
	for i := range arrayLen(array.value) {
		if !s.spend(1) {
			return false
		}
		if s.equal(t, newTerm(at(array.value, i))) {
			return true
		}
	}
	return false
}

// every reports whether each element of a is in b (or, if not in, is not);
// false unless both are arrays.
func (s *state) every(a, b term, in bool) bool {
	if a.kind != kindArray || b.kind != kindArray {
		return false
	}
	for i := range arrayLen(a.value) {
		if s.contains(b, newTerm(at(a.value, i))) != in {
			return false
		}
	}
	return s.err == nil
}

// containsText is contains for an array or, between strings, for a text.
func (s *state) containsText(l, r term) bool {
	if l.kind == kindString && r.kind == kindString {
		return s.spend(len(l.text())/16) && strings.Contains(l.text(), r.text())
	}
	return s.contains(l, r)
}

// hasSize compares the length of a string, in UTF-16 code units, or of an
// array with a number.
func (s *state) hasSize(l, r term) bool {
	if r.kind != kindNumber {
		return false
	}
	want := int(float(r.value))
	switch l.kind {
	case kindString:
		return lenUTF16(l.text()) == want
	case kindArray:
		return arrayLen(l.value) == want
	}
	return false
}

// isEmpty compares with a boolean whether a string, array or object is empty.
func (s *state) isEmpty(l, r term) bool {
	if r.kind != kindBool {
		return false
	}
	var empty bool
	switch l.kind {
	case kindString:
		empty = l.text() == ""
	case kindArray:
		empty = arrayLen(l.value) == 0
	case kindObject:
		empty = objectLen(l.value) == 0
	default:
		return false
	}
	return empty == r.value.(bool)
}

func lenUTF16(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// goRegexp is Go's regexp as a Matcher.
type goRegexp struct{ re *regexp.Regexp }

func (m goRegexp) MatchWhole(s string) (bool, error) { return m.re.MatchString(s), nil }

// compileRegexp compiles a pattern for Go's regexp. Of Java's flags i, m and s
// mean the same; d, u and U only widen or narrow classes and are ignored.
func compileRegexp(pattern, flags string) (Matcher, error) {
	known := ""
	for _, f := range flags {
		switch {
		case strings.ContainsRune("ims", f):
			known += string(f)
		case !strings.ContainsRune("duU", f):
			return nil, errors.New("unknown flag " + string(f))
		}
	}
	if known != "" {
		known = "(?" + known + ")"
	}
	re, err := regexp.Compile(`\A(?:` + known + pattern + `)\z`)
	if err != nil {
		return nil, err
	}
	return goRegexp{re}, nil
}
