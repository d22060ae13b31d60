package browser

import (
	"encoding/json"
	"net/url"
)

// api calls an operation as the pages do.
func (p *tab) api(operation string, in any) map[string]any {
	p.t.Helper()
	text := value[string](p, `fetch("/console/api/`+operation+`", {method: "POST", headers: {"Content-Type": "application/json", "X-Lambdagate-Console": "1"}, body: `+js(js(in))+`}).then((r) => r.text())`)
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		p.t.Fatalf("%s: %v: %s", operation, err, text)
	}
	if out["code"] != nil && out["message"] != nil {
		p.t.Fatalf("%s: %s", operation, text)
	}
	return out
}

type object = map[string]any

// request is the id of the newest request with a part in its path.
func (p *tab) request(path string) string {
	p.t.Helper()
	return value[string](p, `fetch("/console/requests/list", {method: "POST", headers: {"Content-Type": "application/json", "X-Lambdagate-Console": "1"}, body: `+js(js(object{"path": path}))+`}).then((r) => r.json()).then((l) => l.requests[0].id)`)
}

// seed makes something of each kind, so that no page is empty.
func seed(p *tab) {
	p.t.Helper()
	key := p.api("apigateway/CreateApiKey", object{"name": "a key", "enabled": true})["id"]
	plan := p.api("apigateway/CreateUsagePlan", object{"name": "a plan", "throttle": object{"rateLimit": 10, "burstLimit": 5}, "quota": object{"limit": 100, "period": "DAY"}})["id"]
	p.api("apigateway/CreateUsagePlanKey", object{"usagePlanId": plan, "keyId": key, "keyType": "API_KEY"})
	p.api("apigateway/GenerateClientCertificate", object{"description": "a certificate"})
	p.api("lambda/PublishVersion", object{"FunctionName": "Calc"})
	p.api("lambda/CreateAlias", object{"FunctionName": "Calc", "Name": "live", "FunctionVersion": "1", "Description": "what is served"})
	p.api("lambda/UpdateFunctionConfiguration", object{"FunctionName": "Calc", "Environment": object{"Variables": object{"STAGE": "test"}}})
	p.api("lambda/Invoke", object{"FunctionName": "Calc", "Payload": "eyJhIjoxLCJiIjoyLCJvcCI6IisifQ=="})
	p.api("iam/CreateUser", object{"UserName": "ada"})
	p.api("iam/CreateAccessKey", object{"UserName": "ada"})
	p.api("iam/PutUserPolicy", object{"UserName": "ada", "PolicyName": "office", "PolicyDocument": `{"Version":"2012-10-17","Statement":{"Sid":"Office","Effect":"Allow","Action":"lambda:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}}`})
	p.api("iam/CreateGroup", object{"GroupName": "developers"})
	p.api("iam/AddUserToGroup", object{"GroupName": "developers", "UserName": "ada"})
	api := p.api("apigateway/GetRestApis", object{})["items"].([]any)[0].(object)["id"].(string)
	for _, path := range []string{"/calc?operand1=1&operand2=2&operator=add", "/calc?operand1=1", "/nowhere", "/calc/1/2/sub"} {
		value[int](p, `fetch("/restapis/`+api+`/test/_user_request_`+path+`", {headers: {"X-Note": "a header"}}).then((r) => r.status)`)
	}
	p.api("logs/CreateLogGroup", object{"logGroupName": "/app/events"})
}

