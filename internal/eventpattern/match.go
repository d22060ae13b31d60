package eventpattern

import (
	"encoding/json"
	"strings"
)

// Match says whether an event matches. It is a tree of map[string]any, []any,
// string, json.Number, bool and nil, as Decode makes it.
func (p *Pattern) Match(event any) bool { return p.root.match(event) }

// Field says whether the pattern asks for a field, and whether it asks for
// fields of that.
func (p *Pattern) Field(name string) (asked, isObject bool) {
	return p.root.field(name)
}

func (o *object) field(name string) (asked, isObject bool) {
	for _, f := range o.fields {
		if f.name == name {
			return true, f.object != nil
		}
	}
	for _, alternatives := range o.or {
		for _, a := range alternatives {
			if asked, isObject := a.field(name); asked {
				return true, isObject
			}
		}
	}
	return false, false
}

func (o *object) match(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return o.matchFields(v)
	case []any:
		for _, one := range v {
			if o.match(one) {
				return true
			}
		}
		return false
	}
	return o.matchFields(nil) // only what must not exist can match
}

func (o *object) matchFields(m map[string]any) bool {
	for _, f := range o.fields {
		value, present := m[f.name]
		if f.object != nil {
			if !f.object.match(value) {
				return false
			}
			continue
		}
		if !anyTest(f.tests, value, present) {
			return false
		}
	}
	for _, alternatives := range o.or {
		if !anyObject(alternatives, m) {
			return false
		}
	}
	return true
}

func anyObject(alternatives []*object, m map[string]any) bool {
	for _, a := range alternatives {
		if a.matchFields(m) {
			return true
		}
	}
	return false
}

// anyTest asks about the value, or about each element of an array.
func anyTest(tests []test, value any, present bool) bool {
	for _, t := range tests {
		list, isList := value.([]any)
		if _, whole := t.(exists); whole || !isList {
			if t.match(value, present) {
				return true
			}
			continue
		}
		for _, one := range list {
			if anyTest([]test{t}, one, true) {
				return true
			}
		}
	}
	return false
}

// literal is a value itself. AWS: numbers are compared as they are written, so
// that 300 and 300.0 are different; use numeric for their values.
type literal struct{ value any }

func (l literal) match(v any, present bool) bool {
	if !present {
		return false
	}
	switch v.(type) {
	case string, json.Number, bool, nil:
		return v == l.value
	}
	return false
}

// text is a test on strings.
type text func(string) bool

func (t text) match(v any, present bool) bool {
	s, ok := v.(string)
	return present && ok && t(s)
}

// anythingBut matches what is there and matches none of the tests.
type anythingBut struct{ tests []test }

func (a anythingBut) match(v any, present bool) bool {
	if _, isObject := v.(map[string]any); !present || isObject {
		return false
	}
	for _, t := range a.tests {
		if t.match(v, present) {
			return false
		}
	}
	return true
}

// exists matches by presence. AWS: of a field with a value, not of an object.
type exists bool

func (e exists) match(v any, present bool) bool {
	if _, isObject := v.(map[string]any); isObject {
		present = false
	}
	return present == bool(e)
}

// numeric is a conjunction of bounds.
type numeric []bound

type bound struct {
	operator string
	number   float64
}

func (n numeric) match(v any, present bool) bool {
	number, ok := v.(json.Number)
	if !present || !ok {
		return false
	}
	value, err := number.Float64()
	if err != nil {
		return false
	}
	for _, b := range n {
		if !b.match(value) {
			return false
		}
	}
	return true
}

func (b bound) match(v float64) bool {
	switch b.operator {
	case "<":
		return v < b.number
	case "<=":
		return v <= b.number
	case ">":
		return v > b.number
	case ">=":
		return v >= b.number
	}
	return v == b.number
}

// wild says whether s has the pieces with anything between them.
func wild(pieces []string, s string) bool {
	if len(pieces) == 1 {
		return s == pieces[0]
	}
	rest, ok := strings.CutPrefix(s, pieces[0])
	if !ok {
		return false
	}
	last := len(pieces) - 1
	for _, piece := range pieces[1:last] {
		_, after, found := strings.Cut(rest, piece)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, pieces[last])
}
