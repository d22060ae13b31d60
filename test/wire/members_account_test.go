package wire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"reflect"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// guard makes a function that lets everybody in, and returns its ARN.
func (j *journey) guard() string {
	client := lambda.NewFromConfig(j.s.config())
	code := `exports.handler = async (e) => ({principalId: e.authorizationToken, policyDocument: {Version: '2012-10-17', Statement: [{Action: 'execute-api:Invoke', Effect: 'Allow', Resource: '*'}]}, context: {place: 'home'}});`
	fn := must[*lambda.CreateFunctionOutput](j.t)(client.CreateFunction(j.ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String("Guard"), Runtime: "nodejs22.x", Handler: aws.String("index.handler"), Role: j.text("Credentials"),
		Code: &lambdatypes.FunctionCode{ZipFile: zipOf(j.t, "index.js", []byte(code))},
	}))
	must[*lambda.AddPermissionOutput](j.t)(client.AddPermission(j.ctx, &lambda.AddPermissionInput{
		FunctionName: fn.FunctionName, StatementId: aws.String("gateway"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("apigateway.amazonaws.com"),
	}))
	return *fn.FunctionArn
}

func (j *journey) links() {
	_, got := put(j, j.api.CreateVpcLink, j.api.GetVpcLink, nil, func(out *apigateway.CreateVpcLinkOutput) ids {
		j.values["VpcLinkId"] = *out.Id
		return nil
	})
	list(j, j.api.GetVpcLinks, nil, got)
	update(j, j.api.UpdateVpcLink, j.api.GetVpcLink, nil, patched{"Name": "l", "Description": "d2"}, replace("/name", "l"), replace("/description", "d2"))
	j.deleteLater(full[apigateway.DeleteVpcLinkInput](j, nil))
}

func (j *journey) certificates() {
	byID := func(out *apigateway.GenerateClientCertificateOutput) ids {
		j.values["ClientCertificateId"] = *out.ClientCertificateId
		return nil
	}
	put(j, j.api.GenerateClientCertificate, j.api.GetClientCertificate, nil, byID)
	j.deleteLater(full[apigateway.DeleteClientCertificateInput](j, nil))
	_, got := put(j, j.api.GenerateClientCertificate, j.api.GetClientCertificate, nil, byID)
	list(j, j.api.GetClientCertificates, nil, got)
	update(j, j.api.UpdateClientCertificate, j.api.GetClientCertificate, nil, patched{"Description": "d2"}, replace("/description", "d2"))
}

// deployments makes the stage prod, and a canary on it.
func (j *journey) deployments() {
	byID := func(out *apigateway.CreateDeploymentOutput) ids {
		j.values["DeploymentId"] = *out.Id
		return nil
	}
	put(j, j.api.CreateDeployment, j.api.GetDeployment, ids{"CanarySettings": nil}, byID)
	prod := do(j, j.api.GetStage, full[apigateway.GetStageInput](j, nil))
	if *prod.Description != "StageDescription" || !prod.CacheClusterEnabled || !prod.TracingEnabled || prod.Variables["colour"] != "red" || prod.CacheClusterSize != "0.5" {
		j.t.Errorf("CreateDeployment makes the stage %s", describe(prod))
	}
	_, got := put(j, j.api.CreateDeployment, j.api.GetDeployment, nil, byID)
	if canary := do(j, j.api.GetStage, full[apigateway.GetStageInput](j, nil)).CanarySettings; canary == nil || *canary.DeploymentId != *got.Id || canary.PercentTraffic != 25 || !canary.UseStageCache || canary.StageVariableOverrides["colour"] != "blue" {
		j.t.Errorf("CreateDeployment makes the canary %s", describe(canary))
	}
	list(j, j.api.GetDeployments, nil, got)
	update(j, j.api.UpdateDeployment, j.api.GetDeployment, nil, patched{"Description": "d2"}, replace("/description", "d2"))
	unused := do(j, j.api.CreateDeployment, &apigateway.CreateDeploymentInput{RestApiId: j.text("RestApiId")})
	j.deleteLater(&apigateway.DeleteDeploymentInput{RestApiId: j.text("RestApiId"), DeploymentId: unused.Id})
}

