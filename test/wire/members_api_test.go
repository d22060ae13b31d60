package wire

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// ids are values of members for one call.
type ids = map[string]any

// account makes a role that API Gateway may take, and gives it to the account.
func (j *journey) account() {
	client := iam.NewFromConfig(j.s.config())
	role := must[*iam.CreateRoleOutput](j.t)(client.CreateRole(j.ctx, &iam.CreateRoleInput{RoleName: aws.String("gateway"), AssumeRolePolicyDocument: aws.String(trust)}))
	must[*iam.AttachRolePolicyOutput](j.t)(client.AttachRolePolicy(j.ctx, &iam.AttachRolePolicyInput{
		RoleName: aws.String("gateway"), PolicyArn: aws.String("arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"),
	}))
	must[*iam.PutRolePolicyOutput](j.t)(client.PutRolePolicy(j.ctx, &iam.PutRolePolicyInput{
		RoleName: aws.String("gateway"), PolicyName: aws.String("invoke"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"*"}]}`),
	}))
	arn := *role.Role.Arn
	j.values["Credentials"], j.values["AuthorizerCredentials"] = arn, arn
	update(j, j.api.UpdateAccount, j.api.GetAccount, nil, patched{"CloudwatchRoleArn": arn}, replace("/cloudwatchRoleArn", arn))
}

func (j *journey) restAPI() {
	source := do(j, j.api.CreateRestApi, &apigateway.CreateRestApiInput{Name: aws.String("source")})
	j.values["CloneFrom"], j.values["RestApiId"] = *source.Id, *source.Id
	j.deleteLater(&apigateway.DeleteRestApiInput{RestApiId: source.Id})
	out, got := put(j, j.api.CreateRestApi, j.api.GetRestApi, nil, func(out *apigateway.CreateRestApiOutput) ids {
		j.values["RestApiId"] = *out.Id
		return nil
	})
	const policy = `{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\",\"Resource\":\"arn:aws:execute-api:us-east-1:000000000000:API\/*\"}]}`
	if want := strings.Replace(policy, "API", *out.Id, 1); *got.Policy != want {
		j.t.Errorf("policy is %s, want %s", *got.Policy, want)
	}
	j.deleteLater(&apigateway.DeleteRestApiInput{RestApiId: out.Id})
	j.values["RootId"] = *out.RootResourceId
	list(j, j.api.GetRestApis, nil, got)
	update(j, j.api.UpdateRestApi, j.api.GetRestApi, nil, patched{
		"Name": "renamed", "Description": "d2", "ApiKeySource": "AUTHORIZER", "DisableExecuteApiEndpoint": false, "SecurityPolicy": "TLS_1_0",
		"MinimumCompressionSize": int64(7), "BinaryMediaTypes": []string{"image/gif"},
		"EndpointConfiguration": map[string]any{"Types": []string{"REGIONAL"}, "IpAddressType": "ipv4"},
	},
		replace("/name", "renamed"), replace("/description", "d2"), replace("/apiKeySource", "AUTHORIZER"),
		replace("/disableExecuteApiEndpoint", "false"), replace("/securityPolicy", "TLS_1_0"), replace("/minimumCompressionSize", "7"),
		add("/binaryMediaTypes/image~1gif", ""), remove("/binaryMediaTypes/image~1png"),
		replace("/endpointConfiguration/types/PRIVATE", "REGIONAL"), replace("/apiKeySource", "HEADER"), replace("/apiKeySource", "AUTHORIZER"),
	)
	update(j, j.api.UpdateRestApi, j.api.GetRestApi, nil, patched{"ApiKeySource": "HEADER", "Policy": nil}, replace("/apiKeySource", "HEADER"), replace("/policy", ""))
}

// resources makes /pets, with /pets/{id} below it, and /other.
func (j *journey) resources() {
	j.values["ParentId"] = j.values["RootId"]
	byID := func(out *apigateway.CreateResourceOutput) ids {
		j.values["ResourceId"] = *out.Id
		return nil
	}
	other, _ := put(j, j.api.CreateResource, j.api.GetResource, ids{"PathPart": "other"}, byID)
	out, got := put(j, j.api.CreateResource, j.api.GetResource, nil, byID)
	list(j, j.api.GetResources, nil, got)
	update(j, j.api.UpdateResource, j.api.GetResource, ids{"ResourceId": *other.Id}, patched{"Path": "/pets/{id}", "PathPart": "{id}", "ParentId": *out.Id},
		replace("/parentId", *out.Id), replace("/pathPart", "{id}"))
	j.deleteLater(&apigateway.DeleteResourceInput{RestApiId: j.text("RestApiId"), ResourceId: other.Id})
}

func (j *journey) models() {
	_, got := put(j, j.api.CreateModel, j.api.GetModel, nil, func(out *apigateway.CreateModelOutput) ids {
		j.values["ModelName"] = *out.Name
		return nil
	})
	list(j, j.api.GetModels, nil, got)
	update(j, j.api.UpdateModel, j.api.GetModel, nil, patched{"Description": "d2", "Schema": `{"type":"array"}`},
		replace("/description", "d2"), replace("/schema", `{"type":"array"}`))
	do(j, j.api.GetModelTemplate, full[apigateway.GetModelTemplateInput](j, nil))
	do(j, j.api.GetModel, full[apigateway.GetModelInput](j, ids{"Flatten": true}))
	j.deleteLater(full[apigateway.DeleteModelInput](j, nil))
}

func (j *journey) validators() {
	byID := func(out *apigateway.CreateRequestValidatorOutput) ids {
		j.values["RequestValidatorId"] = *out.Id
		return nil
	}
	put(j, j.api.CreateRequestValidator, j.api.GetRequestValidator, nil, byID)
	j.deleteLater(full[apigateway.DeleteRequestValidatorInput](j, nil))
	_, got := put(j, j.api.CreateRequestValidator, j.api.GetRequestValidator, ids{"Name": "other"}, byID)
	list(j, j.api.GetRequestValidators, nil, got)
	update(j, j.api.UpdateRequestValidator, j.api.GetRequestValidator, nil, patched{"Name": "v", "ValidateRequestBody": false, "ValidateRequestParameters": false},
		replace("/name", "v"), replace("/validateRequestBody", "false"), replace("/validateRequestParameters", "false"))
}

// authorizers makes one that calls a function, and one for a user pool, which
// methods use from here on.
func (j *journey) authorizers() {
	j.values["AuthorizerUri"] = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + j.guard() + "/invocations"
	byID := func(out *apigateway.CreateAuthorizerOutput) ids {
		j.values["AuthorizerId"] = *out.Id
		return nil
	}
	guard, got := put(j, j.api.CreateAuthorizer, j.api.GetAuthorizer, nil, byID)
	list(j, j.api.GetAuthorizers, nil, got)
	update(j, j.api.UpdateAuthorizer, j.api.GetAuthorizer, nil, patched{
		"Name": "guard", "Type": "REQUEST", "IdentitySource": "method.request.header.X", "IdentityValidationExpression": "a.*", "AuthorizerResultTtlInSeconds": int64(0), "AuthType": "other",
	},
		replace("/name", "guard"), replace("/type", "REQUEST"), replace("/identitySource", "method.request.header.X"), replace("/identityValidationExpression", "a.*"),
		replace("/authorizerResultTtlInSeconds", "0"), replace("/authType", "other"))
	update(j, j.api.UpdateAuthorizer, j.api.GetAuthorizer, nil, patched{"Type": "TOKEN", "IdentitySource": "method.request.header.Authorization", "AuthType": "custom", "IdentityValidationExpression": nil, "AuthorizerCredentials": *got.AuthorizerCredentials},
		replace("/type", "TOKEN"), replace("/identitySource", "method.request.header.Authorization"), replace("/authType", "custom"), replace("/identityValidationExpression", ""))
	j.values["GuardId"] = *guard.Id
	pool := "arn:aws:cognito-idp:us-east-1:000000000000:userpool/"
	put(j, j.api.CreateAuthorizer, j.api.GetAuthorizer, ids{
		"Name": "users", "Type": "COGNITO_USER_POOLS", "AuthType": nil, "AuthorizerUri": nil, "AuthorizerCredentials": nil, "ProviderARNs": []string{pool + "us-east-1_a"},
	}, byID)
	list(j, j.api.GetAuthorizers, nil, nil)
	update(j, j.api.UpdateAuthorizer, j.api.GetAuthorizer, nil, patched{"ProviderARNs": []string{pool + userPoolID}, "AuthType": "cognito_user_pools"},
		add("/providerARNs", pool+userPoolID), types.PatchOperation{Op: types.OpRemove, Path: aws.String("/providerARNs"), Value: aws.String(pool + "us-east-1_a")})
	j.deleteLater(full[apigateway.DeleteAuthorizerInput](j, nil))
}

// method makes GET /pets with all that belongs to it.
func (j *journey) method() {
	link := do(j, j.api.CreateVpcLink, full[apigateway.CreateVpcLinkInput](j, nil))
	j.values["ConnectionId"], j.values["VpcLinkId"] = *link.Id, *link.Id
	put(j, j.api.PutMethod, j.api.GetMethod, nil, nil)
	put(j, j.api.PutMethodResponse, j.api.GetMethodResponse, nil, nil)
	put(j, j.api.PutIntegration, j.api.GetIntegration, nil, nil)
	put(j, j.api.PutIntegrationResponse, j.api.GetIntegrationResponse, nil, nil)
	whole := do(j, j.api.GetMethod, full[apigateway.GetMethodInput](j, nil))
	j.same("GetIntegration differs from GetMethod", whole.MethodIntegration, do(j, j.api.GetIntegration, full[apigateway.GetIntegrationInput](j, nil)), nil)
	resource := do(j, j.api.GetResource, full[apigateway.GetResourceInput](j, nil))
	j.same("GetResource differs from GetMethod", resource.ResourceMethods["GET"], whole, nil)

	update(j, j.api.UpdateMethod, j.api.GetMethod, nil, patched{
		"ApiKeyRequired": false, "OperationName": "op", "AuthorizationScopes": []string{"pets/write"}, "RequestValidatorId": nil,
		"RequestModels": map[string]string{"text/plain": "Error", "application/json": "Pet"}, "RequestParameters": map[string]bool{"method.request.querystring.page": false, "method.request.header.X": true},
	},
		replace("/apiKeyRequired", "false"), replace("/operationName", "op"), add("/authorizationScopes", "pets/write"),
		types.PatchOperation{Op: types.OpRemove, Path: aws.String("/authorizationScopes"), Value: aws.String("pets/read")},
		types.PatchOperation{Op: types.OpReplace, Path: aws.String("/requestValidatorId")},
		add("/requestModels/text~1plain", "Error"), remove("/requestModels/application~1json"), add("/requestModels/application~1json", "Pet"),
		replace("/requestParameters/method.request.querystring.page", "false"), add("/requestParameters/method.request.header.X", "true"))
	update(j, j.api.UpdateMethodResponse, j.api.GetMethodResponse, nil, patched{
		"ResponseModels": map[string]string{"text/plain": "Error"}, "ResponseParameters": map[string]bool{"method.response.header.X-Page": false, "method.response.header.Y": true},
	},
		add("/responseModels/text~1plain", "Error"), remove("/responseModels/application~1json"),
		replace("/responseParameters/method.response.header.X-Page", "false"), add("/responseParameters/method.response.header.Y", "true"))
	update(j, j.api.UpdateIntegration, j.api.GetIntegration, nil, patched{
		"CacheKeyParameters": []string{"method.request.header.X"}, "RequestParameters": map[string]string{"integration.request.header.Y": "'y'"},
		"RequestTemplates": map[string]string{"text/plain": "t"}, "CacheNamespace": "ns", "ConnectionType": "INTERNET", "ContentHandling": "CONVERT_TO_TEXT",
		"HttpMethod": "PUT", "IntegrationTarget": "target", "PassthroughBehavior": "WHEN_NO_TEMPLATES", "ResponseTransferMode": "STREAM", "TimeoutInMillis": int64(50),
		"TlsConfig": map[string]any{}, "Uri": "http://example.com", "ConnectionId": "other",
	},
		add("/cacheKeyParameters/method.request.header.X", ""), remove("/cacheKeyParameters/method.request.querystring.page"),
		add("/requestParameters/integration.request.header.Y", "'y'"), remove("/requestParameters/integration.request.header.X-Page"),
		add("/requestTemplates/text~1plain", "t"), remove("/requestTemplates/application~1json"),
		replace("/cacheNamespace", "ns"), replace("/connectionType", "INTERNET"), replace("/connectionId", "other"), replace("/contentHandling", "CONVERT_TO_TEXT"),
		replace("/httpMethod", "PUT"), replace("/integrationTarget", "target"), replace("/passthroughBehavior", "WHEN_NO_TEMPLATES"),
		replace("/responseTransferMode", "STREAM"), replace("/timeoutInMillis", "50"), replace("/tlsConfig/insecureSkipVerification", "false"), replace("/uri", "http://example.com"))
	update(j, j.api.UpdateIntegrationResponse, j.api.GetIntegrationResponse, nil, patched{
		"SelectionPattern": "", "ContentHandling": "CONVERT_TO_TEXT", "ResponseParameters": map[string]string{"method.response.header.Y": "'y'"}, "ResponseTemplates": map[string]string{"text/plain": "t"},
	},
		replace("/selectionPattern", ""), replace("/contentHandling", "CONVERT_TO_TEXT"), add("/responseParameters/method.response.header.Y", "'y'"),
		remove("/responseParameters/method.response.header.X-Page"), add("/responseTemplates/text~1plain", "t"), remove("/responseTemplates/application~1json"))
	update(j, j.api.UpdateMethod, j.api.GetMethod, nil, patched{"ApiKeyRequired": true}, replace("/apiKeyRequired", "true"))
	for _, in := range []any{full[apigateway.DeleteMethodInput](j, nil), full[apigateway.DeleteMethodResponseInput](j, nil), full[apigateway.DeleteIntegrationInput](j, nil), full[apigateway.DeleteIntegrationResponseInput](j, nil)} {
		j.deleteLater(in)
	}
}

// userPoolID is the user pool of the authorizer users.
const userPoolID = "us-east-1_b"

func (j *journey) gatewayResponses() {
	_, got := put(j, j.api.PutGatewayResponse, j.api.GetGatewayResponse, nil, nil)
	list(j, j.api.GetGatewayResponses, nil, got)
	do(j, j.api.GetGatewayResponses, full[apigateway.GetGatewayResponsesInput](j, nil))
	do(j, j.api.GetGatewayResponse, full[apigateway.GetGatewayResponseInput](j, ids{"ResponseType": "THROTTLED"}))
	update(j, j.api.UpdateGatewayResponse, j.api.GetGatewayResponse, nil, patched{
		"StatusCode": "403", "ResponseParameters": map[string]string{"gatewayresponse.header.Y": "'y'"}, "ResponseTemplates": map[string]string{"text/plain": "t"}, "DefaultResponse": false,
	},
		replace("/statusCode", "403"), add("/responseParameters/gatewayresponse.header.Y", "'y'"), remove("/responseParameters/gatewayresponse.header.X-Why"),
		add("/responseTemplates/text~1plain", "t"), remove("/responseTemplates/application~1json"))
	j.deleteLater(full[apigateway.DeleteGatewayResponseInput](j, nil))
}

func (j *journey) documentation() {
	byID := func(out *apigateway.CreateDocumentationPartOutput) ids {
		j.values["DocumentationPartId"] = *out.Id
		return nil
	}
	put(j, j.api.CreateDocumentationPart, j.api.GetDocumentationPart, ids{
		"Location": &types.DocumentationPartLocation{Type: "RESPONSE_HEADER", Path: aws.String("/pets/{id}"), Name: aws.String("X-Other")},
	}, byID)
	j.deleteLater(full[apigateway.DeleteDocumentationPartInput](j, nil))
	_, got := put(j, j.api.CreateDocumentationPart, j.api.GetDocumentationPart, nil, byID)
	list(j, j.api.GetDocumentationParts, nil, got)
	update(j, j.api.UpdateDocumentationPart, j.api.GetDocumentationPart, nil, patched{"Properties": `{"a":2}`}, replace("/properties", `{"a":2}`))
	do(j, j.api.ImportDocumentationParts, full[apigateway.ImportDocumentationPartsInput](j, nil))
	body := `{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{},"x-amazon-apigateway-documentation":{"documentationParts":[{"location":{"type":"NOPE"},"properties":{}}]}}`
	do(j, j.api.ImportDocumentationParts, full[apigateway.ImportDocumentationPartsInput](j, ids{"Body": []byte(body), "FailOnWarnings": false}))
}

// text is a known value of a member.
func (j *journey) text(member string) *string { return aws.String(j.values[member].(string)) }

func (j *journey) deleteLater(in any) { j.created = append(j.created, in) }
