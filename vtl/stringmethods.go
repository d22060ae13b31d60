package vtl

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// stringOf wraps a function of a string as a method.
func stringOf(f func(st *state, s string, args []any) any, params ...param) []method {
	return is(func(st *state, v any, args []any) any { return f(st, v.(string), args) }, params...)
}

// stringClass is java.lang.String. Indexes and lengths count UTF-16 units.
var stringClass = class{
	"length":  stringOf(func(_ *state, s string, _ []any) any { return boxInt(utf16Len(s)) }),
	"isEmpty": stringOf(func(_ *state, s string, _ []any) any { return s == "" }),
	"isBlank": stringOf(func(_ *state, s string, _ []any) any { return strings.TrimFunc(s, isJavaSpace) == "" }),
	"charAt":  stringOf(charAt, anInt),
	"codePointAt": stringOf(func(st *state, s string, args []any) any {
		charAt(st, s, args)
		units := toUTF16(s)[args[0].(int32):]
		r, _ := utf8.DecodeRuneInString(fromUTF16(units[:min(2, len(units))]))
		if u, lone := loneSurrogate(fromUTF16(units[:1])); lone && r == utf8.RuneError {
			return int32(u)
		}
		return int32(r)
	}, anInt),
	"substring": overload(
		stringOf(func(st *state, s string, args []any) any {
			return st.substring(s, int(args[0].(int32)), utf16Len(s))
		}, anInt),
		stringOf(substring, anInt, anInt)),
	"subSequence": stringOf(substring, anInt, anInt),
	"indexOf": overload(
		stringOf(func(st *state, s string, args []any) any {
			st.notNull(args)
			st.charge(len(s) / 64)
			return boxInt(utf16Index(s, strings.Index(s, args[0].(string))))
		}, aString),
		stringOf(func(st *state, s string, args []any) any {
			return boxInt(utf16Index(s, strings.Index(s, codePoint(args[0]))))
		}, anInt),
		stringOf(func(st *state, s string, args []any) any {
			st.notNull(args)
			return st.indexFrom(s, args[0].(string), int(args[1].(int32)))
		}, aString, anInt),
		stringOf(func(st *state, s string, args []any) any {
			return st.indexFrom(s, codePoint(args[0]), int(args[1].(int32)))
		}, anInt, anInt)),
	"lastIndexOf": overload(
		stringOf(func(st *state, s string, args []any) any {
			st.notNull(args)
			st.charge(len(s) / 64)
			return boxInt(utf16Index(s, strings.LastIndex(s, args[0].(string))))
		}, aString),
		stringOf(func(st *state, s string, args []any) any {
			return boxInt(utf16Index(s, strings.LastIndex(s, codePoint(args[0]))))
		}, anInt),
		stringOf(func(st *state, s string, args []any) any {
			st.notNull(args)
			part := args[0].(string)
			to := min(int(args[1].(int32)), utf16Len(s)-utf16Len(part))
			if to < 0 {
				return boxInt(-1)
			}
			end, _ := byteOffset(s, to+utf16Len(part))
			return boxInt(utf16Index(s, strings.LastIndex(s[:end], part)))
		}, aString, anInt),
		stringOf(func(_ *state, s string, args []any) any {
			end, _ := byteOffset(s, int(args[1].(int32))+1)
			return boxInt(utf16Index(s, strings.LastIndex(s[:end], codePoint(args[0]))))
		}, anInt, anInt)),
	"contains":         stringTest(strings.Contains),
	"endsWith":         stringTest(strings.HasSuffix),
	"equalsIgnoreCase": stringOf(equalsIgnoreCase, aString),
	"contentEquals":    stringTest(func(s, t string) bool { return s == t }),
	"startsWith": overload(stringTest(strings.HasPrefix), stringOf(func(st *state, s string, args []any) any {
		at := int(args[1].(int32))
		if at < 0 {
			return false
		}
		st.notNull(args)
		if at > utf16Len(s) {
			return false
		}
		return strings.HasPrefix(utf16Slice(s, at, utf16Len(s)), args[0].(string))
	}, aString, anInt)),
	"regionMatches": overload(
		stringOf(func(st *state, s string, args []any) any {
			return st.regionMatches(false, s, args)
		}, anInt, aString, anInt, anInt),
		stringOf(func(st *state, s string, args []any) any {
			return st.regionMatches(args[0].(bool), s, args[1:])
		}, aBool, anInt, aString, anInt, anInt)),
	"compareTo": compareMethod(),
	"compare": stringOf(func(st *state, _ string, args []any) any { // CharSequence.compare
		st.notNull(args)
		return compareStrings(args[0].(string), args[1].(string))
	}, aString, aString),
	"compareToIgnoreCase": stringOf(func(st *state, s string, args []any) any {
		st.notNull(args)
		return compareStrings(foldCase(s), foldCase(args[0].(string)))
	}, aString),
	"toLowerCase": stringOf(func(st *state, s string, _ []any) any { return st.counted(strings.ToLower(s)) }),
	"toUpperCase": stringOf(func(st *state, s string, _ []any) any { return st.counted(toUpperCase(s)) }),
	"trim": stringOf(func(_ *state, s string, _ []any) any {
		return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	}),
	"strip":         stringOf(func(_ *state, s string, _ []any) any { return strings.TrimFunc(s, isJavaSpace) }),
	"stripLeading":  stringOf(func(_ *state, s string, _ []any) any { return strings.TrimLeftFunc(s, isJavaSpace) }),
	"stripTrailing": stringOf(func(_ *state, s string, _ []any) any { return strings.TrimRightFunc(s, isJavaSpace) }),
	"intern":        stringOf(func(_ *state, s string, _ []any) any { return s }),
	"concat": stringOf(func(st *state, s string, args []any) any {
		st.notNull(args)
		return st.join(s, args[0].(string))
	}, aString),
	"repeat": stringOf(func(st *state, s string, args []any) any {
		n := int(args[0].(int32))
		if n < 0 {
			st.throw("IllegalArgumentException", fmt.Sprintf("count is negative: %d", n))
		}
		if len(s) > 0 && n > st.size/len(s) {
			st.fail(ErrMemory)
		}
		st.allocate(16 + n*len(s))
		return strings.Repeat(s, n)
	}, anInt),
	"replace": overload(
		stringOf(func(st *state, s string, args []any) any {
			st.notNull(args)
			return st.replace(s, args[0].(string), args[1].(string))
		}, aString, aString),
		stringOf(func(st *state, s string, args []any) any {
			return st.replace(s, codePoint(args[0]), codePoint(args[1]))
		}, aChar, aChar)),
	"replaceAll": stringOf(func(st *state, s string, args []any) any {
		return st.replacePattern(s, args, -1)
	}, aString, aString),
	"replaceFirst": stringOf(func(st *state, s string, args []any) any {
		return st.replacePattern(s, args, 1)
	}, aString, aString),
	"matches": stringOf(func(st *state, s string, args []any) any {
		st.notNull(args)
		m, err := st.pattern(args[0].(string), true).FindSubmatchIndex(s, 0)
		st.checkPattern(s, err)
		return m != nil
	}, aString),
	"split": overload(
		stringOf(func(st *state, s string, args []any) any {
			st.notNull(args)
			return st.split(s, args[0].(string), 0)
		}, aString),
		stringOf(func(st *state, s string, args []any) any {
			st.notNull(args)
			return st.split(s, args[0].(string), int(args[1].(int32)))
		}, aString, anInt)),
	"toCharArray": stringOf(func(st *state, s string, _ []any) any {
		st.allocate(itemBytes * len(s))
		st.charge(len(s))
		l := &List{kind: charArray}
		for _, u := range toUTF16(s) {
			l.items = append(l.items, Char(u))
		}
		return l
	}),
	"getBytes": overload(stringOf(getBytes), stringOf(getBytes, aString)),
	"format": {
		{params: []param{onlyNull, aString, anyObject}, variadic: true, call: func(st *state, _ any, args []any) any {
			st.notNull(args[1:2]) // the null passes for a Locale
			return st.format(args[1].(string), args[2:])
		}},
		{params: []param{aString, anArray}, call: func(st *state, _ any, args []any) any {
			st.notNull(args[:1])
			if args[1] == nil {
				return st.format(args[0].(string), nil)
			}
			return st.format(args[0].(string), args[1].(*List).items)
		}},
		{params: []param{aString, anyObject}, variadic: true, call: func(st *state, _ any, args []any) any {
			st.notNull(args[:1])
			return st.format(args[0].(string), args[1:])
		}},
	},
	"valueOf": overload(
		stringOf(func(st *state, _ string, args []any) any { return st.text(args[0]) }, anyObject),
		[]method{{params: []param{aChar}, variadic: true, call: func(st *state, _ any, args []any) any {
			return charsToString(st, "", []any{&List{items: args}})
		}}}),
	"copyValueOf": stringOf(charsToString, anArray),
	"join": {
		{params: []param{aString, onlyNull}, call: func(*state, any, []any) any { return nil }}, // fits two, so neither
		{params: []param{aString, aList}, call: func(st *state, _ any, args []any) any {
			st.notNull(args)
			return st.joinAll(args[0].(string), st.elements(args[1]))
		}},
		{params: []param{aString, aString}, variadic: true, call: func(st *state, _ any, args []any) any {
			st.notNull(args[:1])
			return st.joinAll(args[0].(string), args[1:])
		}},
		{params: []param{aString, anArray}, call: func(st *state, _ any, args []any) any {
			st.notNull(args)
			return st.joinAll(args[0].(string), args[1].(*List).items)
		}},
	},
}

