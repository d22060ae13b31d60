package apigateway

import "testing"

func TestMethods(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, root := ts.api("a") // ids up to 4
	get := root + "/methods/GET"
	validator := ts.id("POST "+api+"/requestvalidators", `{"name":"v"}`) // 000005
	authorizer := ts.id("POST "+api+"/authorizers", `{"name":"z","type":"TOKEN","authorizerUri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:f/invocations","identitySource":"method.request.header.A"}`)
	const noAuthorizer = "400 BadRequestException Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."

	for _, c := range []struct{ name, verb, body, want string }{
		{"unknown verb", "FOO", `{"authorizationType":"NONE"}`, "400 BadRequestException Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"},
		{"no authorizer", "GET", `{"authorizationType":"CUSTOM"}`, noAuthorizer},
		{"authorizer of another kind", "GET", `{"authorizationType":"COGNITO_USER_POOLS","authorizerId":"` + authorizer + `"}`, noAuthorizer},
		{"unknown validator", "GET", `{"authorizationType":"NONE","requestValidatorId":"x"}`, "400 BadRequestException Invalid Request Validator identifier specified"},
		{"unknown model", "GET", `{"authorizationType":"NONE","requestModels":{"application/json":"petModel"}}`, "400 BadRequestException Invalid model identifier specified: petModel"},
		{"parameter twice", "GET", `{"authorizationType":"NONE","requestParameters":{"method.request.header.x":true,"method.request.querystring.x":true}}`, "400 BadRequestException Parameter names must be unique across querystring, header and path"},
		{"parameter name", "GET", `{"authorizationType":"NONE","requestParameters":{"method.request.querystring.a[]":true}}`, "400 BadRequestException Invalid mapping expression specified: Validation Result: warnings : [], errors : [Parameter name should match the following regular expression: ^[a-zA-Z0-9._$-]+$]"},
		{"parameter place", "GET", `{"authorizationType":"NONE","requestParameters":{"method.request.cookie.a":true}}`, "400 BadRequestException Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: method.request.cookie.a]"},
		{"lower case type", "GET", `{"authorizationType":"none"}`, `201 {"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false}`},
		{"exists", "GET", `{"authorizationType":"NONE"}`, "409 ConflictException Method already exists for this resource"},
		{"everything", "POST", `{"authorizationType":"CUSTOM","authorizerId":"` + authorizer + `","apiKeyRequired":true,"operationName":"o","requestParameters":{"method.request.path.x":true,"method.request.header.y":false},"requestModels":{"application/json":"Empty"},"requestValidatorId":"` + validator + `","authorizationScopes":["s"]}`,
			`201 {"httpMethod":"POST","authorizationType":"CUSTOM","authorizerId":"000006","apiKeyRequired":true,"requestValidatorId":"000005","operationName":"o","requestParameters":{"method.request.header.y":false,"method.request.path.x":true},"requestModels":{"application/json":"Empty"},"authorizationScopes":["s"]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ts.do("PUT "+root+"/methods/"+c.verb, c.body); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
	ts.expect("GET "+root+"/methods/PUT", "", "404 NotFoundException Invalid Method identifier specified")
	ts.expect("DELETE "+root+"/methods/PUT", "", "404 NotFoundException Invalid Method identifier specified")

	const plain = `200 {"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false}`
	for _, c := range []struct {
		name string
		ops  []string
		want string
	}{
		{"api key", []string{"replace /apiKeyRequired true", "replace /apiKeyRequired false"}, plain},
		{"authorizer while NONE", []string{"replace /authorizerId " + authorizer}, plain},
		{"custom", []string{"replace /authorizationType CUSTOM", "replace /authorizerId " + authorizer}, `200 {"httpMethod":"GET","authorizationType":"CUSTOM","authorizerId":"000006","apiKeyRequired":false}`},
		{"back to none", []string{"replace /authorizationType NONE"}, plain},
		{"custom without authorizer", []string{"replace /authorizationType CUSTOM"}, noAuthorizer},
		{"parameter", []string{"add /requestParameters/method.request.querystring.q true"}, `200 {"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false,"requestParameters":{"method.request.querystring.q":true}}`},
		{"parameter gone", []string{"remove /requestParameters/method.request.querystring.q"}, plain},
		{"parameter not there", []string{"remove /requestParameters/method.request.querystring.q"}, "404 NotFoundException Invalid parameter name specified"},
		{"model", []string{"add /requestModels/application~1json Empty", "remove /requestModels/application~1json"}, plain},
		{"model unescaped", []string{"add /requestModels/application/json Empty"}, "400 BadRequestException Invalid patch path /requestModels/application/json"},
		{"model unknown", []string{"add /requestModels/application~1json Nope"}, "400 BadRequestException Invalid model identifier specified: Nope"},
		{"verb", []string{"replace /httpMethod PUT"}, "400 BadRequestException Invalid patch path /httpMethod"},
		{"whole map", []string{"replace /requestParameters x"}, "400 BadRequestException Invalid patch path /requestParameters"},
		{"scopes", []string{"add /authorizationScopes a", "add /authorizationScopes b", "remove /authorizationScopes a"}, `200 {"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false,"authorizationScopes":["b"]}`},
		{"scopes gone", []string{"remove /authorizationScopes b"}, plain},
		{"validator", []string{"replace /requestValidatorId " + validator}, `200 {"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false,"requestValidatorId":"000005"}`},
		{"validator cleared", []string{"replace /requestValidatorId"}, plain},
		{"validator empty", []string{"replace /requestValidatorId "}, "400 BadRequestException Invalid Request Validator identifier specified"},
		{"rejected whole", []string{"replace /apiKeyRequired true", "remove /nope"}, "400 BadRequestException Invalid patch path /nope"},
		{"no operations", nil, plain},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ts.patch(get, c.ops...); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
	ts.expect("PATCH "+get, `{"patchOperations":[{"op":"replace","value":"x"}]}`, "400 BadRequestException Invalid patch path null")
	ts.expect("DELETE "+get, "", "204")
	ts.expect("GET "+get, "", "404 NotFoundException Invalid Method identifier specified")
}

func TestMethodResponses(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	_, root := ts.api("a")
	get := root + "/methods/GET"
	ts.expect("PUT "+get+"/responses/200", `{}`, "404 NotFoundException Invalid Method identifier specified")
	ts.must("PUT "+get, `{"authorizationType":"NONE"}`)
	ts.expect("PUT "+get+"/responses/wrong", `{}`, `400 ValidationException 1 validation error detected: Value 'wrong' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\d\d`)
	ts.expect("PUT "+get+"/responses/200", `{}`, `201 {"statusCode":"200"}`)
	ts.expect("PUT "+get+"/responses/200", `{}`, "409 ConflictException Response already exists for this resource")
	ts.expect("PUT "+get+"/responses/201", `{"responseParameters":{},"responseModels":{}}`, `201 {"statusCode":"201","responseParameters":{},"responseModels":{}}`)
	ts.expect("PUT "+get+"/responses/400", `{"responseModels":{"application/json":"Nope"}}`, "400 BadRequestException Invalid model identifier specified: Nope")
	ts.expect("PUT "+get+"/responses/400", `{"responseParameters":{"method.request.header.X":true}}`, "400 BadRequestException Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: method.request.header.X]")
	ts.expect("GET "+get+"/responses/400", "", "404 NotFoundException Invalid Response status code specified")

	at := get + "/responses/200"
	ts.expectPatch(at, `201 {"statusCode":"200","responseParameters":{"method.response.header.X":true}}`, "add /responseParameters/method.response.header.X true")
	ts.expectPatch(at, `404 NotFoundException Content-Type specified was not found`, "replace /responseModels/application~1json Empty")
	ts.expectPatch(at, `201 {"statusCode":"200","responseParameters":{"method.response.header.X":false},"responseModels":{"application/json":"Empty"}}`, "add /responseModels/application~1json Empty", "replace /responseParameters/method.response.header.X false")
	ts.expectPatch(at, `400 BadRequestException Invalid patch path /statusCode`, "replace /statusCode 300")
	ts.expect("GET "+get, "", `200 {"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false,"methodResponses":{"200":{"statusCode":"200","responseParameters":{"method.response.header.X":false},"responseModels":{"application/json":"Empty"}},"201":{"statusCode":"201","responseParameters":{},"responseModels":{}}}}`)
	ts.expect("DELETE "+at, "", "204")
	ts.expect("DELETE "+at, "", "404 NotFoundException Invalid Response status code specified")
}
