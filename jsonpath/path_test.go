package jsonpath

import (
	"encoding/json"
	"errors"
	"math/big"
	"reflect"
	"strings"
	"testing"
)

// bookstore is the shape of document that JSONPath is usually shown with.
const bookstore = `{"store":{"book":[
	{"category":"reference","author":"Rees","title":"Sayings","price":8.95},
	{"category":"fiction","author":"Waugh","title":"Sword","price":12.99},
	{"category":"fiction","author":"Melville","title":"Moby Dick","isbn":"0-553-21311-3","price":8.99},
	{"category":"fiction","author":"Tolkien","title":"Lord","isbn":"0-395-19395-8","price":22.99}],
	"bicycle":{"color":"red","price":19.95}},"expensive":10}`

func decode(t testing.TB, text string) any {
	t.Helper()
	value, err := Decode([]byte(text))
	if err != nil {
		t.Fatalf("Decode(%s): %v", text, err)
	}
	return value
}

func encode(t testing.TB, value any) string {
	t.Helper()
	text, err := AppendJSON(nil, value)
	if err != nil {
		t.Fatalf("AppendJSON: %v", err)
	}
	return string(text)
}

// none is the wanted result of a path that leads nowhere.
const none = "(none)"

func TestGet(t *testing.T) {
	t.Parallel()
	const numbers = `{"a":1.0,"b":12345678901234567890,"c":1E+20,"d":-0,"e":[1.10,1e400,1e-400,100000000000000000000000000000000001]}`
	for _, c := range []struct{ name, document, path, want string }{
		{"the document", `{"a":[1]}`, `$`, `{"a":[1]}`},
		{"a member", bookstore, `$.store.bicycle.color`, `"red"`},
		{"a quoted member", `{"a.b":{"c d":1}}`, `$['a.b']['c d']`, `1`},
		{"without root", bookstore, `store.bicycle.color`, `"red"`},
		{"null is there", `{"a":null}`, `$.a`, `null`},
		{"missing member", `{"a":null}`, `$.b`, none},
		{"missing element", `[1]`, `$[1]`, none},
		{"member of an array", bookstore, `$.store.book.title`, none},
		{"element of an object", bookstore, `$.store[0]`, none},
		{"member of null", `{"a":null}`, `$.a.b`, none},
		{"negative index", `[1,2,3]`, `$[-1]`, `3`},
		{"union of elements", `[1,2,3]`, `$[2,0,9]`, `[3,1]`},
		{"slice", `[1,2,3,4]`, `$[1:3]`, `[2,3]`},
		{"slice from the end", `[1,2,3,4]`, `$[-2:]`, `[3,4]`},
		{"slice beyond both ends", `[1,2]`, `$[-9:9]`, `[1,2]`},
		{"step of a slice is ignored", `[1,2,3,4]`, `$[0:4:2]`, `[1,2,3,4]`},
		{"wildcard keeps order", `{"b":1,"a":2}`, `$.*`, `[1,2]`},
		{"wildcard on a scalar", `{"a":1}`, `$.a.*`, `[]`},
		{"several members as last step", `{"a":1,"b":2,"c":3}`, `$['c','a','x']`, `{"c":3,"a":1}`},
		{"several members, then more", `{"a":{"x":1},"b":{"x":2}}`, `$['a','b'].x`, `[1,2]`},
		{"deep scan", bookstore, `$..price`, `[8.95,12.99,8.99,22.99,19.95]`},
		{"deep scan, parents first", `{"x":{"x":1}}`, `$..x`, `[{"x":1},1]`},
		{"deep scan without match", bookstore, `$..nope`, `[]`},
		{"indefinite below a missing member", bookstore, `$.nope[*].x`, none},
		{"filter", bookstore, `$.store.book[?(@.price < $.expensive)].title`, `["Sayings","Moby Dick"]`},
		{"filter on existence", bookstore, `$..book[?(@.isbn)].title`, `["Moby Dick","Lord"]`},
		{"filter on regex", bookstore, `$.store.book[?(@.author =~ /.*TOL.*/i)].title`, `["Lord"]`},
		{"filter on an object", `{"a":{"n":2}}`, `$.a[?(@.n == 2)]`, `[{"n":2}]`},
		{"precedence", `[1,2,3]`, `$[?(@ == 1 || @ == 2 && @ == 3)]`, `[1]`},
		{"parentheses", `[1,2,3]`, `$[?((@ == 1 || @ == 2) && !(@ == 1))]`, `[2]`},
		{"filter in a filter", `[{"l":[{"x":1}]},{"l":[{"x":2}]}]`, `$[?(@.l[?(@.x == 2)].length() == 1)]`, `[]`},
		{"members named like operators", `[{"in":1,"size":2}]`, `$[?(@.in in [1] && @.size == 2)].in`, `[1]`},
		{"length", bookstore, `$.store.book.length()`, `4`},
		{"length of a string is null", `{"a":"xyz"}`, `$.a.length()`, `null`},
		{"sum", bookstore, `$..price.sum()`, `73.87`},
		{"aggregates are doubles", `[1,2,3]`, `$.sum()`, `6.0`},
		{"a large double", `[1e10]`, `$.max()`, `1.0E10`},
		{"keys", `{"b":1,"a":2}`, `$.keys()`, `["b","a"]`},
		{"concat", `{"a":"x","l":["y",1]}`, `$.concat($.a, "-", $.l, 1.50)`, `"x-y11.50"`},
		{"append", `[1]`, `$.append("x", {"a":1})`, `[1,"x",{"a":1}]`},
		{"first of nothing", `[]`, `$.first()`, none},
		{"function of something missing", `{}`, `$.a.max()`, none},

		{"fraction stays", numbers, `$.a`, `1.0`},
		{"big integer stays", numbers, `$.b`, `12345678901234567890`},
		{"exponent stays", numbers, `$.c`, `1E+20`},
		{"beyond doubles", numbers, `$.e[?(@ > 1e399)]`, `[1e400]`},
		{"below doubles", numbers, `$.e[?(@ < 1e-399)]`, `[1e-400]`},
		{"exact integers", numbers, `$.e[?(@ == 100000000000000000000000000000000001)]`, `[100000000000000000000000000000000001]`},
		{"not just nearly equal", numbers, `$.e[?(@ == 100000000000000000000000000000000000)]`, `[]`},
		{"trailing zeros", numbers, `$.e[?(@ == 1.1)]`, `[1.10]`},
		{"minus zero", numbers, `$[?(@.d == 0)].a`, `[1.0]`},
		{"huge exponents are compared, not computed", `[1e999999999999999999999,1]`, `$[?(@ > 2)]`, `[1e999999999999999999999]`},

		{"UTF-16 order", `["\uFFFD","\uD83D\uDE00"]`, `$[?(@ < '\uE000')]`, `["😀"]`},
		{"UTF-16 size", `["😀","ab"]`, `$[?(@ size 2)]`, `["😀","ab"]`},
		{"unicode names", `{"été":1}`, `$.été`, `1`},
		{"escapes in names", `{"a'b\\\n":1}`, `$['a\'b\\\n']`, `1`},
		{"duplicate members", `{"a":1,"b":2,"a":3}`, `$`, `{"a":3,"b":2}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := Compile(c.path)
			if err != nil {
				t.Fatal(err)
			}
			value, found, err := p.Get(decode(t, c.document))
			if err != nil {
				t.Fatal(err)
			}
			got := none
			if found {
				got = encode(t, value)
			}
			if got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.path, got, c.want)
			}
		})
	}
}

func TestCompileErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path string
		pos  int
		msg  string
	}{
		{``, 0, `empty path`},
		{`  `, 2, `empty path`},
		{`$x`, 1, `expected "." or "[" after the root`},
		{`$.`, 2, `path ends with "."`},
		{`a..`, 3, `path ends with "."`},
		{`$...a`, 3, `expected a name, found '.'`},
		{`$. a`, 2, `expected a name, found ' '`},
		{`$.a b`, 3, `a name with a blank in it needs brackets and quotes`},
		{`$.*b`, 3, `unexpected 'b'`},
		{`$[`, 2, `expected a quoted name, an index, "*" or "?("`},
		{`$[a]`, 2, `expected a quoted name, an index, "*" or "?("`},
		{`  [a]`, 3, `expected a quoted name, an index, "*" or "?("`},
		{`$[0`, 3, `expected "]"`},
		{`$[0,]`, 4, `expected an index`},
		{`$[99999999999]`, 2, `expected an index`},
		{`$[:]`, 2, `a slice needs an end, [1:] or [:1]`},
		{`$['a]`, 2, `string without its closing '`},
		{`$['a',"b"]`, 6, `expected a name in '`},
		{`$['\u12']`, 2, `\u without four hexadecimal digits in string`},
		{`$.a[(@.length-1)]`, 3, `script expressions such as [(@.length-1)] are not supported, write [-1]`},
		{`$[?]`, 3, `expected "("`},
		{`$[?()]`, 4, `expected a path, a string, a number, true, false, null, JSON or /pattern/`},
		{`$[?(@.a == 1]`, 12, `expected ")"`},
		{`$[?(@.a = 1)]`, 8, `expected a comparison, && or ||`},
		{`$[?(@.a like 1)]`, 8, `expected a comparison, && or ||`},
		{`$[?(@.a == b)]`, 11, `expected a path, a string, a number, true, false, null, JSON or /pattern/`},
		{`$[?(true)]`, 4, `a value alone is no condition`},
		{`$[?(!@.a == 1)]`, 4, `a negated comparison needs parentheses, !( )`},
		{`$[?(@.a =~ 'x')]`, 8, `=~ and only =~ takes one /pattern/`},
		{`$[?(@.a == /x/)]`, 8, `=~ and only =~ takes one /pattern/`},
		{`$[?(@.a =~ /x)]`, 11, `pattern without its closing /`},
		{`$[?(@.a =~ /(/)]`, 11, "pattern: error parsing regexp: missing closing ): `\\A(?:()\\z`"},
		{`$[?(@.a =~ /x/q)]`, 11, `pattern: unknown flag q`},
		{`$[?(@.a in [1)]`, 13, `expected ',' or ']'`},
		{`$.a.nope()`, 4, `unknown function "nope"`},
		{`$.a.index()`, 4, `wrong number of arguments of index()`},
		{`$.a.length().b`, 12, `a function must be the last step`},
		{`$..length()`, 3, `expected a name after "..", found a function`},
		{`$.concat('a')`, 9, `an argument is a path, a number, an object or a string in double quotes`},
		{`$.concat("a"`, 12, `expected ","`},
		{`$[?(` + strings.Repeat("(", 100) + `@`, 67, `more than 64 levels of nesting`},
		{strings.Repeat("a", 70_000), 0, `path of more than 65536 bytes`},
	} {
		_, err := Compile(c.path)
		var got *SyntaxError
		if !errors.As(err, &got) {
			t.Errorf("Compile(%.40q): %v", c.path, err)
			continue
		}
		if want := (SyntaxError{Path: c.path, Pos: c.pos, Msg: c.msg}); *got != want {
			t.Errorf("Compile(%.40q)\n got %d %s\nwant %d %s", c.path, got.Pos, got.Msg, want.Pos, want.Msg)
		}
	}
}

func TestEvalErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ document, path, want string }{
		{`[]`, `$.max()`, `jsonpath: max() without numbers in "$.max()"`},
		{`[1]`, `$.index(3)`, `jsonpath: index(3) out of bounds, the array has 1 elements in "$.index(3)"`},
		{`[1]`, `$.index("x")`, `jsonpath: index() takes a number in "$.index(\"x\")"`},
		{`{}`, `$.first()`, `jsonpath: first() of something that is no array in "$.first()"`},
	} {
		_, _, err := MustCompile(c.path).Get(decode(t, c.document))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s of %s: %v, want %s", c.path, c.document, err, c.want)
		}
	}
}

func TestDefinite(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		`$`: true, `$.a[0]['b']`: true, `$['a','b']`: true, `$.a.length()`: true, `$..a.max()`: true,
		`$['a','b'].c`: false, `$[0,1]`: false, `$[0:1]`: false, `$.*`: false, `$..a`: false, `$[?(@.a)]`: false, `$.*.length()`: false,
	} {
		if got := MustCompile(path).Definite(); got != want {
			t.Errorf("%s: definite %v, want %v", path, got, want)
		}
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	document := decode(t, `{"a":[1,2],"n":null}`)
	for _, c := range []struct {
		path string
		want []any
	}{
		{`$.a[0]`, []any{json.Number("1")}},
		{`$.a`, []any{[]any{json.Number("1"), json.Number("2")}}},
		{`$.a[*]`, []any{json.Number("1"), json.Number("2")}},
		{`$.n`, []any{nil}},
		{`$.x`, nil},
		{`$.x.*`, nil},
		{`$.a[9:]`, []any{}},
	} {
		got, err := MustCompile(c.path).Select(document)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %#v, %v, want %#v", c.path, got, err, c.want)
		}
	}
}

