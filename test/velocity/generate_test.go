package velocity

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A generator writes random templates that are mostly right.
type generator struct {
	*rand.Rand
	depth int
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, seed))}
}

func (g *generator) pick(choices ...string) string { return choices[g.IntN(len(choices))] }

// template returns a template; every fourth is damaged somewhere.
func (g *generator) template() string {
	g.depth = 0
	s := g.block(1 + g.IntN(7))
	if g.IntN(4) == 0 {
		s = g.damage(s)
	}
	return s
}

// damage deletes, doubles, or inserts a few characters.
func (g *generator) damage(s string) string {
	for range 1 + g.IntN(2) {
		if s == "" {
			return s
		}
		at := g.IntN(len(s))
		switch g.IntN(3) {
		case 0:
			s = s[:at] + s[at+1:]
		case 1:
			s = s[:at] + s[at:at+1] + s[at:]
		default:
			s = s[:at] + g.pick("$", "#", "\\", "(", ")", "{", "}", "[", "]", "\"", "'", "!", ".", "#end", "##",
				"#*", "*#", "#[[", "]]#", " ", "\n", "\t", ",", "-", "1", "x", "..", "@") + s[at:]
		}
	}
	return strings.ToValidUTF8(s, "")
}

func (g *generator) block(n int) string {
	g.depth++
	defer func() { g.depth-- }()
	var b strings.Builder
	for range n {
		b.WriteString(g.statement())
	}
	return b.String()
}

func (g *generator) body() string {
	if g.depth > 3 {
		return g.text()
	}
	return g.block(1 + g.IntN(3))
}

func (g *generator) statement() string {
	if g.depth > 4 {
		return g.text()
	}
	switch g.IntN(24) {
	case 0, 1, 2, 3:
		return g.text()
	case 4, 5, 6, 7, 8:
		return g.printed()
	case 9, 10, 11:
		return g.set()
	case 12, 13:
		return g.ifStatement()
	case 14, 15:
		return g.foreach()
	case 16:
		return g.macro()
	case 17:
		return g.macroCall()
	case 18:
		return "#define($" + g.pick("d1", "d2", "x") + ")" + g.eol() + g.body() + "#end" + g.eol()
	case 19:
		return g.comment()
	case 20:
		return g.escape()
	case 21:
		return "#[[" + g.pick("raw $s #if", "a", " ] # ", "$x\n", "]]", "") + "]]#"
	case 22:
		return g.pick("#break", "#stop", "#break()", "#break($foreach)", "#foo", "#foo($s)", "#{foo}", "#foo(1 'a')",
			"#literal()$s#if#end", "#@foo()x#end", "$foreach.count", "$velocityCount", "#1", "#-", "# ")
	default:
		return g.space() + g.set()
	}
}

func (g *generator) space() string {
	return g.pick("", " ", "  ", "\t", "\n", "\n  ", " \n", "\r\n", "")
}
func (g *generator) eol() string { return g.pick("", "", "\n", " \n", " ", "\t\r\n", "\r") }

func (g *generator) text() string {
	return g.space() + g.pick("a", "b c", "{", "}", "\"k\": ", ",", "$", "#", "$5.00", "$$", "a#b", ".", "(", ")", "[0]",
		"!", "$!", "-x", "é😀", "\\", "\\\\", "x", "1", "$[", "*", "@", "&&", "'") + g.space()
}

func (g *generator) name() string {
	return g.pick("s", "e", "i", "d", "b", "f", "l", "nums", "m", "lm", "el", "em", "L", "B", "nl", "u", "undef",
		"x", "y", "z", "a", "s-x", "foreach", "velocityCount", "d1", "s", "l", "m", "x", "x", "i", "bodyContent")
}

// printed is a reference in text, of any spelling.
func (g *generator) printed() string {
	switch g.IntN(6) {
	case 0:
		return "$!" + g.name() + g.path()
	case 1:
		return "${" + g.name() + g.path() + "}"
	case 2:
		return "$!{" + g.name() + g.path() + "}"
	}
	return "$" + g.name() + g.path()
}

func (g *generator) path() string {
	switch g.IntN(8) {
	case 0, 1, 2:
		return ""
	case 3:
		return g.step() + g.step()
	}
	return g.step()
}

