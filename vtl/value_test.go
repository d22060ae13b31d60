package vtl

import (
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
)

func TestDoubles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		f    float64
		want string
	}{
		{0, "0.0"}, {math.Copysign(0, -1), "-0.0"}, {1, "1.0"}, {-1.5, "-1.5"}, {0.1, "0.1"}, {100, "100.0"},
		{1e-3, "0.001"}, {9.99e-4, "9.99E-4"}, {1e7, "1.0E7"}, {9999999, "9999999.0"}, {12345678.9, "1.23456789E7"},
		{1e23, "1.0E23"}, {2e23, "2.0E23"}, {1e100, "1.0E100"}, {math.MaxFloat64, "1.7976931348623157E308"},
		{4.9e-324, "4.9E-324"}, {2.2250738585072014e-308, "2.2250738585072014E-308"}, {1e-5, "1.0E-5"},
		{math.Inf(1), "Infinity"}, {math.Inf(-1), "-Infinity"}, {math.NaN(), "NaN"}, {0.30000000000000004, "0.30000000000000004"},
	} {
		if got := string(appendDouble(nil, c.f)); got != c.want {
			t.Errorf("%g prints as %q, want %q", c.f, got, c.want)
		}
	}
}

func TestDecimals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"1.0", "1.0"}, {"1.50", "1.50"}, {"1E+20", "1E+20"}, {"1e20", "1E+20"}, {"1.5e3", "1.5E+3"}, {"1.5e1", "15"},
		{"-0.0", "0.0"}, {"0.000001", "0.000001"}, {"0.0000001", "1E-7"}, {"1e-7", "1E-7"}, {"12.5e-3", "0.0125"},
		{"1e999999999999", "1e999999999999"}, {"-2.50E-3", "-0.00250"},
	} {
		v, err := ParseJSON([]byte(c.text))
		d, ok := v.(Decimal)
		if err != nil || !ok {
			t.Fatalf("%s: %#v, %v", c.text, v, err)
		}
		if got := d.String(); got != c.want || d.Text() != c.text {
			t.Errorf("%s prints as %q, want %q", c.text, got, c.want)
		}
	}
}

func TestParseJSON(t *testing.T) {
	t.Parallel()
	huge, _ := new(big.Int).SetString("12345678901234567890", 10)
	for _, c := range []struct {
		source, written string
		want            any
	}{
		{`5`, `5`, int32(5)},
		{`-2147483649`, `-2147483649`, int64(-2147483649)},
		{`12345678901234567890`, `12345678901234567890`, huge},
		{`1.50`, `1.50`, Decimal{"1.50"}},
		{` "a\u00e9\ud83d\ude00\n\/" `, `"aé😀\n/"`, "aé😀\n/"},
		{`"\ud800x"`, `"\ud800x"`, "\xed\xa0\x80x"},
		{"\"\xff\"", `"�"`, "�"},
		{`true`, `true`, true},
		{`null`, `null`, nil},
		{`[1, "x", []]`, `[1,"x",[]]`, NewJSONList(int32(1), "x", &List{kind: jsonArray})},
		{`"` + "\x7f\u2028" + `"`, `"` + "\x7f\u2028" + `"`, "\x7f\u2028"},
	} {
		v, err := ParseJSON([]byte(c.source))
		if err != nil || !reflect.DeepEqual(v, c.want) {
			t.Errorf("%s: %#v, %v, want %#v", c.source, v, err, c.want)
		}
		if got := string(AppendJSON(nil, v)); got != c.written {
			t.Errorf("%s: written as %s, want %s", c.source, got, c.written)
		}
	}
	for _, source := range []string{
		``, ` `, `{`, `[`, `[1,]`, `{"a"}`, `{"a":1,}`, `{a:1}`, `01`, `1.`, `.5`, `+1`, `1e`, `--1`, `tru`, `"a`, `"\x"`,
		`"\u12"`, "\"\n\"", `1 2`, `[1 2]`, `'a'`, `NaN`, strings.Repeat("[", MaxJSONDepth+1) + strings.Repeat("]", MaxJSONDepth+1),
	} {
		if v, err := ParseJSON([]byte(source)); err == nil {
			t.Errorf("%.20q: %#v", source, v)
		}
	}
	deep := strings.Repeat("[", MaxJSONDepth) + strings.Repeat("]", MaxJSONDepth)
	if v, err := ParseJSON([]byte(deep)); err != nil || string(AppendJSON(nil, v)) != deep {
		t.Errorf("%d levels: %v", MaxJSONDepth, err)
	}
}

