package vtl

import (
	"math/big"
	"strconv"
	"strings"
)

// expression: and { '||' and }, and so on down the table of operators.
func (p *parser) expression() expr {
	p.nest(p.peek())
	defer p.unnest()
	return p.binary(0)
}

// precedence lists the operators from those that bind least.
var precedence = [...][]tokenKind{
	{tokenOr},
	{tokenAnd},
	{tokenEqual, tokenNotEqual},
	{tokenLess, tokenGreater, tokenLessEqual, tokenGreaterEqual},
	{tokenPlus, tokenMinus},
	{tokenTimes, tokenDivide, tokenModulo},
}

// binary: operand { operator operand }
func (p *parser) binary(level int) expr {
	if level == len(precedence) {
		return p.unary()
	}
	left := p.binary(level + 1)
	for terms := 0; ; terms++ {
		t := p.peek()
		if !contains(precedence[level], t.kind) {
			p.depth -= terms
			return left
		}
		p.nest(t) // a long chain is a deep tree
		p.take()
		from := len(p.taken)
		b := binary{pos: p.pos(t), op: t.kind, left: left, right: p.binary(level + 1)}
		b.source = printTaken(p.taken[from:])
		switch level {
		case 0:
			left = &or{b}
		case 1:
			left = &and{b}
		case 2:
			left = &equal{b}
		case 3:
			left = &compare{b}
		case 4:
			if t.kind == tokenPlus {
				left = &add{b}
				continue
			}
			left = &arithmetic{b}
		default:
			left = &arithmetic{b}
		}
	}
}

func contains(kinds []tokenKind, k tokenKind) bool {
	for _, c := range kinds {
		if c == k {
			return true
		}
	}
	return false
}

// unary: [SPACE] '!' unary | primary
func (p *parser) unary() expr {
	t := p.peek()
	if t.kind == tokenNot || t.kind == tokenSpace && p.peekAt(1).kind == tokenNot {
		p.nest(t)
		defer p.unnest()
		p.skip(tokenSpace)
		return &not{p.pos(p.take()), p.unary()}
	}
	return p.primary()
}

// primary: [SPACE] ( value | '(' expression ')' ) [SPACE]
func (p *parser) primary() expr {
	p.skip(tokenSpace)
	var x expr
	if p.skip(tokenParenOpen) {
		from := len(p.taken)
		x = p.expression()
		switch x.(type) {
		case *add, *arithmetic, *rangeLiteral:
			x = &grouped{x, printTaken(p.taken[from:])}
		}
		p.expect(tokenParenClose)
	} else {
		x = p.value()
	}
	p.skip(tokenSpace)
	return x
}

// parameter: [SPACE] value [SPACE]
func (p *parser) parameter() expr {
	p.skip(tokenSpace)
	x := p.value()
	p.skip(tokenSpace)
	return x
}

// value: string | integer | range | map | list | true | false | reference | float
func (p *parser) value() expr {
	t := p.peek()
	if stray := p.lex.src[t.from:t.at]; stray != "" && t.kind != tokenIdentifier && t.kind != tokenCurlyOpen {
		return &strayed{p.plainValue(t), stray}
	}
	return p.plainValue(t)
}

func (p *parser) plainValue(t token) expr {
	switch t.kind {
	case tokenString:
		return p.stringLiteral()
	case tokenInteger, tokenFloat, tokenTrue, tokenFalse:
		return p.constant()
	case tokenListOpen:
		return p.listOrRange()
	case tokenMapOpen:
		return p.mapLiteral()
	case tokenIdentifier, tokenCurlyOpen:
		return p.reference()
	}
	p.unexpected(t)
	return nil
}

func (p *parser) stringLiteral() expr {
	t := p.take()
	s := &stringLiteral{pos: p.pos(t), source: p.image(t)}
	s.value = unquote(s.source, t.at)
	if s.interpolates() {
		p.pending = append(p.pending, s)
	}
	return s
}