func (g *generator) step() string {
	switch g.IntN(6) {
	case 0, 1:
		return "." + g.pick("a", "b", "c", "k", "x", "zz", "key", "value", "empty", "size", "length", "index", "count",
			"hasNext", "first", "last", "parent", "Empty")
	case 2:
		return "[" + g.pick("0", "1", "-1", "-2", "$i", "'a'", "\"b\"", "\"$x\"", "$x", "9", " 0 ", "true", "$undef") + "]"
	}
	return "." + g.call()
}

// call is a method that prints the same on every JVM.
func (g *generator) call() string {
	switch g.IntN(12) {
	case 0, 1, 2:
		return g.pick("length", "size", "isEmpty", "toUpperCase", "toLowerCase", "trim", "toString", "hashCode", "keySet",
			"values", "entrySet", "intValue", "longValue", "doubleValue", "booleanValue", "getKey", "getValue", "clear",
			"abs", "negate", "signum", "isNaN", "hasNext", "next", "iterator", "getIndex", "byteValue", "shortValue") + "()"
	case 3, 4, 5:
		return g.pick("get", "contains", "equals", "containsKey", "containsValue", "remove", "add", "indexOf", "lastIndexOf",
			"substring", "charAt", "compareTo", "concat", "split", "startsWith", "endsWith", "equalsIgnoreCase", "valueOf",
			"addAll", "matches", "parseInt", "putAll", "containsAll", "removeAll", "retainAll", "compareToIgnoreCase",
			"toString", "length", "parseDouble", "repeat", "sort") + "(" + g.argument() + ")"
	case 6, 7:
		return g.pick("put", "substring", "replace", "replaceAll", "replaceFirst", "indexOf", "set", "add", "getOrDefault",
			"putIfAbsent", "subList", "remove", "startsWith", "split", "addAll", "lastIndexOf", "join", "format", "compare",
			"max", "min", "sum") + "(" + g.argument() + g.pick(", ", ",", " , ") + g.argument() + ")"
	case 8:
		return "format(" + g.pick(`"%s"`, `"%5s|%-5s"`, `"%d"`, `"%05d"`, `"%.2f"`, `"%,d"`, `"%x"`, `"%e"`, `"%10.3f"`, `"%b"`, `"%S"`, `"%g"`, `"%+d"`, `"%c"`, `"%%"`, `"%2$s %1$s"`, `"%h"`, `"%o"`, `"%q"`, `"%(d"`, `"%#x"`) +
			", " + g.argument() + g.pick("", ", "+g.argument()) + ")"
	case 9:
		return g.pick("replaceAll", "replaceFirst") + "(" + g.pattern() + ", " + g.pick(`"-"`, `"<$1>"`, `"[$0]"`, `""`, `"\$"`, `"a\\b"`, `"$"`) + ")"
	case 10:
		return g.pick("matches", "split") + "(" + g.pattern() + ")"
	}
	return "split(" + g.pick(`","`, `" "`, `""`, `"l"`, `"o"`) + g.pick("", ", 2", ", -1", ", 1") + ")" + g.pick("", ".size()", "[0]", ".get(1)", ".isEmpty()")
}

func (g *generator) pattern() string {
	return g.pick(`"l"`, `"[lo]"`, `"(o)"`, `"\s+"`, `"\w"`, `"\bW"`, `"^H"`, `"d$"`, `"x*"`, `"(l)(l)?"`, `"."`, `"[^a-z]"`,
		`"[a-z&&[^l]]"`, `"H.*d"`, `"\d+"`, `"("`, `"a|e|o"`, `"\p{Upper}"`, `"(?i)h"`, `"l{2}"`, `".*?o"`, `"\Ql\E"`, `"[[a-f]o]"`)
}

func (g *generator) argument() string {
	switch g.IntN(9) {
	case 0, 1:
		return g.pick("0", "1", "2", "5", "-1", "9", "2.5", "99999999999")
	case 2, 3:
		return g.pick(`"a"`, `"l"`, `"o"`, `"Hello"`, `'b'`, `""`, `"k"`, `"42"`, `"World"`, `"x"`)
	case 4, 5:
		return "$" + g.pick("i", "s", "l", "m", "x", "undef", "d", "e", "nums", "b", "u", "L")
	case 6:
		return g.pick("true", "false", "[]", "{}", "[1,2]", `{"a":1}`, "[1..3]", `["a", 'b']`)
	case 7:
		return g.stringLiteral()
	}
	return "$" + g.name() + g.path()
}

