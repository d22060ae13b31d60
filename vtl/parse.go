package vtl

import (
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
	// A lone $ before the comment is part of it, and printed.
	switch t.kind {
	case tokenLineComment:
		n.value, _, _ = strings.Cut(p.image(t), "##")
		if end := p.peek(); end.kind == tokenLineCommentEnd {
			p.take()
			n.source = p.lex.src[t.from:end.end]
		}
	case tokenBlockComment:
		if before, _, found := strings.Cut(p.image(t), "#*"); found {
			n.value = before
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
