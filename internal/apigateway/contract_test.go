package apigateway

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// Every operation has behaviour but those for SDKs.
func TestOperations(t *testing.T) {
	t.Parallel()
	var missing []string
	for _, op := range Operations.Bind(newServer(t).Service).Operations {
		if !op.Implemented {
			missing = append(missing, op.Name)
		}
	}
	if got, want := fmt.Sprint(missing), "[GetSdk GetSdkType GetSdkTypes]"; got != want {
		t.Errorf("without behaviour: %s, want %s", got, want)
	}
}

func TestPermission(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	for _, c := range []struct {
		operation string
		in        any
		want      string
	}{
		{"GetRestApis", &GetRestApisRequest{}, "apigateway:GET arn:aws:apigateway:us-east-1::/restapis"},
		{"ImportRestApi", &ImportRestApiRequest{}, "apigateway:POST arn:aws:apigateway:us-east-1::/restapis"},
		{"PutIntegration", &PutIntegrationRequest{RestApiId: "a", ResourceId: "b", HttpMethod: "GET"}, "apigateway:PUT arn:aws:apigateway:us-east-1::/restapis/a/resources/b/methods/GET/integration"},
		{"GetBasePathMapping", &GetBasePathMappingRequest{DomainName: "x.y", BasePath: "a/b"}, "apigateway:GET arn:aws:apigateway:us-east-1::/domainnames/x.y/basepathmappings/a%2Fb"},
		{"UpdateUsage", &UpdateUsageRequest{UsagePlanId: "p", KeyId: "k"}, "apigateway:PATCH arn:aws:apigateway:us-east-1::/usageplans/p/keys/k/usage"},
		{"TagResource", &TagResourceRequest{ResourceArn: "arn:a/b"}, "apigateway:PUT arn:aws:apigateway:us-east-1::/tags/arn%3Aa%2Fb"},
	} {
		action, resource := ts.Permission(&awsapi.Call{Operation: c.operation, Region: testRegion}, c.in)
		if got := action + " " + resource; got != c.want {
			t.Errorf("%s needs %s, want %s", c.operation, got, c.want)
		}
	}
}

// A new process finds everything that was acknowledged.
func TestReopen(t *testing.T) {
	t.Parallel()
	st := newStore(t, t.TempDir())
	ts := newServerWith(t, Config{Store: st})
	api := ts.deployed("s")
	key := ts.id("POST /apikeys", `{"name":"k"}`)
	plan := ts.id("POST /usageplans", `{"name":"p","apiStages":[{"apiId":"`+strings.TrimPrefix(api, "/restapis/")+`","stage":"s"}]}`)
	requests := []string{
		"GET /restapis", "GET " + api + "/resources?embed=methods", "GET " + api + "/models", "GET " + api + "/stages",
		"GET " + api + "/deployments", "GET /apikeys?includeValues=true", "GET /usageplans", "GET /usageplans/" + plan + "/keys",
		"GET " + api + "/requestvalidators", "GET " + api + "/authorizers", "GET " + api + "/gatewayresponses",
		"GET " + api + "/documentation/parts", "GET " + api + "/documentation/versions", "GET /account", "GET /vpclinks",
	}
	ts.must("POST /usageplans/"+plan+"/keys", `{"keyId":"`+key+`","keyType":"API_KEY"}`)
	ts.must("POST "+api+"/requestvalidators", `{"name":"v"}`)
	ts.must("POST "+api+"/authorizers", `{"name":"z","type":"REQUEST","authorizerResultTtlInSeconds":0,"authorizerUri":"`+functionURI+`"}`)
	ts.must("PUT "+api+"/gatewayresponses/THROTTLED", `{"statusCode":"420"}`)
	ts.must("POST "+api+"/documentation/parts", `{"location":{"type":"API"},"properties":"{}"}`)
	ts.must("POST "+api+"/documentation/versions", `{"documentationVersion":"1/x"}`)
	ts.must("PATCH /account", patchBody("replace /cloudwatchRoleArn arn:aws:iam::111111111111:role/r"))
	var before []string
	for _, r := range requests {
		before = append(before, ts.must(r, ""))
	}
	ts.Close()
	again := newServerWith(t, Config{Store: st})
	for i, r := range requests {
		again.expect(r, "", before[i])
	}
	if live, ok := again.LiveStage(strings.TrimPrefix(api, "/restapis/"), "s"); !ok || len(live.Deployment.Resources) != 1 {
		t.Errorf("live stage: %+v", live)
	}
}

// A snapshot that compresses to more than a document may hold becomes a blob,
// and goes with its deployment.
func TestLargeDeployment(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, root := ts.api("large")
	ts.must("PUT "+root+"/methods/GET", `{"authorizationType":"NONE"}`)
	ts.must("PUT "+root+"/methods/GET/integration", `{"type":"MOCK","requestTemplates":{"application/json":"`+randomSecret(2*maxInline)+`"}}`)
	for range 2 {
		id := ts.id("POST "+api+"/deployments", `{"stageName":"s"}`)
		other := newServerWith(t, Config{Store: ts.st})
		live, ok := other.LiveStage(strings.TrimPrefix(api, "/restapis/"), "s")
		if !ok || live.Deployment.DeploymentID != id || len(live.Deployment.Resources[0].ResourceMethods["GET"].MethodIntegration.RequestTemplates["application/json"]) != 2*maxInline {
			t.Fatalf("live stage: %v", ok)
		}
	}
	if blobs := must(ts.st.ListBlobs(t.Context())); len(blobs) != 2 {
		t.Errorf("%d blobs", len(blobs))
	}
	ts.must("DELETE "+api, "")
	if blobs := must(ts.st.ListBlobs(t.Context())); len(blobs) != 0 {
		t.Errorf("%d blobs stay behind", len(blobs))
	}
}

