package wire

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","apigateway.amazonaws.com"]},"Action":"sts:AssumeRole"}]}`

func zipOf(t testing.TB, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create(name)
	if err == nil {
		_, err = f.Write(content)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func get(t testing.TB, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// TestCalc is the tutorial from nothing, by aws-sdk-go-v2.
func TestCalc(t *testing.T) {
	s := start(t)
	ctx := deadline(t)
	iamc, lam, api := iam.NewFromConfig(s.config()), lambda.NewFromConfig(s.config()), apigateway.NewFromConfig(s.config())

	policy := must[*iam.CreatePolicyOutput](t)(iamc.CreatePolicy(ctx, &iam.CreatePolicyInput{
		PolicyName:     aws.String("invoke"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"*"}]}`),
	}))
	role := must[*iam.CreateRoleOutput](t)(iamc.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("calc"), AssumeRolePolicyDocument: aws.String(trust)}))
	must[*iam.AttachRolePolicyOutput](t)(iamc.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("calc"), PolicyArn: policy.Policy.Arn}))

	code, err := os.ReadFile("../../examples/calc/index.js")
	if err != nil {
		t.Fatal(err)
	}
	fn := must[*lambda.CreateFunctionOutput](t)(lam.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String("Calc"), Runtime: "nodejs22.x", Handler: aws.String("index.handler"), Role: role.Role.Arn,
		Code: &lambdatypes.FunctionCode{ZipFile: zipOf(t, "index.js", code)},
	}))
	if err := lambda.NewFunctionActiveV2Waiter(lam).Wait(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("Calc")}, 4*time.Minute); err != nil {
		t.Fatal(err)
	}
	out := must[*lambda.InvokeOutput](t)(lam.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("Calc"), Payload: []byte(`{"a":6,"b":7,"op":"mul"}`), LogType: "Tail"}))
	if string(out.Payload) != `{"a":6,"b":7,"op":"mul","c":42}` || out.StatusCode != 200 || out.FunctionError != nil || out.LogResult == nil {
		t.Fatalf("invoke: %+v, %s", out, out.Payload)
	}

	created := must[*apigateway.CreateRestApiOutput](t)(api.CreateRestApi(ctx, &apigateway.CreateRestApiInput{
		Name: aws.String("LambdaGate"), EndpointConfiguration: &agtypes.EndpointConfiguration{Types: []agtypes.EndpointType{"REGIONAL"}},
	}))
	id := created.Id
	resources := must[*apigateway.GetResourcesOutput](t)(api.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: id}))
	calc := must[*apigateway.CreateResourceOutput](t)(api.CreateResource(ctx, &apigateway.CreateResourceInput{RestApiId: id, ParentId: resources.Items[0].Id, PathPart: aws.String("calc")}))
	validator := must[*apigateway.CreateRequestValidatorOutput](t)(api.CreateRequestValidator(ctx, &apigateway.CreateRequestValidatorInput{RestApiId: id, Name: aws.String("params"), ValidateRequestParameters: true}))
	must[*apigateway.PutMethodOutput](t)(api.PutMethod(ctx, &apigateway.PutMethodInput{
		RestApiId: id, ResourceId: calc.Id, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE"), RequestValidatorId: validator.Id,
		RequestParameters: map[string]bool{"method.request.querystring.operand1": true, "method.request.querystring.operand2": true, "method.request.querystring.operator": true},
	}))
	must[*apigateway.PutMethodResponseOutput](t)(api.PutMethodResponse(ctx, &apigateway.PutMethodResponseInput{RestApiId: id, ResourceId: calc.Id, HttpMethod: aws.String("GET"), StatusCode: aws.String("200")}))
	must[*apigateway.PutIntegrationOutput](t)(api.PutIntegration(ctx, &apigateway.PutIntegrationInput{
		RestApiId: id, ResourceId: calc.Id, HttpMethod: aws.String("GET"), Type: "AWS", IntegrationHttpMethod: aws.String("POST"),
		Uri:         aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + *fn.FunctionArn + "/invocations"),
		Credentials: role.Role.Arn, PassthroughBehavior: aws.String("WHEN_NO_TEMPLATES"),
		RequestTemplates: map[string]string{"application/json": `{"a": "$input.params('operand1')", "b": "$input.params('operand2')", "op": "$input.params('operator')"}`},
	}))
	must[*apigateway.PutIntegrationResponseOutput](t)(api.PutIntegrationResponse(ctx, &apigateway.PutIntegrationResponseInput{RestApiId: id, ResourceId: calc.Id, HttpMethod: aws.String("GET"), StatusCode: aws.String("200")}))
	must[*apigateway.CreateDeploymentOutput](t)(api.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: id, StageName: aws.String("test")}))

	base := s.url + "/restapis/" + *id + "/test/_user_request_"
	for _, tt := range []struct {
		path   string
		status int
		want   string
	}{
		{"/calc?operand1=2&operand2=3&operator=add", 200, `{"a":2,"b":3,"op":"add","c":5}`},
		{"/calc?operand1=2&operand2=3", 400, `{"message": "Missing required request parameters: [operator]"}`},
		{"/calc?operand1=2", 400, `{"message": "Missing required request parameters: [operand2, operator]"}`},
		{"/other", 403, `{"message":"Missing Authentication Token"}`},
	} {
		if status, body := get(t, base+tt.path); status != tt.status || body != tt.want {
			t.Errorf("%s: %d %s, want %d %s", tt.path, status, body, tt.status, tt.want)
		}
	}

	// A role that may not invoke, or that does not trust API Gateway, is a 500; and works again after one change.
	must[*iam.DetachRolePolicyOutput](t)(iamc.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String("calc"), PolicyArn: policy.Policy.Arn}))
	wantCalc(t, base, 500)
	must[*iam.AttachRolePolicyOutput](t)(iamc.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("calc"), PolicyArn: policy.Policy.Arn}))
	wantCalc(t, base, 200)
	must[*iam.UpdateAssumeRolePolicyOutput](t)(iamc.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String("calc"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)}))
	wantCalc(t, base, 500)
	must[*iam.UpdateAssumeRolePolicyOutput](t)(iamc.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: aws.String("calc"), PolicyDocument: aws.String(trust)}))
	wantCalc(t, base, 200)
}

func wantCalc(t *testing.T, base string, want int) {
	t.Helper()
	body := map[int]string{200: `{"a":2,"b":3,"op":"+","c":5}`, 500: `{"message": "Internal server error"}`}[want]
	if status, got := get(t, base+"/calc?operand1=2&operand2=3&operator=%2B"); status != want || got != body {
		t.Errorf("%d %s, want %d %s", status, got, want, body)
	}
}
