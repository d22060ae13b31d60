package vtl

import (
	"math/big"
	"strconv"
	"strings"
)

// maxNesting bounds the parser's recursion, and with it every walk of the tree.
const maxNesting = 500

// A parser builds the tree of one template. The strings that it interpolates
// are templates too: they wait in pending, since Velocity parses them when all
// macros are known.
type parser struct {
	lex     lexer
	ahead   []token // lexed and not yet taken
	taken   []taken // all that were taken
	base    int     // offset of lex.src in the template's source
	depth   int
	program *Program
	slots   map[string]int
	macros  map[string]*macro
	named   map[string]bool // macros whose #end was read: \#name is then an escape
	calls   []*macroCall
	pending []*stringLiteral
}

// A taken token is remembered for what prints as its source.
type taken struct {
	kind  tokenKind
	lead  string
	image string // without the backslashes before a reference
}

// parseProgram fills in p from its source. It is where syntax errors land.
func parseProgram(p *Program) (err *SyntaxError) {
	ps := &parser{program: p, slots: map[string]int{}, macros: map[string]*macro{}, named: map[string]bool{}}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*SyntaxError)
			if !ok {
				panic(r)
			}
			e.Name = p.name
			e.Line, e.Column, e.Snippet = locate(p.source, ps.base+e.at)
			err = e
		}
	}()
	p.body = ps.template(p.source, 0)
	for len(ps.pending) > 0 {
		s := ps.pending[0]
		ps.pending = ps.pending[1:]
		b := ps.interpolated(s)
		s.body = &b
	}
	for _, c := range ps.calls {
		c.macro = ps.macros[strings.TrimPrefix(c.name, "@")]
	}
	p.slots = make([]string, len(ps.slots))
	for name, slot := range ps.slots {
		p.slots[slot] = name
	}
	p.foreach, p.count, p.hasNext = ps.known("foreach"), ps.known("velocityCount"), ps.known("velocityHasNext")
	p.bodyContent = ps.known("bodyContent")
	return nil
}

// template: { statement } EOF
func (p *parser) template(src string, base int) block {
	p.lex, p.ahead, p.taken, p.base = lexer{src: src}, p.ahead[:0], p.taken[:0], base
	b := p.block()
	t := p.peek()
	if t.kind != tokenEOF {
		p.unexpected(t)
	}
	b.tail = src[t.from:]
	return b
}

// interpolated parses the inside of a "…". Velocity 1.7 adds a blank, lest the
// template end in a lone $, and cuts off the last character of what is printed;
// neither if there is a ## in it.
func (p *parser) interpolated(s *stringLiteral) block {
	src := unquote(s.source, 0)
	s.cut = !strings.Contains(src, "##")
	if s.cut {
		src += " "
	}
	p.depth = 0 // a string in a string doubles its quotes, so that goes less than 20 deep
	b := p.template(src, int(s.pos)+1)
	if last, ok := lastText(b.code); ok && s.cut && strings.HasSuffix(last.value, " ") {
		last.value = strings.TrimSuffix(last.value, " ")
		s.cut = false
	}
	return b
}

func lastText(code []node) (*text, bool) {
	if len(code) == 0 {
		return nil, false
	}
	t, ok := code[len(code)-1].(*text)
	return t, ok
}

// slot returns the place of a variable, and makes one for a new name.
func (p *parser) variable(name string) variable {
	slot, ok := p.slots[name]
	if !ok {
		slot = len(p.slots)
		p.slots[name] = slot
	}
	return variable{name, slot}
}

// known returns the place of a variable that the template mentions, else -1.
func (p *parser) known(name string) int {
	if slot, ok := p.slots[name]; ok {
		return slot
	}
	return -1
}

// Tokens. Nothing may be peeked at beyond what a rule needs: the lexer's state
// at the next token may still change.

func (p *parser) peek() token { return p.peekAt(0) }

func (p *parser) peekAt(n int) token {
	for len(p.ahead) <= n {
		p.ahead = append(p.ahead, p.lex.next())
	}
	return p.ahead[n]
}

func (p *parser) take() token {
	t := p.peek()
	p.ahead = p.ahead[:copy(p.ahead, p.ahead[1:])]
	p.taken = append(p.taken, taken{t.kind, t.lead, p.image(t)})
	return t
}

