package apigateway

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// PutMethodResponse declares a response of a method.
func (s *Service) PutMethodResponse(ctx context.Context, in *PutMethodResponseRequest) (*MethodResponse, error) {
	response := &MethodResponse{
		StatusCode:         in.StatusCode,
		ResponseParameters: in.ResponseParameters,
		ResponseModels:     in.ResponseModels,
	}
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*MethodResponse, error) {
		r, m, err := api.method(in.ResourceId, in.HttpMethod)
		if err != nil {
			return nil, err
		}
		if m.MethodResponses[in.StatusCode] != nil {
			return nil, conflict("Response already exists for this resource")
		}
		return response, api.putMethodResponse(r, m, response)
	})
}

// GetMethodResponse answers with one declared response.
func (s *Service) GetMethodResponse(ctx context.Context, in *GetMethodResponseRequest) (*MethodResponse, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	_, _, response, err := api.methodResponse(in.ResourceId, in.HttpMethod, in.StatusCode)
	return response, err
}

// UpdateMethodResponse changes a declared response.
func (s *Service) UpdateMethodResponse(ctx context.Context, in *UpdateMethodResponseRequest) (*MethodResponse, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*MethodResponse, error) {
		r, m, response, err := api.methodResponse(in.ResourceId, in.HttpMethod, in.StatusCode)
		if err != nil {
			return nil, err
		}
		next := *response
		if err := methodResponsePatch.apply(&next, in.PatchOperations); err != nil {
			return nil, err
		}
		return &next, api.putMethodResponse(r, m, &next)
	})
}

// DeleteMethodResponse removes a declared response.
func (s *Service) DeleteMethodResponse(ctx context.Context, in *DeleteMethodResponseRequest) (*awsapi.Empty, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*awsapi.Empty, error) {
		r, m, _, err := api.methodResponse(in.ResourceId, in.HttpMethod, in.StatusCode)
		if err != nil {
			return nil, err
		}
		next := *m
		dropKey(&next.MethodResponses, in.StatusCode)
		api.putMethod(r, &next)
		return nil, nil
	})
}

var methodResponsePatch = patchTable[MethodResponse]{
	rules: []rule[MethodResponse]{
		{path: "/responseModels/{contentType}",
			add:     setMember(responseModels),
			replace: replaceMember(responseModels, noContentType),
			remove:  dropMember(responseModels, noContentType)},
		{path: "/responseParameters/{name}",
			add: setTruthMember(responseHeaders), replace: setTruthMember(responseHeaders),
			remove: dropMember(responseHeaders, noParameter)},
	},
	refuse: invalidPatchPath,
}

func responseModels(r *MethodResponse) *map[string]string { return &r.ResponseModels }
func responseHeaders(r *MethodResponse) *map[string]bool  { return &r.ResponseParameters }

// methodResponse returns a resource, its method and the method's response.
func (a *restAPI) methodResponse(resourceID, verb, status string) (*Resource, *Method, *MethodResponse, error) {
	r, m, err := a.method(resourceID, verb)
	if err != nil {
		return nil, nil, nil, err
	}
	response := m.MethodResponses[status]
	if response == nil {
		return nil, nil, nil, noResponse()
	}
	return r, m, response, nil
}

// putMethodResponse puts response in place of the one with its status.
func (a *restAPI) putMethodResponse(r *Resource, m *Method, response *MethodResponse) error {
	if err := a.checkModelNames(response.ResponseModels); err != nil {
		return err
	}
	if err := checkResponseHeaders(response.ResponseParameters); err != nil {
		return err
	}
	next := *m
	putKey(&next.MethodResponses, response.StatusCode, response)
	a.putMethod(r, &next)
	return nil
}
