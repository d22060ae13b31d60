package javaregex

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// flags in force at a place of the pattern.
type flags struct {
	ignoreCase, multiline, dotAll, unicodeCase, comments, unixLines, unicodeClasses bool
}

// set switches the flag of a letter; ok is false if there is none.
func (f *flags) set(letter rune, on bool) (ok bool) {
	switch letter {
	case 'i':
		f.ignoreCase = on
	case 'm':
		f.multiline = on
	case 's':
		f.dotAll = on
	case 'u':
		f.unicodeCase = on
	case 'x':
		f.comments = on
	case 'd':
		f.unixLines = on
	case 'U':
		f.unicodeClasses = on
		f.unicodeCase = f.unicodeCase || on
	default:
		return false
	}
	return true
}

// item is one character of the pattern; quoted says that it stood between \Q
// and \E and so means itself.
type item struct {
	r      rune
	pos    int
	quoted bool
}

// parser turns a pattern into a tree; its methods carry their grammar rule.
// Errors are panics that parse recovers.
type parser struct {
	pattern string
	items   []item
	next    int // in items
	depth   int
	ecma    bool
	flags   flags

	groups int
	names  map[string]int

	ahead map[string]int // ECMAScript: names of all groups, also of those to come
	total int            // ECMAScript: number of all groups
}

// parse reads a pattern. It is the one place where the parser's panics end.
func parse(pattern string, o Options) (p *parser, tree node, err error) {
	p = &parser{pattern: pattern, ecma: o.Dialect == ECMAScript, names: map[string]int{}}
	defer func() {
		if r := recover(); r != nil {
			syntax, ok := r.(*SyntaxError)
			if !ok {
				panic(r)
			}
			p, tree, err = nil, nil, syntax
		}
	}()
	for _, letter := range o.Flags {
		if !p.flags.set(letter, true) {
			p.fail(0, "unknown flag %q", letter)
		}
	}
	if len(pattern) > maxPattern {
		p.fail(0, "pattern of more than %d bytes", maxPattern)
	}
	p.split()
	if p.ecma {
		p.countGroups()
	}
	tree = p.alternatives()
	if p.more() {
		p.fail(p.pos(), "unmatched closing )")
	}
	return p, resolve(tree, p.groups), nil
}

func (p *parser) fail(pos int, format string, args ...any) {
	panic(&SyntaxError{Pattern: p.pattern, Pos: pos, Msg: fmt.Sprintf(format, args...)})
}

// split takes the pattern apart into characters and resolves \Q and \E.
func (p *parser) split() {
	quoted := false
	for i := 0; i < len(p.pattern); {
		rest := p.pattern[i:]
		switch {
		case p.ecma:
		case quoted && strings.HasPrefix(rest, `\E`):
			quoted = false
			i += 2
			continue
		case !quoted && strings.HasPrefix(rest, `\Q`):
			quoted = true
			i += 2
			continue
		case !quoted && rest[0] == '\\':
			p.items = append(p.items, item{r: '\\', pos: i})
			if i++; i == len(p.pattern) {
				return
			}
		}
		r, size := utf8.DecodeRuneInString(p.pattern[i:])
		p.items = append(p.items, item{r: r, pos: i, quoted: quoted})
		i += size
	}
}

// pos is the place of the next item in the pattern.
func (p *parser) pos() int {
	if p.next < len(p.items) {
		return p.items[p.next].pos
	}
	return len(p.pattern)
}

func (p *parser) more() bool { return p.next < len(p.items) }

// none is what peek returns at the end or for a quoted character.
const none = -1

// peek is the next character if it can have a meaning.
func (p *parser) peek() rune { return p.peekAt(0) }

func (p *parser) peekAt(ahead int) rune {
	if i := p.next + ahead; i < len(p.items) && !p.items[i].quoted {
		return p.items[i].r
	}
	return none
}

// take reads the next character, which must be there.
func (p *parser) take() rune {
	if !p.more() {
		p.fail(p.pos(), "unexpected end")
	}
	p.next++
	return p.items[p.next-1].r
}

// accept reads text if it comes next.
func (p *parser) accept(text string) bool {
	for i, r := range text {
		if p.peekAt(i) != r {
			return false
		}
	}
	p.next += len(text)
	return true
}

// skip passes over blanks and comments where (?x) is in force.
func (p *parser) skip() {
	for p.flags.comments && p.more() {
		switch r := p.peek(); {
		case asciiSpace.contains(r):
			p.next++
		case r == '#':
			for p.more() && !p.lineEnds(p.items[p.next].r) {
				p.next++
			}
		default:
			return
		}
	}
}

func (p *parser) lineEnds(r rune) bool {
	return r == '\n' || !p.flags.unixLines && lineEnds.contains(r)
}

func (p *parser) enter() {
	if p.depth++; p.depth > maxNesting {
		p.fail(p.pos(), "nested too deeply")
	}
}