func (p *parser) expect(k tokenKind) token {
	t := p.peek()
	if t.kind != k {
		panic(syntaxErrorAt(t.at, "unexpected %s, expected %s", p.describe(t), k))
	}
	return p.take()
}

func (p *parser) skip(k tokenKind) bool {
	if p.peek().kind != k {
		return false
	}
	p.take()
	return true
}

func (p *parser) unexpected(t token) {
	panic(syntaxErrorAt(t.at, "unexpected %s", p.describe(t)))
}

func (p *parser) describe(t token) string {
	if t.kind == tokenEOF {
		return t.kind.String()
	}
	return strconv.Quote(snippetAt(p.image(t), 0))
}

// image returns the text of a token, with the stray $ and # that it began with;
// a dot loses those.
func (p *parser) image(t token) string {
	if t.kind == tokenDot {
		return "."
	}
	return p.lex.src[t.at:t.end]
}

// raw returns a token with what was skipped before it.
func (p *parser) raw(t token) string { return p.lex.src[t.from:t.end] }

func (p *parser) pos(t token) pos { return pos(p.base + t.at) }

// nest counts a level of recursion; the caller defers p.unnest.
func (p *parser) nest(t token) {
	if p.depth++; p.depth > maxNesting {
		panic(syntaxErrorAt(t.at, "nested more than %d deep", maxNesting))
	}
}

func (p *parser) unnest() { p.depth-- }

// block: { statement }
func (p *parser) block() block {
	p.nest(p.peek())
	defer p.unnest()
	var b block
	for {
		n := p.statement()
		if n == nil {
			b.code = runnable(b.nodes)
			return b
		}
		b.nodes = append(b.nodes, n)
	}
}

// runnable joins neighbouring text and leaves out what prints nothing.
func runnable(nodes []node) []node {
	var code []node
	var run []string // the text that is being joined
	var start pos
	join := func() {
		if value := strings.Join(run, ""); value != "" {
			code = append(code, &text{pos: start, value: value})
		}
		run = run[:0]
	}
	for _, n := range nodes {
		switch n := n.(type) {
		case *text:
			if len(run) == 0 {
				start = n.pos
			}
			run = append(run, n.value)
		case *macro:
		default:
			join()
			code = append(code, n)
		}
	}
	join()
	return code
}

// statement: if | reference | comment | textblock | set | escapedDirective |
// escape | directive | text. It returns nil where none begins.
func (p *parser) statement() node {
	t := p.peek()
	switch t.kind {
	case tokenIf:
		return p.ifNode()
	case tokenIdentifier:
		return p.reference()
	case tokenCurlyOpen:
		if p.peekAt(1).kind == tokenIdentifier {
			return p.reference()
		}
		return p.text()
	case tokenLineComment, tokenBlockComment, tokenTextblock:
		return p.comment()
	case tokenSet:
		return p.set()
	case tokenEscapedDirective:
		p.take()
		value := p.escapedDirective(p.image(t))
		p.taken[len(p.taken)-1].image = value
		return &text{p.pos(t), p.raw(t), value}
	case tokenDoubleEscape:
		return p.escape()
	case tokenWord, tokenBracedWord:
		return p.directive()
	case tokenText, tokenDot, tokenParenClose, tokenParenOpen, tokenInteger, tokenFloat, tokenString,
		tokenEscape, tokenCurlyClose, tokenEmptyIndex:
		return p.text()
	}
	return nil
}

func (p *parser) text() node {
	t := p.take()
	return &text{p.pos(t), p.raw(t), t.lead + p.image(t)}
}

// comment: LINE_COMMENT [LINE_COMMENT_END] | BLOCK_COMMENT | TEXTBLOCK
func (p *parser) comment() node {
	t := p.take()
	n := &text{pos: p.pos(t), source: p.raw(t)}
	switch t.kind {
	case tokenLineComment:
		n.value, _, _ = strings.Cut(p.image(t), "##")
		if end := p.peek(); end.kind == tokenLineCommentEnd {
			p.take()
			n.source = p.lex.src[t.from:end.end]
		}
	case tokenTextblock:
		image := p.image(t)
		n.value = image[len("#[[") : len(image)-len("]]#")] // even if a lone $ came first
	}
	return n
}

var controlWords = map[string]bool{"if": true, "end": true, "set": true, "else": true, "elseif": true, "stop": true}

