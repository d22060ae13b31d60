package lambda

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// GetAccountSettings shows the account's limits and what it uses of them.
func (s *Service) GetAccountSettings(ctx context.Context, _ *GetAccountSettingsRequest) (*GetAccountSettingsResponse, error) {
	var size, count int64
	for _, f := range s.functions.under(scope(ctx)) {
		size += f.Latest.Code.Size
		count++
	}
	for _, v := range s.versions.under(scope(ctx)) {
		size += v.Code.Size
	}
	for _, v := range s.layerVersions.under(scope(ctx)) {
		size += v.Code.Size
	}
	call := awsapi.CallFrom(ctx)
	return &GetAccountSettingsResponse{
		AccountLimit: &AccountLimit{
			TotalCodeSize: new(int64(80530636800)), CodeSizeUnzipped: new(int64(maxUnzipped)), CodeSizeZipped: new(int64(maxZipped)),
			ConcurrentExecutions:           &s.cfg.AccountConcurrency,
			UnreservedConcurrentExecutions: new(s.unreserved(call.Caller.Account, call.Region, "")),
		},
		AccountUsage: &AccountUsage{TotalCodeSize: &size, FunctionCount: &count},
	}, nil
}
