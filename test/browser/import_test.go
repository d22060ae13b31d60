package browser

import (
	"strings"
	"testing"
)

const petDefinition = `openapi: 3.0.1
info: {title: Pets, version: "1"}
paths:
  /pets/{id}:
    get:
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
      responses: {"200": {description: found}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses:
          default:
            statusCode: "200"
            responseTemplates: {application/json: '{"id": "$input.params(''id'')"}'}
`

// The example API answers once it is deployed.
func TestExampleAPI(t *testing.T) {
	t.Parallel()
	url := start(t)
	p := open(t, url, "apigateway/create/rest")
	p.click("Example API")
	p.click("Create API")
	p.sees("/greeting")
	invoke := p.deploy("live")
	if status, got := request(t, "GET", invoke+"/greeting?name=Ada", ""); status != 200 || !sameJSON(got, `{"greeting":"Hello, Ada!"}`) {
		t.Errorf("got %d %s", status, got)
	}
	if status, got := request(t, "GET", invoke+"/greeting", ""); status != 200 || !sameJSON(got, `{"greeting":"Hello, world!"}`) {
		t.Errorf("got %d %s", status, got)
	}
}

// A definition is imported as a new API and merged into one that is there.
func TestImport(t *testing.T) {
	t.Parallel()
	url := start(t)
	p := open(t, url, "apigateway/create")
	p.click("Import")
	p.code("Definition", petDefinition)
	p.click("Import")
	p.sees("The API was created.")
	p.click("API actions")
	p.click("Import API")
	p.code("Definition", strings.ReplaceAll(petDefinition, "/pets/", "/owners/"))
	p.click("Import")
	p.sees("The definition was imported")
	p.sees("/owners")
	invoke := p.deploy("v1")
	for _, path := range []string{"/pets/7", "/owners/7"} {
		if status, got := request(t, "GET", invoke+path, ""); status != 200 || !sameJSON(got, `{"id":"7"}`) {
			t.Errorf("%s: got %d %s", path, status, got)
		}
	}
}

// deploy deploys the API that is shown to a new stage and returns its URL.
func (p *tab) deploy(stage string) string {
	p.t.Helper()
	p.click("Deploy API")
	p.choose("Stage", "*New stage*")
	p.fill("Stage name", stage)
	p.click("Deploy")
	p.sees("was deployed to the stage " + stage)
	p.sees("Invoke URL")
	return p.find(`(http://127\.0\.0\.1:\d+/restapis/[a-z0-9]+/` + stage + `/_user_request_)`)
}
