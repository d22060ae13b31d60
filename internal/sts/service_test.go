package sts

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
	"github.com/lambdagate/lambdagate/internal/store/sqlite"
)

const testAccount = "111122223333"

var testTime = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// newService opens both services on a store in memory; the context's caller is
// the root of testAccount, as dev mode knows it.
func newService(t testing.TB) (*Service, *iam.Service, context.Context) {
	t.Helper()
	return newServiceWith(t, nil)
}

// newServiceWith has the keys of identity providers too.
func newServiceWith(t testing.TB, issuers map[string]string) (*Service, *iam.Service, context.Context) {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return testTime }
	entities, err := iam.Open(t.Context(), iam.Config{Store: st, SealKey: make([]byte, 32), Now: now, Issuers: issuers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		entities.Close()
		st.Close()
	})
	return New(entities), entities, as(t.Context(), awsapi.RootCaller(testAccount))
}

func as(ctx context.Context, c awsapi.Caller) context.Context {
	return awsapi.WithCall(ctx, &awsapi.Call{Service: "sts", Region: "us-east-1", Caller: c})
}

func must[T any](t testing.TB) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %#v\nwant %#v", what, got, want)
	}
}

type refusal struct {
	Code    string
	Status  int
	Message string
}

func wantError(t testing.TB, what string, err error, want refusal) {
	t.Helper()
	if err == nil && want == (refusal{}) {
		return
	}
	e := awsapi.AsError(err)
	if e == nil {
		t.Errorf("%s: got %v, want %+v", what, err, want)
		return
	}
	same(t, what, refusal{e.Code, e.Status, e.Message}, want)
}

func makeUser(t testing.TB, s *iam.Service, ctx context.Context, name string) awsapi.Caller {
	t.Helper()
	must[*iam.CreateUserResponse](t)(s.CreateUser(ctx, &iam.CreateUserRequest{UserName: name}))
	key := must[*iam.CreateAccessKeyResponse](t)(s.CreateAccessKey(ctx, &iam.CreateAccessKeyRequest{UserName: &name})).AccessKey
	c, found := s.Credential(key.AccessKeyId, "")
	if !found {
		t.Fatalf("the key of %s is not known", name)
	}
	return c.Caller
}

func makeRole(t testing.TB, s *iam.Service, ctx context.Context, name, statement string) *iam.Role {
	t.Helper()
	return must[*iam.CreateRoleResponse](t)(s.CreateRole(ctx, &iam.CreateRoleRequest{
		RoleName: name, AssumeRolePolicyDocument: `{"Version":"2012-10-17","Statement":[` + statement + `]}`,
	})).Role
}

func allow(t testing.TB, s *iam.Service, ctx context.Context, user, action, resource string) {
	t.Helper()
	must[*awsapi.Empty](t)(s.PutUserPolicy(ctx, &iam.PutUserPolicyRequest{
		UserName: user, PolicyName: "allow", PolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":` + action + `,"Resource":"` + resource + `"}]}`,
	}))
}

func TestGetCallerIdentity(t *testing.T) {
	t.Parallel()
	s, entities, ctx := newService(t)
	user := makeUser(t, entities, ctx, "ann")
	for _, c := range []struct {
		caller awsapi.Caller
		want   GetCallerIdentityResponse
	}{
		{awsapi.RootCaller(testAccount), GetCallerIdentityResponse{new(testAccount), new(testAccount), new("arn:aws:iam::" + testAccount + ":root")}},
		{user, GetCallerIdentityResponse{&user.UserID, new(testAccount), new("arn:aws:iam::" + testAccount + ":user/ann")}},
	} {
		got, err := s.GetCallerIdentity(as(ctx, c.caller), &GetCallerIdentityRequest{})
		same(t, c.caller.ARN, []any{got, err}, []any{&c.want, nil})
	}
}

func TestAssumeRole(t *testing.T) {
	t.Parallel()
	s, entities, ctx := newService(t)
	user := makeUser(t, entities, ctx, "ann")
	role := makeRole(t, entities, ctx, "r", `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/ann"},"Action":"sts:AssumeRole"}`)
	got := must[*AssumeRoleResponse](t)(s.AssumeRole(as(ctx, user), &AssumeRoleRequest{RoleArn: role.Arn, RoleSessionName: "sess"}))
	c := got.Credentials
	same(t, "answer", got, &AssumeRoleResponse{
		Credentials:     &Credentials{c.AccessKeyId, c.SecretAccessKey, c.SessionToken, awsapi.Time{Time: testTime.Add(time.Hour)}},
		AssumedRoleUser: &AssumedRoleUser{AssumedRoleId: role.RoleId + ":sess", Arn: "arn:aws:sts::111122223333:assumed-role/r/sess"},
	})
	found, ok := entities.Credential(c.AccessKeyId, c.SessionToken)
	if !ok || found.Secret != c.SecretAccessKey {
		t.Fatalf("the key that was given out: %v", ok)
	}
	who := must[*GetCallerIdentityResponse](t)(s.GetCallerIdentity(as(ctx, found.Caller), nil))
	same(t, "who", who, &GetCallerIdentityResponse{&got.AssumedRoleUser.AssumedRoleId, new(testAccount), &got.AssumedRoleUser.Arn})
}