func TestMap(t *testing.T) {
	t.Parallel()
	m := NewMap()
	for i := range 100 {
		m.Put(string(rune('a'+i%50)), i)
	}
	if m.Len() != 50 {
		t.Fatalf("%d keys", m.Len())
	}
	for i := 0; i < 50; i += 2 {
		m.Remove(string(rune('a' + i)))
	}
	for i := range m.Len() {
		key, value := m.At(i)
		want := string(rune('a' + 2*i + 1))
		if got, ok := m.Get(key); key != want || value != 2*i+51 || !ok || got != value {
			t.Errorf("entry %d is %q: %v, Get %v", i, key, value, got)
		}
	}
	if _, ok := m.Get("a"); ok {
		t.Error("a is still there")
	}
}

func TestFromGo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want any }{
		{5, int32(5)}, {1 << 40, int64(1 << 40)}, {uint64(math.MaxUint64), new(big.Int).SetUint64(math.MaxUint64)},
		{uint8(7), int32(7)}, {float32(0.5), 0.5}, {[]byte("x"), "x"}, {[]string{"a"}, NewList("a")},
		{[]any{1, []any{}}, NewList(int32(1), NewList())}, {nil, nil},
	} {
		if got := FromGo(c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%#v became %#v, want %#v", c.in, got, c.want)
		}
	}
	if got := run(`$m $m.keySet()`, Velocity, Vars{"m": map[string]any{"b": []int{}, "a": map[string]string{"x": "y"}}}); !strings.HasPrefix(got, "{a={x=y}, b=") {
		t.Errorf("printed %q", got)
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, s string
		want       []int
	}{
		{`[a-z&&[^bc]]+`, "bcad", []int{2, 4}}, {`[[a-c][x-z]]+`, "dxyz", []int{1, 4}}, {`\Qa.b\E`, "axb a.b", []int{4, 7}},
		{`\p{Alpha}+`, "1ab", []int{1, 3}}, {`\p{IsAlphabetic}+`, "1é", []int{1, 3}}, {`\P{L}`, "ab1", []int{2, 3}},
		{`\u0041\x42\0103`, "ABC", []int{0, 3}}, {`.`, "\n\ra", []int{2, 3}}, {`(?s).`, "\n", []int{0, 1}},
		{`\s`, "a\x0b", []int{1, 2}}, {`\h`, "a\u00a0", []int{1, 3}}, {`\R`, "a\r\n", []int{1, 3}}, {`[\s\d]+`, "a 1", []int{1, 3}},
		{`(?i)É`, "é", []int{0, 2}}, {`[^\]\\]`, `]\a`, []int{2, 3}}, {`[a\-z]+`, "b-a", []int{1, 3}}, {`(?<n>a)`, "ba", []int{1, 2, 1, 2}},
		{`\x{1F600}`, "😀", []int{0, 4}}, {`a{2,}`, "baaa", []int{1, 4}}, {`(?s:a.)b.`, "a\nb\n", nil}, {`\cA`, "\x01", []int{0, 1}},
	} {
		re, err := CompileRE2(c.pattern, false)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got, _ := re.FindSubmatchIndex(c.s, 0); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s in %q: %v, want %v", c.pattern, c.s, got, c.want)
		}
	}
	for _, pattern := range []string{`(?=a)`, `(?!a)`, `(?<=a)`, `(?>a)`, `a*+`, `(a)\1`, `\k<n>`, `[a`, `(a`, `a{x}`, `*a`, `\y`, `\p{Nope}`, `[b-a]`, `\`, `(?x)a`, `a{2000}`} {
		if _, err := CompileRE2(pattern, false); err == nil || !strings.Contains(err.Error(), "regular expression") {
			t.Errorf("%s: error %v", pattern, err)
		}
	}
}

// TestPatternsFromTheMiddle shows that what is before a match counts.
func TestPatternsFromTheMiddle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ template, want string }{
		{`$s.replaceAll("^.", "_")`, "_ello World"},
		{`$s.replaceAll("\b", "|")`, "|Hello| |World|"},
		{`$s.replaceAll("\B.", "_")`, "H____ W____"},
		{`$s.replaceAll("(?m)^", ">")`, ">Hello World"},
		{`$s.replaceAll("x*", "-")`, "-H-e-l-l-o- -W-o-r-l-d-"},
		{`$s.replaceAll("l*", "-")`, "-H-e--o- -W-o-r--d-"},
		{`$s.replaceAll("o|$", "0")`, "Hell0 W0rld0"},
		{`$s.replaceAll("(?<a>H)(e)", "${a}$2$1")`, "HeHllo World"},
	} {
		if got := run(c.template, Velocity, newVariables(t)); got != c.want {
			t.Errorf("%s printed %q, want %q", c.template, got, c.want)
		}
	}
}

// TestOwnRegexp plugs in another engine, as callers do who want look-arounds.
func TestOwnRegexp(t *testing.T) {
	t.Parallel()
	var asked []string
	compile := func(pattern string, whole bool) (Regexp, error) {
		asked = append(asked, pattern)
		return CompileRE2("o", whole)
	}
	p, err := Parse(`$s.replaceAll("(?=o)o", "0") $s.replaceAll("(?=o)o", "1")`, Options{Regexp: compile})
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Append(t.Context(), nil, newVariables(t), Limits{})
	if got := string(out); err != nil || got != "Hell0 W0rld Hell1 W1rld" || len(asked) != 1 {
		t.Errorf("%q, %v, asked for %q", got, err, asked)
	}
}

func TestErrorsSayWhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ template, want string }{
		{"é\n  #set($x = )", `t, line 2, column 13, at ")": unexpected ")"`},
		{"a\n $s.substring(99)", `t, line 2, column 5, at "substring(99)": StringIndexOutOfBoundsException: begin 99, end 11, length 11`},
		{`#set($x = "a $s.substring(99)")`, `t, line 1, column 17, at "substring(99)\")": StringIndexOutOfBoundsException: begin 99, end 11, length 11`},
	} {
		p, err := Parse(c.template, Options{Name: "t"})
		if err == nil {
			_, err = p.Append(t.Context(), nil, newVariables(t), Limits{})
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%q: error %v, want %v", c.template, err, c.want)
		}
	}
}

