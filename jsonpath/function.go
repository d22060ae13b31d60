package jsonpath

import (
	"fmt"
	"math"
	"strings"
)

// function is a call at the end of a path.
type function struct {
	name      string
	spec      functionSpec
	arguments []*operand
}

// functionSpec describes a function.
type functionSpec struct {
	least, most int // arguments

	// joins says that arguments count like the node, so that after a path
	// with ".." the nodes found are the first argument; other functions get
	// them as the node.
	joins bool

	// call computes the value for a node; not found means there is none.
	call func(s *state, f *function, node any, arguments []any) (value any, found bool)
}

// many is more arguments than a path can hold.
const many = maxExpression

// functions by name.
var functions = map[string]functionSpec{
	"length": {most: 1, joins: true, call: callLength},
	"size":   {most: 1, joins: true, call: callLength},
	"keys":   {call: callKeys},
	"min":    aggregate(func(a numbers) float64 { return a.min }),
	"max":    aggregate(func(a numbers) float64 { return a.max }),
	"sum":    aggregate(func(a numbers) float64 { return a.sum }),
	"avg":    aggregate(func(a numbers) float64 { return a.sum / a.count }),
	"stddev": aggregate(func(a numbers) float64 {
		return math.Sqrt(a.squares/a.count - a.sum*a.sum/a.count/a.count)
	}),
	"first":  {call: callElement(func([]any) (int, bool) { return 0, true })},
	"last":   {call: callElement(func([]any) (int, bool) { return -1, true })},
	"index":  {least: 1, most: 1, call: callElement(indexArgument)},
	"concat": {most: many, joins: true, call: callConcat},
	"append": {least: 1, most: many, call: callAppend},
}

// counts reports whether the function counts elements.
func (f *function) counts() bool { return f.name == "length" || f.name == "size" }

// String prints the call as in a path.
func (f *function) String() string {
	arguments := make([]string, len(f.arguments))
	for i, a := range f.arguments {
		arguments[i] = a.String()
	}
	return f.name + "(" + strings.Join(arguments, ",") + ")"
}

// arguments evaluates the arguments of a call, against the document; not ok
// when one leads nowhere.
func (s *state) arguments(f *function) (list []any, ok bool) {
	for _, a := range f.arguments {
		value, found := s.operand(a, s.root)
		if !found || s.err != nil {
			return nil, false
		}
		list = append(list, value)
	}
	return list, true
}

// invoke calls f for a node.
func (s *state) invoke(f *function, node any, arguments []any) (any, bool) {
	value, found := f.spec.call(s, f, node, arguments)
	return value, found && s.err == nil
}

// fold calls f for all the nodes of a path with ".." at once.
func (s *state) fold(f *function, nodes []any) (any, bool) {
	arguments, ok := s.arguments(f)
	if !ok {
		return nil, false
	}
	if f.spec.joins {
		return s.invoke(f, nil, append([]any{nodes}, arguments...))
	}
	return s.invoke(f, nodes, arguments)
}

// callLength is the size of an array or object, null for anything else.
func callLength(_ *state, _ *function, node any, arguments []any) (any, bool) {
	if len(arguments) > 0 {
		node = arguments[0]
	}
	if n := max(arrayLen(node), objectLen(node)); n >= 0 {
		return n, true
	}
	return nil, true
}

// callKeys lists the names of an object's members, null for anything else.
func callKeys(s *state, _ *function, node any, _ []any) (any, bool) {
	n := objectLen(node)
	if n < 0 {
		return nil, true
	}
	if !s.spend(n) {
		return nil, false
	}
	keys := make([]any, 0, n)
	for key := range members(node) {
		keys = append(keys, key)
	}
	return keys, true
}

// numbers is what the aggregating functions are made of.
type numbers struct{ count, sum, squares, min, max float64 }

