package iam

import (
	"context"
	"maps"
	"slices"
)

// GetAccountAuthorizationDetails shows all users, groups, roles and policies of
// the account with all their permissions, in this order, page by page.
func (s *Service) GetAccountAuthorizationDetails(ctx context.Context, in *GetAccountAuthorizationDetailsRequest) (*GetAccountAuthorizationDetailsResponse, error) {
	items, marker, truncated, err := page(s.details(account(ctx), in.Filter), in.Marker, in.MaxItems, func(d detail) string { return d.key })
	if err != nil {
		return nil, err
	}
	out := &GetAccountAuthorizationDetailsResponse{
		UserDetailList: []*UserDetail{}, GroupDetailList: []*GroupDetail{}, RoleDetailList: []*RoleDetail{}, Policies: []*ManagedPolicyDetail{},
		Marker: marker, IsTruncated: truncated,
	}
	for _, d := range items {
		d.show(out)
	}
	return out, nil
}

// detail is one thing that can be shown; its key orders it among all.
type detail struct {
	key  string
	show func(*GetAccountAuthorizationDetailsResponse)
}

func (s *Service) details(account string, filter []string) []detail {
	wanted := func(kind string) bool { return len(filter) == 0 || slices.Contains(filter, kind) }
	var list []detail
	if wanted("User") {
		for key, d := range s.users.Range(account+"/", "") {
			list = append(list, detail{"1" + key, func(out *GetAccountAuthorizationDetailsResponse) {
				out.UserDetailList = append(out.UserDetailList, d.detail())
			}})
		}
	}
	if wanted("Group") {
		for key, d := range s.groups.Range(account+"/", "") {
			list = append(list, detail{"2" + key, func(out *GetAccountAuthorizationDetailsResponse) {
				out.GroupDetailList = append(out.GroupDetailList, d.detail())
			}})
		}
	}
	if wanted("Role") {
		for key, d := range s.roles.Range(account+"/", "") {
			list = append(list, detail{"3" + key, func(out *GetAccountAuthorizationDetailsResponse) {
				out.RoleDetailList = append(out.RoleDetailList, s.roleDetail(account, d))
			}})
		}
	}
	return append(list, s.policyDetails(account, wanted)...)
}

// policyDetails: AWS's own policies are shown only as far as they are attached.
func (s *Service) policyDetails(account string, wanted func(string) bool) []detail {
	var list []detail
	uses := s.usesOfAWS(account)
	for _, d := range s.policiesIn(account, nil) {
		name := *d.Policy.PolicyName
		kind, key := "LocalManagedPolicy", "4"+name
		if isAWS(*d.Policy.Arn) {
			kind, key = "AWSManagedPolicy", "5"+name
			if uses[*d.Policy.Arn] == (policyUse{}) {
				continue
			}
		}
		if wanted(kind) {
			list = append(list, detail{key, func(out *GetAccountAuthorizationDetailsResponse) {
				out.Policies = append(out.Policies, d.detail(uses))
			}})
		}
	}
	return list
}

func inlineDetails(p permissions) []*PolicyDetail {
	list := []*PolicyDetail{}
	for _, name := range slices.Sorted(maps.Keys(p.Inline)) {
		list = append(list, &PolicyDetail{PolicyName: new(name), PolicyDocument: new(encodeDocument(p.Inline[name]))})
	}
	return list
}

func attachedDetails(p permissions) []*AttachedPolicy {
	list := []*AttachedPolicy{}
	for _, arn := range p.Attached {
		list = append(list, attachedPolicy(arn))
	}
	return list
}

func (d *userDocument) detail() *UserDetail {
	u, p := d.User, d.Permissions
	return &UserDetail{
		Path: &u.Path, UserName: &u.UserName, UserId: &u.UserId, Arn: &u.Arn, CreateDate: &u.CreateDate, Tags: u.Tags,
		UserPolicyList: inlineDetails(p), GroupList: append([]string{}, d.Groups...), AttachedManagedPolicies: attachedDetails(p), PermissionsBoundary: p.boundary(),
	}
}

func (d *groupDocument) detail() *GroupDetail {
	g, p := d.Group, d.Permissions
	return &GroupDetail{
		Path: &g.Path, GroupName: &g.GroupName, GroupId: &g.GroupId, Arn: &g.Arn, CreateDate: &g.CreateDate,
		GroupPolicyList: inlineDetails(p), AttachedManagedPolicies: attachedDetails(p),
	}
}

func (s *Service) roleDetail(account string, d *roleDocument) *RoleDetail {
	r, p := s.wholeRole(d), d.Permissions
	return &RoleDetail{
		Path: &r.Path, RoleName: &r.RoleName, RoleId: &r.RoleId, Arn: &r.Arn, CreateDate: &r.CreateDate, Tags: r.Tags,
		AssumeRolePolicyDocument: r.AssumeRolePolicyDocument, InstanceProfileList: s.profilesOf(account, d), RoleLastUsed: r.RoleLastUsed,
		RolePolicyList: inlineDetails(p), AttachedManagedPolicies: attachedDetails(p), PermissionsBoundary: r.PermissionsBoundary,
	}
}

func (d *policyDocument) detail(usesOfAWS map[string]policyUse) *ManagedPolicyDetail {
	p := d.answer(usesOfAWS)
	return &ManagedPolicyDetail{
		PolicyName: p.PolicyName, PolicyId: p.PolicyId, Arn: p.Arn, Path: p.Path, DefaultVersionId: p.DefaultVersionId,
		AttachmentCount: p.AttachmentCount, PermissionsBoundaryUsageCount: p.PermissionsBoundaryUsageCount, IsAttachable: p.IsAttachable,
		Description: p.Description, CreateDate: p.CreateDate, UpdateDate: p.UpdateDate, PolicyVersionList: d.versions(true),
	}
}
