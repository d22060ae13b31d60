package vtl

// A List is a Java list or array. It is not safe for concurrent use.
type List struct {
	items []any
	kind  listKind
	mods  int // counts the elements added and removed
}

type listKind uint8

const (
	arrayList listKind = iota
	jsonArray
	stringArray
	charArray
	byteArray
	objectArray
)

func (k listKind) isArray() bool { return k >= stringArray }

// holds tells whether an array can have v as an element.
func (k listKind) holds(v any) bool {
	switch k {
	case stringArray:
		_, ok := v.(string)
		return ok || v == nil
	case charArray:
		_, ok := v.(Char)
		return ok
	case byteArray:
		return false // templates have no bytes
	}
	return true
}

func (k listKind) class() string {
	return [...]string{
		arrayList: "java.util.ArrayList", jsonArray: "net.minidev.json.JSONArray", stringArray: "[Ljava.lang.String;",
		charArray: "[C", byteArray: "[B", objectArray: "[Ljava.lang.Object;",
	}[k]
}

// NewList returns a java.util.ArrayList, which prints as [a, b].
func NewList(items ...any) *List { return &List{items: items} }

// NewJSONList returns a list that came from JSON, which prints as JSON.
func NewJSONList(items ...any) *List { return &List{items: items, kind: jsonArray} }

// FromJSON tells whether the list came from JSON and so prints as JSON.
func (l *List) FromJSON() bool { return l.kind == jsonArray }

// Len returns the number of elements.
func (l *List) Len() int { return len(l.items) }

// Index returns the ith element.
func (l *List) Index(i int) any { return l.items[i] }

// Append adds an element at the end.
func (l *List) Append(v any) {
	l.items = append(l.items, v)
	l.mods++
}

// itemBytes is what an element costs of the memory budget.
const itemBytes = 32

func (st *state) listAdd(l *List, i int, v any) {
	st.allocate(itemBytes)
	st.charge((len(l.items) - i) / 16)
	l.items = append(l.items, nil)
	copy(l.items[i+1:], l.items[i:])
	l.items[i] = v
	l.mods++
}

func (st *state) listRemove(l *List, i int) any {
	st.charge((len(l.items) - i) / 16)
	v := l.items[i]
	copy(l.items[i:], l.items[i+1:])
	l.items[len(l.items)-1] = nil
	l.items = l.items[:len(l.items)-1]
	l.mods++
	return v
}

func (st *state) listIndexOf(l *List, v any) int {
	for i, x := range l.items {
		st.charge(1)
		if st.equalOrNull(x, v) {
			return i
		}
	}
	return -1
}

func (st *state) appendList(dst []byte, l *List) []byte {
	switch {
	case l.kind == jsonArray:
		return st.appendJSON(dst, l)
	case l.kind.isArray():
		return append(append(dst, l.kind.class()...), "@0"...)
	}
	defer st.nest()()
	dst = append(dst, '[')
	for i, v := range l.items {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = st.appendMember(dst, v, l)
	}
	return append(dst, ']')
}

func (st *state) equalLists(a, b *List) bool {
	if a == b {
		return true
	}
	if a.kind.isArray() || b.kind.isArray() || len(a.items) != len(b.items) {
		return false
	}
	defer st.nest()()
	for i := range a.items {
		st.charge(1)
		if !st.equalOrNull(a.items[i], b.items[i]) {
			return false
		}
	}
	return true
}
