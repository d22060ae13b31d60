package openapi

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// modelURL is the canonical reference to a model of an API.
const modelURL = "https://apigateway.amazonaws.com/restapis/"

// ignoredKeywords of OpenAPI's schemas are not part of a model. AWS drops them.
var ignoredKeywords = []string{"example", "examples", "xml", "externalDocs", "discriminator", "readOnly", "writeOnly", "deprecated"}

// walker copies a schema: it changes references and drops keywords where a
// schema stands, and leaves alone what only looks like one.
type walker struct {
	ref    func(ref string, depth int) *node // the copy of a schema that is a reference
	ignore []string
	order  func(a, b string) int // of keywords; nil leaves them in their order
}

func (k *walker) schema(n *node, depth int) *node {
	if depth > maxDepth {
		panic(refusal{tooMuch(fmt.Sprintf("The references of a schema nest deeper than %d levels.", maxDepth))})
	}
	if !n.is(object) {
		return n
	}
	if ref := n.get("$ref"); ref.is(text) {
		return k.ref(ref.value, depth)
	}
	keys := n.keys
	if k.order != nil {
		keys = slices.SortedStableFunc(slices.Values(keys), k.order)
	}
	c := newObject()
	for _, key := range keys {
		if !slices.Contains(k.ignore, key) {
			c.set(key, k.keyword(key, n.get(key), depth+1))
		}
	}
	return c
}

// keyword copies the value of a keyword.
func (k *walker) keyword(key string, v *node, depth int) *node {
	switch key {
	case "properties", "patternProperties", "definitions", "dependencies":
		c := newObject()
		for name, schema := range v.members() {
			c.set(name, k.schema(schema, depth+1))
		}
		if v.is(object) {
			return c
		}
	case "allOf", "anyOf", "oneOf":
		return k.list(v, depth)
	case "items":
		if v.is(list) {
			return k.list(v, depth)
		}
		return k.schema(v, depth)
	case "additionalProperties", "additionalItems", "not":
		return k.schema(v, depth)
	}
	return v
}

func (k *walker) list(v *node, depth int) *node {
	if !v.is(list) {
		return v
	}
	c := newList()
	for item := range v.each() {
		c.items = append(c.items, k.schema(item, depth+1))
	}
	return c
}

// schemaText is a schema of the document as a model keeps it: with canonical
// references, printed as AWS prints it.
func (r *reader) schemaText(n *node) string {
	k := &walker{ignore: ignoredKeywords}
	k.ref = func(ref string, depth int) *node {
		if name, ok := r.definition(ref); ok && (r.definitions().get(name) != nil || n.path("definitions", name) == nil) {
			return newObject().set("$ref", newText(modelURL+r.options.APIID+"/models/"+name))
		}
		// What is deeper in the document has no name and is put in place.
		if target := r.at(ref); target.is(object) {
			r.spend(target.weight)
			return k.schema(target, depth+1)
		}
		return newObject().set("$ref", newText(ref))
	}
	return k.schema(n, 0).pretty()
}

// schema writes a model's schema with references into the document.
func (w *writer) schema(n *node) *node {
	canonical := modelURL + w.snapshot.RestApi.Id + "/models/"
	k := &walker{ignore: []string{"$schema"}, order: keywordOrder}
	k.ref = func(ref string, _ int) *node {
		if name, ok := strings.CutPrefix(ref, canonical); ok {
			return w.modelRef(name)
		}
		return newObject().set("$ref", newText(ref))
	}
	return k.schema(n, 0)
}

// keywordOrder is the order of keywords in AWS's documents: type and required
// lead, the title ends.
func keywordOrder(a, b string) int { return cmp.Compare(keywordRank(a), keywordRank(b)) }

func keywordRank(key string) int {
	switch key {
	case "type":
		return 0
	case "required":
		return 1
	case "title":
		return 3
	}
	return 2
}
