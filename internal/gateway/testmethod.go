package gateway

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// ErrNoMethod says that a test names a resource, method or authorizer that the
// API does not have.
var ErrNoMethod = errors.New("no such method")

// testStage is the stage of test invocations. AWS.
const testStage = "test-invoke-stage"

// tester is who runs a test, as functions see it in their event.
type tester struct {
	identity  *Identity
	userAgent string
}

type testerKey struct{}

// WithTester returns a context that says who runs TestMethod.
func WithTester(ctx context.Context, id *Identity, userAgent string) context.Context {
	return context.WithValue(ctx, testerKey{}, tester{id, userAgent})
}

// TestMethod runs a method of an API as it is now, deployed or not, without
// authorization, API key and throttles, and returns the response with the
// execution log. It fails only with ErrNoMethod or when the API cannot be
// compiled; what goes wrong in the execution is its response.
func (g *Gateway) TestMethod(ctx context.Context, s *apigateway.Snapshot, in *apigateway.TestInvokeMethodRequest) (*apigateway.TestInvokeMethodResponse, error) {
	x, err := g.newTest(ctx, s, in.StageVariables)
	if err != nil {
		return nil, err
	}
	defer x.release()
	m := x.plan.methodOf(in.ResourceId, in.HttpMethod)
	if m == nil {
		return nil, ErrNoMethod
	}
	x.method, x.verb = m.ready(), in.HttpMethod
	x.readTest(in.PathWithQueryString, in.Headers, in.MultiValueHeaders, in.Body)
	x.begin()
	x.noteStart()
	if err := x.runTest(); err != nil {
		x.fail(err)
	}
	x.length = int64(len(x.reply))
	x.latency = g.now().Sub(x.start)
	x.finishRecord()
	return x.testResponse(), nil
}

// newTest returns an exchange on a stage of its own.
func (g *Gateway) newTest(ctx context.Context, s *apigateway.Snapshot, variables map[string]string) (*exchange, error) {
	d, err := compileDeployment(s)
	if err != nil {
		return nil, err
	}
	x := g.newExchange(ctx)
	x.test = true
	x.plan = g.compileStage(d, &apigateway.LiveStage{
		Stage: &apigateway.Stage{StageName: testStage, Variables: variables}, Deployment: s,
	}, false)
	x.bodyRead = true
	x.target.Domain = "testPrefix.testDomainName"
	x.apiKey, x.apiKeyID = "test-invoke-api-key", "test-invoke-api-key-id"
	x.sourceIP = "test-invoke-source-ip"
	if t, ok := ctx.Value(testerKey{}).(tester); ok {
		x.identity, x.agent = t.identity, t.userAgent
	}
	x.ids = newIdentifiers(nil, x.start)
	return x, nil
}

// methodOf finds a method by its resource's id.
func (d *deployment) methodOf(resource, verb string) *method {
	var anyVerb *method
	for _, m := range d.methods {
		if m.resource.Id != resource {
			continue
		}
		if m.verb == verb {
			return m
		}
		if m.verb == "ANY" {
			anyVerb = m
		}
	}
	return anyVerb
}

// readTest takes in the request. AWS: without a path the resource's own is
// taken, braces and all; a path that does not fit gives no parameters. A "+"
// in the query string stays one.
func (x *exchange) readTest(pathWithQuery *string, headers map[string]string, multi map[string][]string, body *string) {
	path, query := x.method.resource.Path, ""
	if p := value(pathWithQuery); p != "" {
		path, query, _ = strings.Cut(p, "?")
	}
	x.path = "/" + strings.TrimLeft(path, "/")
	var own routes
	table := new([verbs]*method)
	table[verbANY] = x.method
	own.add(x.method.resource.Path, table)
	_, x.params = own.match(verbGet, x.path, x.params)
	x.query = appendQuery(x.query, strings.ReplaceAll(query, "+", "%2B"))
	for _, name := range sortedKeys(multi) {
		for _, v := range multi[name] {
			x.requestHead = append(x.requestHead, field(name, v))
		}
	}
	for _, name := range sortedKeys(headers) {
		if _, ok := multi[name]; !ok {
			x.requestHead = append(x.requestHead, field(name, headers[name]))
		}
	}
	x.ownHead = len(x.requestHead)
	x.body = []byte(value(body))
	x.contentType = applicationJSON
	if ct, ok := fold(x.requestHead, "Content-Type"); ok && ct != "" {
		x.contentType = mediaType(ct)
	}
}

