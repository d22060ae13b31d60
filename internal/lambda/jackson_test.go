package lambda

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestJacksonError(t *testing.T) {
	t.Parallel()
	source := func(text, position string) string {
		return "\n at [Source: (byte[])\"" + text + "\"; " + position + "]"
	}
	for _, tt := range []struct{ name, text, want string }{
		{"token", `hello`, "Unrecognized token 'hello': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')" + source("hello", "line: 1, column: 6")},
		{"half a token", `tru`, "Unrecognized token 'tru': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')" + source("tru", "line: 1, column: 4")},
		{"wrong token", `trux`, "Unrecognized token 'trux': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')" + source("trux", "line: 1, column: 5")},
		{"value", `<a>`, "Unexpected character ('<' (code 60)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')" + source("<a>", "line: 1, column: 2")},
		{"key", "{\na}", "Unexpected character ('a' (code 97)): was expecting double-quote to start field name" + source("{\na}", "line: 2, column: 2")},
		{"comma", `{"a":1 "b":2}`, `Unexpected character ('"' (code 34)): was expecting comma to separate Object entries` + source(`{"a":1 "b":2}`, "line: 1, column: 9")},
		{"colon", `{"a" 1}`, `Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value` + source(`{"a" 1}`, "line: 1, column: 7")},
		{"open", `{"a":[1`, "Unexpected end-of-input: expected close marker for Object or Array" + source(`{"a":[1`, "line: 1, column: 8")},
	} {
		if got := jacksonError([]byte(tt.text)); got != tt.want {
			t.Errorf("%s:\n\t%q, want\n\t%q", tt.name, got, tt.want)
		}
	}
}

func FuzzJacksonError(f *testing.F) {
	for _, text := range []string{`hello`, `{"a":1 "b"}`, "\xff", `"\x`, `-`, `1.`, `{"a":`, "", "{}}"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if json.Valid(text) {
			return
		}
		if got := jacksonError(text); !strings.Contains(got, "line: ") {
			t.Errorf("%q gives no position: %q", text, got)
		}
	})
}
