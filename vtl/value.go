package vtl

import (
	"encoding"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
)

// A Char is Java's char, one UTF-16 unit.
type Char uint16

// The abilities of values that the caller brings, such as $input. A value may
// have any of them. What prints itself implements encoding.TextAppender or
// fmt.Stringer.
type (
	// A Getter has properties: $v.name and $v["name"].
	Getter interface {
		Get(name string) (value any, ok bool)
	}

	// A Setter takes #set($v.name = value).
	Setter interface {
		Set(name string, value any) error
	}

	// A Caller has methods: $v.name(args). It must not change the arguments,
	// nor keep the slice when it returns. ok is false where there is no such method; then the
	// reference has no value. An error ends the run.
	Caller interface {
		Call(name string, args []any) (value any, ok bool, err error)
	}
)

// FromGo turns ordinary Go values into the ones that templates work with: int
// and its kin into int32 or int64, []any and []string into *List, map[string]any
// and map[string]string into *Map with sorted keys. Other values stay as they
// are. Execute does this with all that it is given.
func FromGo(v any) any {
	switch v := v.(type) {
	case nil, string, bool, int32, int64, float64, *Map, *List:
		return v
	case int:
		return fitInteger(int64(v))
	case int8:
		return int32(v)
	case int16:
		return int32(v)
	case uint8:
		return int32(v)
	case uint16:
		return int32(v)
	case uint32:
		return fitInteger(int64(v))
	case uint:
		return fitUnsigned(uint64(v))
	case uint64:
		return fitUnsigned(v)
	case float32:
		return float64(v)
	case []byte:
		return string(v)
	case []string:
		l := NewList()
		for _, s := range v {
			l.items = append(l.items, s)
		}
		return l
	case []any:
		l := NewList()
		for _, x := range v {
			l.items = append(l.items, FromGo(x))
		}
		return l
	case map[string]string:
		m := NewMap()
		for _, k := range sortedKeys(v) {
			m.Put(k, v[k])
		}
		return m
	case map[string]any:
		m := NewMap()
		for _, k := range sortedKeys(v) {
			m.Put(k, FromGo(v[k]))
		}
		return m
	}
	return v
}

func fitUnsigned(n uint64) any {
	if n <= math.MaxInt64 {
		return fitInteger(int64(n))
	}
	return new(big.Int).SetUint64(n)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// A javaClass is the value of $x.class.
type javaClass string

// className returns the name of the Java class that v would have.
func className(v any) string {
	switch v := v.(type) {
	case string:
		return "java.lang.String"
	case int32:
		return "java.lang.Integer"
	case int64:
		return "java.lang.Long"
	case float64, Decimal:
		return "java.lang.Double"
	case *big.Int:
		return "java.math.BigInteger"
	case *bigDecimal:
		return "java.math.BigDecimal"
	case bool:
		return "java.lang.Boolean"
	case Char:
		return "java.lang.Character"
	case *Map:
		return "java.util.LinkedHashMap"
	case *List:
		return v.kind.class()
	case *entry:
		return "java.util.LinkedHashMap$Entry"
	case *mapView:
		return v.kind.class()
	case *cursor:
		return v.kind.class()
	case *scope:
		return "org.apache.velocity.runtime.directive.ForeachScope"
	case *defined:
		return "org.apache.velocity.runtime.directive.Block$Reference"
	case javaClass:
		return "java.lang.Class"
	}
	return "java.lang.Object"
}

// AppendText appends what a template prints for v, which may be anything that
// FromGo takes: v.toString() of Java.
func AppendText(dst []byte, v any) []byte {
	return withState(dst, func(st *state) []byte { return st.appendValue(dst, FromGo(v)) })
}

// noProgram stands for the template where there is none.
var noProgram = new(Program)

// withState runs f outside a template, with the default limits. A value that
// exceeds them appends nothing.
func withState(dst []byte, f func(*state) []byte) (out []byte) {
	st := states.Get().(*state)
	st.program = noProgram
	st.limit(Limits{})
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(failure); !ok {
				panic(r)
			}
			out = dst
		}
		st.free()
	}()
	return f(st)
}

