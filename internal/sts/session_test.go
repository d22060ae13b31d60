package sts

import (
	"strings"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// credential is whom keys that were given out belong to.
func credential(t testing.TB, s *iam.Service, c *Credentials) awsapi.Caller {
	t.Helper()
	found, ok := s.Credential(c.AccessKeyId, c.SessionToken)
	if !ok {
		t.Fatal("the keys are not known")
	}
	return found.Caller
}

func TestSessionLife(t *testing.T) {
	t.Parallel()
	s, entities, ctx := newService(t)
	user := makeUser(t, entities, ctx, "ann")
	makeRole(t, entities, ctx, "r", `{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}`)
	must[*iam.UpdateRoleResponse](t)(entities.UpdateRole(ctx, &iam.UpdateRoleRequest{RoleName: "r", MaxSessionDuration: new(int64(43200))}))
	session := credential(t, entities, must[*AssumeRoleResponse](t)(s.AssumeRole(as(ctx, user), &AssumeRoleRequest{RoleArn: roleARN, RoleSessionName: "s"})).Credentials)
	for _, c := range []struct {
		name    string
		caller  awsapi.Caller
		seconds *int64
		want    time.Duration
		refused refusal
	}{
		{"default", user, nil, time.Hour, refusal{}},
		{"as long as the role lets", user, new(int64(43200)), 12 * time.Hour, refusal{}},
		{"shortest", user, new(int64(900)), 15 * time.Minute, refusal{}},
		{"chained", session, nil, time.Hour, refusal{}},
		{"chained, longer", session, new(int64(3601)), 0, refusal{"ValidationError", 400, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."}},
	} {
		out, err := s.AssumeRole(as(ctx, c.caller), &AssumeRoleRequest{RoleArn: roleARN, RoleSessionName: "s", DurationSeconds: c.seconds})
		wantError(t, c.name, err, c.refused)
		if err == nil {
			same(t, c.name, out.Credentials.Expiration.Sub(testTime), c.want)
		}
	}
}

func TestSessionPolicy(t *testing.T) {
	t.Parallel()
	s, entities, ctx := newService(t)
	user := makeUser(t, entities, ctx, "ann")
	makeRole(t, entities, ctx, "r", byUser+`}`)
	must[*awsapi.Empty](t)(entities.AttachRolePolicy(ctx, &iam.AttachRolePolicyRequest{RoleName: "r", PolicyArn: "arn:aws:iam::aws:policy/PowerUserAccess"}))
	limit := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:*","Resource":"*"}]}`
	for _, c := range []struct {
		name         string
		in           AssumeRoleRequest
		lambda, logs policy.Outcome
	}{
		{"no limit", AssumeRoleRequest{}, policy.Allowed, policy.Allowed},
		{"a document", AssumeRoleRequest{Policy: &limit}, policy.Allowed, policy.ImplicitDeny},
		{"a managed policy", AssumeRoleRequest{PolicyArns: []*PolicyDescriptorType{{new("arn:aws:iam::aws:policy/CloudWatchLogsFullAccess")}}}, policy.ImplicitDeny, policy.Allowed},
		{"either of two", AssumeRoleRequest{Policy: &limit, PolicyArns: []*PolicyDescriptorType{{new("arn:aws:iam::aws:policy/CloudWatchLogsFullAccess")}}}, policy.Allowed, policy.Allowed},
	} {
		c.in.RoleArn, c.in.RoleSessionName = roleARN, "sess"
		out := must[*AssumeRoleResponse](t)(s.AssumeRole(as(ctx, user), &c.in))
		caller := credential(t, entities, out.Credentials)
		ask := func(action string) policy.Outcome {
			return entities.Evaluate(caller, iam.Question{Action: action, Resource: "*"}).Outcome
		}
		same(t, c.name, []policy.Outcome{ask("lambda:ListFunctions"), ask("logs:DescribeLogGroups"), ask("iam:CreateUser")}, []policy.Outcome{c.lambda, c.logs, policy.ImplicitDeny})
		if sized := out.PackedPolicySize != nil; sized != (c.name != "no limit") {
			t.Errorf("%s: packed size %v", c.name, out.PackedPolicySize)
		}
	}
}

func TestSessionTags(t *testing.T) {
	t.Parallel()
	s, entities, ctx := newService(t)
	user := makeUser(t, entities, ctx, "ann")
	makeRole(t, entities, ctx, "r", byUser+`,"Condition":{"StringLikeIfExists":{"aws:RequestTag/team":"a*"}}}`)
	take := func(tags []*Tag, transitive ...string) (*AssumeRoleResponse, error) {
		return s.AssumeRole(as(ctx, user), &AssumeRoleRequest{RoleArn: roleARN, RoleSessionName: "sess", Tags: tags, TransitiveTagKeys: transitive})
	}
	out := must[*AssumeRoleResponse](t)(take([]*Tag{{"team", "a1"}, {"x", "y"}}, "team"))
	first := credential(t, entities, out.Credentials)
	same(t, "tags", first.Tags, map[string]string{"team": "a1", "x": "y"})

	_, err := take([]*Tag{{"team", "b"}})
	wantError(t, "a tag that the trust policy refuses", err, refusal{"AccessDenied", 403, noReason})
	_, err = take([]*Tag{{"team", "a"}, {"TEAM", "a"}})
	wantError(t, "a tag twice", err, refusal{"InvalidParameterValue", 400, "Duplicate tag keys found. Please note that Tag keys are case insensitive."})
	_, err = take(nil, "team")
	wantError(t, "transitive, but not there", err, refusal{"InvalidParameterValue", 400, "The specified transitive tag key must be included in the requested tags."})

	// a session of r takes another role: the transitive tag goes along
	makeRole(t, entities, ctx, "next", `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":["sts:AssumeRole","sts:TagSession"]}`)
	chain := func(tags ...*Tag) (*AssumeRoleResponse, error) {
		return s.AssumeRole(as(ctx, first), &AssumeRoleRequest{RoleArn: "arn:aws:iam::111122223333:role/next", RoleSessionName: "sess", Tags: tags})
	}
	second := credential(t, entities, must[*AssumeRoleResponse](t)(chain(&Tag{"z", "1"})).Credentials)
	same(t, "tags of the chained session", second.Tags, map[string]string{"team": "a1", "z": "1"})
	makeRole(t, entities, ctx, "last", `{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}`)
	last := must[*AssumeRoleResponse](t)(s.AssumeRole(as(ctx, second), &AssumeRoleRequest{RoleArn: "arn:aws:iam::111122223333:role/last", RoleSessionName: "sess"}))
	same(t, "tags at the end of the chain", credential(t, entities, last.Credentials).Tags, map[string]string{"team": "a1"})
	_, err = chain(&Tag{"Team", "other"})
	wantError(t, "an inherited tag cannot be replaced", err, refusal{"InvalidParameterValue", 400,
		"One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."})

	// without sts:TagSession there are no tags
	makeRole(t, entities, ctx, "untagged", `{"Effect":"Allow","Principal":{"AWS":"`+userARN+`"},"Action":"sts:AssumeRole"}`)
	in := &AssumeRoleRequest{RoleArn: "arn:aws:iam::111122223333:role/untagged", RoleSessionName: "sess"}
	_, err = s.AssumeRole(as(ctx, user), in)
	wantError(t, "without tags", err, refusal{})
	in.Tags = []*Tag{{"a", "b"}}
	_, err = s.AssumeRole(as(ctx, user), in)
	wantError(t, "with a tag", err, refusal{"AccessDenied", 403, "User: " + userARN + " is not authorized to perform: sts:TagSession on resource: " + in.RoleArn})
}

func TestPackedTooLarge(t *testing.T) {
	t.Parallel()
	s, entities, ctx := newService(t)
	user := makeUser(t, entities, ctx, "ann")
	makeRole(t, entities, ctx, "r", byUser+`}`)
	in := &AssumeRoleRequest{RoleArn: roleARN, RoleSessionName: "sess"}
	for i := range 50 { // of letters that do not compress
		var b strings.Builder
		for j := range 256 {
			b.WriteByte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[(i*7919+j*j*31+j*i*17+(j*2654435761>>7))%62])
		}
		in.Tags = append(in.Tags, &Tag{Key: string(rune('a'+i%26)) + strings.Repeat("x", i/26), Value: b.String()})
	}
	_, err := s.AssumeRole(as(ctx, user), in)
	if e := awsapi.AsError(err); e == nil || e.Code != "PackedPolicyTooLarge" || e.Status != 400 {
		t.Errorf("12 kB of tags: %v", err)
	}
}

func TestSourceIdentity(t *testing.T) {
	t.Parallel()
	s, entities, ctx := newService(t)
	user := makeUser(t, entities, ctx, "ann")
	makeRole(t, entities, ctx, "r", byUser+`,"Condition":{"StringEquals":{"sts:SourceIdentity":"ann"}}}`)
	take := func(who *string) (*AssumeRoleResponse, error) {
		return s.AssumeRole(as(ctx, user), &AssumeRoleRequest{RoleArn: roleARN, RoleSessionName: "sess", SourceIdentity: who})
	}
	_, err := take(nil)
	wantError(t, "none", err, refusal{"AccessDenied", 403, noReason})
	_, err = take(new("bob"))
	wantError(t, "another", err, refusal{"AccessDenied", 403, noReason})
	out := must[*AssumeRoleResponse](t)(take(new("ann")))
	same(t, "answer", *out.SourceIdentity, "ann")
	session := credential(t, entities, out.Credentials)
	makeRole(t, entities, ctx, "next", `{"Effect":"Allow","Principal":{"AWS":"`+roleARN+`"},"Action":["sts:AssumeRole","sts:SetSourceIdentity"]}`)
	chained := must[*AssumeRoleResponse](t)(s.AssumeRole(as(ctx, session), &AssumeRoleRequest{RoleArn: "arn:aws:iam::111122223333:role/next", RoleSessionName: "sess"}))
	same(t, "it goes along", *chained.SourceIdentity, "ann")
	_, err = s.AssumeRole(as(ctx, session), &AssumeRoleRequest{RoleArn: "arn:aws:iam::111122223333:role/next", RoleSessionName: "sess", SourceIdentity: new("bob")})
	wantError(t, "it cannot be changed", err, refusal{"AccessDenied", 403, "The source identity of the calling session cannot be changed."})
}

func TestGetSessionToken(t *testing.T) {
	t.Parallel()
	s, entities, ctx := newService(t)
	user := makeUser(t, entities, ctx, "ann")
	allow(t, entities, ctx, "ann", `"lambda:*"`, "*")
	out := must[*GetSessionTokenResponse](t)(s.GetSessionToken(as(ctx, user), &GetSessionTokenRequest{}))
	same(t, "life", out.Credentials.Expiration.Sub(testTime), 12*time.Hour)
	session := credential(t, entities, out.Credentials)
	same(t, "who", []string{session.ARN, session.UserID}, []string{user.ARN, user.UserID})
	same(t, "permissions", entities.Evaluate(session, iam.Question{Action: "lambda:ListFunctions", Resource: "*"}).Outcome, policy.Allowed)
	_, err := s.GetSessionToken(as(ctx, session), &GetSessionTokenRequest{})
	wantError(t, "by a session", err, refusal{"AccessDenied", 403, "Cannot call GetSessionToken with session credentials"})
	root := must[*GetSessionTokenResponse](t)(s.GetSessionToken(ctx, &GetSessionTokenRequest{DurationSeconds: new(int64(43200))}))
	same(t, "root's life", root.Credentials.Expiration.Sub(testTime), time.Hour)

	// the session ends with the user, even if there is another of that name
	must[*awsapi.Empty](t)(entities.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyRequest{UserName: "ann", PolicyName: "allow"}))
	must[*awsapi.Empty](t)(entities.DeleteAccessKey(ctx, &iam.DeleteAccessKeyRequest{UserName: new("ann"), AccessKeyId: user.AccessKey}))
	must[*awsapi.Empty](t)(entities.DeleteUser(ctx, &iam.DeleteUserRequest{UserName: "ann"}))
	makeUser(t, entities, ctx, "ann")
	if _, found := entities.Credential(out.Credentials.AccessKeyId, out.Credentials.SessionToken); found {
		t.Error("a deleted user's session is known")
	}
}

func TestGetAccessKeyInfo(t *testing.T) {
	t.Parallel()
	s, entities, ctx := newService(t)
	user := makeUser(t, entities, ctx, "ann")
	out := must[*GetAccessKeyInfoResponse](t)(s.GetAccessKeyInfo(ctx, &GetAccessKeyInfoRequest{AccessKeyId: user.AccessKey}))
	same(t, "account", *out.Account, testAccount)
	_, err := s.GetAccessKeyInfo(ctx, &GetAccessKeyInfoRequest{AccessKeyId: "AKIA0000000000000000"})
	wantError(t, "no key", err, refusal{"ValidationError", 400, "AKIA0000000000000000 is not a valid access key"})
	_, err = s.DecodeAuthorizationMessage(ctx, &DecodeAuthorizationMessageRequest{EncodedMessage: "x"})
	wantError(t, "message", err, refusal{"InvalidAuthorizationMessageException", 400, "Message is invalid."})
}
