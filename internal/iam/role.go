package iam

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// roleDocument is a stored role. Role.AssumeRolePolicyDocument is kept as it
// was sent, and encoded in answers.
type roleDocument struct {
	Role        Role        `json:"role"`
	Permissions permissions `json:"permissions"`
	// Trusted are the unique ids that the ARNs in the trust policy had when it
	// was set, see trust.go.
	Trusted map[string]string `json:"trusted,omitzero"`
	// Service is the service that a service-linked role belongs to, else "".
	Service string `json:"service,omitzero"`
	// Profiles are the instance profiles that hold the role.
	Profiles []string `json:"profiles,omitzero"`

	compiled atomic.Pointer[compiledEntity]
}

func (d *roleDocument) clone() *roleDocument {
	return &roleDocument{Role: d.Role, Permissions: d.Permissions.clone(), Trusted: d.Trusted, Service: d.Service, Profiles: slices.Clone(d.Profiles)}
}

// AWS: a session lasts an hour unless asked otherwise, which is also a role's
// limit unless it says otherwise; in seconds.
const defaultSession = 3600

// maxTrustPolicy is how long a trust policy may be, without blanks.
const maxTrustPolicy = 2048

// role returns a role of the caller's account.
func (s *Service) role(ctx context.Context, name string) (*roleDocument, error) {
	d, _, ok := s.roles.Get(entityKey(account(ctx), name))
	if !ok {
		return nil, noSuchRole(name)
	}
	return d, nil
}

// roleNamed returns the role with that very ARN.
func (s *Service) roleNamed(roleARN string) (*roleDocument, bool) {
	e, err := arn.ParseRole(roleARN)
	if err != nil {
		return nil, false
	}
	d, _, ok := s.roles.Get(entityKey(e.Account, e.Name))
	return d, ok && d.Role.Arn == roleARN
}

// editRole changes a role of the caller's account.
func (s *Service) editRole(ctx context.Context, name string, change func(x *transaction, d *roleDocument) error) (edited *roleDocument, err error) {
	err = s.transact(ctx, func(x *transaction) error {
		key := entityKey(account(ctx), name)
		old, rev, ok := s.roles.Get(key)
		if !ok {
			return noSuchRole(name)
		}
		if old.Service != "" {
			return unmodifiable(old.Role.RoleName)
		}
		edited = old.clone()
		if err := change(x, edited); err != nil {
			return err
		}
		return put(x, s.roles, key, rev, edited)
	})
	return edited, err
}

// CreateRole adds a role.
func (s *Service) CreateRole(ctx context.Context, in *CreateRoleRequest) (*CreateRoleResponse, error) {
	path, err := checkPath(in.Path)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(path, "/aws-service-role/") {
		return nil, validation("Invalid path: The path %s is reserved for service-linked roles.", path)
	}
	tags, err := taggedWith(nil, in.Tags, "TagsPerRole")
	if err != nil {
		return nil, err
	}
	d := &roleDocument{Role: Role{
		Path: path, RoleName: in.RoleName, RoleId: newID(roleID), Arn: arn.Role(account(ctx), path, in.RoleName),
		CreateDate: awsapi.Seconds(s.now()), Description: in.Description, MaxSessionDuration: in.MaxSessionDuration, Tags: tags,
	}}
	if err := s.setTrust(d, in.AssumeRolePolicyDocument); err != nil {
		return nil, err
	}
	if err := s.insertRole(ctx, d, in.PermissionsBoundary); err != nil {
		return nil, err
	}
	out := d.answer()
	out.MaxSessionDuration, out.Description = in.MaxSessionDuration, in.Description
	return &CreateRoleResponse{Role: out}, nil
}

func (s *Service) insertRole(ctx context.Context, d *roleDocument, boundary *string) error {
	key := entityKey(account(ctx), d.Role.RoleName)
	return s.transact(ctx, func(x *transaction) error {
		if _, _, taken := s.roles.Get(key); taken {
			return alreadyExists("Role with name %s already exists.", d.Role.RoleName)
		}
		if ownedBy(s.roles, account(ctx)) >= maxRoles {
			return overQuota("RolesPerAccount", maxRoles)
		}
		if boundary != nil {
			d.Permissions.Boundary = *boundary
			if err := s.refer(ctx, x, *boundary, oneBoundary); err != nil {
				return err
			}
		}
		return put(x, s.roles, key, 0, d)
	})
}

