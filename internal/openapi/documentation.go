package openapi

import (
	"context"

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
	r.readParts()
	return r.out.Parts, r.out.Warnings, nil
}

// readParts reads the parts that a document lists. They come behind those made
// of descriptions, and so take their places.
func (r *reader) readParts() {
	for n := range r.doc.path(extDocumentation, "documentationParts").each() {
		location := n.get("location")
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
		r.out.Parts = append(r.out.Parts, part)
	}
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
	for _, part := range w.parts {
		l := part.Location
		location := newObject().set("type", newText(l.Type)).set("path", optional(l.Path)).set("method", optional(l.Method)).
			set("statusCode", optional(l.StatusCode)).set("name", optional(l.Name))
		all.items = append(all.items, newObject().set("location", location).set("properties", properties(part)))
	}
	return n.set("documentationParts", all)
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
