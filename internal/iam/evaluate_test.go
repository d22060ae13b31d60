package iam

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

const calc = "arn:aws:lambda:us-east-1:" + testAccount + ":function:Calc"

// Each step changes one thing, and with it the decision.
func TestEnforcement(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makeUser(t, s, ctx, "ann")
	ann := userNamed(t, s, ctx, "ann")
	must(t, nil, second(s.CreateGroup(ctx, &CreateGroupRequest{GroupName: "g"})))
	lambdaOnly := makePolicy(t, s, ctx, "lambda-only", allow("lambda:*", "*"))
	logsOnly := makePolicy(t, s, ctx, "logs-only", allow("logs:*", "*"))
	for _, step := range []struct {
		name string
		do   func() error
		want policy.Outcome
	}{
		{"nothing", func() error { return nil }, policy.ImplicitDeny},
		{"an inline policy allows it", func() error {
			return second(s.PutUserPolicy(ctx, &PutUserPolicyRequest{UserName: "ann", PolicyName: "p", PolicyDocument: allow("lambda:InvokeFunction", calc)}))
		}, policy.Allowed},
		{"the group denies it", func() error {
			return second(s.PutGroupPolicy(ctx, &PutGroupPolicyRequest{GroupName: "g", PolicyName: "d", PolicyDocument: deny("lambda:Invoke*", "*")}))
		}, policy.Allowed},
		{"the user joins the group", func() error {
			return second(s.AddUserToGroup(ctx, &AddUserToGroupRequest{UserName: "ann", GroupName: "g"}))
		}, policy.ExplicitDeny},
		{"the group's policy is deleted", func() error {
			return second(s.DeleteGroupPolicy(ctx, &DeleteGroupPolicyRequest{GroupName: "g", PolicyName: "d"}))
		}, policy.Allowed},
		{"a boundary allows something else", func() error {
			return second(s.PutUserPermissionsBoundary(ctx, &PutUserPermissionsBoundaryRequest{UserName: "ann", PermissionsBoundary: logsOnly}))
		}, policy.ImplicitDeny},
		{"a boundary allows it", func() error {
			return second(s.PutUserPermissionsBoundary(ctx, &PutUserPermissionsBoundaryRequest{UserName: "ann", PermissionsBoundary: lambdaOnly}))
		}, policy.Allowed},
		{"the inline policy is deleted: a boundary grants nothing", func() error {
			return second(s.DeleteUserPolicy(ctx, &DeleteUserPolicyRequest{UserName: "ann", PolicyName: "p"}))
		}, policy.ImplicitDeny},
		{"a managed policy is attached", func() error {
			return second(s.AttachUserPolicy(ctx, &AttachUserPolicyRequest{UserName: "ann", PolicyArn: lambdaOnly}))
		}, policy.Allowed},
		{"its new version denies", func() error {
			return second(s.CreatePolicyVersion(ctx, &CreatePolicyVersionRequest{PolicyArn: lambdaOnly, PolicyDocument: deny("lambda:*", "*"), SetAsDefault: new(true)}))
		}, policy.ExplicitDeny},
		{"the old version counts again", func() error {
			return second(s.SetDefaultPolicyVersion(ctx, &SetDefaultPolicyVersionRequest{PolicyArn: lambdaOnly, VersionId: "v1"}))
		}, policy.Allowed},
		{"it is detached", func() error {
			return second(s.DetachUserPolicy(ctx, &DetachUserPolicyRequest{UserName: "ann", PolicyArn: lambdaOnly}))
		}, policy.ImplicitDeny},
	} {
		must(t, nil, step.do())
		if got := outcome(s, ann, "lambda:InvokeFunction", calc); got != step.want {
			t.Errorf("%s: %v, want %v", step.name, got, step.want)
		}
	}
}

