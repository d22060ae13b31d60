package openapi

import (
	"cmp"
	"context"
	"slices"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

const extDocumentation = "x-amazon-apigateway-documentation"

// ReadDocumentation reads the documentation parts in the body of
// ImportDocumentationParts.
func (Importer) ReadDocumentation(_ context.Context, body []byte) (_ []*apigateway.DocumentationPart, _ []string, err error) {
	doc, err := parse(body)
	if err != nil {
		return nil, nil, invalidDocumentation()
	}
	v3, err := dialect(doc)
	if err != nil {
		return nil, nil, invalidDocumentation()
	}
	r := newReader(doc, v3, apigateway.ImportOptions{})
	defer r.recoverInto(&err)
	return r.parts(), r.out.Warnings, nil
}

// readDocumentation adds the parts that the document lists to those made of
// descriptions. A description that only says what a listed part says, as in our
// exports, adds nothing.
func (r *reader) readDocumentation() {
	listed := r.parts()
	index := newPartIndex(listed)
	r.out.Parts = slices.DeleteFunc(r.out.Parts, func(part *apigateway.DocumentationPart) bool {
		n := index.lookup(part.Location.Type, placeOf(part.Location))
		return n != nil && n.covers(properties(part))
	})
	r.out.Parts = append(r.out.Parts, listed...)
}

// covers reports whether n says all that other says.
func (n *node) covers(other *node) bool {
	if !other.is(object) {
		return n != nil && n.kind == other.kind && n.value == other.value
	}
	for key, v := range other.members() {
		if !n.get(key).covers(v) {
			return false
		}
	}
	return true
}

// partTypes are the types of documentation parts.
var partTypes = []string{
	"API", "AUTHORIZER", "MODEL", "RESOURCE", "METHOD", "PATH_PARAMETER", "QUERY_PARAMETER", "REQUEST_HEADER",
	"REQUEST_BODY", "RESPONSE", "RESPONSE_HEADER", "RESPONSE_BODY",
}

// parts reads the parts that the document lists.
func (r *reader) parts() []*apigateway.DocumentationPart {
	var parts []*apigateway.DocumentationPart
	all := r.doc.path(extDocumentation, "documentationParts")
	r.bound(all.len(), maxItems, "documentation parts")
	for n := range all.each() {
		location := n.get("location")
		if kind := location.get("type").text(); !slices.Contains(partTypes, kind) {
			r.warn("Unsupported documentation part type '%s'. Ignoring.", kind)
			continue
		}
		part := &apigateway.DocumentationPart{Location: &apigateway.DocumentationPartLocation{
			Type:       location.get("type").text(),
			Path:       location.get("path").optional(),
			Method:     location.get("method").upper(),
			StatusCode: location.get("statusCode").optional(),
			Name:       location.get("name").optional(),
		}}
		if p := n.get("properties"); p.is(object) {
			part.Properties = new(p.compact())
		} else {
			part.Properties = p.optional()
		}
		parts = append(parts, part)
	}
	return parts
}

// documentation writes the parts of the stage's documentation version.
func (w *writer) documentation() *node {
	if len(w.parts) == 0 {
		return nil
	}
	n := newObject().set("version", optional(w.stage.DocumentationVersion))
	if v := w.options.Documentation; v != nil && v.CreatedDate != nil {
		n.set("createdDate", newText(v.CreatedDate.UTC().Format("2006-01-02T15:04:05Z")))
	}
	all := newList()
	for _, part := range slices.SortedStableFunc(slices.Values(w.parts), byLocation) {
		l := part.Location
		location := newObject().set("type", newText(l.Type)).set("path", optional(l.Path)).set("method", optional(l.Method)).
			set("statusCode", optional(l.StatusCode)).set("name", optional(l.Name))
		all.items = append(all.items, newObject().set("location", location).set("properties", properties(part)))
	}
	return n.set("documentationParts", all)
}

// byLocation is the order of parts in documents: by type, then from the general
// to the special. AWS's order is not known.
func byLocation(a, b *apigateway.DocumentationPart) int {
	at, bt := placeOf(a.Location), placeOf(b.Location)
	return cmp.Or(
		cmp.Compare(slices.Index(partTypes, a.Location.Type), slices.Index(partTypes, b.Location.Type)),
		cmp.Compare(at.path, bt.path), cmp.Compare(at.method, bt.method), cmp.Compare(at.status, bt.status), cmp.Compare(at.name, bt.name))
}

// properties are the properties of a part, which are kept as text.
func properties(part *apigateway.DocumentationPart) *node {
	if part.Properties == nil {
		return nil
	}
	if n, err := parseJSON([]byte(*part.Properties)); err == nil {
		return n
	}
	return newText(*part.Properties)
}