func (g *generator) stringLiteral() string {
	inside := strings.ReplaceAll(strings.ReplaceAll(g.pick("", "a", " ", "b#")+g.printed()+g.pick("", "!", "#if(true)y#end", " ## c", "#set($y = 2)", `\u0041`), `"`, `""`), "\n", " ")
	return `"` + inside + `"`
}

func (g *generator) set() string {
	target := "$" + g.pick("x", "y", "z", "a", "x", "y")
	if g.IntN(4) == 0 {
		target = "$" + g.pick("m", "l", "x", "m.c", "lm[0]", "nums") + g.pick(".a", ".q", "[0]", `["k"]`, "[-1]", "['a b']", "[$i]")
	}
	return g.pick("#set(", "#set( ", "#{set}(", "#set (") + target + g.pick(" = ", "=", " =") + g.expression(0) + ")" + g.eol()
}

func (g *generator) expression(depth int) string {
	if depth > 3 {
		return g.operand()
	}
	switch g.IntN(10) {
	case 0, 1:
		return g.expression(depth+1) + g.pick(" + ", " - ", " * ", " / ", " % ", "*", "+ ", "/") + g.expression(depth+1)
	case 2:
		return g.expression(depth+1) + g.pick(" == ", " != ", " < ", " > ", " <= ", " >= ", " eq ", " lt ", " ne ", " ge ", "==") + g.expression(depth+1)
	case 3:
		return g.expression(depth+1) + g.pick(" && ", " || ", " and ", " or ", "&&") + g.expression(depth+1)
	case 4:
		return g.pick("!", "not ", "! ") + g.operand()
	case 5:
		return "(" + g.expression(depth+1) + ")"
	}
	return g.operand()
}

func (g *generator) operand() string {
	switch g.IntN(6) {
	case 0:
		return g.pick("1", "-3", "2.5", "7", "0", "1e3", "2147483647", "9223372036854775807", "12345678901234567890", "010", "-.5", "5.", "100.0", "1.0E10")
	case 1:
		return g.pick(`"a"`, `'b $s'`, `""`, `"x ""q"" y"`, "true", "false", `"5"`, `"true"`, `'it''s'`, `"$s"`, `"${i}px"`)
	case 2:
		return g.pick("[]", "{}", "[1..3]", "[$i..2]", `["a", "b", "c"]`, `{"a":1, "b" : [1, $s]}`, `{$s:$i}`, "[1, 2.5, true]", "[ 1 ]", "{ }", "[[1],[2..3]]", "[$undef..3]", "[$d..$i]")
	case 3:
		return g.stringLiteral()
	}
	return "$" + g.pick("", "", "!") + g.name() + g.path()
}

func (g *generator) ifStatement() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s)%s%s", g.pick("#if(", "#if (", "#{if}(", "#if( "), g.expression(1), g.eol(), g.body())
	if g.IntN(3) == 0 {
		fmt.Fprintf(&b, "#elseif(%s)%s%s", g.expression(1), g.eol(), g.body())
	}
	if g.IntN(2) == 0 {
		fmt.Fprintf(&b, "%s%s%s", g.pick("#else", "#{else}"), g.pick("\n", " ", "\n", " \n"), g.body())
	}
	return b.String() + g.space() + g.pick("#end", "#{end}") + g.eol()
}

func (g *generator) foreach() string {
	in := g.pick("$l", "$m", "$nums", "[1..3]", "$m.entrySet()", "$m.keySet()", "$undef", "$s", `{"a":1,"b":2}`, "$lm", "$nl", "$x", "$el", "[3..1]", `["p", $s]`, "$l.iterator()", `$s.split("o")`, "$m.values()")
	body := g.body()
	if g.IntN(3) == 0 {
		body += g.pick("$foreach.count", "$x", "$x.key=$x.value;", "#if($foreach.hasNext),#end", "$velocityCount", "#break", "$foreach.parent.index", "$foreach.last", "$y.k", "#set($x = 9)", "#stop")
	}
	return "#foreach(" + g.pick("", " ") + "$" + g.pick("x", "y", "x", "s") + " in " + in + g.pick("", " ") + ")" + g.eol() + body + "#end" + g.eol()
}

