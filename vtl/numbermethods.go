package vtl

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// numberMethods are those of java.lang.Number.
func numberMethods(more class) class {
	c := class{
		"intValue":    is(func(_ *state, v any, _ []any) any { return boxInt(int(intValue(v))) }),
		"longValue":   is(func(_ *state, v any, _ []any) any { return longValue(v) }),
		"shortValue":  is(func(_ *state, v any, _ []any) any { return boxInt(int(int16(intValue(v)))) }),
		"byteValue":   is(func(_ *state, v any, _ []any) any { return boxInt(int(int8(intValue(v)))) }),
		"doubleValue": is(func(_ *state, v any, _ []any) any { f, _ := toDouble(v); return f }),
		"floatValue":  is(func(_ *state, v any, _ []any) any { return floatValue(v) }),
	}
	for name, methods := range more {
		c[name] = methods
	}
	return c
}

// floatValue rounds to a float, whose fewest digits it prints.
func floatValue(v any) any {
	f, _ := toDouble(v)
	g, _ := strconv.ParseFloat(strconv.FormatFloat(float64(float32(f)), 'g', -1, 32), 64)
	return g
}

// compareMethod is compareTo. An object of another class is an exception.
func compareMethod() []method {
	return is(func(st *state, v any, args []any) any {
		st.notNull(args)
		order, ok := naturalOrder(v, args[0])
		if !ok {
			st.throw("ClassCastException", className(args[0])+" cannot be cast to "+className(v))
		}
		return int32(order)
	}, anyObject)
}

// compareStatic is compare(a, b).
func compareStatic(p param, widen func(any) any) []method {
	return is(func(_ *state, _ any, args []any) any {
		order, _ := naturalOrder(widen(args[0]), widen(args[1]))
		return int32(order)
	}, p, p)
}

// hashMethods are hashCode(), and the static one that takes a value.
func hashMethods(p param, widen func(any) any) []method {
	return overload(objectClass["hashCode"], is(func(st *state, _ any, args []any) any {
		return st.hash(widen(args[0]))
	}, p))
}

func asIs(v any) any    { return v }
func asLong(v any) any  { n, _ := toLong(v); return n }
func asFloat(v any) any { f, _ := toDouble(v); return f }

// compareDoubles is Double.compare: -0.0 is below 0.0, NaN above everything.
func compareDoubles(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	x, y := int64(math.Float64bits(a)), int64(math.Float64bits(b))
	if math.IsNaN(a) && math.IsNaN(b) {
		return 0
	}
	return compareLongs(x, y)
}

// integerClass is java.lang.Integer, with its static methods.
var integerClass = numberMethods(class{
	"hashCode":  hashMethods(anInt, asIs),
	"compareTo": compareMethod(),
	"compare":   compareStatic(anInt, asIs),
	"parseInt":  parseMethods(32),
	"valueOf":   append(parseMethods(32), is(func(_ *state, _ any, args []any) any { return args[0] }, anInt)...),
	"toString":  append(is(printNumber), append(is(printInteger, anInt), is(printInteger, anInt, anInt)...)...),
	"toHexString": is(func(_ *state, _ any, args []any) any {
		return strconv.FormatUint(uint64(uint32(args[0].(int32))), 16)
	}, anInt),
	"toOctalString": is(func(_ *state, _ any, args []any) any {
		return strconv.FormatUint(uint64(uint32(args[0].(int32))), 8)
	}, anInt),
	"toBinaryString": is(func(_ *state, _ any, args []any) any {
		return strconv.FormatUint(uint64(uint32(args[0].(int32))), 2)
	}, anInt),
	"max":    is(func(_ *state, _ any, args []any) any { return max(args[0].(int32), args[1].(int32)) }, anInt, anInt),
	"min":    is(func(_ *state, _ any, args []any) any { return min(args[0].(int32), args[1].(int32)) }, anInt, anInt),
	"sum":    is(func(_ *state, _ any, args []any) any { return args[0].(int32) + args[1].(int32) }, anInt, anInt),
	"signum": is(func(_ *state, _ any, args []any) any { return int32(compareLongs(int64(args[0].(int32)), 0)) }, anInt),
})