// stages makes the stage full, and changes all that can be changed.
func (j *journey) stages() {
	version, got := put(j, j.api.CreateDocumentationVersion, j.api.GetDocumentationVersion, nil, nil)
	do(j, j.api.CreateDocumentationVersion, full[apigateway.CreateDocumentationVersionInput](j, ids{"DocumentationVersion": "2.0", "StageName": nil}))
	list(j, j.api.GetDocumentationVersions, nil, got)
	update(j, j.api.UpdateDocumentationVersion, j.api.GetDocumentationVersion, nil, patched{"Description": "d2"}, replace("/description", "d2"))
	j.deleteLater(full[apigateway.DeleteDocumentationVersionInput](j, ids{"DocumentationVersion": "2.0"}))

	_, stage := put(j, j.api.CreateStage, j.api.GetStage, nil, func(*apigateway.CreateStageOutput) ids { return ids{"StageName": "full"} })
	list(j, j.api.GetStages, nil, stage)
	at := ids{"StageName": "full"}
	ops := []types.PatchOperation{
		replace("/description", "d2"), replace("/variables/size", "big"), replace("/tracingEnabled", "false"), replace("/cacheClusterSize", "1.6"),
		replace("/clientCertificateId", *j.text("ClientCertificateId")), replace("/documentationVersion", *version.Version),
		replace("/accessLogSettings/format", "$context.requestId"), replace("/accessLogSettings/destinationArn", "arn:aws:logs:us-east-1:000000000000:log-group:g"),
		replace("/canarySettings/percentTraffic", "50.5"), replace("/canarySettings/useStageCache", "false"), replace("/canarySettings/stageVariableOverrides/size", "small"),
	}
	for _, setting := range [][2]string{
		{"metrics/enabled", "true"}, {"logging/dataTrace", "true"}, {"logging/loglevel", "INFO"}, {"throttling/burstLimit", "7"}, {"throttling/rateLimit", "7.5"},
		{"caching/enabled", "true"}, {"caching/ttlInSeconds", "60"}, {"caching/dataEncrypted", "true"}, {"caching/requireAuthorizationForCacheControl", "true"},
		{"caching/unauthorizedCacheControlHeaderStrategy", "FAIL_WITH_403"},
	} {
		ops = append(ops, replace("/~1pets/GET/"+setting[0], setting[1]))
	}
	changed := update(j, j.api.UpdateStage, j.api.GetStage, at, patched{
		"Description": "d2", "Variables": map[string]string{"colour": "red", "size": "big"}, "TracingEnabled": false, "CacheClusterSize": "1.6", "CacheClusterStatus": "AVAILABLE",
		"ClientCertificateId": *j.text("ClientCertificateId"), "DocumentationVersion": "1.0",
		"AccessLogSettings": map[string]any{"Format": "$context.requestId", "DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:g"},
	}, ops...)
	if want := (types.MethodSetting{MetricsEnabled: true, DataTraceEnabled: true, LoggingLevel: aws.String("INFO"), ThrottlingBurstLimit: 7, ThrottlingRateLimit: 7.5, CachingEnabled: true, CacheTtlInSeconds: 60,
		CacheDataEncrypted: true, RequireAuthorizationForCacheControl: true, UnauthorizedCacheControlHeaderStrategy: "FAIL_WITH_403"}); !reflect.DeepEqual(changed.MethodSettings["~1pets/GET"], want) {
		j.t.Errorf("method settings are %s", describe(changed.MethodSettings))
	}
	if c := changed.CanarySettings; c.PercentTraffic != 50.5 || c.UseStageCache || c.StageVariableOverrides["size"] != "small" {
		j.t.Errorf("canary is %s", describe(c))
	}
	update(j, j.api.UpdateStage, j.api.GetStage, at, patched{"Variables": map[string]string{"colour": "blue", "size": "small"}, "CanarySettings": nil, "MethodSettings": map[string]types.MethodSetting{}, "AccessLogSettings": nil},
		types.PatchOperation{Op: types.OpCopy, Path: aws.String("/variables"), From: aws.String("/canarySettings/stageVariableOverrides")},
		types.PatchOperation{Op: types.OpCopy, Path: aws.String("/deploymentId"), From: aws.String("/canarySettings/deploymentId")},
		remove("/canarySettings"), remove("/~1pets/GET"), remove("/accessLogSettings"))
	do(j, j.api.FlushStageCache, full[apigateway.FlushStageCacheInput](j, nil))
	do(j, j.api.FlushStageAuthorizersCache, full[apigateway.FlushStageAuthorizersCacheInput](j, nil))
	j.deleteLater(full[apigateway.DeleteStageInput](j, at))
}

