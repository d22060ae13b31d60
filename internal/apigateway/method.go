package apigateway

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// verbs are what a method may be for, in the order of AWS's error text.
var verbs = []string{"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"}

// PutMethod adds a method to a resource. AWS: there is no overwriting.
func (s *Service) PutMethod(ctx context.Context, in *PutMethodRequest) (*Method, error) {
	m := &Method{
		HttpMethod:          in.HttpMethod,
		AuthorizationType:   in.AuthorizationType,
		AuthorizerId:        in.AuthorizerId,
		ApiKeyRequired:      orFalse(in.ApiKeyRequired),
		OperationName:       in.OperationName,
		RequestParameters:   filled(in.RequestParameters),
		RequestModels:       filled(in.RequestModels),
		RequestValidatorId:  in.RequestValidatorId,
		AuthorizationScopes: in.AuthorizationScopes,
	}
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*Method, error) {
		r, err := api.resource(in.ResourceId)
		if err != nil {
			return nil, err
		}
		return m, api.addMethod(r, m)
	})
}

// GetMethod answers with the whole method.
func (s *Service) GetMethod(ctx context.Context, in *GetMethodRequest) (*Method, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	_, m, err := api.method(in.ResourceId, in.HttpMethod)
	return m, err
}

// UpdateMethod changes a method's request.
func (s *Service) UpdateMethod(ctx context.Context, in *UpdateMethodRequest) (*Method, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*Method, error) {
		r, m, err := api.method(in.ResourceId, in.HttpMethod)
		if err != nil {
			return nil, err
		}
		next := *m
		if err := methodPatch.apply(&next, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := api.checkMethod(&next); err != nil {
			return nil, err
		}
		api.putMethod(r, &next)
		return &next, nil
	})
}

// DeleteMethod removes a method with its integration and responses.
func (s *Service) DeleteMethod(ctx context.Context, in *DeleteMethodRequest) (*awsapi.Empty, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*awsapi.Empty, error) {
		r, _, err := api.method(in.ResourceId, in.HttpMethod)
		if err != nil {
			return nil, err
		}
		next := *r
		dropKey(&next.ResourceMethods, in.HttpMethod)
		api.putResource(&next)
		return nil, nil
	})
}

var methodPatch = patchTable[Method]{
	rules: []rule[Method]{
		{path: "/apiKeyRequired", replace: setTruth(func(m *Method) **bool { return &m.ApiKeyRequired })},
		{path: "/authorizationType", replace: func(m *Method, p *patchOp) error {
			m.AuthorizationType = p.text()
			return nil
		}},
		// AWS: without a type that takes an authorizer, the id is ignored; see
		// checkMethod, which runs after all operations of a request.
		{path: "/authorizerId", replace: setText(func(m *Method) **string { return &m.AuthorizerId })},
		{path: "/operationName", replace: setText(func(m *Method) **string { return &m.OperationName })},
		{path: "/requestValidatorId", replace: setText(func(m *Method) **string { return &m.RequestValidatorId })},
		{path: "/authorizationScopes",
			add: func(m *Method, p *patchOp) error {
				if p.text() == "" {
					return invalidPatchPath(p)
				}
				addItem(&m.AuthorizationScopes, p.text())
				return nil
			},
			remove: func(m *Method, p *patchOp) error {
				dropItem(&m.AuthorizationScopes, p.text())
				return nil
			}},
		{path: "/requestModels/{contentType}",
			add: setMember(methodModels), replace: setMember(methodModels),
			remove: dropMember(methodModels, noContentType)},
		{path: "/requestParameters/{name}",
			add: setTruthMember(methodParameters), replace: setTruthMember(methodParameters),
			remove: dropMember(methodParameters, noParameter)},
	},
	refuse: invalidPatchPath,
}

func methodModels(m *Method) *map[string]string   { return &m.RequestModels }
func methodParameters(m *Method) *map[string]bool { return &m.RequestParameters }

func noContentType() *awsapi.Error { return notFound("Content-Type specified was not found") }
func noParameter() *awsapi.Error   { return notFound("Invalid parameter name specified") }

// method returns a resource and one of its methods.
func (a *restAPI) method(resourceID, verb string) (*Resource, *Method, error) {
	r, err := a.resource(resourceID)
	if err != nil {
		return nil, nil, err
	}
	m := r.ResourceMethods[verb]
	if m == nil {
		return nil, nil, noMethod()
	}
	return r, m, nil
}

// addMethod adds m to r after checking it.
func (a *restAPI) addMethod(r *Resource, m *Method) error {
	if !slices.Contains(verbs, m.HttpMethod) {
		return invalidVerb()
	}
	if r.ResourceMethods[m.HttpMethod] != nil {
		return conflict("Method already exists for this resource")
	}
	if err := a.checkMethod(m); err != nil {
		return err
	}
	a.putMethod(r, m)
	return nil
}

// putMethod puts m in place of r's method for its verb and returns the changed
// resource.
func (a *restAPI) putMethod(r *Resource, m *Method) *Resource {
	next := *r
	putKey(&next.ResourceMethods, m.HttpMethod, m)
	a.putResource(&next)
	return &next
}

// checkMethod checks what a method refers to, and brings its authorization type
// into its usual form: AWS takes "none" for NONE.
func (a *restAPI) checkMethod(m *Method) error {
	m.AuthorizationType = strings.ToUpper(m.AuthorizationType)
	if err := a.checkAuthorization(m); err != nil {
		return err
	}
	if m.OperationName != nil && *m.OperationName == "" {
		return badRequest("Invalid operation name specified")
	}
	if id := m.RequestValidatorId; id != nil {
		if _, ok := a.validators.get(*id); !ok {
			return badRequest("Invalid Request Validator identifier specified")
		}
	}
	if err := a.checkModelNames(m.RequestModels); err != nil {
		return err
	}
	return checkRequestParameters(m.RequestParameters)
}

func (a *restAPI) checkAuthorization(m *Method) error {
	switch m.AuthorizationType {
	case "NONE", "AWS_IAM":
		m.AuthorizerId = nil
		return nil
	case "CUSTOM", "COGNITO_USER_POOLS":
	default:
		return badRequest("Invalid authorization type specified. Valid options are NONE,AWS_IAM,CUSTOM,COGNITO_USER_POOLS")
	}
	if m.AuthorizerId != nil {
		if z, ok := a.authorizers.get(*m.AuthorizerId); ok && z.serves(m.AuthorizationType) {
			return nil
		}
	}
	return badRequest("Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.")
}

// checkModelNames checks the models of a map from content types to models.
func (a *restAPI) checkModelNames(models map[string]string) error {
	for _, name := range sortedValues(models) {
		if _, ok := a.models.get(name); !ok {
			return badRequest("Invalid model identifier specified: %s", name)
		}
	}
	return nil
}

func orFalse(b *bool) *bool {
	if b == nil {
		return new(false)
	}
	return b
}

// filled is m, or nil if nothing is in it: AWS does not show such a map.
func filled[V any](m map[string]V) map[string]V {
	if len(m) == 0 {
		return nil
	}
	return m
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func sortedValues(m map[string]string) []string {
	var list []string
	for _, v := range m {
		list = append(list, v)
	}
	slices.Sort(list)
	return list
}