// interpolates tells whether the inside is a template.
func (s *stringLiteral) interpolates() bool {
	return s.source[0] == '"' && strings.ContainsAny(s.source, "$#")
}

// unquote returns what a string literal stands for. Velocity 1.7 knows no
// backslash escapes in it but \uXXXX between double quotes.
func unquote(source string, at int) string {
	quote := source[:1]
	s := strings.ReplaceAll(source[1:len(source)-1], quote+quote, quote)
	if quote == "'" || !strings.Contains(s, `\u`) {
		return s
	}
	var units []uint16
	for {
		before, after, found := strings.Cut(s, `\u`)
		units = append(units, toUTF16(before)...)
		if !found {
			return fromUTF16(units)
		}
		code, err := strconv.ParseUint(after[:min(4, len(after))], 16, 16)
		if err != nil || len(after) < 4 {
			panic(syntaxErrorAt(at, "malformed \\u escape"))
		}
		units = append(units, uint16(code))
		s = after[4:]
	}
}

func (p *parser) constant() expr {
	t := p.take()
	c := &constant{pos: p.pos(t), source: p.image(t)}
	if strings.ContainsAny(c.source, "#$") && t.kind != tokenTrue && t.kind != tokenFalse {
		panic(syntaxErrorAt(t.at, "%q is not a number", c.source)) // as in $a[#1]
	}
	switch t.kind {
	case tokenTrue, tokenFalse:
		c.value = t.kind == tokenTrue
	case tokenInteger:
		c.value = integerLiteral(c.source)
	default:
		f, _ := strconv.ParseFloat(c.source, 64) // out of range: infinite, as in Java
		c.value = f
	}
	return c
}

func integerLiteral(s string) any {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return fitInteger(n)
	}
	n, _ := new(big.Int).SetString(s, 10)
	return n
}

// range: '[' [SPACE] bound [SPACE] '..' [SPACE] bound [SPACE] ']' where a bound
// is a reference or an integer
// list: '[' [ parameter { ',' parameter } ] ']'
func (p *parser) listOrRange() expr {
	t := p.take()
	from := len(p.taken) - 1
	p.nest(t)
	defer p.unnest()
	l := &listLiteral{pos: p.pos(t)}
	if p.skip(tokenListClose) {
		return l
	}
	p.skip(tokenSpace)
	bound := p.isBound()
	l.items = append(l.items, p.parameter())
	if bound && p.skip(tokenDotDot) {
		r := &rangeLiteral{pos: l.pos, from: l.items[0]}
		p.skip(tokenSpace)
		if !p.isBound() {
			p.unexpected(p.peek())
		}
		r.to = p.parameter()
		p.expect(tokenListClose)
		r.source = printTaken(p.taken[from:])
		return r
	}
	for p.skip(tokenComma) {
		l.items = append(l.items, p.parameter())
	}
	p.expect(tokenListClose)
	return l
}

func (p *parser) isBound() bool {
	k := p.peek().kind
	return k == tokenIdentifier || k == tokenCurlyOpen || k == tokenInteger
}

// map: '{' ( parameter ':' parameter { ',' parameter ':' parameter } | [SPACE] ) '}'
func (p *parser) mapLiteral() expr {
	t := p.take()
	p.nest(t)
	defer p.unnest()
	m := &mapLiteral{pos: p.pos(t)}
	empty := 0
	if p.peek().kind == tokenSpace {
		empty = 1
	}
	if k := p.peekAt(empty).kind; k == tokenMapClose || k == tokenCurlyClose {
		p.skip(tokenSpace)
		p.take()
		return m
	}
	for {
		m.keys = append(m.keys, p.parameter())
		p.expect(tokenColon)
		m.values = append(m.values, p.parameter())
		if !p.skip(tokenComma) {
			break
		}
	}
	if !p.skip(tokenCurlyClose) {
		p.expect(tokenMapClose)
	}
	return m
}
