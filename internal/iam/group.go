package iam

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// groupDocument is a stored group. Its members are known by their own documents.
type groupDocument struct {
	Group       Group       `json:"group"`
	Permissions permissions `json:"permissions"`
	Members     int         `json:"members,omitzero"` // how many

	inline atomic.Pointer[[]*policy.Policy]
}

func (d *groupDocument) clone() *groupDocument {
	return &groupDocument{Group: d.Group, Permissions: d.Permissions.clone(), Members: d.Members}
}

func (d *groupDocument) answer() *Group { return new(d.Group) }

// AWS: the default quota of groups that a user is in.
const maxGroupsOfUser = 10

// group returns a group of the caller's account.
func (s *Service) group(ctx context.Context, name string) (*groupDocument, error) {
	d, _, ok := s.groups.Get(entityKey(account(ctx), name))
	if !ok {
		return nil, noSuchGroup(name)
	}
	return d, nil
}

// editGroup changes a group of the caller's account.
func (s *Service) editGroup(ctx context.Context, name string, change func(x *transaction, d *groupDocument) error) (edited *groupDocument, err error) {
	err = s.transact(ctx, func(x *transaction) error {
		key := entityKey(account(ctx), name)
		old, rev, ok := s.groups.Get(key)
		if !ok {
			return noSuchGroup(name)
		}
		edited = old.clone()
		if err := change(x, edited); err != nil {
			return err
		}
		return put(x, s.groups, key, rev, edited)
	})
	return edited, err
}

// members are the users of a group.
func (s *Service) members(account, group string) []*userDocument {
	var list []*userDocument
	for _, u := range s.users.Range(account+"/", "") {
		if u.inGroup(group) {
			list = append(list, u)
		}
	}
	return list
}

// CreateGroup adds a group.
func (s *Service) CreateGroup(ctx context.Context, in *CreateGroupRequest) (*CreateGroupResponse, error) {
	path, err := checkPath(in.Path)
	if err != nil {
		return nil, err
	}
	d := &groupDocument{Group: Group{
		Path: path, GroupName: in.GroupName, GroupId: newID(groupID), Arn: arn.Group(account(ctx), path, in.GroupName),
		CreateDate: awsapi.Seconds(s.now()),
	}}
	key := entityKey(account(ctx), in.GroupName)
	err = s.transact(ctx, func(x *transaction) error {
		if _, _, taken := s.groups.Get(key); taken {
			return groupExists(in.GroupName)
		}
		if ownedBy(s.groups, account(ctx)) >= maxGroups {
			return overQuota("GroupsPerAccount", maxGroups)
		}
		return put(x, s.groups, key, 0, d)
	})
	return &CreateGroupResponse{Group: d.answer()}, err
}

func groupExists(name string) error {
	return alreadyExists("Group with name %s already exists.", name)
}

// GetGroup returns a group with its users.
func (s *Service) GetGroup(ctx context.Context, in *GetGroupRequest) (*GetGroupResponse, error) {
	d, err := s.group(ctx, in.GroupName)
	if err != nil {
		return nil, err
	}
	list := []*User{}
	for _, u := range s.members(account(ctx), d.Group.GroupName) {
		list = append(list, u.listed())
	}
	items, marker, truncated, err := page(list, in.Marker, in.MaxItems, func(u *User) string { return u.UserName })
	return &GetGroupResponse{Group: d.answer(), Users: items, Marker: marker, IsTruncated: truncated}, err
}

// ListGroups lists the account's groups by name.
func (s *Service) ListGroups(ctx context.Context, in *ListGroupsRequest) (*ListGroupsResponse, error) {
	list := belowPath(s.groups, account(ctx), in.PathPrefix, (*groupDocument).answer, func(d *groupDocument) string { return d.Group.Path })
	items, marker, truncated, err := page(list, in.Marker, in.MaxItems, func(g *Group) string { return g.GroupName })
	return &ListGroupsResponse{Groups: items, Marker: marker, IsTruncated: truncated}, err
}