const (
	roleARN  = "arn:aws:iam::111122223333:role/r"
	userARN  = "arn:aws:iam::111122223333:user/ann"
	byUser   = `{"Effect":"Allow","Principal":{"AWS":"` + userARN + `"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]`
	byRoot   = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}`
	noReason = "User: " + userARN + " is not authorized to perform: sts:AssumeRole on resource: " + roleARN
)

func TestAssumeRoleDecision(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, trust, action string // action: what the user's own policy allows, "" for none
		edit                func(*AssumeRoleRequest)
		want                refusal
	}{
		{"named by the trust policy", byUser + `}`, "", nil, refusal{}},
		{"not trusted", `{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}`, `"*"`, nil, refusal{"AccessDenied", 403, noReason}},
		{"the account is trusted", byRoot, "", nil, refusal{"AccessDenied", 403, noReason + " because no identity-based policy allows the sts:AssumeRole action"}},
		{"the account is trusted and the user may", byRoot, `"sts:AssumeRole"`, nil, refusal{}},
		{"no such role", byUser + `}`, `"*"`, func(in *AssumeRoleRequest) { in.RoleArn += "x" }, refusal{"AccessDenied", 403, noReason + "x"}},
		{"not a role", byUser + `}`, `"*"`, func(in *AssumeRoleRequest) { in.RoleArn = "arn:aws:iam::111122223333:user/r" }, refusal{"ValidationError", 400, "arn:aws:iam::111122223333:user/r is invalid"}},
		{"an external id is wanted", byUser + `,"Condition":{"StringEquals":{"sts:ExternalId":"secret"}}}`, "", nil, refusal{"AccessDenied", 403, noReason}},
		{"the wrong external id", byUser + `,"Condition":{"StringEquals":{"sts:ExternalId":"secret"}}}`, "", func(in *AssumeRoleRequest) { in.ExternalId = new("guess") }, refusal{"AccessDenied", 403, noReason}},
		{"the right external id", byUser + `,"Condition":{"StringEquals":{"sts:ExternalId":"secret"}}}`, "", func(in *AssumeRoleRequest) { in.ExternalId = new("secret") }, refusal{}},
		{"longer than the role allows", byUser + `}`, "", func(in *AssumeRoleRequest) { in.DurationSeconds = new(int64(3601)) }, refusal{"ValidationError", 400, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."}},
		{"a session policy that is none", byUser + `}`, "", func(in *AssumeRoleRequest) { in.Policy = new("{") }, refusal{"MalformedPolicyDocument", 400, "This policy contains invalid Json"}},
		{"a second factor, which nobody has", byUser + `}`, "", func(in *AssumeRoleRequest) { in.TokenCode = new("123456") },
			refusal{"AccessDenied", 403, "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, entities, ctx := newService(t)
			user := makeUser(t, entities, ctx, "ann")
			makeRole(t, entities, ctx, "r", c.trust)
			if c.action != "" {
				allow(t, entities, ctx, "ann", c.action, "*")
			}
			in := &AssumeRoleRequest{RoleArn: roleARN, RoleSessionName: "sess"}
			if c.edit != nil {
				c.edit(in)
			}
			_, err := s.AssumeRole(as(ctx, user), in)
			wantError(t, c.name, err, c.want)
		})
	}
}

func TestRootAssumesRole(t *testing.T) {
	t.Parallel()
	s, entities, ctx := newService(t)
	makeRole(t, entities, ctx, "r", byRoot)
	in := &AssumeRoleRequest{RoleArn: roleARN, RoleSessionName: "sess"}
	_, err := s.AssumeRole(ctx, in)
	wantError(t, "root", err, refusal{"AccessDenied", 403, "Roles may not be assumed by root accounts."})
	unchecked := awsapi.RootCaller(testAccount)
	unchecked.Unchecked = true
	_, err = s.AssumeRole(as(ctx, unchecked), in)
	wantError(t, "dev mode's root", err, refusal{})
}