// appendValue appends what v.toString() would be in Java.
func (st *state) appendValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return append(dst, v...)
	case int32:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return appendDouble(dst, v)
	case Decimal:
		return append(dst, v.String()...)
	case bool:
		return strconv.AppendBool(dst, v)
	case nil:
		return append(dst, "null"...)
	case *Map:
		return st.appendMap(dst, v)
	case *List:
		return st.appendList(dst, v)
	case Char:
		return appendChar(dst, v)
	case *big.Int:
		st.chargeBig(v)
		return v.Append(dst, 10)
	case *bigDecimal:
		st.chargeBig(v.unscaled)
		return append(dst, v.String()...)
	case *entry:
		return st.appendEntry(dst, v)
	case *mapView:
		return st.appendView(dst, v)
	case *scope:
		return st.appendMap(dst, &v.values)
	case *defined:
		s, _ := st.renderDefined(v)
		return append(dst, s...)
	case javaClass:
		return append(append(dst, "class "...), v...)
	case encoding.TextAppender:
		out, err := v.AppendText(dst)
		if err != nil {
			st.fail(err)
		}
		return out
	case fmt.Stringer:
		return append(dst, v.String()...)
	}
	return append(append(dst, className(v)...), "@0"...)
}

// text returns v.toString().
func (st *state) text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b := st.appendValue(st.takeScratch(), v)
	st.scratch = b
	return st.newString(b)
}

// equal is a.equals(b), for values that are not null.
func (st *state) equal(a, b any) bool {
	switch a := a.(type) {
	case *big.Int:
		b, ok := b.(*big.Int)
		return ok && a.Cmp(b) == 0
	case *bigDecimal:
		b, ok := b.(*bigDecimal)
		return ok && a.scale == b.scale && a.unscaled.Cmp(b.unscaled) == 0
	case Decimal, float64:
		x, _ := toDouble(a)
		y, ok := toDouble(b)
		return ok && isDouble(b) && math.Float64bits(x) == math.Float64bits(y)
	case *List:
		b, ok := b.(*List)
		return ok && st.equalLists(a, b)
	case *Map:
		b, ok := b.(*Map)
		return ok && st.equalMaps(a, b)
	case *entry:
		b, ok := b.(*entry)
		return ok && st.equalOrNull(a.key(), b.key()) && st.equalOrNull(a.value(), b.value())
	case *mapView:
		b, ok := b.(*mapView)
		return ok && st.equalViews(a, b)
	}
	return isPlain(a) && isPlain(b) && a == b
}

// isPlain guards == on values of the caller's types.
func isPlain(v any) bool {
	switch v.(type) {
	case string, bool, int32, int64, Char, javaClass:
		return true
	}
	return reflect.TypeOf(v).Comparable()
}

func (st *state) equalOrNull(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return st.equal(a, b)
}

// hash is v.hashCode().
func (st *state) hash(v any) int32 {
	st.charge(1)
	switch v := v.(type) {
	case nil:
		return 0
	case string:
		st.charge(len(v) / 16)
		return hashString(v)
	case int32:
		return v
	case int64:
		return int32(v ^ int64(uint64(v)>>32))
	case float64, Decimal:
		f, _ := toDouble(v)
		bits := math.Float64bits(f)
		return int32(bits ^ bits>>32)
	case bool:
		if v {
			return 1231
		}
		return 1237
	case Char:
		return int32(v)
	case *big.Int:
		return hashBig(v)
	case *bigDecimal:
		return 31*hashBig(v.unscaled) + v.scale
	case *List:
		h := int32(1)
		defer st.nest()()
		for _, x := range v.items {
			h = 31*h + st.hash(x)
		}
		return h
	case *Map:
		return st.hashEntries(v)
	case *entry:
		return st.hash(v.key()) ^ st.hash(v.value())
	case *mapView:
		return st.hashView(v)
	}
	return 0
}

func hashString(s string) int32 {
	h := int32(0)
	if isASCII(s) {
		for i := range len(s) {
			h = 31*h + int32(s[i])
		}
		return h
	}
	for _, u := range toUTF16(s) {
		h = 31*h + int32(u)
	}
	return h
}

func hashBig(n *big.Int) int32 {
	h := int32(0)
	b := n.Bytes()
	for len(b)%4 != 0 {
		b = append([]byte{0}, b...)
	}
	for ; len(b) > 0; b = b[4:] {
		word := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		h = 31*h + int32(word)
	}
	return h * int32(n.Sign())
}
