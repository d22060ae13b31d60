package openapi

import (
	"strings"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// place is where documentation belongs, in the words of its parts.
type place struct{ path, method, status, name string }

// describe makes a documentation part of the texts that n has under keys.
func (r *reader) describe(kind string, at place, n *node, keys ...string) {
	if !r.documented {
		return
	}
	properties := newObject()
	for _, key := range keys {
		if s := n.get(key); s.is(text) && s.value != "" {
			properties.set(key, s)
		}
	}
	if properties.len() > 0 {
		r.addPart(kind, at, properties)
	}
}

// addPart adds a part. What a place leaves open is not said.
func (r *reader) addPart(kind string, at place, properties *node) {
	r.spend(1)
	said := func(s string) *string { return newText(s).filled() }
	r.out.Parts = append(r.out.Parts, &apigateway.DocumentationPart{
		Location: &apigateway.DocumentationPartLocation{
			Type: kind, Path: said(at.path), Method: said(at.method), StatusCode: said(at.status), Name: said(at.name),
		},
		Properties: new(properties.compact()),
	})
}

// documented are the properties that hold for a place. AWS: a part also holds
// for what is below its path, and for every method and status if it names none.
func (w *writer) documented(kind string, at place) *node {
	if len(w.parts) == 0 {
		return nil
	}
	for path := at.path; ; path = parentPath(path) {
		for _, method := range []string{at.method, ""} {
			for _, status := range []string{at.status, ""} {
				if n := w.byPlace[kind][place{path, method, status, at.name}]; n != nil {
					return n
				}
			}
		}
		if path == "" {
			return nil
		}
	}
}

// parentPath is the path above; "" stands above the paths.
func parentPath(path string) string { return path[:strings.LastIndexByte(path, '/')] }

// indexParts makes the parts' properties known by their places.
func (w *writer) indexParts() {
	for _, part := range w.parts {
		said := func(s *string, open string) string {
			if s == nil || *s == open {
				return ""
			}
			return *s
		}
		l := part.Location
		at := place{said(l.Path, "/"), said(l.Method, "*"), said(l.StatusCode, "*"), said(l.Name, "")}
		if w.byPlace[l.Type] == nil {
			w.byPlace[l.Type] = map[place]*node{}
		}
		w.byPlace[l.Type][at] = properties(part)
	}
}
