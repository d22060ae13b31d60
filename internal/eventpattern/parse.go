package eventpattern

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// Bounds of a pattern. AWS: Lambda event filtering, 4096 characters.
const (
	maxSize  = 4096
	maxDepth = 100
	maxOr    = 1000 // alternatives of all $or together
)

// Pattern is a parsed pattern. It is never modified, and any number of
// goroutines may share it.
type Pattern struct{ root *object }

// object matches events whose fields all match.
type object struct {
	fields []field
	or     [][]*object // of each "$or" one has to match
}

// field is a name with what its value has to be: an object, or one of tests.
type field struct {
	name   string
	object *object
	tests  []test
}

// test is one alternative for a value.
type test interface {
	// match is asked with the value and whether there is one.
	match(value any, present bool) bool
}

// parser counts what a pattern may not have without end.
type parser struct{ or int }

// Parse reads a pattern.
func Parse(text string) (*Pattern, error) {
	if len(text) > maxSize {
		return nil, fmt.Errorf("the pattern has %d characters, more than %d", len(text), maxSize)
	}
	var tree any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something after the pattern")
	}
	p := &parser{}
	root, err := p.object(tree, "pattern", 0)
	if err != nil {
		return nil, err
	}
	return &Pattern{root}, nil
}

// object: '{' (name ':' (object | tests) | '"$or"' ':' '[' object… ']')… '}'
func (p *parser) object(tree any, at string, depth int) (*object, error) {
	m, ok := tree.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s is not an object", at)
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("%s is nested too deeply", at)
	}
	o := &object{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		value := m[name]
		where := at + "." + name
		var err error
		f := field{name: name}
		switch list, isList := value.([]any); {
		case name == "$or" && isOr(list):
			err = p.alternatives(o, list, where, depth)
			if err != nil {
				return nil, err
			}
			continue
		case isList:
			f.tests, err = p.tests(list, where)
		default:
			f.object, err = p.object(value, where, depth+1)
		}
		if err != nil {
			return nil, err
		}
		o.fields = append(o.fields, f)
	}
	return o, nil
}

// isOr says whether a field called $or is the operator: it lists at least two
// objects, none of which is a test.
func isOr(list []any) bool {
	for _, one := range list {
		m, ok := one.(map[string]any)
		if !ok {
			return false
		}
		for name := range m {
			if operator(name) != nil && len(m) == 1 {
				return false
			}
		}
	}
	return len(list) > 1
}

func (p *parser) alternatives(o *object, list []any, at string, depth int) error {
	var all []*object
	for i, one := range list {
		if p.or++; p.or > maxOr {
			return fmt.Errorf("%s: more than %d alternatives", at, maxOr)
		}
		alternative, err := p.object(one, fmt.Sprintf("%s[%d]", at, i), depth+1)
		if err != nil {
			return err
		}
		if len(alternative.fields)+len(alternative.or) == 0 {
			return fmt.Errorf("%s[%d] is empty", at, i)
		}
		all = append(all, alternative)
	}
	o.or = append(o.or, all)
	return nil
}

// tests: '[' (literal | '{' operator ':' operand '}')… ']'
func (p *parser) tests(list []any, at string) ([]test, error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("%s lists no values", at)
	}
	var tests []test
	for i, one := range list {
		t, err := parseTest(one)
		if err != nil {
			return nil, fmt.Errorf("%s[%d]: %w", at, i, err)
		}
		tests = append(tests, t)
	}
	return tests, nil
}

func parseTest(v any) (test, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return parseLiteral(v)
	}
	if len(m) != 1 {
		return nil, errors.New("a test has exactly one operator")
	}
	for name, operand := range m {
		if parse := operator(name); parse != nil {
			t, err := parse(operand)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return t, nil
		}
		return nil, fmt.Errorf("unknown operator %q", name)
	}
	return nil, nil // never: there is one
}

func parseLiteral(v any) (test, error) {
	switch v.(type) {
	case string, json.Number, bool, nil:
		return literal{v}, nil
	}
	return nil, errors.New("a value is a string, number, boolean, null or a test")
}

// operator finds a test by its name; nil if there is none.
func operator(name string) func(any) (test, error) {
	switch name {
	case "prefix":
		return func(v any) (test, error) { return parseText(v, strings.HasPrefix) }
	case "suffix":
		return func(v any) (test, error) { return parseText(v, strings.HasSuffix) }
	case "equals-ignore-case":
		return parseFold
	case "wildcard":
		return parseWildcard
	case "anything-but":
		return parseAnythingBut
	case "numeric":
		return parseNumeric
	case "exists":
		return parseExists
	case "cidr":
		return parseCIDR
	}
	return nil
}

