package openapi

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxMarks bounds the characters of a YAML text that can start a value. The
// YAML package builds its own tree before ours is counted.
const maxMarks = 2 * maxNodes

// parseYAML reads the one document of a YAML text.
func parseYAML(body []byte) (_ *node, err error) {
	if marks := countMarks(body); marks > maxMarks {
		return nil, tooMuch("The document has too many values.")
	}
	defer func() {
		// The YAML package panics on some of what it cannot read.
		if r := recover(); r != nil {
			err = invalidInput()
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(body))
	var doc, second yaml.Node
	if err := dec.Decode(&doc); err != nil || len(doc.Content) != 1 {
		return nil, invalidInput()
	}
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, invalidInput()
	}
	var p yamlParser
	return p.value(doc.Content[0], 0)
}

func countMarks(body []byte) int {
	marks := 0
	for _, c := range body {
		switch c {
		case '[', '{', ',', '\n', '\r', '?', ':', '-', '*', '&', '#':
			marks++
		}
	}
	return marks
}

// yamlParser copies the tree of the YAML package, in which aliases stand for
// what they refer to. Aliases of aliases are bounded by the count of nodes, and
// those of what they are in by the depth.
type yamlParser struct{ builder }

func (p *yamlParser) value(y *yaml.Node, depth int) (*node, error) {
	if err := p.check(depth); err != nil {
		return nil, err
	}
	switch y.Kind {
	case yaml.AliasNode:
		return p.value(y.Alias, depth+1)
	case yaml.ScalarNode:
		n, err := scalarOf(y)
		if err != nil {
			return nil, err
		}
		return p.count(n), nil
	case yaml.SequenceNode:
		n := &node{kind: list}
		for _, item := range y.Content {
			v, err := p.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, v)
		}
		return p.count(n), nil
	case yaml.MappingNode:
		return p.mapping(y, depth)
	}
	return nil, invalidInput()
}

func (p *yamlParser) mapping(y *yaml.Node, depth int) (*node, error) {
	n := newObject()
	var merged []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, value := y.Content[i], y.Content[i+1]
		for key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			return nil, invalidInput()
		}
		if key.ShortTag() == "!!merge" {
			merged = append(merged, value)
			continue
		}
		v, err := p.value(value, depth+1)
		if err != nil {
			return nil, err
		}
		n.set(key.Value, v)
	}
	for _, m := range merged {
		if err := p.merge(n, m, depth); err != nil {
			return nil, err
		}
	}
	return p.count(n), nil
}

// merge adds to n what the key "<<" names; what n has itself goes first.
func (p *yamlParser) merge(n *node, y *yaml.Node, depth int) error {
	from, err := p.value(y, depth+1)
	if err != nil {
		return err
	}
	sources := []*node{from}
	if from.is(list) {
		sources = from.items
	}
	for _, s := range sources {
		if !s.is(object) {
			return invalidInput()
		}
		for key, v := range s.members() {
			if n.get(key) == nil {
				n.set(key, v)
			}
		}
	}
	return nil
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// scalarOf copies a scalar. Dates and what JSON has no number for are texts.
func scalarOf(y *yaml.Node) (*node, error) {
	switch y.ShortTag() {
	case "!!str", "!!timestamp", "!!binary", "!!merge":
		return newText(strings.ToValidUTF8(y.Value, "\uFFFD")), nil
	case "!!null":
		return &node{}, nil
	case "!!bool":
		var b bool
		if err := y.Decode(&b); err != nil {
			return nil, invalidInput()
		}
		return newTruth(b), nil
	case "!!int", "!!float":
		return numberOf(y), nil
	}
	return nil, invalidInput() // a tag of some other language
}

func numberOf(y *yaml.Node) *node {
	if jsonNumber.MatchString(y.Value) {
		return &node{kind: number, value: y.Value}
	}
	var i int64
	if err := y.Decode(&i); err == nil {
		return newNumber(i)
	}
	var f float64
	if err := y.Decode(&f); err == nil {
		if s := strconv.FormatFloat(f, 'g', -1, 64); jsonNumber.MatchString(s) {
			return &node{kind: number, value: s}
		}
	}
	return newText(y.Value)
}

// yaml prints n as Jackson does: texts in double quotes, lists at the level of
// their key.
func (n *node) yaml() string {
	var b strings.Builder
	n.writeYAML(&b, 0)
	return strings.TrimPrefix(b.String(), "\n") + "\n"
}

// writeYAML prints n behind its key or dash; depth is that of what is in it.
func (n *node) writeYAML(b *strings.Builder, depth int) {
	switch {
	case n.kind == list && len(n.items) > 0:
		for _, item := range n.items {
			newLine(b, max(depth-1, 0))
			b.WriteByte('-')
			item.writeItem(b, max(depth, 1))
		}
	case n.kind == object && len(n.keys) > 0:
		for i, key := range n.keys {
			newLine(b, depth)
			n.writeMember(b, i, key, depth)
		}
	default:
		n.writeLeaf(b)
	}
}

func (n *node) writeMember(b *strings.Builder, i int, key string, depth int) {
	if len(key) > maxSimpleKey {
		b.WriteString("? ")
		quote(b, key)
		newLine(b, depth)
	} else {
		writeKey(b, key)
	}
	b.WriteByte(':')
	n.items[i].writeYAML(b, depth+1)
}

// maxSimpleKey is about how long a key may be that no question mark announces,
// in bytes. YAML: 1024 characters with the quotes and escapes.
const maxSimpleKey = 150

// writeItem prints what follows a dash: the first member of an object stands on
// the same line.
func (n *node) writeItem(b *strings.Builder, depth int) {
	if n.kind != object || len(n.keys) == 0 {
		n.writeYAML(b, depth+1)
		return
	}
	b.WriteByte(' ')
	for i, key := range n.keys {
		if i > 0 {
			newLine(b, depth)
		}
		n.writeMember(b, i, key, depth)
	}
}

func (n *node) writeLeaf(b *strings.Builder) {
	switch n.kind {
	case list:
		b.WriteString(" []")
	case object:
		b.WriteString(" {}")
	default:
		b.WriteByte(' ')
		n.writeScalar(b)
	}
}

// plainKey is what needs no quotes as a key and is a text to every YAML reader.
var plainKey = regexp.MustCompile(`^[/A-Za-z$][A-Za-z0-9/_$.{}+*()\\-]*$`)

func writeKey(b *strings.Builder, key string) {
	var v any
	if plainKey.MatchString(key) && yaml.Unmarshal([]byte(key), &v) == nil {
		if _, ok := v.(string); ok && !oldTruth(key) {
			b.WriteString(key)
			return
		}
	}
	quote(b, key)
}

// oldTruth reports whether readers of YAML 1.1 take key for a truth.
func oldTruth(key string) bool {
	switch strings.ToLower(key) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return true
	}
	return false
}