// directiveBlocks tells Velocity's directives, and which have an #end.
var directiveBlocks = map[string]bool{
	"break": false, "define": true, "evaluate": false, "foreach": true, "include": false,
	"literal": true, "macro": true, "parse": false, "stop": false,
}

// escapedDirective returns what \#name prints: half of its backslashes if there
// is such a directive or macro, else all.
func (p *parser) escapedDirective(image string) string {
	last := strings.LastIndexByte(image, '\\')
	name := strings.Trim(image[last+2:], "{}")
	_, known := directiveBlocks[name]
	if known || controlWords[name] || p.named[name] {
		return image[:last/2] + image[last+1:]
	}
	return image
}

// escape: DOUBLE_ESCAPE { DOUBLE_ESCAPE }
func (p *parser) escape() node {
	first := p.take()
	last := first
	count := 1
	for p.peek().kind == tokenDoubleEscape {
		last = p.take()
		count++
	}
	next := p.peek()
	printed := `\\`
	switch next.kind {
	case tokenIf, tokenElse, tokenElseIf, tokenEnd:
		printed = `\`
	default:
		if image := p.image(next); image != "" {
			if _, known := directiveBlocks[image[1:]]; known || p.named[image[1:]] {
				printed = `\`
			}
		}
	}
	return &text{p.pos(first), p.lex.src[first.from:last.end], strings.Repeat(printed, count)}
}

// set: SET [SPACE] reference [SPACE] '=' expression ')'
func (p *parser) set() node {
	t := p.take()
	s := &set{pos: p.pos(t)}
	p.skip(tokenSpace)
	s.open = p.lex.src[t.from:p.peek().from]
	s.target = p.reference()
	p.skip(tokenSpace)
	p.expect(tokenAssign)
	s.value = p.expression()
	end := p.expect(tokenParenClose)
	p.lex.setting = false
	s.close = p.raw(end)
	return s
}

// if: IF condition { ELSEIF condition } [ ELSE block ] END
func (p *parser) ifNode() node {
	n := &ifNode{pos: p.pos(p.peek())}
	n.branches = append(n.branches, p.branch())
	for p.peek().kind == tokenElseIf {
		n.branches = append(n.branches, p.branch())
	}
	if t := p.peek(); t.kind == tokenElse {
		p.take()
		n.branches = append(n.branches, branch{open: p.raw(t), body: p.block()})
	}
	t := p.expect(tokenEnd)
	n.end = p.raw(t)
	return n
}

// condition: [SPACE] '(' expression ')' block
func (p *parser) branch() branch {
	t := p.take()
	p.skip(tokenSpace)
	open := p.expect(tokenParenOpen)
	b := branch{open: p.lex.src[t.from:open.end], condition: p.expression()}
	end := p.expect(tokenParenClose)
	b.close = p.raw(end)
	b.body = p.block()
	return b
}

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
		b := binary{p.pos(t), t.kind, left, p.binary(level + 1)}
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
		x = p.expression()
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
	if s.source[0] == '"' && strings.ContainsAny(s.source, "$#") {
		p.pending = append(p.pending, s)
	}
	return s
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
		p.take()
		p.property(r)
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
func (p *parser) property(r *reference) {
	name := p.take()
	if p.peek().kind != tokenParenOpen || !p.callFollows() {
		r.path = append(r.path, &property{p.pos(name), p.image(name)})
		return
	}
	c := &call{pos: p.pos(name), name: p.image(name)}
	r.path = append(r.path, c)
	p.take()
	if p.peek().kind != tokenCallClose {
		c.args = append(c.args, p.parameter())
		for p.skip(tokenComma) {
			c.args = append(c.args, p.parameter())
		}
	}
	p.expect(tokenCallClose)
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
	if strings.Contains(image, `\!`) {
		r.variable = p.variable(nameOf(p.image(name)))
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
	r.first = image
	image = image[last:]
	tokens[0] = taken{kind: first.kind, image: image}
	r.null = printTaken(tokens)
	r.plain = r.null
	r.quiet = strings.HasPrefix(image, "$!")
	if r.quiet && !r.escaped {
		r.null = ""
	}
	r.bareword = image[0] != '$'
	r.variable = p.variable(nameOf(p.image(name)))
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
