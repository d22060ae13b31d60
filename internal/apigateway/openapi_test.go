package apigateway

import (
	"context"
	"slices"
	"strings"
	"testing"
)

// fakeImporter answers with fixed descriptions, by body.
type fakeImporter map[string]*Description

func (f fakeImporter) ReadAPI(_ context.Context, body []byte, _ ImportOptions) (*Description, error) {
	if d := f[string(body)]; d != nil {
		return d, nil
	}
	return nil, badRequest("Invalid OpenAPI input.")
}

func (f fakeImporter) ReadDocumentation(_ context.Context, body []byte) ([]*DocumentationPart, []string, error) {
	if d := f[string(body)]; d != nil {
		return d.Parts, d.Warnings, nil
	}
	return nil, nil, badRequest("Unable to build importer with provided input.")
}

func mock() *Integration {
	return &Integration{Type: new("mock"), IntegrationResponses: map[string]*IntegrationResponse{"200": {StatusCode: "200"}}}
}

func descriptions() fakeImporter {
	get := &Method{HttpMethod: "GET", AuthorizationType: "CUSTOM", AuthorizerId: new("z"), RequestValidatorId: new("v"),
		RequestModels:   map[string]string{"application/json": "Pet"},
		MethodResponses: map[string]*MethodResponse{"200": {StatusCode: "200"}}, MethodIntegration: mock()}
	return fakeImporter{
		"pets": {
			RestApi: &RestApi{Name: new("pets"), BinaryMediaTypes: []string{"image/png"}},
			Models: []*Model{
				{Name: "Pet", ContentType: new("application/json"), Schema: new(`{"$ref":"` + modelReference("0000000001", "Owner") + `"}`)},
				{Name: "Owner", ContentType: new("application/json"), Schema: new(`{"$ref":"` + modelReference("0000000001", "Pet") + `"}`)},
			},
			Validators:       []*RequestValidator{{Name: new("v"), ValidateRequestBody: new(true)}},
			Authorizers:      []*Authorizer{{Name: "z", Type: new("TOKEN"), AuthorizerUri: new(functionURI), IdentitySource: new("method.request.header.A")}},
			Resources:        []*Resource{{Path: "/pets/{id}", ResourceMethods: map[string]*Method{"GET": get}}},
			GatewayResponses: []*GatewayResponse{{ResponseType: "UNAUTHORIZED", StatusCode: new("499")}},
			Parts:            []*DocumentationPart{{Location: &DocumentationPartLocation{Type: "API"}, Properties: new("{}")}},
		},
		"shops": {
			RestApi:   &RestApi{Name: new("shops"), BinaryMediaTypes: []string{"image/jpg"}},
			Resources: []*Resource{{Path: "/shops", ResourceMethods: map[string]*Method{"GET": {HttpMethod: "GET", AuthorizationType: "NONE", MethodIntegration: mock()}}}},
			Warnings:  []string{"a warning"},
		},
		"faulty": {
			RestApi: &RestApi{Name: new("faulty")},
			Models:  []*Model{{Name: "a_b", Schema: new("{}")}, {Name: "A", Schema: new(`{"$ref":"` + modelReference("0000000001", "Nope") + `"}`)}},
			Resources: []*Resource{
				{Path: "/a/{x}"}, {Path: "/a/{y}/z"},
				{Path: "/b", ResourceMethods: map[string]*Method{"GET": {HttpMethod: "GET", AuthorizationType: "NONE", MethodIntegration: &Integration{Type: new("MOCK"), TimeoutInMillis: new(int64(1))}}}},
			},
			Warnings: []string{"a warning"},
		},
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	ts := newServerWith(t, Config{Importer: descriptions()})
	ts.expect("POST /restapis?mode=import", "?", "400 BadRequestException Invalid OpenAPI input.")
	ts.ids.Store(0)
	ts.expect("POST /restapis?mode=import", "faulty", "400 BadRequestException Errors found during import:"+
		"\n\tUnable to create model for 'a_b': Model name must be alphanumeric: a_b"+
		"\n\tUnable to create model for 'A': Invalid model specified: Validation Result: warnings : [], errors : [Invalid model specified: Nope]"+
		"\n\tUnable to create resource at path '/a/{y}': A sibling ({x}) of this resource already has a variable path part -- only one is allowed"+
		"\n\tUnable to put integration on 'GET' for resource at path '/b': Timeout should be between 50 ms and 29000 ms"+
		"\nAdditionally, these warnings were found:\n\ta warning")
	ts.expect("GET /restapis", "", `200 {"item":[]}`)

	ts.ids.Store(0)
	ts.expect("POST /restapis?mode=import", "pets", `201 {"id":"0000000001","name":"pets","createdDate":1767323045,"binaryMediaTypes":["image/png"],"apiKeySource":"HEADER","endpointConfiguration":{"types":["EDGE"],"ipAddressType":"ipv4"},"disableExecuteApiEndpoint":false,"rootResourceId":"0000000002"}`)
	api := "/restapis/0000000001"
	pets := shape{"/": nil, "/pets": nil, "/pets/{id}": {"GET"}}
	if got := shapeOf(t, ts, api); !got.equal(pets) {
		t.Errorf("imported %v", got)
	}
	a := must(ts.restAPI(ts.ctx(), "0000000001"))
	for r := range a.resources.values() {
		if m := r.ResourceMethods["GET"]; m != nil {
			if _, err := a.authorizer(*m.AuthorizerId); err != nil {
				t.Error(err)
			}
			if _, err := a.validator(*m.RequestValidatorId); err != nil {
				t.Error(err)
			}
			if *m.MethodIntegration.Type != "MOCK" || m.MethodIntegration.IntegrationResponses["200"] == nil || m.MethodResponses["200"] == nil {
				t.Errorf("method %+v", m)
			}
		}
	}

	before := ts.must("GET "+api+"/resources?embed=methods", "")
	ts.expect("PUT "+api+"?failonwarnings=true", "shops", "400 BadRequestException Warnings found during import:\n\ta warning")
	if after := ts.must("GET "+api+"/resources?embed=methods", ""); after != before {
		t.Error("a refused import changes something")
	}
	got := ts.must("PUT "+api+"?mode=merge", "shops")
	if !strings.Contains(got, `"binaryMediaTypes":["image/png","image/jpg"]`) || !strings.Contains(got, `"warnings":["a warning"]`) || !strings.Contains(got, `"tags":{}`) {
		t.Error(got)
	}
	pets["/shops"] = []string{"GET"}
	if got := shapeOf(t, ts, api); !got.equal(pets) {
		t.Errorf("merged %v", got)
	}
	ts.must("PUT "+api, "pets") // again: nothing is there twice
	if got := shapeOf(t, ts, api); !got.equal(pets) {
		t.Errorf("merged again %v", got)
	}
	got = ts.must("PUT "+api+"?mode=overwrite", "shops")
	if !strings.Contains(got, `"binaryMediaTypes":["image/jpg"]`) || !strings.Contains(got, `"rootResourceId":"0000000002"`) {
		t.Error(got)
	}
	if got := shapeOf(t, ts, api); !got.equal(shape{"/": nil, "/shops": {"GET"}}) {
		t.Errorf("overwritten %v", got)
	}
	a = must(ts.restAPI(ts.ctx(), "0000000001"))
	if a.models.len()+a.validators.len()+a.authorizers.len()+a.responses.len()+a.parts.len() != 0 {
		t.Errorf("what is not in the document stays: %v", slices.Collect(a.members()))
	}
}

func TestImportDocumentationParts(t *testing.T) {
	t.Parallel()
	ts := newServerWith(t, Config{Importer: descriptions()})
	api, _ := ts.api("a")
	at := api + "/documentation/parts"
	ts.expect("PUT "+at, "?", "400 BadRequestException Unable to build importer with provided input.")
	ts.expect("PUT "+at, "pets", `200 {"ids":["000005"]}`)
	ts.expect("PUT "+at+"?mode=merge", "pets", `200 {"ids":["000005"]}`)
	ts.expect("PUT "+at+"?mode=overwrite", "pets", `200 {"ids":["000006"]}`)
	ts.expect("GET "+at, "", `200 {"item":[{"id":"000006","location":{"type":"API"},"properties":"{}"}]}`)
}

func TestWithoutImporter(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	if got := ts.do("POST /restapis?mode=import", "x"); !strings.HasPrefix(got, "501 NotImplementedException") {
		t.Error(got)
	}
}
