package apigateway

import (
	"context"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// CreateRequestValidator adds a validator.
func (s *Service) CreateRequestValidator(ctx context.Context, in *CreateRequestValidatorRequest) (*RequestValidator, error) {
	out, err := edit(ctx, s, in.RestApiId, func(api *restAPI) (*RequestValidator, error) {
		v := &RequestValidator{
			Name:                      in.Name,
			ValidateRequestBody:       orFalse(in.ValidateRequestBody),
			ValidateRequestParameters: orFalse(in.ValidateRequestParameters),
		}
		return v, api.addValidator(v)
	})
	if isNoRestApi(err) {
		// AWS: this operation has words of its own (recorded).
		return nil, badRequest("Invalid REST API identifier specified")
	}
	return out, err
}

// GetRequestValidator answers with one validator.
func (s *Service) GetRequestValidator(ctx context.Context, in *GetRequestValidatorRequest) (*RequestValidator, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	return api.validator(in.RequestValidatorId)
}

// GetRequestValidators lists the validators in the order of their ids.
func (s *Service) GetRequestValidators(ctx context.Context, in *GetRequestValidatorsRequest) (*RequestValidators, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	page, next, err := pageOrdered(api.validators, in.Position, in.Limit)
	return &RequestValidators{Position: next, Items: page}, err
}

// UpdateRequestValidator changes a validator.
func (s *Service) UpdateRequestValidator(ctx context.Context, in *UpdateRequestValidatorRequest) (*RequestValidator, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*RequestValidator, error) {
		v, err := api.validator(in.RequestValidatorId)
		if err != nil {
			return nil, err
		}
		next := *v
		if err := requestValidatorPatch.apply(&next, in.PatchOperations); err != nil {
			return nil, err
		}
		keep(api, &api.validators, memberValidator, next.Id, &next)
		return &next, nil
	})
}

// DeleteRequestValidator removes a validator.
func (s *Service) DeleteRequestValidator(ctx context.Context, in *DeleteRequestValidatorRequest) (*awsapi.Empty, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*awsapi.Empty, error) {
		v, err := api.validator(in.RequestValidatorId)
		if err != nil {
			return nil, err
		}
		drop(api, &api.validators, memberValidator, v.Id)
		return nil, nil
	})
}

var requestValidatorPatch = patchTable[RequestValidator]{
	rules: []rule[RequestValidator]{
		{path: "/name", replace: func(v *RequestValidator, p *patchOp) error {
			if p.text() == "" {
				return blankValidatorName()
			}
			v.Name = p.value
			return nil
		}},
		{path: "/validateRequestBody", replace: setTruth(func(v *RequestValidator) **bool { return &v.ValidateRequestBody })},
		{path: "/validateRequestParameters", replace: setTruth(func(v *RequestValidator) **bool { return &v.ValidateRequestParameters })},
	},
	refuse: mustBeOneOf("replace", "/name", "/validateRequestParameters", "/validateRequestBody"),
}

func blankValidatorName() error { return badRequest("Request Validator name cannot be blank") }

func (a *restAPI) validator(id string) (*RequestValidator, error) {
	v, ok := a.validators.get(id)
	if !ok {
		return nil, noValidator()
	}
	return v, nil
}

// addValidator gives v an id and adds it.
func (a *restAPI) addValidator(v *RequestValidator) error {
	if v.Name != nil && *v.Name == "" {
		return blankValidatorName()
	}
	v.Id = freshID(a, &a.validators, shortID)
	keep(a, &a.validators, memberValidator, v.Id, v)
	return nil
}
