package jsonpath

import (
	"strconv"
	"strings"
)

// stepKind says what a step does with the node it is given.
type stepKind uint8

const (
	stepName     stepKind = iota // the member called names[0]
	stepNames                    // several members
	stepIndex                    // the element indexes[0]
	stepIndexes                  // several elements
	stepSlice                    // elements in bounds
	stepWildcard                 // every member or element
	stepScan                     // "..": the next step, here and everywhere below
	stepFilter                   // elements for which condition holds
	stepFunction                 // what call makes of the node
)

// step is one link of a path.
type step struct {
	kind      stepKind
	pos       int // offset in the path
	names     []string
	indexes   []int
	bounds    bounds
	condition condition
	call      *function
}

// bounds are the ends of a slice, [from:to]; an absent end is open.
type bounds struct {
	from, to       int
	hasFrom, hasTo bool
}

// definite reports whether the step leads to at most one node. Several members
// as the last step become one object.
func (s *step) definite(last bool) bool {
	switch s.kind {
	case stepName, stepIndex, stepFunction:
		return true
	case stepNames:
		return last
	}
	return false
}

// String prints the step in brackets, in the form that parses back to it.
func (s *step) String() string {
	switch s.kind {
	case stepName, stepNames:
		quoted := make([]string, len(s.names))
		for i, name := range s.names {
			quoted[i] = quote(name)
		}
		return "[" + strings.Join(quoted, ",") + "]"
	case stepIndex, stepIndexes:
		list := make([]string, len(s.indexes))
		for i, index := range s.indexes {
			list[i] = strconv.Itoa(index)
		}
		return "[" + strings.Join(list, ",") + "]"
	case stepSlice:
		return "[" + s.bounds.String() + "]"
	case stepWildcard:
		return "[*]"
	case stepScan:
		return ".."
	case stepFilter:
		return "[?(" + s.condition.String() + ")]"
	}
	return "." + s.call.String()
}

func (b bounds) String() string {
	var from, to string
	if b.hasFrom {
		from = strconv.Itoa(b.from)
	}
	if b.hasTo {
		to = strconv.Itoa(b.to)
	}
	return from + ":" + to
}

// condition is what stands in [?( )]: junction, negation, exists or comparison.
type condition interface {
	holds(s *state, node any) bool
	String() string
}

type (
	// junction is a chain of || or of &&.
	junction struct {
		or    bool
		terms []condition
	}
	// negation is !( ).
	negation struct{ term condition }
	// exists asks whether a path leads anywhere, or (absent) nowhere.
	exists struct {
		path   *operand
		absent bool
	}
	// comparison is left operator right.
	comparison struct {
		left     *operand
		operator *operator
		right    *operand
	}
)

func (c *junction) String() string {
	sep := " && "
	if c.or {
		sep = " || "
	}
	terms := make([]string, len(c.terms))
	for i, term := range c.terms {
		terms[i] = term.String()
		if _, chain := term.(*junction); chain {
			terms[i] = "(" + terms[i] + ")"
		}
	}
	return strings.Join(terms, sep)
}

func (c *negation) String() string { return "!(" + c.term.String() + ")" }

func (c *exists) String() string {
	if c.absent {
		return "!" + c.path.String()
	}
	return c.path.String()
}

func (c *comparison) String() string {
	return c.left.String() + " " + c.operator.name + " " + c.right.String()
}

// operand is one side of a comparison or an argument of a function: a path, a
// pattern or a literal value.
type operand struct {
	path    *Path
	fromTop bool // path starts at the document, not at the element
	slot    int  // of a fromTop path: its place in state.cache

	pattern Matcher
	source  string // of a pattern, with its slashes and flags

	value any
}

func (o *operand) String() string {
	switch {
	case o.path != nil:
		root := "@"
		if o.fromTop {
			root = "$"
		}
		return root + o.path.canonical()
	case o.pattern != nil:
		return o.source
	}
	text, err := AppendJSON(nil, o.value)
	if err != nil {
		return "null"
	}
	return string(text)
}

// canonical prints the steps of a path in brackets, without the one that fold has
// added.
func (p *Path) canonical() string {
	steps := p.steps
	if p.folded != nil && p.folded.counts() {
		steps = steps[:len(steps)-1]
	}
	var b strings.Builder
	for i := range steps {
		b.WriteString(steps[i].String())
	}
	if p.folded != nil {
		b.WriteString("." + p.folded.String())
	}
	return b.String()
}

// quote puts a name in single quotes.
func quote(name string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name) + "'"
}
