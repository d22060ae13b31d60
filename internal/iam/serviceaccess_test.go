package iam

import "testing"

func TestListPoliciesGrantingServiceAccess(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	ann := ok[*CreateUserResponse](t)(s.CreateUser(ctx, &CreateUserRequest{UserName: "ann"})).User
	must(t, nil, second(s.CreateGroup(ctx, &CreateGroupRequest{GroupName: "staff"})))
	must(t, nil, second(s.AddUserToGroup(ctx, &AddUserToGroupRequest{GroupName: "staff", UserName: "ann"})))
	document := func(effect, actions string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"` + effect + `",` + actions + `,"Resource":"*"}}`
	}
	a := makePolicy(t, s, ctx, "calls", document("Allow", `"Action":"LAMBDA:Invoke*"`))
	must(t, nil, second(s.AttachUserPolicy(ctx, &AttachUserPolicyRequest{UserName: "ann", PolicyArn: a})))
	for name, text := range map[string]string{
		"deny": document("Deny", `"Action":"lambda:*"`), "except": document("Allow", `"NotAction":["lambda:*","iam:*"]`), "wild": document("Allow", `"Action":"*"`),
	} {
		must(t, nil, second(s.PutGroupPolicy(ctx, &PutGroupPolicyRequest{GroupName: "staff", PolicyName: name, PolicyDocument: text})))
	}
	group := func(name string) *PolicyGrantingServiceAccess {
		return &PolicyGrantingServiceAccess{PolicyName: name, PolicyType: "INLINE", EntityType: new("GROUP"), EntityName: new("staff")}
	}
	got := ok[*ListPoliciesGrantingServiceAccessResponse](t)(s.ListPoliciesGrantingServiceAccess(ctx, &ListPoliciesGrantingServiceAccessRequest{
		Arn: ann.Arn, ServiceNamespaces: []string{"lambda", "logs", "iam", "s3"},
	}))
	same(t, "policies", got.PoliciesGrantingServiceAccess, []*ListPoliciesGrantingServiceAccessEntry{
		{new("lambda"), []*PolicyGrantingServiceAccess{{PolicyName: "calls", PolicyType: "MANAGED", PolicyArn: &a}, group("wild")}},
		{new("logs"), []*PolicyGrantingServiceAccess{group("except"), group("wild")}},
		{new("iam"), []*PolicyGrantingServiceAccess{group("wild")}},
		{new("s3"), []*PolicyGrantingServiceAccess{group("except"), group("wild")}},
	})
}
