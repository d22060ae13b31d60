package policy

import (
	"fmt"
	"strings"
)

// condition is a compiled Condition.
type condition struct {
	key      string // in lower case
	set      setOperator
	ifExists bool
	negated  bool
	null     []bool // of the operator Null: whether the key has to be absent
	tests    []test
}

// setOperator says how many of a key's values have to satisfy the operator.
type setOperator uint8

const (
	plain setOperator = iota
	forAllValues
	forAnyValue
)

// named is an operator's name, taken apart.
type named struct {
	set      setOperator
	ifExists bool
	null     bool
	operator operator
}

// operatorNamed: ['ForAllValues:' | 'ForAnyValue:'] name ['IfExists']; Null
// has no IfExists.
func operatorNamed(name string) (named, bool) {
	var n named
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		n.set, name = forAllValues, rest
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		n.set, name = forAnyValue, rest
	}
	if name == "Null" {
		n.null = true
		return n, true
	}
	name, n.ifExists = strings.CutSuffix(name, "IfExists")
	var ok bool
	n.operator, ok = operators[name]
	return n, ok
}

func compileCondition(c Condition, vars bool) (condition, error) {
	n, ok := operatorNamed(c.Operator)
	if !ok {
		return condition{}, fmt.Errorf("unknown operator %s", c.Operator)
	}
	compiled := condition{key: strings.ToLower(c.Key), set: n.set, ifExists: n.ifExists, negated: n.operator.negated}
	for _, value := range c.Values {
		if n.null {
			absent, ok := parseBool(value)
			if !ok {
				return condition{}, fmt.Errorf("%q is neither true nor false", value)
			}
			compiled.null = append(compiled.null, absent)
			continue
		}
		t, err := n.operator.compile(value, vars)
		if err != nil {
			return condition{}, err
		}
		compiled.tests = append(compiled.tests, t)
	}
	return compiled, nil
}

// holds reports whether r satisfies the condition of a statement with that
// effect.
func (c *condition) holds(r *Request, deny bool) bool {
	values := r.lookup(c.key)
	if c.null != nil {
		return c.holdsNull(values.len() == 0)
	}
	if values.len() == 0 {
		return c.holdsWithoutKey()
	}
	all := c.set == forAllValues || c.set == plain && c.negated
	for i := range values.len() {
		if c.satisfied(values.at(i), r, deny) != all {
			return !all
		}
	}
	return all
}

func (c *condition) holdsNull(absent bool) bool {
	for _, want := range c.null {
		if want == absent {
			return true
		}
	}
	return false
}

// holdsWithoutKey: AWS: a missing key satisfies IfExists, ForAllValues and
// the negated operators, but never ForAnyValue.
func (c *condition) holdsWithoutKey() bool {
	switch {
	case c.ifExists || c.set == forAllValues:
		return true
	case c.set == forAnyValue:
		return false
	}
	return c.negated
}

// satisfied compares one value of the request with the policy's. A variable
// without a value never matches, and never helps a statement to allow.
func (c *condition) satisfied(actual string, r *Request, deny bool) bool {
	found := differs
	for _, t := range c.tests {
		switch t.match(actual, r) {
		case matches:
			return !c.negated
		case unresolved:
			found = unresolved
		}
	}
	return c.negated && (found == differs || deny)
}