func TestAcrossAccounts(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makeUser(t, s, ctx, "ann")
	ann := userNamed(t, s, ctx, "ann")
	theirs := strings.Replace(calc, testAccount, "999988887777", 1)
	shared, err := policy.New("shared", policy.Resource, []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"`+ann.ARN+`"},"Action":"lambda:InvokeFunction","Resource":"*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(resource string, p *policy.Policy) policy.Outcome {
		return s.Evaluate(ann, Question{Action: "lambda:InvokeFunction", Resource: resource, ResourceAccount: accountOf(resource), ResourcePolicy: p}).Outcome
	}
	same(t, "own account: either side", ask(calc, shared), policy.Allowed)
	same(t, "other account: the resource's side alone", ask(theirs, shared), policy.ImplicitDeny)
	must(t, nil, second(s.PutUserPolicy(ctx, &PutUserPolicyRequest{UserName: "ann", PolicyName: "p", PolicyDocument: allowAll})))
	same(t, "other account: both sides", ask(theirs, shared), policy.Allowed)
	same(t, "other account: the caller's side alone", ask(theirs, nil), policy.ImplicitDeny)
}

func TestConditionsOnTheCaller(t *testing.T) {
	t.Parallel()
	s, ctx, c := newService(t)
	role := makeRole(t, s, ctx, "r", trustAcct)
	session := func(tags map[string]string) awsapi.Caller {
		return s.Issue(Session{Account: testAccount, RoleARN: role.Arn, ID: role.RoleId, Name: "s", Tags: tags}, time.Hour).Caller
	}
	when := func(condition string) {
		must(t, nil, second(s.PutRolePolicy(ctx, &PutRolePolicyRequest{RoleName: "r", PolicyName: "p",
			PolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + condition + `}]}`})))
	}
	check := func(name string, caller awsapi.Caller, want policy.Outcome) {
		t.Helper()
		same(t, name, outcome(s, caller, "lambda:ListFunctions", "*"), want)
	}
	when(`{"StringEquals":{"aws:PrincipalTag/Team":"a"}}`)
	check("no tag", session(nil), policy.ImplicitDeny)
	check("the session's tag", session(map[string]string{"team": "a"}), policy.Allowed)
	must(t, nil, second(s.TagRole(ctx, &TagRoleRequest{RoleName: "r", Tags: []*Tag{{"team", "a"}}})))
	check("the role's tag", session(nil), policy.Allowed)
	check("the session's tag goes before the role's", session(map[string]string{"TEAM": "b"}), policy.ImplicitDeny)

	when(`{"Null":{"aws:TokenIssueTime":"false"}}`)
	check("a session has a token", session(nil), policy.Allowed)
	makeUser(t, s, ctx, "ann")
	must(t, nil, second(s.PutUserPolicy(ctx, &PutUserPolicyRequest{UserName: "ann", PolicyName: "p",
		PolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"aws:TokenIssueTime":"true"}}}]}`})))
	check("a long-term key has none", userNamed(t, s, ctx, "ann"), policy.Allowed)

	when(`{"DateLessThan":{"aws:CurrentTime":"2026-03-05T00:00:00Z"}}`)
	check("before the date", session(nil), policy.Allowed)
	c.add(24 * time.Hour)
	check("after the date", session(nil), policy.ImplicitDeny)

	// aws:TokenIssueTime revokes older sessions, as the console does
	old := session(nil)
	c.add(time.Hour)
	when(fmt.Sprintf(`{"DateGreaterThan":{"aws:TokenIssueTime":%q}}`, c.Now().Add(-time.Minute).Format(time.RFC3339)))
	check("an older session", old, policy.ImplicitDeny)
	check("a newer session", session(nil), policy.Allowed)
}

// The data plane asks by itself: it has the caller's keys, too, and its requests
// count as use of the role.
func TestPoliciesOfARequest(t *testing.T) {
	t.Parallel()
	s, ctx, c := newService(t)
	role := makeRole(t, s, ctx, "r", trustAcct)
	must(t, nil, second(s.PutRolePolicy(ctx, &PutRolePolicyRequest{RoleName: "r", PolicyName: "p",
		PolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"aws:TokenIssueTime":"false"}}}]}`})))
	caller := s.Issue(Session{Account: testAccount, RoleARN: role.Arn, ID: role.RoleId, Name: "s"}, time.Hour).Caller
	r := policy.Request{Action: "execute-api:Invoke", Resource: "arn:aws:execute-api:eu-west-1:" + testAccount + ":abc/prod/GET/", ResourceAccount: testAccount}
	if _, err := s.Explain(role.Arn, Question{Action: r.Action, Resource: r.Resource}); err != nil {
		t.Fatal(err)
	}
	used := func() *RoleLastUsed {
		return ok[*GetRoleResponse](t)(s.GetRole(ctx, &GetRoleRequest{RoleName: "r"})).Role.RoleLastUsed
	}
	same(t, "an explanation is no use", used(), &RoleLastUsed{})
	s.Policies(caller, &r)
	same(t, "outcome", policy.Evaluate(&r).Outcome, policy.Allowed)
	same(t, "last used", used(), &RoleLastUsed{LastUsedDate: new(awsapi.Seconds(c.Now())), Region: new("eu-west-1")})

	before := len(s.use.fresh)
	for _, key := range []string{"test", "anything"} { // dev mode takes any key
		unchecked := awsapi.RootCaller(testAccount)
		unchecked.AccessKey, unchecked.Unchecked = key, true
		s.Policies(unchecked, &policy.Request{Action: "lambda:ListFunctions", Resource: "*"})
	}
	same(t, "uses noted of keys that nobody issued", len(s.use.fresh)-before, 0)
}

