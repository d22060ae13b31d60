package openapi

import (
	"net/http"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

func badRequest(format string, args ...any) *awsapi.Error {
	return awsapi.Errorf(http.StatusBadRequest, "BadRequestException", format, args...)
}

// invalidInput is AWS's answer to what is no OpenAPI document.
func invalidInput() *awsapi.Error { return badRequest("Invalid OpenAPI input.") }

// tooMuch answers documents beyond the bounds below. AWS has its own words,
// which are not known.
func tooMuch(what string) *awsapi.Error { return badRequest("Invalid OpenAPI input. %s", what) }

// invalidDocumentation is AWS's answer to a body of ImportDocumentationParts
// that is no OpenAPI document.
func invalidDocumentation() *awsapi.Error {
	return badRequest("Unable to build importer with provided input.")
}

// Bounds of what is read.
const (
	maxBytes = 6 << 20      // AWS's limit of a definition
	maxText  = 4 * maxBytes // texts in a document, in bytes, aliases expanded
	maxNodes = 500_000      // values in a document, aliases expanded
	maxDepth = 200          // values within values
	maxWork  = 1_000_000    // weight of what references lead to, each time
	maxHops  = 32           // references that lead to references
	maxItems = 20_000       // paths, models, documentation parts; AWS allows 300 resources and 2,000 parts
	maxNamed = 1_000        // authorizers, validators; AWS allows 10 authorizers
)
