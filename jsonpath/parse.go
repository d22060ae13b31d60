package jsonpath

import "strings"

// parse compiles an expression. It is the one place where the parser's panics
// end.
func parse(settings Compiler, expr string) (path *Path, err error) {
	c := &cursor{given: expr, text: strings.Trim(expr, blanks)}
	defer func() {
		if r := recover(); r != nil {
			syntax, ok := r.(*SyntaxError)
			if !ok {
				panic(r)
			}
			path, err = nil, syntax
		}
	}()
	p := &parser{cursor: c, settings: settings}
	return p.whole(), nil
}

// parser builds paths; its methods carry their grammar rule.
type parser struct {
	*cursor
	settings Compiler
	cached   int // operands from '$' so far
}

// whole: ('$' | '@')? path
//
// Without a root, "$." is put in front, as Jayway does: "a.b", "['a']", and
// ".a", which therefore means "$..a".
func (p *parser) whole() *Path {
	if len(p.given) > maxExpression {
		p.fail(0, "path of more than %d bytes", maxExpression)
	}
	p.shift = len(p.given) - len(strings.TrimLeft(p.given, blanks))
	switch b := p.peek(); {
	case p.done():
		p.fail(0, "empty path")
	case b != '$' && b != '@':
		p.text = "$." + p.text
		p.shift -= 2
	}
	path := p.path(onItsOwn)
	path.source = p.given
	path.cached = p.cached
	return path
}

// path: root step*
func (p *parser) path(in context) *Path {
	start := p.pos
	p.pos++ // the root, seen by the caller
	path := &Path{maxSteps: p.settings.MaxSteps}
	for p.moreSteps(in, p.pos == start+1) {
		p.step(path, in)
	}
	path.source = p.text[start:p.pos]
	return path.settle()
}

// moreSteps reports whether the path goes on. On its own it must go on to the
// end; a name may follow a bracket without a dot ($.a[0]b), as in Jayway.
func (p *parser) moreSteps(in context, afterRoot bool) bool {
	if p.done() {
		return false
	}
	b := p.peek()
	if b == '.' || b == '[' {
		return true
	}
	if in != onItsOwn {
		return false
	}
	if afterRoot {
		p.fail(p.pos, `expected "." or "[" after the root`)
	}
	if p.text[p.pos-1] != ']' {
		p.fail(p.pos, "unexpected %q", b)
	}
	return true
}

// step: '..' selector | '.' selector | bracket | name
// selector: '*' | bracket | name | function
func (p *parser) step(path *Path, in context) {
	if n := len(path.steps); n > 0 && path.steps[n-1].kind == stepFunction {
		p.fail(p.pos, "a function must be the last step")
	}
	if p.peek() == '[' {
		path.steps = append(path.steps, p.bracket())
		return
	}
	start := p.pos
	if p.accept("..") {
		path.steps = append(path.steps, step{kind: stepScan, pos: start})
	} else {
		p.accept(".")
	}
	switch b := p.peek(); {
	case p.done():
		p.fail(p.pos, `path ends with "."`)
	case b == '.' || b == ' ':
		p.fail(p.pos, "expected a name, found %q", b)
	case b == '[':
		path.steps = append(path.steps, p.bracket())
	case b == '*':
		path.steps = append(path.steps, step{kind: stepWildcard, pos: p.pos})
		p.pos++
	default:
		next := p.nameOrFunction(in)
		if n := len(path.steps); next.kind == stepFunction && n > 0 && path.steps[n-1].kind == stepScan {
			p.fail(next.pos, `expected a name after "..", found a function`)
		}
		path.steps = append(path.steps, next)
	}
}

// nameOrFunction: name | name '(' arguments ')'
func (p *parser) nameOrFunction(in context) step {
	start := p.pos
	name := p.name(in)
	if p.peek() == '(' {
		return p.function(start, name)
	}
	if name == "" {
		p.fail(start, "expected a name")
	}
	if in == onItsOwn && p.peek() == ' ' {
		p.fail(p.pos, "a name with a blank in it needs brackets and quotes")
	}
	return step{kind: stepName, pos: start, names: []string{name}}
}

// function: name '(' (argument (',' argument)*)? ')'
func (p *parser) function(start int, name string) step {
	spec, ok := functions[name]
	if !ok {
		p.fail(start, "unknown function %q", name)
	}
	p.enter()
	p.expect("(")
	call := &function{name: name, spec: spec}
	for p.skipBlanks(); p.peek() != ')'; p.skipBlanks() {
		if len(call.arguments) > 0 {
			p.expect(",")
			p.skipBlanks()
		}
		call.arguments = append(call.arguments, p.argument())
	}
	p.expect(")")
	p.leave()
	if n := len(call.arguments); n < spec.least || n > spec.most {
		p.fail(start, "wrong number of arguments of %s()", name)
	}
	return step{kind: stepFunction, pos: start, call: call}
}

