package store

import "iter"

// tree is an ordered map that never changes: put and remove return a new one
// that shares all but O(log n) nodes with the old. It is balanced by weight.
// The nil tree is empty.
type tree[V any] struct {
	key         string
	value       V
	size        int
	left, right *tree[V]
}

func (t *tree[V]) len() int {
	if t == nil {
		return 0
	}
	return t.size
}

func (t *tree[V]) weight() int { return t.len() + 1 }

func (t *tree[V]) get(key string) (v V, ok bool) {
	for t != nil {
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

func join[V any](key string, value V, left, right *tree[V]) *tree[V] {
	return &tree[V]{key, value, left.len() + right.len() + 1, left, right}
}

// balanced is join where one side may have become too heavy by one edit. The
// factors 3 and 2 keep a weight-balanced tree in balance (Hirai and Yamamoto,
// Balancing weight-balanced trees, 2011).
func balanced[V any](key string, value V, left, right *tree[V]) *tree[V] {
	switch {
	case right.weight() > 3*left.weight():
		r := right
		if r.left.weight() < 2*r.right.weight() {
			return join(r.key, r.value, join(key, value, left, r.left), r.right)
		}
		m := r.left
		return join(m.key, m.value, join(key, value, left, m.left), join(r.key, r.value, m.right, r.right))
	case left.weight() > 3*right.weight():
		l := left
		if l.right.weight() < 2*l.left.weight() {
			return join(l.key, l.value, l.left, join(key, value, l.right, right))
		}
		m := l.right
		return join(m.key, m.value, join(l.key, l.value, l.left, m.left), join(key, value, m.right, right))
	}
	return join(key, value, left, right)
}

func (t *tree[V]) put(key string, value V) *tree[V] {
	switch {
	case t == nil:
		return join[V](key, value, nil, nil)
	case key < t.key:
		return balanced(t.key, t.value, t.left.put(key, value), t.right)
	case key > t.key:
		return balanced(t.key, t.value, t.left, t.right.put(key, value))
	}
	return join(key, value, t.left, t.right)
}

func (t *tree[V]) remove(key string) *tree[V] {
	switch {
	case t == nil:
		return nil
	case key < t.key:
		return balanced(t.key, t.value, t.left.remove(key), t.right)
	case key > t.key:
		return balanced(t.key, t.value, t.left, t.right.remove(key))
	case t.left == nil:
		return t.right
	case t.right == nil:
		return t.left
	}
	next := t.right.least()
	return balanced(next.key, next.value, t.left, t.right.remove(next.key))
}

func (t *tree[V]) least() *tree[V] {
	for t.left != nil {
		t = t.left
	}
	return t
}

// build makes a tree of entries in the order of keys.
func build[V any](keys []string, values []V) *tree[V] {
	if len(keys) == 0 {
		return nil
	}
	m := len(keys) / 2
	return join(keys[m], values[m], build(keys[:m], values[:m]), build(keys[m+1:], values[m+1:]))
}

// from yields the entries in order from the first whose key is not less than
// start (or greater, if after is set).
func (t *tree[V]) from(start string, after bool) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) { t.walk(start, after, yield) }
}

func (t *tree[V]) walk(start string, after bool, yield func(string, V) bool) bool {
	if t == nil {
		return true
	}
	if t.key < start || after && t.key == start {
		return t.right.walk(start, after, yield)
	}
	return t.left.walk(start, after, yield) && yield(t.key, t.value) && t.right.walk(start, after, yield)
}
