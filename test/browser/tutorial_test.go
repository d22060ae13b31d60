package browser

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

const invokePolicy = `{
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}]
}`

const trustPolicy = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {"Service": ["lambda.amazonaws.com", "apigateway.amazonaws.com"]},
      "Action": "sts:AssumeRole"
    }
  ]
}`

const calcCode = `console.log('Loading the Calc function');

export const handler = async function (event) {
  if (event.a === undefined || event.b === undefined || event.op === undefined) {
    throw new Error("400 Invalid Input");
  }
  const res = {a: Number(event.a), b: Number(event.b), op: event.op};
  switch (event.op) {
    case "+": case "add": res.c = res.a + res.b; break;
    case "-": case "sub": res.c = res.a - res.b; break;
    case "*": case "mul": res.c = res.a * res.b; break;
    case "/": case "div": res.c = res.a / res.b; break;
    default: throw new Error("400 Invalid Operator");
  }
  return res;
};
`

const queryTemplate = `{
    "a":  "$input.params('operand1')",
    "b":  "$input.params('operand2')",
    "op": "$input.params('operator')"
}`

const pathTemplate = `{
   "a": "$input.params('operand1')",
   "b": "$input.params('operand2')",
   "op": #if($input.params('operator')=='%2F')"/"#{else}"$input.params('operator')"#end

}`

const resultTemplate = `#set($inputRoot = $input.path('$'))
{
  "input" : {
    "a" : $inputRoot.a,
    "b" : $inputRoot.b,
    "op" : "$inputRoot.op"
  },
  "output" : {
    "c" : $inputRoot.c
  }
}`

const role = "lambda_invoke_function_assume_apigw_role"

// AWS's tutorial on an API for a Lambda function, step by step as it is written,
// from the role to URLs that answer.
func TestTutorial(t *testing.T) {
	url := start(t)
	p := open(t, url, "")
	p.tutorialRole()
	p.tutorialFunction()
	api := p.tutorialAPI()
	p.tutorialGet()
	p.tutorialModels(api)
	p.tutorialPost()
	p.tutorialPath()
	invoke := p.tutorialDeploy()
	for _, c := range []struct{ name, method, path, body, want string }{
		{"query", "GET", "/calc?operand1=2&operand2=3&operator=%2B", "", `{"a":2,"b":3,"op":"+","c":5}`},
		{"body", "POST", "/calc", `{"a":4,"b":5,"op":"*"}`, `{"a":4,"b":5,"op":"*","c":20}`},
		{"path", "GET", "/calc/1/2/%2F", "", `{"input":{"a":1,"b":2,"op":"/"},"output":{"c":0.5}}`},
	} {
		status, text := request(t, c.method, invoke+c.path, c.body)
		if status != 200 || !sameJSON(text, c.want) {
			t.Errorf("%s: got %d %s, want %s", c.name, status, text, c.want)
		}
	}
	if status, text := request(t, "GET", invoke+"/calc?operand1=2", ""); status != 400 || !strings.Contains(text, "Missing required request parameters: [operand2, operator]") {
		t.Errorf("missing parameters: got %d %s", status, text)
	}
	if faults := p.consoleFaults(); len(faults) > 0 {
		t.Errorf("the browser's console says %q", faults)
	}
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// Create an assumable IAM role.
func (p *tab) tutorialRole() {
	p.t.Helper()
	p.click("Services")
	p.click("IAM")
	p.click("Policies")
	p.click("Create policy")
	p.code("Policy editor (JSON)", invokePolicy)
	p.fill("Policy name", "lambda_execute")
	p.click("Create policy")
	p.sees("The policy lambda_execute was created.")
	p.click("Roles")
	p.click("Create role")
	p.click("AWS service")
	p.choose("Use case", "Lambda")
	p.row("lambda_execute")
	p.fill("Role name", role)
	p.shot("tutorial-01-create-role")
	p.click("Create role")
	p.sees("The role " + role + " was created.")
	p.click("Trust relationships")
	p.click("Edit trust policy")
	p.code("Trust policy", trustPolicy)
	p.click("Update policy")
	p.sees("The trust policy of " + role + " was updated.")
	p.sees("apigateway.amazonaws.com")
	p.sees("arn:aws:iam::000000000000:role/" + role)
}

// Create a Calc Lambda function, and test it.
func (p *tab) tutorialFunction() {
	p.t.Helper()
	p.click("Services")
	p.click("Lambda")
	p.click("Create function")
	p.click("Author from scratch")
	p.fill("Function name", "Calc")
	p.choose("Runtime", "Node.js 22.x")
	p.click("Use an existing role")
	p.fill("Existing role", "arn:aws:iam::000000000000:role/"+role)
	p.click("Create function")
	p.sees("The function Calc was created.")
	p.code("Code of index.mjs", calcCode)
	p.shot("tutorial-02-code")
	p.click("Deploy")
	p.sees("The function Calc was updated.")
	p.click("Test")
	p.fill("Event name", "calc2plus5")
	p.code("Event JSON", `{"a": "2", "b": "5", "op": "+"}`)
	p.click("Save")
	p.sees("The test event calc2plus5 was saved")
	p.clickPrimary("Test")
	p.sees("Executing function: succeeded")
	if got := p.part("Response"); !sameJSON(got, `{"a":2,"b":5,"op":"+","c":7}`) {
		p.t.Errorf("the function answers %s", got)
	}
	p.sees("REPORT RequestId")
	p.shot("tutorial-03-test-event")
}

// Create a Calc API; returns its ID, read beside its name.
func (p *tab) tutorialAPI() string {
	p.t.Helper()
	p.click("Services")
	p.click("API Gateway")
	p.click("Create API")
	p.click("Build REST API")
	p.click("New API")
	p.fill("API name", "LambdaCalc")
	p.sees("Regional")
	p.click("Create API")
	p.sees("Create resource")
	return p.find(`LambdaCalc \(([a-z0-9]{10})\)`)
}

// Integration 1: a GET method with query parameters.
func (p *tab) tutorialGet() {
	p.t.Helper()
	p.click("Create resource")
	p.fill("Resource name", "calc")
	p.click("Create resource")
	p.sees("The resource calc was created.")
	p.click("Create method")
	p.choose("Method type", "GET")
	p.serviceIntegration()
	p.click("Method request settings")
	p.choose("Request validator", "Validate query string parameters and headers")
	p.click("URL query string parameters")
	for i, name := range []string{"operand1", "operand2", "operator"} {
		p.click("Add query string")
		p.fillNth("Name", i, name)
		p.check("Required", i)
	}
	p.shot("tutorial-04-create-method")
	p.click("Create method")
	p.sees("GET /calc was created.")
	p.click("Integration request")
	p.click("Edit integration request")
	p.click("Mapping templates")
	p.click("Add mapping template")
	p.click("Yes, secure this integration")
	p.fill("Content type", "application/json")
	p.code("Template body", queryTemplate)
	p.shot("tutorial-05-mapping-template")
	p.click("Save")
	p.sees("When there are no templates defined (recommended)")
	p.sees("application/json")
	p.testTab()
	p.fill("Query strings", "operand1=2&operand2=3&operator=+")
	p.clickPrimary("Test")
	p.testResult(`{"a":2,"b":3,"op":"+","c":5}`)
	p.sees(`{operand1=2, operand2=3, operator=+}`)
	p.shot("tutorial-06-test")
}

// serviceIntegration fills in an AWS service integration that invokes Calc.
func (p *tab) serviceIntegration() {
	p.t.Helper()
	p.click("AWS service")
	p.choose("AWS Region", "us-east-1")
	p.choose("AWS service", "Lambda")
	p.choose("HTTP method", "POST")
	p.click("Use path override")
	p.fill("Path override", "/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:Calc/invocations")
	p.fill("Execution role", "arn:aws:iam::000000000000:role/"+role)
}

func (p *tab) testTab() {
	p.t.Helper()
	p.click("Test")
	p.sees("Test method")
}

func (p *tab) testResult(want string) {
	p.t.Helper()
	p.sees("method test results")
	if got := p.part("Response body"); !sameJSON(got, want) {
		p.fail("the test answers %s, want %s", got, want)
	}
}

func (p *tab) tutorialModels(api string) {
	p.t.Helper()
	ref := "https://apigateway.amazonaws.com/restapis/" + api + "/models/"
	for _, m := range []struct{ name, schema string }{
		{"Input", `{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"},"op":{"type":"string"}},"title":"Input"}`},
		{"Output", `{"type":"object","properties":{"c":{"type":"number"}},"title":"Output"}`},
		{"Result", `{"type":"object","properties":{"input":{"$ref":"` + ref + `Input"},"output":{"$ref":"` + ref + `Output"}},"title":"Output"}`},
	} {
		p.click("Models")
		p.click("Create model")
		p.fill("Name", m.name)
		p.fill("Content type", "application/json")
		p.code("Model schema", m.schema)
		p.click("Create")
		p.sees("The model " + m.name + " was created.")
	}
}

