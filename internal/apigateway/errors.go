package apigateway

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// The kinds of errors that API Gateway answers with.

func badRequest(format string, args ...any) *awsapi.Error {
	return awsapi.Errorf(http.StatusBadRequest, "BadRequestException", format, args...)
}

func notFound(format string, args ...any) *awsapi.Error {
	return awsapi.Errorf(http.StatusNotFound, "NotFoundException", format, args...)
}

func conflict(format string, args ...any) *awsapi.Error {
	return awsapi.Errorf(http.StatusConflict, "ConflictException", format, args...)
}

func accessDenied(format string, args ...any) *awsapi.Error {
	return awsapi.Errorf(http.StatusForbidden, "AccessDeniedException", format, args...)
}

// Things that are not there.

func noRestApi(account, id string) *awsapi.Error {
	return notFound("Invalid API identifier specified %s:%s", account, id)
}

func noResource() *awsapi.Error    { return notFound("Invalid Resource identifier specified") }
func noMethod() *awsapi.Error      { return notFound("Invalid Method identifier specified") }
func noResponse() *awsapi.Error    { return notFound("Invalid Response status code specified") }
func noIntegration() *awsapi.Error { return notFound("Invalid Integration identifier specified") }
func noValidator() *awsapi.Error   { return notFound("Invalid Request Validator identifier specified") }
func noAuthorizer() *awsapi.Error  { return notFound("Invalid Authorizer identifier specified") }
func noDeployment() *awsapi.Error  { return notFound("Invalid Deployment identifier specified") }
func noStage() *awsapi.Error       { return notFound("Invalid stage identifier specified") }
func noPart() *awsapi.Error        { return notFound("Invalid Documentation part identifier specified") }
func noVersion() *awsapi.Error     { return notFound("Invalid Documentation version specified") }
func noApiKey() *awsapi.Error      { return notFound("Invalid API Key identifier specified") }
func noUsagePlan() *awsapi.Error   { return notFound("Invalid Usage Plan ID specified") }
func noVpcLink() *awsapi.Error     { return notFound("Invalid Vpc Link identifier specified") }
func noDomainName() *awsapi.Error  { return notFound("Invalid domain name identifier specified") }
func noPathMapping() *awsapi.Error { return notFound("Invalid base path mapping identifier specified") }
func noCertificate() *awsapi.Error {
	return notFound("Invalid Client Certificate identifier specified")
}
func noAssociation() *awsapi.Error {
	return notFound("Invalid domain name access association identifier specified")
}
func noModel(name string) *awsapi.Error { return notFound("Invalid model name specified: %s", name) }

// noUsagePlanKey has AWS's words for a key that is not in the plan.
func noUsagePlanKey() *awsapi.Error { return notFound("Invalid Usage Plan Key identifier specified") }

// concurrentModification is what an edit answers that lost every race, and what
// CreateAuthorizer answers for an unknown API (recorded).
func concurrentModification() *awsapi.Error {
	return conflict("Unable to complete operation due to concurrent modification. Please try again later.")
}

// Texts that several nouns share.

func invalidVerb() *awsapi.Error {
	return badRequest("Invalid HttpMethod specified. Valid options are %s", strings.Join(verbs, ","))
}

func invalidARN() *awsapi.Error { return badRequest("Invalid ARN specified in the request") }

// validationResult lists faults as API Gateway's validator prints them.
func validationResult(faults ...string) string {
	return fmt.Sprintf("Validation Result: warnings : [], errors : [%s]", strings.Join(faults, ", "))
}

func invalidMapping(faults ...string) *awsapi.Error {
	return badRequest("Invalid mapping expression specified: %s", validationResult(faults...))
}

func invalidModel(faults ...string) *awsapi.Error {
	return badRequest("Invalid model specified: %s", validationResult(faults...))
}

// loggingNeedsRole is the answer to switching logs on before the account has a
// role that may write them.
func loggingNeedsRole() *awsapi.Error {
	return badRequest("CloudWatch Logs role ARN must be set in account settings to enable logging")
}

// asConflict reports whether a commit lost a race.
func asConflict(err error) bool { return errors.Is(err, store.ErrConflict) }