// A caller's keys cannot be overridden by those of a question.
func TestKeysOfTheCallerWin(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	role := makeRole(t, s, ctx, "r", trustAcct)
	must(t, nil, second(s.PutRolePolicy(ctx, &PutRolePolicyRequest{RoleName: "r", PolicyName: "p",
		PolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"a"}}}]}`})))
	c := s.Issue(Session{Account: testAccount, RoleARN: role.Arn, ID: role.RoleId, Name: "s", Tags: map[string]string{"team": "b"}}, time.Hour).Caller
	keys := policy.Keys{}
	keys.Set("aws:PrincipalTag/team", "a")
	same(t, "outcome", s.Evaluate(c, Question{Action: "lambda:ListFunctions", Resource: "*", Keys: keys}).Outcome, policy.ImplicitDeny)
	same(t, "the question's own keys", keys.Get("aws:principaltag/team"), []string{"a"})
}

// Adding a Deny never allows more, wherever it is added.
func TestDenyNeverAllows(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makeUser(t, s, ctx, "ann")
	ann := userNamed(t, s, ctx, "ann")
	must(t, nil, second(s.CreateGroup(ctx, &CreateGroupRequest{GroupName: "g"})))
	must(t, nil, second(s.AddUserToGroup(ctx, &AddUserToGroupRequest{UserName: "ann", GroupName: "g"})))
	actions := []string{"lambda:InvokeFunction", "lambda:ListFunctions", "logs:PutLogEvents"}
	patterns := []string{"*", "lambda:*", "lambda:Invoke*", "logs:*", "lambda:List?unctions"}
	set := func(group bool, name, document string) {
		if group {
			must(t, nil, second(s.PutGroupPolicy(ctx, &PutGroupPolicyRequest{GroupName: "g", PolicyName: name, PolicyDocument: document})))
			return
		}
		must(t, nil, second(s.PutUserPolicy(ctx, &PutUserPolicyRequest{UserName: "ann", PolicyName: name, PolicyDocument: document})))
	}
	all := func() map[string]bool {
		m := map[string]bool{}
		for _, a := range actions {
			m[a] = outcome(s, ann, a, "*") == policy.Allowed
		}
		return m
	}
	rapid.Check(t, func(r *rapid.T) {
		pattern := rapid.SampledFrom(patterns)
		set(false, "a", allow(pattern.Draw(r, "user allows"), "*"))
		set(true, "b", allow(pattern.Draw(r, "group allows"), "*"))
		set(false, "c", allow("s3:*", "*"))
		set(true, "c", allow("s3:*", "*"))
		before := all()
		set(rapid.Bool().Draw(r, "group"), "c", deny(pattern.Draw(r, "denied"), "*"))
		after := all()
		for _, a := range slices.Sorted(maps.Keys(after)) {
			if after[a] && !before[a] {
				r.Fatalf("%s is allowed by a Deny", a)
			}
		}
	})
}

func TestAuthorize(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makeUser(t, s, ctx, "ann")
	ann := userNamed(t, s, ctx, "ann")
	text := "User: " + ann.ARN + " is not authorized to perform: x:Do on resource: * because no identity-based policy allows the x:Do action"
	for _, c := range []struct {
		service string
		want    refusal
	}{
		{"iam", refusal{"AccessDenied", 403, text}}, {"sts", refusal{"AccessDenied", 403, text}},
		{"lambda", refusal{"AccessDeniedException", 403, text}}, {"apigateway", refusal{"AccessDeniedException", 403, text}},
		{"logs", refusal{"AccessDeniedException", 400, text}},
	} {
		wantError(t, s.Authorize(ctx, &awsapi.Call{Service: c.service, Caller: ann}, "x:Do", "*"), c.want)
	}
	must(t, nil, s.Authorize(ctx, &awsapi.Call{Service: "iam", Caller: awsapi.RootCaller(testAccount)}, "x:Do", "*"))
	nobody := awsapi.Caller{Unchecked: true}
	must(t, nil, s.Authorize(ctx, &awsapi.Call{Service: "iam", Caller: nobody}, "x:Do", "*"))
	if err := s.Authorize(ctx, &awsapi.Call{Service: "iam"}, "x:Do", "*"); err == nil {
		t.Error("nobody in particular may do it")
	}
	root := s.Issue(Session{Account: testAccount}, time.Hour).Caller
	must(t, nil, s.Authorize(ctx, &awsapi.Call{Service: "lambda", Caller: root}, "x:Do", "*"))
	wantError(t, s.Authorize(ctx, &awsapi.Call{Service: "iam", Caller: root}, "x:Do", "*"),
		refusal{"InvalidClientTokenId", 403, "The security token included in the request is invalid"})
}

func TestPassRole(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	role := makeRole(t, s, ctx, "r", trustAPI)
	makeUser(t, s, ctx, "ann")
	ann := userNamed(t, s, ctx, "ann")
	pass := func(service string) error {
		return s.PassRole(ctx, &awsapi.Call{Service: "apigateway", Caller: ann}, role.Arn, service)
	}
	wantError(t, pass(apiGateway), refusal{"AccessDeniedException", 403,
		"User: " + ann.ARN + " is not authorized to perform: iam:PassRole on resource: " + role.Arn + " because no identity-based policy allows the iam:PassRole action"})
	must(t, nil, second(s.PutUserPolicy(ctx, &PutUserPolicyRequest{UserName: "ann", PolicyName: "p",
		PolicyDocument: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PassRole","Resource":"` + role.Arn + `","Condition":{"StringEquals":{"iam:PassedToService":"apigateway.amazonaws.com"}}}]}`})))
	must(t, nil, pass(apiGateway))
	if err := pass("lambda.amazonaws.com"); err == nil {
		t.Error("the role may be passed to another service")
	}
}

