package vtl

import (
	"fmt"
	"reflect"
	"unicode"
	"unicode/utf8"
)

// get returns the value of a variable.
func (st *state) get(slot int) any {
	if st.frame != nil || st.held != nil {
		if v, ok := st.getInside(slot); ok {
			return v
		}
	}
	if !st.loaded[slot] {
		st.load(slot)
	}
	return st.slots[slot]
}

// getInside looks for a variable among the parameters of the macros that run
// and the loops over a null.
func (st *state) getInside(slot int) (any, bool) {
	h := st.held
	for f := st.frame; ; f = f.outer {
		for ; h != nil && h.frame == f; h = h.outer {
			if h.slot == slot && h.active {
				return nil, true
			}
		}
		if f == nil {
			return nil, false
		}
		if v, ok := st.argument(f, slot); ok {
			return v, true
		}
	}
}

// load asks the caller for a variable, once.
func (st *state) load(slot int) {
	st.loaded[slot] = true
	if st.vars == nil {
		return
	}
	if v, ok := st.vars.Variable(st.program.slots[slot]); ok {
		st.slots[slot] = FromGo(v)
	}
}

// assign sets a variable, and shadows the macro parameters of that name: in
// Velocity 1.7 an assignment in a macro is seen outside.
func (st *state) assign(slot int, v any) {
	for f := st.frame; f != nil; f = f.outer {
		f.shadow(slot, v, true)
	}
	st.slots[slot] = v
	st.loaded[slot] = true
}

// restore gives a variable back the value that it had before a loop. Null takes
// it away, so that a macro's parameter shows again.
func (st *state) restore(slot int, v any) {
	if v != nil {
		st.assign(slot, v)
		return
	}
	for f := st.frame; f != nil; f = f.outer {
		f.shadow(slot, nil, false)
	}
	for h := st.held; h != nil; h = h.outer {
		if h.slot == slot {
			h.active = false
		}
	}
	st.slots[slot] = nil
	st.loaded[slot] = true
}

func (r *reference) eval(st *state) any {
	if r.bareword {
		return nil
	}
	v := st.get(r.slot)
	if v == nil {
		return nil
	}
	if len(r.path) == 0 {
		return v
	}
	if st.steps -= len(r.path); st.steps < 0 {
		st.checkSteps()
	}
	for _, s := range r.path {
		if v = s.from(st, v); v == nil {
			return nil
		}
	}
	return v
}

// test: null and false are false; "", 0 and empty collections are true.
func (r *reference) test(st *state) bool {
	switch v := r.eval(st).(type) {
	case nil:
		return false
	case bool:
		return v
	case *defined: // Velocity looks whether its text is null
		_, ok := st.renderDefined(v)
		return ok
	}
	return true
}

func (r *reference) render(st *state) {
	st.at = r.pos
	if r.bareword {
		st.out = append(st.out, r.first...)
		return
	}
	var v any
	if !r.inert {
		v = r.eval(st)
		if st.signal != running {
			return
		}
	}
	if v == nil || r.escaped {
		r.renderSource(st, v != nil)
		return
	}
	if d, ok := v.(*defined); ok { // Velocity forgets what is before it
		if !d.render(st) {
			r.renderSource(st, false)
		}
		return
	}
	if r.slashes != "" || r.prefix != "" {
		st.out = append(append(st.out, r.slashes...), r.prefix...)
	}
	if s, ok := v.(string); ok {
		st.out = append(st.out, s...)
		return
	}
	st.out = st.appendValue(st.out, v)
}

// renderSource prints a reference that has no value, or is escaped.
func (r *reference) renderSource(st *state, has bool) {
	gateway := st.program.mode == APIGateway
	switch {
	case r.escaped && (has || gateway):
		st.out = append(append(st.out, r.slashes...), r.source(st)...)
	case r.escaped:
		// Velocity 1.7: all backslashes stay if there is no such variable.
		st.out = append(append(append(st.out, r.slashes...), '\\'), r.source(st)...)
	case gateway && !r.inert:
		st.out = append(append(st.out, r.slashes...), r.prefix...)
	default:
		st.out = append(append(append(st.out, r.slashes...), r.slashes...), r.prefix...)
		st.out = append(st.out, r.source(st)...)
	}
}

// source returns what Velocity prints for a reference without a value: its own
// source, or that of the macro's argument if it is a parameter.
func (r *reference) source(st *state) string {
	if st.frame != nil && r.null == r.plain && len(r.path) == 0 && r.tail == "" {
		for f := st.frame; f != nil; f = f.outer {
			if a := f.source(r.slot); a != nil {
				return literalText(a)
			}
		}
	}
	return r.null
}

// literalText returns what Velocity takes for the source of an expression: of
// an operation, only its right operand.
func literalText(x expr) string {
	switch x := x.(type) {
	case *reference:
		return x.plain
	case *grouped:
		return x.source
	case *add:
		return x.source
	case *arithmetic:
		return x.source
	case *rangeLiteral:
		return x.source
	}
	var p printer
	x.print(&p)
	return p.String()
}

// from reads a property. Java's order: getName(), a map's key, get("name"),
// isName().
func (p *property) from(st *state, v any) any {
	switch v := v.(type) {
	case *Map:
		if p.name == "class" {
			return st.class(v)
		}
		x, _ := v.Get(p.name)
		return x
	case Getter:
		x, _ := v.Get(p.name)
		return FromGo(x)
	case *entry:
		switch p.name {
		case "key":
			return v.key()
		case "value":
			return v.value()
		}
	case *scope:
		return v.property(p.name)
	case javaClass:
		return v.property(p.name)
	}
	if p.name == "class" {
		return st.class(v)
	}
	for _, prefix := range []string{"get", "is"} {
		for _, name := range []string{upperFirst(p.name), lowerFirst(p.name)} {
			if x, ok := st.callMethod(v, prefix+name, nil); ok {
				return x
			}
		}
	}
	return nil
}

