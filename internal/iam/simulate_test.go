package iam

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

func TestSimulateCustomPolicy(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	document := `{
  "Version": "2012-10-17",
  "Statement": {
    "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::${aws:PrincipalTag/bucket}",
    "Condition": {"Bool": {"aws:SecureTransport": "true"}}
  }
}`
	simulate := func(edit func(*SimulateCustomPolicyRequest)) []*EvaluationResult {
		in := &SimulateCustomPolicyRequest{PolicyInputList: []string{document}, ActionNames: []string{"s3:ListBucket"}, ResourceArns: []string{"arn:aws:s3:::b"}}
		edit(in)
		return ok[*SimulatePolicyResponse](t)(s.SimulateCustomPolicy(ctx, in)).EvaluationResults
	}
	same(t, "keys are missing", simulate(func(*SimulateCustomPolicyRequest) {}), []*EvaluationResult{{
		EvalActionName: "s3:ListBucket", EvalResourceName: new("arn:aws:s3:::b"), EvalDecision: "implicitDeny",
		MatchedStatements: []*Statement{}, MissingContextValues: []string{"aws:PrincipalTag/bucket", "aws:SecureTransport"},
	}})
	given := func(in *SimulateCustomPolicyRequest) {
		in.ContextEntries = []*ContextEntry{
			{new("aws:PrincipalTag/bucket"), []string{"b"}, new("string")}, {new("aws:securetransport"), []string{"true"}, new("boolean")},
		}
	}
	statement := &Statement{SourcePolicyId: new("PolicyInputList.1"), SourcePolicyType: new("IAM Policy"),
		StartPosition: &Position{new(int64(3)), new(int64(16))}, EndPosition: &Position{new(int64(6)), new(int64(4))}}
	allowed := &EvaluationResult{
		EvalActionName: "s3:ListBucket", EvalResourceName: new("arn:aws:s3:::b"), EvalDecision: "allowed",
		MatchedStatements: []*Statement{statement}, MissingContextValues: []string{},
	}
	same(t, "keys are given", simulate(given), []*EvaluationResult{allowed})
	denied := simulate(func(in *SimulateCustomPolicyRequest) {
		given(in)
		in.PolicyInputList = append(in.PolicyInputList, deny("s3:*", "*"))
	})
	same(t, "denied by another", []any{denied[0].EvalDecision, *denied[0].MatchedStatements[0].SourcePolicyId}, []any{"explicitDeny", "PolicyInputList.2"})
	bounded := simulate(func(in *SimulateCustomPolicyRequest) {
		given(in)
		in.PermissionsBoundaryPolicyInputList = []string{allow("logs:*", "*")}
	})
	same(t, "outside the boundary", []any{bounded[0].EvalDecision, *bounded[0].PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary}, []any{"implicitDeny", false})

	wantError(t, second(s.SimulateCustomPolicy(ctx, &SimulateCustomPolicyRequest{PolicyInputList: []string{"{"}, ActionNames: []string{"s3:x"}})),
		refusal{"InvalidInput", 400, "Invalid policy document: This policy contains invalid Json"})
	wantError(t, second(s.SimulateCustomPolicy(ctx, &SimulateCustomPolicyRequest{PolicyInputList: []string{document}, ActionNames: make([]string, 200), ResourceArns: make([]string, 200)})),
		refusal{"InvalidInput", 400, "More than 10000 actions times resources."})
}

