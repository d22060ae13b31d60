package eventpattern

import (
	"encoding/json"
	"strings"
	"testing"
)

const event = `{"id":"a1","city":"Zürich","n":300,"f":-2.5,"b":true,"z":null,"empty":"","tags":["red","blue"],"nested":{"state":"Running","ip":"10.0.0.7","deep":{"x":1}},
	"list":[{"k":"a","v":1},{"k":"b","v":2}],"none":[]}`

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, pattern string
		want          bool
	}{
		{"everything", `{}`, true},
		{"string", `{"id":["a1"]}`, true},
		{"another string", `{"id":["a2"]}`, false},
		{"one of", `{"id":["a2","a1"]}`, true},
		{"and", `{"id":["a1"],"b":[true]}`, true},
		{"and, one wrong", `{"id":["a1"],"b":[false]}`, false},
		{"number", `{"n":[300]}`, true},
		{"number written otherwise", `{"n":[300.0]}`, false},
		{"number as string", `{"n":["300"]}`, false},
		{"null", `{"z":[null]}`, true},
		{"null is not absent", `{"absent":[null]}`, false},
		{"empty", `{"empty":[""]}`, true},
		{"element", `{"tags":["blue"]}`, true},
		{"no element", `{"tags":["green"]}`, false},
		{"nested", `{"nested":{"state":["Running"]}}`, true},
		{"nested deeper", `{"nested":{"deep":{"x":[1]}}}`, true},
		{"nested in a string", `{"id":{"x":["a1"]}}`, false},
		{"objects in an array", `{"list":{"k":["b"],"v":[2]}}`, true},
		{"of one object", `{"list":{"k":["a"],"v":[2]}}`, false},
		{"prefix", `{"nested":{"state":[{"prefix":"Run"}]}}`, true},
		{"prefix of another", `{"nested":{"state":[{"prefix":"run"}]}}`, false},
		{"prefix without case", `{"nested":{"state":[{"prefix":{"equals-ignore-case":"rUN"}}]}}`, true},
		{"prefix of a number", `{"n":[{"prefix":"3"}]}`, false},
		{"suffix", `{"nested":{"state":[{"suffix":"ning"}]}}`, true},
		{"suffix without case", `{"nested":{"state":[{"suffix":{"equals-ignore-case":"NING"}}]}}`, true},
		{"without case", `{"nested":{"state":[{"equals-ignore-case":"RUNNING"}]}}`, true},
		{"wildcard", `{"nested":{"state":[{"wildcard":"R*nn*g"}]}}`, true},
		{"wildcard without star", `{"id":[{"wildcard":"a"}]}`, false},
		{"wildcard must not overlap", `{"id":[{"wildcard":"a1*1"}]}`, false},
		{"wildcard, escaped", `{"id":[{"wildcard":"a\\*"}]}`, false},
		{"wildcard, not ASCII", `{"city":[{"wildcard":"Zür*ch"}]}`, true},
		{"anything but", `{"id":[{"anything-but":"a2"}]}`, true},
		{"anything but it", `{"id":[{"anything-but":"a1"}]}`, false},
		{"anything but a list", `{"id":[{"anything-but":["x","a1"]}]}`, false},
		{"anything but a number", `{"n":[{"anything-but":301}]}`, true},
		{"anything but a prefix", `{"id":[{"anything-but":{"prefix":"a"}}]}`, false},
		{"anything but a suffix", `{"id":[{"anything-but":{"suffix":"9"}}]}`, true},
		{"anything but prefixes", `{"id":[{"anything-but":{"prefix":["x","a"]}}]}`, false},
		{"anything but without case", `{"id":[{"anything-but":{"equals-ignore-case":"A1"}}]}`, false},
		{"anything but what is absent", `{"absent":[{"anything-but":"x"}]}`, false},
		{"anything but one element", `{"tags":[{"anything-but":"red"}]}`, true},
		{"equal number", `{"n":[{"numeric":["=",3e2]}]}`, true},
		{"range", `{"n":[{"numeric":[">",299,"<=",300]}]}`, true},
		{"below", `{"f":[{"numeric":["<",-2.5]}]}`, false},
		{"at least", `{"f":[{"numeric":[">=",-2.5]}]}`, true},
		{"numeric of a string", `{"id":[{"numeric":["=",1]}]}`, false},
		{"exists", `{"id":[{"exists":true}]}`, true},
		{"does not exist", `{"absent":[{"exists":false}]}`, true},
		{"should not exist", `{"id":[{"exists":false}]}`, false},
		{"nested does not exist", `{"gone":{"x":[{"exists":false}]}}`, true},
		{"nested should exist", `{"gone":{"x":[{"exists":true}]}}`, false},
		{"objects do not count", `{"nested":[{"exists":true}]}`, false},
		{"null exists", `{"z":[{"exists":true}]}`, true},
		{"address", `{"nested":{"ip":[{"cidr":"10.0.0.0/24"}]}}`, true},
		{"another network", `{"nested":{"ip":[{"cidr":"10.0.1.0/24"}]}}`, false},
		{"no address", `{"id":[{"cidr":"10.0.1.0/24"}]}`, false},
		{"test or literal", `{"id":[{"prefix":"x"},"a1"]}`, true},
		{"or, first", `{"$or":[{"id":["a1"]},{"n":[1]}]}`, true},
		{"or, second", `{"$or":[{"id":["x"]},{"n":[{"numeric":[">",1]}]}]}`, true},
		{"or, none", `{"$or":[{"id":["x"]},{"n":[1]}]}`, false},
		{"and or", `{"b":[true],"$or":[{"id":["a1"]},{"n":[1]}]}`, true},
		{"nested or", `{"nested":{"$or":[{"state":["Stopped"]},{"ip":[{"prefix":"10."}]}]}}`, true},
		{"a field called $or", `{"$or":["x"]}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := Parse(tt.pattern)
			if err != nil {
				t.Fatal(err)
			}
			v, err := Decode([]byte(event))
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Match(v); got != tt.want {
				t.Errorf("%s matches: %v", tt.pattern, got)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		``:                                  "not JSON: EOF",
		`[]`:                                "pattern is not an object",
		`{"a":"x"}`:                         "pattern.a is not an object",
		`{"a":[]}`:                          "pattern.a lists no values",
		`{"a":[[1]]}`:                       "pattern.a[0]: a value is a string, number, boolean, null or a test",
		`{"a":[{"is":1}]}`:                  `pattern.a[0]: unknown operator "is"`,
		`{"a":["x",{}]}`:                    "pattern.a[1]: a test has exactly one operator",
		`{"a":[{"prefix":1}]}`:              "pattern.a[0]: prefix: takes a string",
		`{"a":[{"exists":"true"}]}`:         "pattern.a[0]: exists: takes true or false",
		`{"a":[{"numeric":[">"]}]}`:         "pattern.a[0]: numeric: takes an operator and a number, once or twice",
		`{"a":[{"numeric":["!",1]}]}`:       "pattern.a[0]: numeric: takes =, <, <=, > or >= with a number",
		`{"a":[{"numeric":["<",1,">",0]}]}`: "pattern.a[0]: numeric: a range has its lower bound first",
		`{"a":[{"anything-but":[]}]}`:       "pattern.a[0]: anything-but: lists no values",
		`{"a":[{"anything-but":true}]}`:     "pattern.a[0]: anything-but: takes strings, numbers or a test",
		`{"a":[{"anything-but":{"exists":true}}]}`:    `pattern.a[0]: anything-but: does not take "exists"`,
		`{"a":[{"wildcard":"a**b"}]}`:                 "pattern.a[0]: wildcard: two stars follow each other",
		`{"a":[{"cidr":"x"}]}`:                        `pattern.a[0]: cidr: netip.ParsePrefix("x"): no '/'`,
		`{"$or":[{"a":[1]},{}]}`:                      "pattern.$or[1] is empty",
		`{} x`:                                        "there is something after the pattern",
		`{"a":["` + strings.Repeat("x", 5000) + `"]}`: "the pattern has 5010 characters, more than 4096",
	} {
		if _, err := Parse(pattern); err == nil || err.Error() != want {
			t.Errorf("%.50s: %v, want %s", pattern, err, want)
		}
	}
}

// FuzzParse: nothing panics; a pattern matches the same when asked twice; an
// alternative more never makes an event match less.
func FuzzParse(f *testing.F) {
	for _, p := range []string{`{}`, `{"id":["a1",{"prefix":"x"}]}`, `{"$or":[{"a":[1]},{"b":[{"exists":false}]}]}`, `{"n":[{"numeric":[">",1,"<",2]}]}`, `{"a":[{"wildcard":"*x*"}]}`, `{"a":[{"anything-but":{"suffix":["x"]}}]}`} {
		f.Add(p, event)
	}
	f.Fuzz(func(t *testing.T, pattern, event string) {
		p, err := Parse(pattern)
		if err != nil {
			return
		}
		v, err := Decode([]byte(event))
		if err != nil {
			return
		}
		got := p.Match(v)
		if p.Match(v) != got {
			t.Fatal("not the same twice")
		}
		var tree map[string]any
		d := json.NewDecoder(strings.NewReader(pattern))
		d.UseNumber() // a number is its digits
		if d.Decode(&tree) != nil || !got {
			return
		}
		for name, value := range tree {
			if list, ok := value.([]any); ok && name != "$or" {
				tree[name] = append(list, "one more")
			}
		}
		more, err := json.Marshal(tree)
		if err != nil {
			return
		}
		if q, err := Parse(string(more)); err == nil && len(more) < maxSize && !strings.ContainsAny(pattern, "eE.") && !q.Match(v) {
			t.Fatalf("%s matches and %s does not", pattern, more)
		}
	})
}
