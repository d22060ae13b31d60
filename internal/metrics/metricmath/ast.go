package metricmath

import (
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
func (n unaryNode) String() string { return "(-" + n.of.String() + ")" }
func (n binaryNode) String() string {
	return "(" + n.left.String() + " " + n.op + " " + n.right.String() + ")"
}
func (n callNode) String() string { return n.name + "(" + list(n.args) + ")" }

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
