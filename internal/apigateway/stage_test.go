package apigateway

import (
	"slices"
	"strings"
	"testing"
)

func TestDeployments(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, root := ts.api("a") // ids up to 4
	at := api + "/deployments"
	ts.expect("POST "+at, `{}`, "400 BadRequestException The REST API doesn't contain any methods")
	ts.must("PUT "+root+"/methods/GET", `{"authorizationType":"NONE"}`)
	ts.expect("POST "+at, `{}`, "400 BadRequestException No integration defined for method")
	ts.must("PUT "+root+"/methods/GET/integration", `{"type":"MOCK"}`)
	id := ts.id("POST "+at, `{"description":"d"}`)
	ts.expect("GET "+at+"/"+id, "", `200 {"id":"`+id+`","description":"d","createdDate":1767323045}`)
	ts.expect("GET "+at+"/"+id+"?embed=apisummary", "", `200 {"id":"`+id+`","description":"d","createdDate":1767323045,"apiSummary":{"/":{"GET":{"authorizationType":"NONE","apiKeyRequired":false}}}}`)
	ts.expectPatch(at+"/"+id, `200 {"id":"`+id+`","description":"e","createdDate":1767323045}`, "replace /description e")
	ts.expect("GET "+at, "", `200 {"item":[{"id":"`+id+`","description":"e","createdDate":1767323045}]}`)
	ts.expect("GET "+at+"/nope", "", "404 NotFoundException Invalid Deployment identifier specified")

	const canary = "400 BadRequestException Invalid deployment content specified."
	ts.expect("POST "+at, `{"canarySettings":{}}`, canary+"Non null and non empty stageName must be provided for canary deployment. Provided value is null")
	ts.expect("POST "+at, `{"stageName":"","canarySettings":{}}`, strings.TrimSpace(canary+"Non null and non empty stageName must be provided for canary deployment. Provided value is "))
	ts.expect("POST "+at, `{"stageName":"s","canarySettings":{}}`, canary+"Stage s must already be created before making a canary release deployment")

	ts.must("POST "+api+"/stages", `{"stageName":"s","deploymentId":"`+id+`"}`)
	ts.expect("DELETE "+at+"/"+id, "", "400 BadRequestException Active stages pointing to this deployment must be moved or deleted")
	ts.must("DELETE "+api+"/stages/s", "")
	ts.expect("DELETE "+at+"/"+id, "", "202")
	if docs := must(ts.st.List(t.Context(), snapshotPrefix)); len(docs) != 0 {
		t.Errorf("%d snapshots stay behind", len(docs))
	}
}

func TestDeploymentIsFrozen(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api := ts.deployed("prod")
	id := strings.TrimPrefix(api, "/restapis/")
	root := api + "/resources/" + *must(ts.restAPI(ts.ctx(), id)).head.RootResourceId
	ts.must("PATCH "+root+"/methods/GET", patchBody("replace /apiKeyRequired true"))
	ts.must("PATCH "+api, patchBody("add /binaryMediaTypes/a~1b"))

	frozen := func() (apiKey bool, types int) {
		live, ok := ts.LiveStage(id, "prod")
		if !ok {
			t.Fatal("stage is not live")
		}
		return *live.Deployment.Resources[0].ResourceMethods["GET"].ApiKeyRequired, len(live.Deployment.RestApi.BinaryMediaTypes)
	}
	if key, types := frozen(); key || types != 0 {
		t.Errorf("an edit shows before it is deployed: key %v, %d types", key, types)
	}
	ts.must("POST "+api+"/deployments", `{"stageName":"prod"}`)
	if key, types := frozen(); !key || types != 1 {
		t.Errorf("an edit does not show after it was deployed: key %v, %d types", key, types)
	}
	if want := []string{id + "/prod", id + "/prod"}; !slices.Equal(ts.changed, want) {
		t.Errorf("the data plane was told of %v, want %v", ts.changed, want)
	}
	// Another process reads what this one froze.
	other := newServerWith(t, Config{Store: ts.st})
	if live, ok := other.LiveStage(id, "prod"); !ok || !*live.Deployment.Resources[0].ResourceMethods["GET"].ApiKeyRequired {
		t.Errorf("live stage of another process: %v %v", live, ok)
	}
	if got := other.StagesOf(id); !slices.Equal(got, []string{"prod"}) {
		t.Errorf("StagesOf = %v", got)
	}
}