func TestSimulatePrincipalPolicy(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	ann := makeUser(t, s, ctx, "ann")
	must(t, nil, second(s.CreateGroup(ctx, &CreateGroupRequest{GroupName: "g"})))
	must(t, nil, second(s.AddUserToGroup(ctx, &AddUserToGroupRequest{UserName: "ann", GroupName: "g"})))
	must(t, nil, second(s.PutGroupPolicy(ctx, &PutGroupPolicyRequest{GroupName: "g", PolicyName: "p", PolicyDocument: allow("lambda:*", "arn:aws:lambda:*:*:function:${aws:username}")})))
	in := &SimulatePrincipalPolicyRequest{
		PolicySourceArn: ann.Arn, ActionNames: []string{"lambda:InvokeFunction", "logs:PutLogEvents"},
		ResourceArns: []string{"arn:aws:lambda:us-east-1:111122223333:function:ann", "arn:aws:lambda:us-east-1:111122223333:function:bob"}, MaxItems: new(int64(3)),
	}
	var got []string
	for {
		out := ok[*SimulatePolicyResponse](t)(s.SimulatePrincipalPolicy(ctx, in))
		for _, r := range out.EvaluationResults {
			got = append(got, r.EvalActionName+" "+nameOfARN(strings.ReplaceAll(*r.EvalResourceName, ":", "/"))+" "+r.EvalDecision)
		}
		if in.Marker = out.Marker; in.Marker == nil {
			break
		}
	}
	same(t, "decisions", got, []string{"lambda:InvokeFunction ann allowed", "lambda:InvokeFunction bob implicitDeny", "logs:PutLogEvents ann implicitDeny", "logs:PutLogEvents bob implicitDeny"})
	keys := ok[*GetContextKeysForPolicyResponse](t)(s.GetContextKeysForPrincipalPolicy(ctx, &GetContextKeysForPrincipalPolicyRequest{PolicySourceArn: ann.Arn}))
	same(t, "context keys", keys.ContextKeyNames, []string{"aws:username"})
}

func TestAccount(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	other := as(ctx, awsapi.RootCaller("999988887777"))
	must(t, nil, second(s.CreateAccountAlias(ctx, &CreateAccountAliasRequest{AccountAlias: "acme"})))
	wantError(t, second(s.CreateAccountAlias(other, &CreateAccountAliasRequest{AccountAlias: "acme"})), refusal{"EntityAlreadyExists", 409, "The account alias acme already exists."})
	must(t, nil, second(s.CreateAccountAlias(ctx, &CreateAccountAliasRequest{AccountAlias: "acme-2"})))
	must(t, nil, second(s.CreateAccountAlias(other, &CreateAccountAliasRequest{AccountAlias: "acme"})))
	same(t, "aliases", ok[*ListAccountAliasesResponse](t)(s.ListAccountAliases(ctx, &ListAccountAliasesRequest{})).AccountAliases, []string{"acme-2"})
	wantError(t, second(s.DeleteAccountAlias(ctx, &DeleteAccountAliasRequest{AccountAlias: "acme"})), refusal{"NoSuchEntity", 404, "The account alias acme cannot be found."})
	must(t, nil, second(s.DeleteAccountAlias(ctx, &DeleteAccountAliasRequest{AccountAlias: "acme-2"})))
	id, found := s.AccountNamed("acme")
	same(t, "account by alias", []any{id, found}, []any{"999988887777", true})

	makeUser(t, s, ctx, "ann")
	makePolicy(t, s, ctx, "p", allowAll)
	summary := ok[*GetAccountSummaryResponse](t)(s.GetAccountSummary(ctx, &awsapi.Empty{})).SummaryMap
	for name, want := range map[string]int64{"Users": 1, "Roles": 0, "Policies": 1, "UsersQuota": 5000, "AccessKeysPerUserQuota": 2, "VersionsPerPolicyQuota": 5} {
		same(t, name, summary[name], want)
	}
	wantError(t, second(s.GetAccountPasswordPolicy(ctx, &awsapi.Empty{})), refusal{"NoSuchEntity", 404, "The Password Policy with domain name 111122223333 cannot be found."})
}