// longClass is java.lang.Long.
var longClass = numberMethods(class{
	"hashCode": hashMethods(aLong, asLong),
	"toOctalString": is(func(_ *state, _ any, args []any) any {
		return strconv.FormatUint(uint64(longValue(args[0])), 8)
	}, aLong),
	"toBinaryString": is(func(_ *state, _ any, args []any) any {
		return strconv.FormatUint(uint64(longValue(args[0])), 2)
	}, aLong),
	"compareTo": compareMethod(),
	"compare":   compareStatic(aLong, asLong),
	"parseLong": parseMethods(64),
	"valueOf":   append(parseMethods(64), is(func(_ *state, _ any, args []any) any { return asLong(args[0]) }, aLong)...),
	"toString":  append(is(printNumber), append(is(printInteger, aLong), is(printInteger, aLong, anInt)...)...),
	"toHexString": is(func(_ *state, _ any, args []any) any {
		return strconv.FormatUint(uint64(longValue(args[0])), 16)
	}, aLong),
	"max":    is(func(_ *state, _ any, args []any) any { return max(longValue(args[0]), longValue(args[1])) }, aLong, aLong),
	"min":    is(func(_ *state, _ any, args []any) any { return min(longValue(args[0]), longValue(args[1])) }, aLong, aLong),
	"sum":    is(func(_ *state, _ any, args []any) any { return longValue(args[0]) + longValue(args[1]) }, aLong, aLong),
	"signum": is(func(_ *state, _ any, args []any) any { return int32(compareLongs(longValue(args[0]), 0)) }, aLong),
})

// doubleClass is java.lang.Double.
var doubleClass = numberMethods(class{
	"hashCode":    hashMethods(aDouble, asFloat),
	"compareTo":   compareMethod(),
	"compare":     compareStatic(aDouble, asFloat),
	"parseDouble": is(parseDouble, aString),
	"valueOf":     append(is(parseDouble, aString), is(func(_ *state, _ any, args []any) any { return asFloat(args[0]) }, aDouble)...),
	"toString": append(is(printNumber), is(func(_ *state, _ any, args []any) any {
		return string(appendDouble(nil, asFloat(args[0]).(float64)))
	}, aDouble)...),
	"isNaN": append(is(func(_ *state, v any, _ []any) any { return math.IsNaN(asFloat(v).(float64)) }),
		is(func(_ *state, _ any, args []any) any { return math.IsNaN(asFloat(args[0]).(float64)) }, aDouble)...),
	"isInfinite": append(is(func(_ *state, v any, _ []any) any { return math.IsInf(asFloat(v).(float64), 0) }),
		is(func(_ *state, _ any, args []any) any { return math.IsInf(asFloat(args[0]).(float64), 0) }, aDouble)...),
	"max": is(func(_ *state, _ any, args []any) any {
		return math.Max(asFloat(args[0]).(float64), asFloat(args[1]).(float64))
	}, aDouble, aDouble),
	"min": is(func(_ *state, _ any, args []any) any {
		return math.Min(asFloat(args[0]).(float64), asFloat(args[1]).(float64))
	}, aDouble, aDouble),
	"sum": is(func(_ *state, _ any, args []any) any {
		return asFloat(args[0]).(float64) + asFloat(args[1]).(float64)
	}, aDouble, aDouble),
})

// bigIntegerClass is java.math.BigInteger.
var bigIntegerClass = numberMethods(class{
	"compareTo": compareMethod(),
	"toString": append(is(printNumber), is(func(st *state, v any, args []any) any {
		st.chargeNumber(v)
		return st.counted(v.(*big.Int).Text(radixOf(args[0])))
	}, anInt)...),
	"add":      bigMethod(tokenPlus),
	"subtract": bigMethod(tokenMinus),
	"multiply": bigMethod(tokenTimes),
	"divide":   bigMethod(tokenDivide),
	"mod":      bigMethod(tokenModulo),
	"negate":   is(func(st *state, v any, _ []any) any { return st.calculateBigs(tokenMinus, new(big.Int), v.(*big.Int)) }),
	"abs":      is(func(_ *state, v any, _ []any) any { return new(big.Int).Abs(v.(*big.Int)) }),
	"signum":   is(func(_ *state, v any, _ []any) any { return int32(v.(*big.Int).Sign()) }),
	"bitLength": is(func(_ *state, v any, _ []any) any {
		n := v.(*big.Int)
		if n.Sign() < 0 {
			n = new(big.Int).Not(n)
		}
		return int32(n.BitLen())
	}),
	"max":     is(func(st *state, v any, args []any) any { return st.bigExtreme(v, args, 1) }, aBigInteger),
	"min":     is(func(st *state, v any, args []any) any { return st.bigExtreme(v, args, -1) }, aBigInteger),
	"valueOf": is(func(_ *state, _ any, args []any) any { return big.NewInt(longValue(args[0])) }, aLong),
})

