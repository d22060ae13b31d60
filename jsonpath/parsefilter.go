package jsonpath

import "strings"

// filter: '?' '(' condition ')'
func (p *parser) filter(s *step) {
	p.pos++
	p.enter()
	p.expect("(")
	s.kind = stepFilter
	s.condition = p.condition()
	p.expect(")")
	p.leave()
}

// condition: conjunction ('||' conjunction)*
func (p *parser) condition() condition {
	return p.chain("||", p.conjunction)
}

// conjunction: term ('&&' term)*
func (p *parser) conjunction() condition {
	return p.chain("&&", p.term)
}

func (p *parser) chain(sep string, next func() condition) condition {
	terms := []condition{next()}
	for p.skipBlanks(); p.accept(sep); p.skipBlanks() {
		terms = append(terms, next())
	}
	if len(terms) == 1 {
		return terms[0]
	}
	return &junction{or: sep == "||", terms: terms}
}

// term: '!' path | '!' term | '(' condition ')' | comparison
func (p *parser) term() condition {
	p.enter()
	defer p.leave()
	p.skipBlanks()
	switch p.peek() {
	case '!':
		return p.not()
	case '(':
		p.pos++
		c := p.condition()
		p.expect(")")
		return c
	}
	return p.comparison()
}

// not reads a negation. !@.a == 1 is refused: Jayway takes it for @.a == 1,
// most readers for !(@.a == 1).
func (p *parser) not() condition {
	start := p.pos
	p.pos++
	p.skipBlanks()
	if b := p.peek(); b != '@' && b != '$' {
		return &negation{p.term()}
	}
	c, ok := p.comparison().(*exists)
	if !ok {
		p.fail(start, "a negated comparison needs parentheses, !( )")
	}
	c.absent = true
	return c
}

// comparison: operand (operator operand)?
func (p *parser) comparison() condition {
	start := p.pos
	left := p.operand()
	p.skipBlanks()
	if b := p.peek(); p.done() || b == ')' || b == '&' || b == '|' {
		if left.path == nil {
			p.fail(start, "a value alone is no condition")
		}
		return &exists{path: left}
	}
	opPos := p.pos
	op := p.operator()
	right := p.operand()
	if op.pattern != (left.pattern != nil || right.pattern != nil) || left.pattern != nil && right.pattern != nil {
		p.fail(opPos, "=~ and only =~ takes one /pattern/")
	}
	return &comparison{left: left, operator: op, right: right}
}

// operator: one of operators, words in upper or lower case
func (p *parser) operator() *operator {
	start := p.pos
	for !p.done() && strings.IndexByte("<>=!~", p.peek()) >= 0 {
		p.pos++
	}
	name := p.text[start:p.pos]
	if name == "" {
		name = strings.ToLower(p.word())
	}
	op, ok := operators[name]
	if !ok {
		p.fail(start, "expected a comparison, && or ||")
	}
	return op
}

// operand: path | quoted | pattern | JSON value
func (p *parser) operand() *operand {
	p.skipBlanks()
	start := p.pos
	switch b := p.peek(); {
	case p.done():
		p.fail(start, "expected a value")
	case b == '$':
		p.enter()
		defer p.leave()
		return p.topPath(inFilter)
	case b == '@':
		p.enter()
		defer p.leave()
		return &operand{path: p.path(inFilter)}
	case b == '\'' || b == '"':
		return &operand{value: p.quoted()}
	case b == '/':
		return p.pattern()
	case b == '[' || b == '{':
		return &operand{value: p.json(true)}
	}
	if b := p.peek(); b != '-' && (b < '0' || b > '9') && !strings.HasPrefix(p.text[start:], "true") &&
		!strings.HasPrefix(p.text[start:], "false") && !strings.HasPrefix(p.text[start:], "null") {
		p.fail(start, "expected a path, a string, a number, true, false, null, JSON or /pattern/")
	}
	return &operand{value: p.json(false)}
}

// pattern: '/' (any but unescaped '/')* '/' flags
func (p *parser) pattern() *operand {
	start := p.pos
	end := closing(p.text, start+1, '/')
	if end < 0 {
		p.fail(start, "pattern without its closing /")
	}
	p.pos = end + 1
	flags := p.word()
	compile := p.settings.Regexp
	if compile == nil {
		compile = compileRegexp
	}
	m, err := compile(p.text[start+1:end], flags)
	if err != nil {
		p.fail(start, "pattern: %v", err)
	}
	return &operand{pattern: m, source: p.text[start:p.pos]}
}
