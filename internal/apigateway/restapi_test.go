package apigateway

import (
	"strings"
	"testing"
)

func TestCreateRestApi(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	for _, c := range []struct{ name, body, want string }{
		{"defaults", `{"name":"a"}`,
			`201 {"id":"0000000001","name":"a","createdDate":1767323045,"apiKeySource":"HEADER","endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"disableExecuteApiEndpoint":false,"rootResourceId":"0000000002"}`},
		{"everything", `{"name":"b","description":"d","version":"v","binaryMediaTypes":["image/png"],"minimumCompressionSize":0,"apiKeySource":"AUTHORIZER","endpointConfiguration":{"types":["PRIVATE"]},"tags":{"k":"v"},"disableExecuteApiEndpoint":true}`,
			`201 {"id":"0000000005","name":"b","description":"d","createdDate":1767323045,"version":"v","binaryMediaTypes":["image/png"],"minimumCompressionSize":0,"apiKeySource":"AUTHORIZER","endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"dualstack"},"tags":{"k":"v"},"disableExecuteApiEndpoint":true,"rootResourceId":"0000000006"}`},
		{"policy", `{"name":"c","policy":"{\"Version\":\"2012-10-17\", \"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\",\"Resource\":\"execute-api:/*/GET/p\"}]}"}`,
			`201 {"id":"0000000009","name":"c","createdDate":1767323045,"apiKeySource":"HEADER","endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"policy":"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":\\\"*\\\",\\\"Action\\\":\\\"execute-api:Invoke\\\",\\\"Resource\\\":\\\"arn:aws:execute-api:us-east-1:111111111111:0000000009\\/*\\/GET\\/p\\\"}]}","disableExecuteApiEndpoint":false,"rootResourceId":"0000000010"}`},
		{"no name", `{"name":""}`, `400 BadRequestException Name cannot be empty`},
		{"empty description", `{"name":"a","description":""}`, `400 BadRequestException Description cannot be an empty string`},
		{"compression", `{"name":"a","minimumCompressionSize":-1}`, `400 BadRequestException Invalid minimum compression size, must be between 0 and 10485760`},
		{"two types", `{"name":"a","endpointConfiguration":{"types":["EDGE","REGIONAL"]}}`, `400 BadRequestException Cannot create an api with multiple Endpoint Types.`},
		{"no types", `{"name":"a","endpointConfiguration":{"types":[]}}`, `400 BadRequestException REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.`},
		{"private ipv4", `{"name":"a","endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"ipv4"}}`, `400 BadRequestException Only dualstack ipAddressType is supported for Private APIs.`},
		{"unknown type", `{"name":"a","endpointConfiguration":{"types":["X"]}}`, `400 ValidationException 1 validation error detected: Value 'X' at 'createRestApiInput.endpointConfiguration.types.1.member' failed to satisfy constraint: Member must satisfy enum value set: [PRIVATE, EDGE, REGIONAL]`},
		{"bad policy", `{"name":"a","policy":"{"}`, `400 BadRequestException Invalid policy document. Please check the policy syntax and ensure that Principals are valid.`},
		{"long policy", `{"name":"a","policy":"` + strings.Repeat("[", 20_000) + `"}`, `400 BadRequestException Resource policy must not be longer than 8192 characters`},
		{"clone of nothing", `{"name":"a","cloneFrom":"nope"}`, `404 NotFoundException Invalid API identifier specified 111111111111:nope`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ts.do("POST /restapis", c.body); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestUpdateRestApi(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, _ := ts.api("a")
	shown := func(members string) string {
		return `200 {"id":"0000000001","name":"a","createdDate":1767323045,` + members + `}`
	}
	const rest = `"apiKeySource":"HEADER","endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"tags":{},"disableExecuteApiEndpoint":false,"rootResourceId":"0000000002"`
	for _, c := range []struct {
		name string
		ops  []string
		want string
	}{
		{"media type added", []string{"add /binaryMediaTypes/image~1png"}, shown(`"binaryMediaTypes":["image/png"],` + rest)},
		{"media type removed", []string{"remove /binaryMediaTypes/image~1png"}, shown(rest)},
		{"compression", []string{"replace /minimumCompressionSize 5"}, shown(`"minimumCompressionSize":5,` + rest)},
		{"compression off", []string{"replace /minimumCompressionSize"}, shown(rest)},
		{"compression add", []string{"add /minimumCompressionSize 5"}, `400 BadRequestException Invalid patch operation specified. Must be one of: [replace]`},
		{"map without member", []string{"add /binaryMediaTypes image/png"}, `400 BadRequestException Invalid patch path /binaryMediaTypes`},
		{"all or nothing", []string{"replace /name b", "replace /nope x"}, `400 BadRequestException Invalid patch path /nope`},
		{"endpoint", []string{"replace /endpointConfiguration/types/0 X"}, `400 BadRequestException Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE`},
		{"address type", []string{"replace /endpointConfiguration/ipAddressType x"}, `400 BadRequestException ipAddressType must be either ipv4 or dualstack.`},
		{"description cannot be empty", []string{"replace /description "}, `400 BadRequestException Description cannot be an empty string`},
		{"unknown op", []string{"wrong-op /name x"}, `400 ValidationException 1 validation error detected: Value 'wrong-op' at 'updateRestApiInput.patchOperations.1.member.op' failed to satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]`},
		{"unchanged after all", []string{"remove /description"}, shown(rest)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ts.patch(api, c.ops...); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestPolicyComesBackThroughUpdate(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, _ := ts.api("a")
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}]}`
	first := ts.patch(api, "replace /policy "+policy)
	shown := escapePolicy(strings.Replace(policy, "execute-api:/*", "arn:aws:execute-api:us-east-1:111111111111:0000000001/*", 1))
	if again := ts.patch(api, "replace /policy "+shown); again != first {
		t.Errorf("what was read cannot be sent back:\n%s\n%s", first, again)
	}
	if gone := ts.patch(api, "replace /policy "); strings.Contains(gone, "policy") {
		t.Errorf("policy is still there: %s", gone)
	}
}

// knownPrincipals are roles that policies may name.
type knownPrincipals struct {
	fakeRoles
	known map[string]bool
}

func (k knownPrincipals) PrincipalExists(arn string) bool { return k.known[arn] }

func TestPolicyNamesPrincipalsThatExist(t *testing.T) {
	t.Parallel()
	const role = "arn:aws:iam::111111111111:role/r"
	roles := knownPrincipals{known: map[string]bool{}}
	ts := newServerWith(t, Config{Roles: roles})
	api, _ := ts.api("a")
	policy := func(principal string) string {
		return `replace /policy {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"execute-api:Invoke","Resource":"execute-api:/*"}]}`
	}
	const refused = "400 BadRequestException Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
	ts.expectPatch(api, refused, policy(role))
	roles.known[role] = true
	ts.must("PATCH "+api, patchBody(policy(role)))
	for _, principal := range []string{"*", "222222222222", "arn:aws:iam::222222222222:root"} {
		ts.must("PATCH "+api, patchBody(policy(principal)))
	}
	ts.expectPatch(api, refused, policy("somebody"))
}

func TestRestApisOfOthersDoNotShow(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, _ := ts.api("mine")
	ts.account = "222222222222"
	ts.expect("GET "+api, "", "404 NotFoundException Invalid API identifier specified 222222222222:0000000001")
	ts.expect("GET /restapis", "", `200 {"item":[]}`)
	ts.account, ts.region = testAccount, "eu-west-1"
	ts.expect("GET "+api, "", "404 NotFoundException Invalid API identifier specified 111111111111:0000000001")
	ts.expect("DELETE "+api, "", "404 NotFoundException Invalid API identifier specified 111111111111:0000000001")
	ts.region = testRegion
	ts.must("GET "+api, "")
}

func TestDeleteRestApi(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api := ts.deployed("prod")
	id := strings.TrimPrefix(api, "/restapis/")
	if _, ok := ts.LiveStage(id, "prod"); !ok {
		t.Fatal("stage is not live")
	}
	ts.expect("DELETE "+api, "", "202")
	ts.expect("GET "+api, "", "404 NotFoundException Invalid API identifier specified 111111111111:"+id)
	if _, ok := ts.LiveStage(id, "prod"); ok {
		t.Error("stage is live after its API was deleted")
	}
	if docs, err := ts.st.List(t.Context(), "apigateway/"); err != nil || len(docs) > 0 {
		t.Errorf("documents stay behind: %v %v", docs, err)
	}
}

func TestCloneRestApi(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, root := ts.api("source")
	ts.must("POST "+api+"/models", `{"name":"Pet","contentType":"application/json","schema":"{\"$ref\":\"https://apigateway.amazonaws.com/restapis/0000000001/models/Error\"}"}`)
	validator := ts.id("POST "+api+"/requestvalidators", `{"name":"v","validateRequestBody":true}`)
	pets := ts.id("POST "+root, `{"pathPart":"pets"}`)
	method := api + "/resources/" + pets + "/methods/POST"
	ts.must("PUT "+method, `{"authorizationType":"NONE","requestValidatorId":"`+validator+`","requestModels":{"application/json":"Pet"}}`)
	ts.must("PUT "+method+"/integration", `{"type":"MOCK"}`)

	id := ts.id("POST /restapis", `{"name":"copy","cloneFrom":"0000000001"}`)
	copied, err := ts.restAPI(ts.ctx(), id)
	if err != nil {
		t.Fatal(err)
	}
	list := copied.byPath()
	if len(list) != 2 || list[1].Path != "/pets" || list[1].Id == pets || *list[1].ParentId != *copied.head.RootResourceId {
		t.Fatalf("resources: %+v", list)
	}
	m := list[1].ResourceMethods["POST"]
	if v, err := copied.validator(*m.RequestValidatorId); err != nil || v.Id == validator {
		t.Errorf("validator: %v %v", v, err)
	}
	if *m.MethodIntegration.CacheNamespace != list[1].Id {
		t.Errorf("cache namespace %s is not the resource %s", *m.MethodIntegration.CacheNamespace, list[1].Id)
	}
	if schema := *must(copied.model("Pet")).Schema; !strings.Contains(schema, id) || strings.Contains(schema, "0000000001") {
		t.Errorf("schema %s does not refer to %s", schema, id)
	}
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}
