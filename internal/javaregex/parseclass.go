package javaregex

// class reads a character class after its '['.
func (p *parser) class() node {
	start := p.items[p.next-1].pos
	if p.ecma {
		return chars{p.ecmaClass(start)}
	}
	return chars{p.javaClass(start, true, true)}
}

// javaClass reads the inside of a class, up to its ']', which it consumes only
// if asked to; first says that it comes right after '['.
//
//	class: '^'? (class | operand '&&' operand | range)* ']'
//
// The right side of && reaches to the end of the class or the next &&, and a
// negation is applied to the whole in the end.
func (p *parser) javaClass(start int, first, consume bool) set {
	p.enter()
	defer func() { p.depth-- }()
	var (
		all, last set // what was read; and its latest part
		some      bool
		plain     set // single characters and ranges of them, joined late
		somePlain bool
	)
	add := func(s set) {
		all, last, some = all.union(s), s, true
	}
	p.skip()
	negative := first && p.accept("^")
	for {
		p.skip()
		if !p.more() {
			p.fail(start, "character class without its closing ]")
		}
		switch {
		case p.accept("["):
			add(p.javaClass(start, true, true))
			continue
		case p.peek() == '&' && p.peekAt(1) == '&':
			p.next += 2
			right, ok := p.rightOperand(start)
			if somePlain {
				add(plain)
				plain, somePlain = nil, false
			}
			if ok {
				last = right
			}
			switch {
			case !some && !ok:
				p.fail(start, "&& without operands")
			case !some:
				all, some = right, true
			default:
				all = all.intersect(last)
			}
			continue
		case p.peek() == ']' && (some || somePlain):
			if consume {
				p.next++
			}
			if all = all.union(plain); negative {
				return all.negate()
			}
			return all
		}
		if s, single := p.classItem(start); single {
			plain, somePlain = plain.union(s), true
		} else {
			add(s)
		}
	}
}

// rightOperand reads what follows &&; not ok if there is nothing.
func (p *parser) rightOperand(start int) (right set, ok bool) {
	for p.skip(); p.more() && p.peek() != ']' && p.peek() != '&'; p.skip() {
		if p.accept("[") {
			right, ok = right.union(p.javaClass(start, true, true)), true
			continue
		}
		right, ok = right.union(p.javaClass(start, false, false)), true
	}
	return right, ok
}

// classItem reads a character, a range or an escape in a class. single says
// that it is a character of Latin-1, which Java collects apart.
func (p *parser) classItem(start int) (s set, single bool) {
	pos := p.pos()
	lo, s, isSet := p.classCharacter()
	if isSet {
		return s, false
	}
	p.skip()
	if next := p.peekAt(1); p.peek() != '-' || next == '[' || next == ']' {
		return p.fold(of(lo, lo)), lo < 256
	}
	p.next++
	p.skip()
	if !p.more() {
		p.fail(start, "character class without its closing ]")
	}
	hi, _, isSet := p.classCharacter()
	if isSet || hi < lo {
		p.fail(pos, "illegal character range")
	}
	return p.fold(of(lo, hi)), false
}

// classCharacter reads one character of a class, or an escape that stands for
// a set.
func (p *parser) classCharacter() (r rune, s set, isSet bool) {
	pos := p.pos()
	if !p.accept(`\`) {
		return p.take(), nil, false
	}
	r = p.take()
	if s, ok := p.classEscape(pos, r); ok {
		return 0, s, true
	}
	return p.character(pos, r), nil, false
}

// ecmaClass reads a class of ECMAScript with annex B.
//
//	class: '^'? (item ('-' item)?)* ']'
func (p *parser) ecmaClass(start int) set {
	negative := p.accept("^")
	var s set
	for !p.accept("]") {
		if !p.more() {
			p.fail(start, "character class without its closing ]")
		}
		pos := p.pos()
		lo, loIsSet := p.ecmaItem()
		if p.peek() != '-' || p.peekAt(1) == ']' {
			s = s.union(p.fold(lo))
			continue
		}
		p.next++
		if !p.more() {
			p.fail(start, "character class without its closing ]")
		}
		hi, hiIsSet := p.ecmaItem()
		switch {
		case loIsSet || hiIsSet:
			s = s.union(lo, single('-'), hi)
		case hi[0].lo < lo[0].lo:
			p.fail(pos, "range in reverse order")
		default:
			s = s.union(p.fold(of(lo[0].lo, hi[0].lo)))
		}
	}
	if negative {
		return s.negate()
	}
	return s
}

// ecmaItem reads a character or an escape in a class.
func (p *parser) ecmaItem() (s set, isSet bool) {
	pos := p.pos()
	r := p.take()
	if r != '\\' {
		return single(r), false
	}
	r = p.take()
	if s, ok := p.classEscape(pos, r); ok {
		return s, true
	}
	if r == 'b' {
		return single('\b'), false
	}
	return single(p.ecmaCharacter(r)), false
}