func (j *journey) keysAndPlans() {
	api := j.text("RestApiId")
	j.values["StageKeys"] = []types.StageKey{{RestApiId: api, StageName: aws.String("prod")}}
	byID := func(out *apigateway.CreateApiKeyOutput) ids {
		j.values["ApiKey"], j.values["KeyId"] = *out.Id, *out.Id
		if !slices.Equal(out.StageKeys, []string{*api + "/prod"}) {
			j.t.Errorf("stage keys are %v", out.StageKeys)
		}
		return nil
	}
	put(j, j.api.CreateApiKey, j.api.GetApiKey, ids{"Value": "the-value-of-another-key"}, byID)
	other := *j.text("KeyId")
	j.deleteLater(full[apigateway.DeleteApiKeyInput](j, nil))
	_, key := put(j, j.api.CreateApiKey, j.api.GetApiKey, nil, byID)
	list(j, j.api.GetApiKeys, nil, key)
	update(j, j.api.UpdateApiKey, j.api.GetApiKey, nil, patched{"Name": "Name2", "Description": "d2", "CustomerId": "c2", "Enabled": false, "StageKeys": []string{}},
		replace("/name", "Name2"), replace("/description", "d2"), replace("/customerId", "c2"), replace("/enabled", "false"),
		types.PatchOperation{Op: types.OpRemove, Path: aws.String("/stages"), Value: aws.String(*api + "/prod")})
	do(j, j.api.ImportApiKeys, full[apigateway.ImportApiKeysInput](j, nil))
	do(j, j.api.ImportApiKeys, full[apigateway.ImportApiKeysInput](j, ids{"FailOnWarnings": false, "Body": []byte("key\nshort\n")}))

	j.values["ApiStages"] = []types.ApiStage{{ApiId: api, Stage: aws.String("prod"), Throttle: map[string]types.ThrottleSettings{"/pets/GET": {BurstLimit: 3, RateLimit: 2.5}}}}
	byPlan := func(out *apigateway.CreateUsagePlanOutput) ids {
		j.values["UsagePlanId"] = *out.Id
		return nil
	}
	put(j, j.api.CreateUsagePlan, j.api.GetUsagePlan, ids{"ApiStages": []types.ApiStage{}}, byPlan)
	empty := full[apigateway.DeleteUsagePlanInput](j, nil)
	do(j, j.api.CreateUsagePlanKey, full[apigateway.CreateUsagePlanKeyInput](j, nil))
	_, plan := put(j, j.api.CreateUsagePlan, j.api.GetUsagePlan, nil, byPlan)
	for _, id := range []string{other, *key.Id} {
		put(j, j.api.CreateUsagePlanKey, j.api.GetUsagePlanKey, ids{"KeyId": id}, func(*apigateway.CreateUsagePlanKeyOutput) ids { return ids{"KeyId": id} })
	}
	list(j, j.api.GetUsagePlans, nil, plan)
	list(j, j.api.GetUsagePlanKeys, nil, nil)
	update(j, j.api.UpdateUsagePlan, j.api.GetUsagePlan, nil, patched{
		"Name": "p", "Description": "d2", "ProductCode": "code",
		"Quota": map[string]any{"Limit": int64(9), "Offset": int64(1), "Period": "MONTH"}, "Throttle": map[string]any{"BurstLimit": int64(4), "RateLimit": 3.5},
	},
		replace("/name", "p"), replace("/description", "d2"), add("/productCode", "code"), replace("/quota/limit", "9"), replace("/quota/offset", "1"), replace("/quota/period", "MONTH"),
		replace("/throttle/burstLimit", "4"), replace("/throttle/rateLimit", "3.5"), replace("/apiStages/"+*api+":prod/throttle/~1pets/GET/burstLimit", "8"))

	usage := full[apigateway.UpdateUsageInput](j, nil)
	usage.PatchOperations = []types.PatchOperation{replace("/remaining", "5")}
	if out := do(j, j.api.UpdateUsage, usage); !reflect.DeepEqual(out.Items[*key.Id], [][]int64{{0, 5}}) {
		j.t.Errorf("usage is %v", out.Items)
	}
	do(j, j.api.GetUsage, full[apigateway.GetUsageInput](j, nil, "Position"))
	first := do(j, j.api.GetUsage, full[apigateway.GetUsageInput](j, ids{"Limit": 1, "KeyId": nil}, "Position"))
	second := do(j, j.api.GetUsage, full[apigateway.GetUsageInput](j, ids{"Limit": 1, "KeyId": nil, "Position": first.Position}))
	if first.Position == nil || second.Position != nil || len(first.Items) != 1 || len(second.Items) != 1 || reflect.DeepEqual(first.Items, second.Items) {
		j.t.Errorf("pages of usage are %s and %s", describe(first), describe(second))
	}
	j.deleteLater(full[apigateway.DeleteUsagePlanKeyInput](j, nil))
	j.deleteLater(empty)
}