// foreign types stand for those of another package.
type (
	foreignObject  []string // names and values in turn
	foreignArray   []string
	foreignDecimal string
)

func (o foreignObject) Len() int { return len(o) / 2 }
func (o foreignObject) At(i int) (string, any) {
	return o[2*i], foreignDecimal(o[2*i+1])
}
func (o foreignObject) Get(key string) (any, bool) {
	for i := range o.Len() {
		if k, v := o.At(i); k == key {
			return v, true
		}
	}
	return nil, false
}
func (a foreignArray) Len() int         { return len(a) }
func (a foreignArray) Index(i int) any  { return foreignDecimal(a[i]) }
func (d foreignDecimal) String() string { return string(d) }

func TestForeignTrees(t *testing.T) {
	t.Parallel()
	tree := map[string]any{
		"o": foreignObject{"x", "1.50", "y", "2"},
		"a": foreignArray{"1", "two", "3.0"},
		"n": []any{int32(7), int64(8), 9, 1.5, big.NewInt(10), json.Number("11")},
		"z": nil, "b": true, "s": "text",
	}
	for _, c := range []struct{ path, want string }{
		{`$.o.x`, `1.50`},
		{`$.o[?(@.x == 1.5)]`, `[{"x":1.50,"y":2}]`},
		{`$.a[?(@ == 'two')]`, `["two"]`},
		{`$.a[?(@ >= 3)]`, `[3.0]`},
		{`$.a[-1]`, `3.0`},
		{`$.n[?(@ > 7.5)]`, `[8,9,10,11]`},
		{`$.n.sum()`, `46.5`},
		{`$..x`, `[1.50]`},
		{`$.keys()`, `["a","b","n","o","s","z"]`},
	} {
		value, found, err := MustCompile(c.path).Get(tree)
		if got := encode(t, value); got != c.want || !found || err != nil {
			t.Errorf("%s\n got %s %v\nwant %s", c.path, got, err, c.want)
		}
	}
	if _, found, err := MustCompile(`$[?(@ == 1)]`).Get([]any{struct{}{}}); err != nil || !found {
		t.Errorf("a value of no JSON type: %v", err)
	}
}

