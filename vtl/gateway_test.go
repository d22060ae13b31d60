package vtl

import (
	"encoding/base64"
	"errors"
	"net/url"
	"testing"
)

// The doubles below are as little of $input, $util and $context as the recorded
// templates need; the real ones belong to the gateway.

type testInput struct {
	body   string
	params map[string]string
}

func (in *testInput) Get(name string) (any, bool) { return in.body, name == "body" }

func (in *testInput) Call(name string, args []any) (any, bool, error) {
	arg, _ := args[0].(string)
	switch name {
	case "params":
		return in.params[arg], true, nil
	case "path": // $ and $.name
		v, _ := ParseJSON([]byte(in.body))
		if arg == "$" {
			return v, true, nil
		}
		m, _ := v.(*Map)
		if m == nil {
			return nil, true, nil
		}
		member, _ := m.Get(arg[len("$."):])
		return member, true, nil
	}
	return nil, false, nil
}

type testUtil struct{}

func (testUtil) Call(name string, args []any) (any, bool, error) {
	s, _ := args[0].(string)
	switch name {
	case "parseJson":
		v, err := ParseJSON([]byte(s))
		return v, true, err
	case "urlEncode":
		return url.QueryEscape(s), true, nil
	case "base64Encode":
		return base64.StdEncoding.EncodeToString([]byte(s)), true, nil
	}
	return nil, false, nil
}

// A testContext has properties that can be read and written.
type testContext struct{ values *Map }

func (c *testContext) Get(name string) (any, bool) { return c.values.Get(name) }

func (c *testContext) Set(name string, v any) error {
	if name == "readonly" {
		return errors.New("cannot be set")
	}
	c.values.Put(name, v)
	return nil
}

func TestGatewayTemplates(t *testing.T) {
	t.Parallel()
	result := `#set($result = $input.path("$.json"))$result`
	null := `{"body": $result, "nested": $result.nested, "isNull": "#if($result == $null)true#{else}false#end", "isEmptyString": "#if($result == "")true#{else}false#end"}`
	for _, c := range []struct{ name, body, template, want string }{
		{"a map prints as in Java", `{"json":{"foo":"bar"}}`, result, `{foo=bar}`},
		{"a list prints as JSON", `{"json":[{"foo":"bar"}]}`, result, `[{"foo":"bar"}]`},
		{"a map in a map", `{"json":{"nested":{"foo":"bar"}}}`, result + `.nested`, `{foo=bar}`},
		{"a list in a map", `{"json":{"nested":[{"foo":"bar"}]}}`, result + `.nested`, `[{"foo":"bar"}]`},
		{"a map in a list", `{"json":[{"foo":"bar"}]}`, result + `[0]`, `{foo=bar}`},
		{"a list in a list", `{"json":[[{"foo":"bar"}]]}`, result + `[0]`, `[{"foo":"bar"}]`},
		{"a list printed in a map", `{"json":{"foo":[{"nested":"bar"}]}}`, result, `{foo=[{"nested":"bar"}]}`},
		{"order of keys", `{"json":{"bigger":"dict","to":"test","with":"separators"}}`, result, `{bigger=dict, to=test, with=separators}`},
		{"toString", `{"json":{"foo":["bar"]}}`, result + `.toString()`, `{foo=["bar"]}`},
		{"a missing path", `{}`, `#set($result = $input.path("$.json"))` + null, `{"body": , "nested": , "isNull": "true", "isEmptyString": "true"}`},
		{"a JSON null", `{"json":null}`, `#set($result = $input.path("$.json"))` + null, `{"body": , "nested": , "isNull": "true", "isEmptyString": "true"}`},
		{"an empty list", `{"json":[]}`, `#set($result = $input.path("$.json"))` + null, `{"body": [], "nested": , "isNull": "false", "isEmptyString": "false"}`},
		{"the body's property", `{}`, `[$input.body.testAccess]`, `[]`},
		{"encoded", `{"some": "value"}`, `$util.urlEncode($input.body)&$util.urlEncode($input.body.testAccess)`, `%7B%22some%22%3A+%22value%22%7D&`},
		{"size", `{"things":{"1":{},"2":{},"3":{}}}`, `{ "count": "$input.path('$.things').size()" }`, `{ "count": "3" }`},
		{"parseJson", `{"errorMessage":"{\"key2\":{\"arr\":[1,2]}}"}`, `#set ($o = $util.parseJson($input.path('$.errorMessage')))$o.key2.arr[0]`, `1`},
		{"the tutorial's response", `{"a":1,"b":2,"op":"+","c":3}`, `#set($inputRoot = $input.path('$')) { "input": {"a": $inputRoot.a, "op": "$inputRoot.op"}, "output": {"c": $inputRoot.c} }`, ` { "input": {"a": 1, "op": "+"}, "output": {"c": 3} }`},
		{"the tutorial's request", ``, `"op": #if($input.params('operator')=='%2F')"/"#{else}"$input.params('operator')"#end`, `"op": "/"`},
		{"numbers", `{"json":[1.0,1E+20,1e20,1.50,12345678901234567890,-0.5]}`, result, `[1.0,1E+20,1e20,1.50,12345678901234567890,-0.5]`},
		{"a number", `{"json":1.0}`, result, `1.0`},
		{"a great number", `{"json":1e20}`, result, `1E+20`},
		{"a number calculated with", `{"json":1.50}`, `#set($x = $input.path("$.json") + 1)$x #if($x == 2.5)y#end`, `2.5 y`},
		{"override by property", `{}`, `#set($context.requestOverride.querystring["n"] = "v")#set($context["requestOverride"].querystring.m = 1)$context.requestOverride.querystring.put("k", "w")$context.requestOverride`, `{querystring={n=v, m=1, k=w}}`},
		{"set", `{}`, `#set($context.name = "v")$context.name $context["name"]`, `v v`},
		{"refused set", `{}`, `#set($context.readonly = "v")`, `!exec`},
		{"no such method", `{}`, `[$util.toJson($input.body)]`, `[]`},
		{"an object's error", `{}`, `$util.parseJson("{")`, `!exec`},
		{"list methods on JSON", `{"json":["b","a"]}`, result + `.size() $result.contains("a")#set($ok = $result.add("c")) $result`, `2 true ["b","a","c"]`},
		{"a map made by the template in a JSON list", `{"json":[]}`, `#set($l = $input.path("$.json"))#set($ok = $l.add({"a":[1]}))$l`, `[{"a":[1]}]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			override := NewMap()
			override.Put("querystring", NewMap())
			context := NewMap()
			context.Put("requestOverride", override)
			got := run(c.template, APIGateway, Vars{
				"input":   &testInput{c.body, map[string]string{"operator": "%2F"}},
				"util":    testUtil{},
				"context": &testContext{context},
			})
			if got != c.want {
				t.Errorf("%q printed\n%q, want\n%q", c.template, got, c.want)
			}
		})
	}
}