// domainNames makes one of each kind: at the edge, regional and private.
func (j *journey) domainNames() {
	certificate, key := certificateFor(j, "up.example.com")
	arn := "arn:aws:acm:us-east-1:000000000000:certificate/1"
	j.values["CertificateArn"], j.values["RegionalCertificateArn"], j.values["OwnershipVerificationCertificateArn"] = arn, arn, arn
	j.values["CertificateBody"], j.values["CertificatePrivateKey"], j.values["CertificateChain"] = certificate, key, certificate
	edge := &types.EndpointConfiguration{Types: []types.EndpointType{"EDGE"}, IpAddressType: "ipv4"}
	regional := &types.EndpointConfiguration{Types: []types.EndpointType{"REGIONAL"}, IpAddressType: "ipv4"}
	byName := func(out *apigateway.CreateDomainNameOutput) ids {
		j.values["DomainName"], j.values["DomainNameId"] = *out.DomainName, nil
		if out.DomainNameId != nil {
			j.values["DomainNameId"] = *out.DomainNameId
		}
		return nil
	}
	put(j, j.api.CreateDomainName, j.api.GetDomainName, ids{"DomainName": "up.example.com", "EndpointConfiguration": edge, "Policy": nil}, byName)
	j.deleteLater(full[apigateway.DeleteDomainNameInput](j, nil))
	noUpload := ids{"CertificateBody": nil, "CertificatePrivateKey": nil, "CertificateChain": nil, "Policy": nil, "EndpointConfiguration": regional, "DomainName": "api.example.com"}
	_, got := put(j, j.api.CreateDomainName, j.api.GetDomainName, noUpload, byName)
	j.deleteLater(full[apigateway.DeleteDomainNameInput](j, nil))
	list(j, j.api.GetDomainNames, ids{"ResourceOwner": "SELF"}, got)
	update(j, j.api.UpdateDomainName, j.api.GetDomainName, nil, patched{
		"RegionalCertificateArn": arn + "2", "SecurityPolicy": "TLS_1_0", "RoutingMode": "ROUTING_RULE_ONLY", "OwnershipVerificationCertificateArn": arn + "3",
		"MutualTlsAuthentication": map[string]any{"TruststoreUri": "s3://b/k", "TruststoreVersion": "v2"},
	},
		replace("/regionalCertificateArn", arn+"2"), replace("/securityPolicy", "TLS_1_0"), replace("/routingMode", "ROUTING_RULE_ONLY"), replace("/ownershipVerificationCertificateArn", arn+"3"),
		replace("/mutualTlsAuthentication/truststoreUri", "s3://b/k"), replace("/mutualTlsAuthentication/truststoreVersion", "v2"))

	byPath := func(out *apigateway.CreateBasePathMappingOutput) ids {
		j.values["BasePath"] = *out.BasePath
		return nil
	}
	at := ids{"DomainNameId": nil, "Stage": "prod", "BasePath": "a"}
	put(j, j.api.CreateBasePathMapping, j.api.GetBasePathMapping, at, byPath)
	at["BasePath"] = "b"
	_, mapping := put(j, j.api.CreateBasePathMapping, j.api.GetBasePathMapping, at, byPath)
	list(j, j.api.GetBasePathMappings, nil, mapping)
	update(j, j.api.UpdateBasePathMapping, j.api.GetBasePathMapping, nil, patched{"Stage": "full", "BasePath": "b"}, replace("/stage", "full"))

	private := ids{"CertificateBody": nil, "CertificatePrivateKey": nil, "CertificateChain": nil, "DomainName": "private.example.com", "RegionalCertificateArn": nil, "RegionalCertificateName": nil, "MutualTlsAuthentication": nil}
	private["EndpointConfiguration"] = &types.EndpointConfiguration{Types: []types.EndpointType{"PRIVATE"}, IpAddressType: "dualstack"}
	out, _ := put(j, j.api.CreateDomainName, j.api.GetDomainName, private, byName)
	j.deleteLater(full[apigateway.DeleteDomainNameInput](j, nil))
	policy := `{"Version":"2012-10-17","Statement":[]}`
	update(j, j.api.UpdateDomainName, j.api.GetDomainName, nil, patched{"ManagementPolicy": policy}, replace("/managementPolicy", policy))
	mapped := full[apigateway.CreateBasePathMappingInput](j, ids{"Stage": "prod", "BasePath": "p"})
	do(j, j.api.CreateBasePathMapping, mapped)
	j.deleteLater(&apigateway.DeleteBasePathMappingInput{DomainName: mapped.DomainName, DomainNameId: mapped.DomainNameId, BasePath: mapped.BasePath})
	j.values["BasePath"] = "p"
	list(j, j.api.GetBasePathMappings, nil, nil)
	moved := full[apigateway.UpdateBasePathMappingInput](j, nil)
	moved.PatchOperations = []types.PatchOperation{replace("/stage", "full")}
	do(j, j.api.UpdateBasePathMapping, moved)
	do(j, j.api.GetBasePathMapping, full[apigateway.GetBasePathMappingInput](j, nil))

	j.values["DomainNameArn"] = *out.DomainNameArn
	first := do(j, j.api.CreateDomainNameAccessAssociation, full[apigateway.CreateDomainNameAccessAssociationInput](j, nil))
	second := do(j, j.api.CreateDomainNameAccessAssociation, full[apigateway.CreateDomainNameAccessAssociationInput](j, ids{"AccessAssociationSource": "vpce-2"}))
	list(j, j.api.GetDomainNameAccessAssociations, ids{"ResourceOwner": "SELF"}, second)
	j.deleteLater(&apigateway.DeleteDomainNameAccessAssociationInput{DomainNameAccessAssociationArn: first.DomainNameAccessAssociationArn})
	j.deleteLater(&apigateway.RejectDomainNameAccessAssociationInput{DomainNameAccessAssociationArn: second.DomainNameAccessAssociationArn, DomainNameArn: second.DomainNameArn})
}

