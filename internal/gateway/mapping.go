package gateway

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lambdagate/lambdagate/jsonpath"
)

// expressionKind is the kind of a mapping expression's source.
type expressionKind uint8

const (
	fromNowhere expressionKind = iota
	fromLiteral
	fromPath
	fromQuery
	fromMultiQuery
	fromHeader
	fromMultiHeader
	fromBody
	fromBodyPath
	fromStageVariable
	fromContext
	fromResponseHeader
	fromResponseMultiHeader
	fromResponseBody
	fromResponseBodyPath
)

// expression is where a mapped value comes from:
//
//	method.request.{path|querystring|multivaluequerystring|header|multivalueheader}.NAME
//	method.request.body, method.request.body.JSONPATH
//	integration.response.{header|multivalueheader}.NAME
//	integration.response.body, integration.response.body.JSONPATH
//	stageVariables.NAME, context.NAME, 'literal'
type expression struct {
	kind expressionKind
	name string // also a literal's text
	path *jsonpath.Path
}

var expressionPrefixes = []struct {
	prefix string
	kind   expressionKind
}{
	{"method.request.path.", fromPath},
	{"method.request.querystring.", fromQuery},
	{"method.request.multivaluequerystring.", fromMultiQuery},
	{"method.request.header.", fromHeader},
	{"method.request.multivalueheader.", fromMultiHeader},
	{"integration.response.header.", fromResponseHeader},
	{"integration.response.multivalueheader.", fromResponseMultiHeader},
	{"method.request.body.", fromBodyPath},
	{"integration.response.body.", fromResponseBodyPath},
	{"stageVariables.", fromStageVariable},
	{"context.", fromContext},
}

// compileExpression reads a mapping expression. One that is not understood
// yields nothing at run time: the control plane has refused it before.
func compileExpression(s string) expression {
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		return expression{kind: fromLiteral, name: s[1 : len(s)-1]}
	}
	switch s {
	case "method.request.body":
		return expression{kind: fromBody}
	case "integration.response.body":
		return expression{kind: fromResponseBody}
	}
	for _, p := range expressionPrefixes {
		name, ok := strings.CutPrefix(s, p.prefix)
		if !ok || name == "" {
			continue
		}
		e := expression{kind: p.kind, name: name}
		if p.kind == fromBodyPath || p.kind == fromResponseBodyPath {
			e.path = compileBodyPath(name)
		}
		return e
	}
	return expression{}
}

// compileBodyPath reads what follows "body."; it is evaluated on $.
func compileBodyPath(s string) *jsonpath.Path {
	if !strings.HasPrefix(s, "$") && !strings.HasPrefix(s, "[") {
		s = "$." + s
	}
	p, err := jsonpath.Compile(s)
	if err != nil {
		return nil
	}
	return p
}

// value evaluates the expression; a source that is missing is false.
func (e *expression) value(x *exchange) (string, bool, error) {
	switch e.kind {
	case fromLiteral:
		return e.name, true, nil
	case fromPath:
		return found(last(x.params, e.name))
	case fromQuery:
		return found(last(x.query, e.name))
	case fromMultiQuery:
		return found(joined(x.query, e.name))
	case fromHeader:
		return found(last(x.requestHead, e.name))
	case fromMultiHeader:
		return found(joined(x.requestHead, e.name))
	case fromStageVariable:
		v, ok := x.plan.variable(e.name)
		return v, ok, nil
	case fromContext:
		v := x.contextValue(e.name)
		return v, v != "", nil
	case fromBody:
		return string(x.requestText()), true, nil
	case fromBodyPath:
		return e.inBody(x.requestDocument)
	case fromResponseHeader:
		return found(fold(x.answer.head, e.name))
	case fromResponseMultiHeader:
		return found(foldJoined(x.answer.head, e.name))
	case fromResponseBody:
		return string(x.answer.body), true, nil
	case fromResponseBodyPath:
		return e.inBody(x.responseDocument)
	}
	return "", false, nil
}

func found(s string, ok bool) (string, bool, error) { return s, ok, nil }

// foldJoined is joined with the name compared without case.
func foldJoined(fields []HeaderField, name string) (string, bool) {
	text, n := "", 0
	for i := range fields {
		if equalFold(fields[i].Name, name) {
			if n++; n > 1 {
				text += ","
			}
			text += fields[i].Value
		}
	}
	return text, n > 0
}

// errBodyNotJSON says that a body that a mapping looks into is broken JSON.
var errBodyNotJSON = errors.New("body is not JSON")

// inBody evaluates the JSONPath on a body: scalars as text, the rest as JSON.
func (e *expression) inBody(document func() (any, error)) (string, bool, error) {
	if e.path == nil {
		return "", false, nil
	}
	doc, err := document()
	if err != nil {
		return "", false, fmt.Errorf("%w: %w", errBodyNotJSON, err)
	}
	v, ok, err := e.path.Get(doc)
	if err != nil || !ok || v == nil {
		return "", false, err
	}
	return mappedText(v), true, nil
}

// appendAll appends the expression's value as a field; a multi-value query
// source appends one for each.
func (e *expression) appendAll(dst []HeaderField, name string, x *exchange) ([]HeaderField, error) {
	if e.kind == fromMultiQuery {
		for _, f := range x.query {
			if f.Name == e.name {
				dst = append(dst, field(name, f.Value))
			}
		}
		return dst, nil
	}
	v, ok, err := e.value(x)
	if err != nil || !ok {
		return dst, err
	}
	return append(dst, field(name, v)), nil
}

// place is where a mapped value goes in the integration request.
type place uint8

const (
	toHeader place = iota
	toQuery
	toPath
)

// parameter is one entry of an integration's requestParameters.
type parameter struct {
	to   place
	name string
	from expression
}

func compileParameters(m map[string]string) []parameter {
	var list []parameter
	for _, key := range sortedKeys(m) {
		for to, prefix := range [...]string{"integration.request.header.", "integration.request.querystring.", "integration.request.path."} {
			if name, ok := cutPrefix(key, prefix); ok {
				list = append(list, parameter{place(to), name, compileExpression(m[key])})
			}
		}
	}
	return list
}

// responseParameter is one entry of an integration response's
// responseParameters; the target is always a header.
type responseParameter struct {
	name string
	from expression
}

func compileResponseParameters(m map[string]string) []responseParameter {
	var list []responseParameter
	for _, key := range sortedKeys(m) {
		if name, ok := cutPrefix(key, "method.response.header."); ok {
			list = append(list, responseParameter{name, compileExpression(m[key])})
		}
	}
	return list
}