// aggregate makes a function of the numbers in an array and in its arguments;
// everything else in them is passed over. Without a number it fails, as
// Jayway's does.
func aggregate(of func(numbers) float64) functionSpec {
	call := func(s *state, f *function, node any, arguments []any) (any, bool) {
		var sum numbers
		if arrayLen(node) >= 0 {
			sum.add(s, node)
		}
		for _, a := range arguments {
			sum.add(s, a)
		}
		if sum.count == 0 && s.err == nil {
			s.fail(f.name + "() without numbers")
		}
		return of(sum), true
	}
	return functionSpec{most: many, joins: true, call: call}
}

// add takes in a number, or the numbers of an array.
func (a *numbers) add(s *state, value any) {
	if n := arrayLen(value); n >= 0 && s.spend(n) {
		for i := range n {
			a.addNumber(at(value, i))
		}
		return
	}
	a.addNumber(value)
}

func (a *numbers) addNumber(value any) {
	if kindOf(value) != kindNumber {
		return
	}
	n := float(value)
	if a.count == 0 {
		a.min, a.max = n, n
	}
	a.count++
	a.sum += n
	a.squares += n * n
	a.min, a.max = min(a.min, n), max(a.max, n)
}

// callElement makes a function that picks one element of an array.
func callElement(which func(arguments []any) (int, bool)) func(*state, *function, any, []any) (any, bool) {
	return func(s *state, f *function, node any, arguments []any) (any, bool) {
		index, ok := which(arguments)
		n := arrayLen(node)
		switch {
		case !ok:
			s.fail(f.name + "() takes a number")
		case n < 0:
			s.fail(f.name + "() of something that is no array")
		case n == 0 && f.spec.most == 0:
			return nil, false // first() and last() of nothing
		}
		value, found := element(node, index)
		if !found {
			s.fail(fmt.Sprintf("%s(%d) out of bounds, the array has %d elements", f.name, index, max(n, 0)))
		}
		return value, found
	}
}

func indexArgument(arguments []any) (int, bool) {
	if kindOf(arguments[0]) != kindNumber {
		return 0, false
	}
	n := float(arguments[0])
	return int(max(min(n, math.MaxInt32), math.MinInt32)), true
}

// callConcat joins the strings of an array, then the arguments: strings,
// numbers and booleans, and the elements of arrays, with null left out.
func callConcat(s *state, f *function, node any, arguments []any) (any, bool) {
	var b strings.Builder
	for i := 0; i < arrayLen(node) && s.spend(1); i++ {
		if v := at(node, i); kindOf(v) == kindString {
			s.write(&b, v)
		}
	}
	for _, a := range arguments {
		n := arrayLen(a)
		if n < 0 {
			s.write(&b, a)
			continue
		}
		for i := 0; i < n && s.spend(1); i++ {
			s.write(&b, at(a, i))
		}
	}
	return b.String(), s.err == nil
}

// write adds the text of a value: JSON for arrays and objects, nothing for null.
func (s *state) write(b *strings.Builder, v any) {
	var text string
	switch kindOf(v) {
	case kindUndefined, kindNull:
		return
	case kindString:
		text = stringText(v)
	default:
		raw, err := AppendJSON(nil, v)
		if err != nil {
			s.fail(err.Error())
			return
		}
		text = string(raw)
	}
	if b.Len()+len(text) > maxConcat {
		s.fail(fmt.Sprintf("concat() of more than %d bytes", maxConcat))
		return
	}
	b.WriteString(text)
	s.spend(len(text) / 64)
}

// callAppend is a new array with the arguments at its end; anything but an
// array is returned as it is.
func callAppend(s *state, _ *function, node any, arguments []any) (any, bool) {
	n := arrayLen(node)
	if n < 0 {
		return node, true
	}
	if !s.spend(n) {
		return nil, false
	}
	list := make([]any, 0, n+len(arguments))
	for i := range n {
		list = append(list, at(node, i))
	}
	return append(list, arguments...), true
}

// stringText is the text of a value of kindString.
func stringText(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return v.(fmt.Stringer).String()
}
