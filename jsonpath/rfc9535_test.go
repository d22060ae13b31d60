package jsonpath

import "testing"

// TestRFC9535 holds the dialect against the standard that came later: the
// examples of RFC 9535's sections, on documents of their shapes. Where Jayway
// goes another way the case is skipped, with the reason, and what this package
// answers instead is in TestGet, TestCompileErrors or TestJayway.
func TestRFC9535(t *testing.T) {
	t.Parallel()
	const (
		store   = bookstore
		names   = `{"o":{"j j":{"k.k":3}},"'":{"@":2}}`
		mixed   = `{"o":{"j":1,"k":2},"a":[5,3]}`
		letters = `["a","b","c","d","e","f","g"]`
		nested  = `{"o":{"j":1,"k":2},"a":[5,3,[{"j":4},{"k":6}]]}`
		filters = `{"a":[3,5,1,2,4,6,{"b":"j"},{"b":"k"},{"b":{}},{"b":"kilo"}],"o":{"p":1,"q":2,"r":3,"s":5,"t":{"u":6}},"e":"f"}`
		nulls   = `{"a":null,"b":[null],"c":[{}],"null":1}`

		objects   = "Jayway's filter on an object tests the object itself, not its members"
		missing   = "Jayway does not find a definite path that leads nowhere; the standard has an empty list"
		steps     = "Jayway ignores the step of a slice"
		mixing    = "Jayway does not mix kinds of selectors in one bracket"
		functions = "the standard's functions are called otherwise"
		blanks    = "Jayway allows no blanks there"
		bare      = "Jayway's filters need parentheses"
		nothing   = "a missing node equals nothing in Jayway, not even another missing node"
		recursion = "Jayway does not test elements of arrays that do not pass themselves"
	)
	for _, c := range []struct{ section, document, path, want, skip string }{
		{"1.5", store, `$.store.book[*].author`, `["Rees","Waugh","Melville","Tolkien"]`, ""},
		{"1.5", store, `$..author`, `["Rees","Waugh","Melville","Tolkien"]`, ""},
		{"1.5", store, `$.store..price`, `[8.95,12.99,8.99,22.99,19.95]`, ""},
		{"1.5", store, `$..book[2].title`, `["Moby Dick"]`, ""},
		{"1.5", store, `$..book[2].publisher`, `[]`, ""},
		{"1.5", store, `$..book[-1].title`, `["Lord"]`, ""},
		{"1.5", store, `$..book[0,1].title`, `["Sayings","Sword"]`, ""},
		{"1.5", store, `$..book[:2].title`, `["Sayings","Sword"]`, ""},
		{"1.5", store, `$..book[?@.isbn].title`, `["Moby Dick","Lord"]`, bare},
		{"1.5", store, `$..book[?(@.price<10)].title`, `["Sayings","Moby Dick"]`, ""},
		{"2.2.3", `{"k":"v"}`, `$`, `[{"k":"v"}]`, ""},
		{"2.3.1.3", names, `$.o['j j']`, `[{"k.k":3}]`, ""},
		{"2.3.1.3", names, `$.o['j j']['k.k']`, `[3]`, ""},
		{"2.3.1.3", names, `$.o["j j"]["k.k"]`, `[3]`, ""},
		{"2.3.1.3", names, `$["'"]["@"]`, `[2]`, ""},
		{"2.3.2.3", mixed, `$[*]`, `[{"j":1,"k":2},[5,3]]`, ""},
		{"2.3.2.3", mixed, `$.o[*]`, `[1,2]`, ""},
		{"2.3.2.3", mixed, `$.o[*,*]`, `[1,2,1,2]`, mixing},
		{"2.3.2.3", mixed, `$.a[*]`, `[5,3]`, ""},
		{"2.3.3.3", `["a","b"]`, `$[1]`, `["b"]`, ""},
		{"2.3.3.3", `["a","b"]`, `$[-2]`, `["a"]`, ""},
		{"2.3.3.3", `["a","b"]`, `$[7]`, `[]`, missing},
		{"2.3.4.3", letters, `$[1:3]`, `["b","c"]`, ""},
		{"2.3.4.3", letters, `$[5:]`, `["f","g"]`, ""},
		{"2.3.4.3", letters, `$[1:5:2]`, `["b","d"]`, steps},
		{"2.3.4.3", letters, `$[5:1:-2]`, `["f","d"]`, steps},
		{"2.3.4.3", letters, `$[::-1]`, `["g","f","e","d","c","b","a"]`, steps},
		{"2.3.4.3", letters, `$[-9:2]`, `["a","b"]`, ""},
		{"2.3.4.3", letters, `$[6:99]`, `["g"]`, ""},
		{"2.3.4.3", letters, `$[3:1]`, `[]`, ""},
		{"2.3.5.3", filters, `$.a[?(@.b == 'kilo')]`, `[{"b":"kilo"}]`, ""},
		{"2.3.5.3", filters, `$.a[?@.b == 'kilo']`, `[{"b":"kilo"}]`, bare},
		{"2.3.5.3", filters, `$.a[?(@>3.5)]`, `[5,4,6]`, ""},
		{"2.3.5.3", filters, `$.a[?(@.b)]`, `[{"b":"j"},{"b":"k"},{"b":{}},{"b":"kilo"}]`, ""},
		{"2.3.5.3", filters, `$[?(@.*)]`, `[[3,5,1,2,4,6,{"b":"j"},{"b":"k"},{"b":{}},{"b":"kilo"}],{"p":1,"q":2,"r":3,"s":5,"t":{"u":6}}]`, objects},
		{"2.3.5.3", filters, `$[?(@[?(@.b)])]`, `[[3,5,1,2,4,6,{"b":"j"},{"b":"k"},{"b":{}},{"b":"kilo"}]]`, objects},
		{"2.3.5.3", filters, `$.a[?(@<2 || @.b == "k")]`, `[1,{"b":"k"}]`, ""},
		{"2.3.5.3", filters, `$.a[?match(@.b, "[jk]")]`, `[{"b":"j"},{"b":"k"}]`, functions},
		{"2.3.5.3", filters, `$.a[?(@.b =~ /[jk]/)]`, `[{"b":"j"},{"b":"k"}]`, ""},
		{"2.3.5.3", filters, `$.o[?(@>1 && @<4)]`, `[2,3]`, objects},
		{"2.3.5.3", filters, `$.o[?(@.u || @.x)]`, `[{"u":6}]`, objects},
		{"2.3.5.3", filters, `$.a[?(@.b == $.x)]`, `[3,5,1,2,4,6]`, nothing},
		{"2.3.5.3", filters, `$.a[?(@ == @)]`, `[3,5,1,2,4,6,{"b":"j"},{"b":"k"},{"b":{}},{"b":"kilo"}]`, ""},
		{"2.5.1.3", letters, `$[0, 3]`, `["a","d"]`, ""},
		{"2.5.1.3", letters, `$[0, 0]`, `["a","a"]`, ""},
		{"2.5.1.3", letters, `$[0:2, 5]`, `["a","b","f"]`, mixing},
		{"2.5.2.3", nested, `$..j`, `[1,4]`, ""},
		{"2.5.2.3", nested, `$..[0]`, `[5,{"j":4}]`, ""},
		{"2.5.2.3", nested, `$..*`, `[{"j":1,"k":2},[5,3,[{"j":4},{"k":6}]],1,2,5,3,[{"j":4},{"k":6}],{"j":4},{"k":6},4,6]`, ""},
		{"2.5.2.3", nested, `$..o`, `[{"j":1,"k":2}]`, ""},
		{"2.5.2.3", nested, `$.a..[0, 1]`, `[5,3,{"j":4},{"k":6}]`, ""},
		{"2.5.2.3", filters, `$..[?(@ == 6)]`, `[6,6]`, recursion},
		{"2.6.1", nulls, `$.a`, `[null]`, ""},
		{"2.6.1", nulls, `$.a[0]`, `[]`, missing},
		{"2.6.1", nulls, `$.a.d`, `[]`, missing},
		{"2.6.1", nulls, `$.b[0]`, `[null]`, ""},
		{"2.6.1", nulls, `$.b[*]`, `[null]`, ""},
		{"2.6.1", nulls, `$.b[?(@)]`, `[null]`, ""},
		{"2.6.1", nulls, `$.b[?(@==null)]`, `[null]`, ""},
		{"2.6.1", nulls, `$.c[?(@.d==null)]`, `[]`, ""},
		{"2.6.1", nulls, `$.null`, `[1]`, ""},
		{"2.1.1", nulls, `$ .a`, `[null]`, blanks},
	} {
		t.Run(c.section+" "+c.path, func(t *testing.T) {
			t.Parallel()
			got := "error"
			if p, err := Compile(c.path); err == nil {
				value, found, err := p.Get(decode(t, c.document))
				switch {
				case err != nil || !found:
				case p.Definite():
					got = encode(t, []any{value})
				default:
					got = encode(t, value)
				}
			}
			switch {
			case c.skip != "" && got == c.want:
				t.Errorf("skipped (%s), but right", c.skip)
			case c.skip != "":
				t.Logf("differs from RFC 9535: %s", c.skip)
			case got != c.want:
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}
