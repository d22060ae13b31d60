package metricmath

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// maxDepth bounds the nesting of expressions.
const maxDepth = 100

// Expression is an expression that was read.
type Expression struct{ root node }

func (x *Expression) String() string { return x.root.String() }

// Parse reads an expression.
func Parse(src string) (*Expression, error) {
	tokens, err := lex(src)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	root, err := p.binary(0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != end {
		return nil, unexpected(t)
	}
	return &Expression{root}, nil
}

type parser struct {
	tokens []token
	depth  int
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) next() token {
	t := p.tokens[0]
	if t.kind != end {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) accept(text string) bool {
	if t := p.peek(); t.kind == symbol && t.text == text {
		p.next()
		return true
	}
	return false
}

func unexpected(t token) error {
	if t.kind == end {
		return fault(t.at, "Unexpected end of expression")
	}
	return fault(t.at, "Unexpected '%s'", t.text)
}

// precedence lists the binary operators, those that bind least first.
var precedence = [][]string{
	{"||", "OR"}, {"&&", "AND"}, {"==", "!=", "<", "<=", ">", ">="}, {"+", "-"}, {"*", "/"},
}

// spelled are operators that are words.
var spelled = map[string]string{"OR": "||", "AND": "&&"}

// binary: operand (operator operand)*, by precedence.
func (p *parser) binary(level int) (node, error) {
	if level == len(precedence) {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	for err == nil {
		t := p.peek()
		op := t.text
		if t.kind == word {
			op = strings.ToUpper(op)
		}
		if t.kind != symbol && t.kind != word || !slices.Contains(precedence[level], op) {
			break
		}
		p.next()
		var right node
		if right, err = p.binary(level + 1); err == nil {
			left = binaryNode{cmp.Or(spelled[op], op), left, right, t.at}
		}
	}
	return left, err
}

// unary: '-' unary | '+' unary | power
func (p *parser) unary() (node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fault(p.peek().at, "Expression is nested too deep")
	}
	defer func() { p.depth-- }()
	if p.accept("+") {
		return p.unary()
	}
	if !p.accept("-") {
		return p.power()
	}
	of, err := p.unary()
	if err != nil {
		return nil, err
	}
	return unaryNode{of}, nil
}

// power: primary ('^' unary)?
func (p *parser) power() (node, error) {
	base, err := p.primary()
	if err != nil {
		return nil, err
	}
	at := p.peek().at
	if !p.accept("^") {
		return base, nil
	}
	exponent, err := p.unary()
	if err != nil {
		return nil, err
	}
	return binaryNode{"^", base, exponent, at}, nil
}

// primary: number | text | id | function '(' list ')' | '(' expression ')' | '[' list ']'
func (p *parser) primary() (node, error) {
	t := p.next()
	switch t.kind {
	case number:
		f, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, fault(t.at, "Invalid number '%s'", t.text)
		}
		return numberNode(f), nil
	case quoted:
		return textNode(t.text), nil
	case word:
		return p.word(t)
	case symbol:
		if t.text == "(" {
			n, err := p.binary(0)
			if err == nil && !p.accept(")") {
				err = unexpected(p.peek())
			}
			return n, err
		}
		if t.text == "[" {
			items, err := p.list("]")
			return arrayNode{items, t.at}, err
		}
	}
	return nil, unexpected(t)
}

// word is a function's name before a parenthesis, else an id or a keyword.
func (p *parser) word(t token) (node, error) {
	if !p.accept("(") {
		return nameNode{t.text, t.at}, nil
	}
	name := strings.ToUpper(t.text)
	args, err := p.list(")")
	if err != nil {
		return nil, err
	}
	if functions[name].call == nil {
		return nil, unknown(name, t)
	}
	return callNode{name, args, t.at}, checkCount(name, len(args), t.at)
}

// list: (expression (',' expression)*)? closing
func (p *parser) list(closing string) ([]node, error) {
	var items []node
	for !p.accept(closing) {
		if len(items) > 0 && !p.accept(",") {
			return nil, unexpected(p.peek())
		}
		item, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}