// runTest is run without what a test skips.
func (x *exchange) runTest() error {
	for _, step := range [...]func(*exchange) error{
		(*exchange).validate, (*exchange).mapRequest, (*exchange).integrate, (*exchange).mapResponse,
	} {
		if err := step(x); err != nil {
			return err
		}
	}
	return x.respond()
}

// testResponse is the outcome. AWS: the gateway's own headers are not in it.
func (x *exchange) testResponse() *apigateway.TestInvokeMethodResponse {
	if x.stream != nil {
		x.reply, _ = readAll(x.stream, -1, maxBodyBytes)
	}
	out := &apigateway.TestInvokeMethodResponse{
		Status: new(int64(x.status)), Body: new(string(appendText(nil, x.reply))), Log: new(x.record.execution(forLogs).testLog()),
		Latency: new(x.latency.Milliseconds()), Headers: map[string]string{}, MultiValueHeaders: map[string][]string{},
	}
	for _, f := range x.head {
		if f.Name == "x-amzn-ErrorType" {
			continue
		}
		out.Headers[f.Name] = f.Value
		out.MultiValueHeaders[f.Name] = append(out.MultiValueHeaders[f.Name], f.Value)
	}
	return out
}

// TestAuthorizer runs an authorizer of an API as it is now and returns what it
// says, with the log.
func (g *Gateway) TestAuthorizer(ctx context.Context, s *apigateway.Snapshot, in *apigateway.TestInvokeAuthorizerRequest) (*apigateway.TestInvokeAuthorizerResponse, error) {
	x, err := g.newTest(ctx, s, in.StageVariables)
	if err != nil {
		return nil, err
	}
	defer x.release()
	a := x.plan.authorizers[in.AuthorizerId]
	if a == nil {
		return nil, ErrNoMethod
	}
	x.verb = http.MethodGet
	x.method = &method{
		Method: &apigateway.Method{AuthorizerId: &in.AuthorizerId}, api: x.plan.deployment, verb: x.verb,
		resource: &apigateway.Resource{Id: "test-invoke-resource-id", Path: "/"},
	}
	x.readTest(in.PathWithQueryString, in.Headers, in.MultiValueHeaders, in.Body)
	x.begin()
	out := &apigateway.TestInvokeAuthorizerResponse{ClientStatus: new(int64(200))}
	err = x.runAuthorizer(a, out)
	last := ""
	if err != nil {
		x.fail(err)
		out.ClientStatus = new(int64(x.status))
		last = authorizerEnding(x.failed)
	}
	out.Latency = new(g.now().Sub(x.start).Milliseconds())
	out.Log = new(x.record.execution(forLogs).testLog() + last)
	return out, nil
}

// authorizerEnding is the bare last line of a failed test.
func authorizerEnding(f *failure) string {
	if f.kind == unauthorized {
		return "Unauthorized\n"
	}
	return f.typeName() + "\n"
}

// runAuthorizer asks the authorizer and fills in what it said.
func (x *exchange) runAuthorizer(a *authorizer, out *apigateway.TestInvokeAuthorizerResponse) error {
	if a.kind == "COGNITO_USER_POOLS" {
		if err := x.authorizeCognito(); err != nil {
			return err
		}
		out.Claims = make(map[string]string)
		for _, f := range x.authorized.claims {
			out.Claims[f.Name] = f.Value
		}
		return nil
	}
	if a.problem != nil {
		return authorizerMisconfigured("Invalid authorizer")
	}
	v, err := x.askAuthorizer(a, strings.Replace(x.plan.executeARN("GET/"), "/"+testStage+"/", "/ESTestInvoke-stage/", 1))
	if err != nil {
		return err
	}
	out.PrincipalId = &v.principal
	out.Policy = new(v.policy.Document().String())
	out.Authorization = make(map[string][]string)
	for _, f := range v.context {
		out.Authorization[f.Name] = append(out.Authorization[f.Name], f.Value)
	}
	return nil
}
