package iam

import (
	"context"
	"maps"
	"slices"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// AttachRolePolicy attaches a managed policy.
func (s *Service) AttachRolePolicy(ctx context.Context, in *AttachRolePolicyRequest) (*awsapi.Empty, error) {
	if err := s.checkAttachable(ctx, in.PolicyArn); err != nil {
		return nil, err
	}
	_, err := s.editRole(ctx, in.RoleName, func(d *roleDocument) error {
		d.Permissions = d.Permissions.withAttached(in.PolicyArn)
		if len(d.Permissions.Attached) > maxAttached {
			return limitExceeded("Cannot exceed quota for PoliciesPerRole: %d", maxAttached)
		}
		return nil
	})
	return nil, err
}

// maxAttached is how many managed policies a user, group or role may have.
const maxAttached = 20

// DetachRolePolicy detaches a managed policy.
func (s *Service) DetachRolePolicy(ctx context.Context, in *DetachRolePolicyRequest) (*awsapi.Empty, error) {
	_, err := s.editRole(ctx, in.RoleName, func(d *roleDocument) error {
		if !slices.Contains(d.Permissions.Attached, in.PolicyArn) {
			return noSuchPolicy(in.PolicyArn)
		}
		d.Permissions = d.Permissions.withoutAttached(in.PolicyArn)
		return nil
	})
	return nil, err
}

// ListAttachedRolePolicies lists a role's managed policies.
func (s *Service) ListAttachedRolePolicies(ctx context.Context, in *ListAttachedRolePoliciesRequest) (*ListAttachedRolePoliciesResponse, error) {
	d, err := s.role(ctx, in.RoleName)
	if err != nil {
		return nil, err
	}
	items, marker, truncated, err := s.attachedPage(d.Permissions, in.PathPrefix, in.Marker, in.MaxItems)
	return &ListAttachedRolePoliciesResponse{AttachedPolicies: items, Marker: marker, IsTruncated: truncated}, err
}

// PutRolePolicy sets an inline policy.
func (s *Service) PutRolePolicy(ctx context.Context, in *PutRolePolicyRequest) (*awsapi.Empty, error) {
	if err := checkDocument(policy.Identity, in.PolicyDocument); err != nil {
		return nil, err
	}
	_, err := s.editRole(ctx, in.RoleName, func(d *roleDocument) error {
		d.Permissions = d.Permissions.withInline(in.PolicyName, in.PolicyDocument)
		return nil
	})
	return nil, err
}

// GetRolePolicy returns an inline policy.
func (s *Service) GetRolePolicy(ctx context.Context, in *GetRolePolicyRequest) (*GetRolePolicyResponse, error) {
	d, err := s.role(ctx, in.RoleName)
	if err != nil {
		return nil, err
	}
	document, ok := d.Permissions.Inline[in.PolicyName]
	if !ok {
		return nil, noSuchEntity("The role policy with name %s cannot be found.", in.PolicyName)
	}
	return &GetRolePolicyResponse{RoleName: in.RoleName, PolicyName: in.PolicyName, PolicyDocument: encodeDocument(document)}, nil
}

// ListRolePolicies lists the names of inline policies.
func (s *Service) ListRolePolicies(ctx context.Context, in *ListRolePoliciesRequest) (*ListRolePoliciesResponse, error) {
	d, err := s.role(ctx, in.RoleName)
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(d.Permissions.Inline))
	items, marker, truncated, err := page(append([]string{}, names...), in.Marker, in.MaxItems, func(n string) string { return n })
	return &ListRolePoliciesResponse{PolicyNames: items, Marker: marker, IsTruncated: truncated}, err
}

// DeleteRolePolicy removes an inline policy.
func (s *Service) DeleteRolePolicy(ctx context.Context, in *DeleteRolePolicyRequest) (*awsapi.Empty, error) {
	_, err := s.editRole(ctx, in.RoleName, func(d *roleDocument) error {
		if _, ok := d.Permissions.Inline[in.PolicyName]; !ok {
			return noSuchEntity("The role policy with name %s cannot be found.", in.PolicyName)
		}
		d.Permissions = d.Permissions.withoutInline(in.PolicyName)
		return nil
	})
	return nil, err
}
