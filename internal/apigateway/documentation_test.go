package apigateway

import (
	"strings"
	"testing"
)

func TestDocumentationParts(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, root := ts.api("a") // ids up to 4
	at := api + "/documentation/parts"
	ts.expect("GET "+at, "", `200 {"item":[]}`)
	for _, c := range []struct{ name, body, want string }{
		{"type", `{"location":{"type":"X"},"properties":"{}"}`, "400 ValidationException 1 validation error detected: Value 'X' at 'createDocumentationPartInput.location.type' failed to satisfy constraint: Member must satisfy enum value set: [RESPONSE_BODY, RESPONSE, METHOD, MODEL, AUTHORIZER, RESPONSE_HEADER, RESOURCE, PATH_PARAMETER, REQUEST_BODY, QUERY_PARAMETER, API, REQUEST_HEADER]"},
		{"no JSON", `{"location":{"type":"API"},"properties":"x"}`, "400 BadRequestException Documentation part properties must be a valid JSON object"},
		{"path of a model", `{"location":{"type":"MODEL","path":"/x","name":"n"},"properties":"{}"}`, "400 BadRequestException Invalid location specified: path is not valid for type MODEL"},
		{"no name", `{"location":{"type":"MODEL"},"properties":"{}"}`, "400 BadRequestException Invalid location specified: name is required for type MODEL"},
		{"api", `{"location":{"type":"API"},"properties":"{\"description\":\"d\"}"}`, `201 {"id":"000005","location":{"type":"API"},"properties":"{\"description\":\"d\"}"}`},
		{"same place", `{"location":{"type":"API","path":"/"},"properties":"{}"}`, "409 ConflictException Documentation part already exists for the specified location: type 'API'"},
		{"method", `{"location":{"type":"METHOD","path":"/pets","method":"*"},"properties":"{}"}`, `201 {"id":"000006","location":{"type":"METHOD","path":"/pets"},"properties":"{}"}`},
		{"parameter", `{"location":{"type":"QUERY_PARAMETER","path":"/pets","method":"GET","name":"limit"},"properties":"{}"}`, `201 {"id":"000007","location":{"type":"QUERY_PARAMETER","path":"/pets","method":"GET","name":"limit"},"properties":"{}"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ts.do("POST "+at, c.body); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
	const method = `{"id":"000006","location":{"type":"METHOD","path":"/pets"},"properties":"{}"}`
	ts.expect("GET "+at+"?type=METHOD", "", `200 {"item":[`+method+`]}`)
	ts.expect("GET "+at+"?path=/p&limit=1", "", `200 {"position":"MDAwMDA2","item":[`+method+`]}`)
	if got := ts.do("GET "+at+"?name=im", ""); strings.Count(got, `"id"`) != 1 {
		t.Error(got)
	}
	ts.must("PUT "+root+"/methods/GET", `{"authorizationType":"NONE","requestParameters":{"method.request.header.h":true}}`)
	ts.expect("GET "+at+"?locationStatus=UNDOCUMENTED", "", `200 {"item":[{"id":"","location":{"type":"METHOD","method":"GET"}},{"id":"","location":{"type":"MODEL","name":"Empty"}},{"id":"","location":{"type":"MODEL","name":"Error"}},{"id":"","location":{"type":"REQUEST_HEADER","method":"GET","name":"h"}},{"id":"","location":{"type":"RESOURCE"}}]}`)
	ts.expectPatch(at+"/000006", `200 {"id":"000006","location":{"type":"METHOD","path":"/pets"},"properties":"{\"a\":1}"}`, `replace /properties {"a":1}`)
	ts.expectPatch(at+"/000006", `400 BadRequestException Documentation part properties must be a valid JSON object`, `replace /properties []`)
	ts.expect("DELETE "+at+"/000006", "", "202")
	ts.expect("GET "+at+"/000006", "", "404 NotFoundException Invalid Documentation part identifier specified")
	ts.must("POST "+at, `{"location":{"type":"METHOD","path":"/pets"},"properties":"{}"}`)
}

func TestDocumentationVersions(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api := ts.deployed("s")
	at := api + "/documentation/versions"
	ts.must("POST "+api+"/documentation/parts", `{"location":{"type":"API"},"properties":"{}"}`)
	ts.expect("POST "+at, `{"documentationVersion":"1/a","description":"d","stageName":"s"}`, `201 {"version":"1/a","createdDate":1767323045,"description":"d"}`)
	ts.expect("POST "+at, `{"documentationVersion":"1/a"}`, "409 ConflictException Documentation version already exists for the specified API: 1/a")
	ts.expect("POST "+at, `{"documentationVersion":"2","stageName":"x"}`, "404 NotFoundException Invalid stage identifier specified")
	ts.expect("GET "+at, "", `200 {"item":[{"version":"1/a","createdDate":1767323045,"description":"d"}]}`)
	ts.expectPatch(at+"/1%2Fa", `200 {"version":"1/a","createdDate":1767323045,"description":"e"}`, "replace /description e")
	ts.expect("DELETE "+at+"/1%2Fa", "", "400 BadRequestException Documentation version 1/a is linked to stage s and cannot be deleted")
	ts.must("PATCH "+api+"/stages/s", patchBody("replace /documentationVersion "))
	ts.expect("DELETE "+at+"/1%2Fa", "", "202")
	ts.expect("GET "+at+"/1%2Fa", "", "404 NotFoundException Invalid Documentation version specified")
}

func TestTags(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api := ts.deployed("s")
	arns := []string{
		"arn:aws:apigateway:us-east-1::" + api,
		"arn:aws:apigateway:us-east-1::" + api + "/stages/s",
		"arn:aws:apigateway:us-east-1::/apikeys/" + ts.id("POST /apikeys", `{}`),
		"arn:aws:apigateway:us-east-1::/usageplans/" + ts.id("POST /usageplans", `{"name":"p"}`),
		"arn:aws:apigateway:us-east-1::/vpclinks/" + ts.id("POST /vpclinks", `{"name":"l","targetArns":["arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/net/x/y"]}`),
	}
	ts.must("POST /domainnames", `{"domainName":"x.example.com","certificateArn":"`+certificateARN+`"}`)
	arns = append(arns, "arn:aws:apigateway:us-east-1::/domainnames/x.example.com")
	for _, a := range arns {
		at := "/tags/" + escape(a)
		ts.expect("GET "+at, "", `200 {"tags":{}}`)
		ts.expect("PUT "+at, `{"tags":{"a":"1","b":"2"}}`, "204")
		ts.expect("PUT "+at, `{"tags":{"aws:x":"1"}}`, "400 BadRequestException Invalid tag key specified: 'aws:x' starts with the reserved prefix aws:")
		ts.expect("DELETE "+at+"?tagKeys=a&tagKeys=c", "", "204")
		ts.expect("GET "+at, "", `200 {"tags":{"b":"2"}}`)
	}
	if got := ts.must("GET "+api, ""); !strings.Contains(got, `"tags":{"b":"2"}`) {
		t.Error(got)
	}
	ts.expect("GET /tags/"+escape("arn:aws:apigateway:eu-west-1::"+api), "", "400 BadRequestException Invalid ARN specified in the request")
	ts.expect("GET /tags/"+escape("arn:aws:apigateway:us-east-1::/restapis/nope"), "", "404 NotFoundException Invalid API identifier specified 111111111111:nope")
}

func TestVpcLinks(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	const target = `"targetArns":["arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/net/x/y"]`
	ready := `{"id":"000001","name":"l",` + target + `,"status":"AVAILABLE","statusMessage":"Your vpc link is ready for use"}`
	ts.expect("POST /vpclinks", `{"name":"l",`+target+`}`, `202 {"id":"000001","name":"l",`+target+`,"status":"PENDING"}`)
	ts.expect("POST /vpclinks", `{"name":"l","targetArns":["x"]}`, "400 BadRequestException Invalid ARN specified in the request")
	ts.expect("GET /vpclinks/000001", "", "200 "+ready)
	ts.expect("GET /vpclinks", "", `200 {"item":[`+ready+`]}`)
	ts.expectPatch("/vpclinks/000001", "200 "+strings.Replace(ready, `"l"`, `"m"`, 1), "replace /name m")
	ts.expect("DELETE /vpclinks/000001", "", "202")
	ts.expect("GET /vpclinks/000001", "", "404 NotFoundException Invalid Vpc Link identifier specified")
}
