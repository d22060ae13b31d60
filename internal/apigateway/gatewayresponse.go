package apigateway

import (
	"context"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// gatewayResponseStatus is the status of each type while nothing sets another.
var gatewayResponseStatus = map[string]string{
	"ACCESS_DENIED":                  "403",
	"API_CONFIGURATION_ERROR":        "500",
	"AUTHORIZER_CONFIGURATION_ERROR": "500",
	"AUTHORIZER_FAILURE":             "500",
	"BAD_REQUEST_BODY":               "400",
	"BAD_REQUEST_PARAMETERS":         "400",
	"DEFAULT_4XX":                    "",
	"DEFAULT_5XX":                    "",
	"EXPIRED_TOKEN":                  "403",
	"INTEGRATION_FAILURE":            "504",
	"INTEGRATION_TIMEOUT":            "504",
	"INVALID_API_KEY":                "403",
	"INVALID_SIGNATURE":              "403",
	"MISSING_AUTHENTICATION_TOKEN":   "403",
	"QUOTA_EXCEEDED":                 "429",
	"REQUEST_TOO_LARGE":              "413",
	"RESOURCE_NOT_FOUND":             "404",
	"THROTTLED":                      "429",
	"UNAUTHORIZED":                   "401",
	"UNSUPPORTED_MEDIA_TYPE":         "415",
	"WAF_FILTERED":                   "403",
}

// defaultGatewayTemplate is the template of every type that sets none.
const defaultGatewayTemplate = `{"message":$context.error.messageString}`

// PutGatewayResponse sets a response over an earlier one; what the request
// leaves out has the type's defaults.
func (s *Service) PutGatewayResponse(ctx context.Context, in *PutGatewayResponseRequest) (*GatewayResponse, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*GatewayResponse, error) {
		g := builtinResponse(in.ResponseType)
		g.DefaultResponse = new(false)
		if in.StatusCode != nil {
			g.StatusCode = nonEmpty(in.StatusCode)
		}
		if in.ResponseParameters != nil {
			g.ResponseParameters = in.ResponseParameters
		}
		if in.ResponseTemplates != nil {
			g.ResponseTemplates = in.ResponseTemplates
		}
		return g, api.putGatewayResponse(g)
	})
}

// GetGatewayResponse answers with the response of a type, set or not.
func (s *Service) GetGatewayResponse(ctx context.Context, in *GetGatewayResponseRequest) (*GatewayResponse, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	return api.gatewayResponse(in.ResponseType), nil
}

// GetGatewayResponses lists all types. AWS: there are no pages.
func (s *Service) GetGatewayResponses(ctx context.Context, in *GetGatewayResponsesRequest) (*GatewayResponses, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	out := &GatewayResponses{}
	for _, t := range constraints["GatewayResponseType"].Enum {
		out.Items = append(out.Items, api.gatewayResponse(t))
	}
	return out, nil
}

// UpdateGatewayResponse changes the response of a type; if it was not set
// before, it is now.
func (s *Service) UpdateGatewayResponse(ctx context.Context, in *UpdateGatewayResponseRequest) (*GatewayResponse, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*GatewayResponse, error) {
		next := *api.gatewayResponse(in.ResponseType)
		next.DefaultResponse = new(false)
		if err := gatewayResponsePatch.apply(&next, in.PatchOperations); err != nil {
			return nil, err
		}
		return &next, api.putGatewayResponse(&next)
	})
}

// DeleteGatewayResponse brings a type's default back.
func (s *Service) DeleteGatewayResponse(ctx context.Context, in *DeleteGatewayResponseRequest) (*awsapi.Empty, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*awsapi.Empty, error) {
		if _, ok := api.responses.get(in.ResponseType); !ok {
			return nil, notFound("Gateway response type not defined on api")
		}
		drop(api, &api.responses, memberResponse, in.ResponseType)
		return nil, nil
	})
}

var gatewayResponsePatch = patchTable[GatewayResponse]{
	rules: []rule[GatewayResponse]{
		{path: "/statusCode", replace: func(g *GatewayResponse, p *patchOp) error {
			g.StatusCode = nonEmpty(p.value)
			if g.StatusCode == nil {
				g.StatusCode = builtinResponse(g.ResponseType).StatusCode
			}
			return nil
		}},
		{path: "/responseParameters/{name}",
			add:     filledMember("responseParameters", setMember(gatewayHeaders)),
			replace: filledMember("responseParameters", replaceMember(gatewayHeaders, noParameter)),
			remove:  dropMember(gatewayHeaders, noParameter)},
		{path: "/responseTemplates/{contentType}",
			add:     filledMember("responseTemplates", setMember(gatewayTemplates)),
			replace: filledMember("responseTemplates", replaceMember(gatewayTemplates, noParameter)),
			remove:  dropMember(gatewayTemplates, noParameter)},
	},
	refuse: invalidPatchPath,
}

func gatewayHeaders(g *GatewayResponse) *map[string]string   { return &g.ResponseParameters }
func gatewayTemplates(g *GatewayResponse) *map[string]string { return &g.ResponseTemplates }

// filledMember refuses an operation without a value.
func filledMember(name string, set setter[GatewayResponse]) setter[GatewayResponse] {
	return func(g *GatewayResponse, p *patchOp) error {
		if p.text() == "" {
			return badRequest("Invalid null or empty value in %s", name)
		}
		return set(g, p)
	}
}

// builtinResponse is the response of a type on an API that sets none.
func builtinResponse(responseType string) *GatewayResponse {
	return &GatewayResponse{
		ResponseType:       responseType,
		StatusCode:         new(gatewayResponseStatus[responseType]),
		ResponseParameters: map[string]string{},
		ResponseTemplates:  map[string]string{"application/json": defaultGatewayTemplate},
		DefaultResponse:    new(true),
	}
}

// gatewayResponse is the response of a type: the one that was set, or the
// built-in one with what the API sets for all types of its class. AWS: a type
// that is not set shows inherited values and is still a default.
func (a *restAPI) gatewayResponse(responseType string) *GatewayResponse {
	if g, ok := a.responses.get(responseType); ok {
		return g
	}
	g := builtinResponse(responseType)
	status := *g.StatusCode
	if status == "" {
		g.StatusCode = nil
		return g
	}
	parent, ok := a.responses.get("DEFAULT_" + status[:1] + "XX")
	if !ok {
		return g
	}
	g.ResponseParameters, g.ResponseTemplates = parent.ResponseParameters, parent.ResponseTemplates
	if parent.StatusCode != nil {
		g.StatusCode = parent.StatusCode
	}
	return g
}

// putGatewayResponse checks g and sets it.
func (a *restAPI) putGatewayResponse(g *GatewayResponse) error {
	if !slices.Contains(constraints["GatewayResponseType"].Enum, g.ResponseType) {
		return badRequest("Invalid gateway response type specified: %s", g.ResponseType)
	}
	if status := nonEmpty(g.StatusCode); status == nil {
		g.StatusCode = nonEmpty(builtinResponse(g.ResponseType).StatusCode)
	} else if s := *status; len(s) != 3 || s[0] < '1' || s[0] > '5' || strings.Trim(s, "0123456789") != "" {
		return badRequest("Invalid status code specified: %s", s)
	}
	if err := checkGatewayResponseParameters(g.ResponseParameters); err != nil {
		return err
	}
	if err := checkContentTypes(g.ResponseTemplates); err != nil {
		return err
	}
	keep(a, &a.responses, memberResponse, g.ResponseType, g)
	return nil
}