// certificateFor makes a self-signed certificate.
func certificateFor(j *journey, host string) (certificate, key string) {
	j.t.Helper()
	private := must[*ecdsa.PrivateKey](j.t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der := must[[]byte](j.t)(x509.CreateCertificate(rand.Reader, template, template, private.Public(), private))
	der2 := must[[]byte](j.t)(x509.MarshalPKCS8PrivateKey(private))
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der2}))
}

// tests invokes a method and an authorizer without a deployment, and tags.
func (j *journey) tests() {
	api := *j.text("RestApiId")
	arn := "arn:aws:apigateway:us-east-1::/restapis/" + api
	j.values["ResourceArn"] = arn
	do(j, j.api.TagResource, full[apigateway.TagResourceInput](j, ids{"Tags": map[string]string{"colour": "red"}}))
	do(j, j.api.GetTags, full[apigateway.GetTagsInput](j, nil))
	do(j, j.api.UntagResource, full[apigateway.UntagResourceInput](j, nil))
	if tags := do(j, j.api.GetTags, full[apigateway.GetTagsInput](j, nil)).Tags; !reflect.DeepEqual(tags, map[string]string{"team": "pets"}) {
		j.t.Errorf("tags are %v", tags)
	}
	at := ids{"HttpMethod": "POST"}
	mock := full[apigateway.PutMethodInput](j, ids{"HttpMethod": "POST", "AuthorizationType": "NONE", "AuthorizationScopes": nil, "AuthorizerId": nil, "RequestValidatorId": nil})
	must[*apigateway.PutMethodOutput](j.t)(j.api.PutMethod(j.ctx, mock))
	must[*apigateway.PutMethodResponseOutput](j.t)(j.api.PutMethodResponse(j.ctx, full[apigateway.PutMethodResponseInput](j, at)))
	must[*apigateway.PutIntegrationOutput](j.t)(j.api.PutIntegration(j.ctx, &apigateway.PutIntegrationInput{
		RestApiId: &api, ResourceId: j.text("ResourceId"), HttpMethod: aws.String("POST"), Type: "MOCK", RequestTemplates: map[string]string{"application/json": `{"statusCode": 200}`},
	}))
	must[*apigateway.PutIntegrationResponseOutput](j.t)(j.api.PutIntegrationResponse(j.ctx, &apigateway.PutIntegrationResponseInput{
		RestApiId: &api, ResourceId: j.text("ResourceId"), HttpMethod: aws.String("POST"), StatusCode: aws.String("200"),
		ResponseTemplates: map[string]string{"application/json": `$stageVariables.colour $input.params('page')`}, ResponseParameters: map[string]string{"method.response.header.X-Page": "'1'"},
	}))
	out := do(j, j.api.TestInvokeMethod, full[apigateway.TestInvokeMethodInput](j, at))
	if out.Status != 200 || *out.Body != "red 1" || out.Headers["X-Page"] != "1" {
		j.t.Errorf("the method answers %s", describe(out))
	}
	guarded := do(j, j.api.TestInvokeAuthorizer, full[apigateway.TestInvokeAuthorizerInput](j, ids{"AuthorizerId": j.values["GuardId"], "AdditionalContext": map[string]string{"stage": "test"}}))
	token := j.pool.token(j.t, map[string]any{"sub": "ann", "token_use": "id", "aud": "app"})
	user := do(j, j.api.TestInvokeAuthorizer, &apigateway.TestInvokeAuthorizerInput{RestApiId: &api, AuthorizerId: j.text("AuthorizerId"), Headers: map[string]string{"Authorization": token}})
	if user.Claims["sub"] != "ann" || user.Claims["iss"] != j.pool.url {
		j.t.Errorf("the authorizer answers %s", describe(user))
	}
	if guarded.PrincipalId == nil || *guarded.PrincipalId != "ann" {
		j.t.Errorf("the authorizer answers %s", describe(guarded))
	}
}

