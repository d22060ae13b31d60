package apigateway

import (
	"strings"
	"testing"
)

func TestRequestValidators(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, _ := ts.api("a") // ids up to 4
	at := api + "/requestvalidators"
	ts.expect("POST /restapis/nope/requestvalidators", `{"name":"v"}`, "400 BadRequestException Invalid REST API identifier specified")
	ts.expect("POST "+at, `{"name":""}`, "400 BadRequestException Request Validator name cannot be blank")
	ts.expect("POST "+at, `{"name":"v","validateRequestBody":true}`, `201 {"id":"000005","name":"v","validateRequestBody":true,"validateRequestParameters":false}`)
	ts.expectPatch(at+"/000005", `200 {"id":"000005","name":"v","validateRequestBody":false,"validateRequestParameters":false}`, "replace /validateRequestBody")
	ts.expectPatch(at+"/000005", `400 BadRequestException Request Validator name cannot be blank`, "replace /name ")
	ts.expectPatch(at+"/000005", `400 BadRequestException Invalid patch path  '/x' specified for op 'replace'. Must be one of: [/name, /validateRequestParameters, /validateRequestBody]`, "replace /x 1")
	ts.expectPatch(at+"/000005", `400 BadRequestException Invalid patch path  '/name' specified for op 'add'. Please choose supported operations`, "add /name x")
	ts.expect("GET "+at, "", `200 {"item":[{"id":"000005","name":"v","validateRequestBody":false,"validateRequestParameters":false}]}`)
	ts.expect("DELETE "+at+"/000005", "", "202")
	ts.expect("GET "+at+"/000005", "", "404 NotFoundException Invalid Request Validator identifier specified")
}

