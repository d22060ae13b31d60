package vtl

import "strings"

// directive: NAME [ [SPACE] '(' { [SPACE] [ ',' [SPACE] ] argument } [SPACE] ')' [ block END ] ]
//
// Names that are no directive are macro calls, or text.
func (p *parser) directive() node {
	t := p.take()
	from := len(p.taken) - 1
	name := p.image(t)[1:] // where a $ came before the #, a name that nothing has
	if t.kind == tokenBracedWord {
		name = name[1 : len(name)-1]
	}
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
	inside := 0
	p.arguments(&d, t, known)
	if hasBlock {
		if name == "macro" && len(d.args) == 0 {
			panic(syntaxErrorAt(t.at, "#macro needs a name"))
		}
		inside = len(p.taken)
		b := p.block()
		d.body = &b
		closing := p.expect(tokenEnd)
		d.end = p.raw(closing)
	}
	d.source = joinTaken(p.taken[from:])
	if name == "literal" {
		return &literal{d, printTaken(p.taken[inside : len(p.taken)-1])}
	}
	return p.classify(d, known)
}

// joinTaken returns tokens as Velocity prints a macro call that has no macro:
// without comments, lone $ and #, and the backslashes of references.
func joinTaken(tokens []taken) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(t.image)
	}
	return b.String()
}

// printTaken returns tokens as #literal prints them.
func printTaken(tokens []taken) string {
	var b strings.Builder
	for _, t := range tokens {
		if t.kind != tokenBlockComment {
			b.WriteString(t.lead + t.image)
		}
	}
	return b.String()
}

// parenFollows looks past white space for a (, in the characters that are not
// lexed yet.
func (p *parser) parenFollows() bool {
	return strings.HasPrefix(strings.TrimLeft(p.lex.src[p.lex.at:], " \t\r\n"), "(")
}

// arguments reads from ( to ).
func (p *parser) arguments(d *directive, name token, known bool) {
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
		panic(syntaxErrorAt(int(d.pos)-p.base, "#literal needs parentheses"))
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
	if len(d.args) != 1 {
		panic(syntaxErrorAt(int(d.pos)-p.base, "#define needs one reference"))
	}
	n := &define{directive: d, target: variable{slot: -1}}
	if r, ok := d.args[0].(*reference); ok && r.first == "$"+r.name {
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
		if r, ok := a.(*reference); ok && r.first == "$"+r.name {
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