func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

// class returns the value of v.class. AWS: there is no reflection.
func (st *state) class(v any) any {
	if st.program.mode == APIGateway {
		return nil
	}
	return javaClass(className(v))
}

func (c javaClass) property(name string) any {
	switch name {
	case "name", "typeName", "canonicalName":
		return string(c)
	case "simpleName":
		for i := len(c) - 1; i >= 0; i-- {
			if c[i] == '.' || c[i] == '$' {
				return string(c[i+1:])
			}
		}
		return string(c)
	}
	return nil
}

// from calls a method.
func (c *call) from(st *state, v any) any {
	if c.constants != nil || len(c.args) == 0 {
		return c.on(st, v, c.constants)
	}
	base := len(st.args)
	for _, a := range c.args {
		st.args = append(st.args, a.eval(st))
	}
	args := st.args[base:]
	result := c.on(st, v, args)
	clear(st.args[base:])
	st.args = st.args[:base]
	return result
}

func (c *call) on(st *state, v any, args []any) any {
	st.at = c.pos
	if o, ok := v.(Caller); ok {
		result, _, err := o.Call(c.name, args)
		if err != nil {
			st.fail(err)
		}
		return FromGo(result)
	}
	if c.name == "getClass" && len(args) == 0 {
		return st.class(v)
	}
	result, _ := st.callMethod(v, c.name, args)
	return result
}

// from reads an element: get(key), where a negative Integer counts from the end
// if there is a size().
func (x *index) from(st *state, v any) any {
	key := x.key.eval(st)
	st.at = x.pos
	switch v := v.(type) {
	case *Map:
		return st.mapGet(v, countFromEnd(key, len(v.entries)))
	case *List:
		if i, ok := key.(int32); ok {
			return st.elementAt(v, fromEnd(i, len(v.items)))
		}
		return nil
	case Getter:
		x, _ := v.Get(st.text(key))
		return FromGo(x)
	case string:
		st.needsSize(v, key)
		return nil
	}
	if _, ok := classOf(v)["size"]; !ok {
		st.needsSize(v, key)
	}
	st.args = append(st.args, key)
	result, _ := st.callMethod(v, "get", st.args[len(st.args)-1:])
	st.args = st.args[:len(st.args)-1]
	return result
}

// needsSize ends the run where a negative index is used on what has no size.
func (st *state) needsSize(v, key any) {
	if i, ok := key.(int32); ok && i < 0 {
		st.throw("VelocityException", "a negative index needs a size() method, which "+className(v)+" lacks")
	}
}

// countFromEnd makes an index of a negative Integer.
func countFromEnd(key any, size int) any {
	if i, ok := key.(int32); ok && i < 0 {
		return int32(fromEnd(i, size))
	}
	return key
}

func fromEnd(i int32, size int) int {
	if i < 0 {
		return int(i) + size
	}
	return int(i)
}

func (st *state) elementAt(l *List, i int) any {
	if i < 0 || i >= len(l.items) {
		st.throw("IndexOutOfBoundsException", fmt.Sprintf("Index %d out of bounds for length %d", i, len(l.items)))
	}
	return l.items[i]
}

// put assigns to what the reference refers to. What is not there to assign to
// is passed over.
func (r *reference) put(st *state, value any) {
	if len(r.path) == 0 {
		if !r.bareword {
			st.assign(r.slot, value)
		}
		return
	}
	v := st.get(r.slot)
	for _, s := range r.path[:len(r.path)-1] {
		if v == nil {
			return
		}
		st.charge(1)
		v = s.from(st, v)
	}
	if v == nil {
		return
	}
	switch last := r.path[len(r.path)-1].(type) {
	case *index:
		st.putIndex(v, last.key.eval(st), value)
	case *property:
		st.putProperty(v, last.name, value)
	case *call: // Velocity takes the method's name for a property's
		st.putProperty(v, last.name, value)
	}
}

func (st *state) putProperty(v any, name string, value any) {
	switch v := v.(type) {
	case *Map:
		st.mapPut(v, name, value)
	case *scope:
		st.mapPut(&v.values, name, value)
	case *entry:
		if name == "value" {
			v.setValue(value)
		}
	case Setter:
		if err := v.Set(name, value); err != nil {
			st.fail(err)
		}
	}
}

func (st *state) putIndex(v, key, value any) {
	switch v := v.(type) {
	case *Map:
		st.mapPut(v, countFromEnd(key, len(v.entries)), value)
	case *List:
		if i, ok := key.(int32); ok {
			n := fromEnd(i, len(v.items))
			st.elementAt(v, n)
			if !v.kind.holds(value) {
				st.throw("IllegalArgumentException", "array element type mismatch")
			}
			v.items[n] = value
		}
	case *scope:
		st.mapPut(&v.values, key, value)
	case Setter:
		if err := v.Set(st.text(key), value); err != nil {
			st.fail(err)
		}
	default:
		if _, ok := classOf(v)["size"]; !ok {
			st.needsSize(v, key)
		}
	}
}

// sameClass tells whether Java's equals can say that a and b are equal: one's
// class is the other's, or extends it.
func sameClass(a, b any) bool {
	switch a := a.(type) {
	case float64, Decimal:
		return isDouble(b)
	case *List:
		l, ok := b.(*List)
		return ok && (l.kind == a.kind || !a.kind.isArray() && !l.kind.isArray())
	case *mapView:
		v, ok := b.(*mapView)
		return ok && v.kind == a.kind
	}
	return reflect.TypeOf(a) == reflect.TypeOf(b)
}
