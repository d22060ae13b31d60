package iam

import (
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

func TestPolicyLife(t *testing.T) {
	t.Parallel()
	s, ctx, c := newService(t)
	now := awsapi.Seconds(c.Now())
	made := ok[*CreatePolicyResponse](t)(s.CreatePolicy(ctx, &CreatePolicyRequest{PolicyName: "p", PolicyDocument: allowAll, Path: new("/x/"), Description: new("d")})).Policy
	want := &Policy{
		PolicyName: new("p"), PolicyId: made.PolicyId, Arn: new("arn:aws:iam::111122223333:policy/x/p"), Path: new("/x/"), DefaultVersionId: new("v1"),
		AttachmentCount: new(int64(0)), PermissionsBoundaryUsageCount: new(int64(0)), IsAttachable: new(true), CreateDate: &now, UpdateDate: &now,
	}
	same(t, "created", made, want)
	a := *made.Arn
	makeRole(t, s, ctx, "r", trustAPI)
	makeUser(t, s, ctx, "u")
	must(t, nil, second(s.AttachRolePolicy(ctx, &AttachRolePolicyRequest{RoleName: "r", PolicyArn: a})))
	must(t, nil, second(s.PutUserPermissionsBoundary(ctx, &PutUserPermissionsBoundaryRequest{UserName: "u", PermissionsBoundary: a})))
	want.AttachmentCount, want.PermissionsBoundaryUsageCount, want.Description = new(int64(1)), new(int64(1)), new("d")
	same(t, "got", ok[*GetPolicyResponse](t)(s.GetPolicy(ctx, &GetPolicyRequest{PolicyArn: a})).Policy, want)

	entities := ok[*ListEntitiesForPolicyResponse](t)(s.ListEntitiesForPolicy(ctx, &ListEntitiesForPolicyRequest{PolicyArn: a, PolicyUsageFilter: new("PermissionsPolicy")}))
	if len(entities.PolicyRoles) != 1 || len(entities.PolicyUsers) != 0 || *entities.PolicyRoles[0].RoleName != "r" {
		t.Errorf("entities %+v", entities)
	}
	attached := ok[*ListPoliciesResponse](t)(s.ListPolicies(ctx, &ListPoliciesRequest{OnlyAttached: new(true)})).Policies
	if len(attached) != 1 || *attached[0].Arn != a {
		t.Errorf("attached policies: %d", len(attached))
	}

	wantError(t, second(s.DeletePolicy(ctx, &DeletePolicyRequest{PolicyArn: a})), refusal{"DeleteConflict", 409, "Cannot delete a policy attached to entities."})
	must(t, nil, second(s.DetachRolePolicy(ctx, &DetachRolePolicyRequest{RoleName: "r", PolicyArn: a})))
	wantError(t, second(s.DeletePolicy(ctx, &DeletePolicyRequest{PolicyArn: a})), refusal{"DeleteConflict", 409, "Cannot delete a policy attached to entities."})
	must(t, nil, second(s.DeleteUserPermissionsBoundary(ctx, &DeleteUserPermissionsBoundaryRequest{UserName: "u"})))
	must(t, nil, second(s.DeletePolicy(ctx, &DeletePolicyRequest{PolicyArn: a})))
	wantError(t, second(s.GetPolicy(ctx, &GetPolicyRequest{PolicyArn: a})), refusal{"NoSuchEntity", 404, "Policy " + a + " was not found."})
}

func TestPolicyVersions(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	a := makePolicy(t, s, ctx, "p", allow("lambda:*", "*"))
	makeUser(t, s, ctx, "u")
	must(t, nil, second(s.AttachUserPolicy(ctx, &AttachUserPolicyRequest{UserName: "u", PolicyArn: a})))
	u := userNamed(t, s, ctx, "u")
	add := func(document string, isDefault bool) (*PolicyVersion, error) {
		out, err := s.CreatePolicyVersion(ctx, &CreatePolicyVersionRequest{PolicyArn: a, PolicyDocument: document, SetAsDefault: &isDefault})
		if err != nil {
			return nil, err
		}
		return out.PolicyVersion, nil
	}
	v2 := ok[*PolicyVersion](t)(add(allow("logs:*", "*"), false))
	same(t, "second version", []any{*v2.VersionId, *v2.IsDefaultVersion}, []any{"v2", false})
	same(t, "the default still counts", outcome(s, u, "lambda:ListFunctions", "*"), policy.Allowed)
	must(t, nil, second(s.SetDefaultPolicyVersion(ctx, &SetDefaultPolicyVersionRequest{PolicyArn: a, VersionId: "v2"})))
	same(t, "the new default counts at once", outcome(s, u, "lambda:ListFunctions", "*"), policy.ImplicitDeny)
	same(t, "and allows what it allows", outcome(s, u, "logs:DescribeLogGroups", "*"), policy.Allowed)

	wantError(t, second(s.DeletePolicyVersion(ctx, &DeletePolicyVersionRequest{PolicyArn: a, VersionId: "v2"})), refusal{"DeleteConflict", 409, "Cannot delete the default version of a policy."})
	wantError(t, second(s.DeletePolicy(ctx, &DeletePolicyRequest{PolicyArn: a})), refusal{"DeleteConflict", 409, "Cannot delete a policy attached to entities."})
	for range 3 {
		ok[*PolicyVersion](t)(add(allowAll, true))
	}
	wantError(t, second(add(allowAll, true)), refusal{"LimitExceeded", 409, "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."})
	must(t, nil, second(s.DeletePolicyVersion(ctx, &DeletePolicyVersionRequest{PolicyArn: a, VersionId: "v1"})))
	v6 := ok[*PolicyVersion](t)(add(allowAll, true))
	same(t, "numbers are not used again", *v6.VersionId, "v6")
	var ids []string
	for _, v := range ok[*ListPolicyVersionsResponse](t)(s.ListPolicyVersions(ctx, &ListPolicyVersionsRequest{PolicyArn: a})).Versions {
		ids = append(ids, *v.VersionId)
	}
	same(t, "versions", ids, []string{"v6", "v5", "v4", "v3", "v2"})
	got := ok[*GetPolicyVersionResponse](t)(s.GetPolicyVersion(ctx, &GetPolicyVersionRequest{PolicyArn: a, VersionId: "v2"})).PolicyVersion
	same(t, "document", *got.Document, encodeDocument(allow("logs:*", "*")))
	wantError(t, second(s.GetPolicyVersion(ctx, &GetPolicyVersionRequest{PolicyArn: a, VersionId: "v1"})), refusal{"NoSuchEntity", 404, "Policy " + a + " version v1 does not exist or is not attachable."})
}

func TestPolicyErrors(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makePolicy(t, s, ctx, "p", allowAll)
	makeRole(t, s, ctx, "r", trustAPI)
	foreign := makePolicy(t, s, as(ctx, awsapi.RootCaller("999988887777")), "theirs", allowAll)
	create := func(name, document string) error {
		return second(s.CreatePolicy(ctx, &CreatePolicyRequest{PolicyName: name, PolicyDocument: document, Path: new("/other/")}))
	}
	for _, c := range []struct {
		name string
		err  error
		want refusal
	}{
		{"twice, below another path", create("P", allowAll), refusal{"EntityAlreadyExists", 409, "A policy called P already exists. Duplicate names are not allowed."}},
		{"no JSON", create("x", "nonsense"), refusal{"MalformedPolicyDocument", 400, "This policy contains invalid Json"}},
		{"too long", create("x", allow("a:"+strings.Repeat("x", 6144), "*")), refusal{"LimitExceeded", 409, "Cannot exceed quota for PolicySize: 6144"}},
		{"another account's", second(s.GetPolicy(ctx, &GetPolicyRequest{PolicyArn: foreign})), refusal{"NoSuchEntity", 404, "Policy " + foreign + " was not found."}},
		{"attach another account's", second(s.AttachRolePolicy(ctx, &AttachRolePolicyRequest{RoleName: "r", PolicyArn: foreign})), refusal{"NoSuchEntity", 404, "Policy " + foreign + " does not exist or is not attachable."}},
		{"not an ARN", second(s.GetPolicy(ctx, &GetPolicyRequest{PolicyArn: "arn:aws:iam:::nonsense"})), refusal{"ValidationError", 400, "Invalid ARN:  Could not be parsed!"}},
		{"change AWS's", second(s.CreatePolicyVersion(ctx, &CreatePolicyVersionRequest{PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess", PolicyDocument: allowAll})),
			refusal{"AccessDenied", 403, "Cannot perform the operation on the AWS managed policy arn:aws:iam::aws:policy/AdministratorAccess."}},
	} {
		t.Run(c.name, func(t *testing.T) { wantError(t, c.err, c.want) })
	}
}

func TestTooManyAttached(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	must(t, nil, second(s.CreateGroup(ctx, &CreateGroupRequest{GroupName: "g"})))
	for i := range aGroup.attached + 1 {
		a := makePolicy(t, s, ctx, "p"+strconv.Itoa(i), allowAll)
		_, err := s.AttachGroupPolicy(ctx, &AttachGroupPolicyRequest{GroupName: "g", PolicyArn: a})
		if i < aGroup.attached {
			must(t, nil, err)
			continue
		}
		wantError(t, err, refusal{"LimitExceeded", 409, "Cannot exceed quota for PoliciesPerGroup: 10"})
		must(t, nil, second(s.DeletePolicy(ctx, &DeletePolicyRequest{PolicyArn: a})))
	}
}

func TestAWSManagedPolicies(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	for name, d := range awsManaged() {
		for _, kind := range []policy.Kind{policy.Identity, policy.Boundary, policy.Session} {
			if c := s.compiledManaged(name, kind); c == denying[kind] {
				t.Errorf("%s cannot be read", name)
			}
		}
		if len(*d.Policy.PolicyId) != idLength {
			t.Errorf("%s has the id %s", name, *d.Policy.PolicyId)
		}
	}
	for _, name := range []string{
		"AdministratorAccess", "service-role/AWSLambdaBasicExecutionRole", "service-role/AmazonAPIGatewayPushToCloudWatchLogs", "service-role/AWSLambdaRole",
		"AWSLambda_FullAccess", "AmazonAPIGatewayInvokeFullAccess", "AmazonAPIGatewayAdministrator", "ReadOnlyAccess", "IAMFullAccess", "PowerUserAccess",
	} {
		must(t, nil, second(s.GetPolicyVersion(ctx, &GetPolicyVersionRequest{PolicyArn: awsPolicyPrefix + "/" + name, VersionId: "v1"})))
	}
}

// A policy is never attached and gone, whoever is quicker.
func TestAttachAgainstDelete(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	for i := range 20 {
		name := "p" + strconv.Itoa(i)
		a := makePolicy(t, s, ctx, name, allowAll)
		makeRole(t, s, ctx, name, trustAPI)
		var attached, deleted error
		var both sync.WaitGroup
		both.Go(func() {
			attached = second(s.AttachRolePolicy(ctx, &AttachRolePolicyRequest{RoleName: name, PolicyArn: a}))
		})
		both.Go(func() { deleted = second(s.DeletePolicy(ctx, &DeletePolicyRequest{PolicyArn: a})) })
		both.Wait()
		if (attached == nil) == (deleted == nil) {
			t.Errorf("attached: %v, deleted: %v", attached, deleted)
		}
	}
}
