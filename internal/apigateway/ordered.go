package apigateway

import (
	"hash/maphash"
	"iter"
	"strings"
)

// ordered is an immutable map in the order of its keys. with and without
// return a new map that shares all but the path to the key with the old one,
// so that a change of an API with thousands of resources copies a dozen nodes.
// It is a treap whose priorities are hashes of the keys.
type ordered[V any] struct {
	root *orderedNode[V]
	n    int
}

type orderedNode[V any] struct {
	key         string
	value       V
	priority    uint64
	left, right *orderedNode[V]
}

var orderedSeed = maphash.MakeSeed()

func (o ordered[V]) len() int { return o.n }

func (o ordered[V]) get(key string) (v V, ok bool) {
	for t := o.root; t != nil; {
		switch {
		case key < t.key:
			t = t.left
		case key > t.key:
			t = t.right
		default:
			return t.value, true
		}
	}
	return v, false
}

func (o ordered[V]) with(key string, v V) ordered[V] {
	_, known := o.get(key)
	root := insertNode(o.root, &orderedNode[V]{key: key, value: v, priority: maphash.String(orderedSeed, key)})
	if known {
		return ordered[V]{root, o.n}
	}
	return ordered[V]{root, o.n + 1}
}

func insertNode[V any](t, n *orderedNode[V]) *orderedNode[V] {
	if t == nil {
		return n
	}
	c := *t
	switch {
	case n.key == t.key:
		c.value = n.value
	case n.key < t.key:
		c.left = insertNode(t.left, n)
		if c.left.priority > c.priority {
			l := *c.left
			c.left, l.right = l.right, &c
			return &l
		}
	default:
		c.right = insertNode(t.right, n)
		if c.right.priority > c.priority {
			r := *c.right
			c.right, r.left = r.left, &c
			return &r
		}
	}
	return &c
}

func (o ordered[V]) without(key string) ordered[V] {
	if _, known := o.get(key); !known {
		return o
	}
	return ordered[V]{removeNode(o.root, key), o.n - 1}
}

func removeNode[V any](t *orderedNode[V], key string) *orderedNode[V] {
	if key == t.key {
		return mergeNodes(t.left, t.right)
	}
	c := *t
	if key < t.key {
		c.left = removeNode(t.left, key)
	} else {
		c.right = removeNode(t.right, key)
	}
	return &c
}

func mergeNodes[V any](l, r *orderedNode[V]) *orderedNode[V] {
	switch {
	case l == nil:
		return r
	case r == nil:
		return l
	case l.priority > r.priority:
		c := *l
		c.right = mergeNodes(l.right, r)
		return &c
	}
	c := *r
	c.left = mergeNodes(l, r.left)
	return &c
}

// from yields what stands behind the key after, in order.
func (o ordered[V]) from(after string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) { walkNodes(o.root, after, after == "", yield) }
}

func walkNodes[V any](t *orderedNode[V], after string, all bool, yield func(string, V) bool) bool {
	if t == nil {
		return true
	}
	if !all && t.key <= after {
		return walkNodes(t.right, after, false, yield)
	}
	return walkNodes(t.left, after, all, yield) && yield(t.key, t.value) && walkNodes(t.right, after, true, yield)
}

// all yields everything in order.
func (o ordered[V]) all() iter.Seq2[string, V] { return o.from("") }

// values yields the values in the order of their keys.
func (o ordered[V]) values() iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, v := range o.all() {
			if !yield(v) {
				return
			}
		}
	}
}

// under yields what has a key with the given prefix, in order.
func (o ordered[V]) under(prefix string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		if v, ok := o.get(prefix); ok && prefix != "" && !yield(prefix, v) {
			return
		}
		for k, v := range o.from(prefix) {
			if !strings.HasPrefix(k, prefix) || !yield(k, v) {
				return
			}
		}
	}
}
