package lambda

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// This is the catalogue of Lambda's errors: codes, statuses and texts as AWS
// sends them. Most bodies are {"Type":"User","message":…}; the codes of
// capitalMessage name the member "Message".

const (
	codeInvalidParameter = "InvalidParameterValueException"
	codeNotFound         = "ResourceNotFoundException"
	codeConflict         = "ResourceConflictException"
	codePrecondition     = "PreconditionFailedException"
	codeThrottled        = "TooManyRequestsException"
	codeEntityTooLarge   = "RequestEntityTooLargeException"
	codeTooLarge         = "RequestTooLargeException"
)

// capitalMessage lists the codes whose body says "Message".
var capitalMessage = map[string]bool{
	codeNotFound: true, "InvalidZipFileException": true, "ResourceNotReadyException": true, "InvalidRuntimeException": true,
}

func userError(status int, code, format string, args ...any) *awsapi.Error {
	e := awsapi.Errorf(status, code, format, args...)
	e.Type = "User"
	if capitalMessage[code] {
		e.MessageKey = "Message"
	}
	return e
}

func invalidParameter(format string, args ...any) error {
	return userError(http.StatusBadRequest, codeInvalidParameter, format, args...)
}

// invalidValue is a violation of the model found here, not in awsapi.
func invalidValue(value, member, rule string) error {
	return awsapi.Errorf(http.StatusBadRequest, "ValidationException",
		"1 validation error detected: Value %s at '%s' failed to satisfy constraint: %s", value, member, rule)
}

func notFound(format string, args ...any) error {
	return userError(http.StatusNotFound, codeNotFound, format, args...)
}

func functionNotFound(arn string) error { return notFound("Function not found: %s", arn) }

func conflict(format string, args ...any) error {
	return userError(http.StatusConflict, codeConflict, format, args...)
}

// stale says that a RevisionId is not the latest; api is where to read it.
func stale(api string) error {
	return userError(http.StatusPreconditionFailed, codePrecondition,
		"The Revision Id provided does not match the latest Revision Id. Call the %s API to retrieve the latest Revision Id", api)
}

// accessDenied is for refusals that need no policy to be read.
func accessDenied(caller, action, resource string) error {
	return userError(http.StatusForbidden, "AccessDeniedException",
		"User: %s is not authorized to perform: %s on resource: %s because no resource-based policy allows the %s action", caller, action, resource, action)
}

// Reasons of throttling.
const (
	reasonReserved = "ReservedFunctionConcurrentInvocationLimitExceeded"
	reasonAccount  = "ConcurrentInvocationLimitExceeded"
)

func throttled(reason string) error {
	e := userError(http.StatusTooManyRequests, codeThrottled, "Rate Exceeded.")
	e.Fields = []string{"Reason", reason}
	e.Header = http.Header{"Retry-After": {"1"}}
	return e
}

func requestTooLarge(limit int64) error {
	return userError(http.StatusRequestEntityTooLarge, codeTooLarge,
		"Request must be smaller than %d bytes for the InvokeFunction operation", limit)
}

// badJSON says why a payload is not JSON.
func badJSON(payload []byte) error {
	return userError(http.StatusBadRequest, "InvalidRequestContentException",
		"Could not parse request body into json: Could not parse payload into json: %s", jacksonError(payload))
}

var (
	errUnzip          = invalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.")
	errEmptyZip       = invalidParameter("Uploaded file must be a non-empty zip")
	errUnzippedSize   = invalidParameter("Unzipped size must be smaller than %d bytes", maxUnzipped)
	errZippedSize     = userError(http.StatusRequestEntityTooLarge, codeEntityTooLarge, "Zipped size must be smaller than %d bytes", maxZipped)
	errNoCode         = invalidParameter("Please provide a source for function code.")
	errRoleUnusable   = invalidParameter("The role defined for the function cannot be assumed by Lambda.")
	errQualifierClash = invalidParameter("The derived qualifier from the function name does not match the specified qualifier.")
	errUnsigned       = userError(http.StatusBadRequest, "CodeVerificationFailedException", "Lambda cannot deploy the function. The function or layer might be signed using a signature that the client is not configured to accept. Check the provided signature for unsigned.")
	errInternal       = &awsapi.Error{Code: "ServiceException", Status: http.StatusInternalServerError, Type: "Service", Message: "An error occurred and the request cannot be processed."}
	errRequest        = invalidParameter("An error occurred and the request cannot be processed.")
)

// describeMap prints a map in key order as AWS's texts do: {a=1, b=2}.
func describeMap[V any](m map[string]V) string {
	var b strings.Builder
	for i, k := range sortedKeys(m) {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s=%v", k, m[k])
	}
	return "{" + b.String() + "}"
}