func bigMethod(op tokenKind) []method {
	return is(func(st *state, v any, args []any) any {
		st.notNull(args)
		x, y := v.(*big.Int), args[0].(*big.Int)
		if y.Sign() == 0 && (op == tokenDivide || op == tokenModulo) {
			st.throw("ArithmeticException", "BigInteger divide by zero")
		}
		return st.calculateBigs(op, x, y)
	}, aBigInteger)
}

func (st *state) bigExtreme(v any, args []any, sign int) any {
	st.notNull(args)
	w := args[0]
	if v.(*big.Int).Cmp(w.(*big.Int)) == -sign {
		return w
	}
	return v
}

// bigDecimalClass is java.math.BigDecimal.
var bigDecimalClass = numberMethods(class{
	"compareTo": compareMethod(),
	"scale":     is(func(_ *state, v any, _ []any) any { return v.(*bigDecimal).scale }),
	"signum":    is(func(_ *state, v any, _ []any) any { return int32(v.(*bigDecimal).unscaled.Sign()) }),
	"toBigInteger": is(func(_ *state, v any, _ []any) any {
		return v.(*bigDecimal).integer()
	}),
})

// booleanClass is java.lang.Boolean.
var booleanClass = class{
	"hashCode":     hashMethods(aBool, asIs),
	"booleanValue": is(func(_ *state, v any, _ []any) any { return v }),
	"compareTo":    compareMethod(),
	"compare":      compareStatic(aBool, asIs),
	"parseBoolean": is(parseBoolean, aString),
	"valueOf":      append(is(parseBoolean, aString), is(func(_ *state, _ any, args []any) any { return args[0] }, aBool)...),
	"logicalAnd":   is(func(_ *state, _ any, args []any) any { return args[0].(bool) && args[1].(bool) }, aBool, aBool),
	"logicalOr":    is(func(_ *state, _ any, args []any) any { return args[0].(bool) || args[1].(bool) }, aBool, aBool),
	"logicalXor":   is(func(_ *state, _ any, args []any) any { return args[0].(bool) != args[1].(bool) }, aBool, aBool),
	"toString":     append(is(printNumber), is(func(st *state, _ any, args []any) any { return st.text(args[0]) }, aBool)...),
}

func parseBoolean(_ *state, _ any, args []any) any {
	s, ok := args[0].(string)
	return ok && strings.EqualFold(s, "true")
}

// characterClass is java.lang.Character, whose static methods take characters
// and code points.
var characterClass = class{
	"charValue":       is(func(_ *state, v any, _ []any) any { return v }),
	"compareTo":       compareMethod(),
	"compare":         compareStatic(aChar, asIs),
	"hashCode":        hashMethods(aChar, asIs),
	"valueOf":         is(func(_ *state, _ any, args []any) any { return args[0] }, aChar),
	"toString":        overload(is(printNumber), characterText),
	"isDigit":         ofCharacter(func(r rune) any { return unicode.Is(unicode.Nd, r) }),
	"isLetter":        ofCharacter(func(r rune) any { return unicode.IsLetter(r) }),
	"isLetterOrDigit": ofCharacter(func(r rune) any { return unicode.IsLetter(r) || unicode.Is(unicode.Nd, r) }),
	"isUpperCase":     ofCharacter(func(r rune) any { return unicode.IsUpper(r) }),
	"isLowerCase":     ofCharacter(func(r rune) any { return unicode.IsLower(r) }),
	"isWhitespace":    ofCharacter(func(r rune) any { return isJavaSpace(r) }),
	"toUpperCase":     toCharacter(unicode.ToUpper),
	"toLowerCase":     toCharacter(unicode.ToLower),
	"getNumericValue": is(getNumericValue, aChar),
}

