package javaregex

import "unicode"

// escape reads what follows a backslash outside of a class; start is the
// backslash's place.
func (p *parser) escape(start int) node {
	r := p.take()
	if p.ecma {
		return p.ecmaEscape(start, r)
	}
	switch r {
	case 'A':
		return atBegin
	case 'z':
		return atEnd
	case 'Z':
		if p.flags.unixLines {
			return atLastUnixEnd
		}
		return atLastEnd
	case 'G':
		return atLastMatch
	case 'B':
		if p.flags.unicodeClasses {
			return notAtUnicodeBoundary
		}
		return notAtBoundary
	case 'b':
		if p.accept("{g}") {
			p.fail(start, `\b{g} is not supported`)
		}
		if p.flags.unicodeClasses {
			return atUnicodeBoundary
		}
		return atBoundary
	case 'R':
		return alternatives{sequence{chars{single('\r')}, chars{single('\n')}}, chars{vertical}}
	case 'X':
		p.fail(start, `\X is not supported`)
	case 'k':
		return p.namedReference(start)
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return p.reference(r)
	}
	if s, ok := p.classEscape(start, r); ok {
		return chars{s}
	}
	return p.literal(p.character(start, r))
}

// reference reads the rest of \1; further digits belong to it as long as
// there are that many groups so far.
func (p *parser) reference(r rune) node {
	n := int(r - '0')
	for isDigit(p.peek()) {
		longer := n*10 + int(p.peek()-'0')
		if longer > p.groups {
			break
		}
		n = longer
		p.next++
	}
	return backReference{index: n, fold: p.flags.ignoreCase}
}

// namedReference reads the rest of \k<name>.
func (p *parser) namedReference(start int) node {
	if !p.accept("<") {
		p.fail(start, `\k without <name>`)
	}
	name := p.groupName(start)
	index, ok := p.names[name]
	if !ok {
		p.fail(start, "no group named %q", name)
	}
	return backReference{index: index, fold: p.flags.ignoreCase}
}

// classEscape is the set that \r stands for, if it is one of several characters.
func (p *parser) classEscape(start int, r rune) (set, bool) {
	u := p.flags.unicodeClasses && !p.ecma
	pick := func(ascii set, name string) set {
		if u {
			return posix[name].unicode()
		}
		return ascii
	}
	switch r {
	case 'd':
		return pick(asciiDigit, "Digit"), true
	case 'D':
		return pick(asciiDigit, "Digit").negate(), true
	case 's':
		if p.ecma {
			return ecmaSpace, true
		}
		return pick(asciiSpace, "Space"), true
	case 'S':
		if p.ecma {
			return ecmaSpace.negate(), true
		}
		return pick(asciiSpace, "Space").negate(), true
	case 'w', 'W':
		word := asciiWord
		if u {
			word = unicodeWord()
		}
		if r == 'W' {
			word = word.negate()
		}
		return word, true
	}
	if p.ecma {
		return nil, false
	}
	switch r {
	case 'h':
		return horizontal, true
	case 'H':
		return horizontal.negate(), true
	case 'v':
		return vertical, true
	case 'V':
		return vertical.negate(), true
	case 'p', 'P':
		s := p.property(start)
		if r == 'P' {
			s = s.negate()
		}
		return s, true
	}
	return nil, false
}

// property reads the name after \p: {name} or one letter.
func (p *parser) property(start int) set {
	name := ""
	if !p.accept("{") {
		name = string(p.take())
	} else {
		for p.peek() != '}' {
			if !p.more() {
				p.fail(start, `\p{ without its closing }`)
			}
			name += string(p.take())
		}
		p.next++
	}
	s, ok := property(name, p.flags.unicodeClasses, p.flags.ignoreCase)
	if !ok {
		p.fail(start, "unknown character property {%s}", name)
	}
	return s
}

// character is the one character that \r stands for.
func (p *parser) character(start int, r rune) rune {
	switch r {
	case 'a':
		return '\a'
	case 'e':
		return 0x1B
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case '0':
		return p.octal(start)
	case 'c':
		return p.take() ^ 64
	case 'x':
		if p.peek() == '{' {
			return p.braced(start)
		}
		return p.hex(start, 2)
	case 'u':
		return p.utf16(start)
	case 'N':
		p.fail(start, `\N{name} is not supported`)
	}
	if letters.contains(r) || isDigit(r) {
		p.fail(start, `unknown escape \%c`, r)
	}
	return r
}

