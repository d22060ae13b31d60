package vtl

import "strings"

// reference: NAME { index } { '.' ( call | property ) { index } } | '{' … '}'
func (p *parser) reference() *reference {
	first := p.take()
	at := len(p.taken) - 1
	name := first
	p.nest(first)
	defer p.unnest()
	switch first.kind {
	case tokenIdentifier:
	case tokenCurlyOpen:
		name = p.expect(tokenIdentifier)
	default:
		p.unexpected(first)
	}
	r := &reference{pos: p.pos(first)}
	for p.peek().kind == tokenIndexOpen {
		p.index(r)
	}
	for p.peek().kind == tokenDot && p.peekAt(1).kind == tokenIdentifier {
		dot := p.take()
		p.property(r, p.lex.src[dot.from:dot.end-1])
		for p.peek().kind == tokenIndexOpen {
			p.index(r)
		}
	}
	if first.kind == tokenCurlyOpen {
		p.expect(tokenCurlyClose)
		r.tail = "}"
	}
	p.finishReference(r, first, name, p.taken[at:])
	return r
}

// index: '[' [SPACE] ( string | integer | true | false | reference ) [SPACE] ']'
func (p *parser) index(r *reference) {
	t := p.take()
	p.skip(tokenSpace)
	if k := p.peek(); k.kind == tokenFloat {
		p.unexpected(k)
	}
	r.path = append(r.path, &index{p.pos(t), p.value()})
	p.skip(tokenSpace)
	p.expect(tokenIndexClose)
}

// property: NAME
// call: NAME '(' [ parameter { ',' parameter } ] ')'
//
// lead is what lies before the dot.
func (p *parser) property(r *reference, lead string) {
	name := p.take()
	if p.peek().kind != tokenParenOpen || !p.callFollows() {
		r.path = append(r.path, &property{p.pos(name), p.image(name), lead})
		return
	}
	c := &call{pos: p.pos(name), name: p.image(name), lead: lead}
	r.path = append(r.path, c)
	p.take()
	if p.peek().kind != tokenCallClose {
		c.args = append(c.args, p.parameter())
		for p.skip(tokenComma) {
			c.args = append(c.args, p.parameter())
		}
	}
	p.expect(tokenCallClose)
	c.constants = constantValues(c.args)
}

// constantValues returns the values of arguments that are all constants; nil if
// they are not. Strings that may be interpolated are not known to be constant.
func constantValues(args []expr) []any {
	values := make([]any, 0, len(args))
	for _, a := range args {
		switch a := a.(type) {
		case *constant:
			values = append(values, a.value)
		case *stringLiteral:
			if a.interpolates() {
				return nil
			}
			values = append(values, a.value)
		default:
			return nil
		}
	}
	return values
}

// callFollows tells whether the ( after a name can begin a call; else it is
// text, as in $a.b(.
func (p *parser) callFollows() bool {
	switch p.peekAt(1).kind {
	case tokenCallClose, tokenSpace, tokenString, tokenInteger, tokenFloat, tokenListOpen, tokenMapOpen,
		tokenTrue, tokenFalse, tokenIdentifier, tokenCurlyOpen:
		return true
	}
	return false
}

// finishReference works out what stands before the name: backslashes, stray #
// and $, and the marks of a quiet or formal reference.
func (p *parser) finishReference(r *reference, first, name token, tokens []taken) {
	r.pos = p.pos(first)
	image := p.image(first)
	r.head = p.lex.src[first.from:name.at]
	if first == name {
		r.head = p.lex.src[first.from : first.end-len(nameOf(image))]
	}
	r.variable = p.variable(p.image(name)) // in ${$a} that is $a, which nothing sets
	if first == name {
		r.variable = p.variable(nameOf(image))
	}
	if strings.Contains(image, `\!`) {
		r.inert = true
		r.null = inertText(image)
		return
	}
	slashes := countByte(image, '\\')
	r.escaped = slashes%2 == 1
	r.slashes = image[:slashes/2]
	image = image[slashes:]
	last := max(strings.LastIndexByte(image, '$'), 0)
	r.prefix = image[:last]
	image = image[last:]
	r.first = image
	tokens[0] = taken{kind: first.kind, image: image}
	r.null = printTaken(tokens)
	r.plain = r.null
	r.quiet = strings.HasPrefix(image, "$!")
	if r.quiet && !r.escaped {
		r.null = ""
	}
	r.bareword = image[0] != '$'
}

func nameOf(image string) string {
	return image[strings.LastIndexAny(image, `$!\#`)+1:]
}

// inertText returns what $\!name prints: one of the backslashes goes.
func inertText(image string) string {
	dollar := strings.IndexByte(image, '$')
	slash := dollar + strings.IndexByte(image[dollar:], '\\')
	return image[:slash] + image[slash+1:]
}