func TestStages(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api := ts.deployed("first") // method and resource ids up to 4, deployment 000005
	at := api + "/stages"
	stage := func(name, more string) string {
		return `{"deploymentId":"000005","stageName":"` + name + `",` + more + `,"createdDate":1767323045,"lastUpdatedDate":1767323045}`
	}
	const rest = `"cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"tracingEnabled":false`
	ts.expect("GET "+at+"/first", "", "200 "+stage("first", rest))
	for _, c := range []struct{ name, body, want string }{
		{"name", `{"stageName":"a b","deploymentId":"000005"}`, "400 BadRequestException Stage name only allows a-zA-Z0-9_-"},
		{"exists", `{"stageName":"first","deploymentId":"000005"}`, "409 ConflictException Stage already exists"},
		{"unknown deployment", `{"stageName":"x","deploymentId":"nope"}`, "404 NotFoundException Invalid Deployment identifier specified"},
		{"canary's deployment", `{"stageName":"x","deploymentId":"000005","canarySettings":{"deploymentId":"nope"}}`, "400 BadRequestException Deployment id does not exist"},
		{"variable name", `{"stageName":"x","deploymentId":"000005","variables":{"a-b":"c"}}`, "400 BadRequestException Stage variable name should match the following regular expression: ^[A-Za-z0-9_]+$"},
		{"variable value", `{"stageName":"x","deploymentId":"000005","variables":{"a":"b c"}}`, "400 BadRequestException Stage variable value should match the following regular expression: ^[A-Za-z0-9-._~:/?#&=,]+$"},
		{"cache size", `{"stageName":"x","deploymentId":"000005","cacheClusterSize":"1"}`, "400 ValidationException 1 validation error detected: Value '1' at 'createStageInput.cacheClusterSize' failed to satisfy constraint: Member must satisfy enum value set: [0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237]"},
		{"documentation", `{"stageName":"x","deploymentId":"000005","documentationVersion":"1"}`, "400 BadRequestException Invalid Documentation version specified"},
		{"everything", `{"stageName":"s","deploymentId":"000005","description":"d","cacheClusterEnabled":true,"variables":{"a":"b"},"tracingEnabled":true,"tags":{"k":"v"}}`,
			`201 {"deploymentId":"000005","stageName":"s","description":"d","cacheClusterEnabled":true,"cacheClusterSize":"0.5","cacheClusterStatus":"AVAILABLE","methodSettings":{},"variables":{"a":"b"},"tracingEnabled":true,"tags":{"k":"v"},"createdDate":1767323045,"lastUpdatedDate":1767323045}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ts.do("POST "+at, c.body); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
	const defaults = `"throttlingBurstLimit":5000,"throttlingRateLimit":10000.0,"cachingEnabled":false,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":"SUCCEED_WITH_RESPONSE_HEADER"`
	for _, c := range []struct {
		name string
		ops  []string
		want string
	}{
		{"metrics", []string{"replace /*/*/metrics/enabled true"},
			"200 " + stage("first", strings.Replace(rest, "{}", `{"*/*":{"metricsEnabled":true,"dataTraceEnabled":false,`+defaults+`}}`, 1))},
		{"settings gone", []string{"remove /*/*"}, "200 " + stage("first", rest)},
		{"settings not there", []string{"remove /*/*"}, "400 BadRequestException Cannot remove method setting */* because there is no method setting for this method "},
		{"key keeps escapes", []string{"replace /~1pets/GET/throttling/burstLimit 7"},
			"200 " + stage("first", strings.Replace(rest, "{}", `{"~1pets/GET":{"metricsEnabled":false,"dataTraceEnabled":false,`+strings.Replace(defaults, "5000", "7", 1)+`}}`, 1))},
		{"escaped settings gone", []string{"remove /~1pets/GET"}, "200 " + stage("first", rest)},
		{"tags", []string{"replace /tags/tag1 x"}, "400 BadRequestException Invalid method setting path: /tags/tag1. Must be one of: [" + stagePaths + "]"},
		{"no such setting", []string{"replace /*/*/x/y x"}, "400 BadRequestException Invalid method setting path: /*/*/x/y. Must be one of: [" + stagePaths + "]"},
		{"log level", []string{"replace /*/*/logging/loglevel X"}, "400 BadRequestException Invalid logging level specified. Must be one of: [OFF, ERROR, INFO]"},
		{"log without role", []string{"replace /*/*/logging/loglevel INFO"}, "400 BadRequestException CloudWatch Logs role ARN must be set in account settings to enable logging"},
		{"access log path", []string{"replace /accessLogSettings/x y"}, "400 BadRequestException Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]"},
		{"access log value", []string{"replace /accessLogSettings/format "}, "400 BadRequestException Access Log value must not be empty"},
		{"access log format", []string{"replace /accessLogSettings/format a\nb"}, "400 BadRequestException Access Log format must be single line, new line character is allowed only at end of the format: 'a\nb'"},
		{"variable", []string{"replace /variables/a b"}, "200 " + stage("first", strings.Replace(rest, `{},`, `{},"variables":{"a":"b"},`, 1))},
		{"variable gone", []string{"remove /variables/a"}, "200 " + stage("first", rest)},
		{"canary add", []string{"add /canarySettings/deploymentId x"}, "400 BadRequestException Invalid add operation with path: /canarySettings/deploymentId"},
		{"copy", []string{"copy /canarySettings/stageVariableOverrides /variables"}, "400 BadRequestException Invalid copy operation with path: /canarySettings/stageVariableOverrides and from /variables. Valid copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]"},
		{"promotion of nothing", []string{"copy /deploymentId /canarySettings/deploymentId"}, "400 BadRequestException Promotion not available. Canary does not exist."},
		{"deployment", []string{"replace /deploymentId x"}, "400 BadRequestException Deployment id does not exist"},
		{"cache on", []string{"replace /cacheClusterEnabled true", "replace /cacheClusterSize 1.6", "replace /cacheClusterEnabled false"}, "200 " + stage("first", strings.Replace(rest, `false,`, `false,"cacheClusterSize":"1.6",`, 1))},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ts.patch(at+"/first", c.ops...); got != strings.TrimSpace(c.want) && got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
	ts.expect("GET "+at+"?deploymentId=nope", "", `200 {"item":[]}`)
	if got := ts.do("GET "+at+"?deploymentId=000005", ""); strings.Count(got, "stageName") != 2 {
		t.Error(got)
	}
	ts.expect("DELETE "+at+"/first", "", "202")
	ts.expect("DELETE "+at+"/first", "", "404 NotFoundException Invalid stage identifier specified")
}

func TestLogsNeedTheAccountsRole(t *testing.T) {
	t.Parallel()
	const role = "arn:aws:iam::111111111111:role/logs"
	roles := fakeRoles{map[string]bool{}}
	ts := newServerWith(t, Config{Roles: roles})
	stage := ts.deployed("s") + "/stages/s"
	log := []string{"replace /accessLogSettings/destinationArn arn:aws:logs:us-east-1:111111111111:log-group:g", "replace /accessLogSettings/format $context.requestId"}
	ts.expectPatch(stage, "400 BadRequestException CloudWatch Logs role ARN must be set in account settings to enable logging", log...)
	ts.expectPatch("/account", "400 BadRequestException The role ARN is not well formed", "replace /cloudwatchRoleArn ")
	ts.expectPatch("/account", "400 BadRequestException The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.", "replace /cloudwatchRoleArn "+role)
	roles.allowed[role] = true
	ts.expectPatch("/account", `200 {"cloudwatchRoleArn":"`+role+`","throttleSettings":{"burstLimit":5000,"rateLimit":10000.0},"features":["UsagePlans"],"apiKeyVersion":"4"}`, "replace /cloudwatchRoleArn "+role)
	ts.must("PATCH "+stage, patchBody(log...))
	ts.expectPatch(stage, "400 BadRequestException Invalid ARN. ARN is not well formed invalid-arn", "replace /accessLogSettings/destinationArn invalid-arn")
	if got := ts.must("PATCH "+stage, patchBody("remove /accessLogSettings")); strings.Contains(got, "accessLog") {
		t.Error(got)
	}
	ts.region = "eu-west-1"
	ts.expect("GET /account", "", `200 {"throttleSettings":{"burstLimit":5000,"rateLimit":10000.0},"features":["UsagePlans"],"apiKeyVersion":"4"}`)
}

func TestCanary(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api := ts.deployed("s") // deployment 000005
	id := strings.TrimPrefix(api, "/restapis/")
	ts.must("PATCH "+api+"/stages/s", patchBody("replace /variables/a 1", "replace /variables/b 1"))
	second := ts.id("POST "+api+"/deployments", `{"stageName":"s","canarySettings":{"percentTraffic":12.5,"stageVariableOverrides":{"a":"2"}}}`)
	live, ok := ts.LiveStage(id, "s")
	if !ok || live.Deployment.DeploymentID != "000005" || live.Canary == nil || live.Canary.DeploymentID != second {
		t.Fatalf("live stage: %+v", live)
	}
	ts.expect("GET "+api+"/stages/s", "", `200 {"deploymentId":"000005","stageName":"s","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"variables":{"a":"1","b":"1"},"canarySettings":{"percentTraffic":12.5,"deploymentId":"`+second+`","stageVariableOverrides":{"a":"2"},"useStageCache":false},"tracingEnabled":false,"createdDate":1767323045,"lastUpdatedDate":1767323045}`)
	ts.expect("DELETE "+api+"/deployments/"+second, "", "400 BadRequestException Active stages pointing to this deployment must be moved or deleted")
	ts.expectPatch(api+"/stages/s", "400 BadRequestException Percent traffic must be between 0.0 and 100.0", "replace /canarySettings/percentTraffic 100.5")
	ts.expectPatch(api+"/stages/s", `200 {"deploymentId":"`+second+`","stageName":"s","cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"variables":{"a":"2","b":"1"},"tracingEnabled":false,"createdDate":1767323045,"lastUpdatedDate":1767323045}`,
		"copy /deploymentId /canarySettings/deploymentId", "copy /variables /canarySettings/stageVariableOverrides", "remove /canarySettings")
	if live, ok = ts.LiveStage(id, "s"); !ok || live.Deployment.DeploymentID != second || live.Canary != nil {
		t.Errorf("live stage after promotion: %+v", live)
	}
}

func TestFlushCountsUp(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api := ts.deployed("s")
	id := strings.TrimPrefix(api, "/restapis/")
	ts.expect("DELETE "+api+"/stages/s/cache/data", "", "202")
	ts.expect("DELETE "+api+"/stages/s/cache/authorizers", "", "202")
	ts.expect("DELETE "+api+"/stages/s/cache/authorizers", "", "202")
	ts.expect("DELETE "+api+"/stages/x/cache/data", "", "404 NotFoundException Invalid stage identifier specified")
	live, _ := ts.LiveStage(id, "s")
	if live.CacheFlushes != 1 || live.AuthorizerFlushes != 2 || len(ts.changed) != 4 {
		t.Errorf("flushes %d %d, told %v", live.CacheFlushes, live.AuthorizerFlushes, ts.changed)
	}
	ts.must("PATCH "+api+"/stages/s", patchBody("replace /description x"))
	if live, _ = ts.LiveStage(id, "s"); live.CacheFlushes != 1 {
		t.Error("an update forgets the flushes")
	}
}
