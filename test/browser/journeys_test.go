package browser

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The console's own unit tests and its types.
func TestConsoleUnits(t *testing.T) {
	for _, command := range [][]string{{"node_modules/.bin/tsc", "--noEmit"}, {"node_modules/.bin/vitest", "run", "--reporter=dot"}} {
		c := exec.CommandContext(t.Context(), command[0], command[1:]...)
		c.Dir, c.Env = "../../console", append(os.Environ(), "NO_COLOR=1")
		out, err := c.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", strings.Join(command, " "), err, out)
			continue
		}
		t.Logf("%s\n%s", strings.Join(command, " "), out)
	}
}

// What cannot be shown says why, and can be tried again.
func TestErrors(t *testing.T) {
	t.Parallel()
	url := start(t)
	p := open(t, url, "apigateway/nosuchapi1/resources")
	p.sees("This does not exist")
	p.sees("Invalid API identifier specified")

	end := p.answer("ListFunctions", 403, `{"code":"AccessDeniedException","message":"User: arn:aws:iam::000000000000:user/ada is not authorized to perform: lambda:ListFunctions"}`)
	p.visit("lambda")
	p.sees("You don't have permission to see this")
	p.sees("is not authorized to perform: lambda:ListFunctions")
	p.shot("error-no-permission")
	end()
	p.click("Retry")
	p.sees("No functions")
	p.seesNot("You don't have permission")

	end = p.answer("GetRestApis", 0, "")
	p.visit("apigateway")
	p.sees("No connection")
	end()
	p.click("Retry")
	p.sees("No APIs")

	// An action that is refused keeps what was typed.
	p.visit("apigateway/api-keys/create")
	p.fill("Name", "mine")
	end = p.answer("CreateApiKey", 403, `{"code":"AccessDeniedException","message":"User: x is not authorized to perform: apigateway:POST"}`)
	p.click("Save")
	p.sees("You don't have permission to do this")
	end()
	p.click("Save")
	p.sees("The API key mine was created.")
}

// A method whose integration is refused is not left behind half made.
func TestCreateMethodIsWhole(t *testing.T) {
	t.Parallel()
	url := start(t)
	p := open(t, url, "")
	api := p.api("apigateway/CreateRestApi", object{"name": "half"})
	id, root := api["id"].(string), api["rootResourceId"].(string)
	p.visit("apigateway/" + id + "/create-method/" + root)
	p.choose("Method type", "GET")
	p.click("HTTP")
	p.choose("HTTP method", "GET")
	p.fill("Endpoint URL", "not a url")
	p.click("Create method")
	p.sees("Invalid HTTP endpoint specified for URI")
	if m := p.api("apigateway/GetResource", object{"restApiId": id, "resourceId": root})["resourceMethods"]; m != nil {
		t.Errorf("the resource has methods: %v", m)
	}
	p.fill("Endpoint URL", "http://127.0.0.1:9/")
	p.click("Create method")
	p.sees("GET / was created.")
	got := p.api("apigateway/GetMethod", object{"restApiId": id, "resourceId": root, "httpMethod": "GET"})
	if got["methodResponses"].(object)["200"] == nil || got["methodIntegration"].(object)["integrationResponses"].(object)["200"] == nil {
		t.Errorf("the method lacks its responses: %v", got)
	}
}

// Leaving a form with changes asks first; so does the back button.
func TestUnsavedChanges(t *testing.T) {
	t.Parallel()
	p := open(t, start(t), "apigateway")
	p.sees("No APIs")
	p.click("Create API")
	p.click("Build REST API")
	p.fill("API name", "unsaved")
	p.click("Usage plans")
	p.sees("What you changed on this page was not saved")
	p.click("Cancel")
	if at := p.path(); at != "/apigateway/create/rest" {
		t.Fatalf("went to %s", at)
	}
	value[bool](p, `history.back() || true`)
	p.sees("What you changed on this page was not saved")
	p.click("Leave")
	p.await("the page before", `location.pathname === "/console/apigateway/create"`)
	p.sees("Full control over requests and responses")
}

// Each place has an address: it can be opened, reloaded, and left backwards.
func TestAddresses(t *testing.T) {
	t.Parallel()
	p := open(t, start(t, "--example", "calc"), "apigateway")
	p.click("LambdaGate")
	p.click("/calc")
	p.click("POST /calc")
	p.click("Method response")
	deep := p.path()
	if !strings.HasSuffix(deep, "/POST/method-response") {
		t.Fatalf("the address is %s", deep)
	}
	p.visit(deep)
	p.sees("Response 200")
	value[bool](p, `history.back() || true`)
	p.await("the tab before", `!location.pathname.endsWith("/method-response")`)
	p.visit("lambda/functions/Calc/configuration")
	p.sees("Resource-based policy statements")
	p.sees("apigateway-calc-path")
}

// A fault in a mapping template is marked at its place while it is typed; the
// server's own parser finds it.
func TestTemplateFault(t *testing.T) {
	t.Parallel()
	p := open(t, start(t, "--example", "calc"), "apigateway")
	p.click("LambdaGate")
	p.click("GET /calc")
	p.click("Integration request")
	p.click("Edit integration request")
	p.code("Template body", "{\n#if($input.params('a'))\n\"a\": 1\n}")
	p.await("the fault", `/Line \d+, column \d+: /.test(__test.text())`)
	p.await("its mark", `document.querySelector(".ace_gutter-cell.ace_error, .ace_icon.ace_error, .ace_error")`)
	p.shot("template-fault")
	p.code("Template body", "{\n#if($input.params('a'))\n\"a\": 1\n#end}")
	p.await("no fault", `!/Line \d+, column \d+: /.test(__test.text())`)
}

