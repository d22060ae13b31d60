package apigateway

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// TestInvokeMethod runs a method as it is now, deployed or not.
func (s *Service) TestInvokeMethod(ctx context.Context, in *TestInvokeMethodRequest) (*TestInvokeMethodResponse, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	if _, _, err := api.integrated(in.ResourceId, in.HttpMethod); err != nil {
		return nil, err
	}
	if err := s.checkTestCertificate(ctx, in.ClientCertificateId); err != nil {
		return nil, err
	}
	t := s.attachedTester()
	if t == nil {
		return nil, awsapi.NotImplemented("TestInvokeMethod")
	}
	return t.TestMethod(ctx, api.snapshot(""), in)
}

func (s *Service) checkTestCertificate(ctx context.Context, id *string) error {
	if id == nil || *id == "" {
		return nil
	}
	if _, ok := s.certificates.get(callScope(ctx), *id); !ok {
		return badRequest("Invalid Client Certificate identifier specified")
	}
	return nil
}

// TestInvokeAuthorizer calls an authorizer as it is now.
func (s *Service) TestInvokeAuthorizer(ctx context.Context, in *TestInvokeAuthorizerRequest) (*TestInvokeAuthorizerResponse, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	if _, err := api.authorizer(in.AuthorizerId); err != nil {
		return nil, err
	}
	t := s.attachedTester()
	if t == nil {
		return nil, awsapi.NotImplemented("TestInvokeAuthorizer")
	}
	return t.TestAuthorizer(ctx, api.snapshot(""), in)
}

func (s *Service) attachedTester() tester {
	s.attached.RLock()
	defer s.attached.RUnlock()
	return s.tester
}
