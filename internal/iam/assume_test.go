package iam

import (
	"errors"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

const apiGateway = "apigateway.amazonaws.com"

func TestServiceTakesRole(t *testing.T) {
	t.Parallel()
	s, ctx, clock := newService(t)
	role := makeRole(t, s, ctx, "r", trustAPI)
	take := func() (Credential, error) {
		return s.AssumeServiceRole(ctx, role.Arn, apiGateway, testAccount, "session", nil)
	}
	c, err := take()
	if err != nil {
		t.Fatal(err)
	}
	want := awsapi.Caller{
		Kind: awsapi.Session, Account: testAccount, ARN: "arn:aws:sts::" + testAccount + ":assumed-role/r/session",
		UserID: role.RoleId + ":session", Name: "session", AccessKey: c.AccessKeyID, RoleARN: role.Arn,
		Keys: map[string]string{"aws:tokenissuetime": "2026-03-04T05:06:07Z", "aws:multifactorauthpresent": "false"},
	}
	same(t, "caller", c.Caller, want)
	same(t, "end", c.Expires, clock.Now().Add(time.Hour))
	again, found := s.Credential(c.AccessKeyID, c.SessionToken)
	same(t, "credential", []any{again, found}, []any{c, true})

	shared, err := take()
	same(t, "session a moment later", []any{shared, err}, []any{c, nil})
	clock.add(51 * time.Minute)
	if renewed, err := take(); err != nil || renewed.AccessKeyID == c.AccessKeyID {
		t.Errorf("9 minutes before the end: %v, %v", renewed.AccessKeyID, err)
	}

	// a session shows the role as it is now
	must(t, nil, second(s.TagRole(ctx, &TagRoleRequest{RoleName: "r", Tags: []*Tag{{"a", "1"}}})))
	if tagged, err := take(); err != nil || tagged.Caller.Tags["a"] != "1" {
		t.Errorf("after the role was tagged: %v, %v", tagged.Caller.Tags, err)
	}

	// the trust policy is asked each time
	must(t, nil, second(s.UpdateAssumeRolePolicy(ctx, &UpdateAssumeRolePolicyRequest{RoleName: "r", PolicyDocument: trustAcct})))
	if _, err := take(); !errors.Is(err, ErrNotTrusted) {
		t.Errorf("trust withdrawn: %v", err)
	}
	must(t, nil, second(s.UpdateAssumeRolePolicy(ctx, &UpdateAssumeRolePolicyRequest{RoleName: "r", PolicyDocument: trustAPI})))
	if _, err := take(); err != nil {
		t.Errorf("trust given back: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestServiceIsRefusedRole(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	role := makeRole(t, s, ctx, "r", trustAPI)
	conditional := makeRole(t, s, ctx, "conditional", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"`+apiGateway+`"},
		"Action":"sts:AssumeRole","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:execute-api:*:*:abc/*"}}}]}`)
	source := func(api string) policy.Keys {
		return policy.Keys{{Name: "aws:sourcearn", Values: []string{"arn:aws:execute-api:us-east-1:" + testAccount + ":" + api + "/x"}}}
	}
	for _, c := range []struct {
		name, role, service, account string
		keys                         policy.Keys
		want                         error
	}{
		{"trusted", role.Arn, apiGateway, testAccount, nil, nil},
		{"another service", role.Arn, "lambda.amazonaws.com", testAccount, nil, ErrNotTrusted},
		{"another account", role.Arn, apiGateway, "999999999999", nil, ErrNotTrusted},
		{"no such role", role.Arn + "x", apiGateway, testAccount, nil, ErrNoRole},
		{"not an ARN", "r", apiGateway, testAccount, nil, ErrNoRole},
		{"another path", "arn:aws:iam::" + testAccount + ":role/x/r", apiGateway, testAccount, nil, ErrNoRole},
		{"condition holds", conditional.Arn, apiGateway, testAccount, source("abc"), nil},
		{"condition does not hold, though it did for somebody", conditional.Arn, apiGateway, testAccount, source("def"), ErrNotTrusted},
		{"condition's key is missing", conditional.Arn, apiGateway, testAccount, nil, ErrNotTrusted},
	} {
		if _, err := s.AssumeServiceRole(ctx, c.role, c.service, c.account, "s", c.keys); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// A role that was deleted and made anew does not honour the sessions of the
// first.
func TestRoleMadeAnew(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	put := func() {
		must(t, nil, second(s.PutRolePolicy(ctx, &PutRolePolicyRequest{RoleName: "r", PolicyName: "p", PolicyDocument: allowAll})))
	}
	role := makeRole(t, s, ctx, "r", trustAPI)
	put()
	c, err := s.AssumeServiceRole(ctx, role.Arn, apiGateway, testAccount, "s", nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "first role's session", outcome(s, c.Caller, "lambda:ListFunctions", "*"), policy.Allowed)

	must(t, nil, second(s.DeleteRolePolicy(ctx, &DeleteRolePolicyRequest{RoleName: "r", PolicyName: "p"})))
	must(t, nil, second(s.DeleteRole(ctx, &DeleteRoleRequest{RoleName: "r"})))
	if _, found := s.Credential(c.AccessKeyID, c.SessionToken); found {
		t.Error("the key of a deleted role's session is known")
	}
	same(t, "deleted role's session", outcome(s, c.Caller, "lambda:ListFunctions", "*"), policy.ImplicitDeny)

	makeRole(t, s, ctx, "r", trustAPI)
	put()
	if _, found := s.Credential(c.AccessKeyID, c.SessionToken); found {
		t.Error("the key of a deleted role's session is known to its successor")
	}
	same(t, "session after the role was made anew", outcome(s, c.Caller, "lambda:ListFunctions", "*"), policy.ImplicitDeny)
	anew, err := s.AssumeServiceRole(ctx, role.Arn, apiGateway, testAccount, "s", nil)
	if err != nil || anew.AccessKeyID == c.AccessKeyID {
		t.Errorf("the new role's session: %s, %v", anew.AccessKeyID, err)
	}
}

func TestSessionPolicies(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	role := makeRole(t, s, ctx, "r", trustAcct)
	must(t, nil, second(s.PutRolePolicy(ctx, &PutRolePolicyRequest{RoleName: "r", PolicyName: "p", PolicyDocument: allowAll})))
	lists := makePolicy(t, s, ctx, "lists", allow("lambda:List*", "*"))
	for _, c := range []struct {
		name     string
		policies []string
		want     policy.Outcome
	}{
		{"none", nil, policy.Allowed},
		{"one that allows it", []string{allow("lambda:*", "*")}, policy.Allowed},
		{"one that allows something else", []string{allow("logs:*", "*")}, policy.ImplicitDeny},
		{"a managed one that allows it", []string{lists}, policy.Allowed},
		{"a managed one that is gone", []string{lists + "x"}, policy.ExplicitDeny},
		{"one that cannot be read", []string{"{"}, policy.ExplicitDeny},
		{"an empty one", []string{""}, policy.ExplicitDeny},
	} {
		issued := s.Issue(Session{Account: testAccount, RoleARN: role.Arn, ID: role.RoleId, Name: "s", Policies: c.policies}, time.Hour)
		found, _ := s.Credential(issued.AccessKeyID, issued.SessionToken)
		same(t, c.name, outcome(s, found.Caller, "lambda:ListFunctions", "*"), c.want)
	}
}

func TestTokenIsTiedToItsKey(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	role := makeRole(t, s, ctx, "r", trustAPI)
	session := Session{Account: testAccount, RoleARN: role.Arn, ID: role.RoleId, Name: "s"}
	a, b := s.Issue(session, time.Hour), s.Issue(session, time.Hour)
	flipped := []byte(a.SessionToken)
	flipped[len(flipped)/2] ^= 1
	for _, c := range []struct {
		name, id, token string
		want            bool
	}{
		{"its own", a.AccessKeyID, a.SessionToken, true},
		{"another's token", a.AccessKeyID, b.SessionToken, false},
		{"another's token, once that is known", b.AccessKeyID, a.SessionToken, false},
		{"changed", a.AccessKeyID, string(flipped), false},
		{"no token", a.AccessKeyID, "", false},
		{"not base64", a.AccessKeyID, "%", false},
		{"too short", a.AccessKeyID, "AAAA", false},
	} {
		if _, found := s.Credential(c.id, c.token); found != c.want {
			t.Errorf("%s: found %v", c.name, found)
		}
	}
	other, err := Open(t.Context(), Config{Store: newStore(t), SealKey: []byte("another key of 32 bytes, as said")})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, found := other.Credential(a.AccessKeyID, a.SessionToken); found {
		t.Error("a server with another seal key opened the token")
	}
}