// Integration 2: a POST method with a JSON payload.
func (p *tab) tutorialPost() {
	p.t.Helper()
	p.click("Resources")
	p.click("/calc")
	p.click("Create method")
	p.choose("Method type", "POST")
	p.serviceIntegration()
	p.click("Create method")
	p.sees("POST /calc was created.")
	p.click("Edit method request")
	p.choose("Request validator", "Validate body")
	p.click("Add model")
	p.fill("Content type", "application/json")
	p.choose("Model", "Input")
	p.click("Save")
	p.sees("The method request of POST /calc was saved.")
	p.testTab()
	p.code("Request body", `{"a": 1, "b": 2, "op": "+"}`)
	p.clickPrimary("Test")
	p.testResult(`{"a":1,"b":2,"op":"+","c":3}`)
	p.code("Request body", `{"a": "one", "b": 2, "op": "+"}`)
	p.clickPrimary("Test")
	p.sees("Invalid request body")
}

// Integration 3: a GET method with path parameters.
func (p *tab) tutorialPath() {
	p.t.Helper()
	p.click("/calc")
	for _, part := range []string{"{operand1}", "{operand2}", "{operator}"} {
		p.click("Create resource")
		p.fill("Resource name", part)
		p.click("Create resource")
		p.sees("The resource " + part + " was created.")
	}
	p.click("Create method")
	p.choose("Method type", "GET")
	p.click("Lambda function")
	p.choose("Lambda region", "us-east-1")
	p.fill("Lambda function", "Calc")
	p.point("the option Calc", `option("Calc")`)
	p.click("Create method")
	p.sees("Add Permission to Lambda Function")
	p.shot("tutorial-07-permission")
	p.click("OK")
	p.sees("GET /calc/{operand1}/{operand2}/{operator} was created.")
	p.click("Integration request")
	p.click("Edit integration request")
	p.click("Mapping templates")
	p.click("Add mapping template")
	p.click("Yes, secure this integration")
	p.fill("Content type", "application/json")
	p.code("Template body", pathTemplate)
	p.click("Save")
	p.sees("was saved.")
	p.testPath(`{"a":1,"b":1,"op":"+","c":2}`)

	p.click("Method response")
	p.click("Edit method response 200")
	p.choose("Model", "Result")
	p.click("Save")
	p.sees("The method response 200 was saved.")
	p.click("Integration response")
	p.click("Edit integration response 200")
	p.click("Mapping templates")
	p.click("Add mapping template")
	p.fill("Content type", "application/json")
	p.choose("Generate template", "Result")
	p.await("the generated template", `__test.editor("Template body")?.innerText.includes("$inputRoot")`)
	p.shot("tutorial-08-generated-template")
	p.code("Template body", resultTemplate)
	p.click("Save")
	p.sees("The integration response 200 was saved.")
	p.testPath(`{"input":{"a":1,"b":1,"op":"+"},"output":{"c":2}}`)
	p.shot("tutorial-09-path-test")
}

func (p *tab) testPath(want string) {
	p.t.Helper()
	p.testTab()
	p.fill("operand1", "1")
	p.fill("operand2", "1")
	p.fill("operator", "+")
	p.clickPrimary("Test")
	p.testResult(want)
}

// Deploy the API; returns its invoke URL.
func (p *tab) tutorialDeploy() string {
	p.t.Helper()
	defer p.shot("tutorial-10-stage")
	return p.deploy("test")
}
