package sts

import (
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
	"github.com/lambdagate/lambdagate/internal/policy"
)

func TestGetFederationToken(t *testing.T) {
	t.Parallel()
	s, entities, ctx := newService(t)
	user := makeUser(t, entities, ctx, "ann")
	allow(t, entities, ctx, "ann", `["lambda:*","sts:*"]`, "*")
	must[*awsapi.Empty](t)(entities.TagUser(ctx, &iam.TagUserRequest{UserName: "ann", Tags: []*iam.Tag{{Key: "team", Value: "a"}, {Key: "of", Value: "ann"}}}))
	user, _ = refreshed(entities, user)
	limit := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["lambda:ListFunctions","logs:*"],"Resource":"*"}]}`
	lend := func(by awsapi.Caller, in GetFederationTokenRequest) (*GetFederationTokenResponse, awsapi.Caller) {
		in.Name = "bob"
		out := must[*GetFederationTokenResponse](t)(s.GetFederationToken(as(ctx, by), &in))
		return out, credential(t, entities, out.Credentials)
	}
	out, bob := lend(user, GetFederationTokenRequest{Policy: &limit, Tags: []*Tag{{"Team", "b"}}})
	const name = "arn:aws:sts::" + testAccount + ":federated-user/bob"
	same(t, "who", *out.FederatedUser, FederatedUser{testAccount + ":bob", name})
	same(t, "the caller", []string{bob.ARN, bob.UserID, bob.RoleARN}, []string{name, testAccount + ":bob", user.ARN})
	same(t, "tags", bob.Tags, map[string]string{"Team": "b", "of": "ann"})
	same(t, "life", out.Credentials.Expiration.Sub(testTime), 12*time.Hour)
	identity := must[*GetCallerIdentityResponse](t)(s.GetCallerIdentity(as(ctx, bob), &GetCallerIdentityRequest{}))
	same(t, "GetCallerIdentity", *identity, GetCallerIdentityResponse{new(testAccount + ":bob"), new(testAccount), new(name)})

	_, unlimited := lend(user, GetFederationTokenRequest{})
	_, ofRoot := lend(awsapi.RootCaller(testAccount), GetFederationTokenRequest{Policy: &limit})
	named, err := policy.New("resource", policy.Resource, []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+name+`"},"Action":"*","Resource":"*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		caller   awsapi.Caller
		action   string
		resource *policy.Policy
		want     policy.Outcome
	}{
		{"both allow", bob, "lambda:ListFunctions", nil, policy.Allowed},
		{"only the user's policy", bob, "lambda:CreateFunction", nil, policy.ImplicitDeny},
		{"only the passed policy", bob, "logs:PutLogEvents", nil, policy.ImplicitDeny},
		{"named by a resource", bob, "s3:GetObject", named, policy.Allowed},
		{"no policy was passed", unlimited, "lambda:ListFunctions", nil, policy.ImplicitDeny},
		{"no policy was passed, named by a resource", unlimited, "lambda:ListFunctions", named, policy.Allowed},
		{"of the root, as passed", ofRoot, "logs:PutLogEvents", nil, policy.Allowed},
		{"of the root, not passed", ofRoot, "lambda:CreateFunction", nil, policy.ImplicitDeny},
	} {
		d := entities.Evaluate(c.caller, iam.Question{Action: c.action, Resource: "*", ResourcePolicy: c.resource})
		same(t, c.name, d.Outcome, c.want)
	}

	denied := refusal{"AccessDenied", 403, "Cannot call GetFederationToken with session credentials"}
	_, err = s.GetFederationToken(as(ctx, bob), &GetFederationTokenRequest{Name: "eve"})
	wantError(t, "by a federated user", err, denied)
	_, err = s.GetSessionToken(as(ctx, bob), &GetSessionTokenRequest{})
	wantError(t, "a session of a federated user", err, refusal{"AccessDenied", 403, "Cannot call GetSessionToken with session credentials"})
	_, err = s.AssumeRole(as(ctx, bob), &AssumeRoleRequest{RoleArn: roleARN, RoleSessionName: "s"})
	wantError(t, "a role for a federated user", err, refusal{"AccessDenied", 403, "User: " + name + " is not authorized to perform: sts:AssumeRole on resource: " + roleARN})
	if err := entities.Authorize(ctx, &awsapi.Call{Service: "iam", Caller: bob}, "iam:ListUsers", "*"); err == nil {
		t.Error("a federated user uses IAM")
	}

	// What was lent ends with the user.
	must[*awsapi.Empty](t)(entities.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyRequest{UserName: "ann", PolicyName: "allow"}))
	same(t, "the user's policy is gone", entities.Evaluate(bob, iam.Question{Action: "lambda:ListFunctions", Resource: "*"}).Outcome, policy.ImplicitDeny)
	must[*awsapi.Empty](t)(entities.DeleteAccessKey(ctx, &iam.DeleteAccessKeyRequest{UserName: new("ann"), AccessKeyId: user.AccessKey}))
	must[*awsapi.Empty](t)(entities.DeleteUser(ctx, &iam.DeleteUserRequest{UserName: "ann"}))
	if _, found := entities.Credential(out.Credentials.AccessKeyId, out.Credentials.SessionToken); found {
		t.Error("the key of a deleted user's guest is known")
	}
}

// refreshed is a user with its tags as they are now.
func refreshed(s *iam.Service, c awsapi.Caller) (awsapi.Caller, bool) {
	found, ok := s.Credential(c.AccessKey, "")
	return found.Caller, ok
}

// GetFederationToken is a permission about the federated user; tags are another.
func TestFederationPermission(t *testing.T) {
	t.Parallel()
	s, _, _ := newService(t)
	const resource = "arn:aws:sts::" + testAccount + ":federated-user/bob"
	in := &GetFederationTokenRequest{Name: "bob"}
	call := &awsapi.Call{Operation: "GetFederationToken", Caller: awsapi.RootCaller(testAccount)}
	permissions := func() []string {
		action, about := s.Permission(call, in)
		further, of := s.FurtherPermission(call, in)
		return []string{action, about, further, of}
	}
	same(t, "without tags", permissions(), []string{"sts:GetFederationToken", resource, "", ""})
	in.Tags = []*Tag{{"team", "a"}}
	same(t, "with tags", permissions(), []string{"sts:GetFederationToken", resource, "sts:TagSession", resource})
	same(t, "keys", call.Keys, map[string][]string{"aws:RequestTag/team": {"a"}, "aws:TagKeys": {"team"}})
}