// pagePaths lists the address of every page.
func pagePaths(p *tab) []string {
	p.t.Helper()
	apis := p.api("apigateway/GetRestApis", object{})["items"].([]any)
	id := apis[0].(object)["id"].(string)
	resources := map[string]string{}
	for _, r := range p.api("apigateway/GetResources", object{"restApiId": id, "limit": 500})["items"].([]any) {
		resources[r.(object)["path"].(string)] = r.(object)["id"].(string)
	}
	calc, operator := resources["/calc"], resources["/calc/{operand1}/{operand2}/{operator}"]
	key := p.api("apigateway/GetApiKeys", object{})["items"].([]any)[0].(object)["id"].(string)
	plan := p.api("apigateway/GetUsagePlans", object{})["items"].([]any)[0].(object)["id"].(string)
	stream := p.api("logs/DescribeLogStreams", object{"logGroupName": "/aws/lambda/Calc"})["logStreams"].([]any)[0].(object)["logStreamName"].(string)
	role := "lambda_invoke_function_assume_apigw_role"
	policy := url.PathEscape("arn:aws:iam::000000000000:policy/" + role + "_policy")
	a := "apigateway/" + id
	group := "cloudwatch/log-groups/" + url.PathEscape("/aws/lambda/Calc")
	return []string{
		"", "apigateway", "apigateway/create", "apigateway/create/rest?how=new", "apigateway/create/rest?how=import", "apigateway/create/rest?how=example",
		"apigateway/usage-plans", "apigateway/usage-plans/create", "apigateway/usage-plans/" + plan,
		"apigateway/api-keys", "apigateway/api-keys/create", "apigateway/api-keys/" + key,
		"apigateway/settings", "apigateway/domain-names", "apigateway/vpc-links", "apigateway/client-certificates",
		a + "/resources", a + "/resources/" + calc, a + "/resources/" + calc + "/GET", a + "/resources/" + calc + "/GET/integration-request",
		a + "/resources/" + operator + "/GET/integration-response", a + "/resources/" + operator + "/GET/method-response", a + "/resources/" + calc + "/POST/test",
		a + "/create-resource/" + calc, a + "/create-method/" + calc, a + "/enable-cors/" + calc,
		a + "/edit/" + calc + "/GET/method-request", a + "/edit/" + calc + "/GET/integration-request",
		a + "/edit/" + operator + "/GET/integration-response/200", a + "/edit/" + operator + "/GET/integration-response/create",
		a + "/edit/" + operator + "/GET/method-response/200", a + "/edit/" + operator + "/GET/method-response/create",
		a + "/stages", a + "/stages/test/variables", a + "/stages/test/history", a + "/stages/test/methods", a + "/stages/test/monitor", a + "/stages/test/edit", a + "/create-stage",
		a + "/models", a + "/models/create", a + "/models/edit/Input", a + "/request-validators", a + "/authorizers", a + "/authorizers/create",
		a + "/gateway-responses", a + "/gateway-responses/DEFAULT_4XX", a + "/resource-policy", a + "/documentation", a + "/settings", a + "/settings/edit", a + "/import",
		"apigateway/requests", "apigateway/requests/" + p.request("/calc/1/2/sub"), "apigateway/requests/" + p.request("/nowhere"), a + "/requests", a + "/requests?stage=test",
		"lambda", "lambda/create", "lambda/layers", "lambda/event-source-mappings", "lambda/functions/Calc", "lambda/functions/Calc/test", "lambda/functions/Calc/monitor",
		"lambda/functions/Calc/configuration", "lambda/functions/Calc/aliases", "lambda/functions/Calc/versions", "lambda/functions/Calc/edit/general", "lambda/functions/Calc/edit/environment",
		"iam", "iam/policies", "iam/policies/create", "iam/policies/" + policy, "iam/policies/edit/" + policy,
		"iam/roles", "iam/roles/create", "iam/roles/" + role, "iam/roles/" + role + "/trust-relationships", "iam/roles/" + role + "/edit-trust-policy", "iam/roles/" + role + "/attach",
		"iam/roles/" + role + "/inline-policy/*new", "iam/users", "iam/users/ada", "iam/groups", "iam/groups/developers", "iam/explain",
		"iam/explain?principal=arn:aws:iam::000000000000:role/" + role + "&action=lambda:InvokeFunction&resource=arn:aws:lambda:us-east-1:000000000000:function:Calc",
		"iam/explain?principal=arn:aws:iam::000000000000:user/ada&action=lambda:InvokeFunction&resource=arn:aws:lambda:us-east-1:000000000000:function:Calc",
		"cloudwatch", group, group + "/search", group + "/streams/" + url.PathEscape(stream), "no/such/page",
	}
}