// answer is the role as GetRole shows it, but for its last use.
func (d *roleDocument) answer() *Role {
	r := d.Role
	r.AssumeRolePolicyDocument = new(encodeDocument(*r.AssumeRolePolicyDocument))
	if r.MaxSessionDuration == nil {
		r.MaxSessionDuration = new(int64(defaultSession))
	}
	r.PermissionsBoundary = d.Permissions.boundary()
	return &r
}

// GetRole returns a role.
func (s *Service) GetRole(ctx context.Context, in *GetRoleRequest) (*GetRoleResponse, error) {
	d, err := s.role(ctx, in.RoleName)
	if err != nil {
		return nil, err
	}
	return &GetRoleResponse{Role: s.wholeRole(d)}, nil
}

// wholeRole is the role with its last use, and with the principals of its trust
// policy that are gone as their ids.
func (s *Service) wholeRole(d *roleDocument) *Role {
	r := d.answer()
	r.AssumeRolePolicyDocument = new(encodeDocument(s.trustText(d)))
	r.RoleLastUsed = s.roleLastUsed(d)
	return r
}

// ListRoles lists the account's roles by name.
func (s *Service) ListRoles(ctx context.Context, in *ListRolesRequest) (*ListRolesResponse, error) {
	list := belowPath(s.roles, account(ctx), in.PathPrefix, func(d *roleDocument) *Role {
		r := d.answer()
		r.AssumeRolePolicyDocument = new(encodeDocument(s.trustText(d)))
		r.Tags, r.PermissionsBoundary = nil, nil
		return r
	}, func(d *roleDocument) string { return d.Role.Path })
	items, marker, truncated, err := page(list, in.Marker, in.MaxItems, func(r *Role) string { return r.RoleName })
	return &ListRolesResponse{Roles: items, Marker: marker, IsTruncated: truncated}, err
}

// DeleteRole removes a role that nothing hangs on.
func (s *Service) DeleteRole(ctx context.Context, in *DeleteRoleRequest) (*awsapi.Empty, error) {
	return nil, s.transact(ctx, func(x *transaction) error {
		key := entityKey(account(ctx), in.RoleName)
		old, rev, ok := s.roles.Get(key)
		if !ok {
			return noSuchRole(in.RoleName)
		}
		if old.Service != "" {
			return unmodifiable(old.Role.RoleName)
		}
		if err := old.Permissions.inUse(); err != nil {
			return err
		}
		if len(old.Profiles) > 0 {
			return deleteConflict("must remove roles from instance profile first.")
		}
		remove(x, s.roles, key, rev)
		s.forgetUse(x, "role/"+key)
		return s.release(x, old.Permissions.Boundary, oneBoundary)
	})
}

// UpdateAssumeRolePolicy replaces who may take the role.
func (s *Service) UpdateAssumeRolePolicy(ctx context.Context, in *UpdateAssumeRolePolicyRequest) (*awsapi.Empty, error) {
	_, err := s.editRole(ctx, in.RoleName, func(_ *transaction, d *roleDocument) error {
		return s.setTrust(d, in.PolicyDocument)
	})
	return nil, err
}

// setTrust sets a role's trust policy, if it is one.
func (s *Service) setTrust(d *roleDocument, document string) error {
	if err := checkDocument(policy.Trust, document); err != nil {
		return err
	}
	if sizeOf(document) > maxTrustPolicy {
		return overQuota("ACLSizePerRole", maxTrustPolicy)
	}
	trusted, err := s.trustedIDs(arn.AccountOf(d.Role.Arn), document)
	if err != nil {
		return err
	}
	d.Role.AssumeRolePolicyDocument, d.Trusted = &document, trusted
	return nil
}

// UpdateRole changes description and session length. AWS: an empty description
// removes it.
func (s *Service) UpdateRole(ctx context.Context, in *UpdateRoleRequest) (*UpdateRoleResponse, error) {
	_, err := s.editRole(ctx, in.RoleName, func(_ *transaction, d *roleDocument) error {
		if in.Description != nil {
			d.Role.Description = given(*in.Description)
		}
		if in.MaxSessionDuration != nil {
			d.Role.MaxSessionDuration = in.MaxSessionDuration
		}
		return nil
	})
	return &UpdateRoleResponse{}, err
}

// given is nil for empty text.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// UpdateRoleDescription changes the description.
func (s *Service) UpdateRoleDescription(ctx context.Context, in *UpdateRoleDescriptionRequest) (*UpdateRoleDescriptionResponse, error) {
	d, err := s.editRole(ctx, in.RoleName, func(_ *transaction, d *roleDocument) error {
		d.Role.Description = given(in.Description)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &UpdateRoleDescriptionResponse{Role: d.answer()}, nil
}
