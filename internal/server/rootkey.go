package server

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
)

// RootKey makes the root access key of the default account at the first start
// and returns it, to be shown once; nil at every later start.
func (s *Server) RootKey(ctx context.Context) (*iam.RootKey, error) {
	key, err := s.iam.RootKey(ctx)
	if key != nil || err != nil {
		call := &awsapi.Call{
			Caller: awsapi.RootCaller(awsapi.DefaultAccount), Region: awsapi.DefaultRegion, RequestID: awsapi.NewRequestID(),
			SourceIP: "127.0.0.1", UserAgent: "lambdagate",
		}
		parameters := map[string]any{}
		if key != nil {
			parameters["accessKeyId"] = key.ID
		}
		s.record(ctx, call, "CreateRootKey", awsapi.DefaultAccount, parameters, err)
	}
	return key, err
}
