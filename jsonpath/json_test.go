package jsonpath

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{` { "b" : [ 1.0 , -0 , 1E+20 ] , "a" : { } , "c" : [ ] } `, `{"b":[1.0,-0,1E+20],"a":{},"c":[]}`},
		{`"é\u00e9\n\"\\\/\b\f\r\t\u0001"`, "\"éé\\n\\\"\\\\/\\b\\f\\r\\t\\u0001\""},
		{`"\ud83d\ude00 \ud83d \ude00x"`, `"😀 ` + "\uFFFD \uFFFD" + `x"`},
		{"\"\xff\"", "\"\uFFFD\""},
		{`{"a":1,"a":2}`, `{"a":2}`},
		{`null`, `null`}, {`true`, `true`}, {`false`, `false`}, {`12345678901234567890123`, `12345678901234567890123`},
	} {
		if got := encode(t, decode(t, c.in)); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in  string
		pos int
		msg string
	}{
		{``, 0, `unexpected end`},
		{`{"a":}`, 5, `expected a value`},
		{`{'a':1}`, 1, `expected a member name in quotes`},
		{`{"a" 1}`, 5, `expected ':'`},
		{`{"a":1,}`, 7, `expected a member name in quotes`},
		{`[1 2]`, 3, `expected ',' or ']'`},
		{`[1,]`, 3, `expected a value`},
		{`[1`, 2, `expected ',' or ']'`},
		{`nul`, 0, `expected a value`},
		{`nullx`, 0, `expected a value`},
		{`1 2`, 2, `unexpected text after the value`},
		{`-`, 0, `malformed number`},
		{`01`, 1, `unexpected text after the value`},
		{`1.`, 0, `malformed number`},
		{`1e`, 0, `malformed number`},
		{`"a`, 2, `string without its closing quote`},
		{`"\n`, 3, `string without its closing quote`},
		{"\"\n\"", 1, `control character in a string`},
		{"\"\\n\n\"", 3, `control character in a string`},
		{`"\x"`, 1, `unknown escape`},
		{`"\u12"`, 1, `\u without four hexadecimal digits`},
		{`'a'`, 0, `expected a value`},
		{strings.Repeat("[", 2000), 1000, `nested too deeply`},
	} {
		_, err := Decode([]byte(c.in))
		var got *DecodeError
		if !errors.As(err, &got) || *got != (DecodeError{c.pos, c.msg}) {
			t.Errorf("Decode(%.20q): %v, want %s at position %d", c.in, err, c.msg, c.pos)
		}
	}
}

func TestAppendJSONErrors(t *testing.T) {
	t.Parallel()
	loop := []any{nil}
	loop[0] = loop
	for _, v := range []any{math.NaN(), math.Inf(1), struct{}{}, []any{make(chan int)}, map[string]any{"f": func() {}}, json.Number("abc"), json.Number(""), loop} {
		if text, err := AppendJSON(nil, v); err == nil {
			t.Errorf("%T: %s", v, text)
		}
	}
}

func TestDoubleText(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]string{
		0: "0.0", 1: "1.0", -1.5: "-1.5", 100: "100.0", 9999999: "9999999.0", 1e7: "1.0E7", 12345678.9: "1.23456789E7",
		0.001: "0.001", 0.0001: "1.0E-4", 1e-10: "1.0E-10", 1.25e300: "1.25E300", math.Copysign(0, -1): "-0.0",
		math.MaxFloat64: "1.7976931348623157E308", 2.5e-5: "2.5E-5",
	} {
		if got := doubleText(f); got != want {
			t.Errorf("%g: %s, want %s", f, got, want)
		}
	}
}

func TestMap(t *testing.T) {
	t.Parallel()
	var m Map
	want := []string{}
	for i := range 100 {
		key := string(rune('a'+i%26)) + string(rune('a'+i/26))
		m.Set(key, i)
		want = append(want, key)
	}
	m.Set(want[50], "changed")
	for i, key := range want {
		gotKey, value := m.At(i)
		got, ok := m.Get(key)
		if gotKey != key || !ok || got != value || (value != i && i != 50) {
			t.Errorf("%d: %s=%v, %v", i, gotKey, value, got)
		}
	}
	if _, ok := m.Get("nope"); ok || m.Len() != 100 {
		t.Errorf("%d members", m.Len())
	}
	if n := (*Map)(nil).Len(); n != 0 {
		t.Errorf("nil map has %d members", n)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{bookstore, `"\ud83d\ude00"`, `[1e5,-0.10]`, `{"a":{"a":[]}}`, "\"\xc3\"", `nul`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		value, err := Decode(data)
		if err == nil != json.Valid(data) && !strings.Contains(err.Error(), "deeply") {
			t.Fatalf("we say %v of %q", err, data)
		}
		if err != nil {
			return
		}
		text := encode(t, value)
		again, err := Decode([]byte(text))
		if err != nil || encode(t, again) != text {
			t.Fatalf("%q is written as %q: %v", data, text, err)
		}
		// The same values as the standard library reads.
		var ours, theirs any
		if err := unmarshal([]byte(text), &ours); err != nil {
			t.Fatal(err)
		}
		if err := unmarshal(data, &theirs); err != nil {
			t.Fatal(err)
		}
		if a, b := mustMarshal(t, ours), mustMarshal(t, theirs); a != b {
			t.Fatalf("ours %s\ntheirs %s", a, b)
		}
	})
}

func unmarshal(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(v)
}

func mustMarshal(t *testing.T, v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
