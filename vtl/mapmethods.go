package vtl

func mapOf(f func(st *state, m *Map, args []any) any, params ...param) []method {
	return is(func(st *state, v any, args []any) any { return f(st, v.(*Map), args) }, params...)
}

// mapClass is java.util.LinkedHashMap.
var mapClass = class{
	"size":    mapOf(func(_ *state, m *Map, _ []any) any { return boxInt(len(m.entries)) }),
	"isEmpty": mapOf(func(_ *state, m *Map, _ []any) any { return len(m.entries) == 0 }),
	"get":     mapOf(func(st *state, m *Map, args []any) any { return st.mapGet(m, args[0]) }, anyObject),
	"getOrDefault": mapOf(func(st *state, m *Map, args []any) any {
		if v, ok := m.get(st.mapKeyOf(args[0])); ok {
			return v
		}
		return args[1]
	}, anyObject, anyObject),
	"put": mapOf(func(st *state, m *Map, args []any) any { return st.mapPut(m, args[0], args[1]) }, anyObject, anyObject),
	"putIfAbsent": mapOf(func(st *state, m *Map, args []any) any {
		if v := st.mapGet(m, args[0]); v != nil {
			return v
		}
		st.mapPut(m, args[0], args[1])
		return nil
	}, anyObject, anyObject),
	"putAll": mapOf(func(st *state, m *Map, args []any) any {
		st.notNull(args)
		other := asMap(args[0])
		st.charge(len(other.entries))
		for _, e := range other.entries[:len(other.entries):len(other.entries)] {
			st.allocate(slotBytes)
			m.put(e.mapKey, e.other, e.value)
		}
		return voidResult
	}, aMap),
	"replace": overload(
		mapOf(func(st *state, m *Map, args []any) any {
			if _, ok := m.get(st.mapKeyOf(args[0])); !ok {
				return nil
			}
			return st.mapPut(m, args[0], args[1])
		}, anyObject, anyObject),
		mapOf(func(st *state, m *Map, args []any) any {
			v, ok := m.get(st.mapKeyOf(args[0]))
			if !ok || !st.equalOrNull(v, args[1]) {
				return false
			}
			st.mapPut(m, args[0], args[2])
			return true
		}, anyObject, anyObject, anyObject)),
	"remove": overload(
		mapOf(func(st *state, m *Map, args []any) any {
			old, _ := st.mapRemove(m, args[0])
			return old
		}, anyObject),
		mapOf(func(st *state, m *Map, args []any) any {
			v, ok := m.get(st.mapKeyOf(args[0]))
			if !ok || !st.equalOrNull(v, args[1]) {
				return false
			}
			st.mapRemove(m, args[0])
			return true
		}, anyObject, anyObject)),
	"containsKey": mapOf(func(st *state, m *Map, args []any) any {
		_, ok := m.get(st.mapKeyOf(args[0]))
		return ok
	}, anyObject),
	"containsValue": mapOf(func(st *state, m *Map, args []any) any {
		return st.viewContains(&mapView{m, valuesView}, args[0])
	}, anyObject),
	"keySet":   mapOf(func(_ *state, m *Map, _ []any) any { return &mapView{m, keySet} }),
	"values":   mapOf(func(_ *state, m *Map, _ []any) any { return &mapView{m, valuesView} }),
	"entrySet": mapOf(func(_ *state, m *Map, _ []any) any { return &mapView{m, entrySet} }),
	"clear": mapOf(func(_ *state, m *Map, _ []any) any {
		m.clear()
		return voidResult
	}),
	"clone": mapOf(func(st *state, m *Map, _ []any) any {
		c := new(Map)
		st.allocate(slotBytes * len(m.entries))
		for _, e := range m.entries {
			c.put(e.mapKey, e.other, e.value)
		}
		return c
	}),
}

func asMap(v any) *Map {
	if s, ok := v.(*scope); ok {
		return &s.values
	}
	return v.(*Map)
}

