package vtl

// A cursor goes through a collection, as Java's iterators do: it notices when
// the collection has grown or shrunk meanwhile.
type cursor struct {
	kind   cursorKind
	list   *List
	view   mapView
	object indexed
	i, end int
	mods   int
	more   bool // for maps: whether there was a next one after the last
	down   bool // for ranges
}

type cursorKind uint8

const (
	overNothing cursorKind = iota
	overList
	overArray
	overMap
	overRange
	overObject
)

func (k cursorKind) class() string {
	if k == overMap {
		return "java.util.LinkedHashMap$LinkedKeyIterator"
	}
	return "java.util.ArrayList$Itr"
}

// indexed is a list or map that the caller brings.
type indexed interface{ Len() int }

func listCursor(l *List) cursor {
	if l.kind.isArray() {
		return cursor{kind: overArray, list: l}
	}
	return cursor{kind: overList, list: l, mods: l.mods}
}

func viewCursor(v mapView) cursor {
	return cursor{kind: overMap, view: v, mods: v.m.mods, more: len(v.m.entries) > 0}
}

// cursorOf returns an iteration over a value, and nothing over what is not a
// collection. A map is iterated by its values.
func cursorOf(v any) *cursor {
	switch v := v.(type) {
	case *List:
		c := listCursor(v)
		return &c
	case *Map:
		c := viewCursor(mapView{v, valuesView})
		return &c
	case *mapView:
		c := viewCursor(*v)
		return &c
	case *cursor:
		return v
	case interface {
		Len() int
		Index(int) any
	}:
		return &cursor{kind: overObject, object: v, end: v.Len()}
	case interface {
		Len() int
		At(int) (string, any)
	}:
		return &cursor{kind: overObject, object: v, end: v.Len()}
	}
	return nil
}

func (c *cursor) hasNext() bool {
	switch c.kind {
	case overList:
		return c.i != len(c.list.items)
	case overArray:
		return c.i < len(c.list.items)
	case overMap:
		return c.more
	case overRange:
		if c.down {
			return c.i >= c.end
		}
		return c.i <= c.end
	}
	return c.i < c.end
}

func (c *cursor) next(st *state) any {
	switch c.kind {
	case overList, overArray:
		if c.kind == overList && c.mods != c.list.mods {
			st.throw("ConcurrentModificationException", "")
		}
		if c.i >= len(c.list.items) {
			st.throw("NoSuchElementException", "")
		}
		c.i++
		return c.list.items[c.i-1]
	case overMap:
		if c.mods != c.view.m.mods {
			st.throw("ConcurrentModificationException", "")
		}
		if !c.more {
			st.throw("NoSuchElementException", "")
		}
		c.i++
		c.more = c.i < len(c.view.m.entries)
		return c.view.at(c.i - 1)
	case overRange:
		n := c.i
		if c.down {
			c.i--
		} else {
			c.i++
		}
		return boxInt(n)
	}
	if c.i >= c.end {
		st.throw("NoSuchElementException", "")
	}
	c.i++
	switch o := c.object.(type) {
	case interface{ Index(int) any }:
		return FromGo(o.Index(c.i - 1))
	case interface{ At(int) (string, any) }:
		_, v := o.At(c.i - 1)
		return FromGo(v)
	}
	return nil
}

// remove takes away what next returned last.
func (c *cursor) remove(st *state) {
	switch {
	case c.kind == overList && c.i > 0 && c.i <= len(c.list.items):
		c.i--
		st.listRemove(c.list, c.i)
		c.mods = c.list.mods
	case c.kind == overMap && c.i > 0 && c.i <= len(c.view.m.entries):
		c.i--
		c.view.m.remove(c.view.m.entries[c.i].mapKey)
		c.mods = c.view.m.mods
	default:
		st.throw("IllegalStateException", "")
	}
}

// A scope is $foreach. Templates may keep values of their own in it.
type scope struct {
	index  int
	more   bool
	parent any // what $foreach was outside
	values Map
}