// characterText is Character.toString(c).
var characterText = overload(
	is(func(_ *state, _ any, args []any) any { return codePoint(args[0]) }, aChar),
	is(func(st *state, _ any, args []any) any {
		if n := args[0].(int32); n < 0 || n > unicode.MaxRune {
			st.throw("IllegalArgumentException", fmt.Sprintf("Not a valid Unicode code point: 0x%X", uint32(n)))
		}
		return codePoint(args[0])
	}, anInt))

// ofCharacter makes a method of a question about a character.
func ofCharacter(f func(rune) any) []method {
	call := func(st *state, _ any, args []any) any {
		if n, ok := args[0].(int32); ok {
			if n < 0 || n > unicode.MaxRune {
				return f(unicode.MaxRune)
			}
			return f(n)
		}
		return f(rune(args[0].(Char)))
	}
	return overload(is(call, aChar), is(call, anInt))
}

// toCharacter makes a method that returns what it takes: a char or an int.
func toCharacter(f func(rune) rune) []method {
	return overload(
		is(func(_ *state, _ any, args []any) any { return Char(f(rune(args[0].(Char)))) }, aChar),
		is(func(_ *state, _ any, args []any) any { return f(args[0].(int32)) }, anInt))
}

func getNumericValue(_ *state, _ any, args []any) any {
	if n, err := strconv.ParseUint(codePoint(args[0]), 36, 32); err == nil {
		return int32(n)
	}
	return int32(-1)
}

func printNumber(st *state, v any, _ []any) any { return st.text(v) }

func printInteger(_ *state, _ any, args []any) any {
	radix := 10
	if len(args) > 1 {
		radix = radixOf(args[1])
	}
	return strconv.FormatInt(longValue(args[0]), radix)
}

// radixOf returns a radix; Java takes 10 for what is none.
func radixOf(v any) int {
	if r := int(v.(int32)); r >= 2 && r <= 36 {
		return r
	}
	return 10
}

// parseMethods are parseInt and parseLong, with and without a radix.
func parseMethods(bits int) []method {
	parse := func(st *state, _ any, args []any) any {
		s, _ := args[0].(string)
		radix := 10
		if len(args) > 1 {
			radix = int(args[1].(int32))
		}
		n, err := int64(0), strconv.ErrRange
		if radix >= 2 && radix <= 36 && !strings.Contains(s, "_") {
			n, err = strconv.ParseInt(s, radix, bits)
		}
		if err != nil {
			st.throw("NumberFormatException", "For input string: "+strconv.Quote(s))
		}
		if bits == 32 {
			return boxInt(int(n))
		}
		return n
	}
	return append(is(parse, aString), is(parse, aString, anInt)...)
}

// parseDouble is Double.parseDouble: blanks around and a final d or f are
// allowed.
func parseDouble(st *state, _ any, args []any) any {
	st.notNull(args)
	s := strings.TrimFunc(args[0].(string), func(r rune) bool { return r <= ' ' })
	trimmed := s
	if n := len(s); n > 1 && strings.IndexByte("dDfF", s[n-1]) >= 0 && (isDigit(s[n-2]) || s[n-2] == '.') && !isHexFloat(s) {
		trimmed = s[:n-1]
	}
	f, err := strconv.ParseFloat(trimmed, 64)
	word := strings.TrimLeft(trimmed, "+-")
	if err != nil && !isRange(err) || strings.Contains(s, "_") ||
		word != "" && isLetter(word[0]) && word != "NaN" && word != "Infinity" {
		st.throw("NumberFormatException", "For input string: "+strconv.Quote(s))
	}
	return f
}

func isHexFloat(s string) bool { return strings.ContainsAny(s, "xX") }

func isRange(err error) bool {
	e, ok := err.(*strconv.NumError)
	return ok && e.Err == strconv.ErrRange
}
