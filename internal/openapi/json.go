package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// parse reads a document: JSON if it starts with a brace, else YAML.
func parse(body []byte) (*node, error) {
	if len(body) > maxBytes {
		return nil, tooMuch(fmt.Sprintf("The document is larger than %d bytes.", maxBytes))
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if rest := bytes.TrimLeft(body, " \t\r\n"); len(rest) > 0 && rest[0] == '{' {
		return parseJSON(rest)
	}
	return parseYAML(body)
}

// builder counts the nodes and texts of a document while it is read.
type builder struct{ nodes, bytes int }

// check refuses what is too deep, and documents that have become too large.
func (b *builder) check(depth int) error {
	switch {
	case b.nodes >= maxNodes:
		return tooMuch(fmt.Sprintf("The document has more than %d values.", maxNodes))
	case b.bytes > maxText:
		return tooMuch(fmt.Sprintf("The document has more than %d bytes of text.", maxText))
	case depth > maxDepth:
		return tooMuch(fmt.Sprintf("The document nests deeper than %d levels.", maxDepth))
	}
	return nil
}

// count counts a node that is complete, and weighs it.
func (b *builder) count(n *node) *node {
	bytes := len(n.value)
	for _, key := range n.keys {
		bytes += len(key)
	}
	b.nodes++
	b.bytes += bytes
	n.weight = 1 + bytes/64
	for _, item := range n.items {
		n.weight += item.weight
	}
	return n
}

func parseJSON(body []byte) (*node, error) {
	p := jsonParser{dec: json.NewDecoder(bytes.NewReader(body))}
	p.dec.UseNumber()
	n, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, invalidInput()
	}
	return n, nil
}

type jsonParser struct {
	builder
	dec *json.Decoder
}

func (p *jsonParser) value(depth int) (*node, error) {
	token, err := p.dec.Token()
	if err != nil {
		return nil, invalidInput()
	}
	if err := p.check(depth); err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		return p.container(t, depth)
	case string:
		return p.count(newText(t)), nil
	case json.Number:
		return p.count(&node{kind: number, value: t.String()}), nil
	case bool:
		return p.count(newTruth(t)), nil
	}
	return p.count(&node{}), nil
}

func (p *jsonParser) container(open json.Delim, depth int) (*node, error) {
	n := &node{kind: list}
	if open == '{' {
		n.kind = object
	}
	for p.dec.More() {
		key := ""
		if n.kind == object {
			token, err := p.dec.Token()
			if err != nil {
				return nil, invalidInput()
			}
			key, _ = token.(string) // a member's name is nothing else
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if n.kind == object {
			n.set(key, v)
		} else {
			n.items = append(n.items, v)
		}
	}
	if _, err := p.dec.Token(); err != nil {
		return nil, invalidInput()
	}
	return p.count(n), nil
}

// pretty prints n as Jackson does: two spaces per object, blanks around the
// colon, lists on one line up to an object.
func (n *node) pretty() string {
	var b strings.Builder
	n.writePretty(&b, 0)
	return b.String()
}

func (n *node) writePretty(b *strings.Builder, depth int) {
	switch n.kind {
	case list:
		b.WriteString("[ ")
		for i, item := range n.items {
			if i > 0 {
				b.WriteString(", ")
			}
			item.writePretty(b, depth)
		}
		if len(n.items) > 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(']')
	case object:
		b.WriteByte('{')
		for i, key := range n.keys {
			if i > 0 {
				b.WriteByte(',')
			}
			newLine(b, depth+1)
			quote(b, key)
			b.WriteString(" : ")
			n.items[i].writePretty(b, depth+1)
		}
		if len(n.keys) == 0 {
			b.WriteByte(' ')
		} else {
			newLine(b, depth)
		}
		b.WriteByte('}')
	default:
		n.writeScalar(b)
	}
}

func newLine(b *strings.Builder, depth int) {
	b.WriteByte('\n')
	for range depth {
		b.WriteString("  ")
	}
}

// compact prints n without blanks.
func (n *node) compact() string {
	var b strings.Builder
	n.writeCompact(&b)
	return b.String()
}

func (n *node) writeCompact(b *strings.Builder) {
	switch n.kind {
	case list:
		b.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.writeCompact(b)
		}
		b.WriteByte(']')
	case object:
		b.WriteByte('{')
		for i, key := range n.keys {
			if i > 0 {
				b.WriteByte(',')
			}
			quote(b, key)
			b.WriteByte(':')
			n.items[i].writeCompact(b)
		}
		b.WriteByte('}')
	default:
		n.writeScalar(b)
	}
}

func (n *node) writeScalar(b *strings.Builder) {
	switch n.kind {
	case text:
		quote(b, n.value)
	case null:
		b.WriteString("null")
	default:
		b.WriteString(n.value)
	}
}

// quote prints a text for JSON and for YAML in double quotes. What YAML does
// not print is escaped too.
func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\f':
			b.WriteString(`\f`)
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r >= 0xfffe && r <= 0xffff:
			fmt.Fprintf(b, `\u%04X`, r)
		case r == utf8.RuneError:
			b.WriteString(`\uFFFD`)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}
