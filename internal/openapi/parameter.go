package openapi

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// parameterPlaces are API Gateway's words for where a parameter is, and the
// documentation parts for it.
var parameterPlaces = map[string]struct{ gateway, part string }{
	"path":   {"path", "PATH_PARAMETER"},
	"query":  {"querystring", "QUERY_PARAMETER"},
	"header": {"header", "REQUEST_HEADER"},
}

// parameters reads the parameters of the path, then those of the operation,
// which go first.
func (x *operation) parameters(m *apigateway.Method) {
	for _, p := range x.declared {
		in, name := p.get("in").text(), p.get("name").text()
		where, ok := parameterPlaces[in]
		switch {
		case in == "body" && !x.v3:
			continue // see body.go
		case !ok:
			x.warn("Unsupported parameter type '%s' for parameter '%s' in method '%s'. Ignoring.", in, name, x.label())
			continue
		}
		if m.RequestParameters == nil {
			m.RequestParameters = map[string]bool{}
		}
		required := p.get("required").truth()
		m.RequestParameters["method.request."+where.gateway+"."+name] = in == "path" || required != nil && *required
		at := x.place()
		at.name = name
		x.describe(where.part, at, p, "description")
	}
}

// declare collects the parameters of the path item and of the operation.
func (x *operation) declare() {
	for _, from := range []*node{x.item, x.op} {
		for p := range from.get("parameters").each() {
			x.spend(1)
			if p = x.resolve(p); p.is(object) {
				x.declared = append(x.declared, p)
			}
		}
	}
}

// parameters writes what the method request declares, by name.
func (x *method) parameters() *node {
	keys := slices.SortedFunc(maps.Keys(x.RequestParameters), func(a, b string) int {
		_, nameA := cutParameter(a)
		_, nameB := cutParameter(b)
		return cmp.Or(cmp.Compare(nameA, nameB), cmp.Compare(a, b))
	})
	all := newList()
	for _, key := range keys {
		in, name := cutParameter(key)
		all.items = append(all.items, x.parameter(in, name, x.RequestParameters[key]))
	}
	return all
}

// cutParameter takes "method.request.querystring.page" apart: "query", "page".
func cutParameter(key string) (in, name string) {
	where, name, _ := strings.Cut(strings.TrimPrefix(key, "method.request."), ".")
	for in, p := range parameterPlaces {
		if p.gateway == where {
			return in, name
		}
	}
	return where, name
}

func (x *method) parameter(in, name string, required bool) *node {
	at := x.place()
	at.name = name
	p := newObject().set("name", newText(name)).set("in", newText(in))
	p.set("description", x.documented(parameterPlaces[in].part, at).get("description"))
	if required || !x.v3 {
		p.set("required", newTruth(required))
	}
	return x.typed(p)
}

// typed adds the type of a parameter or header. AWS keeps none: all are texts.
func (w *writer) typed(n *node) *node {
	if w.v3 {
		return n.set("schema", newObject().set("type", newText("string")))
	}
	return n.set("type", newText("string"))
}
