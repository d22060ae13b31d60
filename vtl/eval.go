package vtl

import "unicode/utf8"

func (c *constant) eval(*state) any { return c.value }

// test: only true and false have a truth; numbers are false.
func (c *constant) test(*state) bool { return c.value == true }

func (s *stringLiteral) eval(st *state) any {
	if s.body == nil {
		return s.value
	}
	mark := len(st.out)
	st.descend()
	s.body.render(st)
	st.ascend()
	printed := st.out[mark:]
	if s.cut {
		_, n := utf8.DecodeLastRune(printed)
		printed = printed[:len(printed)-n]
	}
	value := st.newString(printed)
	st.out = st.out[:mark]
	return value
}

func (s *stringLiteral) test(*state) bool { return false }

func (l *listLiteral) eval(st *state) any {
	st.allocate(64 + itemBytes*len(l.items))
	list := &List{items: make([]any, len(l.items))}
	for i, x := range l.items {
		list.items[i] = x.eval(st)
	}
	return list
}

func (l *listLiteral) test(*state) bool { return false }

func (m *mapLiteral) eval(st *state) any {
	st.allocate(64)
	v := new(Map)
	for i := range m.keys {
		key := m.keys[i].eval(st)
		st.mapPut(v, key, m.values[i].eval(st))
	}
	return v
}

func (m *mapLiteral) test(*state) bool { return false }

func (r *rangeLiteral) eval(st *state) any {
	c, ok := r.cursor(st)
	if !ok {
		return nil
	}
	st.allocate(64)
	l := NewList()
	for c.hasNext() {
		st.charge(1)
		st.allocate(itemBytes)
		l.items = append(l.items, c.next(st))
	}
	return l
}

func (r *rangeLiteral) test(*state) bool { return false }

// cursor returns the range as an iteration, without making a list. There is no
// range unless both ends are numbers.
func (r *rangeLiteral) cursor(st *state) (cursor, bool) {
	from, to := r.from.eval(st), r.to.eval(st)
	if !isNumber(from) || !isNumber(to) {
		return cursor{}, false
	}
	c := cursor{kind: overRange, i: int(intValue(from)), end: int(intValue(to))}
	if c.i > c.end {
		c.down = true
	}
	return c, true
}

func (w *word) eval(*state) any  { return nil }
func (w *word) test(*state) bool { return false }

func (n *not) eval(st *state) any  { return n.test(st) }
func (n *not) test(st *state) bool { return !n.operand.test(st) }

func (n *or) eval(st *state) any   { return n.test(st) }
func (n *or) test(st *state) bool  { return n.left.test(st) || n.right.test(st) }
func (n *and) eval(st *state) any  { return n.test(st) }
func (n *and) test(st *state) bool { return n.left.test(st) && n.right.test(st) }

func (n *equal) eval(st *state) any { return n.test(st) }

func (n *equal) test(st *state) bool {
	left, right := n.left.eval(st), n.right.eval(st)
	st.step(n.pos)
	return st.looselyEqual(left, right) == (n.op == tokenEqual)
}

// looselyEqual is ==: numbers by value, things of one class by equals, others
// by what they print. AWS: null equals the empty string.
func (st *state) looselyEqual(a, b any) bool {
	if s, ok := a.(string); ok {
		if t, ok := b.(string); ok {
			return s == t
		}
	}
	if a == nil || b == nil {
		if a == nil && b == nil {
			return true
		}
		return st.program.mode == APIGateway && (a == "" || b == "")
	}
	if isNumber(a) && isNumber(b) {
		return st.order(a, b) == 0
	}
	if sameClass(a, b) {
		return st.equal(a, b)
	}
	return st.text(a) == st.text(b)
}

// order compares two numbers.
func (st *state) order(a, b any) int {
	if x, ok := a.(int32); ok {
		if y, ok := b.(int32); ok {
			return compareLongs(int64(x), int64(y))
		}
	}
	st.chargeNumber(a)
	st.chargeNumber(b)
	if baseOf(a, b) == decimalBase {
		return st.decimal(a).compare(st.decimal(b))
	}
	return compareNumbers(a, b)
}

func (n *compare) eval(st *state) any { return n.test(st) }

// test: what is not a number is neither less nor greater.
func (n *compare) test(st *state) bool {
	left, right := n.left.eval(st), n.right.eval(st)
	st.step(n.pos)
	if !isNumber(left) || !isNumber(right) {
		return false
	}
	order := st.order(left, right)
	switch n.op {
	case tokenLess:
		return order < 0
	case tokenLessEqual:
		return order <= 0
	case tokenGreater:
		return order > 0
	}
	return order >= 0
}

// eval: with a string on either side + joins, else it adds.
func (n *add) eval(st *state) any {
	left, right := n.left.eval(st), n.right.eval(st)
	st.step(n.pos)
	_, s := left.(string)
	_, t := right.(string)
	if s || t {
		return st.join(n.operandText(st, n.left, left), n.operandText(st, n.right, right))
	}
	if !isNumber(left) || !isNumber(right) {
		return nil
	}
	return st.calculate(tokenPlus, left, right)
}

// operandText returns what + joins. Velocity joins the source of a reference
// that has no value; AWS is taken to join nothing.
func (n *add) operandText(st *state, x expr, v any) string {
	switch {
	case v != nil:
		return st.text(v)
	case st.program.mode == APIGateway:
		return ""
	}
	return literalText(x)
}

func (st *state) join(a, b string) string {
	st.allocate(16 + len(a) + len(b))
	return a + b
}

// test: a sum has no truth.
func (n *add) test(*state) bool { return false }

func (n *arithmetic) eval(st *state) any {
	left, right := n.left.eval(st), n.right.eval(st)
	st.step(n.pos)
	if !isNumber(left) || !isNumber(right) {
		return nil
	}
	return st.calculate(n.op, left, right)
}

func (n *arithmetic) test(*state) bool { return false }