// TestConcurrentRuns has goroutines share a program, for the race detector.
func TestConcurrentRuns(t *testing.T) {
	t.Parallel()
	p, err := Parse(`#macro(m $a)$a.replaceAll("[lo]", "_")#end#foreach($x in $l)#m($s)$x $foreach.count #end`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan string)
	const runs = 8
	for range runs {
		vars := newVariables(t)
		go func() {
			out, _ := p.Append(t.Context(), nil, vars, Limits{})
			done <- string(out)
		}()
	}
	for range runs {
		if got := <-done; got != "He___ W_r_da 1 He___ W_r_db 2 He___ W_r_dc 3 " {
			t.Errorf("printed %q", got)
		}
	}
}

func TestAppendText(t *testing.T) {
	t.Parallel()
	m := NewMap()
	m.Put("a", NewJSONList(1.5, "x", nil))
	for _, c := range []struct {
		v    any
		want string
	}{
		{nil, "null"}, {true, "true"}, {5, "5"}, {1e10, "1.0E10"}, {m, `{a=[1.5,"x",null]}`}, {NewList("a", m), `[a, {a=[1.5,"x",null]}]`},
	} {
		if got := string(AppendText([]byte("> "), c.v)); got != "> "+c.want {
			t.Errorf("%#v printed %q, want %q", c.v, got, c.want)
		}
	}
	itself := NewJSONList()
	itself.Append(itself)
	if got := string(AppendJSON([]byte("> "), itself)); got != "> null" {
		t.Errorf("a list in itself is written as %q", got)
	}
}
