package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// refusal is an error as a client reads it.
type refusal struct {
	status        int
	code, message string
}

// refusals are what services say to nobody, to an unknown key, to a wrong
// secret, and to who may not.
var refusals = map[string]struct {
	none, unknown, wrong refusal
	denied               refusal // without its message
}{
	"apigateway": {
		refusal{403, "MissingAuthenticationTokenException", "Missing Authentication Token"},
		refusal{403, "UnrecognizedClientException", unknownText},
		refusal{403, "InvalidSignatureException", mismatchText},
		refusal{status: 403, code: "AccessDeniedException"},
	},
	"lambda": {
		refusal{403, "MissingAuthenticationTokenException", "Missing Authentication Token"},
		refusal{403, "UnrecognizedClientException", unknownText},
		refusal{403, "InvalidSignatureException", mismatchText},
		refusal{status: 403, code: "AccessDeniedException"},
	},
	"logs": {
		refusal{400, "MissingAuthenticationTokenException", "Missing Authentication Token"},
		refusal{400, "UnrecognizedClientException", unknownText},
		refusal{400, "InvalidSignatureException", mismatchText},
		refusal{status: 400, code: "AccessDeniedException"},
	},
	"iam":        queryRefusals,
	"cloudwatch": queryRefusals,
	"sts":        queryRefusals,
}

var queryRefusals = struct {
	none, unknown, wrong refusal
	denied               refusal
}{
	refusal{403, "MissingAuthenticationToken", "Request is missing Authentication Token"},
	refusal{403, "InvalidClientTokenId", unknownText},
	refusal{403, "SignatureDoesNotMatch", mismatchText},
	refusal{status: 403, code: "AccessDenied"},
}

const (
	unknownText  = "The security token included in the request is invalid."
	mismatchText = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)

// TestEnforcement calls each operation that has behaviour five times in serve
// mode: without credentials, with an unknown key, with a wrong secret, by a user
// who may do nothing, and by the same user after one change: a policy that
// allows exactly the action on exactly the resource that the operation is about.
func TestEnforcement(t *testing.T) {
	s := startServe(t)
	e := newEnforcement(t, s)
	for _, service := range []string{"apigateway", "lambda", "iam", "sts", "logs", "cloudwatch"} {
		v := reflect.ValueOf(client(service, s.config()))
		for i := range v.NumMethod() {
			m := v.Type().Method(i)
			if m.Name == "Options" || m.Type.NumIn() < 3 || left[service+"/"+m.Name] != "" || untried[service+"/"+m.Name] != "" || unsigned[service+"/"+m.Name] != "" {
				continue
			}
			t.Run(service+"/"+m.Name, func(t *testing.T) { e.operation(t, service, m.Name, m.Type.In(2)) })
		}
	}
	if e.checked < 300 {
		t.Errorf("%d operations were checked, want at least 300", e.checked)
	}
}

// unsigned are the operations that the client never signs.
var unsigned = map[string]string{
	"sts/AssumeRoleWithWebIdentity": "its token says who it is",
	"sts/AssumeRoleWithSAML":        "its assertion says who it is",
}

func client(service string, c aws.Config) any {
	switch service {
	case "apigateway":
		return apigateway.NewFromConfig(c)
	case "lambda":
		return lambda.NewFromConfig(c)
	case "iam":
		return iam.NewFromConfig(c)
	case "cloudwatch":
		return cloudwatch.NewFromConfig(c)
	case "sts":
		return sts.NewFromConfig(c)
	}
	return cloudwatchlogs.NewFromConfig(c)
}

// enforcement is a server with a user who may do nothing.
type enforcement struct {
	s       *server
	root    *iam.Client
	user    key
	checked int
}

const userARN = "arn:aws:iam::000000000000:user/ann"

func newEnforcement(t *testing.T, s *server) *enforcement {
	e := &enforcement{s: s, root: iam.NewFromConfig(s.config())}
	ctx := deadline(t)
	if _, err := e.root.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("ann")}); err != nil {
		t.Fatal(err)
	}
	made, err := e.root.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("ann")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.root.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: aws.String("RoleArn"), AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}]}`),
	}); err != nil {
		t.Fatal(err)
	}
	e.user = key{id: *made.AccessKey.AccessKeyId, secret: *made.AccessKey.SecretAccessKey}
	leastValues["GetAccessKeyLastUsed.AccessKeyId"] = e.user.id
	return e
}

// allow gives the user one policy, instead of the one before.
func (e *enforcement) allow(t *testing.T, statements string) {
	t.Helper()
	if _, err := e.root.PutUserPolicy(deadline(t), &iam.PutUserPolicyInput{
		UserName: aws.String("ann"), PolicyName: aws.String("one"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[` + statements + `]}`),
	}); err != nil {
		t.Fatal(err)
	}
}

