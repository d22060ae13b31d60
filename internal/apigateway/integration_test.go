package apigateway

import (
	"context"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

const functionURI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:f/invocations"

func TestPutIntegration(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	_, root := ts.api("a")
	get := root + "/methods/GET"
	ts.must("PUT "+get, `{"authorizationType":"NONE","requestParameters":{"method.request.header.h":true}}`)
	const mapping = "400 BadRequestException Invalid mapping expression specified: Validation Result: warnings : [], errors : ["
	ts.expect("GET "+get+"/integration", "", "404 NotFoundException Invalid Integration identifier specified")
	for _, c := range []struct{ name, body, want string }{
		{"type", `{"type":"X"}`, "400 ValidationException 1 validation error detected: Value 'X' at 'putIntegrationInput.type' failed to satisfy constraint: Member must satisfy enum value set: [HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]"},
		{"no verb", `{"type":"HTTP","uri":"http://x.y"}`, "400 BadRequestException Enumeration value for HttpMethod must be non-empty"},
		{"unknown verb", `{"type":"HTTP","httpMethod":"X","uri":"http://x.y"}`, "400 BadRequestException Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"},
		{"no endpoint", `{"type":"HTTP","httpMethod":"GET"}`, "400 BadRequestException Invalid HTTP endpoint specified for URI"},
		{"no host", `{"type":"HTTP_PROXY","httpMethod":"GET","uri":"http://"}`, "400 BadRequestException Invalid HTTP endpoint specified for URI"},
		{"no scheme", `{"type":"HTTP_PROXY","httpMethod":"GET","uri":"x.y/z"}`, "400 BadRequestException Invalid HTTP endpoint specified for URI"},
		{"no ARN", `{"type":"AWS","httpMethod":"POST","uri":"http://x.y"}`, "400 BadRequestException Invalid ARN specified in the request"},
		{"function ARN", `{"type":"AWS_PROXY","httpMethod":"POST","uri":"arn:aws:lambda:us-east-1:111111111111:function:f"}`, "400 BadRequestException Invalid ARN specified in the request"},
		{"neither path nor action", `{"type":"AWS","httpMethod":"POST","uri":"arn:aws:apigateway:us-east-1:lambda:x/y"}`, "400 BadRequestException AWS ARN for integration must contain path or action"},
		{"proxy of another service", `{"type":"AWS_PROXY","httpMethod":"POST","uri":"arn:aws:apigateway:us-east-1:sqs:path/1/q"}`, "400 BadRequestException Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."},
		{"function by name", `{"type":"AWS_PROXY","httpMethod":"POST","uri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations"}`, "400 BadRequestException Invalid function ARN or invalid uri"},
		{"timeout", `{"type":"MOCK","timeoutInMillis":49}`, "400 BadRequestException Timeout should be between 50 ms and 29000 ms"},
		{"long timeout", `{"type":"MOCK","timeoutInMillis":29001}`, "400 BadRequestException Timeout should be between 50 ms and 29000 ms"},
		{"mapping", `{"type":"MOCK","requestParameters":{"integration.request.header.x":"true"}}`, mapping + "Invalid mapping expression specified: true]"},
		{"undeclared", `{"type":"MOCK","requestParameters":{"integration.request.header.x":"method.request.querystring.x"}}`, mapping + "Invalid mapping expression parameter specified: method.request.querystring.x]"},
		{"two faults", `{"type":"MOCK","requestParameters":{"integration.request.header.x":"method.request.path.x","nope":"'a'"}}`, mapping + "Invalid mapping expression parameter specified: method.request.path.x, Invalid mapping expression specified: nope]"},
		{"content type", `{"type":"MOCK","requestTemplates":{"123":"x"}}`, "400 BadRequestException Validation Result: warnings : [], errors : [Invalid content type specified: 123]"},
		{"passthrough", `{"type":"MOCK","passthroughBehavior":"X"}`, "400 BadRequestException Invalid passthroughBehavior specified. Valid options are WHEN_NO_MATCH,WHEN_NO_TEMPLATES,NEVER"},
		{"link without id", `{"type":"HTTP","httpMethod":"GET","uri":"http://x.y","connectionType":"VPC_LINK"}`, "400 BadRequestException A VPC link identifier is required when the connection type is VPC_LINK"},
		{"unknown link", `{"type":"HTTP","httpMethod":"GET","uri":"http://x.y","connectionType":"VPC_LINK","connectionId":"x"}`, "400 BadRequestException Invalid Vpc Link identifier specified"},
		{"role of another account", `{"type":"MOCK","credentials":"arn:aws:iam::222222222222:role/r"}`, "403 AccessDeniedException Cross-account pass role is not allowed."},
		{"role", `{"type":"MOCK","credentials":"r"}`, "400 BadRequestException Invalid ARN specified in the request"},

		{"mock", `{"type":"MOCK","httpMethod":"GET","uri":"x","requestTemplates":{"application/json":"{}","text/plain":null}}`,
			`201 {"type":"MOCK","requestTemplates":{"application/json":"{}","text/plain":null},"passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"0000000002","cacheKeyParameters":[]}`},
		{"http", `{"type":"HTTP","httpMethod":"GET","uri":"http://${stageVariables.host}/{p}","requestParameters":{"integration.request.path.p":"method.request.header.h"}}`,
			`201 {"type":"HTTP","httpMethod":"GET","uri":"http://${stageVariables.host}/{p}","connectionType":"INTERNET","requestParameters":{"integration.request.path.p":"method.request.header.h"},"passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"0000000002","cacheKeyParameters":[]}`},
		{"own credentials", `{"type":"AWS","httpMethod":"POST","uri":"arn:aws:apigateway:us-east-1:sqs:action/SendMessage","credentials":"arn:aws:iam::*:user/*"}`,
			`201 {"type":"AWS","httpMethod":"POST","uri":"arn:aws:apigateway:us-east-1:sqs:action/SendMessage","credentials":"arn:aws:iam::*:user/*","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"0000000002","cacheKeyParameters":[]}`},
		{"stage variable", `{"type":"AWS_PROXY","httpMethod":"POST","uri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:${stageVariables.f}/invocations"}`,
			`201 {"type":"AWS_PROXY","httpMethod":"POST","uri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:${stageVariables.f}/invocations","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"0000000002","cacheKeyParameters":[]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ts.do("PUT "+get+"/integration", c.body); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestUpdateIntegration(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	_, root := ts.api("a")
	get := root + "/methods/GET"
	at := get + "/integration"
	ts.must("PUT "+get, `{"authorizationType":"NONE","requestParameters":{"method.request.header.h":true}}`)
	ts.must("PUT "+at, `{"type":"AWS_PROXY","httpMethod":"POST","uri":"`+functionURI+`"}`)
	shown := func(more string) string {
		return `200 {"type":"AWS_PROXY","httpMethod":"POST","uri":"` + functionURI + `",` + more + `}`
	}
	const rest = `"passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"0000000002","cacheKeyParameters":[]`
	for _, c := range []struct {
		name string
		ops  []string
		want string
	}{
		{"template without value", []string{"add /requestTemplates/application~1json"}, shown(`"requestTemplates":{"application/json":null},` + rest)},
		{"template gone", []string{"remove /requestTemplates/application~1json"}, shown(rest)},
		{"cache key", []string{"add /cacheKeyParameters/method.request.header.h "}, shown(strings.Replace(rest, "[]", `["method.request.header.h"]`, 1))},
		{"cache key gone", []string{"remove /cacheKeyParameters/method.request.header.h"}, shown(rest)},
		{"timeout", []string{"replace /timeoutInMillis 100"}, shown(strings.Replace(rest, "29000", "100", 1))},
		{"timeout back", []string{"replace /timeoutInMillis 29000"}, shown(rest)},
		{"timeout text", []string{"replace /timeoutInMillis x"}, "400 BadRequestException Invalid patch value 'x' specified for path /timeoutInMillis"},
		{"undeclared", []string{"add /requestParameters/integration.request.header.x method.request.header.g"}, "400 BadRequestException Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.request.header.g]"},
		{"declared", []string{"add /requestParameters/integration.request.header.x method.request.header.h", "remove /requestParameters/integration.request.header.x"}, shown(rest)},
		{"uri", []string{"replace /uri x"}, "400 BadRequestException Invalid ARN specified in the request"},
		{"type", []string{"remove /type"}, "400 BadRequestException Invalid patch path  '/type' specified for op 'remove'. Must be one of: [/cacheKeyParameters/{name}, /requestParameters/{name}, /requestTemplates/{contentType}]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ts.patch(at, c.ops...); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
	ts.expect("DELETE "+at, "", "204")
	ts.expect("DELETE "+at, "", "404 NotFoundException Invalid Integration identifier specified")
}

func TestIntegrationResponses(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	_, root := ts.api("a")
	get := root + "/methods/GET"
	at := get + "/integration/responses/200"
	ts.must("PUT "+get, `{"authorizationType":"NONE"}`)
	ts.expect("PUT "+at, `{}`, "404 NotFoundException Invalid Integration identifier specified")
	ts.must("PUT "+get+"/integration", `{"type":"MOCK"}`)
	const mapping = "400 BadRequestException Invalid mapping expression specified: Validation Result: warnings : [], errors : ["
	ts.expect("PUT "+get+"/integration/responses/600", `{}`, `400 ValidationException 1 validation error detected: Value '600' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\d\d`)
	ts.expect("PUT "+at, `{"responseParameters":{"method.response.header.X":"'a'"}}`, mapping+"Invalid mapping expression parameter specified: method.response.header.X]")
	ts.must("PUT "+get+"/responses/200", `{"responseParameters":{"method.response.header.X":true}}`)
	ts.expect("PUT "+at, `{"responseParameters":{"method.response.header.X":"a"}}`, mapping+"Invalid mapping expression specified: a]")
	ts.expect("PUT "+at, `{"selectionPattern":"","responseParameters":{"method.response.header.X":"'a'"},"responseTemplates":{"application/json":""}}`,
		`201 {"statusCode":"200","selectionPattern":"","responseParameters":{"method.response.header.X":"'a'"},"responseTemplates":{"application/json":null}}`)
	ts.expect("PUT "+at, `{}`, `201 {"statusCode":"200"}`)
	ts.expectPatch(at, `200 {"statusCode":"200","selectionPattern":"x.*","responseParameters":{"method.response.header.X":"integration.response.body.a"}}`,
		"replace /selectionPattern x.*", "add /responseParameters/method.response.header.X integration.response.body.a")
	ts.expect("GET "+get+"/integration", "", `200 {"type":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"0000000002","cacheKeyParameters":[],"integrationResponses":{"200":{"statusCode":"200","selectionPattern":"x.*","responseParameters":{"method.response.header.X":"integration.response.body.a"}}}}`)
	ts.expect("DELETE "+at, "", "204")
	ts.expect("GET "+at, "", "404 NotFoundException Invalid Response status code specified")
	ts.must("PUT "+at, `{}`)
	ts.expect("PUT "+get+"/integration", `{"type":"MOCK"}`, `201 {"type":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,"cacheNamespace":"0000000002","cacheKeyParameters":[]}`)
}

// fakeRoles lets callers pass what allowed says.
type fakeRoles struct{ allowed map[string]bool }

func (f fakeRoles) PassRole(_ context.Context, _ *awsapi.Call, role, service string) error {
	if f.allowed[role] && service == "apigateway.amazonaws.com" {
		return nil
	}
	return accessDenied("may not pass %s", role)
}

func (f fakeRoles) CheckRole(_ context.Context, _, role, _ string) error {
	if f.allowed[role] {
		return nil
	}
	return accessDenied("may not be assumed")
}

func TestIntegrationRoleHasToBePassed(t *testing.T) {
	t.Parallel()
	const role = "arn:aws:iam::111111111111:role/r"
	roles := fakeRoles{map[string]bool{}}
	ts := newServerWith(t, Config{Roles: roles})
	_, root := ts.api("a")
	get := root + "/methods/GET"
	ts.must("PUT "+get, `{"authorizationType":"NONE"}`)
	ts.expect("PUT "+get+"/integration", `{"type":"MOCK","credentials":"`+role+`"}`, "403 AccessDeniedException may not pass "+role)
	roles.allowed[role] = true
	ts.must("PUT "+get+"/integration", `{"type":"MOCK","credentials":"`+role+`"}`)
	roles.allowed[role] = false
	ts.must("PATCH "+get+"/integration", patchBody("replace /timeoutInMillis 100")) // the role stays
	ts.expectPatch(get+"/integration", "403 AccessDeniedException may not pass "+role+"2", "replace /credentials "+role+"2")
}
