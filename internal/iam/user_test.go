package iam

import (
	"testing"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

func TestUserLife(t *testing.T) {
	t.Parallel()
	s, ctx, c := newService(t)
	made := ok[*CreateUserResponse](t)(s.CreateUser(ctx, &CreateUserRequest{UserName: "Ann", Path: new("/dev/"), Tags: []*Tag{{"a", "1"}}})).User
	want := &User{
		Path: "/dev/", UserName: "Ann", UserId: made.UserId, Arn: "arn:aws:iam::111122223333:user/dev/Ann", CreateDate: awsapi.Seconds(c.Now()), Tags: []*Tag{{"a", "1"}},
	}
	same(t, "created", made, want)
	same(t, "got", ok[*GetUserResponse](t)(s.GetUser(ctx, &GetUserRequest{UserName: new("ann")})).User, want)
	self := userNamed(t, s, ctx, "Ann")
	same(t, "got by itself", ok[*GetUserResponse](t)(s.GetUser(as(ctx, self), &GetUserRequest{})).User, want)
	same(t, "root", ok[*GetUserResponse](t)(s.GetUser(ctx, &GetUserRequest{})).User, &User{UserId: testAccount, Arn: "arn:aws:iam::111122223333:root"})

	listed := *want
	listed.Tags = nil
	same(t, "listed", ok[*ListUsersResponse](t)(s.ListUsers(ctx, &ListUsersRequest{})), &ListUsersResponse{Users: []*User{&listed}, IsTruncated: new(false)})
	wantError(t, second(s.CreateUser(ctx, &CreateUserRequest{UserName: "ANN"})), refusal{"EntityAlreadyExists", 409, "User with name ANN already exists."})
	wantError(t, second(s.GetUser(ctx, &GetUserRequest{UserName: new("bob")})), refusal{"NoSuchEntity", 404, "The user with name bob cannot be found."})
}

// A user that is renamed keeps its id, groups, keys and policies.
func TestRenameUser(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	ann := makeUser(t, s, ctx, "ann")
	makeUser(t, s, ctx, "taken")
	key := ok[*CreateAccessKeyResponse](t)(s.CreateAccessKey(ctx, &CreateAccessKeyRequest{UserName: new("ann")})).AccessKey
	must(t, nil, second(s.PutUserPolicy(ctx, &PutUserPolicyRequest{UserName: "ann", PolicyName: "p", PolicyDocument: allowAll})))
	wantError(t, second(s.UpdateUser(ctx, &UpdateUserRequest{UserName: "ann", NewUserName: new("taken")})),
		refusal{"EntityAlreadyExists", 409, "User with name taken already exists."})
	must(t, nil, second(s.UpdateUser(ctx, &UpdateUserRequest{UserName: "ann", NewUserName: new("Bea"), NewPath: new("/x/")})))
	c, found := s.Credential(key.AccessKeyId, "")
	want := awsapi.Caller{Kind: awsapi.User, Account: testAccount, ARN: "arn:aws:iam::111122223333:user/x/Bea", UserID: ann.UserId, Name: "Bea", AccessKey: key.AccessKeyId}
	same(t, "owner of the key", []any{c.Caller, found}, []any{want, true})
	same(t, "permission", outcome(s, c.Caller, "lambda:ListFunctions", "*"), policy.Allowed)
	wantError(t, second(s.GetUser(ctx, &GetUserRequest{UserName: new("ann")})), refusal{"NoSuchEntity", 404, "The user with name ann cannot be found."})
	must(t, nil, second(s.UpdateUser(ctx, &UpdateUserRequest{UserName: "Bea", NewUserName: new("BEA")})))
	same(t, "another case", ok[*GetUserResponse](t)(s.GetUser(ctx, &GetUserRequest{UserName: new("bea")})).User.UserName, "BEA")
}

// What hangs on a user has to go first, one thing after the other.
func TestUserInUse(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makeUser(t, s, ctx, "ann")
	must(t, nil, second(s.CreateGroup(ctx, &CreateGroupRequest{GroupName: "g"})))
	admin := "arn:aws:iam::aws:policy/AdministratorAccess"
	del := func() error { return second(s.DeleteUser(ctx, &DeleteUserRequest{UserName: "ann"})) }

	must(t, nil, second(s.CreateLoginProfile(ctx, &CreateLoginProfileRequest{UserName: new("ann"), Password: new("Secret-123")})))
	wantError(t, del(), refusal{"DeleteConflict", 409, "Cannot delete entity, must delete login profile first."})
	key := ok[*CreateAccessKeyResponse](t)(s.CreateAccessKey(ctx, &CreateAccessKeyRequest{UserName: new("ann")})).AccessKey
	wantError(t, del(), refusal{"DeleteConflict", 409, "Cannot delete entity, must delete access keys first."})
	must(t, nil, second(s.AddUserToGroup(ctx, &AddUserToGroupRequest{UserName: "ann", GroupName: "g"})))
	wantError(t, del(), refusal{"DeleteConflict", 409, "Cannot delete entity, must remove users from group first."})
	must(t, nil, second(s.PutUserPolicy(ctx, &PutUserPolicyRequest{UserName: "ann", PolicyName: "p", PolicyDocument: allowAll})))
	wantError(t, del(), refusal{"DeleteConflict", 409, "Cannot delete entity, must delete policies first."})
	must(t, nil, second(s.AttachUserPolicy(ctx, &AttachUserPolicyRequest{UserName: "ann", PolicyArn: admin})))
	wantError(t, del(), refusal{"DeleteConflict", 409, "Cannot delete entity, must detach all policies first."})

	must(t, nil, second(s.DetachUserPolicy(ctx, &DetachUserPolicyRequest{UserName: "ann", PolicyArn: admin})))
	must(t, nil, second(s.DeleteUserPolicy(ctx, &DeleteUserPolicyRequest{UserName: "ann", PolicyName: "p"})))
	must(t, nil, second(s.RemoveUserFromGroup(ctx, &RemoveUserFromGroupRequest{UserName: "ann", GroupName: "g"})))
	must(t, nil, second(s.DeleteAccessKey(ctx, &DeleteAccessKeyRequest{UserName: new("ann"), AccessKeyId: key.AccessKeyId})))
	must(t, nil, second(s.DeleteLoginProfile(ctx, &DeleteLoginProfileRequest{UserName: new("ann")})))
	must(t, nil, del())
}

// Tools look for these before they delete a user.
func TestNotKept(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	makeUser(t, s, ctx, "ann")
	for _, name := range []*string{nil, new("ann"), new("bob")} {
		for _, err := range []error{
			second(s.ListMFADevices(ctx, &ListMFADevicesRequest{UserName: name})),
			second(s.ListSSHPublicKeys(ctx, &ListSSHPublicKeysRequest{UserName: name})),
			second(s.ListSigningCertificates(ctx, &ListSigningCertificatesRequest{UserName: name})),
			second(s.ListServiceSpecificCredentials(ctx, &ListServiceSpecificCredentialsRequest{UserName: name})),
		} {
			if name != nil && *name == "bob" {
				wantError(t, err, refusal{"NoSuchEntity", 404, "The user with name bob cannot be found."})
				continue
			}
			must(t, nil, err)
		}
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	s, ctx, c := newService(t)
	makeUser(t, s, ctx, "ann")
	made := ok[*CreateGroupResponse](t)(s.CreateGroup(ctx, &CreateGroupRequest{GroupName: "Dev"})).Group
	same(t, "created", made, &Group{Path: "/", GroupName: "Dev", GroupId: made.GroupId, Arn: "arn:aws:iam::111122223333:group/Dev", CreateDate: awsapi.Seconds(c.Now())})
	wantError(t, second(s.CreateGroup(ctx, &CreateGroupRequest{GroupName: "dev"})), refusal{"EntityAlreadyExists", 409, "Group with name dev already exists."})
	wantError(t, second(s.GetGroup(ctx, &GetGroupRequest{GroupName: "x"})), refusal{"NoSuchEntity", 404, "The group with name x cannot be found."})
	wantError(t, second(s.AddUserToGroup(ctx, &AddUserToGroupRequest{UserName: "ann", GroupName: "x"})), refusal{"NoSuchEntity", 404, "The group with name x cannot be found."})
	wantError(t, second(s.AddUserToGroup(ctx, &AddUserToGroupRequest{UserName: "x", GroupName: "Dev"})), refusal{"NoSuchEntity", 404, "The user with name x cannot be found."})

	for range 2 { // the second changes nothing
		must(t, nil, second(s.AddUserToGroup(ctx, &AddUserToGroupRequest{UserName: "ann", GroupName: "dev"})))
	}
	if got := ok[*GetGroupResponse](t)(s.GetGroup(ctx, &GetGroupRequest{GroupName: "Dev"})); len(got.Users) != 1 || got.Users[0].UserName != "ann" {
		t.Errorf("group %+v", got)
	}
	wantError(t, second(s.DeleteGroup(ctx, &DeleteGroupRequest{GroupName: "Dev"})), refusal{"DeleteConflict", 409, "Cannot delete entity, must remove users from group first."})

	must(t, nil, second(s.PutGroupPolicy(ctx, &PutGroupPolicyRequest{GroupName: "Dev", PolicyName: "p", PolicyDocument: allow("lambda:*", "*")})))
	ann := userNamed(t, s, ctx, "ann")
	same(t, "a member's permission", outcome(s, ann, "lambda:ListFunctions", "*"), policy.Allowed)
	must(t, nil, second(s.UpdateGroup(ctx, &UpdateGroupRequest{GroupName: "Dev", NewGroupName: new("Ops")})))
	same(t, "after the group has another name", outcome(s, ann, "lambda:ListFunctions", "*"), policy.Allowed)
	groups := ok[*ListGroupsForUserResponse](t)(s.ListGroupsForUser(ctx, &ListGroupsForUserRequest{UserName: "ann"})).Groups
	if len(groups) != 1 || groups[0].GroupName != "Ops" || groups[0].GroupId != made.GroupId {
		t.Errorf("groups %+v", groups)
	}

	must(t, nil, second(s.RemoveUserFromGroup(ctx, &RemoveUserFromGroupRequest{UserName: "ann", GroupName: "Ops"})))
	same(t, "after leaving it", outcome(s, ann, "lambda:ListFunctions", "*"), policy.ImplicitDeny)
	wantError(t, second(s.DeleteGroup(ctx, &DeleteGroupRequest{GroupName: "Ops"})), refusal{"DeleteConflict", 409, "Cannot delete entity, must delete policies first."})
	must(t, nil, second(s.DeleteGroupPolicy(ctx, &DeleteGroupPolicyRequest{GroupName: "Ops", PolicyName: "p"})))
	must(t, nil, second(s.DeleteGroup(ctx, &DeleteGroupRequest{GroupName: "Ops"})))
}
