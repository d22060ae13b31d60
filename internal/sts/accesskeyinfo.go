package sts

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
)

// GetAccessKeyInfo says which account a key belongs to, whether or not it was
// issued here: the id holds the account.
func (s *Service) GetAccessKeyInfo(_ context.Context, in *GetAccessKeyInfoRequest) (*GetAccessKeyInfoResponse, error) {
	account, ok := iam.AccountOfKey(in.AccessKeyId)
	if !ok {
		return nil, validation("%s is not a valid access key", in.AccessKeyId)
	}
	return &GetAccessKeyInfoResponse{Account: &account}, nil
}

// DecodeAuthorizationMessage refuses every message: none of the services here
// gives out encoded ones, so that whatever comes is not one of theirs.
func (s *Service) DecodeAuthorizationMessage(_ context.Context, _ *DecodeAuthorizationMessageRequest) (*DecodeAuthorizationMessageResponse, error) {
	return nil, awsapi.Errorf(400, "InvalidAuthorizationMessageException", "Message is invalid.")
}
