package gateway

import (
	"strconv"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// responseType is one of the gateway response types.
type responseType uint8

const (
	accessDenied responseType = iota
	apiConfigurationError
	authorizerConfigurationError
	authorizerFailure
	badRequestParameters
	badRequestBody
	default4XX
	default5XX
	expiredToken
	integrationFailure
	integrationTimeout
	invalidAPIKey
	invalidSignature
	missingAuthenticationToken
	quotaExceeded
	requestTooLarge
	resourceNotFound
	throttled
	unauthorized
	unsupportedMediaType
	wafFiltered
	responseTypes
)

// types holds name, default status and x-amzn-ErrorType of each type. AWS.
var types = [responseTypes]struct {
	name      string
	status    int
	errorType string
}{
	accessDenied:                 {"ACCESS_DENIED", 403, "AccessDeniedException"},
	apiConfigurationError:        {"API_CONFIGURATION_ERROR", 500, "InternalServerErrorException"},
	authorizerConfigurationError: {"AUTHORIZER_CONFIGURATION_ERROR", 500, "AuthorizerConfigurationException"},
	authorizerFailure:            {"AUTHORIZER_FAILURE", 500, "AuthorizerFailureException"},
	badRequestParameters:         {"BAD_REQUEST_PARAMETERS", 400, "BadRequestException"},
	badRequestBody:               {"BAD_REQUEST_BODY", 400, "BadRequestException"},
	default4XX:                   {"DEFAULT_4XX", 400, "BadRequestException"},
	default5XX:                   {"DEFAULT_5XX", 500, "InternalServerErrorException"},
	expiredToken:                 {"EXPIRED_TOKEN", 403, "ExpiredTokenException"},
	integrationFailure:           {"INTEGRATION_FAILURE", 504, "InternalServerErrorException"},
	integrationTimeout:           {"INTEGRATION_TIMEOUT", 504, "InternalServerErrorException"},
	invalidAPIKey:                {"INVALID_API_KEY", 403, "ForbiddenException"},
	invalidSignature:             {"INVALID_SIGNATURE", 403, "InvalidSignatureException"},
	missingAuthenticationToken:   {"MISSING_AUTHENTICATION_TOKEN", 403, "MissingAuthenticationTokenException"},
	quotaExceeded:                {"QUOTA_EXCEEDED", 429, "LimitExceededException"},
	requestTooLarge:              {"REQUEST_TOO_LARGE", 413, "RequestTooLargeException"},
	resourceNotFound:             {"RESOURCE_NOT_FOUND", 404, "NotFoundException"},
	throttled:                    {"THROTTLED", 429, "TooManyRequestsException"},
	unauthorized:                 {"UNAUTHORIZED", 401, "UnauthorizedException"},
	unsupportedMediaType:         {"UNSUPPORTED_MEDIA_TYPE", 415, "BadRequestException"},
	wafFiltered:                  {"WAF_FILTERED", 403, "ForbiddenException"},
}

func responseTypeNamed(name string) (responseType, bool) {
	for t := range types {
		if types[t].name == name {
			return responseType(t), true
		}
	}
	return 0, false
}

// failure is a step's error: which gateway response the client gets, and what
// the execution log says about it.
type failure struct {
	kind      responseType
	status    int    // 0 is the type's own
	errorType string // "" is the type's own
	message   string // $context.error.message
	null      bool   // the message is null
	// early failures happen before the execution starts: their built-in body is
	// compact and they carry no trace header.
	early bool
	// capital spells the built-in body's key "Message".
	capital bool
	// noTrace keeps a late failure from carrying the trace header.
	noTrace bool
	// fixed failures cannot be customised.
	fixed bool
	// detail is $context.error.validationErrorString.
	detail string
	// lines go to the execution log; the last is $context.integration.error.
	lines []string
	// integrationError is $context.integration.error where it is not the line.
	integrationError string
	// logsType adds a line with the response's type to the execution log.
	logsType bool
	// headers are added to the response.
	headers []HeaderField
}

func (f *failure) Error() string { return types[f.kind].name + ": " + f.message }

// refuse is a failure before the execution.
func refuse(kind responseType, message string) *failure {
	return &failure{kind: kind, message: message, early: true}
}

// deny is a refusal for want of permission.
func deny(message string) *failure {
	return &failure{kind: accessDenied, message: message, early: true, capital: true}
}

const internalServerError = "Internal server error"

// misconfigured is the failure of an execution that cannot work as the API is
// set up. AWS: DEFAULT_5XX, and the reason only in the execution log.
func misconfigured(reason string) *failure {
	return &failure{kind: default5XX, message: internalServerError, lines: []string{configurationError + reason}}
}

const configurationError = "Execution failed due to configuration error: "

// internal hides an unexpected error from the client and shows it in the log.
func internal(err error) *failure {
	return misconfigured("There was an internal error while executing your request: " + err.Error())
}

// gatewayResponse is a customised gateway response.
type gatewayResponse struct {
	status    int // 0 is the type's own
	headers   []gatewayHeader
	templates []gatewayTemplate
}

type gatewayHeader struct {
	name string
	from expression
}

type gatewayTemplate struct {
	contentType string
	body        substitution
}

func compileGatewayResponse(g *apigateway.GatewayResponse) *gatewayResponse {
	r := &gatewayResponse{}
	r.status, _ = strconv.Atoi(value(g.StatusCode))
	for _, name := range sortedKeys(g.ResponseParameters) {
		if header, ok := cutPrefix(name, "gatewayresponse.header."); ok {
			r.headers = append(r.headers, gatewayHeader{header, compileExpression(g.ResponseParameters[name])})
		}
	}
	for _, ct := range sortedKeys(g.ResponseTemplates) {
		r.templates = append(r.templates, gatewayTemplate{ct, compileSubstitution(g.ResponseTemplates[ct])})
	}
	return r
}

// template picks by the client's Accept, then application/json, then the
// first.
func (r *gatewayResponse) template(accept string) *gatewayTemplate {
	if len(r.templates) == 0 {
		return nil
	}
	found := &r.templates[0]
	for i := range r.templates {
		switch t := &r.templates[i]; {
		case equalFold(t.contentType, accept):
			return t
		case t.contentType == applicationJSON:
			found = t
		}
	}
	return found
}

// customised finds the gateway response set on the API for a failure: its own,
// or the default of its class.
func (d *deployment) customised(f *failure) *gatewayResponse {
	if d == nil || f.fixed {
		return nil
	}
	if r := d.responses[f.kind]; r != nil {
		return r
	}
	class := default5XX
	if types[f.kind].status < 500 {
		class = default4XX
	}
	if class == default5XX && f.kind == default5XX {
		return d.responses[apiConfigurationError]
	}
	return d.responses[class]
}

// fail turns the error of a step into the response. It is the one place where
// that happens.
func (x *exchange) fail(err error) {
	f, ok := err.(*failure)
	if !ok {
		f = internal(err)
	}
	x.failed = f
	x.tick()
	for _, line := range f.lines {
		x.note(StepFailure, line)
	}
	if len(f.lines) == 0 {
		x.noteStatus(StepRefused, f.message, f.statusCode(), 0)
	}
	x.status = f.statusCode()
	x.head = append(x.head[:0], f.headers...)
	x.closeStream()
	custom := x.deployment().customised(f)
	if custom == nil {
		x.builtIn(f)
		x.head = append(x.head, field("Content-Type", applicationJSON))
	} else {
		x.custom(f, custom)
	}
	if f.logsType {
		x.noteStatus(StepGatewayResponse, types[f.kind].name, x.status, 0)
	}
	x.head = append(x.head, field("x-amzn-ErrorType", f.typeName()))
	if !f.early && !f.noTrace && !x.method.hidesTrace() {
		x.addTrace()
	}
}

// statusCode is the failure's own status or that of its type.
func (f *failure) statusCode() int {
	if f.status != 0 {
		return f.status
	}
	return types[f.kind].status
}

func (f *failure) typeName() string {
	if f.errorType != "" {
		return f.errorType
	}
	return types[f.kind].errorType
}

// builtIn renders the response that nobody has customised.
func (x *exchange) builtIn(f *failure) {
	b := x.out[:0]
	switch {
	case f.capital:
		b = append(b, `{"Message":`...)
	case f.early || f.null:
		b = append(b, `{"message":`...)
	default:
		b = append(b, `{"message": `...)
	}
	x.out = append(f.appendMessage(b), '}')
	x.reply = x.out
}

// appendMessage appends $context.error.messageString.
func (f *failure) appendMessage(b []byte) []byte {
	if f.null {
		return append(b, "null"...)
	}
	return appendQuoted(b, f.message)
}

// custom renders a customised response exactly as its template says.
func (x *exchange) custom(f *failure, r *gatewayResponse) {
	if r.status != 0 {
		x.status = r.status
	}
	accept, _ := fold(x.requestHead, "Accept")
	t := r.template(mediaType(accept))
	contentType := applicationJSON
	if t == nil {
		x.builtIn(f)
	} else {
		x.out = t.body.append(x.out[:0], x)
		x.reply, contentType = x.out, t.contentType
	}
	x.head = append(x.head, field("Content-Type", contentType))
	for i := range r.headers {
		if v, ok, err := r.headers[i].from.value(x); ok && err == nil {
			x.head = setField(x.head, r.headers[i].name, v)
		}
	}
}
