package jsonpath

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"math/big"
	"slices"
)

// An Object is a JSON object in a tree. [*Map] and map[string]any will do as
// well as any other type with these methods; the members of a map[string]any
// are visited in the order of their names.
type Object interface {
	Get(key string) (value any, ok bool)
	Len() int
	At(i int) (key string, value any) // 0 <= i < Len(), in document order
}

// An Array is a JSON array in a tree. []any will do as well.
type Array interface {
	Len() int
	Index(i int) any // 0 <= i < Len()
}

// kind is the JSON type of a value in a tree.
type kind uint8

const (
	kindUndefined kind = iota // no value, or a Go type that stands for no JSON
	kindNull
	kindBool
	kindNumber
	kindString
	kindObject
	kindArray
)

// kindOf tells the JSON type of v: nil, bool, string, Go's numbers,
// json.Number and *big.Int, Objects and Arrays, and a fmt.Stringer: a number
// when its text is a JSON number (written by its method Text, if it has one),
// else a string.
func kindOf(v any) kind {
	switch v := v.(type) {
	case nil:
		return kindNull
	case bool:
		return kindBool
	case string:
		return kindString
	case json.Number, *big.Int, float64, float32,
		int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return kindNumber
	case map[string]any, Object:
		return kindObject
	case []any, Array:
		return kindArray
	case fmt.Stringer:
		if isNumber(v.String()) {
			return kindNumber
		}
		return kindString
	}
	return kindUndefined
}

// member returns the member of an object by name.
func member(v any, key string) (any, bool) {
	switch v := v.(type) {
	case *Map:
		return v.Get(key)
	case map[string]any:
		value, ok := v[key]
		return value, ok
	case Object:
		return v.Get(key)
	}
	return nil, false
}

// element returns the element of an array by index, counted from the end when
// negative.
func element(v any, index int) (any, bool) {
	n := arrayLen(v)
	if index < 0 {
		index += n
	}
	if index < 0 || index >= n {
		return nil, false
	}
	return at(v, index), true
}

// arrayLen is the number of elements of an array, -1 for anything else.
func arrayLen(v any) int {
	switch v := v.(type) {
	case []any:
		return len(v)
	case Object:
		return -1
	case Array:
		return v.Len()
	}
	return -1
}

// at returns element i of an array, 0 <= i < arrayLen(v).
func at(v any, i int) any {
	if v, ok := v.([]any); ok {
		return v[i]
	}
	return v.(Array).Index(i)
}

// objectLen is the number of members of an object, -1 for anything else.
func objectLen(v any) int {
	switch v := v.(type) {
	case map[string]any:
		return len(v)
	case Object:
		return v.Len()
	}
	return -1
}

// members visits an object's members in order.
func members(v any) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		if m, ok := v.(map[string]any); ok {
			for _, key := range slices.Sorted(maps.Keys(m)) {
				if !yield(key, m[key]) {
					return
				}
			}
			return
		}
		object := v.(Object)
		for i := range object.Len() {
			if !yield(object.At(i)) {
				return
			}
		}
	}
}

// children visits the values right below a node: members, elements, or nothing.
func children(v any) iter.Seq[any] {
	return func(yield func(any) bool) {
		if n := arrayLen(v); n >= 0 {
			for i := range n {
				if !yield(at(v, i)) {
					return
				}
			}
			return
		}
		if objectLen(v) < 0 {
			return
		}
		for _, value := range members(v) {
			if !yield(value) {
				return
			}
		}
	}
}

// A Map is a JSON object that keeps the order of its members. The zero value
// is empty and ready. Reading is safe for any number of goroutines as long as
// none writes.
type Map struct {
	list  []pair
	index map[string]int // of list, once it is longer than a scan is worth
}

type pair struct {
	key   string
	value any
}

// scanned is the size up to which a Map is searched member by member.
const scanned = 8

// Get returns the member called key.
func (m *Map) Get(key string) (value any, ok bool) {
	if i := m.find(key); i >= 0 {
		return m.list[i].value, true
	}
	return nil, false
}

// Len is the number of members.
func (m *Map) Len() int {
	if m == nil {
		return 0
	}
	return len(m.list)
}

// At returns member i, 0 <= i < Len(), in the order in which they were first set.
func (m *Map) At(i int) (key string, value any) {
	return m.list[i].key, m.list[i].value
}

// Set gives the member called key a value: in its old place, or at the end.
func (m *Map) Set(key string, value any) {
	if i := m.find(key); i >= 0 {
		m.list[i].value = value
		return
	}
	m.list = append(m.list, pair{key, value})
	if m.index != nil {
		m.index[key] = len(m.list) - 1
	} else if len(m.list) > scanned {
		m.index = make(map[string]int, 2*len(m.list))
		for i := range m.list {
			m.index[m.list[i].key] = i
		}
	}
}

// MarshalJSON writes the members in order.
func (m *Map) MarshalJSON() ([]byte, error) { return AppendJSON(nil, m) }

// find is the place of the member called key, or -1.
func (m *Map) find(key string) int {
	if m == nil {
		return -1
	}
	if m.index != nil {
		if i, ok := m.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range m.list {
		if m.list[i].key == key {
			return i
		}
	}
	return -1
}