// stringTest makes a method of a function of two strings.
func stringTest(f func(s, t string) bool) []method {
	return stringOf(func(st *state, s string, args []any) any {
		st.notNull(args)
		st.charge(len(s) / 64)
		return f(s, args[0].(string))
	}, aString)
}

func (st *state) outOfBounds(format string, args ...any) {
	st.throw("StringIndexOutOfBoundsException", fmt.Sprintf(format, args...))
}

func charAt(st *state, s string, args []any) any {
	i := int(args[0].(int32))
	if i < 0 || i >= utf16Len(s) {
		st.outOfBounds("index %d, length %d", i, utf16Len(s))
	}
	if isASCII(s) {
		return Char(s[i])
	}
	return Char(toUTF16(s)[i])
}

func substring(st *state, s string, args []any) any {
	return st.substring(s, int(args[0].(int32)), int(args[1].(int32)))
}

func (st *state) substring(s string, from, to int) any {
	st.charge(len(s) / 64)
	if n := utf16Len(s); from < 0 || from > to || to > n {
		st.outOfBounds("begin %d, end %d, length %d", from, to, n)
	}
	return utf16Slice(s, from, to)
}

// codePoint returns a character or a code point as a string.
func codePoint(v any) string {
	if c, ok := v.(Char); ok {
		return string(appendChar(nil, c))
	}
	if n, ok := v.(int32); ok && n >= 0 && n <= 0xFFFF {
		return string(appendChar(nil, Char(n)))
	}
	return string(rune(v.(int32)))
}

