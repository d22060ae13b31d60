package iam

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// AttachUserPolicy attaches a managed policy.
func (s *Service) AttachUserPolicy(ctx context.Context, in *AttachUserPolicyRequest) (*awsapi.Empty, error) {
	return s.attach(ctx, holder{aUser, in.UserName}, in.PolicyArn)
}

// DetachUserPolicy detaches a managed policy.
func (s *Service) DetachUserPolicy(ctx context.Context, in *DetachUserPolicyRequest) (*awsapi.Empty, error) {
	return s.detach(ctx, holder{aUser, in.UserName}, in.PolicyArn)
}

// ListAttachedUserPolicies lists a user's managed policies.
func (s *Service) ListAttachedUserPolicies(ctx context.Context, in *ListAttachedUserPoliciesRequest) (*ListAttachedUserPoliciesResponse, error) {
	items, marker, truncated, err := s.attachedPage(ctx, holder{aUser, in.UserName}, in.PathPrefix, in.Marker, in.MaxItems)
	return &ListAttachedUserPoliciesResponse{AttachedPolicies: items, Marker: marker, IsTruncated: truncated}, err
}

// PutUserPolicy sets an inline policy.
func (s *Service) PutUserPolicy(ctx context.Context, in *PutUserPolicyRequest) (*awsapi.Empty, error) {
	return s.putInline(ctx, holder{aUser, in.UserName}, in.PolicyName, in.PolicyDocument)
}

// GetUserPolicy returns an inline policy.
func (s *Service) GetUserPolicy(ctx context.Context, in *GetUserPolicyRequest) (*GetUserPolicyResponse, error) {
	document, err := s.inline(ctx, holder{aUser, in.UserName}, in.PolicyName)
	return &GetUserPolicyResponse{UserName: in.UserName, PolicyName: in.PolicyName, PolicyDocument: document}, err
}

// ListUserPolicies lists the names of inline policies.
func (s *Service) ListUserPolicies(ctx context.Context, in *ListUserPoliciesRequest) (*ListUserPoliciesResponse, error) {
	names, marker, truncated, err := s.inlinePage(ctx, holder{aUser, in.UserName}, in.Marker, in.MaxItems)
	return &ListUserPoliciesResponse{PolicyNames: names, Marker: marker, IsTruncated: truncated}, err
}

// DeleteUserPolicy removes an inline policy.
func (s *Service) DeleteUserPolicy(ctx context.Context, in *DeleteUserPolicyRequest) (*awsapi.Empty, error) {
	return s.deleteInline(ctx, holder{aUser, in.UserName}, in.PolicyName)
}

// PutUserPermissionsBoundary sets the policy beyond which the user can do
// nothing.
func (s *Service) PutUserPermissionsBoundary(ctx context.Context, in *PutUserPermissionsBoundaryRequest) (*awsapi.Empty, error) {
	return s.putBoundary(ctx, holder{aUser, in.UserName}, in.PermissionsBoundary)
}

// DeleteUserPermissionsBoundary removes the boundary.
func (s *Service) DeleteUserPermissionsBoundary(ctx context.Context, in *DeleteUserPermissionsBoundaryRequest) (*awsapi.Empty, error) {
	return s.deleteBoundary(ctx, holder{aUser, in.UserName})
}
