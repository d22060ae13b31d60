package openapi

import (
	"context"
	"fmt"
	"strings"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// Exporter writes OpenAPI documents.
type Exporter struct{}

// WriteAPI writes what a stage serves, with the parts of its documentation
// version. An error is an *awsapi.Error.
func (Exporter) WriteAPI(_ context.Context, live *apigateway.LiveStage, parts []*apigateway.DocumentationPart, o apigateway.ExportOptions) (*apigateway.ExportResponse, error) {
	if o.Type != "swagger" && o.Type != "oas30" {
		return nil, badRequest("Invalid export type specified: %s. Valid options are oas30,swagger", o.Type)
	}
	w := newWriter(live, parts, o)
	doc := w.api()
	if w.err != nil {
		return nil, w.err
	}
	body, ending := doc.pretty(), "json"
	if o.YAML {
		body, ending = doc.yaml(), "yaml"
		if !w.v3 {
			body = "---\n" + body
		}
	}
	file := fmt.Sprintf("%s_%s.%s", o.Type, fileName.Replace(w.version()), ending)
	return &apigateway.ExportResponse{
		ContentType:        new("application/octet-stream"),
		ContentDisposition: new(`attachment; filename="` + strings.ToValidUTF8(file, "_") + `"`),
		Body:               []byte(body),
	}, nil
}

// fileName keeps a version within the quotes of a header.
var fileName = strings.NewReplacer(`"`, "_", `\`, "_", "/", "_", "\r", "_", "\n", "_", "\x00", "_")

// writer makes a document of one stage.
type writer struct {
	v3       bool
	stage    *apigateway.Stage
	snapshot *apigateway.Snapshot
	parts    []*apigateway.DocumentationPart
	options  apigateway.ExportOptions
	err      error // the first

	// The extensions that were asked for.
	apigateway, integrations, showAuthorizers bool

	authorizers      map[string]*apigateway.Authorizer // by id
	keyName, iamName string                            // of schemes
	validatorNames   map[string]string                 // by id
	places           partIndex
}

func newWriter(live *apigateway.LiveStage, parts []*apigateway.DocumentationPart, o apigateway.ExportOptions) *writer {
	w := &writer{
		v3: o.Type == "oas30", stage: live.Stage, snapshot: live.Deployment, parts: parts, options: o,
		authorizers: map[string]*apigateway.Authorizer{}, validatorNames: map[string]string{},
		places: newPartIndex(parts),
	}
	for extension := range strings.SplitSeq(o.Parameters["extensions"], ",") {
		switch strings.TrimSpace(extension) {
		case "apigateway":
			w.apigateway, w.integrations, w.showAuthorizers = true, true, true
		case "integrations", "integration":
			w.integrations = true
		case "authorizers":
			w.showAuthorizers = true
		}
	}
	w.nameSchemes()
	w.nameValidators()
	return w
}

// fail notes the first error.
func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// api writes the whole document.
func (w *writer) api() *node {
	doc := newObject()
	w.head(doc)
	doc.set("paths", w.paths())
	if w.v3 {
		doc.set("components", newObject().setFilled("schemas", w.models()).setFilled("securitySchemes", w.schemes()))
	} else {
		doc.setFilled("securityDefinitions", w.schemes()).setFilled("definitions", w.models())
	}
	if w.apigateway {
		doc.set(extDocumentation, w.documentation())
		doc.setFilled(extGatewayResponses, w.gatewayResponses())
		doc.setFilled(extValidators, w.validators())
		w.tail(doc)
	}
	return doc
}
