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
	r.bound(len(r.out.Parts)+1, maxItems, "descriptions")
	said := func(s string) *string { return newText(s).filled() }
	r.out.Parts = append(r.out.Parts, &apigateway.DocumentationPart{
		Location: &apigateway.DocumentationPartLocation{
			Type: kind, Path: said(at.path), Method: said(at.method), StatusCode: said(at.status), Name: said(at.name),
		},
		Properties: new(properties.compact()),
	})
}

// partIndex holds the properties of documentation parts by type and place.
type partIndex map[string]map[place]*node

func newPartIndex(parts []*apigateway.DocumentationPart) partIndex {
	index := partIndex{}
	for _, part := range parts {
		kind := part.Location.Type
		if index[kind] == nil {
			index[kind] = map[place]*node{}
		}
		index[kind][placeOf(part.Location)] = properties(part)
	}
	return index
}

// placeOf is where a part belongs. What a location leaves open is "".
func placeOf(l *apigateway.DocumentationPartLocation) place {
	said := func(s *string, open string) string {
		if s == nil || *s == open {
			return ""
		}
		return *s
	}
	return place{said(l.Path, "/"), said(l.Method, "*"), said(l.StatusCode, "*"), said(l.Name, "")}
}

// lookup returns the properties that hold for a place, or nil. AWS: a part also
// holds for what is below its path, and for every method and status if it names
// none.
func (index partIndex) lookup(kind string, at place) *node {
	places := index[kind]
	if len(places) == 0 {
		return nil
	}
	for path := at.path; ; path = parentPath(path) {
		for _, method := range []string{at.method, ""} {
			for _, status := range []string{at.status, ""} {
				if n := places[place{path, method, status, at.name}]; n != nil {
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

// documented are the properties of the stage's documentation for a place.
func (w *writer) documented(kind string, at place) *node { return w.places.lookup(kind, at) }