// parseText is prefix and suffix, of a string or ignoring case.
func parseText(v any, has func(s, part string) bool) (test, error) {
	if m, ok := v.(map[string]any); ok && len(m) == 1 {
		part, ok := m["equals-ignore-case"].(string)
		if !ok {
			return nil, errors.New("takes a string or equals-ignore-case")
		}
		part = strings.ToLower(part)
		return text(func(s string) bool { return has(strings.ToLower(s), part) }), nil
	}
	part, ok := v.(string)
	if !ok {
		return nil, errors.New("takes a string")
	}
	return text(func(s string) bool { return has(s, part) }), nil
}

func parseFold(v any) (test, error) {
	want, ok := v.(string)
	if !ok {
		return nil, errors.New("takes a string")
	}
	return text(func(s string) bool { return strings.EqualFold(s, want) }), nil
}

func parseWildcard(v any) (test, error) {
	pattern, ok := v.(string)
	if !ok {
		return nil, errors.New("takes a string")
	}
	pieces, err := splitWildcard(pattern)
	if err != nil {
		return nil, err
	}
	return text(func(s string) bool { return wild(pieces, s) }), nil
}

// splitWildcard cuts a pattern at its stars; \* and \\ are plain characters.
func splitWildcard(pattern string) ([]string, error) {
	pieces := []string{""}
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '\\' && i+1 < len(pattern) && (pattern[i+1] == '*' || pattern[i+1] == '\\'):
			i++
			pieces[len(pieces)-1] += pattern[i : i+1]
		case c == '\\':
			return nil, errors.New(`a \ escapes * or \ only`)
		case c == '*' && i > 0 && pattern[i-1] == '*' && pieces[len(pieces)-1] == "" && len(pieces) > 1:
			return nil, errors.New("two stars follow each other")
		case c == '*':
			pieces = append(pieces, "")
		default:
			pieces[len(pieces)-1] += pattern[i : i+1]
		}
	}
	return pieces, nil
}

// parseAnythingBut takes a literal, a list of literals, or a test on strings.
func parseAnythingBut(v any) (test, error) {
	var not anythingBut
	switch v := v.(type) {
	case []any:
		if len(v) == 0 {
			return nil, errors.New("lists no values")
		}
		for _, one := range v {
			switch one.(type) {
			case string, json.Number:
			default:
				return nil, errors.New("lists strings or numbers")
			}
			not.tests = append(not.tests, literal{one})
		}
	case map[string]any:
		if len(v) != 1 {
			return nil, errors.New("takes one test")
		}
		for name, operand := range v {
			if !slices.Contains([]string{"prefix", "suffix", "equals-ignore-case", "wildcard"}, name) {
				return nil, fmt.Errorf("does not take %q", name)
			}
			operands, isList := operand.([]any)
			if !isList {
				operands = []any{operand}
			}
			if len(operands) == 0 {
				return nil, errors.New("lists no values")
			}
			for _, one := range operands {
				t, err := operator(name)(one)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
				not.tests = append(not.tests, t)
			}
		}
	case string, json.Number:
		not.tests = []test{literal{v}}
	default:
		return nil, errors.New("takes strings, numbers or a test")
	}
	return not, nil
}

// parseNumeric: '[' operator number (operator number)? ']'
func parseNumeric(v any) (test, error) {
	list, ok := v.([]any)
	if !ok || len(list) != 2 && len(list) != 4 {
		return nil, errors.New("takes an operator and a number, once or twice")
	}
	var out numeric
	for i := 0; i < len(list); i += 2 {
		name, ok1 := list[i].(string)
		number, ok2 := list[i+1].(json.Number)
		if !ok1 || !ok2 || !slices.Contains([]string{"=", "<", "<=", ">", ">="}, name) {
			return nil, errors.New("takes =, <, <=, > or >= with a number")
		}
		n, err := number.Float64()
		if err != nil {
			return nil, fmt.Errorf("%s is not a number here", number)
		}
		out = append(out, bound{name, n})
	}
	if len(out) == 2 && (out[0].operator[0] != '>' || out[1].operator[0] != '<' || out[0].number >= out[1].number) {
		return nil, errors.New("a range has its lower bound first")
	}
	return out, nil
}

func parseExists(v any) (test, error) {
	want, ok := v.(bool)
	if !ok {
		return nil, errors.New("takes true or false")
	}
	return exists(want), nil
}

func parseCIDR(v any) (test, error) {
	s, ok := v.(string)
	if !ok {
		return nil, errors.New("takes a string")
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return nil, err
	}
	return text(func(s string) bool {
		a, err := netip.ParseAddr(s)
		return err == nil && prefix.Contains(a)
	}), nil
}

// Decode reads an event as Match takes it.
func Decode(event []byte) (any, error) {
	var v any
	d := json.NewDecoder(bytes.NewReader(event))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something after the event")
	}
	return v, nil
}
