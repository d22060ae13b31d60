package openapi

import (
	"iter"
	"strconv"
	"strings"
)

// kind says what a node is.
type kind uint8

const (
	null kind = iota
	truth
	number
	text
	list
	object
)

// node is one value of a document. The members of an object keep their order.
// All methods work on nil, which stands for what is not there.
type node struct {
	kind  kind
	value string // of text; the literal of a number or truth
	keys  []string
	items []*node        // of a list; of an object, in the order of keys
	index map[string]int // of objects with many members: places in keys

	// weight is what reading the node and all in it costs, where it was read
	// from a text: one for each value, and more for long texts.
	weight int
}

// indexFrom is how many members an object has before it gets an index.
const indexFrom = 12

func newText(s string) *node { return &node{kind: text, value: s} }

func newNumber(n int64) *node { return &node{kind: number, value: strconv.FormatInt(n, 10)} }

func newTruth(b bool) *node { return &node{kind: truth, value: strconv.FormatBool(b)} }

func newList(items ...*node) *node { return &node{kind: list, items: items} }

func newObject() *node { return &node{kind: object} }

// texts is a list of texts.
func texts(values []string) *node {
	n := newList()
	for _, v := range values {
		n.items = append(n.items, newText(v))
	}
	return n
}

// optional is a text, or nothing.
func optional(s *string) *node {
	if s == nil {
		return nil
	}
	return newText(*s)
}

// set gives the object n the member key, in place of the one it has; a nil v
// changes nothing. It returns n.
func (n *node) set(key string, v *node) *node {
	if v == nil {
		return n
	}
	if i := n.find(key); i >= 0 {
		n.items[i] = v
		return n
	}
	n.keys, n.items = append(n.keys, key), append(n.items, v)
	if n.index != nil {
		n.index[key] = len(n.keys) - 1
	} else if len(n.keys) > indexFrom {
		n.index = make(map[string]int, 2*len(n.keys))
		for i, k := range n.keys {
			n.index[k] = i
		}
	}
	return n
}

// setFilled sets a list or object unless nothing is in it.
func (n *node) setFilled(key string, v *node) *node {
	if v.len() == 0 {
		return n
	}
	return n.set(key, v)
}

func (n *node) find(key string) int {
	if n.index != nil {
		if i, ok := n.index[key]; ok {
			return i
		}
		return -1
	}
	for i, k := range n.keys {
		if k == key {
			return i
		}
	}
	return -1
}

// get returns the member of an object, or nil.
func (n *node) get(key string) *node {
	if !n.is(object) {
		return nil
	}
	if i := n.find(key); i >= 0 {
		return n.items[i]
	}
	return nil
}

// path returns a member of a member.
func (n *node) path(keys ...string) *node {
	for _, k := range keys {
		n = n.get(k)
	}
	return n
}

func (n *node) is(k kind) bool { return n != nil && n.kind == k }

// len counts the items of a list or the members of an object.
func (n *node) len() int {
	if n == nil {
		return 0
	}
	return len(n.items)
}

// members yields the members of an object in their order.
func (n *node) members() iter.Seq2[string, *node] {
	return func(yield func(string, *node) bool) {
		if !n.is(object) {
			return
		}
		for i, k := range n.keys {
			if !yield(k, n.items[i]) {
				return
			}
		}
	}
}

// each yields the items of a list.
func (n *node) each() iter.Seq[*node] {
	return func(yield func(*node) bool) {
		if !n.is(list) {
			return
		}
		for _, item := range n.items {
			if !yield(item) {
				return
			}
		}
	}
}

// scalar is the text of a text, number or truth: documents say 200 and "200".
func (n *node) scalar() (string, bool) {
	if n == nil || n.kind != text && n.kind != number && n.kind != truth {
		return "", false
	}
	return n.value, true
}

// text is the scalar, or "".
func (n *node) text() string {
	s, _ := n.scalar()
	return s
}

// optional is the scalar, or nil.
func (n *node) optional() *string {
	if s, ok := n.scalar(); ok {
		return &s
	}
	return nil
}

// filled is the scalar, or nil if there is no text in it.
func (n *node) filled() *string {
	if s := n.text(); s != "" {
		return &s
	}
	return nil
}

// upper is the scalar in capitals, or nil.
func (n *node) upper() *string {
	if s, ok := n.scalar(); ok {
		return new(strings.ToUpper(s))
	}
	return nil
}

// truth is the truth that n or its text says, or nil.
func (n *node) truth() *bool {
	if b, err := strconv.ParseBool(n.text()); err == nil && n.kind != number {
		return &b
	}
	return nil
}

// integer is the whole number that n or its text says, or nil.
func (n *node) integer() *int64 {
	s, ok := n.scalar()
	if !ok {
		return nil
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return &i
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && f == float64(int64(f)) {
		return new(int64(f))
	}
	return nil
}

// strings lists the texts in a list.
func (n *node) strings() []string {
	var all []string
	for item := range n.each() {
		if s, ok := item.scalar(); ok {
			all = append(all, s)
		}
	}
	return all
}
