package openapi

import (
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// extAny is the operation for every verb that has none of its own.
const extAny = "x-amazon-apigateway-any-method"

// operations are the keys of a path item that stand for methods, in the order
// in which they are written. AWS: trace is not one.
var operations = []struct{ key, verb string }{
	{"get", "GET"}, {"put", "PUT"}, {"post", "POST"}, {"delete", "DELETE"},
	{"options", "OPTIONS"}, {"head", "HEAD"}, {"patch", "PATCH"}, {extAny, "ANY"},
}

// readResources reads the paths.
func (r *reader) readResources() {
	paths := r.doc.get("paths")
	r.bound(paths.len(), maxItems, "paths")
	if !paths.is(object) {
		r.warn("Parse issue: attribute paths is missing")
	}
	for path, item := range paths.members() {
		if strings.HasPrefix(path, "x-") {
			continue
		}
		r.spend(1 + len(r.prefix)/64)
		r.readResource(r.fullPath(path), r.resolve(item))
	}
}

// fullPath is a path of the document behind the prefix, without empty parts.
func (r *reader) fullPath(path string) string {
	parts := slices.DeleteFunc(strings.Split(r.prefix+"/"+path, "/"), func(p string) bool { return p == "" })
	return "/" + strings.Join(parts, "/")
}

func (r *reader) readResource(path string, item *node) {
	resource := &apigateway.Resource{Path: path}
	r.describe("RESOURCE", place{path: path}, item, "summary", "description")
	for _, o := range operations {
		op := r.resolve(item.get(o.key))
		if !op.is(object) {
			continue
		}
		if resource.ResourceMethods == nil {
			resource.ResourceMethods = map[string]*apigateway.Method{}
		}
		x := operation{reader: r, path: path, verb: o.verb, item: item, op: op}
		resource.ResourceMethods[o.verb] = x.read()
	}
	r.out.Resources = append(r.out.Resources, resource)
}

// paths writes the resources that have methods, in the order of their paths.
func (w *writer) paths() *node {
	paths := newObject()
	for _, resource := range w.snapshot.Resources {
		item := newObject()
		for _, o := range operations {
			if m := resource.ResourceMethods[o.verb]; m != nil {
				x := method{writer: w, Method: m, path: resource.Path}
				item.set(o.key, x.write())
			}
		}
		paths.setFilled(resource.Path, item)
	}
	return paths
}