func TestAuthorizers(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, root := ts.api("a") // ids up to 4
	at := api + "/authorizers"
	uri := `"authorizerUri":"` + functionURI + `"`
	ts.expect("POST /restapis/nope/authorizers", `{"name":"z","type":"TOKEN","identitySource":"method.request.header.A",`+uri+`}`,
		"409 ConflictException Unable to complete operation due to concurrent modification. Please try again later.")
	for _, c := range []struct{ name, body, want string }{
		{"uri first", `{"name":"z","type":"TOKEN","authorizerUri":"x"}`, "400 BadRequestException Invalid Authorizer URI: x. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation."},
		{"type", `{"name":"z","type":"X"}`, "400 ValidationException 1 validation error detected: Value 'X' at 'createAuthorizerInput.type' failed to satisfy constraint: Member must satisfy enum value set: [TOKEN, REQUEST, COGNITO_USER_POOLS]"},
		{"no source", `{"name":"z","type":"TOKEN",` + uri + `}`, "400 BadRequestException Invalid identity source specified: "},
		{"source of a token", `{"name":"z","type":"TOKEN","identitySource":"context.x",` + uri + `}`, "400 BadRequestException Invalid identity source specified: context.x"},
		{"cached without source", `{"name":"z","type":"REQUEST",` + uri + `}`, "400 BadRequestException Identity source is required when caching is enabled"},
		{"path as source", `{"name":"z","type":"REQUEST","identitySource":"method.request.header.A, method.request.path.x",` + uri + `}`, "400 BadRequestException Invalid identity source specified: method.request.header.A, method.request.path.x"},
		{"ttl", `{"name":"z","type":"REQUEST","authorizerResultTtlInSeconds":3601,` + uri + `}`, "400 BadRequestException Authorizer result TTL must be between 0 and 3600 seconds"},
		{"no provider", `{"name":"z","type":"COGNITO_USER_POOLS"}`, "400 BadRequestException At least one provider ARN is required for an authorizer of type COGNITO_USER_POOLS"},
		{"token", `{"name":"z","type":"TOKEN","identitySource":"method.request.header.A",` + uri + `}`, `201 {"id":"000005","name":"z","type":"TOKEN","authType":"custom",` + uri + `,"identitySource":"method.request.header.A"}`},
		{"name taken", `{"name":"z","type":"REQUEST","authorizerResultTtlInSeconds":0,` + uri + `}`, "400 BadRequestException Authorizer name must be unique. Authorizer z already exists in this RestApi."},
		{"cognito", `{"name":"c","type":"COGNITO_USER_POOLS","providerARNs":["arn:aws:cognito-idp:us-east-1:111111111111:userpool/p"]}`, `201 {"id":"000007","name":"c","type":"COGNITO_USER_POOLS","providerARNs":["arn:aws:cognito-idp:us-east-1:111111111111:userpool/p"],"authType":"cognito_user_pools"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ts.do("POST "+at, c.body); got != strings.TrimSpace(c.want) {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
	z := at + "/000005"
	ts.expectPatch(z, `200 {"id":"000005","name":"y","type":"TOKEN","authType":"custom",`+uri+`,"identitySource":"method.request.header.A","authorizerResultTtlInSeconds":0}`,
		"replace /authorizerResultTtlInSeconds 0", "replace /name y")
	ts.expectPatch(z, "400 BadRequestException Authorizer name must be unique. Authorizer c already exists in this RestApi.", "replace /name c")
	ts.expectPatch(at+"/000007", "400 BadRequestException At least one provider ARN is required for an authorizer of type COGNITO_USER_POOLS", "remove /providerARNs arn:aws:cognito-idp:us-east-1:111111111111:userpool/p")
	ts.expectPatch(at+"/000007", "400 BadRequestException Invalid patch path  '/providerARNs' specified for op 'move'. Please choose supported operations", "move /providerARNs x")
	test := api + "/resources/" + ts.id("POST "+root, `{"pathPart":"test"}`)
	ts.must("PUT "+test+"/methods/GET", `{"authorizationType":"CUSTOM","authorizerId":"000005"}`)
	ts.expect("DELETE "+z, "", "409 ConflictException Cannot delete authorizer 'y', is referenced in method: GET//test")
	ts.must("DELETE "+test, "")
	ts.expect("DELETE "+z, "", "202")
	ts.expect("GET "+z, "", "404 NotFoundException Invalid Authorizer identifier specified")
}

func TestGatewayResponses(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, _ := ts.api("a")
	at := api + "/gatewayresponses/"
	const builtin = `"responseParameters":{},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"},"defaultResponse":`
	ts.expect("GET "+at+"UNAUTHORIZED", "", `200 {"responseType":"UNAUTHORIZED","statusCode":"401",`+builtin+`true}`)
	ts.expect("GET "+at+"DEFAULT_5XX", "", `200 {"responseType":"DEFAULT_5XX",`+builtin+`true}`)
	if got := ts.do("GET "+at+"X", ""); !strings.HasPrefix(got, "400 ValidationException 1 validation error detected: Value 'X' at 'responseType' failed to satisfy constraint: Member must satisfy enum value set: [REQUEST_TOO_LARGE, RESOURCE_NOT_FOUND,") {
		t.Error(got)
	}
	ts.expect("DELETE "+at+"UNAUTHORIZED", "", "404 NotFoundException Gateway response type not defined on api")
	ts.expect("PUT "+at+"UNAUTHORIZED", `{"statusCode":"499"}`, `201 {"responseType":"UNAUTHORIZED","statusCode":"499",`+builtin+`false}`)
	ts.expect("PUT "+at+"DEFAULT_4XX", `{"statusCode":"444","responseParameters":{"gatewayresponse.header.X":"'a'"}}`, `201 {"responseType":"DEFAULT_4XX","statusCode":"444","responseParameters":{"gatewayresponse.header.X":"'a'"},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"},"defaultResponse":false}`)
	ts.expect("GET "+at+"THROTTLED", "", `200 {"responseType":"THROTTLED","statusCode":"444","responseParameters":{"gatewayresponse.header.X":"'a'"},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"},"defaultResponse":true}`)
	ts.expect("GET "+at+"INTEGRATION_TIMEOUT", "", `200 {"responseType":"INTEGRATION_TIMEOUT","statusCode":"504",`+builtin+`true}`)
	ts.expect("PUT "+at+"UNAUTHORIZED", `{"responseParameters":{"x":"'a'"}}`, "400 BadRequestException Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: x]")
	if got := strings.Count(ts.do("GET "+api+"/gatewayresponses?limit=1", ""), "responseType"); got != 21 {
		t.Errorf("%d types", got)
	}

	patch := at + "UNAUTHORIZED"
	for _, c := range []struct{ op, want string }{
		{"add /statusCode 400", "400 BadRequestException Invalid patch path /statusCode"},
		{"add /responseTemplates/application~1json", "400 BadRequestException Invalid null or empty value in responseTemplates"},
		{"add /responseParameters/gatewayresponse.header.X", "400 BadRequestException Invalid null or empty value in responseParameters"},
		{"replace /responseParameters/gatewayresponse.header.X 'b'", "404 NotFoundException Invalid parameter name specified"},
		{"add /responseParameters/gatewayresponse.header.X 'b'", `200 {"responseType":"UNAUTHORIZED","statusCode":"499","responseParameters":{"gatewayresponse.header.X":"'b'"},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"},"defaultResponse":false}`},
		{"replace /statusCode", `200 {"responseType":"UNAUTHORIZED","statusCode":"401","responseParameters":{"gatewayresponse.header.X":"'b'"},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"},"defaultResponse":false}`},
		{"replace /statusCode abc", "400 BadRequestException Invalid status code specified: abc"},
	} {
		ts.expectPatch(patch, c.want, c.op)
	}
	ts.expect("DELETE "+at+"UNAUTHORIZED", "", "202")
	ts.expectPatch(at+"WAF_FILTERED", `200 {"responseType":"WAF_FILTERED","statusCode":"400","responseParameters":{"gatewayresponse.header.X":"'a'"},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"},"defaultResponse":false}`, "replace /statusCode 400")
}
