package gateway

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/policy"
	"github.com/lambdagate/lambdagate/internal/sigv4"
)

// securedMock is a mock method with an authorization, on an API with a
// resource policy ("" for none) and authorizers.
func securedMock(auth, resourcePolicy, authorizers string) string {
	p, _ := json.Marshal(resourcePolicy)
	return fmt.Sprintf(`{"restApi":{"policy":%s},"authorizers":[%s],"resources":[{"path":"/a/{id}","resourceMethods":{"GET":{%s,
	"methodResponses":{"200":{"statusCode":"200"}},
	"methodIntegration":{"type":"MOCK","requestTemplates":{"application/json":"{\"statusCode\":200}"},
	 "integrationResponses":{"200":{"statusCode":"200","responseTemplates":{"application/json":"$context.authorizer.principalId|$context.authorizer.num|$context.identity.userArn|$context.authorizer.claims.email"}}}}}}}]}`, p, authorizers, auth)
}

const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}]}`

// outcome is a response's status and body in one line.
func outcome(w *httptest.ResponseRecorder) string { return fmt.Sprint(w.Code, " ", w.Body) }

// TestResourcePolicy: each pair differs in the policy alone.
func TestResourcePolicy(t *testing.T) {
	t.Parallel()
	const resource = "arn:aws:execute-api:us-east-1:********9012:abc123defg/test/GET/a/7"
	const user = `{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: ` + resource
	ip := func(effect, cidr string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"*"},
		 {"Effect":"` + effect + `","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/test/GET/a/*","Condition":{"IpAddress":{"aws:SourceIp":"` + cidr + `"}}}]}`
	}
	for _, tt := range []struct{ name, policy, want string }{
		{"none", "", "200 |||"},
		{"allows", allowAll, "200 |||"},
		{"allows another stage", strings.Replace(allowAll, "execute-api:/*", "execute-api:/prod/*", 1), "403 " + user + ` because no resource-based policy allows the execute-api:Invoke action"}`},
		{"denies the address", ip("Deny", "203.0.113.0/24"), "403 " + user + ` with an explicit deny in a resource-based policy"}`},
		{"denies another address", ip("Deny", "198.51.100.0/24"), "200 |||"},
		{"escaped once more", strings.NewReplacer(`"`, `\"`, "/", `\/`).Replace(allowAll), "200 |||"},
	} {
		w := newWorld()
		w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, securedMock(`"authorizationType":"NONE"`, tt.policy, "")))
		if got := outcome(get(t, w.gateway(t), "/a/7")); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// signed adds a signature to a request.
func signed(t testing.TB, key AccessKey, raw, service string, at time.Time) string {
	t.Helper()
	head, body, _ := strings.Cut(raw, "\n\n")
	lines := strings.Split(head, "\n")
	verb, rest, _ := strings.Cut(lines[0], " ")
	path, query, _ := strings.Cut(strings.TrimSuffix(rest, " HTTP/1.1"), "?")
	r := &sigv4.Request{Method: verb, Path: path, Query: query, BodyHash: sigv4.HashBody([]byte(body))}
	for _, l := range lines[1:] {
		if name, v, ok := strings.Cut(l, ": "); ok {
			r.Headers = append(r.Headers, sigv4.Header{Name: name, Value: v})
		}
	}
	sigv4.Sign(r, sigv4.Key{AccessKeyID: key.ID, SecretAccessKey: key.Secret, SessionToken: key.SessionToken}, sigv4.Scope{Service: service, Region: "us-east-1"}, at)
	out := lines[0] + "\n"
	for _, h := range r.Headers {
		out += h.Name + ": " + h.Value + "\n"
	}
	return out + "\n" + body
}

