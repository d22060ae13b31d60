package wire

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	apitypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// signed is a request that aws-sdk-go-v2 signed, or nobody for the empty key.
func signed(t *testing.T, k key, service, method, url, host, body string, header http.Header) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(deadline(t), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		r.Host = host
	}
	for name, values := range header {
		r.Header[name] = values
	}
	if k == (key{}) {
		return r
	}
	sum := sha256.Sum256([]byte(body))
	err = v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret, SessionToken: k.token},
		r, hex.EncodeToString(sum[:]), service, "us-east-1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// answerTo is status, kind of error and body.
func answerTo(t *testing.T, r *http.Request) string {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	kind := resp.Header.Get("X-Amzn-Errortype")
	return strings.TrimSpace(fmt.Sprintf("%d %s %s", resp.StatusCode, kind, bytes.TrimSpace(body)))
}

// iamAPI deploys an API whose every path answers, to those whom IAM lets in.
func iamAPI(t *testing.T, s *server) (id, url string) {
	t.Helper()
	ctx, c := deadline(t), apigateway.NewFromConfig(s.config())
	api, err := c.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: aws.String("signed")})
	check(t, err)
	proxy, err := c.CreateResource(ctx, &apigateway.CreateResourceInput{RestApiId: api.Id, ParentId: api.RootResourceId, PathPart: aws.String("{proxy+}")})
	check(t, err)
	_, err = c.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: api.Id, ResourceId: proxy.Id, HttpMethod: aws.String("ANY"), AuthorizationType: aws.String("AWS_IAM")})
	check(t, err)
	_, err = c.PutIntegration(ctx, &apigateway.PutIntegrationInput{
		RestApiId: api.Id, ResourceId: proxy.Id, HttpMethod: aws.String("ANY"), Type: apitypes.IntegrationTypeMock,
		RequestTemplates: map[string]string{"application/json": `{"statusCode": 200}`},
	})
	check(t, err)
	_, err = c.PutMethodResponse(ctx, &apigateway.PutMethodResponseInput{RestApiId: api.Id, ResourceId: proxy.Id, HttpMethod: aws.String("ANY"), StatusCode: aws.String("200")})
	check(t, err)
	_, err = c.PutIntegrationResponse(ctx, &apigateway.PutIntegrationResponseInput{
		RestApiId: api.Id, ResourceId: proxy.Id, HttpMethod: aws.String("ANY"), StatusCode: aws.String("200"),
		ResponseTemplates: map[string]string{"application/json": "$context.identity.userArn"},
	})
	check(t, err)
	_, err = c.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: api.Id, StageName: aws.String("prod")})
	check(t, err)
	return *api.Id, s.url + "/restapis/" + *api.Id + "/prod/_user_request_"
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fiveWays are the ways to call what IAM guards, with the answers.
func (e *enforcement) fiveWays(t *testing.T, call func(key) string, allow string, none, denied, allowed string) {
	t.Helper()
	e.forbid(t)
	wrong := e.user
	wrong.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	for _, c := range []struct {
		name string
		key  key
		want string
	}{
		{"no credentials", key{}, none},
		{"unknown key", key{id: "AKIAIOSFODNN7EXAMPLE", secret: "x"}, "403 UnrecognizedClientException"},
		{"wrong secret", wrong, "403 InvalidSignatureException"},
		{"not allowed", e.user, denied},
	} {
		if got := call(c.key); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %s\nwant %s", c.name, got, c.want)
		}
	}
	e.allow(t, allow)
	if got := call(e.user); got != allowed {
		t.Errorf("allowed: got %s\nwant %s", got, allowed)
	}
}