// octal: '0' [0-3]? [0-7]? [0-7]
func (p *parser) octal(start int) rune {
	isOctal := func(r rune) bool { return r >= '0' && r <= '7' }
	if !isOctal(p.peek()) {
		p.fail(start, `\0 without an octal digit`)
	}
	n := p.take() - '0'
	if isOctal(p.peek()) {
		first := n
		n = n*8 + p.take() - '0'
		if first <= 3 && isOctal(p.peek()) {
			n = n*8 + p.take() - '0'
		}
	}
	return n
}

// hex reads exactly n hexadecimal digits.
func (p *parser) hex(start, n int) rune {
	value := rune(0)
	for range n {
		d, ok := hexDigit(p.peek())
		if !ok {
			p.fail(start, "expected %d hexadecimal digits", n)
		}
		value = value*16 + d
		p.next++
	}
	return value
}

// braced: '{' hex digits '}'
func (p *parser) braced(start int) rune {
	p.next++
	value, read := rune(0), false
	for !p.accept("}") {
		d, ok := hexDigit(p.peek())
		if value = value*16 + d; !ok || value > unicode.MaxRune {
			p.fail(start, "expected a code point in hexadecimal and }")
		}
		read = true
		p.next++
	}
	if !read {
		p.fail(start, "expected a code point in hexadecimal and }")
	}
	return value
}

// utf16 reads the rest of \uXXXX, or of \uXXXX\uXXXX if that is a pair of
// surrogates.
func (p *parser) utf16(start int) rune {
	high := p.hex(start, 4)
	if high >= 0xD800 && high <= 0xDBFF && p.peek() == '\\' && p.peekAt(1) == 'u' {
		before := p.next
		p.next += 2
		if low := p.hex(start, 4); low >= 0xDC00 && low <= 0xDFFF {
			return (high-0xD800)<<10 + (low - 0xDC00) + 0x10000
		}
		p.next = before
	}
	return high
}

func hexDigit(r rune) (rune, bool) {
	switch {
	case isDigit(r):
		return r - '0', true
	case r >= 'a' && r <= 'f':
		return r - 'a' + 10, true
	case r >= 'A' && r <= 'F':
		return r - 'A' + 10, true
	}
	return 0, false
}

// ecmaEscape is escape for ECMAScript with annex B: what is no escape means
// the character itself.
func (p *parser) ecmaEscape(start int, r rune) node {
	switch {
	case r == 'b':
		return atASCIIBoundary
	case r == 'B':
		return notAtASCIIBoundary
	case r == 'k' && len(p.ahead) > 0:
		if !p.accept("<") {
			p.fail(start, `\k without <name>`)
		}
		name := p.groupName(start)
		index, ok := p.ahead[name]
		if !ok {
			p.fail(start, "no group named %q", name)
		}
		return backReference{index: index, ifUnset: true, fold: p.flags.ignoreCase}
	case r >= '1' && r <= '9':
		before, n := p.next, int(r-'0')
		for isDigit(p.peek()) && n < maxPattern {
			n = n*10 + int(p.take()-'0')
		}
		if n <= p.total {
			return backReference{index: n, ifUnset: true, fold: p.flags.ignoreCase}
		}
		p.next = before
	}
	if s, ok := p.classEscape(start, r); ok {
		return chars{s}
	}
	return p.literal(p.ecmaCharacter(r))
}

// ecmaCharacter is the one character that \r stands for in ECMAScript.
func (p *parser) ecmaCharacter(r rune) rune {
	before := p.next
	switch {
	case r == 'f':
		return '\f'
	case r == 'n':
		return '\n'
	case r == 'r':
		return '\r'
	case r == 't':
		return '\t'
	case r == 'v':
		return '\v'
	case r == 'c' && letters.contains(p.peek()):
		return p.take() % 32
	case r == 'c':
		p.next-- // the backslash is a character of its own
		return '\\'
	case r == 'x' || r == 'u':
		n := map[rune]int{'x': 2, 'u': 4}[r]
		for i := range n {
			if _, ok := hexDigit(p.peekAt(i)); !ok {
				return r
			}
		}
		if r == 'u' {
			return p.ecmaUTF16()
		}
		return p.hex(before, n)
	case r >= '0' && r <= '7':
		n := r - '0'
		for p.peek() >= '0' && p.peek() <= '7' && n*8+p.peek()-'0' <= 0xFF {
			n = n*8 + p.take() - '0'
		}
		return n
	}
	return r
}

// ecmaUTF16 reads XXXX, or XXXX\uXXXX if that is a pair of surrogates.
func (p *parser) ecmaUTF16() rune {
	for i := range 4 {
		if _, ok := hexDigit(p.peekAt(6 + i)); !ok {
			return p.hex(0, 4)
		}
	}
	return p.utf16(0)
}
