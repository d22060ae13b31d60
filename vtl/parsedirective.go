package vtl

import "strings"

// directive: NAME [ [SPACE] '(' { [SPACE] [ ',' [SPACE] ] argument } [SPACE] ')' [ block END ] ]
//
// Names that are no directive are macro calls, or text.
func (p *parser) directive() node {
	t := p.take()
	name := strings.Trim(p.image(t)[strings.IndexByte(p.image(t), '#')+1:], "{}")
	d := directive{pos: p.pos(t), name: name, open: p.lex.src[t.from:t.end]}
	hasBlock, known := directiveBlocks[name]
	hasBlock = hasBlock || strings.HasPrefix(name, "@")

	p.lex.state = inDirective
	if !p.parenFollows() {
		if name == "macro" {
			panic(syntaxErrorAt(t.at, "#macro needs a name"))
		}
		p.lex.pop()
		d.source = p.image(t)
		return p.classify(d, known)
	}
	d.parens = true
	end := p.arguments(&d, t, known)
	if hasBlock {
		if name == "macro" && len(d.args) == 0 {
			panic(syntaxErrorAt(t.at, "#macro needs a name"))
		}
		b := p.block()
		d.body = &b
		closing := p.expect(tokenEnd)
		d.inside = p.lex.src[end:closing.from]
		d.end = p.raw(closing)
		end = closing.end
	}
	d.source = p.cleaned(d, p.lex.src[t.at:end])
	return p.classify(d, known)
}

// cleaned returns the source of a directive as Velocity prints it when there is
// no such macro: without the backslashes, # and $ before references.
func (p *parser) cleaned(d directive, source string) string {
	for i := len(d.args) - 1; i >= 0; i-- {
		if r, ok := d.args[i].(*reference); ok && r.stray > 0 {
			at := int(r.pos - d.pos)
			source = source[:at] + source[at+r.stray:]
		}
	}
	return source
}

// parenFollows looks past white space for a (, in the characters that are not
// lexed yet.
func (p *parser) parenFollows() bool {
	return strings.HasPrefix(strings.TrimLeft(p.lex.src[p.lex.at:], " \t\r\n"), "(")
}

// arguments reads from ( to ) and returns where that ends.
func (p *parser) arguments(d *directive, name token, known bool) int {
	p.skip(tokenSpace)
	open := p.expect(tokenParenOpen)
	d.open = p.lex.src[name.from:open.end]
	for {
		gap := p.peek()
		p.argumentGap()
		if !p.isArgument() {
			break
		}
		t := p.peek()
		d.gaps = append(d.gaps, p.lex.src[gap.from:t.from])
		d.args = append(d.args, p.argument())
		if known && t.kind == tokenWord {
			n := len(d.args) - 1
			if !(d.name == "macro" && n == 0) && !(d.name == "foreach" && n == 1) {
				panic(syntaxErrorAt(t.at, "invalid argument %q of #%s", p.image(t), d.name))
			}
		}
		if t.kind != tokenWord && d.name == "macro" && len(d.args) == 1 {
			panic(syntaxErrorAt(t.at, "the first argument of #macro is its name"))
		}
	}
	start := p.peek().from
	p.skip(tokenSpace)
	end := p.expect(tokenParenClose)
	d.close = p.lex.src[start:end.end]
	return end.end
}

// argumentGap skips [SPACE] [ ',' [SPACE] ] where an argument follows.
func (p *parser) argumentGap() {
	n := 0
	if p.peekAt(n).kind == tokenSpace {
		n++
	}
	if p.peekAt(n).kind == tokenComma {
		p.skip(tokenSpace)
		p.take()
		p.skip(tokenSpace)
		if !p.isArgument() {
			p.unexpected(p.peek())
		}
		return
	}
	if n == 1 && p.peekAt(1).kind != tokenParenClose {
		p.take()
		if !p.isArgument() {
			p.unexpected(p.peek())
		}
	}
}

func (p *parser) isArgument() bool {
	switch p.peek().kind {
	case tokenIdentifier, tokenCurlyOpen, tokenWord, tokenString, tokenInteger, tokenFloat,
		tokenListOpen, tokenMapOpen, tokenTrue, tokenFalse:
		return true
	}
	return false
}

// argument: value | WORD
func (p *parser) argument() expr {
	if t := p.peek(); t.kind == tokenWord {
		p.take()
		return &word{p.pos(t), p.image(t)}
	}
	return p.value()
}

// classify makes the node of a directive whose parts are read.
func (p *parser) classify(d directive, known bool) node {
	if !known {
		c := &macroCall{directive: d}
		for _, a := range d.args {
			if w, ok := a.(*word); ok {
				c.bad = w.source
			}
		}
		p.calls = append(p.calls, c)
		return c
	}
	switch d.name {
	case "break":
		return &breakNode{d}
	case "stop":
		return &stop{d}
	case "foreach":
		return p.foreach(d)
	case "define":
		return p.define(d)
	case "macro":
		return p.macro(d)
	case "literal":
		return p.literal(d)
	}
	return &refused{d}
}

// foreach: '#foreach' '(' reference word expression ')'. Velocity takes any
// word for the in, and a fourth argument for the body.
func (p *parser) foreach(d directive) node {
	if len(d.args) < 2 {
		panic(syntaxErrorAt(int(d.pos)-p.base, "too few arguments to #foreach"))
	}
	n := &foreach{directive: d, element: variable{slot: -1}}
	if r, ok := d.args[0].(*reference); ok {
		n.element = r.variable
	}
	if len(d.args) > 2 {
		n.in = d.args[2]
	}
	if len(d.args) > 3 {
		n.inner = &text{pos: n.pos}
		if r, ok := d.args[3].(*reference); ok {
			n.inner = r
		}
	}
	return n
}

func (p *parser) define(d directive) node {
	if len(d.args) == 0 {
		panic(syntaxErrorAt(int(d.pos)-p.base, "#define needs a reference"))
	}
	n := &define{directive: d, target: variable{slot: -1}}
	if r, ok := d.args[0].(*reference); ok && r.head == "$" {
		n.target = r.variable
	}
	return n
}

// macro registers a macro while its template is parsed, wherever it stands: the
// first definition of a name wins.
func (p *parser) macro(d directive) node {
	m := &macro{directive: d}
	for _, a := range d.args[1:] {
		slot := -1
		// Velocity binds the parameter under its first token without the $, so
		// ${a} and $!a cannot be referred to.
		if r, ok := a.(*reference); ok && r.head == "$" {
			slot = r.slot
		}
		m.params = append(m.params, slot)
	}
	name := d.args[0].(*word).source
	p.named[name] = true
	if p.macros[name] == nil {
		p.macros[name] = m
	}
	return m
}

func (p *parser) literal(d directive) node {
	if d.body == nil {
		panic(syntaxErrorAt(int(d.pos)-p.base, "#literal needs parentheses"))
	}
	return &literal{d}
}
