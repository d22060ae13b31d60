package vtl

// A Map is java.util.LinkedHashMap: it keeps its keys in the order in which
// they came. JSON objects and the maps that templates make are Maps. The zero
// value is an empty map. It is not safe for concurrent use.
type Map struct {
	entries []slot
	index   map[mapKey]int // nil while the map is small
	mods    int            // counts the keys added and removed
}

// A slot is a key and its value. Keys are nearly always strings.
type slot struct {
	mapKey
	other any // the key if it is not a string
	value any
}

// A mapKey is a key in a form that can be compared: its Java class and text.
type mapKey struct {
	kind keyKind
	text string
}

type keyKind uint8

const (
	stringKey keyKind = iota
	nullKey
	boolKey
	intKey
	longKey
	doubleKey
	charKey
	otherKey
)

// indexedFrom is the size from which a map keeps an index.
const indexedFrom = 9

// NewMap returns an empty map.
func NewMap() *Map { return new(Map) }

// Len returns the number of keys.
func (m *Map) Len() int { return len(m.entries) }

// At returns the ith key, as text, and its value.
func (m *Map) At(i int) (key string, value any) {
	return m.entries[i].text, m.entries[i].value
}

// Get returns the value of a string key.
func (m *Map) Get(key string) (any, bool) { return m.get(mapKey{text: key}) }

// Put sets the value of a string key.
func (m *Map) Put(key string, value any) { m.put(mapKey{text: key}, nil, value) }

// Remove takes a string key out.
func (m *Map) Remove(key string) { m.remove(mapKey{text: key}) }

func (m *Map) find(k mapKey) int {
	if m.index != nil {
		if i, ok := m.index[k]; ok {
			return i
		}
		return -1
	}
	for i := range m.entries {
		if e := &m.entries[i]; e.text == k.text && e.kind == k.kind {
			return i
		}
	}
	return -1
}

func (m *Map) get(k mapKey) (any, bool) {
	if i := m.find(k); i >= 0 {
		return m.entries[i].value, true
	}
	return nil, false
}

func (m *Map) put(k mapKey, other, value any) (old any) {
	if i := m.find(k); i >= 0 {
		old = m.entries[i].value
		m.entries[i].value = value
		return old
	}
	m.mods++
	m.entries = append(m.entries, slot{k, other, value})
	switch n := len(m.entries); {
	case m.index != nil:
		m.index[k] = n - 1
	case n >= indexedFrom:
		m.reindex()
	}
	return nil
}

func (m *Map) remove(k mapKey) (old any, ok bool) {
	i := m.find(k)
	if i < 0 {
		return nil, false
	}
	old = m.entries[i].value
	m.mods++
	copy(m.entries[i:], m.entries[i+1:])
	m.entries[len(m.entries)-1] = slot{}
	m.entries = m.entries[:len(m.entries)-1]
	if m.index != nil {
		delete(m.index, k)
		for j := i; j < len(m.entries); j++ {
			m.index[m.entries[j].mapKey] = j
		}
	}
	return old, true
}

func (m *Map) clear() {
	m.mods++
	m.entries, m.index = nil, nil
}

func (m *Map) reindex() {
	m.index = make(map[mapKey]int, 2*len(m.entries))
	for i := range m.entries {
		m.index[m.entries[i].mapKey] = i
	}
}

// key returns the key itself.
func (s *slot) key() any {
	if s.kind == stringKey {
		return s.text
	}
	return s.other
}

// mapKeyOf brings any value into the form of a key.
func (st *state) mapKeyOf(v any) mapKey {
	kind := otherKey
	switch v := v.(type) {
	case string:
		return mapKey{text: v}
	case nil:
		kind = nullKey
	case bool:
		kind = boolKey
	case int32:
		kind = intKey
	case int64:
		kind = longKey
	case float64, Decimal:
		f, _ := toDouble(v)
		return mapKey{doubleKey, string(appendDouble(nil, f))}
	case Char:
		kind = charKey
	}
	return mapKey{kind, st.text(v)}
}

func (st *state) mapGet(m *Map, key any) any {
	if s, ok := key.(string); ok {
		v, _ := m.Get(s)
		return v
	}
	v, _ := m.get(st.mapKeyOf(key))
	return v
}

// slotBytes is what a key costs of the memory budget.
const slotBytes = 96