func (st *state) indexFrom(s, part string, from int) any {
	st.charge(len(s) / 64)
	n := utf16Len(s)
	from = max(from, 0)
	if from > n {
		if part == "" {
			return boxInt(n)
		}
		return boxInt(-1)
	}
	at := utf16Index(utf16Slice(s, from, n), strings.Index(utf16Slice(s, from, n), part))
	if at < 0 {
		return boxInt(-1)
	}
	return boxInt(from + at)
}

func (st *state) regionMatches(ignoreCase bool, s string, args []any) any {
	st.notNull(args)
	t := args[1].(string)
	at, from, n := int(args[0].(int32)), int(args[2].(int32)), int(args[3].(int32))
	if at < 0 || from < 0 || at > utf16Len(s)-n || from > utf16Len(t)-n {
		return false
	}
	if n <= 0 {
		return true
	}
	a, b := utf16Slice(s, at, at+n), utf16Slice(t, from, from+n)
	return a == b || ignoreCase && foldCase(a) == foldCase(b)
}

func equalsIgnoreCase(_ *state, s string, args []any) any {
	t, ok := args[0].(string)
	return ok && foldCase(s) == foldCase(t)
}

// foldCase brings each character to upper, then to lower case, as Java does to
// compare without case.
func foldCase(s string) string {
	return strings.Map(func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }, s)
}

// toUpperCase is strings.ToUpper, with the one common character that Java makes
// two of.
func toUpperCase(s string) string {
	return strings.ReplaceAll(strings.ToUpper(s), "ß", "SS")
}

// compareStrings returns the difference of the first units that differ, or of
// the lengths.
func compareStrings(a, b string) any {
	x, y := toUTF16(a), toUTF16(b)
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return int32(x[i]) - int32(y[i])
		}
	}
	return int32(len(x) - len(y))
}

// isJavaSpace is Character.isWhitespace: no-break spaces are not.
func isJavaSpace(r rune) bool {
	switch r {
	case 0x1C, 0x1D, 0x1E, 0x1F:
		return true
	case 0x85, 0xA0, 0x2007, 0x202F:
		return false
	}
	return unicode.IsSpace(r)
}

func (st *state) replace(s, old, by string) string {
	st.charge(len(s) / 16)
	n := strings.Count(s, old)
	if n > 0 && len(by) > len(old) && n > (st.size-len(s))/(len(by)-len(old)) {
		st.fail(ErrMemory)
	}
	return st.counted(strings.ReplaceAll(s, old, by))
}

func getBytes(st *state, s string, _ []any) any {
	st.allocate(itemBytes * len(s))
	st.charge(len(s))
	l := &List{kind: byteArray}
	for i := range len(s) {
		l.items = append(l.items, int32(int8(s[i])))
	}
	return l
}

func charsToString(st *state, _ string, args []any) any {
	st.notNull(args)
	var b []byte
	for _, c := range args[0].(*List).items {
		b = st.appendValue(b, c)
	}
	return st.newString(b)
}

func (st *state) joinAll(separator string, parts []any) any {
	b := st.takeScratch()
	for i, p := range parts {
		if i > 0 {
			b = append(b, separator...)
		}
		st.charge(1)
		b = st.appendValue(b, p)
		st.checkSize(len(b))
	}
	st.scratch = b
	return st.newString(b)
}
