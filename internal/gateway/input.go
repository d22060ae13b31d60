package gateway

import (
	"bytes"
	"sync"
	"sync/atomic"

	"github.com/lambdagate/lambdagate/jsonpath"
	"github.com/lambdagate/lambdagate/vtl"
)

// document is a body as JSON, parsed when a template or mapping first looks
// into it.
type document struct {
	text   []byte
	parsed bool
	value  any
	err    error
}

func (d *document) set(text []byte) { *d = document{text: text} }

// root returns the parsed body. An empty body is an empty object.
func (d *document) root() (any, error) {
	if !d.parsed {
		d.parsed = true
		if len(bytes.TrimSpace(d.text)) == 0 {
			d.value = vtl.NewMap()
		} else {
			d.value, d.err = vtl.ParseJSON(d.text)
		}
	}
	return d.value, d.err
}

// requestDocument is the method request's body for parameter mappings. AWS:
// only what starts like JSON is parsed, anything else counts as {}.
func (x *exchange) requestDocument() (any, error) { return mappedDocument(&x.requested) }

// responseDocument is the integration response's body for parameter mappings.
func (x *exchange) responseDocument() (any, error) { return mappedDocument(&x.answered) }

func mappedDocument(d *document) (any, error) {
	text := bytes.TrimSpace(d.text)
	if len(text) == 0 || !bytes.ContainsRune([]byte(`{["'`), rune(text[0])) {
		return vtl.NewMap(), nil
	}
	return d.root()
}

// mappedText is the text of a JSON value that is mapped to a parameter.
func mappedText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(vtl.AppendJSON(nil, v))
}

// pathCache holds compiled JSONPaths of a deployment's templates.
type pathCache struct {
	paths sync.Map // source → *jsonpath.Path or error
	n     atomic.Int32
}

// maxPaths bounds the cache: a template may make paths from what clients send.
const maxPaths = 4096

func (c *pathCache) compile(source string) (*jsonpath.Path, error) {
	if v, ok := c.paths.Load(source); ok {
		if p, ok := v.(*jsonpath.Path); ok {
			return p, nil
		}
		return nil, v.(error)
	}
	p, err := jsonpath.Compiler{Regexp: jsonpathRegexp}.Compile(source)
	if c.n.Add(1) <= maxPaths {
		if err != nil {
			c.paths.Store(source, err)
		} else {
			c.paths.Store(source, p)
		}
	}
	return p, err
}

// input is $input. In a response template the body is the integration's, and
// the parameters are still the method request's.
type input struct {
	x    *exchange
	body *document
}

// Get gives $input.body. AWS: an empty body reads {}.
func (in *input) Get(name string) (any, bool) {
	if name != "body" {
		return nil, false
	}
	if len(in.body.text) == 0 {
		return "{}", true
	}
	return string(in.body.text), true
}

// Call runs $input.json(path), $input.path(path), $input.params() and
// $input.params(name).
func (in *input) Call(name string, args []any) (any, bool, error) {
	switch {
	case name == "json" && len(args) == 1:
		v, err := in.json(args[0])
		return v, true, err
	case name == "path" && len(args) == 1:
		v, err := in.path(args[0])
		return v, true, err
	case name == "params" && len(args) == 0:
		return in.params(), true, nil
	case name == "params" && len(args) == 1:
		key, _ := args[0].(string)
		return in.param(key), true, nil
	case name == "getBody" && len(args) == 0:
		v, _ := in.Get("body")
		return v, true, nil
	}
	return nil, false, nil
}

// find evaluates a JSONPath on the body.
func (in *input) find(arg any) (any, bool, error) {
	source, ok := arg.(string)
	if !ok {
		return nil, false, nil
	}
	path, err := in.x.plan.paths.compile(source)
	if err != nil {
		return nil, false, err
	}
	doc, err := in.body.root()
	if err != nil {
		return nil, false, nil
	}
	return path.Get(doc)
}

// json is the value at a path as JSON; what is missing is two quotes.
func (in *input) json(arg any) (any, error) {
	v, ok, err := in.find(arg)
	if err != nil {
		return nil, err
	}
	if !ok {
		return `""`, nil
	}
	return string(vtl.AppendJSON(nil, nodes(v))), nil
}

// path is the value at a path; what is missing is null.
func (in *input) path(arg any) (any, error) {
	v, ok, err := in.find(arg)
	if err != nil || !ok {
		return nil, err
	}
	return nodes(v), nil
}

// nodes turns the nodes that an indefinite path leads to into a JSON list.
func nodes(v any) any {
	if list, ok := v.([]any); ok {
		return vtl.NewJSONList(list...)
	}
	return v
}

// param looks a parameter up in the path, the query string and the header, in
// this order. AWS: header names are compared with their case; a missing
// parameter is an empty string.
func (in *input) param(name string) any {
	if v, ok := last(in.x.params, name); ok {
		return v
	}
	if v, ok := last(in.x.query, name); ok {
		return v
	}
	v, _ := last(in.x.requestHead, name)
	return v
}

// params is a new map of three maps.
func (in *input) params() any {
	m := vtl.NewMap()
	m.Put("path", fieldMap(in.x.params))
	m.Put("querystring", fieldMap(in.x.query))
	m.Put("header", fieldMap(in.x.requestHead))
	return m
}

// fieldMap holds the last value of each name.
func fieldMap(fields []HeaderField) *vtl.Map {
	m := vtl.NewMap()
	for _, f := range fields {
		m.Put(f.Name, f.Value)
	}
	return m
}
