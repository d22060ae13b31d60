package apigateway

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// PutIntegrationResponse sets how a backend's answer becomes the method's
// response of that status, over an earlier one.
func (s *Service) PutIntegrationResponse(ctx context.Context, in *PutIntegrationResponseRequest) (*IntegrationResponse, error) {
	response := &IntegrationResponse{
		StatusCode:         in.StatusCode,
		SelectionPattern:   in.SelectionPattern,
		ResponseParameters: filled(in.ResponseParameters),
		ResponseTemplates:  filled(in.ResponseTemplates),
		ContentHandling:    in.ContentHandling,
	}
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*IntegrationResponse, error) {
		r, m, err := api.integrated(in.ResourceId, in.HttpMethod)
		if err != nil {
			return nil, err
		}
		return response, api.putIntegrationResponse(r, m, response)
	})
}

// GetIntegrationResponse answers with the response for one status.
func (s *Service) GetIntegrationResponse(ctx context.Context, in *GetIntegrationResponseRequest) (*IntegrationResponse, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	_, _, response, err := api.integrationResponse(in.ResourceId, in.HttpMethod, in.StatusCode)
	return response, err
}

// UpdateIntegrationResponse changes a response.
func (s *Service) UpdateIntegrationResponse(ctx context.Context, in *UpdateIntegrationResponseRequest) (*IntegrationResponse, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*IntegrationResponse, error) {
		r, m, response, err := api.integrationResponse(in.ResourceId, in.HttpMethod, in.StatusCode)
		if err != nil {
			return nil, err
		}
		next := *response
		if err := integrationResponsePatch.apply(&next, in.PatchOperations); err != nil {
			return nil, err
		}
		return &next, api.putIntegrationResponse(r, m, &next)
	})
}

// DeleteIntegrationResponse removes a response.
func (s *Service) DeleteIntegrationResponse(ctx context.Context, in *DeleteIntegrationResponseRequest) (*awsapi.Empty, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*awsapi.Empty, error) {
		r, m, _, err := api.integrationResponse(in.ResourceId, in.HttpMethod, in.StatusCode)
		if err != nil {
			return nil, err
		}
		i := *m.MethodIntegration
		dropKey(&i.IntegrationResponses, in.StatusCode)
		next := *m
		next.MethodIntegration = &i
		api.putMethod(r, &next)
		return nil, nil
	})
}

var integrationResponsePatch = patchTable[IntegrationResponse]{
	rules:  integrationResponseRules,
	refuse: supportedPaths(integrationResponseRules),
}

var integrationResponseRules = []rule[IntegrationResponse]{
	{path: "/responseParameters/{name}",
		add: setMember(responseMappings), replace: setMember(responseMappings),
		remove: dropMember(responseMappings, noParameter)},
	{path: "/responseTemplates/{contentType}",
		add: setMember(responseTemplates), replace: setMember(responseTemplates),
		remove: dropMember(responseTemplates, noContentType)},
	{path: "/contentHandling", replace: func(r *IntegrationResponse, p *patchOp) error {
		r.ContentHandling = nonEmpty(p.value)
		return nil
	}},
	{path: "/selectionPattern", replace: setText(func(r *IntegrationResponse) **string { return &r.SelectionPattern })},
}

func responseMappings(r *IntegrationResponse) *map[string]string  { return &r.ResponseParameters }
func responseTemplates(r *IntegrationResponse) *map[string]string { return &r.ResponseTemplates }

// integrationResponse returns a resource, its method and one response of the
// method's integration.
func (a *restAPI) integrationResponse(resourceID, verb, status string) (*Resource, *Method, *IntegrationResponse, error) {
	r, m, err := a.integrated(resourceID, verb)
	if err != nil {
		return nil, nil, nil, err
	}
	response := m.MethodIntegration.IntegrationResponses[status]
	if response == nil {
		return nil, nil, nil, noResponse()
	}
	return r, m, response, nil
}

// putIntegrationResponse checks response and puts it in place of the one with
// its status.
func (a *restAPI) putIntegrationResponse(r *Resource, m *Method, response *IntegrationResponse) error {
	if err := checkResponseMappings(m.MethodResponses[response.StatusCode], response.ResponseParameters); err != nil {
		return err
	}
	if err := checkContentTypes(response.ResponseTemplates); err != nil {
		return err
	}
	if ch := response.ContentHandling; ch != nil && *ch != contentHandlings[0] && *ch != contentHandlings[1] {
		return badRequest("Invalid contentHandling specified. Valid options are CONVERT_TO_BINARY,CONVERT_TO_TEXT")
	}
	i := *m.MethodIntegration
	putKey(&i.IntegrationResponses, response.StatusCode, response)
	next := *m
	next.MethodIntegration = &i
	a.putMethod(r, &next)
	return nil
}
