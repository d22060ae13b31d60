package openapi

import (
	"strings"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// operation is one operation of a document while it is read.
type operation struct {
	*reader
	path, verb string // in API Gateway's words
	item, op   *node
	declared   []*node // parameters
}

// place is the place of the operation, for documentation parts.
func (x *operation) place() place { return place{path: x.path, method: x.verb} }

// label names the operation in warnings: "POST /events".
func (x *operation) label() string { return x.verb + " " + x.path }

func (x *operation) read() *apigateway.Method {
	m := &apigateway.Method{
		HttpMethod:        x.verb,
		AuthorizationType: "NONE",
		OperationName:     x.op.get("operationId").filled(),
	}
	x.describe("METHOD", x.place(), x.op, "summary", "description")
	x.declare()
	x.parameters(m)
	x.requestBody(m)
	x.responses(m)
	x.security(m)
	m.RequestValidatorId = x.validator()
	m.MethodIntegration = x.integration()
	return m
}

// method is one method of an API while it is written.
type method struct {
	*writer
	*apigateway.Method
	path string
}

func (x *method) place() place { return place{path: x.path, method: x.HttpMethod} }

// write writes the method in the order of AWS's documents.
func (x *method) write() *node {
	op := newObject()
	documented := x.documented("METHOD", x.place())
	for _, key := range []string{"tags", "summary", "description"} {
		op.set(key, documented.get(key))
	}
	op.set("operationId", optional(x.OperationName))
	if x.v3 {
		op.setFilled("parameters", x.parameters())
		op.setFilled("requestBody", x.requestBody())
	} else {
		op.setFilled("consumes", texts(x.consumes()))
		op.set("produces", texts(x.produces()))
		parameters := x.parameters()
		if body := x.bodyParameter(); body != nil {
			parameters.items = append(parameters.items, body)
		}
		op.setFilled("parameters", parameters)
	}
	op.set("responses", x.responses())
	op.setFilled("security", x.security())
	if x.apigateway {
		op.set(extValidator, x.validator())
	}
	if x.integrations {
		op.set(extIntegration, x.integration())
	}
	return op
}

// isJSON reports whether a media type is one of JSON.
func isJSON(mediaType string) bool {
	mediaType, _, _ = strings.Cut(strings.ToLower(mediaType), ";")
	mediaType = strings.TrimSpace(mediaType)
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}
