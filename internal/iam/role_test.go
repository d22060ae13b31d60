package iam

import (
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

func TestRoleLife(t *testing.T) {
	t.Parallel()
	s, ctx, c := newService(t)
	tags := []*Tag{{"team", "a"}}
	made := ok[*CreateRoleResponse](t)(s.CreateRole(ctx, &CreateRoleRequest{
		RoleName: "Calc", Path: new("/service-role/"), AssumeRolePolicyDocument: trustAPI, Description: new("d"), Tags: tags,
	})).Role
	want := &Role{
		Path: "/service-role/", RoleName: "Calc", RoleId: made.RoleId, Arn: "arn:aws:iam::111122223333:role/service-role/Calc",
		CreateDate: awsapi.Seconds(c.Now()), AssumeRolePolicyDocument: new(encodeDocument(trustAPI)), Description: new("d"), Tags: tags,
	}
	same(t, "created", made, want)
	if !strings.HasPrefix(made.RoleId, "AROA") || len(made.RoleId) != 21 {
		t.Errorf("role id %s", made.RoleId)
	}
	want.MaxSessionDuration, want.RoleLastUsed = new(int64(3600)), &RoleLastUsed{}
	same(t, "got, by a name in another case", ok[*GetRoleResponse](t)(s.GetRole(ctx, &GetRoleRequest{RoleName: "calc"})).Role, want)

	must(t, nil, second(s.UpdateRole(ctx, &UpdateRoleRequest{RoleName: "Calc", Description: new(""), MaxSessionDuration: new(int64(7200))})))
	want.Description, want.MaxSessionDuration = nil, new(int64(7200))
	same(t, "updated", ok[*GetRoleResponse](t)(s.GetRole(ctx, &GetRoleRequest{RoleName: "Calc"})).Role, want)

	listed := *want
	listed.Tags, listed.RoleLastUsed = nil, nil
	list := ok[*ListRolesResponse](t)(s.ListRoles(ctx, &ListRolesRequest{PathPrefix: new("/service-role/")}))
	same(t, "listed", list, &ListRolesResponse{Roles: []*Role{&listed}, IsTruncated: new(false)})
	none := ok[*ListRolesResponse](t)(s.ListRoles(ctx, &ListRolesRequest{PathPrefix: new("/other/")}))
	same(t, "below another path", none, &ListRolesResponse{Roles: []*Role{}, IsTruncated: new(false)})

	other := as(ctx, awsapi.RootCaller("999988887777"))
	_, err := s.GetRole(other, &GetRoleRequest{RoleName: "Calc"})
	wantError(t, err, refusal{"NoSuchEntity", 404, "The role with name Calc cannot be found."})

	must(t, nil, second(s.DeleteRole(ctx, &DeleteRoleRequest{RoleName: "Calc"})))
	_, err = s.DeleteRole(ctx, &DeleteRoleRequest{RoleName: "Calc"})
	wantError(t, err, refusal{"NoSuchEntity", 404, "The role with name Calc cannot be found."})
}

func TestRoleErrors(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makeRole(t, s, ctx, "r", trustAPI)
	linked := ok[*CreateServiceLinkedRoleResponse](t)(s.CreateServiceLinkedRole(ctx, &CreateServiceLinkedRoleRequest{AWSServiceName: "ops.apigateway.amazonaws.com"})).Role
	same(t, "service-linked role", linked.Arn, "arn:aws:iam::111122223333:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway")
	create := func(name, trust string) error {
		return second(s.CreateRole(ctx, &CreateRoleRequest{RoleName: name, AssumeRolePolicyDocument: trust}))
	}
	for _, c := range []struct {
		name string
		err  error
		want refusal
	}{
		{"twice", create("r", trustAPI), refusal{"EntityAlreadyExists", 409, "Role with name r already exists."}},
		{"twice, in another case", create("R", trustAPI), refusal{"EntityAlreadyExists", 409, "Role with name R already exists."}},
		{"trust is no JSON", create("x", "{"), refusal{"MalformedPolicyDocument", 400, "This policy contains invalid Json"}},
		{"trust has resources", create("x", `{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}}`), refusal{"MalformedPolicyDocument", 400, "Has prohibited field Resource"}},
		{"trust names a user who is not there", create("x", `{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/nobody"},"Action":"sts:AssumeRole"}}`),
			refusal{"MalformedPolicyDocument", 400, `Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:user/nobody"`}},
		{"trust is too long", create("x", `{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:x":"`+strings.Repeat("x", 2048)+`"}}}}`),
			refusal{"LimitExceeded", 409, "Cannot exceed quota for ACLSizePerRole: 2048"}},
		{"path", second(s.CreateRole(ctx, &CreateRoleRequest{RoleName: "x", AssumeRolePolicyDocument: trustAPI, Path: new("a b")})),
			refusal{"ValidationError", 400, "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."}},
		{"boundary that is none", second(s.CreateRole(ctx, &CreateRoleRequest{RoleName: "x", AssumeRolePolicyDocument: trustAPI, PermissionsBoundary: new("arn:aws:iam::111122223333:policy/none")})),
			refusal{"NoSuchEntity", 404, "Policy arn:aws:iam::111122223333:policy/none does not exist or is not attachable."}},
		{"tags twice", second(s.TagRole(ctx, &TagRoleRequest{RoleName: "r", Tags: []*Tag{{"a", "1"}, {"A", "2"}}})),
			refusal{"InvalidInput", 400, "Duplicate tag keys found. Please note that Tag keys are case insensitive."}},
		{"protected", second(s.DeleteRole(ctx, &DeleteRoleRequest{RoleName: linked.RoleName})),
			refusal{"UnmodifiableEntity", 400, "Cannot perform the operation on the protected role 'AWSServiceRoleForAPIGateway' - this role is only modifiable by AWS"}},
		{"policy that is not there", second(s.GetRolePolicy(ctx, &GetRolePolicyRequest{RoleName: "r", PolicyName: "p"})),
			refusal{"NoSuchEntity", 404, "The role policy with name p cannot be found."}},
		{"attached policy that is not there", second(s.DetachRolePolicy(ctx, &DetachRolePolicyRequest{RoleName: "r", PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess"})),
			refusal{"NoSuchEntity", 404, "Policy arn:aws:iam::aws:policy/AdministratorAccess was not found."}},
		{"no ARN", second(s.AttachRolePolicy(ctx, &AttachRolePolicyRequest{RoleName: "r", PolicyArn: "arn:aws:iam:policy"})),
			refusal{"ValidationError", 400, "Invalid ARN:  Could not be parsed!"}},
		{"policy with a principal", second(s.PutRolePolicy(ctx, &PutRolePolicyRequest{RoleName: "r", PolicyName: "p", PolicyDocument: trustAPI})),
			refusal{"MalformedPolicyDocument", 400, "Policy document should not specify a principal."}},
		{"inline policies are too long", second(s.PutRolePolicy(ctx, &PutRolePolicyRequest{RoleName: "r", PolicyName: "p", PolicyDocument: allow("a:"+strings.Repeat("x", 10240), "*")})),
			refusal{"LimitExceeded", 409, "Maximum policy size of 10240 bytes exceeded for role r"}},
		{"marker", second(s.ListRoles(ctx, &ListRolesRequest{Marker: new("%")})), refusal{"ValidationError", 400, "Invalid Marker."}},
	} {
		t.Run(c.name, func(t *testing.T) { wantError(t, c.err, c.want) })
	}
}

func TestRoleInUse(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makeRole(t, s, ctx, "r", trustAPI)
	admin := "arn:aws:iam::aws:policy/AdministratorAccess"
	del := func() error { return second(s.DeleteRole(ctx, &DeleteRoleRequest{RoleName: "r"})) }

	must(t, nil, second(s.PutRolePolicy(ctx, &PutRolePolicyRequest{RoleName: "r", PolicyName: "p", PolicyDocument: allowAll})))
	wantError(t, del(), refusal{"DeleteConflict", 409, "Cannot delete entity, must delete policies first."})
	must(t, nil, second(s.AttachRolePolicy(ctx, &AttachRolePolicyRequest{RoleName: "r", PolicyArn: admin})))
	wantError(t, del(), refusal{"DeleteConflict", 409, "Cannot delete entity, must detach all policies first."})
	must(t, nil, second(s.DetachRolePolicy(ctx, &DetachRolePolicyRequest{RoleName: "r", PolicyArn: admin})))
	must(t, nil, second(s.DeleteRolePolicy(ctx, &DeleteRolePolicyRequest{RoleName: "r", PolicyName: "p"})))
	must(t, nil, second(s.CreateInstanceProfile(ctx, &CreateInstanceProfileRequest{InstanceProfileName: "i"})))
	must(t, nil, second(s.AddRoleToInstanceProfile(ctx, &AddRoleToInstanceProfileRequest{InstanceProfileName: "i", RoleName: "r"})))
	wantError(t, del(), refusal{"DeleteConflict", 409, "Cannot delete entity, must remove roles from instance profile first."})
	profiles := ok[*ListInstanceProfilesForRoleResponse](t)(s.ListInstanceProfilesForRole(ctx, &ListInstanceProfilesForRoleRequest{RoleName: "r"})).InstanceProfiles
	if len(profiles) != 1 || profiles[0].InstanceProfileName != "i" || len(profiles[0].Roles) != 1 {
		t.Errorf("instance profiles %+v", profiles)
	}
	wantError(t, second(s.DeleteInstanceProfile(ctx, &DeleteInstanceProfileRequest{InstanceProfileName: "i"})),
		refusal{"DeleteConflict", 409, "Cannot delete entity, must remove roles from instance profile first."})
	must(t, nil, second(s.RemoveRoleFromInstanceProfile(ctx, &RemoveRoleFromInstanceProfileRequest{InstanceProfileName: "i", RoleName: "r"})))
	must(t, nil, del())
	must(t, nil, second(s.DeleteInstanceProfile(ctx, &DeleteInstanceProfileRequest{InstanceProfileName: "i"})))
}

func TestRoleTags(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makeRole(t, s, ctx, "r", trustAPI)
	must(t, nil, second(s.TagRole(ctx, &TagRoleRequest{RoleName: "r", Tags: []*Tag{{"Team", "a"}, {"env", "x"}}})))
	must(t, nil, second(s.TagRole(ctx, &TagRoleRequest{RoleName: "r", Tags: []*Tag{{"team", "b"}}})))
	must(t, nil, second(s.UntagRole(ctx, &UntagRoleRequest{RoleName: "r", TagKeys: []string{"ENV"}})))
	got := ok[*ListRoleTagsResponse](t)(s.ListRoleTags(ctx, &ListRoleTagsRequest{RoleName: "r"}))
	same(t, "tags", got, &ListRoleTagsResponse{Tags: []*Tag{{"team", "b"}}, IsTruncated: new(false)})
}

// Who is trusted by name is trusted in person: a successor of the same name is
// not.
func TestTrustedPrincipalIsReplaced(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	ann := makeUser(t, s, ctx, "ann")
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + ann.Arn + `"},"Action":"sts:AssumeRole"}]}`
	role := makeRole(t, s, ctx, "r", trust)
	first := userCallerOf(s, "ann")
	same(t, "the user who is named", s.MayAssume(first, "sts:AssumeRole", role.Arn, nil).Outcome, policy.Allowed)

	must(t, nil, second(s.DeleteUser(ctx, &DeleteUserRequest{UserName: "ann"})))
	want := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + ann.UserId + `"},"Action":"sts:AssumeRole"}]}`
	got := ok[*GetRoleResponse](t)(s.GetRole(ctx, &GetRoleRequest{RoleName: "r"})).Role
	same(t, "trust policy", *got.AssumeRolePolicyDocument, encodeDocument(want))

	makeUser(t, s, ctx, "ann")
	same(t, "another user of that name", s.MayAssume(userCallerOf(s, "ann"), "sts:AssumeRole", role.Arn, nil).Outcome, policy.ImplicitDeny)
	must(t, nil, second(s.UpdateAssumeRolePolicy(ctx, &UpdateAssumeRolePolicyRequest{RoleName: "r", PolicyDocument: trust})))
	same(t, "once the trust policy is set anew", s.MayAssume(userCallerOf(s, "ann"), "sts:AssumeRole", role.Arn, nil).Outcome, policy.Allowed)
}

func userCallerOf(s *Service, name string) awsapi.Caller {
	c, _ := s.Principal("arn:aws:iam::" + testAccount + ":user/" + name)
	return c
}

func TestPages(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	for _, name := range []string{"b", "a", "d", "c", "e"} {
		makeRole(t, s, ctx, name, trustAPI)
	}
	var names []string
	var marker *string
	for pages := 0; ; pages++ {
		out := ok[*ListRolesResponse](t)(s.ListRoles(ctx, &ListRolesRequest{MaxItems: new(int64(2)), Marker: marker}))
		for _, r := range out.Roles {
			names = append(names, r.RoleName)
		}
		if !*out.IsTruncated {
			break
		}
		if marker = out.Marker; pages > 3 {
			t.Fatal("pages do not end")
		}
	}
	same(t, "names", names, []string{"a", "b", "c", "d", "e"})
}
