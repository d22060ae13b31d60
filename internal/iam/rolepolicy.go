package iam

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// AttachRolePolicy attaches a managed policy.
func (s *Service) AttachRolePolicy(ctx context.Context, in *AttachRolePolicyRequest) (*awsapi.Empty, error) {
	return s.attach(ctx, holder{aRole, in.RoleName}, in.PolicyArn)
}

// DetachRolePolicy detaches a managed policy.
func (s *Service) DetachRolePolicy(ctx context.Context, in *DetachRolePolicyRequest) (*awsapi.Empty, error) {
	return s.detach(ctx, holder{aRole, in.RoleName}, in.PolicyArn)
}

// ListAttachedRolePolicies lists a role's managed policies.
func (s *Service) ListAttachedRolePolicies(ctx context.Context, in *ListAttachedRolePoliciesRequest) (*ListAttachedRolePoliciesResponse, error) {
	items, marker, truncated, err := s.attachedPage(ctx, holder{aRole, in.RoleName}, in.PathPrefix, in.Marker, in.MaxItems)
	return &ListAttachedRolePoliciesResponse{AttachedPolicies: items, Marker: marker, IsTruncated: truncated}, err
}

// PutRolePolicy sets an inline policy.
func (s *Service) PutRolePolicy(ctx context.Context, in *PutRolePolicyRequest) (*awsapi.Empty, error) {
	return s.putInline(ctx, holder{aRole, in.RoleName}, in.PolicyName, in.PolicyDocument)
}

// GetRolePolicy returns an inline policy.
func (s *Service) GetRolePolicy(ctx context.Context, in *GetRolePolicyRequest) (*GetRolePolicyResponse, error) {
	document, err := s.inline(ctx, holder{aRole, in.RoleName}, in.PolicyName)
	return &GetRolePolicyResponse{RoleName: in.RoleName, PolicyName: in.PolicyName, PolicyDocument: document}, err
}

// ListRolePolicies lists the names of inline policies.
func (s *Service) ListRolePolicies(ctx context.Context, in *ListRolePoliciesRequest) (*ListRolePoliciesResponse, error) {
	names, marker, truncated, err := s.inlinePage(ctx, holder{aRole, in.RoleName}, in.Marker, in.MaxItems)
	return &ListRolePoliciesResponse{PolicyNames: names, Marker: marker, IsTruncated: truncated}, err
}

// DeleteRolePolicy removes an inline policy.
func (s *Service) DeleteRolePolicy(ctx context.Context, in *DeleteRolePolicyRequest) (*awsapi.Empty, error) {
	return s.deleteInline(ctx, holder{aRole, in.RoleName}, in.PolicyName)
}

// PutRolePermissionsBoundary sets the policy beyond which the role can do
// nothing.
func (s *Service) PutRolePermissionsBoundary(ctx context.Context, in *PutRolePermissionsBoundaryRequest) (*awsapi.Empty, error) {
	return s.putBoundary(ctx, holder{aRole, in.RoleName}, in.PermissionsBoundary)
}

// DeleteRolePermissionsBoundary removes the boundary.
func (s *Service) DeleteRolePermissionsBoundary(ctx context.Context, in *DeleteRolePermissionsBoundaryRequest) (*awsapi.Empty, error) {
	return s.deleteBoundary(ctx, holder{aRole, in.RoleName})
}
