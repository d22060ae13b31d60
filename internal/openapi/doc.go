// Package openapi turns OpenAPI documents into REST APIs and REST APIs into
// OpenAPI documents: Swagger 2.0 and OpenAPI 3.0, JSON and YAML, with the
// extensions x-amazon-apigateway-*.
//
// An [Importer] reads a document into an apigateway.Description, which the
// control plane applies through the checks of single calls. An [Exporter]
// writes what a stage serves. Documents are untrusted input: their size, depth,
// references and the work they cause are bounded.
//
// Read in this order:
//   - tree.go (a document as an ordered tree), json.go and yaml.go (its texts),
//     errors.go;
//   - reader.go (a document becomes a description), reference.go, writer.go (a
//     stage becomes a document);
//   - one file per noun, each with what reads and what writes it: restapi.go
//     with basepath.go, resource.go, method.go, parameter.go, body.go,
//     response.go, integration.go, model.go with schema.go, security.go,
//     requestvalidator.go, gatewayresponse.go, documentation.go with
//     description.go.
package openapi