// argument: path | number | string in double quotes | object
func (p *parser) argument() *operand {
	switch b := p.peek(); {
	case b == '$' || b == '@':
		// Jayway evaluates arguments against the document, whatever they start with.
		return p.topPath(inArgument)
	case b == '"' || b == '{' || b == '-' || b >= '0' && b <= '9':
		return &operand{value: p.json(false)}
	}
	p.fail(p.pos, "an argument is a path, a number, an object or a string in double quotes")
	return nil
}

// topPath reads a path that starts at the document.
func (p *parser) topPath(in context) *operand {
	o := &operand{fromTop: true, slot: p.cached}
	p.cached++
	o.path = p.path(in)
	return o
}

// json reads a JSON value.
func (p *parser) json(lenient bool) any {
	d := decoder{text: p.text, pos: p.pos, lenient: lenient}
	value, err := d.decode()
	if err != nil {
		p.fail(err.Pos, "%s", err.Msg)
	}
	p.pos = d.pos
	return value
}

// bracket: '[' (names | '*' | '?' '(' condition ')' | indexes | slice) ']'
func (p *parser) bracket() step {
	start := p.pos
	p.pos++
	p.skipBlanks()
	s := step{pos: start}
	switch b := p.peek(); {
	case b == '\'' || b == '"':
		p.names(&s, b)
	case b == '*':
		p.pos++
		s.kind = stepWildcard
	case b == '?':
		p.filter(&s)
	case b == '-' || b == ':' || b >= '0' && b <= '9':
		p.indexes(&s)
	case b == '(':
		p.fail(start, "script expressions such as [(@.length-1)] are not supported, write [-1]")
	default:
		p.fail(p.pos, `expected a quoted name, an index, "*" or "?("`)
	}
	p.expect("]")
	return s
}

// names: quoted (',' quoted)*, all in the same quotes
func (p *parser) names(s *step, mark byte) {
	s.kind = stepName
	for {
		p.skipBlanks()
		if p.peek() != mark {
			p.fail(p.pos, "expected a name in %c", mark)
		}
		s.names = append(s.names, p.quoted())
		p.skipBlanks()
		if !p.accept(",") {
			break
		}
		s.kind = stepNames
	}
}

// indexes: integer (',' integer)* | integer? ':' integer? (':' integer?)?
//
// A slice has no blanks and at least one end; its third part is read and
// ignored, as in Jayway.
func (p *parser) indexes(s *step) {
	start := p.pos
	if p.peek() != ':' {
		s.indexes = append(s.indexes, p.integer())
	}
	if p.peek() == ':' {
		p.slice(s, start)
		return
	}
	s.kind = stepIndex
	for p.skipBlanks(); p.accept(","); p.skipBlanks() {
		s.kind = stepIndexes
		p.skipBlanks()
		s.indexes = append(s.indexes, p.integer())
	}
}

func (p *parser) slice(s *step, start int) {
	s.kind = stepSlice
	if len(s.indexes) > 0 {
		s.bounds.from, s.bounds.hasFrom = s.indexes[0], true
		s.indexes = nil
	}
	p.pos++
	s.bounds.to, s.bounds.hasTo = p.end()
	if !s.bounds.hasFrom && !s.bounds.hasTo {
		p.fail(start, "a slice needs an end, [1:] or [:1]")
	}
	if p.accept(":") {
		p.end()
	}
}

// end: integer?
func (p *parser) end() (int, bool) {
	if b := p.peek(); b == '-' || b >= '0' && b <= '9' {
		return p.integer(), true
	}
	return 0, false
}

// settle works out what can be known before evaluation: whether the path is
// definite, and what a function at its end takes.
func (p *Path) settle() *Path {
	n := len(p.steps)
	p.simple, p.definite = true, true
	scans := false
	for i := range p.steps {
		s := &p.steps[i]
		p.simple = p.simple && (s.kind == stepName || s.kind == stepIndex)
		p.definite = p.definite && s.definite(i == n-1)
		scans = scans || s.kind == stepScan
	}
	if n > 0 && p.steps[n-1].kind == stepFunction && scans {
		p.fold()
	}
	if p.maxSteps <= 0 {
		p.maxSteps = DefaultMaxSteps
	}
	return p
}

// fold makes the function at the end of a path with ".." take the list of all
// nodes found: Jayway turns $..x.max() into $.max($..x), and length() counts
// the elements of $..x[*].
func (p *Path) fold() {
	last := len(p.steps) - 1
	p.folded = p.steps[last].call
	p.steps = p.steps[:last]
	p.definite = true
	if p.folded.counts() {
		p.steps = append(p.steps, step{kind: stepWildcard, pos: len(p.source)})
	}
}