// ListGroupsForUser lists the groups that a user is in.
func (s *Service) ListGroupsForUser(ctx context.Context, in *ListGroupsForUserRequest) (*ListGroupsForUserResponse, error) {
	u, err := s.user(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	list := []*Group{}
	for _, name := range slices.Sorted(slices.Values(u.Groups)) {
		if d, _, ok := s.groups.Get(entityKey(account(ctx), name)); ok {
			list = append(list, d.answer())
		}
	}
	items, marker, truncated, err := page(list, in.Marker, in.MaxItems, func(g *Group) string { return g.GroupName })
	return &ListGroupsForUserResponse{Groups: items, Marker: marker, IsTruncated: truncated}, err
}

// AddUserToGroup makes a user a member; one who is already stays it.
func (s *Service) AddUserToGroup(ctx context.Context, in *AddUserToGroupRequest) (*awsapi.Empty, error) {
	_, err := s.editUser(ctx, in.UserName, func(x *transaction, d *userDocument) error {
		g, err := s.group(ctx, in.GroupName)
		if err != nil || d.inGroup(in.GroupName) {
			return err
		}
		if d.Groups = append(d.Groups, g.Group.GroupName); len(d.Groups) > maxGroupsOfUser {
			return overQuota("GroupsPerUser", maxGroupsOfUser)
		}
		return s.countMember(x, account(ctx), in.GroupName, 1)
	})
	return nil, err
}

// RemoveUserFromGroup ends a user's membership.
func (s *Service) RemoveUserFromGroup(ctx context.Context, in *RemoveUserFromGroupRequest) (*awsapi.Empty, error) {
	if _, err := s.group(ctx, in.GroupName); err != nil {
		return nil, err
	}
	_, err := s.editUser(ctx, in.UserName, func(x *transaction, d *userDocument) error {
		if !d.inGroup(in.GroupName) {
			return noSuchEntity("User %s is not in group %s", in.UserName, in.GroupName)
		}
		d.Groups = slices.DeleteFunc(d.Groups, func(g string) bool { return strings.EqualFold(g, in.GroupName) })
		return s.countMember(x, account(ctx), in.GroupName, -1)
	})
	return nil, err
}

func (s *Service) countMember(x *transaction, account, group string, delta int) error {
	key := entityKey(account, group)
	old, rev, ok := s.groups.Get(key)
	if !ok {
		return noSuchGroup(group)
	}
	d := old.clone()
	d.Members += delta
	return put(x, s.groups, key, rev, d)
}

// UpdateGroup gives a group another name or path; its members stay.
func (s *Service) UpdateGroup(ctx context.Context, in *UpdateGroupRequest) (*awsapi.Empty, error) {
	path, err := checkPath(in.NewPath)
	if err != nil {
		return nil, err
	}
	return nil, s.transact(ctx, func(x *transaction) error {
		from := entityKey(account(ctx), in.GroupName)
		old, rev, ok := s.groups.Get(from)
		if !ok {
			return noSuchGroup(in.GroupName)
		}
		d := old.clone()
		if in.NewPath != nil {
			d.Group.Path = path
		}
		if in.NewGroupName != nil {
			d.Group.GroupName = *in.NewGroupName
		}
		d.Group.Arn = arn.Group(account(ctx), d.Group.Path, d.Group.GroupName)
		to := entityKey(account(ctx), d.Group.GroupName)
		if to != from {
			if _, _, taken := s.groups.Get(to); taken {
				return groupExists(d.Group.GroupName)
			}
			remove(x, s.groups, from, rev)
			rev = 0
		}
		return errors.Join(put(x, s.groups, to, rev, d), s.renameInMembers(x, account(ctx), old, d.Group.GroupName))
	})
}

func (s *Service) renameInMembers(x *transaction, account string, group *groupDocument, to string) error {
	from := group.Group.GroupName
	if from == to {
		return nil
	}
	members := s.members(account, from)
	if len(members) != group.Members {
		x.rerun = true
		return nil
	}
	for _, m := range members {
		key := entityKey(account, m.User.UserName)
		old, rev, ok := s.users.Get(key)
		if !ok || old != m {
			x.rerun = true
			return nil
		}
		d := old.clone()
		d.Groups[slices.IndexFunc(d.Groups, func(g string) bool { return strings.EqualFold(g, from) })] = to
		if err := put(x, s.users, key, rev, d); err != nil {
			return err
		}
	}
	return nil
}

// DeleteGroup removes a group without users and policies.
func (s *Service) DeleteGroup(ctx context.Context, in *DeleteGroupRequest) (*awsapi.Empty, error) {
	return nil, s.transact(ctx, func(x *transaction) error {
		key := entityKey(account(ctx), in.GroupName)
		d, rev, ok := s.groups.Get(key)
		if !ok {
			return noSuchGroup(in.GroupName)
		}
		if d.Members > 0 {
			return deleteConflict("must remove users from group first.")
		}
		if err := d.Permissions.inUse(); err != nil {
			return err
		}
		remove(x, s.groups, key, rev)
		return nil
	})
}
