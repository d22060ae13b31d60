package sts

import (
	"context"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
)

// nothing is the session policy of federated users to whom none was passed: they
// have only what a resource's policy gives them by name.
const nothing = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":"*","Resource":"*"}]}`

// GetFederationToken lends somebody those of a user's, or the root's, permissions
// that the passed policies allow too.
func (s *Service) GetFederationToken(ctx context.Context, in *GetFederationTokenRequest) (*GetFederationTokenResponse, error) {
	c := awsapi.CallFrom(ctx).Caller
	if isTemporary(c) {
		return nil, accessDenied("Cannot call GetFederationToken with session credentials")
	}
	p, err := s.passed(in.Policy, in.PolicyArns, in.Tags, nil)
	if err != nil {
		return nil, err
	}
	life := userLife
	if in.DurationSeconds != nil {
		life = time.Duration(*in.DurationSeconds) * time.Second
	}
	x := iam.Session{Account: c.Account, Federated: in.Name, Policies: p.policies, Tags: p.tags}
	if c.Kind == awsapi.User {
		x.Name, x.ID = c.Name, c.UserID
	} else {
		life = min(life, rootLife)
	}
	if len(x.Policies) == 0 {
		x.Policies = []string{nothing}
	}
	issued := s.iam.Issue(x, life)
	return &GetFederationTokenResponse{
		Credentials:   credentials(issued),
		FederatedUser: &FederatedUser{FederatedUserId: issued.Caller.UserID, Arn: issued.Caller.ARN}, PackedPolicySize: p.size,
	}, nil
}
