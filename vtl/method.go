package vtl

import "math/big"

// A class is the methods that values of one Java class have, by name. Of
// methods with the same name the first that fits the arguments is called.
type class map[string][]method

// A method is one signature of a Java method.
type method struct {
	params   []param
	variadic bool // the last parameter takes any number of arguments
	call     func(st *state, v any, args []any) any
}

// A param is the type of a parameter; it says which arguments Velocity passes
// to it.
type param uint8

const (
	anyObject   param = iota // Object, and interfaces that we do not tell apart
	aString                  // String, CharSequence
	anInt                    // int
	aLong                    // long
	aDouble                  // double
	aBool                    // boolean
	aChar                    // char
	anArray                  // Object[]
	aList                    // Collection, List, Iterable
	aMap                     // Map
	anInteger                // Integer
	aLongObject              // Long
	aDoubleObj               // Double
	aBoolObject              // Boolean
	aCharObject              // Character
	aBigInteger              // BigInteger
	aBigDecimal              // BigDecimal
	onlyNull                 // what templates have no values of, such as Comparator
)

// takes tells whether an argument can be passed. Null can, to anything but
// Java's primitive types.
func (p param) takes(v any) bool {
	if v == nil {
		return p != anInt && p != aLong && p != aDouble && p != aBool && p != aChar
	}
	switch p {
	case onlyNull:
		return false
	case aString:
		_, ok := v.(string)
		return ok
	case anInt, anInteger:
		_, ok := v.(int32)
		return ok
	case aLong:
		_, ok := toLong(v)
		return ok
	case aDouble:
		_, ok := toLong(v)
		return ok || isDouble(v)
	case aBool, aBoolObject:
		_, ok := v.(bool)
		return ok
	case aChar, aCharObject:
		_, ok := v.(Char)
		return ok
	case anArray:
		l, ok := v.(*List)
		return ok && l.kind.isArray()
	case aList:
		switch v := v.(type) {
		case *List:
			return !v.kind.isArray()
		case *mapView:
			return true
		}
		return false
	case aMap:
		switch v.(type) {
		case *Map, *scope:
			return true
		}
		return false
	case aLongObject:
		_, ok := v.(int64)
		return ok
	case aDoubleObj:
		return isDouble(v)
	case aBigInteger:
		_, ok := v.(*big.Int)
		return ok
	case aBigDecimal:
		_, ok := v.(*bigDecimal)
		return ok
	}
	return true
}

func (m *method) fits(args []any) bool {
	fixed := len(m.params)
	if m.variadic {
		fixed--
	}
	if len(args) < fixed || len(args) > fixed && !m.variadic {
		return false
	}
	for i, p := range m.params[:fixed] {
		if !p.takes(args[i]) {
			return false
		}
	}
	for _, a := range args[fixed:] {
		if !m.params[fixed].takes(a) {
			return false
		}
	}
	return true
}

// callMethod calls a method of one of Java's classes. found is false where none
// fits; the reference then has no value. Methods that return nothing return "".
func (st *state) callMethod(v any, name string, args []any) (result any, found bool) {
	c := classOf(v)
	if c == nil {
		return nil, false
	}
	methods := c[name]
	if methods == nil {
		methods = objectClass[name]
	}
	bare := false
	for i := range methods {
		m := &methods[i]
		if m.fits(args) {
			st.charge(1)
			return m.call(st, v, args), true
		}
		bare = bare || len(m.params) == 0
	}
	if bare {
		// Velocity 1.7 holds a method without parameters for one that takes
		// any, and then fails to call it.
		st.throw("IllegalArgumentException", "wrong number of arguments for "+name)
	}
	return nil, false
}

// classOf returns the methods of a value; nil for the caller's values.
func classOf(v any) class {
	switch v := v.(type) {
	case string:
		return stringClass
	case *List:
		if v.kind.isArray() {
			return arrayClass
		}
		return listClass
	case *Map:
		return mapClass
	case *mapView:
		return viewClass
	case *entry:
		return entryClass
	case int32:
		return integerClass
	case int64:
		return longClass
	case float64, Decimal:
		return doubleClass
	case *big.Int:
		return bigIntegerClass
	case *bigDecimal:
		return bigDecimalClass
	case bool:
		return booleanClass
	case Char:
		return characterClass
	case *cursor:
		return iteratorClass
	case *scope:
		return scopeClass
	case *defined, javaClass:
		return objectClass
	}
	return nil
}

// is makes a table entry of one signature.
func is(call func(st *state, v any, args []any) any, params ...param) []method {
	return []method{{params: params, call: call}}
}

// overload joins the signatures that share a name.
func overload(signatures ...[]method) []method {
	var all []method
	for _, s := range signatures {
		all = append(all, s...)
	}
	return all
}

// objectClass is what every Java object can do.
var objectClass = class{
	"toString": is(func(st *state, v any, _ []any) any { return st.text(v) }),
	"hashCode": is(func(st *state, v any, _ []any) any { return st.hash(v) }),
	"equals": is(func(st *state, v any, args []any) any {
		return args[0] != nil && st.equal(v, args[0])
	}, anyObject),
}

// voidResult is what Velocity prints for a method that returns nothing.
const voidResult = ""

// notNull ends the run as Java does where an argument must not be null.
func (st *state) notNull(args []any) {
	for _, a := range args {
		if a == nil {
			st.throw("NullPointerException", "")
		}
	}
}