// An administrator of others who may not give more than it has: AWS's example
// of permissions boundaries.
func TestDelegation(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	boundary := makePolicy(t, s, ctx, "boundary", allow("lambda:*", "*"))
	makeUser(t, s, ctx, "admin")
	must(t, nil, second(s.PutUserPolicy(ctx, &PutUserPolicyRequest{UserName: "admin", PolicyName: "p", PolicyDocument: `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["iam:CreateUser","iam:AttachUserPolicy"],"Resource":"arn:aws:iam::*:user/dev/*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"` + boundary + `"}}},
		{"Effect":"Deny","Action":"iam:AttachUserPolicy","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/IAMFullAccess"}}}]}`})))
	admin := userNamed(t, s, ctx, "admin")
	ask := func(operation string, in any) bool {
		call := &awsapi.Call{Service: "iam", Operation: operation, Caller: admin}
		action, resource := s.Permission(call, in)
		return s.Authorize(ctx, call, action, resource) == nil
	}
	for _, c := range []struct {
		name, operation string
		in              any
		want            bool
	}{
		{"create without the boundary", "CreateUser", &CreateUserRequest{UserName: "u", Path: new("/dev/")}, false},
		{"create with it", "CreateUser", &CreateUserRequest{UserName: "u", Path: new("/dev/"), PermissionsBoundary: &boundary}, true},
		{"create below another path", "CreateUser", &CreateUserRequest{UserName: "u", PermissionsBoundary: &boundary}, false},
	} {
		same(t, c.name, ask(c.operation, c.in), c.want)
	}
	must(t, nil, second(s.CreateUser(ctx, &CreateUserRequest{UserName: "u", Path: new("/dev/"), PermissionsBoundary: &boundary})))
	attach := func(name string) bool {
		return ask("AttachUserPolicy", &AttachUserPolicyRequest{UserName: "u", PolicyArn: awsPolicyPrefix + "/" + name})
	}
	same(t, "attach to a bounded user", attach("AdministratorAccess"), true)
	same(t, "attach what is denied", attach("IAMFullAccess"), false)
	must(t, nil, second(s.DeleteUserPermissionsBoundary(ctx, &DeleteUserPermissionsBoundaryRequest{UserName: "u"})))
	same(t, "attach to an unbounded user", attach("AdministratorAccess"), false)
}

