package policy

import "testing"

// TestExecuteAPI are API Gateway's tables of authorization and resource
// policy, each cell: what the one and the other say, and what follows.
func TestExecuteAPI(t *testing.T) {
	t.Parallel()
	identity := map[string]string{"allow": doc(allow("*", "*")), "none": doc(allow("s3:*", "*")), "deny": doc(deny("*", "*"))}
	// The account's own callers are named, so that the policy does not merely delegate.
	resource := map[string]string{"allow": doc(to("Allow", `"*"`)), "none": doc(to("Allow", `{"Service":"s3.amazonaws.com"}`)), "deny": doc(to("Deny", `"*"`)), "absent": ""}
	iam := func(owner string) func(*Request) Decision {
		return func(r *Request) Decision { r.ResourceAccount = owner; return Evaluate(r) }
	}
	for _, tt := range []struct {
		name  string
		who   Principal
		kind  Kind
		with  func(*Request) Decision
		cells map[[2]string]Outcome
	}{
		{"NONE and COGNITO", Principal{}, Authorizer, EvaluateOpen, map[[2]string]Outcome{
			{"", "absent"}: Allowed, {"", "allow"}: Allowed, {"", "none"}: ImplicitDeny, {"", "deny"}: ExplicitDeny,
		}},
		{"before an authorizer", Principal{}, Authorizer, EvaluateBeforeAuthorizer, map[[2]string]Outcome{
			{"", "absent"}: Allowed, {"", "allow"}: Allowed, {"", "none"}: Allowed, {"", "deny"}: ExplicitDeny,
		}},
		{"after an authorizer", Principal{}, Authorizer, EvaluateAuthorizer, map[[2]string]Outcome{
			{"allow", "absent"}: Allowed, {"allow", "allow"}: Allowed, {"allow", "none"}: Allowed, {"allow", "deny"}: ExplicitDeny,
			{"none", "absent"}: ImplicitDeny, {"none", "allow"}: Allowed, {"none", "none"}: ImplicitDeny, {"none", "deny"}: ExplicitDeny,
			{"deny", "absent"}: ExplicitDeny, {"deny", "allow"}: ExplicitDeny, {"deny", "none"}: ExplicitDeny, {"deny", "deny"}: ExplicitDeny,
		}},
		{"IAM, one account", ana, Identity, iam(ours), map[[2]string]Outcome{
			{"allow", "absent"}: Allowed, {"allow", "allow"}: Allowed, {"allow", "none"}: Allowed, {"allow", "deny"}: ExplicitDeny,
			{"none", "absent"}: ImplicitDeny, {"none", "allow"}: Allowed, {"none", "none"}: ImplicitDeny, {"none", "deny"}: ExplicitDeny,
			{"deny", "absent"}: ExplicitDeny, {"deny", "allow"}: ExplicitDeny, {"deny", "none"}: ExplicitDeny, {"deny", "deny"}: ExplicitDeny,
		}},
		{"IAM, two accounts", ana, Identity, iam(theirs), map[[2]string]Outcome{
			{"allow", "absent"}: ImplicitDeny, {"allow", "allow"}: Allowed, {"allow", "none"}: ImplicitDeny, {"allow", "deny"}: ExplicitDeny,
			{"none", "absent"}: ImplicitDeny, {"none", "allow"}: ImplicitDeny, {"none", "none"}: ImplicitDeny, {"none", "deny"}: ExplicitDeny,
			{"deny", "absent"}: ExplicitDeny, {"deny", "allow"}: ExplicitDeny, {"deny", "none"}: ExplicitDeny, {"deny", "deny"}: ExplicitDeny,
		}},
	} {
		for cell, want := range tt.cells {
			r := &Request{Principal: tt.who, Action: "execute-api:Invoke", Resource: "arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/"}
			if text := identity[cell[0]]; text != "" {
				r.Identity = []*Policy{compiled(t, tt.kind, "identity", text)}
			}
			if text := resource[cell[1]]; text != "" {
				r.ResourcePolicy = compiled(t, Resource, "resource", text)
			}
			if d := tt.with(r); d.Outcome != want {
				t.Errorf("%s, %v: %v, want %v", tt.name, cell, d.Outcome, want)
			}
		}
	}
}

// TestAuthorizerReason: what a caller reads whom an authorizer's policy
// refuses.
func TestAuthorizerReason(t *testing.T) {
	t.Parallel()
	r := &Request{Action: "execute-api:Invoke", Resource: "r", Identity: []*Policy{compiled(t, Authorizer, "authorizer", doc(allow("s3:*", "*")))}}
	if got := Reason(EvaluateAuthorizer(r), r.Action); got != " because no identity-based policy allows the execute-api:Invoke action" {
		t.Error(got)
	}
	r.Identity = []*Policy{compiled(t, Authorizer, "authorizer", doc(deny("*", "*")))}
	if got := Reason(EvaluateAuthorizer(r), r.Action); got != " with an explicit deny in an identity-based policy" {
		t.Error(got)
	}
}