// documents exports an API, and imports what it exported as another API and
// over itself: the same comes out again.
func (j *journey) documents() {
	exported := do(j, j.api.GetExport, full[apigateway.GetExportInput](j, nil))
	do(j, j.api.GetExport, full[apigateway.GetExportInput](j, ids{"ExportType": "swagger", "Accepts": "application/yaml"}))
	j.values["Body"] = exported.Body
	copied := do(j, j.api.ImportRestApi, full[apigateway.ImportRestApiInput](j, nil))
	j.deleteLater(&apigateway.DeleteRestApiInput{RestApiId: copied.Id})
	untitled := do(j, j.api.ImportRestApi, &apigateway.ImportRestApiInput{Body: []byte(`{"openapi":"3.0.1","info":{"title":"t"},"paths":{}}`)})
	j.deleteLater(&apigateway.DeleteRestApiInput{RestApiId: untitled.Id})
	do(j, j.api.PutRestApi, full[apigateway.PutRestApiInput](j, ids{"RestApiId": *copied.Id, "Mode": "overwrite"}))
	do(j, j.api.CreateDeployment, &apigateway.CreateDeploymentInput{RestApiId: copied.Id, StageName: aws.String("prod")})
	again := do(j, j.api.GetExport, full[apigateway.GetExportInput](j, ids{"RestApiId": *copied.Id}))
	one, two := paths(j, exported.Body), paths(j, again.Body)
	if !reflect.DeepEqual(one, two) {
		j.t.Errorf("imported and exported again, the paths are\n%s\nwant\n%s", describe(two), describe(one))
	}
}

// paths are those of an OpenAPI document.
func paths(j *journey, document []byte) map[string]any {
	j.t.Helper()
	var d struct{ Paths map[string]any }
	if err := json.Unmarshal(document, &d); err != nil || len(d.Paths) == 0 {
		j.t.Fatalf("the export is no document: %v\n%s", err, document)
	}
	return d.Paths
}

// deletions calls each Delete, the last made first, and looks that it is gone.
func (j *journey) deletions() {
	slices.Reverse(j.created)
	for _, in := range j.created {
		name := operationOf(in)
		call := reflect.ValueOf(j.api).MethodByName(name)
		arguments := []reflect.Value{reflect.ValueOf(j.ctx), reflect.ValueOf(in)}
		if err, _ := call.Call(arguments)[1].Interface().(error); err != nil {
			j.t.Errorf("%s %s: %v", name, describe(in), err)
		}
		j.called[name] = true
		note(j.sent, name, reflect.ValueOf(in))
		if err, _ := call.Call(arguments)[1].Interface().(error); err == nil {
			j.t.Errorf("%s %s: it was still there", name, describe(in))
		}
	}
}