// alternatives: sequence ('|' sequence)*
func (p *parser) alternatives() node {
	p.enter()
	list := alternatives{p.sequence()}
	for p.accept("|") {
		list = append(list, p.sequence())
	}
	p.depth--
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// sequence: (atom quantifier?)*
func (p *parser) sequence() node {
	list := sequence{}
	for p.skip(); p.more() && p.peek() != '|' && p.peek() != ')'; p.skip() {
		atom, quantifiable := p.atom()
		if atom == nil {
			continue // flags
		}
		if quantifiable {
			atom = p.quantified(atom)
		}
		list = append(list, atom)
	}
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// atom: '(' … | '[' … | '\' … | '^' | '$' | '.' | character
func (p *parser) atom() (atom node, quantifiable bool) {
	start := p.pos()
	switch r := p.peek(); r {
	case '(':
		return p.group()
	case '[':
		p.next++
		return p.class(), true
	case '\\':
		p.next++
		n := p.escape(start)
		_, isAssertion := n.(assertion)
		return n, !p.ecma || !isAssertion
	case '^':
		p.next++
		return p.begin(), !p.ecma
	case '$':
		p.next++
		return p.end(), !p.ecma
	case '.':
		p.next++
		return chars{p.dot()}, true
	case '*', '+', '?': // also after what cannot be repeated
		p.fail(start, "nothing to repeat before %c", r)
	case '{':
		if !p.ecma {
			return sequence{}, true // Java repeats nothing: a{2}{3} is a{2}
		}
		if p.isQuantifier() {
			p.fail(start, "nothing to repeat before {")
		}
	}
	return p.literal(p.take()), true
}

// literal is one character, in either case with CASE_INSENSITIVE.
func (p *parser) literal(r rune) node { return chars{p.fold(single(r))} }

func (p *parser) fold(s set) set {
	switch {
	case !p.flags.ignoreCase:
		return s
	case p.flags.unicodeCase || p.ecma:
		return s.foldUnicode()
	}
	return s.foldASCII()
}

func (p *parser) dot() set {
	switch {
	case p.flags.dotAll:
		return everything
	case p.ecma:
		return ecmaLineEnds.negate()
	case p.flags.unixLines:
		return single('\n').negate()
	}
	return lineEnds.negate()
}

func (p *parser) begin() node {
	switch {
	case !p.flags.multiline:
		return atBegin
	case p.flags.unixLines:
		return atUnixLineBegin
	}
	return atLineBegin
}

func (p *parser) end() node {
	switch {
	case p.ecma && !p.flags.multiline:
		return atEnd
	case p.flags.multiline && p.flags.unixLines:
		return atUnixLineEnd
	case p.flags.multiline:
		return atLineEnd
	case p.flags.unixLines:
		return atLastUnixEnd
	}
	return atLastEnd
}

// quantified: ('*' | '+' | '?' | '{' number (',' number?)? '}') ('?' | '+')?
func (p *parser) quantified(body node) node {
	p.skip()
	r := repeat{body: body}
	switch p.peek() {
	case '*':
		r.max = unbounded
	case '+':
		r.min, r.max = 1, unbounded
	case '?':
		r.max = 1
	case '{':
		if p.ecma && !p.isQuantifier() {
			return body
		}
		p.counts(&r)
		p.next--
	default:
		return body
	}
	p.next++
	p.skip()
	switch {
	case p.accept("?"):
		r.mode = lazy
	case !p.ecma && p.accept("+"):
		r.mode = possessive
	}
	return r
}

// counts reads '{' number (',' number?)? '}'.
func (p *parser) counts(r *repeat) {
	start := p.pos()
	p.next++
	r.min = p.number(start)
	r.max = r.min
	if p.accept(",") {
		r.max = unbounded
		if p.peek() != '}' {
			r.max = p.number(start)
		}
	}
	if !p.accept("}") {
		p.fail(start, "repetition without its closing }")
	}
	if r.max != unbounded && r.max < r.min {
		p.fail(start, "repetition with more at least than at most")
	}
}

// number reads the count of a repetition that starts at start.
func (p *parser) number(start int) int {
	n, read := 0, false
	for isDigit(p.peek()) {
		n, read = n*10+int(p.take()-'0'), true
		if n > 1<<31-1 {
			if !p.ecma {
				p.fail(start, "repetition out of range")
			}
			n = 1<<31 - 1
		}
	}
	if !read {
		p.fail(start, "illegal repetition")
	}
	return n
}

// isQuantifier reports whether the { that comes next starts a repetition,
// which ECMAScript otherwise takes for a character.
func (p *parser) isQuantifier() bool {
	i := 1
	digits := func() bool {
		start := i
		for isDigit(p.peekAt(i)) {
			i++
		}
		return i > start
	}
	if !digits() {
		return false
	}
	if p.peekAt(i) == ',' {
		i++
		digits()
	}
	return p.peekAt(i) == '}'
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// resolve replaces references to groups that do not exist.
func resolve(n node, groups int) node {
	switch n := n.(type) {
	case backReference:
		if n.index > groups {
			return never
		}
	case sequence:
		for i := range n {
			n[i] = resolve(n[i], groups)
		}
	case alternatives:
		for i := range n {
			n[i] = resolve(n[i], groups)
		}
	case group:
		n.body = resolve(n.body, groups)
		return n
	case atomic:
		n.body = resolve(n.body, groups)
		return n
	case look:
		n.body = resolve(n.body, groups)
		return n
	case repeat:
		n.body = resolve(n.body, groups)
		return n
	}
	return n
}