func TestAuthorizationDetails(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makeUser(t, s, ctx, "ann")
	makeRole(t, s, ctx, "r", trustAPI)
	makePolicy(t, s, ctx, "p", allowAll)
	must(t, nil, second(s.AttachRolePolicy(ctx, &AttachRolePolicyRequest{RoleName: "r", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess"})))
	in := &GetAccountAuthorizationDetailsRequest{MaxItems: new(int64(1))}
	var got []string
	for {
		out := ok[*GetAccountAuthorizationDetailsResponse](t)(s.GetAccountAuthorizationDetails(ctx, in))
		for _, u := range out.UserDetailList {
			got = append(got, *u.Arn)
		}
		for _, r := range out.RoleDetailList {
			got = append(got, *r.Arn)
		}
		for _, p := range out.Policies {
			got = append(got, *p.Arn)
		}
		if in.Marker = out.Marker; in.Marker == nil {
			break
		}
	}
	const prefix = "arn:aws:iam::" + testAccount
	same(t, "everything", got, []string{prefix + ":user/ann", prefix + ":role/r", prefix + ":policy/p", "arn:aws:iam::aws:policy/AdministratorAccess"})
	only := ok[*GetAccountAuthorizationDetailsResponse](t)(s.GetAccountAuthorizationDetails(ctx, &GetAccountAuthorizationDetailsRequest{Filter: []string{"Role"}}))
	same(t, "roles only", []int{len(only.UserDetailList), len(only.RoleDetailList), len(only.Policies)}, []int{0, 1, 0})
}

func TestOpenIDConnectProviders(t *testing.T) {
	t.Parallel()
	s, ctx, c := newService(t)
	made := ok[*CreateOpenIDConnectProviderResponse](t)(s.CreateOpenIDConnectProvider(ctx, &CreateOpenIDConnectProviderRequest{Url: "https://idp.example/x", ClientIDList: []string{"a"}}))
	arn := *made.OpenIDConnectProviderArn
	same(t, "ARN", arn, "arn:aws:iam::111122223333:oidc-provider/idp.example/x")
	must(t, nil, second(s.AddClientIDToOpenIDConnectProvider(ctx, &AddClientIDToOpenIDConnectProviderRequest{OpenIDConnectProviderArn: arn, ClientID: "b"})))
	must(t, nil, second(s.RemoveClientIDFromOpenIDConnectProvider(ctx, &RemoveClientIDFromOpenIDConnectProviderRequest{OpenIDConnectProviderArn: arn, ClientID: "a"})))
	now := awsapi.Seconds(c.Now())
	got := ok[*GetOpenIDConnectProviderResponse](t)(s.GetOpenIDConnectProvider(ctx, &GetOpenIDConnectProviderRequest{OpenIDConnectProviderArn: arn}))
	same(t, "provider", got, &GetOpenIDConnectProviderResponse{Url: new("idp.example/x"), ClientIDList: []string{"b"}, CreateDate: &now})
	wantError(t, second(s.CreateOpenIDConnectProvider(ctx, &CreateOpenIDConnectProviderRequest{Url: "https://idp.example/x"})), refusal{"EntityAlreadyExists", 409, "Provider with url https://idp.example/x already exists."})
	wantError(t, second(s.CreateOpenIDConnectProvider(ctx, &CreateOpenIDConnectProviderRequest{Url: "http://idp.example"})), refusal{"ValidationError", 400, "Invalid Open ID Connect Provider URL"})
	must(t, nil, second(s.DeleteOpenIDConnectProvider(ctx, &DeleteOpenIDConnectProviderRequest{OpenIDConnectProviderArn: arn})))
	wantError(t, second(s.GetOpenIDConnectProvider(ctx, &GetOpenIDConnectProviderRequest{OpenIDConnectProviderArn: arn})), refusal{"NoSuchEntity", 404, "OpenIDConnect Provider not found for arn " + arn})
}

func FuzzStatementSpan(f *testing.F) {
	f.Add(allowAll, 0)
	f.Add(`{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`, 0)
	f.Add(`{ "Statement" : [ {"Effect":"Deny","Action":"*","Resource":"*"} , {"Effect":"Allow","Action":"a:b","Resource":"*"} ] }`, 1)
	f.Fuzz(func(t *testing.T, text string, index int) {
		start, end, found := statementSpan(text, index)
		d, err := policy.Parse([]byte(text), policy.Identity)
		if err != nil {
			return
		}
		if want := index >= 0 && index < len(d.Statements); found != want {
			t.Fatalf("statement %d of %d: found %v", index, len(d.Statements), found)
		}
		if found && (!json.Valid([]byte(text[start:end])) || text[start] != '{') {
			t.Errorf("statement %d is %q", index, text[start:end])
		}
	})
}

func FuzzVariables(f *testing.F) {
	f.Add("arn:aws:s3:::${aws:username}/${*}/${aws:PrincipalTag/x, 'y'}")
	f.Add("${${a:b}")
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range variables(text) {
			if !strings.Contains(name, ":") || !strings.Contains(text, name) {
				t.Errorf("%q has the variable %q", text, name)
			}
		}
	})
}