func (st *state) mapPut(m *Map, key, value any) any {
	st.allocate(slotBytes)
	k := st.mapKeyOf(key)
	if k.kind == stringKey {
		key = nil
	}
	return m.put(k, key, value)
}

func (st *state) mapRemove(m *Map, key any) (any, bool) {
	st.charge(len(m.entries) / 8)
	return m.remove(st.mapKeyOf(key))
}

func (st *state) appendMap(dst []byte, m *Map) []byte {
	defer st.nest()()
	dst = append(dst, '{')
	for i := range m.entries {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		e := &m.entries[i]
		dst = st.appendMember(dst, e.key(), m)
		dst = append(dst, '=')
		dst = st.appendMember(dst, e.value, m)
	}
	return append(dst, '}')
}

// appendMember appends part of a collection, which may be the collection.
func (st *state) appendMember(dst []byte, v, whole any) []byte {
	if v == whole {
		if _, ok := whole.(*Map); ok {
			return append(dst, "(this Map)"...)
		}
		return append(dst, "(this Collection)"...)
	}
	st.charge(1)
	dst = st.appendValue(dst, v)
	st.checkSize(len(dst))
	return dst
}

func (st *state) equalMaps(a, b *Map) bool {
	if a == b {
		return true
	}
	if len(a.entries) != len(b.entries) {
		return false
	}
	defer st.nest()()
	for i := range a.entries {
		st.charge(1)
		v, ok := b.get(a.entries[i].mapKey)
		if !ok || !st.equalOrNull(a.entries[i].value, v) {
			return false
		}
	}
	return true
}

func (st *state) hashEntries(m *Map) int32 {
	defer st.nest()()
	h := int32(0)
	for i := range m.entries {
		h += st.hash(m.entries[i].key()) ^ st.hash(m.entries[i].value)
	}
	return h
}

// An entry is a Map.Entry: a key and the value that the map has for it now.
type entry struct {
	m    *Map
	slot slot
}

func (e *entry) key() any { return e.slot.key() }

func (e *entry) value() any {
	if v, ok := e.m.get(e.slot.mapKey); ok {
		e.slot.value = v
	}
	return e.slot.value
}

func (e *entry) setValue(v any) any {
	old := e.value()
	e.slot.value = v
	if i := e.m.find(e.slot.mapKey); i >= 0 {
		e.m.entries[i].value = v
	}
	return old
}

func (st *state) appendEntry(dst []byte, e *entry) []byte {
	dst = st.appendValue(dst, e.key())
	dst = append(dst, '=')
	return st.appendValue(dst, e.value())
}

// A mapView is what keySet(), values() and entrySet() return: the map itself,
// seen from one side.
type mapView struct {
	m    *Map
	kind viewKind
}

type viewKind uint8

const (
	keySet viewKind = iota
	valuesView
	entrySet
)

func (k viewKind) class() string {
	return [...]string{
		keySet: "java.util.LinkedHashMap$LinkedKeySet", valuesView: "java.util.LinkedHashMap$LinkedValues",
		entrySet: "java.util.LinkedHashMap$LinkedEntrySet",
	}[k]
}

// at returns the ith element.
func (v *mapView) at(i int) any {
	e := &v.m.entries[i]
	switch v.kind {
	case keySet:
		return e.key()
	case valuesView:
		return e.value
	}
	return &entry{v.m, *e}
}

func (st *state) appendView(dst []byte, v *mapView) []byte {
	defer st.nest()()
	dst = append(dst, '[')
	for i := range v.m.entries {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = st.appendMember(dst, v.at(i), v)
	}
	return append(dst, ']')
}

func (st *state) equalViews(a, b *mapView) bool {
	if a == b {
		return true
	}
	if a.kind == valuesView || b.kind == valuesView || len(a.m.entries) != len(b.m.entries) {
		return false
	}
	for i := range a.m.entries {
		if !st.viewContains(b, a.at(i)) {
			return false
		}
	}
	return true
}

func (st *state) viewContains(v *mapView, x any) bool {
	if v.kind == keySet {
		_, ok := v.m.get(st.mapKeyOf(x))
		return ok
	}
	for i := range v.m.entries {
		st.charge(1)
		if st.equalOrNull(v.at(i), x) {
			return true
		}
	}
	return false
}

func (st *state) hashView(v *mapView) int32 {
	if v.kind == valuesView {
		return 0 // Java's is the object's identity
	}
	h := int32(0)
	for i := range v.m.entries {
		h += st.hash(v.at(i))
	}
	return h
}
