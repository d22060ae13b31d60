package iam

import (
	"context"
	"errors"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
	"github.com/lambdagate/lambdagate/internal/store"
)

// roleDocument is a stored role. Role.AssumeRolePolicyDocument is kept as it
// was sent, and encoded in answers.
type roleDocument struct {
	Role        Role        `json:"role"`
	Permissions permissions `json:"permissions"`
}

// defaultSession is a role's longest session unless it says otherwise, seconds.
const defaultSession = 3600

func entityKey(account, name string) string { return account + "/" + name }

// role returns a role of the caller's account.
func (s *Service) role(ctx context.Context, name string) (*roleDocument, error) {
	d, _, ok := s.roles.Get(entityKey(account(ctx), name))
	if !ok {
		return nil, noSuchRole(name)
	}
	return d, nil
}

func account(ctx context.Context) string { return awsapi.CallFrom(ctx).Caller.Account }

// editRole changes a role of the caller's account.
func (s *Service) editRole(ctx context.Context, name string, change func(d *roleDocument) error) (*roleDocument, error) {
	return s.roles.Update(ctx, entityKey(account(ctx), name), func(old *roleDocument) (*roleDocument, error) {
		if old == nil {
			return nil, noSuchRole(name)
		}
		d := *old
		return &d, change(&d)
	})
}

// CreateRole adds a role.
func (s *Service) CreateRole(ctx context.Context, in *CreateRoleRequest) (*CreateRoleResponse, error) {
	if err := checkDocument(policy.Trust, in.AssumeRolePolicyDocument); err != nil {
		return nil, err
	}
	if err := s.checkBoundary(ctx, in.PermissionsBoundary); err != nil {
		return nil, err
	}
	path := pathOr(in.Path)
	d := &roleDocument{Role: Role{
		Path: path, RoleName: in.RoleName, RoleId: newID(roleID, idLength), Arn: arn.Role(account(ctx), path, in.RoleName),
		CreateDate: awsapi.Seconds(s.now()), AssumeRolePolicyDocument: new(in.AssumeRolePolicyDocument),
		Description: in.Description, MaxSessionDuration: in.MaxSessionDuration, Tags: in.Tags,
	}}
	if in.PermissionsBoundary != nil {
		d.Permissions.Boundary = *in.PermissionsBoundary
	}
	err := s.roles.Insert(ctx, entityKey(account(ctx), in.RoleName), d)
	if errors.Is(err, store.ErrConflict) {
		return nil, alreadyExists("Role with name %s already exists.", in.RoleName)
	}
	if err != nil {
		return nil, err
	}
	out := d.answer()
	out.MaxSessionDuration = in.MaxSessionDuration
	return &CreateRoleResponse{Role: out}, nil
}

// answer is the role as GetRole shows it.
func (d *roleDocument) answer() *Role {
	r := d.Role
	r.AssumeRolePolicyDocument = new(encodeDocument(*r.AssumeRolePolicyDocument))
	if r.MaxSessionDuration == nil {
		r.MaxSessionDuration = new(int64(defaultSession))
	}
	if b := d.Permissions.Boundary; b != "" {
		r.PermissionsBoundary = &AttachedPermissionsBoundary{PermissionsBoundaryType: new("Policy"), PermissionsBoundaryArn: new(b)}
	}
	return &r
}

// GetRole returns a role.
func (s *Service) GetRole(ctx context.Context, in *GetRoleRequest) (*GetRoleResponse, error) {
	d, err := s.role(ctx, in.RoleName)
	if err != nil {
		return nil, err
	}
	r := d.answer()
	r.RoleLastUsed = &RoleLastUsed{}
	return &GetRoleResponse{Role: r}, nil
}

// ListRoles lists the account's roles by name.
func (s *Service) ListRoles(ctx context.Context, in *ListRolesRequest) (*ListRolesResponse, error) {
	list := []*Role{}
	for _, d := range s.roles.Range(account(ctx)+"/", "") {
		if in.PathPrefix == nil || strings.HasPrefix(d.Role.Path, *in.PathPrefix) {
			r := d.answer()
			r.Tags, r.PermissionsBoundary = nil, nil
			list = append(list, r)
		}
	}
	items, marker, truncated, err := page(list, in.Marker, in.MaxItems, func(r *Role) string { return r.RoleName })
	return &ListRolesResponse{Roles: items, Marker: marker, IsTruncated: truncated}, err
}

// DeleteRole removes a role that nothing hangs on.
func (s *Service) DeleteRole(ctx context.Context, in *DeleteRoleRequest) (*awsapi.Empty, error) {
	_, err := s.roles.Update(ctx, entityKey(account(ctx), in.RoleName), func(old *roleDocument) (*roleDocument, error) {
		if old == nil {
			return nil, noSuchRole(in.RoleName)
		}
		return nil, old.Permissions.inUse()
	})
	return nil, err
}

// UpdateAssumeRolePolicy replaces who may take the role.
func (s *Service) UpdateAssumeRolePolicy(ctx context.Context, in *UpdateAssumeRolePolicyRequest) (*awsapi.Empty, error) {
	if err := checkDocument(policy.Trust, in.PolicyDocument); err != nil {
		return nil, err
	}
	_, err := s.editRole(ctx, in.RoleName, func(d *roleDocument) error {
		d.Role.AssumeRolePolicyDocument = new(in.PolicyDocument)
		return nil
	})
	return nil, err
}

// UpdateRole changes description and session length.
func (s *Service) UpdateRole(ctx context.Context, in *UpdateRoleRequest) (*UpdateRoleResponse, error) {
	_, err := s.editRole(ctx, in.RoleName, func(d *roleDocument) error {
		if in.Description != nil {
			d.Role.Description = in.Description
		}
		if in.MaxSessionDuration != nil {
			d.Role.MaxSessionDuration = in.MaxSessionDuration
		}
		return nil
	})
	return &UpdateRoleResponse{}, err
}

// UpdateRoleDescription changes the description.
func (s *Service) UpdateRoleDescription(ctx context.Context, in *UpdateRoleDescriptionRequest) (*UpdateRoleDescriptionResponse, error) {
	d, err := s.editRole(ctx, in.RoleName, func(d *roleDocument) error {
		d.Role.Description = new(in.Description)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &UpdateRoleDescriptionResponse{Role: d.answer()}, nil
}
