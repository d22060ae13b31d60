package policy

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Examined is a statement held against a request: which of its elements fit. One
// that the statement does not have fits everything.
type Examined struct {
	Index      int // in the document, from 0
	Statement  *Statement
	Fits       bool // all of it does
	Action     bool
	Principal  bool
	Resource   bool
	Conditions []ExaminedCondition
}

// ExaminedCondition is a condition, the values that the request has, and whether
// it holds.
type ExaminedCondition struct {
	Condition
	Actual []string // nil if the request does not have the key
	Holds  bool
}

// Examine holds every statement of a policy against a request, in the order of
// the document. It is for people: Evaluate stops as soon as it knows.
func Examine(p *Policy, r *Request) []Examined {
	all := make([]Examined, 0, len(p.denies)+len(p.allows))
	for _, list := range [][]statement{p.denies, p.allows} {
		for i := range list {
			all = append(all, list[i].examine(r))
		}
	}
	slices.SortFunc(all, func(a, b Examined) int { return a.Index - b.Index })
	return all
}

func (s *statement) examine(r *Request) Examined {
	written := &s.policy.document.Statements[s.index]
	e := Examined{
		Index: s.index, Statement: written, Fits: s.matches(r) != unnamed,
		Action: s.matchesAction(r.Action), Principal: s.matchesPrincipal(r) != unnamed, Resource: s.matchesResource(r),
	}
	for i := range s.conditions {
		c := &s.conditions[i]
		e.Conditions = append(e.Conditions, ExaminedCondition{written.Condition[i], r.valuesOf(c.key), c.holds(r, s.deny)})
	}
	return e
}

// valuesOf are the values of a key that conditions compare.
func (r *Request) valuesOf(key string) []string {
	values := r.lookup(key)
	var list []string
	for i := range values.len() {
		list = append(list, values.at(i))
	}
	return list
}

// Text is the statement as indented JSON.
func (s *Statement) Text() string {
	var w printer
	w.statement(s)
	var b bytes.Buffer
	if err := json.Indent(&b, w.Bytes(), "", "  "); err != nil {
		return w.String() // cannot be: the printer writes JSON
	}
	return b.String()
}
