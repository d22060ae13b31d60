package vtl

import (
	"fmt"
	"slices"
)

func listOf(f func(st *state, l *List, args []any) any, params ...param) []method {
	return is(func(st *state, v any, args []any) any { return f(st, v.(*List), args) }, params...)
}

// readingMethods are those that lists and arrays share.
func readingMethods() class {
	return class{
		"size":    listOf(func(_ *state, l *List, _ []any) any { return boxInt(len(l.items)) }),
		"isEmpty": listOf(func(_ *state, l *List, _ []any) any { return len(l.items) == 0 }),
		"get": listOf(func(st *state, l *List, args []any) any {
			return st.elementAt(l, int(args[0].(int32)))
		}, anInt),
		"set": listOf(func(st *state, l *List, args []any) any {
			i := int(args[0].(int32))
			old := st.elementAt(l, i)
			l.items[i] = args[1]
			return old
		}, anInt, anyObject),
		"contains": listOf(func(st *state, l *List, args []any) any {
			return st.listIndexOf(l, args[0]) >= 0
		}, anyObject),
		"containsAll": listOf(func(st *state, l *List, args []any) any {
			st.notNull(args)
			return st.containsAll(args[0], func(v any) bool { return st.listIndexOf(l, v) >= 0 })
		}, aList),
		"indexOf": listOf(func(st *state, l *List, args []any) any {
			return boxInt(st.listIndexOf(l, args[0]))
		}, anyObject),
		"lastIndexOf": listOf(func(st *state, l *List, args []any) any {
			for i := len(l.items) - 1; i >= 0; i-- {
				st.charge(1)
				if st.equalOrNull(l.items[i], args[0]) {
					return boxInt(i)
				}
			}
			return boxInt(-1)
		}, anyObject),
		"iterator":     listOf(iterate),
		"listIterator": listOf(iterate),
		"subList":      listOf(subList, anInt, anInt),
		"toArray":      listOf(func(st *state, l *List, _ []any) any { return st.copyList(l.items, objectArray) }),
	}
}

// arrayClass is what Velocity lets an array do: be read like a list.
var arrayClass = func() class {
	c := readingMethods()
	c["set"] = listOf(func(st *state, l *List, args []any) any {
		i := int(args[0].(int32))
		old := st.elementAt(l, i)
		if !l.kind.holds(args[1]) {
			st.throw("IllegalArgumentException", "array element type mismatch")
		}
		l.items[i] = args[1]
		return old
	}, anInt, anyObject)
	c["add"] = overload(is(unsupported, anyObject), is(unsupported, anInt, anyObject))
	c["addAll"] = overload(
		listOf(func(st *state, l *List, args []any) any { return st.refuse(len(st.elements(args[0])) > 0) }, aList),
		listOf(func(st *state, l *List, args []any) any { return st.refuse(len(st.elements(args[1])) > 0) }, anInt, aList))
	c["remove"] = overload(
		is(unsupported, anInt),
		listOf(func(st *state, l *List, args []any) any { return st.refuse(st.listIndexOf(l, args[0]) >= 0) }, anyObject))
	c["removeAll"] = listOf(func(st *state, l *List, args []any) any { return st.refuse(st.changes(l, args, false)) }, aList)
	c["retainAll"] = listOf(func(st *state, l *List, args []any) any { return st.refuse(st.changes(l, args, true)) }, aList)
	c["clear"] = listOf(func(st *state, l *List, _ []any) any {
		st.refuse(len(l.items) > 0)
		return voidResult
	})
	return c
}()

// refuse ends the run if an array would change its length.
func (st *state) refuse(changes bool) any {
	if changes {
		unsupported(st, nil, nil)
	}
	return false
}

// changes tells whether removeAll or retainAll would take anything out.
func (st *state) changes(l *List, args []any, keep bool) bool {
	other := &List{items: st.elements(args[0])}
	for _, v := range l.items {
		if (st.listIndexOf(other, v) >= 0) != keep {
			return true
		}
	}
	return false
}