func viewOf(f func(st *state, v *mapView, args []any) any, params ...param) []method {
	return is(func(st *state, v any, args []any) any { return f(st, v.(*mapView), args) }, params...)
}

// viewClass is what keySet(), values() and entrySet() return.
var viewClass = class{
	"size":    viewOf(func(_ *state, v *mapView, _ []any) any { return boxInt(len(v.m.entries)) }),
	"isEmpty": viewOf(func(_ *state, v *mapView, _ []any) any { return len(v.m.entries) == 0 }),
	"contains": viewOf(func(st *state, v *mapView, args []any) any {
		return st.viewContains(v, args[0])
	}, anyObject),
	"containsAll": viewOf(func(st *state, v *mapView, args []any) any {
		return st.containsAll(args[0], func(x any) bool { return st.viewContains(v, x) })
	}, aList),
	"iterator": viewOf(func(_ *state, v *mapView, _ []any) any {
		c := viewCursor(*v)
		return &c
	}),
	"toArray": viewOf(func(st *state, v *mapView, _ []any) any { return st.copyList(st.elements(v), objectArray) }),
	"remove": viewOf(func(st *state, v *mapView, args []any) any {
		for i := range v.m.entries {
			st.charge(1)
			if st.equalOrNull(v.at(i), args[0]) {
				v.m.remove(v.m.entries[i].mapKey)
				return true
			}
		}
		return false
	}, anyObject),
	"removeAll": viewOf(func(st *state, v *mapView, args []any) any { return st.keepKeys(v, args, false) }, aList),
	"retainAll": viewOf(func(st *state, v *mapView, args []any) any { return st.keepKeys(v, args, true) }, aList),
	"clear": viewOf(func(_ *state, v *mapView, _ []any) any {
		v.m.clear()
		return voidResult
	}),
	"add":    is(unsupported, anyObject),
	"addAll": is(unsupported, aList),
}

func (st *state) keepKeys(v *mapView, args []any, keep bool) any {
	other := &List{items: st.elements(args[0])}
	var drop []mapKey
	for i := range v.m.entries {
		if (st.listIndexOf(other, v.at(i)) >= 0) != keep {
			drop = append(drop, v.m.entries[i].mapKey)
		}
	}
	for _, k := range drop {
		st.charge(len(v.m.entries) / 8)
		v.m.remove(k)
	}
	return len(drop) > 0
}

// entryClass is java.util.Map.Entry.
var entryClass = class{
	"getKey":   is(func(_ *state, v any, _ []any) any { return v.(*entry).key() }),
	"getValue": is(func(_ *state, v any, _ []any) any { return v.(*entry).value() }),
	"setValue": is(func(_ *state, v any, args []any) any { return v.(*entry).setValue(args[0]) }, anyObject),
}

// iteratorClass is java.util.Iterator.
var iteratorClass = class{
	"hasNext": is(func(_ *state, v any, _ []any) any { return v.(*cursor).hasNext() }),
	"next":    is(func(st *state, v any, _ []any) any { return v.(*cursor).next(st) }),
	"remove": is(func(st *state, v any, _ []any) any {
		v.(*cursor).remove(st)
		return voidResult
	}),
}

// scopeClass is $foreach: a map with properties of its own.
var scopeClass = func() class {
	c := class{}
	for name, methods := range mapClass {
		for _, m := range methods {
			call := m.call
			m.call = func(st *state, v any, args []any) any { return call(st, &v.(*scope).values, args) }
			c[name] = append(c[name], m)
		}
	}
	for name, property := range map[string]string{
		"getIndex": "index", "getCount": "count", "hasNext": "hasNext", "getHasNext": "hasNext", "isFirst": "first",
		"getFirst": "first", "isLast": "last", "getLast": "last", "getParent": "parent", "getTopmost": "topmost",
		"getReplaced": "replaced",
	} {
		c[name] = scopeProperty(property)
	}
	return c
}()

func scopeProperty(name string) []method {
	return is(func(_ *state, v any, _ []any) any { return v.(*scope).property(name) })
}