func TestPermission(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	must(t, nil, second(s.CreateRole(ctx, &CreateRoleRequest{RoleName: "r", Path: new("/x/"), AssumeRolePolicyDocument: trustAPI})))
	makeUser(t, s, ctx, "ann")
	ann := userCallerOf(s, "ann")
	const prefix = "arn:aws:iam::" + testAccount + ":"
	for _, c := range []struct {
		operation string
		in        any
		want      string
	}{
		{"GetRole", &GetRoleRequest{RoleName: "r"}, prefix + "role/x/r"},
		{"GetRole", &GetRoleRequest{RoleName: "new"}, prefix + "role/new"},
		{"CreateRole", &CreateRoleRequest{RoleName: "new", Path: new("/y/")}, prefix + "role/y/new"},
		{"GetUser", &GetUserRequest{}, prefix + "user/ann"},
		{"CreateAccessKey", &CreateAccessKeyRequest{}, prefix + "user/ann"},
		{"GetUser", &GetUserRequest{UserName: new("bob")}, prefix + "user/bob"},
		{"CreatePolicy", &CreatePolicyRequest{PolicyName: "p"}, prefix + "policy/p"},
		{"GetPolicy", &GetPolicyRequest{PolicyArn: prefix + "policy/p"}, prefix + "policy/p"},
		{"AttachRolePolicy", &AttachRolePolicyRequest{RoleName: "r", PolicyArn: prefix + "policy/p"}, prefix + "role/x/r"},
		{"AddUserToGroup", &AddUserToGroupRequest{UserName: "ann", GroupName: "g"}, prefix + "group/g"},
		{"AddRoleToInstanceProfile", &AddRoleToInstanceProfileRequest{RoleName: "r", InstanceProfileName: "i"}, prefix + "instance-profile/i"},
		{"ListUsers", &ListUsersRequest{}, prefix + "user/"},
		{"ListRoles", &ListRolesRequest{PathPrefix: new("/x/")}, prefix + "role/x/"},
		{"GetAccountSummary", &awsapi.Empty{}, "*"},
		{"CreateServiceLinkedRole", &CreateServiceLinkedRoleRequest{AWSServiceName: "ops.apigateway.amazonaws.com"}, prefix + "role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway"},
		{"CreateOpenIDConnectProvider", &CreateOpenIDConnectProviderRequest{Url: "https://a.example/x"}, prefix + "oidc-provider/a.example/x"},
	} {
		action, resource := s.Permission(&awsapi.Call{Operation: c.operation, Caller: ann}, c.in)
		same(t, c.operation, []string{action, resource}, []string{"iam:" + c.operation, c.want})
	}
}