// listClass is java.util.ArrayList.
var listClass = func() class {
	c := readingMethods()
	c["add"] = overload(
		listOf(func(st *state, l *List, args []any) any {
			st.listAdd(l, len(l.items), args[0])
			return true
		}, anyObject),
		listOf(func(st *state, l *List, args []any) any {
			st.listAdd(l, st.position(l, args[0]), args[1])
			return voidResult
		}, anInt, anyObject))
	c["addAll"] = overload(
		listOf(func(st *state, l *List, args []any) any {
			return st.insertAll(l, len(l.items), args[0])
		}, aList),
		listOf(func(st *state, l *List, args []any) any {
			return st.insertAll(l, st.position(l, args[0]), args[1])
		}, anInt, aList))
	c["remove"] = overload(
		listOf(func(st *state, l *List, args []any) any {
			i := int(args[0].(int32))
			st.elementAt(l, i)
			return st.listRemove(l, i)
		}, anInt),
		listOf(func(st *state, l *List, args []any) any {
			i := st.listIndexOf(l, args[0])
			if i >= 0 {
				st.listRemove(l, i)
			}
			return i >= 0
		}, anyObject))
	c["removeAll"] = listOf(func(st *state, l *List, args []any) any { return st.keep(l, args, false) }, aList)
	c["retainAll"] = listOf(func(st *state, l *List, args []any) any { return st.keep(l, args, true) }, aList)
	c["clear"] = listOf(func(_ *state, l *List, _ []any) any {
		l.items = nil
		l.mods++
		return voidResult
	})
	c["clone"] = listOf(func(st *state, l *List, _ []any) any { return st.copyList(l.items, l.kind) })
	c["sort"] = listOf(func(st *state, l *List, args []any) any {
		st.sortList(l)
		return voidResult
	}, onlyNull)
	c["ensureCapacity"] = listOf(func(*state, *List, []any) any { return voidResult }, anInt)
	c["trimToSize"] = listOf(func(*state, *List, []any) any { return voidResult })
	return c
}()

func unsupported(st *state, _ any, _ []any) any {
	st.throw("UnsupportedOperationException", "")
	return nil
}

func iterate(_ *state, l *List, _ []any) any {
	c := listCursor(l)
	return &c
}

// position checks an index at which something is to be added.
func (st *state) position(l *List, v any) int {
	i := int(v.(int32))
	if i < 0 || i > len(l.items) {
		st.throw("IndexOutOfBoundsException", fmt.Sprintf("Index: %d, Size: %d", i, len(l.items)))
	}
	return i
}

func (st *state) copyList(items []any, kind listKind) *List {
	st.allocate(64 + itemBytes*len(items))
	return &List{items: slices.Clone(items), kind: kind}
}

// subList copies; Java's is a window on the list.
func subList(st *state, l *List, args []any) any {
	from, to := int(args[0].(int32)), int(args[1].(int32))
	switch {
	case from < 0:
		st.throw("IndexOutOfBoundsException", fmt.Sprintf("fromIndex = %d", from))
	case to > len(l.items):
		st.throw("IndexOutOfBoundsException", fmt.Sprintf("toIndex = %d", to))
	case from > to:
		st.throw("IllegalArgumentException", fmt.Sprintf("fromIndex(%d) > toIndex(%d)", from, to))
	}
	return st.copyList(l.items[from:to], arrayList)
}

// elements returns the elements of a Collection.
func (st *state) elements(v any) []any {
	switch v := v.(type) {
	case *List:
		return v.items
	case *mapView:
		st.allocate(itemBytes * len(v.m.entries))
		items := make([]any, len(v.m.entries))
		for i := range items {
			items[i] = v.at(i)
		}
		return items
	case nil:
		st.throw("NullPointerException", "")
	}
	return nil
}

func (st *state) insertAll(l *List, at int, v any) any {
	items := st.elements(v)
	st.allocate(itemBytes * len(items))
	st.charge((len(l.items) + len(items)) / 16)
	l.items = slices.Insert(l.items, at, slices.Clone(items)...)
	l.mods++
	return len(items) > 0
}

func (st *state) containsAll(v any, has func(any) bool) any {
	for _, x := range st.elements(v) {
		if !has(x) {
			return false
		}
	}
	return true
}

// keep is retainAll, or removeAll.
func (st *state) keep(l *List, args []any, keep bool) any {
	other := &List{items: st.elements(args[0])}
	var kept []any
	for _, v := range l.items {
		if (st.listIndexOf(other, v) >= 0) == keep {
			kept = append(kept, v)
		}
	}
	changed := len(kept) != len(l.items)
	if changed {
		l.items = kept
		l.mods++
	}
	return changed
}

// sortList sorts by the natural order of the elements.
func (st *state) sortList(l *List) {
	l.mods++
	slices.SortStableFunc(l.items, func(a, b any) int {
		st.charge(1)
		if a == nil || b == nil {
			st.throw("NullPointerException", "")
		}
		order, ok := naturalOrder(a, b)
		if !ok {
			st.throw("ClassCastException", className(a)+" cannot be cast to "+className(b))
		}
		return order
	})
}

// naturalOrder is a.compareTo(b) for two values of one class.
func naturalOrder(a, b any) (int, bool) {
	if className(a) != className(b) {
		return 0, false
	}
	switch x := a.(type) {
	case string:
		return int(compareStrings(x, b.(string)).(int32)), true
	case bool:
		y := b.(bool)
		switch {
		case x == y:
			return 0, true
		case x:
			return 1, true
		}
		return -1, true
	case Char:
		return int(x) - int(b.(Char)), true
	case float64, Decimal:
		f, _ := toDouble(a)
		g, _ := toDouble(b)
		return compareDoubles(f, g), true
	}
	if !isNumber(a) {
		return 0, false
	}
	return compareNumbers(a, b), true
}
