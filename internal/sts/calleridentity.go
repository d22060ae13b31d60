package sts

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// GetCallerIdentity says who the caller is.
func (s *Service) GetCallerIdentity(ctx context.Context, _ *GetCallerIdentityRequest) (*GetCallerIdentityResponse, error) {
	c := awsapi.CallFrom(ctx).Caller
	return &GetCallerIdentityResponse{UserId: &c.UserID, Account: &c.Account, Arn: &c.ARN}, nil
}