// TestSignedAPI calls a method with AWS_IAM: who may, and that every way to write
// a request verifies as the SDK signed it.
func TestSignedAPI(t *testing.T) {
	s := startServe(t)
	e := newEnforcement(t, s)
	id, url := iamAPI(t, s)
	e.fiveWays(t, func(k key) string {
		return answerTo(t, signed(t, k, "execute-api", "GET", url+"/pets/1", "", "", nil))
	},
		statement("execute-api:Invoke", "arn:aws:execute-api:us-east-1:000000000000:"+id+"/prod/GET/pets/1"),
		`403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}`,
		`403 AccessDeniedException {"Message":"User: `+userARN+` is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********0000:`+id+`/prod/GET/pets/1 because no identity-based policy allows the execute-api:Invoke action"}`,
		"200  "+userARN)

	e.allow(t, statement("execute-api:*", "*"))
	session, err := sts.NewFromConfig(s.configWith(e.user)).GetSessionToken(deadline(t), &sts.GetSessionTokenInput{})
	check(t, err)
	temporary := key{*session.Credentials.AccessKeyId, *session.Credentials.SecretAccessKey, *session.Credentials.SessionToken}
	for _, k := range []key{e.user, temporary} {
		for _, c := range []struct {
			method, target, body string
			header               http.Header
		}{
			{"GET", "/a%20b", "", nil},
			{"GET", "/a%2Fb", "", nil},
			{"GET", "/a%252Fb", "", nil},
			{"GET", "/a+b", "", nil},
			{"GET", "/%C3%BC/%E6%97%A5%E6%9C%AC", "", nil},
			{"GET", "/a/~-._", "", nil},
			{"GET", "/a/(b)!*'$&@=:;,", "", nil},
			{"GET", "/a?empty=&flag&z=1", "", nil},
			{"GET", "/a?b=2&a=2&a=1&A=0", "", nil},
			{"GET", "/a?q=x%20y&p=x%2By&slash=/a/b&colon=a:b", "", nil},
			{"GET", "/a?" + strings.Repeat("k=v&", 50) + "end=%E2%82%AC", "", nil},
			{"POST", "/a", `{"a":1}`, http.Header{"Content-Type": {"application/json"}}},
			{"PUT", "/a", "\x00\xff", http.Header{"Content-Type": {"application/octet-stream"}}},
			{"GET", "/a", "", http.Header{"X-Amz-Meta-Two": {"b", "a"}, "X-Many": {"  inner   blanks  "}}},
			{"DELETE", "/a/", "", nil},
			{"PATCH", "/a/b.c/..d", "x", nil}, // the SDK does not remove dot segments before it signs, AWS does before it verifies
		} {
			r := signed(t, k, "execute-api", c.method, url+c.target, "", c.body, c.header)
			if got := answerTo(t, r); strings.HasPrefix(got, "403") {
				t.Errorf("%s %s: %s", c.method, c.target, got)
			}
			changed := signed(t, k, "execute-api", c.method, url+c.target, "", c.body, c.header)
			changed.URL.RawQuery += "&more=1"
			if got := answerTo(t, changed); !strings.HasPrefix(got, "403 InvalidSignatureException") {
				t.Errorf("%s %s with another query: %s", c.method, c.target, got)
			}
		}
		r, err := http.NewRequest("GET", url+"/pets?a=1&X-Amz-Expires=60", nil)
		check(t, err)
		presigned, header, err := v4.NewSigner().PresignHTTP(context.Background(), aws.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret, SessionToken: k.token},
			r, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "execute-api", "us-east-1", time.Now())
		check(t, err)
		r, err = http.NewRequest("GET", presigned, nil)
		check(t, err)
		r.Header = header
		if got := answerTo(t, r); got != "200  "+userARN {
			t.Errorf("presigned: %s", got)
		}
	}

	late := signed(t, key{}, "execute-api", "GET", url+"/pets", "", "", nil)
	sum := sha256.Sum256(nil)
	check(t, v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: e.user.id, SecretAccessKey: e.user.secret}, late, hex.EncodeToString(sum[:]), "execute-api", "us-east-1", time.Now().Add(-6*time.Minute)))
	if got := answerTo(t, late); !strings.HasPrefix(got, "403 InvalidSignatureException") || !strings.Contains(got, "Signature expired: ") || !strings.Contains(got, " - 5 min.)") {
		t.Errorf("signed six minutes ago: %s", got)
	}
}

// TestSignedFunctionURL calls a function URL with AWS_IAM.
func TestSignedFunctionURL(t *testing.T) {
	s := startServe(t)
	e := newEnforcement(t, s)
	ctx, c := deadline(t), lambda.NewFromConfig(s.config())
	_, err := e.root.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: aws.String("role"), AssumeRolePolicyDocument: aws.String(`{"Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`),
	})
	check(t, err)
	_, err = c.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String("who"), Role: aws.String("arn:aws:iam::000000000000:role/role"), Runtime: lambdatypes.RuntimeNodejs22x, Handler: aws.String("index.handler"),
		Code: &lambdatypes.FunctionCode{ZipFile: zipOf(t, "index.js", []byte(`exports.handler = async (e) => e.requestContext.authorizer.iam.userArn + " " + e.rawPath`))},
	})
	check(t, err)
	check(t, lambda.NewFunctionActiveV2Waiter(c, func(o *lambda.FunctionActiveV2WaiterOptions) {
		o.MinDelay, o.MaxDelay = 50*time.Millisecond, time.Second
	}).Wait(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("who")}, 4*time.Minute))
	made, err := c.CreateFunctionUrlConfig(ctx, &lambda.CreateFunctionUrlConfigInput{FunctionName: aws.String("who"), AuthType: lambdatypes.FunctionUrlAuthTypeAwsIam})
	check(t, err)
	host := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(*made.FunctionUrl, "https://"), "http://"), "/")
	function := "arn:aws:lambda:us-east-1:000000000000:function:who"
	e.fiveWays(t, func(k key) string {
		return answerTo(t, signed(t, k, "lambda", "POST", s.url+"/a%20b/c?d=e+f", host, `{"x":1}`, nil))
	}, statement("lambda:InvokeFunctionUrl", function)+","+statement("lambda:InvokeFunction", function), "403 ", "403  "+`{"Message":"Forbidden. For troubleshooting`, `200  "`+userARN+` /a%20b/c"`)
}

// TestSignedJavaScript runs js/signed.mjs: what AWS's JavaScript SDK v3 signs
// verifies in serve mode.
func TestSignedJavaScript(t *testing.T) {
	installJS(t)
	s := startServe(t)
	e := newEnforcement(t, s)
	e.allow(t, statement("*", "*"))
	_, url := iamAPI(t, s)
	run := exec.Command("node", "signed.mjs")
	run.Dir = "js"
	run.Env = append(os.Environ(), "ENDPOINT="+s.url, "API="+url, "KEY_ID="+e.user.id, "SECRET="+e.user.secret, "AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE=1", "NODE_NO_WARNINGS=1")
	if out, err := run.CombinedOutput(); err != nil || !strings.Contains(string(out), "\ndone") {
		t.Fatalf("%v\n%s\n%s", err, out, s.log)
	}
}