func (g *generator) macro() string {
	return "#macro(" + g.pick("m1", "m2", "m3") + g.pick("", " $a", " $a $b", " $a, $b", " $x") + ")" + g.eol() + g.body() +
		g.pick("", "$a", "$!bodyContent", "[$a|$b]", "$x") + "#end" + g.eol()
}

func (g *generator) macroCall() string {
	args := g.pick("", g.argument(), g.argument()+" "+g.argument(), g.argument()+", "+g.argument(), "$x", " $s ", "foo")
	name := g.pick("m1", "m2", "m3")
	switch g.IntN(5) {
	case 0:
		return "#@" + name + "(" + args + ")" + g.eol() + g.body() + "#end" + g.eol()
	case 1:
		return "#" + name + g.eol()
	}
	return "#" + name + "(" + args + ")" + g.eol()
}

func (g *generator) comment() string {
	return g.pick("## line\n", "##\n", "#* block *#", "#** doc *#", "#* a\nb *#", "## $x #if\n", "#* ## *#", "#* $s *#", "#**#", "## a ## b\n", "#* # *#")
}

func (g *generator) escape() string {
	return g.pick(`\`, `\\`, `\\\`, `\\\\`) + g.pick("$s", "$undef", "$!s", "${s}", "#if", "#set($x = 1)", "#foo", "#if(true)x#end", "$\\!s", "#m1", "#end", "!", "#foreach($x in $l)$x#end", "$!undef", "$!{x}", "#{if}(true)x#end")
}

// formats are calls of String.format with all flags and conversions.
func formats() []string {
	var all []string
	for _, conversion := range strings.Split("d x X o f e E g s S b c h n %", " ") {
		for _, flags := range []string{"", "-", "0", "+", " ", "(", ",", "#", "0,", "+(", "-#", "0(", "- "} {
			for _, size := range []string{"", "3", "12", ".0", ".3", "12.2", "8.10"} {
				spec := "%" + flags + size + conversion
				for _, value := range []string{"$i", "$d", "-42", "$L", "$B", "-0.05", "123456.789", "1.0E10", "$s", "$b", "$undef", "0", "0.0", "1e-10", "$l", "2.5", "0.125"} {
					all = append(all, fmt.Sprintf(`$s.format("[%s]", %s)`, spec, value))
				}
			}
		}
	}
	return all
}

// calls are each method with each of some arguments on each kind of value.
func calls() []string {
	var all []string
	arguments := []string{"0", "-1", "3", `"l"`, `""`, "$L", "$d", "true", "$undef", "$l", "$m", "$B", `"é"`, `$s.charAt(1)`}
	methods := strings.Fields(`length isEmpty isBlank charAt codePointAt substring subSequence indexOf lastIndexOf contains
		endsWith equalsIgnoreCase contentEquals startsWith compareTo compareToIgnoreCase toLowerCase toUpperCase trim strip
		stripLeading stripTrailing intern concat repeat replace matches split valueOf size get set add remove addAll containsAll
		removeAll retainAll clear toString hashCode equals put putIfAbsent getOrDefault containsKey containsValue keySet values
		intValue longValue shortValue byteValue doubleValue compare parseInt parseLong parseDouble toBinaryString
		toOctalString max min sum signum isNaN isInfinite negate abs multiply divide mod subtract bitLength scale booleanValue
		parseBoolean logicalXor charValue isDigit isLetter getKey getValue setValue hasNext next subList putAll`)
	for _, value := range []string{"$s", "$e", "$u", "$l", "$m", "$i", "$L", "$B", "$d", "$b", "$s.charAt(4)", "$nl", "$m.keySet()", "$m.values()", `$s.split("o")`, "$m.entrySet().iterator().next()", "$nums"} {
		for _, method := range methods {
			all = append(all, fmt.Sprintf("#set($x = %s)$x.%s()|$x", value, method))
			for _, a := range arguments {
				all = append(all, fmt.Sprintf("#set($x = %s)$x.%s(%s)|$x", value, method, a))
			}
		}
		for _, method := range strings.Fields("substring indexOf lastIndexOf replace split startsWith subSequence set add put remove getOrDefault putIfAbsent subList replaceAll compare max min sum toString valueOf parseInt addAll format join") {
			for _, a := range arguments {
				for _, b := range arguments {
					all = append(all, fmt.Sprintf("#set($x = %s)$x.%s(%s, %s)|$x", value, method, a, b))
				}
			}
		}
	}
	return all
}
