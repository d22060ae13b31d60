package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Bounds of what is read at all. Services have narrower limits of their own.
const (
	maxSize  = 256 << 10
	maxDepth = 12
)

// node is a JSON value with its place in the text.
type node struct {
	kind    nodeKind
	offset  int
	text    string // of a string, and of a number or boolean as written
	items   []node
	members []member
}

type member struct {
	name   string
	offset int
	value  node
}

type nodeKind int

const (
	isNull nodeKind = iota
	isString
	isScalar // number or boolean
	isList
	isObject
)

// lexer reads JSON into nodes. It keeps the order of members and refuses
// members that occur twice.
type lexer struct {
	text []byte
	dec  *json.Decoder
}

// lex reads text, which has to be one JSON value.
func lex(text []byte) (node, error) {
	if len(text) > maxSize {
		return node{}, fail(text, 0, syntaxErrors, "the document is longer than 256 KiB")
	}
	var invalid *json.SyntaxError
	if err := json.Unmarshal(text, new(json.RawMessage)); errors.As(err, &invalid) {
		return node{}, fail(text, int(invalid.Offset), invalidJSON, invalid.Error())
	} else if err != nil {
		return node{}, fail(text, 0, invalidJSON, err.Error())
	}
	l := lexer{text, json.NewDecoder(bytes.NewReader(text))}
	l.dec.UseNumber()
	return l.value(0)
}

// value reads one value; depth counts the lists and objects around it.
func (l *lexer) value(depth int) (node, error) {
	at := l.next()
	token, err := l.dec.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return node{}, fail(l.text, at, invalidJSON, err.Error())
	}
	if depth > maxDepth {
		return node{}, fail(l.text, at, syntaxErrors, "too many levels")
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return l.object(at, depth)
		}
		return l.list(at, depth)
	case string:
		return node{kind: isString, offset: at, text: t}, nil
	case json.Number:
		return node{kind: isScalar, offset: at, text: t.String()}, nil
	case bool:
		if t {
			return node{kind: isScalar, offset: at, text: "true"}, nil
		}
		return node{kind: isScalar, offset: at, text: "false"}, nil
	}
	return node{kind: isNull, offset: at}, nil
}

func (l *lexer) object(at, depth int) (node, error) {
	n := node{kind: isObject, offset: at}
	seen := map[string]bool{}
	for l.dec.More() {
		name, err := l.value(depth + 1)
		if err != nil {
			return node{}, err
		}
		if seen[name.text] {
			return node{}, fail(l.text, name.offset, syntaxErrors, "the member "+name.text+" occurs twice")
		}
		seen[name.text] = true
		v, err := l.value(depth + 1)
		if err != nil {
			return node{}, err
		}
		n.members = append(n.members, member{name.text, name.offset, v})
	}
	_, err := l.dec.Token() // the closing brace
	return n, err
}

func (l *lexer) list(at, depth int) (node, error) {
	n := node{kind: isList, offset: at}
	for l.dec.More() {
		v, err := l.value(depth + 1)
		if err != nil {
			return node{}, err
		}
		n.items = append(n.items, v)
	}
	_, err := l.dec.Token() // the closing bracket
	return n, err
}

// next returns where the next token starts.
func (l *lexer) next() int {
	at := int(l.dec.InputOffset())
	for at < len(l.text) && bytes.IndexByte([]byte(" \t\r\n,:"), l.text[at]) >= 0 {
		at++
	}
	return at
}