func (s *scope) property(name string) any {
	switch name {
	case "index", "Index":
		return boxInt(s.index)
	case "count", "Count":
		return boxInt(s.index + 1)
	case "hasNext", "HasNext":
		return s.more
	case "first", "First":
		return s.index < 1
	case "last", "Last":
		return !s.more
	case "parent", "Parent":
		if p, ok := s.parent.(*scope); ok {
			return p
		}
		return nil
	case "topmost", "Topmost":
		return s.topmost()
	case "replaced", "Replaced":
		if _, ok := s.topmost().parent.(*scope); !ok {
			return s.topmost().parent
		}
		return nil
	}
	v, _ := s.values.Get(name)
	return v
}

func (s *scope) topmost() *scope {
	for {
		p, ok := s.parent.(*scope)
		if !ok {
			return s
		}
		s = p
	}
}

func (f *foreach) render(st *state) {
	st.at = f.pos
	var c cursor
	switch in := f.in.(type) {
	case nil:
		return
	case *rangeLiteral:
		c, _ = in.cursor(st)
	default:
		v := in.eval(st)
		switch v := v.(type) {
		case *List:
			c = listCursor(v)
		case *Map:
			c = viewCursor(mapView{v, valuesView})
		case *cursor:
			f.loop(st, v)
			return
		default:
			if p := cursorOf(v); p != nil {
				c = *p
			}
		}
	}
	f.loop(st, &c)
}

// loop renders the body for each element, and gives the loop's variables back
// the values that they had.
func (f *foreach) loop(st *state, c *cursor) {
	if st.signal != running {
		return
	}
	p := st.program
	element := st.saved(f.element.slot)
	count, hasNext := st.saved(p.count), st.saved(p.hasNext)
	var s *scope
	if p.foreach >= 0 {
		st.allocate(64)
		s = &scope{index: -1, parent: st.get(p.foreach)}
		st.assign(p.foreach, s)
	}
	var held *hold
	body := f.inner
	st.descend()
	for n := 1; c.hasNext(); n++ {
		f.countRound(st)
		if p.count >= 0 {
			st.assign(p.count, boxInt(n))
		}
		v := c.next(st)
		more := c.hasNext()
		if p.hasNext >= 0 {
			st.assign(p.hasNext, more)
		}
		if f.element.slot >= 0 {
			st.assign(f.element.slot, v)
			if v == nil {
				held = st.hold(held, f.element.slot)
			}
		}
		if s != nil {
			s.index++
			s.more = more
		}
		if body == nil {
			f.body.render(st)
		} else {
			body.render(st)
		}
		if v == nil && f.element.slot >= 0 {
			st.held = held.outer
		}
		if st.signal != running {
			st.leave(s)
			break
		}
	}
	st.ascend()
	st.restoreSaved(f.element.slot, element)
	st.restoreSaved(p.count, count)
	st.restoreSaved(p.hasNext, hasNext)
	if s != nil {
		st.restore(p.foreach, s.parent)
	}
}

// A hold keeps a loop's variable null while its element is: Velocity 1.7 then
// hides assignments to it, until an inner loop over the same variable ends.
type hold struct {
	slot   int
	active bool
	frame  *frame // the macro call that the loop is in
	outer  *hold
}

// hold starts, or goes on with, the hold of a loop.
func (st *state) hold(h *hold, slot int) *hold {
	if h == nil {
		h = &hold{slot: slot, frame: st.frame, active: true, outer: st.held}
	}
	st.held = h
	return h
}

// leave clears the signal if the run leaves this loop and no more.
func (st *state) leave(s *scope) {
	if st.signal == breaking || st.signal == leaving && st.target == s {
		st.signal, st.target = running, nil
	}
}

// countRound counts one iteration of the run's #foreach.
func (f *foreach) countRound(st *state) {
	st.step(f.pos)
	if st.rounds == 0 {
		st.fail(ErrIterations)
	}
	st.rounds--
}

func (st *state) saved(slot int) any {
	if slot < 0 {
		return nil
	}
	return st.get(slot)
}

func (st *state) restoreSaved(slot int, v any) {
	if slot >= 0 {
		st.restore(slot, v)
	}
}