// TestBudgets shows that no document and no path runs away.
func TestBudgets(t *testing.T) {
	t.Parallel()
	wide := make([]any, 3000)
	for i := range wide {
		wide[i] = map[string]any{"x": i}
	}
	var deep any = "x"
	for range 20_000 {
		deep = []any{deep}
	}
	var chain any = "x"
	for range 200 {
		chain = []any{chain}
	}
	long := strings.Repeat("x", 1<<20)
	for _, c := range []struct {
		name, path string
		document   any
		want       string
	}{
		{"filters within filters", `$..[?($..[?(@.x == 1)] || @..[?(@.x)] && $[?($[?(@.x != $..x)])])]`, wide, "more steps needed than allowed"},
		{"scans of scans", `$..*..*..*..*..*`, chain, "more steps needed than allowed"},
		{"deep documents", `$..x`, deep, "document nested too deeply"},
		{"long results", `$.concat(` + strings.Repeat(`$.s,`, 30) + `$.s)`, map[string]any{"s": long}, "concat() of more than 16777216 bytes"},
		{"patterns", `$[?($.*[?(@ =~ /x*y/)] || @ =~ /x*y/)]`, []any{[]any{long, long, long, long, long}, long, long, long, long, long, long, long, long, long, long, long, long, long, long, long, long}, "more steps needed than allowed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := Compiler{MaxSteps: 1_000_000}.Compile(c.path)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = p.Get(c.document)
			var got *EvalError
			if !errors.As(err, &got) || got.Msg != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// TestRootOperandsOnce shows that what a filter takes from the document is
// evaluated once, not for each element.
func TestRootOperandsOnce(t *testing.T) {
	t.Parallel()
	const n = 2000
	list := make([]any, n)
	for i := range list {
		list[i] = i
	}
	p, err := Compiler{MaxSteps: 20 * n}.Compile(`$.list[?(@ == $.list.max())]`)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Select(map[string]any{"list": list}); err != nil || !reflect.DeepEqual(got, []any{n - 1}) {
		t.Errorf("%v, %v", got, err)
	}
}

type matcherFunc func(string) (bool, error)

func (f matcherFunc) MatchWhole(s string) (bool, error) { return f(s) }

func TestCompilerRegexp(t *testing.T) {
	t.Parallel()
	c := Compiler{Regexp: func(pattern, flags string) (Matcher, error) {
		if pattern == "" {
			return nil, errors.New("no pattern")
		}
		return matcherFunc(func(s string) (bool, error) {
			if s == "fail" {
				return false, errors.New("took too long")
			}
			return s == pattern+flags, nil
		}), nil
	}}
	if _, err := c.Compile(`$[?(@ =~ //)]`); err == nil || !strings.Contains(err.Error(), "no pattern") {
		t.Errorf("compiling: %v", err)
	}
	p, err := c.Compile(`$[?(@ =~ /a\/b/im)]`)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Select([]any{`a\/bim`, "a/b"}); err != nil || !reflect.DeepEqual(got, []any{`a\/bim`}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := p.Select([]any{"fail"}); err == nil || !strings.Contains(err.Error(), "took too long") {
		t.Errorf("matching: %v", err)
	}
}

func TestGetDoesNotAllocate(t *testing.T) {
	document := decode(t, bookstore)
	p := MustCompile(`$.store.book[-1].title`)
	if n := testing.AllocsPerRun(100, func() {
		if _, found, _ := p.Get(document); !found {
			t.Fatal("not found")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestDocumentIsNotChanged(t *testing.T) {
	t.Parallel()
	document := decode(t, `{"a":[1,2]}`)
	for _, path := range []string{`$.a.append(3)`, `$..a.append(3)`, `$['a','b']`} {
		if _, _, err := MustCompile(path).Get(document); err != nil {
			t.Fatal(err)
		}
	}
	if got := encode(t, document); got != `{"a":[1,2]}` {
		t.Error(got)
	}
}