func (e *enforcement) forbid(t *testing.T) {
	t.Helper()
	e.allow(t, `{"Effect":"Allow","Action":"nothing:Nothing","Resource":"*"}`)
}

func statement(action, resource string) string {
	return fmt.Sprintf(`{"Effect":"Allow","Action":%q,"Resource":%q}`, action, resource)
}

func (e *enforcement) operation(t *testing.T, service, op string, input reflect.Type) {
	e.forbid(t)
	var sent http.Request
	as := func(k key) (any, error) {
		c := e.s.configWith(k)
		if k == (key{}) {
			c.Credentials = aws.AnonymousCredentials{}
		}
		c.HTTPClient = roundTrip(func(r *http.Request) (*http.Response, error) {
			sent = *r
			return http.DefaultClient.Do(r)
		})
		return invoke(t, client(service, c), op, input)
	}
	out, err := as(e.s.key)
	if r, _ := refused(err); r.code == "NotImplementedException" || r.code == "InvalidAction" {
		return // has no behaviour, or is younger than the model
	}
	if reflect.TypeOf(out) == nil && err == nil {
		t.Fatal("neither an answer nor an error")
	}
	e.checked++
	want := refusals[service]
	wrong := e.user
	wrong.secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	for _, c := range []struct {
		name string
		key  key
		want refusal
	}{
		{"no credentials", key{}, want.none},
		{"unknown key", key{id: "AKIAIOSFODNN7EXAMPLE", secret: e.user.secret}, want.unknown},
		{"wrong secret", wrong, want.wrong},
	} {
		_, err := as(c.key)
		if got, _ := refused(err); got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
	_, err = as(e.user)
	if free[service+"/"+op] != "" {
		if got, _ := refused(err); got.code == want.denied.code {
			t.Errorf("refused, although %s: %v", free[service+"/"+op], err)
		}
		return
	}
	got, _ := refused(err)
	action, about := expectedAction(service, op, sent.Method), expectedResource(service, op, &sent)
	denied := want.denied
	denied.message = "User: " + userARN + " is not authorized to perform: " + action + " on resource: " + about.shown + " because no identity-based policy allows the " + action + " action"
	if service == "cloudwatch" {
		denied.message = strings.Replace(denied.message, " on resource: *", "", 1)
	}
	if got != denied {
		t.Fatalf("not allowed:\n got %+v\nwant %+v", got, denied)
	}
	e.allow(t, statement(action, about.arn)+further[service+"/"+op])
	_, err = as(e.user)
	if got, _ := refused(err); strings.Contains(strings.ToLower(got.message), "not authorized") || got.code == want.denied.code {
		t.Errorf("allowed %s on %s, and still: %v", action, about.arn, err)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) Do(r *http.Request) (*http.Response, error) { return f(r) }

// refused reads a service's error.
func refused(err error) (refusal, bool) {
	var api smithy.APIError
	var resp *smithyhttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &resp) {
		return refusal{}, false
	}
	return refusal{resp.HTTPStatusCode(), api.ErrorCode(), api.ErrorMessage()}, true
}

// invoke calls an operation with the least input that the client lets through.
func invoke(t *testing.T, client any, op string, input reflect.Type) (any, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ctx = smithyhttp.DisableEndpointHostPrefix(ctx, true)
	in := reflect.New(input.Elem())
	method := reflect.ValueOf(client).MethodByName(op)
	for name := range strings.FieldsSeq(optional[op]) {
		least(op, in.Elem(), name)
	}
	for range 10 {
		out := method.Call([]reflect.Value{reflect.ValueOf(ctx), in})
		err, _ := out[1].Interface().(error)
		if required := requiredMembers(err); len(required) > 0 {
			for _, name := range required {
				least(op, in.Elem(), name)
			}
			continue
		}
		return out[0].Interface(), err
	}
	t.Fatalf("the client takes no input: %s", describe(in.Interface()))
	return nil, nil
}

// requiredMembers are the members of the input that the client misses.
func requiredMembers(err error) []string {
	var params smithy.InvalidParamsError
	if !errors.As(err, &params) {
		return nil
	}
	var names []string
	for _, e := range params.Errs() {
		if p, ok := e.(smithy.InvalidParamError); ok {
			_, field, _ := strings.Cut(p.Field(), ".")
			names = append(names, strings.FieldsFunc(field, func(c rune) bool { return c == '.' || c == '[' })[0])
		}
	}
	return names
}

// least fills in a member that the client demands.
func least(op string, in reflect.Value, name string) {
	f := in.FieldByName(name)
	for _, key := range []string{op + "." + name, name} {
		if value, ok := leastValues[key]; ok {
			assign(f, value)
			return
		}
	}
	if f.Kind() == reflect.Pointer && f.Type().Elem().Kind() == reflect.String {
		f.Set(reflect.ValueOf(&name))
		return
	}
	if f.Kind() == reflect.String {
		(&filler{}).invent(f, name)
		return
	}
	fill(f, 0)
}
