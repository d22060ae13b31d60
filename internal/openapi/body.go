package openapi

import (
	"maps"
	"slices"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

const defaultType = "application/json"

// requestBody reads the models of the request: of the parameter in the body in
// Swagger, of the content in OpenAPI 3.
func (x *operation) requestBody(m *apigateway.Method) {
	if !x.v3 {
		for _, p := range x.declared {
			if p.get("in").text() == "body" {
				x.describe("REQUEST_BODY", x.place(), p, "description")
				m.RequestModels = x.sameModel(p.get("schema"), x.mediaTypes("consumes"), "body of")
			}
		}
		return
	}
	body := x.resolve(x.op.get("requestBody"))
	x.describe("REQUEST_BODY", x.place(), body, "description")
	m.RequestModels = x.contentModels(body.get("content"), "body of")
}

// mediaTypes are those that the operation, else the document, consumes or
// produces.
func (x *operation) mediaTypes(key string) []string {
	for _, from := range []*node{x.op, x.doc} {
		if types := from.get(key); types.is(list) {
			x.spend(types.len())
			return types.strings()
		}
	}
	return []string{defaultType}
}

// sameModel is the model of one schema under each media type.
func (x *operation) sameModel(schema *node, mediaTypes []string, what string) map[string]string {
	if len(mediaTypes) == 0 || schema == nil {
		return nil
	}
	name := x.bodyModel(schema, mediaTypes[0], what)
	if name == "" {
		return nil
	}
	models := make(map[string]string, len(mediaTypes))
	for _, t := range mediaTypes {
		models[t] = name
	}
	return models
}

// contentModels are the models of OpenAPI 3's map from media types to schemas.
func (x *operation) contentModels(content *node, what string) map[string]string {
	var models map[string]string
	for mediaType, c := range content.members() {
		x.spend(1)
		schema := c.get("schema")
		if schema == nil {
			continue
		}
		if name := x.bodyModel(schema, mediaType, what); name != "" {
			if models == nil {
				models = map[string]string{}
			}
			models[mediaType] = name
		}
	}
	return models
}

// requestBody writes the content of the request for OpenAPI 3.
func (x *method) requestBody() *node {
	if len(x.RequestModels) == 0 {
		return nil
	}
	body := newObject()
	body.set("description", x.documented("REQUEST_BODY", x.place()).get("description"))
	return body.set("content", x.content(x.RequestModels)).set("required", newTruth(true))
}

func (w *writer) content(models map[string]string) *node {
	content := newObject()
	for _, mediaType := range sorted(models) {
		content.set(mediaType, newObject().set("schema", w.modelRef(models[mediaType])))
	}
	return content
}

// bodyParameter writes the parameter in the body for Swagger, which has one
// schema for all media types.
func (x *method) bodyParameter() *node {
	if len(x.RequestModels) == 0 {
		return nil
	}
	for _, mediaType := range sorted(x.RequestModels) {
		if isJSON(mediaType) {
			model := x.RequestModels[mediaType]
			p := newObject().set("in", newText("body")).set("name", newText(model))
			p.set("description", x.documented("REQUEST_BODY", x.place()).get("description"))
			return p.set("required", newTruth(true)).set("schema", x.modelRef(model))
		}
	}
	x.fail(badRequest("Only found non-JSON body models for %s %s", x.HttpMethod, x.path))
	return nil
}

// consumes are the media types of the request's models, else of its templates.
func (x *method) consumes() []string {
	if len(x.RequestModels) > 0 || x.MethodIntegration == nil {
		return sorted(x.RequestModels)
	}
	return sorted(x.MethodIntegration.RequestTemplates)
}

// produces are the media types of the responses' models, else of the templates
// for them, else JSON.
func (x *method) produces() []string {
	types := map[string]bool{}
	for _, response := range x.MethodResponses {
		for t := range response.ResponseModels {
			types[t] = true
		}
	}
	if len(types) == 0 && x.MethodIntegration != nil {
		for _, response := range x.MethodIntegration.IntegrationResponses {
			for t := range response.ResponseTemplates {
				types[t] = true
			}
		}
	}
	if len(types) == 0 {
		return []string{defaultType}
	}
	return sorted(types)
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