func identityPolicy(t testing.TB, text string) *policy.Policy {
	t.Helper()
	p, err := policy.New("inline", policy.Identity, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestIAM(t *testing.T) {
	t.Parallel()
	const arnOf = "arn:aws:iam::123456789012:user/ann"
	key := AccessKey{ID: "AKIAEXAMPLE", Secret: "secret"}
	allow := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:us-east-1:123456789012:abc123defg/test/GET/a/*"}}`
	deny := strings.Replace(allow, "Allow", "Deny", 1)
	other := strings.Replace(allow, "/GET/", "/POST/", 1)
	const refused = `403 {"Message":"User: arn:aws:iam::123456789012:user/ann is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********9012:abc123defg/test/GET/a/7`
	plain := request("GET", "/a/7?x=1", "")
	good := signed(t, key, plain, "execute-api", testTime)
	for _, tt := range []struct {
		name, resource, identity, raw, want, errorType string
	}{
		{"unsigned", "", allow, plain, `403 {"message":"Missing Authentication Token"}`, "MissingAuthenticationTokenException"},
		{"allowed", "", allow, good, "200 ||" + arnOf + "|", ""},
		{"no policy", "", "", good, refused + ` because no identity-based policy allows the execute-api:Invoke action"}`, "AccessDeniedException"},
		{"another verb", "", other, good, refused + ` because no identity-based policy allows the execute-api:Invoke action"}`, "AccessDeniedException"},
		{"denied", "", deny, good, refused + ` with an explicit deny in an identity-based policy"}`, "AccessDeniedException"},
		{"the resource policy allows", allowAll, "", good, "200 ||" + arnOf + "|", ""},
		{"tampered", "", allow, strings.Replace(good, "x=1", "x=2", 1), `403 {"message":"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}`, "InvalidSignatureException"},
		{"old", "", allow, signed(t, key, plain, "execute-api", testTime.Add(-6*time.Minute)), `403 {"message":"Signature expired: 20260304T190917Z is now earlier than 20260304T191017Z (20260304T191517Z - 5 min.)"}`, "InvalidSignatureException"},
		{"another service", "", allow, signed(t, key, plain, "lambda", testTime), `403 {"message":"Credential should be scoped to correct service: 'execute-api'. "}`, "InvalidSignatureException"},
		{"unknown key", "", allow, signed(t, AccessKey{ID: "AKIANOBODY", Secret: "x"}, plain, "execute-api", testTime), `403 {"message":"The security token included in the request is invalid."}`, "UnrecognizedClientException"},
		{"bearer", "", allow, strings.Replace(plain, "\n\n", "\nAuthorization: Bearer abc\n\n", 1),
			`403 {"message":"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'mMd7s1SlOJ9tIcmN5GwpHmmPshPqM5a/E6dmxkFBZ6k='."}`, "IncompleteSignatureException"},
	} {
		w := newWorld()
		w.creds[key.ID] = &Identity{Principal: policy.Principal{Kind: policy.User, Account: "123456789012", ARN: arnOf, UserID: "AIDAX", Name: "ann"}, Key: key}
		if tt.identity != "" {
			w.policies[arnOf] = []*policy.Policy{identityPolicy(t, tt.identity)}
		}
		w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, securedMock(`"authorizationType":"AWS_IAM"`, tt.resource, "")))
		r := do(t, w.gateway(t), tt.raw)
		got := outcome(r)
		if tt.name == "bearer" { // the hash is sigv4's business
			got = strings.Split(got, "Base64): '")[0]
			tt.want = strings.Split(tt.want, "Base64): '")[0]
		}
		if errorType := strings.Join(r.Result().Header["x-amzn-ErrorType"], ""); got != tt.want || errorType != tt.errorType {
			t.Errorf("%s: got %s %s, want %s %s", tt.name, got, errorType, tt.want, tt.errorType)
		}
	}
}

const tokenAuthorizer = `{"id":"aut001","name":"A","type":"TOKEN","authorizerUri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:auth/invocations","identitySource":"method.request.header.Authorization","identityValidationExpression":"t[a-z]*"%s}`

const customAuth = `"authorizationType":"CUSTOM","authorizerId":"aut001"`

func authorizerPolicy(effect, resource string) string {
	return `{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Action":"execute-api:Invoke","Resource":"` + resource + `"}]},"context":{"num":1}}`
}

func TestTokenAuthorizer(t *testing.T) {
	t.Parallel()
	const resource = "arn:aws:execute-api:us-east-1:123456789012:abc123defg/test/GET/a/*"
	const misconfigured = `500 {"message":null}`
	for _, tt := range []struct {
		name, token, answer, want, errorType string
		calls                                int
	}{
		{"allowed", "tok", authorizerPolicy("Allow", resource), "200 me|1||", "", 1},
		{"no token", "", "", `401 {"message":"Unauthorized"}`, "UnauthorizedException", 0},
		{"does not fit the expression", "Tok", "", `401 {"message":"Unauthorized"}`, "UnauthorizedException", 0},
		{"denied", "tok", authorizerPolicy("Deny", resource), `403 {"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}`, "AccessDeniedException", 1},
		{"no statement matches", "tok", authorizerPolicy("Allow", resource+"x"), `403 {"Message":"User is not authorized to access this resource because no identity-based policy allows the execute-api:Invoke action"}`, "AccessDeniedException", 1},
		{"says Unauthorized", "tok", `!{"errorMessage":"Unauthorized"}`, `401 {"message":"Unauthorized"}`, "UnauthorizedException", 1},
		{"fails", "tok", `!{"errorMessage":"boom","errorType":"Error"}`, misconfigured, "AuthorizerConfigurationException", 1},
		{"not JSON", "tok", `x`, misconfigured, "AuthorizerConfigurationException", 1},
		{"no principal", "tok", strings.Replace(authorizerPolicy("Allow", "*"), `"me"`, `null`, 1), misconfigured, "AuthorizerConfigurationException", 1},
		{"nested context", "tok", strings.Replace(authorizerPolicy("Allow", "*"), `{"num":1}`, `{"num":{}}`, 1), misconfigured, "AuthorizerConfigurationException", 1},
		{"bad policy", "tok", `{"principalId":"me","policyDocument":{"Statement":5}}`, misconfigured, "AuthorizerConfigurationException", 1},
		{"may not be called", "tok", "refused", misconfigured, "AuthorizerConfigurationException", 1},
	} {
		w := newWorld()
		w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, securedMock(customAuth, "", fmt.Sprintf(tokenAuthorizer, ""))))
		w.returns(tt.answer)
		if failed, ok := strings.CutPrefix(tt.answer, "!"); ok {
			w.fails(failed)
		}
		if tt.answer == "refused" {
			w.invoke = func(context.Context, *Invocation) (*InvocationResult, error) {
				return nil, &ServiceError{Code: "AccessDeniedException", Status: 403}
			}
		}
		head := []string{}
		if tt.token != "" {
			head = append(head, "Authorization: "+tt.token)
		}
		r := get(t, w.gateway(t), "/a/7", head...)
		if got, errorType := outcome(r), strings.Join(r.Result().Header["x-amzn-ErrorType"], ""); got != tt.want || errorType != tt.errorType {
			t.Errorf("%s: got %s %s, want %s %s", tt.name, got, errorType, tt.want, tt.errorType)
		}
		calls := w.invocations()
		if len(calls) != tt.calls {
			t.Errorf("%s: %d calls", tt.name, len(calls))
			continue
		}
		if tt.calls > 0 {
			want := `{"type":"TOKEN","methodArn":"arn:aws:execute-api:us-east-1:123456789012:abc123defg/test/GET/a/7","authorizationToken":"tok"}`
			if string(calls[0].Payload) != want || calls[0].Caller.SourceARN != "arn:aws:execute-api:us-east-1:123456789012:abc123defg/authorizers/aut001" {
				t.Errorf("%s: called with %s as %+v", tt.name, calls[0].Payload, calls[0].Caller)
			}
		}
	}
}

// TestAuthorizerCache: the policy is kept and evaluated anew; refusals without
// a policy are not kept; another token asks again; a flush forgets.
func TestAuthorizerCache(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, securedMock(customAuth, "", fmt.Sprintf(tokenAuthorizer, `,"authorizerResultTtlInSeconds":60`))))
	now := testTime
	g := w.gateway(t, func(c *Config) { c.Now = func() time.Time { return now } })
	w.returns(authorizerPolicy("Allow", "arn:aws:execute-api:us-east-1:123456789012:abc123defg/test/GET/a/7"))
	steps := []struct {
		name, path, token string
		before            func()
		code, calls       int
	}{
		{"first", "/a/7", "tok", nil, 200, 1},
		{"again", "/a/7", "tok", nil, 200, 1},
		{"another path, the same policy", "/a/8", "tok", nil, 403, 1},
		{"another token", "/a/7", "tak", nil, 200, 2},
		{"after the time to live", "/a/7", "tok", func() { now = now.Add(61 * time.Second) }, 200, 3},
		{"after a flush", "/a/7", "tok", func() { w.flush(g) }, 200, 4},
		{"a failure", "/a/7", "bad", func() { w.fails(`{"errorMessage":"Unauthorized"}`) }, 401, 4},
		{"a failure", "/a/7", "tbad", nil, 401, 5},
		{"is not kept", "/a/7", "tbad", nil, 401, 6},
	}
	for _, s := range steps {
		if s.before != nil {
			s.before()
		}
		if r := get(t, g, s.path, "Authorization: "+s.token); r.Code != s.code || len(w.invocations()) != s.calls {
			t.Errorf("%s: got %d after %d calls, want %d after %d", s.name, r.Code, len(w.invocations()), s.code, s.calls)
		}
	}
}

func TestRequestAuthorizer(t *testing.T) {
	t.Parallel()
	authorizer := strings.NewReplacer(`"TOKEN"`, `"REQUEST"`, `"method.request.header.Authorization"`, `"method.request.header.X-A, method.request.querystring.q"`,
		`,"identityValidationExpression":"t[a-z]*"`, "").Replace(fmt.Sprintf(tokenAuthorizer, ""))
	w := newWorld()
	w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, securedMock(customAuth, "", authorizer)))
	w.returns(authorizerPolicy("Allow", "*"))
	g := w.gateway(t)
	if got := outcome(get(t, g, "/a/7?q=1")); got != `401 {"message":"Unauthorized"}` {
		t.Error("without the header:", got)
	}
	if got := outcome(get(t, g, "/a/7?q=1", "X-A: x")); got != "200 me|1||" {
		t.Error(got)
	}
	event := string(w.invocations()[0].Payload)
	for _, want := range []string{
		`{"type":"REQUEST","methodArn":"arn:aws:execute-api:us-east-1:123456789012:abc123defg/test/GET/a/7","resource":"/a/{id}","path":"/a/7","httpMethod":"GET","headers":{`,
		`"queryStringParameters":{"q":"1"},"multiValueQueryStringParameters":{"q":["1"]},"pathParameters":{"id":"7"},"stageVariables":{},"requestContext":{`,
	} {
		if !strings.Contains(event, want) {
			t.Errorf("event has no %s: %s", want, event)
		}
	}
}

func TestCognito(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Algorithm: "RS256"}}})
	}))
	defer server.Close()
	token := func(key *rsa.PrivateKey, changes map[string]any) string {
		claims := map[string]any{"iss": server.URL, "sub": "s1", "aud": "app", "token_use": "id", "email": "a@b", "exp": testTime.Add(time.Hour).Unix()}
		for k, v := range changes {
			claims[k] = v
			if v == nil {
				delete(claims, k)
			}
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k1"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := jwt.Signed(signer).Claims(claims).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	const authorizer = `{"id":"aut001","name":"A","type":"COGNITO_USER_POOLS","providerARNs":["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_x"],"identityValidationExpression":"app"}`
	const no = `401 {"message":"Unauthorized"}`
	const scoped = `"authorizationType":"COGNITO_USER_POOLS","authorizerId":"aut001","authorizationScopes":["pets/read"]`
	const open = `"authorizationType":"COGNITO_USER_POOLS","authorizerId":"aut001"`
	for _, tt := range []struct{ name, auth, token, want string }{
		{"id token", open, token(key, nil), "200 s1|||a@b"},
		{"with Bearer", open, "Bearer " + token(key, nil), "200 s1|||a@b"},
		{"missing", open, "", no},
		{"expired", open, token(key, map[string]any{"exp": testTime.Add(-time.Minute).Unix()}), `401 {"message":"The incoming token has expired"}`},
		{"another issuer", open, token(key, map[string]any{"iss": "https://x"}), no},
		{"another key", open, token(stranger, nil), no},
		{"another audience", open, token(key, map[string]any{"aud": "other"}), no},
		{"an access token without scopes on the method", open, token(key, map[string]any{"token_use": "access"}), no},
		{"an id token with scopes on the method", scoped, token(key, nil), no},
		{"the scope", scoped, token(key, map[string]any{"token_use": "access", "scope": "x pets/read", "aud": nil, "client_id": "app"}), "200 s1|||a@b"},
		{"another scope", scoped, token(key, map[string]any{"token_use": "access", "scope": "pets/write"}), no},
		{"not a token", open, "abc", no},
	} {
		w := newWorld()
		w.deploy(&apigateway.Stage{StageName: "test"}, snapshot(t, securedMock(tt.auth, "", authorizer)))
		g := w.gateway(t, func(c *Config) {
			c.CognitoIssuer = func(string, string) (string, string) { return server.URL, server.URL }
		})
		if got := outcome(get(t, g, "/a/7", "Authorization: "+tt.token)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestKeyFromAuthorizer: with apiKeySource AUTHORIZER the key comes from the
// authorizer's answer, and the header does not count.
func TestKeyFromAuthorizer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ answer, header, want string }{
		{`,"usageIdentifierKey":"secret"`, "", "200 me|1||"},
		{``, "secret", `403 {"message":"Forbidden"}`},
	} {
		w := newWorld()
		s := snapshot(t, securedMock(customAuth+`,"apiKeyRequired":true`, "", fmt.Sprintf(tokenAuthorizer, "")))
		s.RestApi.ApiKeySource = new("AUTHORIZER")
		w.deploy(&apigateway.Stage{StageName: "test"}, s)
		w.returns(strings.Replace(authorizerPolicy("Allow", "*"), `,"context"`, tt.answer+`,"context"`, 1))
		w.keys["secret"] = &apigateway.ApiKey{Id: "key001", Enabled: new(true)}
		w.plans["key001"] = &apigateway.UsagePlan{Id: "p", ApiStages: []*apigateway.ApiStage{{ApiId: new(testAPI), Stage: new("test")}}}
		if got := outcome(get(t, w.gateway(t), "/a/7", "Authorization: tok", "x-api-key: "+tt.header)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.answer, got, tt.want)
		}
	}
}