// Documents of this version must always open; one of a newer version must not.
func TestDocumentVersion(t *testing.T) {
	t.Parallel()
	st := newStore(t, "")
	resource := `{"v":1,"doc":{"id":"r","path":"/","resourceMethods":{"GET":{"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false,"methodIntegration":{"type":"MOCK","requestTemplates":{"a/b":""},"cacheKeyParameters":[]}}}}}`
	_, err := st.Commit(t.Context(),
		store.Put("apigateway/restapi/111111111111/us-east-1/a", 0, []byte(`{"v":1,"doc":{"id":"a","name":"n","createdDate":1767323045,"rootResourceId":"r"}}`)),
		store.Put("apigateway/member/111111111111/us-east-1/a/resource/r", 0, []byte(resource)),
		store.Put("apigateway/stage/111111111111/us-east-1/a/s", 0, []byte(`{"v":1,"doc":{"stage":{"stageName":"s","deploymentId":"d"}}}`)))
	if err != nil {
		t.Fatal(err)
	}
	ts := newServerWith(t, Config{Store: st})
	ts.expect("GET /restapis/a/resources/r?embed=methods", "", `200 {"id":"r","path":"/","resourceMethods":{"GET":{"httpMethod":"GET","authorizationType":"NONE","apiKeyRequired":false,"methodIntegration":{"type":"MOCK","requestTemplates":{"a/b":null},"cacheKeyParameters":[]}}}}`)
	ts.expect("GET /restapis/a/stages/s", "", `200 {"deploymentId":"d","stageName":"s"}`)
	written, err := encodeDocument(must(must(ts.restAPI(ts.ctx(), "a")).resource("r")))
	if err != nil || !bytes.Equal(written, []byte(resource)) {
		t.Errorf("written as %s: %v", written, err)
	}
	if _, err := decodeDocument[Resource]([]byte(`{"v":2,"doc":{}}`)); err == nil || !strings.Contains(err.Error(), "schema version 2") {
		t.Errorf("a newer document: %v", err)
	}
}

// fakeTester answers with what it was given.
type fakeTester struct{}

func (fakeTester) TestMethod(_ context.Context, api *Snapshot, in *TestInvokeMethodRequest) (*TestInvokeMethodResponse, error) {
	return &TestInvokeMethodResponse{Status: new(int64(200)), Body: new(fmt.Sprintf("%s %s %d", in.HttpMethod, api.DeploymentID, len(api.Resources)))}, nil
}

func (fakeTester) TestAuthorizer(_ context.Context, api *Snapshot, in *TestInvokeAuthorizerRequest) (*TestInvokeAuthorizerResponse, error) {
	return &TestInvokeAuthorizerResponse{ClientStatus: new(int64(len(api.Authorizers))), PrincipalId: new(in.AuthorizerId)}, nil
}

func TestTestInvoke(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, root := ts.api("a")
	get := root + "/methods/GET"
	ts.must("PUT "+get, `{"authorizationType":"NONE"}`)
	ts.expect("POST "+get, `{}`, "404 NotFoundException Invalid Integration identifier specified")
	ts.must("PUT "+get+"/integration", `{"type":"MOCK"}`)
	if got := ts.do("POST "+get, `{}`); !strings.HasPrefix(got, "501 ") {
		t.Error(got)
	}
	ts.Attach(ts, fakeTester{})
	ts.expect("POST "+get, `{"clientCertificateId":"x"}`, "400 BadRequestException Invalid Client Certificate identifier specified")
	ts.expect("POST "+get, `{}`, `200 {"status":200,"body":"GET  1"}`)
	z := ts.id("POST "+api+"/authorizers", `{"name":"z","type":"REQUEST","authorizerResultTtlInSeconds":0,"authorizerUri":"`+functionURI+`"}`)
	ts.expect("POST "+api+"/authorizers/"+z, `{}`, `200 {"clientStatus":1,"principalId":"`+z+`"}`)
	ts.expect("POST "+api+"/authorizers/x", `{}`, "404 NotFoundException Invalid Authorizer identifier specified")
}

func TestEditGivesUpWithItsCaller(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	api, _ := ts.api("a")
	id := strings.TrimPrefix(api, "/restapis/")
	release, err := ts.queue(t.Context(), scope{testAccount, testRegion}.path(id))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(ts.ctx())
	cancel()
	if _, err := ts.UpdateRestApi(ctx, &UpdateRestApiRequest{RestApiId: id}); err == nil || !strings.Contains(err.Error(), "wait for other edits") {
		t.Errorf("edit behind another one whose caller is gone: %v", err)
	}
	release()
	ts.must("PATCH "+api, patchBody("replace /name b"))
}
