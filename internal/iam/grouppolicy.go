package iam

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// AttachGroupPolicy attaches a managed policy.
func (s *Service) AttachGroupPolicy(ctx context.Context, in *AttachGroupPolicyRequest) (*awsapi.Empty, error) {
	return s.attach(ctx, holder{aGroup, in.GroupName}, in.PolicyArn)
}

// DetachGroupPolicy detaches a managed policy.
func (s *Service) DetachGroupPolicy(ctx context.Context, in *DetachGroupPolicyRequest) (*awsapi.Empty, error) {
	return s.detach(ctx, holder{aGroup, in.GroupName}, in.PolicyArn)
}

// ListAttachedGroupPolicies lists a group's managed policies.
func (s *Service) ListAttachedGroupPolicies(ctx context.Context, in *ListAttachedGroupPoliciesRequest) (*ListAttachedGroupPoliciesResponse, error) {
	items, marker, truncated, err := s.attachedPage(ctx, holder{aGroup, in.GroupName}, in.PathPrefix, in.Marker, in.MaxItems)
	return &ListAttachedGroupPoliciesResponse{AttachedPolicies: items, Marker: marker, IsTruncated: truncated}, err
}

// PutGroupPolicy sets an inline policy.
func (s *Service) PutGroupPolicy(ctx context.Context, in *PutGroupPolicyRequest) (*awsapi.Empty, error) {
	return s.putInline(ctx, holder{aGroup, in.GroupName}, in.PolicyName, in.PolicyDocument)
}

// GetGroupPolicy returns an inline policy.
func (s *Service) GetGroupPolicy(ctx context.Context, in *GetGroupPolicyRequest) (*GetGroupPolicyResponse, error) {
	document, err := s.inline(ctx, holder{aGroup, in.GroupName}, in.PolicyName)
	return &GetGroupPolicyResponse{GroupName: in.GroupName, PolicyName: in.PolicyName, PolicyDocument: document}, err
}

// ListGroupPolicies lists the names of inline policies.
func (s *Service) ListGroupPolicies(ctx context.Context, in *ListGroupPoliciesRequest) (*ListGroupPoliciesResponse, error) {
	names, marker, truncated, err := s.inlinePage(ctx, holder{aGroup, in.GroupName}, in.Marker, in.MaxItems)
	return &ListGroupPoliciesResponse{PolicyNames: names, Marker: marker, IsTruncated: truncated}, err
}

// DeleteGroupPolicy removes an inline policy.
func (s *Service) DeleteGroupPolicy(ctx context.Context, in *DeleteGroupPolicyRequest) (*awsapi.Empty, error) {
	return s.deleteInline(ctx, holder{aGroup, in.GroupName}, in.PolicyName)
}
