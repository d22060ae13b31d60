package iam

import (
	"context"
	"slices"
	"strings"
)

// ListEntitiesForPolicy lists who has a managed policy, or is bounded by it.
func (s *Service) ListEntitiesForPolicy(ctx context.Context, in *ListEntitiesForPolicyRequest) (*ListEntitiesForPolicyResponse, error) {
	if _, err := s.ownPolicy(ctx, in.PolicyArn); err != nil {
		return nil, err
	}
	items, marker, truncated, err := page(s.entities(account(ctx), in), in.Marker, in.MaxItems, func(e entity) string { return e.key })
	if err != nil {
		return nil, err
	}
	out := &ListEntitiesForPolicyResponse{PolicyGroups: []*PolicyGroup{}, PolicyUsers: []*PolicyUser{}, PolicyRoles: []*PolicyRole{}, Marker: marker, IsTruncated: truncated}
	for _, e := range items {
		e.show(out)
	}
	return out, nil
}

// entity is one user, group or role that has a policy.
type entity struct {
	key  string
	show func(*ListEntitiesForPolicyResponse)
}

func (s *Service) entities(account string, in *ListEntitiesForPolicyRequest) []entity {
	wanted := func(kind, path string, p permissions) bool {
		if in.EntityFilter != nil && *in.EntityFilter != kind || !strings.HasPrefix(path, deref(in.PathPrefix)) {
			return false
		}
		attached, bounded := slices.Contains(p.Attached, in.PolicyArn), p.Boundary == in.PolicyArn
		switch deref(in.PolicyUsageFilter) {
		case "PermissionsPolicy":
			return attached
		case "PermissionsBoundary":
			return bounded
		}
		return attached || bounded
	}
	var list []entity
	for key, d := range s.groups.Range(account+"/", "") {
		if wanted("Group", d.Group.Path, d.Permissions) {
			list = append(list, entity{"1" + key, func(out *ListEntitiesForPolicyResponse) {
				out.PolicyGroups = append(out.PolicyGroups, &PolicyGroup{GroupName: &d.Group.GroupName, GroupId: &d.Group.GroupId})
			}})
		}
	}
	for key, d := range s.users.Range(account+"/", "") {
		if wanted("User", d.User.Path, d.Permissions) {
			list = append(list, entity{"2" + key, func(out *ListEntitiesForPolicyResponse) {
				out.PolicyUsers = append(out.PolicyUsers, &PolicyUser{UserName: &d.User.UserName, UserId: &d.User.UserId})
			}})
		}
	}
	for key, d := range s.roles.Range(account+"/", "") {
		if wanted("Role", d.Role.Path, d.Permissions) {
			list = append(list, entity{"3" + key, func(out *ListEntitiesForPolicyResponse) {
				out.PolicyRoles = append(out.PolicyRoles, &PolicyRole{RoleName: &d.Role.RoleName, RoleId: &d.Role.RoleId})
			}})
		}
	}
	return list
}
