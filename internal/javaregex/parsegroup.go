package javaregex

import "strings"

// group: '(' alternatives ')' | '(?' … ; nil for (?flags).
func (p *parser) group() (n node, quantifiable bool) {
	start, outer := p.pos(), p.flags
	p.next++
	p.skip()
	if !p.accept("?") {
		p.groups++
		return p.finish(start, outer, group{index: p.groups}), true
	}
	switch {
	case p.accept(":"):
		return p.finish(start, outer, nil), true
	case p.accept("="):
		return p.finish(start, outer, look{}), true
	case p.accept("!"):
		return p.finish(start, outer, look{negative: true}), true
	case p.accept("<="):
		return p.finish(start, outer, look{behind: true}), !p.ecma
	case p.accept("<!"):
		return p.finish(start, outer, look{behind: true, negative: true}), !p.ecma
	case p.accept("<"):
		p.groups++
		p.name(start)
		return p.finish(start, outer, group{index: p.groups}), true
	case p.ecma:
		p.fail(start, "unknown group (?")
	case p.accept(">"):
		return p.finish(start, outer, atomic{}), true
	}
	p.inlineFlags(start)
	if p.accept(")") {
		return nil, false
	}
	if !p.accept(":") {
		p.fail(p.pos(), "unknown group or flag")
	}
	return p.finish(start, outer, nil), true
}

// inlineFlags: letter* ('-' letter*)?
func (p *parser) inlineFlags(start int) {
	on := true
	for {
		r := p.peek()
		switch {
		case r == '-' && on:
			on = false
		case r == 'c' && on:
			p.fail(p.pos(), "canonical equivalence (?c) is not supported")
		case r == none || !p.flags.set(r, on):
			if !p.more() {
				p.fail(start, "group without its closing )")
			}
			return
		}
		p.next++
	}
}

// finish reads the rest of a group and fills it into kind.
func (p *parser) finish(start int, outer flags, kind node) node {
	body := p.alternatives()
	if !p.accept(")") {
		p.fail(start, "group without its closing )")
	}
	p.flags = outer
	switch kind := kind.(type) {
	case group:
		kind.body = body
		return kind
	case atomic:
		kind.body = body
		return kind
	case look:
		if kind.behind && unboundedBehind(body) && !p.ecma {
			p.fail(start, "look-behind without an obvious maximum length")
		}
		kind.body = body
		return kind
	}
	return body
}

// name reads a group's name and its '>'.
func (p *parser) name(start int) {
	name := p.groupName(start)
	if _, taken := p.names[name]; taken {
		p.fail(start, "group name %q is already in use", name)
	}
	p.names[name] = p.groups
}

// groupName: letter (letter | digit)* '>'
func (p *parser) groupName(start int) string {
	var b strings.Builder
	for p.more() {
		r := p.take()
		if r == '>' && b.Len() > 0 {
			return b.String()
		}
		valid := letters.contains(r) || isDigit(r) && b.Len() > 0 || p.ecma && (r == '_' || r == '$' || r > 0x7F)
		if !valid {
			break
		}
		b.WriteRune(r)
	}
	p.fail(start, "malformed group name")
	return ""
}

// countGroups finds the groups of an ECMAScript pattern ahead of parsing: its
// references may point forward.
func (p *parser) countGroups() {
	p.ahead = map[string]int{}
	inClass := false
	for ; p.more(); p.next++ {
		switch r := p.peek(); {
		case r == '\\':
			p.next++
		case inClass:
			inClass = r != ']'
		case r == '[':
			inClass = true
		case r == '(' && p.peekAt(1) != '?':
			p.total++
		case r == '(' && p.peekAt(2) == '<' && p.peekAt(3) != '=' && p.peekAt(3) != '!':
			p.total++
			at := p.next
			p.next += 3
			p.ahead[p.groupName(p.items[at].pos)] = p.total
			p.next--
		}
	}
	p.next = 0
}
