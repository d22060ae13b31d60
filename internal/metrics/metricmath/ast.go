package metricmath

import (
	"slices"
	"strconv"
	"strings"
)

// node is a part of an expression. It is never modified.
type node interface {
	String() string
	eval(e *run) (Value, error)
}

type numberNode float64

type textNode string

// nameNode is the id of another query, or a word that a function knows.
type nameNode struct {
	name string
	at   int
}

type arrayNode struct {
	items []node
	at    int
}

type unaryNode struct{ of node }

type binaryNode struct {
	op          string
	left, right node
	at          int
}

type callNode struct {
	name string // in upper case
	args []node
	at   int
}

func (n numberNode) String() string { return strconv.FormatFloat(float64(n), 'g', -1, 64) }

func (n textNode) String() string {
	if strings.Contains(string(n), `"`) {
		return "'" + string(n) + "'"
	}
	return `"` + string(n) + `"`
}

func (n nameNode) String() string  { return n.name }
func (n arrayNode) String() string { return "[" + list(n.items) + "]" }
func (n unaryNode) String() string { return "-" + within(n.of, bindsUnary) }
func (n binaryNode) String() string {
	level := binds(n)
	left, right := level, level+1 // operators of one level are read from the left,
	if level == bindsPower {      // but powers from the right, and a sign may follow one
		left, right = bindsPower+1, bindsUnary
	}
	return within(n.left, left) + " " + n.op + " " + within(n.right, right)
}
func (n callNode) String() string { return n.name + "(" + list(n.args) + ")" }

// How tightly what is not an operator of precedence binds.
var (
	bindsUnary = len(precedence)
	bindsPower = bindsUnary + 1
	bindsWhole = bindsPower + 1
)

func binds(n node) int {
	switch n := n.(type) {
	case unaryNode:
		return bindsUnary
	case binaryNode:
		if level := slices.IndexFunc(precedence, func(ops []string) bool { return slices.Contains(ops, n.op) }); level >= 0 {
			return level
		}
		return bindsPower
	}
	return bindsWhole
}

// within prints n where only what binds as tightly as least is read as one. What
// needs no parentheses gets none, so that whatever was read can be read again:
// they count as nesting.
func within(n node, least int) string {
	if binds(n) < least {
		return "(" + n.String() + ")"
	}
	return n.String()
}

func list(nodes []node) string {
	var b strings.Builder
	for i, n := range nodes {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(n.String())
	}
	return b.String()
}