// What a form would do is shown as commands; what was done is kept.
func TestCommands(t *testing.T) {
	t.Parallel()
	url := start(t)
	p := open(t, url, "apigateway/create/rest")
	p.fill("API name", "my api")
	p.click("Show as AWS CLI")
	p.sees("aws apigateway create-rest-api")
	p.sees("--name 'my api'")
	p.sees("--endpoint-url " + url)
	p.click("Close")
	p.click("Create API")
	p.sees("The API was created.")
	p.click("AWS CLI commands of this visit")
	p.sees("AWS CLI commands of this visit")
	p.sees("--name 'my api'")
}

// What cannot be had back is asked about, with a word to type.
func TestDelete(t *testing.T) {
	t.Parallel()
	p := open(t, start(t, "--example", "calc"), "apigateway")
	p.row("LambdaGate")
	p.click("Delete")
	p.sees("Delete LambdaGate?")
	if value[bool](p, `!__test.all("[role=dialog] button").find((b) => b.innerText === "Delete").disabled`) {
		t.Error("it can be deleted without the word")
	}
	p.fill("To confirm, type confirm", "confirm")
	p.click("Delete")
	p.sees("LambdaGate was deleted.")
	p.sees("No APIs")
}

// The region is part of the address, and what is in one is not in another.
func TestRegion(t *testing.T) {
	t.Parallel()
	p := open(t, start(t, "--example", "calc"), "lambda")
	p.sees("Calc")
	p.click("N. Virginia: region us-east-1")
	p.point("the region", `item("Europe (Ireland)")`)
	p.sees("No functions")
	p.await("the region in the address", `location.search === "?region=eu-west-1"`)

	// A link that is opened elsewhere leads there, too.
	value[bool](p, `(() => { const a = __test.button("Layers"); a.dispatchEvent(new MouseEvent("auxclick", {bubbles: true, button: 1})); return true })()`)
	p.await("the region in the link", `__test.button("Layers").search === "?region=eu-west-1"`)

	// Another region is another page: what was not saved is asked about first.
	p.click("Create function")
	p.fill("Function name", "mine")
	p.click("Ireland: region eu-west-1")
	p.point("the region", `item("Europe (London)")`)
	p.sees("What you changed on this page was not saved and will be lost.")
	p.click("Cancel")
	p.await("the region as it was", `location.search === "?region=eu-west-1" && __test.field("Function name", 0).value === "mine"`)
	p.click("Ireland: region eu-west-1")
	p.point("the region", `item("Europe (London)")`)
	p.click("Leave")
	p.await("the other region", `location.search === "?region=eu-west-2"`)
	p.visit("lambda?region=us-east-1")
	p.sees("nodejs22.x")
}

// A form can be filled in and sent by keyboard alone.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	p := open(t, start(t), "apigateway/create/rest")
	p.await("the first field to have the focus", `document.activeElement?.tagName === "INPUT"`)
	p.do("type", chromedp.KeyEvent("typed"))
	p.do("send", chromedp.KeyEvent(kb.Enter))
	p.sees("The API was created.")
	p.sees("typed (")
}

// Log events are filtered, and those that come are followed.
func TestLogs(t *testing.T) {
	t.Parallel()
	p := open(t, start(t, "--example", "calc"), "")
	invoke := func(op string) {
		p.api("lambda/Invoke", object{"FunctionName": "Calc", "Payload": value[string](p, `btoa('{"a":1,"b":2,"op":"`+op+`"}')`)})
	}
	invoke("+")
	p.visit("cloudwatch")
	p.click("/aws/lambda/Calc")
	p.click("Search log group")
	p.sees("REPORT RequestId")
	p.fill("Filter pattern", "REPORT")
	p.do("send", chromedp.KeyEvent(kb.Enter))
	p.seesNot("END RequestId")
	p.sees("(1)")
	p.point("Follow", `box("Follow", 0)`)
	invoke("+")
	p.sees("(2)")
}

// A stage serves the deployment that is chosen, and only then.
func TestDeploymentHistory(t *testing.T) {
	t.Parallel()
	url := start(t)
	p := open(t, url, "")
	api := p.api("apigateway/CreateRestApi", object{"name": "history"})
	id, root := api["id"].(string), api["rootResourceId"].(string)
	at := func(more object) object {
		in := object{"restApiId": id, "resourceId": root, "httpMethod": "GET"}
		for k, v := range more {
			in[k] = v
		}
		return in
	}
	p.api("apigateway/PutMethod", at(object{"authorizationType": "NONE"}))
	p.api("apigateway/PutMethodResponse", at(object{"statusCode": "200"}))
	p.api("apigateway/PutIntegration", at(object{"type": "MOCK", "requestTemplates": object{"application/json": `{"statusCode": 200}`}}))
	for _, text := range []string{"first", "second"} {
		p.api("apigateway/PutIntegrationResponse", at(object{"statusCode": "200", "responseTemplates": object{"application/json": text}}))
		p.api("apigateway/CreateDeployment", object{"restApiId": id, "stageName": "live", "description": "the " + text})
	}
	served := func(want string) {
		t.Helper()
		if status, got := request(t, "GET", url+"/restapis/"+id+"/live/_user_request_/", ""); status != 200 || got != want {
			t.Errorf("served: %d %q, want %q", status, got, want)
		}
	}
	served("second")
	p.visit("apigateway/" + id + "/stages/live/history")
	p.row("the first")
	p.click("Change active deployment")
	p.click("Change deployment")
	p.sees("The stage live serves the deployment")
	served("first")
	p.shot("deployment-history")
}
