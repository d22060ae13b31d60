package vtl

import "strings"

// A printer collects the source of a tree.
type printer struct{ strings.Builder }

func (p *printer) write(parts ...string) {
	for _, s := range parts {
		p.WriteString(s)
	}
}

func (p *printer) list(items []expr) {
	for i, x := range items {
		if i > 0 {
			p.write(", ")
		}
		x.print(p)
	}
}

func (b *block) print(p *printer) {
	for _, n := range b.nodes {
		n.print(p)
	}
	p.write(b.tail)
}

func (n *text) print(p *printer) { p.write(n.source) }

func (n *reference) print(p *printer) {
	p.write(n.head, n.name)
	for _, s := range n.path {
		s.print(p)
	}
	p.write(n.tail)
}

func (n *property) print(p *printer) { p.write(n.lead, ".", n.name) }

func (n *call) print(p *printer) {
	p.write(n.lead, ".", n.name, "(")
	p.list(n.args)
	p.write(")")
}

func (n *index) print(p *printer) {
	p.write("[")
	n.key.print(p)
	p.write("]")
}

func (n *set) print(p *printer) {
	p.write(n.open)
	n.target.print(p)
	p.write(" = ")
	n.value.print(p)
	p.write(n.close)
}

func (n *ifNode) print(p *printer) {
	for i := range n.branches {
		b := &n.branches[i]
		p.write(b.open)
		if b.condition != nil {
			b.condition.print(p)
		}
		p.write(b.close)
		b.body.print(p)
	}
	p.write(n.end)
}

func (n *directive) print(p *printer) {
	p.write(n.open)
	for i, a := range n.args {
		p.write(n.gaps[i])
		a.print(p)
	}
	p.write(n.close)
	if n.body != nil {
		n.body.print(p)
	}
	p.write(n.end)
}

func (n *constant) print(p *printer)      { p.write(n.source) }
func (n *stringLiteral) print(p *printer) { p.write(n.source) }
func (n *word) print(p *printer)          { p.write(n.source) }

func (n *strayed) print(p *printer) {
	p.write(n.stray)
	n.expr.print(p)
}

func (n *grouped) print(p *printer) {
	p.write("(")
	n.expr.print(p)
	p.write(")")
}

func (n *listLiteral) print(p *printer) {
	p.write("[")
	p.list(n.items)
	p.write("]")
}

func (n *mapLiteral) print(p *printer) {
	p.write("{")
	for i := range n.keys {
		if i > 0 {
			p.write(", ")
		}
		n.keys[i].print(p)
		p.write(" : ")
		n.values[i].print(p)
	}
	p.write("}")
}

func (n *rangeLiteral) print(p *printer) {
	p.write("[")
	n.from.print(p)
	p.write(" .. ")
	n.to.print(p)
	p.write("]")
}

func (n *not) print(p *printer) {
	p.write("!")
	p.operand(n.operand, len(precedence))
}

func (n *binary) print(p *printer) {
	level := n.level()
	p.operand(n.left, level)
	p.write(" ", n.op.String(), " ")
	p.operand(n.right, level+1)
}

// operand prints x in parentheses if it binds less than level asks for.
func (p *printer) operand(x expr, level int) {
	b, ok := x.(interface{ level() int })
	if !ok || b.level() >= level {
		x.print(p)
		return
	}
	p.write("(")
	x.print(p)
	p.write(")")
}

func (n *binary) level() int {
	for level, ops := range precedence {
		if contains(ops, n.op) {
			return level
		}
	}
	return len(precedence)
}
