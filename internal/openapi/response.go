package openapi

import (
	"regexp"
	"strings"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// statusCodes are the keys of responses that become method responses. AWS:
// default and wildcards do not.
var statusCodes = regexp.MustCompile(`^[1-5][0-9][0-9]$`)

const responseHeader = "method.response.header."

func (x *operation) responses(m *apigateway.Method) {
	for status, response := range x.op.get("responses").members() {
		x.spend(1)
		if !statusCodes.MatchString(status) {
			continue
		}
		if m.MethodResponses == nil {
			m.MethodResponses = map[string]*apigateway.MethodResponse{}
		}
		m.MethodResponses[status] = x.response(status, x.resolve(response))
	}
}

func (x *operation) response(status string, n *node) *apigateway.MethodResponse {
	response := &apigateway.MethodResponse{StatusCode: status}
	at := x.place()
	at.status = status
	if n.get("description").text() != ownDescription(status) {
		x.describe("RESPONSE", at, n, "description")
	}
	for name, header := range n.get("headers").members() {
		if response.ResponseParameters == nil {
			response.ResponseParameters = map[string]bool{}
		}
		response.ResponseParameters[responseHeader+name] = false
		at.name = name
		x.describe("RESPONSE_HEADER", at, x.resolve(header), "description")
	}
	what := status + " response to"
	if x.v3 {
		response.ResponseModels = x.contentModels(n.get("content"), what)
	} else {
		response.ResponseModels = x.sameModel(n.get("schema"), x.mediaTypes("produces"), what)
	}
	return response
}

// ownDescription is the description that AWS writes for a response that has
// none.
func ownDescription(status string) string { return status + " response" }

// responses writes the method responses, by status.
func (x *method) responses() *node {
	all := newObject()
	for _, status := range sorted(x.MethodResponses) {
		all.set(status, x.response(status, x.MethodResponses[status]))
	}
	return all
}

func (x *method) response(status string, response *apigateway.MethodResponse) *node {
	at := x.place()
	at.status = status
	description := newText(ownDescription(status))
	if d := x.documented("RESPONSE", at).get("description"); d != nil {
		description = d
	}
	n := newObject().set("description", description)
	headers := newObject()
	for _, key := range sorted(response.ResponseParameters) {
		at.name = strings.TrimPrefix(key, responseHeader)
		header := newObject().set("description", x.documented("RESPONSE_HEADER", at).get("description"))
		headers.set(at.name, x.typed(header))
	}
	if x.v3 {
		return n.setFilled("headers", headers).set("content", x.content(response.ResponseModels))
	}
	return n.set("schema", x.responseSchema(response.ResponseModels)).setFilled("headers", headers)
}

// responseSchema is the one schema that Swagger has for a response: that of the
// JSON model, if there is one.
func (w *writer) responseSchema(models map[string]string) *node {
	types := sorted(models)
	if len(types) == 0 {
		return nil
	}
	for _, t := range types {
		if isJSON(t) {
			return w.modelRef(models[t])
		}
	}
	return w.modelRef(models[types[0]])
}
