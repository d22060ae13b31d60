package apigateway

import (
	"context"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// minIntegrationTimeout is AWS's least timeoutInMillis; the most is a quota of
// the account (Config.MaxIntegrationTimeout).
const minIntegrationTimeout = 50

// PutIntegration sets a method's integration. AWS: it replaces an earlier one
// with its responses.
func (s *Service) PutIntegration(ctx context.Context, in *PutIntegrationRequest) (*Integration, error) {
	integration := newIntegration(in)
	if err := s.checkRoleAndLink(ctx, integration); err != nil {
		return nil, err
	}
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*Integration, error) {
		r, m, err := api.method(in.ResourceId, in.HttpMethod)
		if err != nil {
			return nil, err
		}
		next := *integration
		return &next, api.putIntegration(r, m, &next)
	})
}

// newIntegration makes the noun of a request; putIntegration adds the defaults.
func newIntegration(in *PutIntegrationRequest) *Integration {
	return &Integration{
		Type:                 new(in.Type),
		HttpMethod:           in.IntegrationHttpMethod,
		Uri:                  in.Uri,
		ConnectionType:       in.ConnectionType,
		ConnectionId:         in.ConnectionId,
		Credentials:          nonEmpty(in.Credentials),
		RequestParameters:    filled(in.RequestParameters),
		RequestTemplates:     filled(in.RequestTemplates),
		PassthroughBehavior:  in.PassthroughBehavior,
		ContentHandling:      in.ContentHandling,
		TimeoutInMillis:      in.TimeoutInMillis,
		CacheNamespace:       in.CacheNamespace,
		CacheKeyParameters:   in.CacheKeyParameters,
		TlsConfig:            in.TlsConfig,
		ResponseTransferMode: in.ResponseTransferMode,
		IntegrationTarget:    in.IntegrationTarget,
	}
}

// GetIntegration answers with a method's integration and its responses.
func (s *Service) GetIntegration(ctx context.Context, in *GetIntegrationRequest) (*Integration, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	_, m, err := api.integrated(in.ResourceId, in.HttpMethod)
	if err != nil {
		return nil, err
	}
	return m.MethodIntegration, nil
}

// UpdateIntegration changes an integration; its type stays.
func (s *Service) UpdateIntegration(ctx context.Context, in *UpdateIntegrationRequest) (*Integration, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	if _, m, err := api.integrated(in.ResourceId, in.HttpMethod); err == nil {
		preview := *m.MethodIntegration
		if err := integrationPatch.apply(&preview, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := s.checkRoleAndLink(ctx, changedRole(m.MethodIntegration, &preview)); err != nil {
			return nil, err
		}
	}
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*Integration, error) {
		r, m, err := api.integrated(in.ResourceId, in.HttpMethod)
		if err != nil {
			return nil, err
		}
		next := *m.MethodIntegration
		if err := integrationPatch.apply(&next, in.PatchOperations); err != nil {
			return nil, err
		}
		return &next, api.putIntegration(r, m, &next)
	})
}

// changedRole is next without the role if that is old's: an update that leaves
// the role alone needs no permission to pass it.
func changedRole(old, next *Integration) *Integration {
	c := *next
	if old.Credentials != nil && c.Credentials != nil && *old.Credentials == *c.Credentials {
		c.Credentials = nil
	}
	return &c
}

// DeleteIntegration removes a method's integration.
func (s *Service) DeleteIntegration(ctx context.Context, in *DeleteIntegrationRequest) (*awsapi.Empty, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*awsapi.Empty, error) {
		r, m, err := api.integrated(in.ResourceId, in.HttpMethod)
		if err != nil {
			return nil, err
		}
		next := *m
		next.MethodIntegration = nil
		api.putMethod(r, &next)
		return nil, nil
	})
}

var integrationPatch = patchTable[Integration]{rules: integrationRules, refuse: supportedPaths(integrationRules)}

var integrationRules = []rule[Integration]{
	{path: "/cacheKeyParameters/{name}",
		add: addCacheKey, replace: addCacheKey,
		remove: func(i *Integration, p *patchOp) error {
			if !dropItem(&i.CacheKeyParameters, p.member()) {
				return noParameter()
			}
			return nil
		}},
	{path: "/requestParameters/{name}",
		add: setMember(integrationParameters), replace: setMember(integrationParameters),
		remove: dropMember(integrationParameters, noParameter)},
	{path: "/requestTemplates/{contentType}",
		add: setMember(integrationTemplates), replace: setMember(integrationTemplates),
		remove: dropMember(integrationTemplates, noContentType)},
	{path: "/cacheNamespace", replace: setText(func(i *Integration) **string { return &i.CacheNamespace })},
	{path: "/connectionId", replace: setText(func(i *Integration) **string { return &i.ConnectionId })},
	{path: "/connectionType", replace: setText(func(i *Integration) **string { return &i.ConnectionType })},
	{path: "/contentHandling", replace: func(i *Integration, p *patchOp) error {
		i.ContentHandling = nonEmpty(p.value)
		return nil
	}},
	{path: "/credentials", replace: func(i *Integration, p *patchOp) error {
		i.Credentials = nonEmpty(p.value)
		return nil
	}},
	{path: "/httpMethod", replace: notForMock(setText(func(i *Integration) **string { return &i.HttpMethod }))},
	{path: "/integrationTarget", replace: setText(func(i *Integration) **string { return &i.IntegrationTarget })},
	{path: "/passthroughBehavior", replace: setText(func(i *Integration) **string { return &i.PassthroughBehavior })},
	{path: "/responseTransferMode", replace: setText(func(i *Integration) **string { return &i.ResponseTransferMode })},
	{path: "/timeoutInMillis", replace: setInteger(func(i *Integration) **int64 { return &i.TimeoutInMillis })},
	{path: "/tlsConfig/insecureSkipVerification", replace: func(i *Integration, p *patchOp) error {
		i.TlsConfig = &TlsConfig{InsecureSkipVerification: p.truth()}
		return nil
	}},
	{path: "/uri", replace: notForMock(setText(func(i *Integration) **string { return &i.Uri }))},
}

func integrationParameters(i *Integration) *map[string]string { return &i.RequestParameters }
func integrationTemplates(i *Integration) *map[string]string  { return &i.RequestTemplates }

func addCacheKey(i *Integration, p *patchOp) error {
	addItem(&i.CacheKeyParameters, p.member())
	return nil
}

// notForMock refuses what a MOCK integration does not have.
func notForMock(set setter[Integration]) setter[Integration] {
	return func(i *Integration, p *patchOp) error {
		if *i.Type == "MOCK" {
			return errNotHere
		}
		return set(i, p)
	}
}

// integrated returns a resource and its method, which has an integration.
func (a *restAPI) integrated(resourceID, verb string) (*Resource, *Method, error) {
	r, m, err := a.method(resourceID, verb)
	if err != nil {
		return nil, nil, err
	}
	if m.MethodIntegration == nil {
		return nil, nil, noIntegration()
	}
	return r, m, nil
}

// putIntegration checks i, adds AWS's defaults and makes it m's integration.
func (a *restAPI) putIntegration(r *Resource, m *Method, i *Integration) error {
	i.complete(r.Id)
	if err := i.check(m, a.maxTimeout); err != nil {
		return err
	}
	next := *m
	next.MethodIntegration = i
	a.putMethod(r, &next)
	return nil
}

// complete adds the defaults that AWS shows.
func (i *Integration) complete(resourceID string) {
	if *i.Type == "MOCK" {
		i.Uri, i.HttpMethod = nil, nil
	}
	if i.isHTTP() && i.ConnectionType == nil {
		i.ConnectionType = new("INTERNET")
	}
	if i.PassthroughBehavior == nil {
		i.PassthroughBehavior = new("WHEN_NO_MATCH")
	}
	if i.TimeoutInMillis == nil {
		i.TimeoutInMillis = new(int64(29000))
	}
	if i.CacheNamespace == nil {
		i.CacheNamespace = new(resourceID)
	}
	if i.CacheKeyParameters == nil {
		i.CacheKeyParameters = []string{}
	}
}

func (i *Integration) isHTTP() bool { return *i.Type == "HTTP" || *i.Type == "HTTP_PROXY" }

var (
	passthroughBehaviors = []string{"WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"}
	contentHandlings     = []string{"CONVERT_TO_BINARY", "CONVERT_TO_TEXT"}
	connectionTypes      = []string{"INTERNET", "VPC_LINK"}
	transferModes        = []string{"BUFFERED", "STREAM"}
)

// check refuses what AWS refuses. maxTimeout is in milliseconds.
func (i *Integration) check(m *Method, maxTimeout int64) error {
	if *i.Type != "MOCK" {
		if i.HttpMethod == nil || *i.HttpMethod == "" {
			return badRequest("Enumeration value for HttpMethod must be non-empty")
		}
		if !slices.Contains(verbs, *i.HttpMethod) {
			return invalidVerb()
		}
	}
	if err := i.checkURI(); err != nil {
		return err
	}
	if t := *i.TimeoutInMillis; t < minIntegrationTimeout || t > maxTimeout {
		return badRequest("Timeout should be between %d ms and %d ms", minIntegrationTimeout, maxTimeout)
	}
	if err := i.checkChoices(); err != nil {
		return err
	}
	if err := checkIntegrationParameters(m, i.RequestParameters); err != nil {
		return err
	}
	if err := checkContentTypes(i.RequestTemplates); err != nil {
		return err
	}
	for _, p := range i.CacheKeyParameters {
		if !strings.HasPrefix(p, "method.request.") && !strings.HasPrefix(p, "integration.request.") {
			return badRequest("Invalid cache key parameter specified: %s", p)
		}
	}
	return nil
}

// checkChoices checks the members that are one of a few words. The model's
// enums cover some of them, but not in an update.
func (i *Integration) checkChoices() error {
	for _, c := range []struct {
		name   string
		value  *string
		choice []string
	}{
		{"passthroughBehavior", i.PassthroughBehavior, passthroughBehaviors},
		{"contentHandling", i.ContentHandling, contentHandlings},
		{"connectionType", i.ConnectionType, connectionTypes},
		{"responseTransferMode", i.ResponseTransferMode, transferModes},
	} {
		if c.value != nil && !slices.Contains(c.choice, *c.value) {
			return badRequest("Invalid %s specified. Valid options are %s", c.name, strings.Join(c.choice, ","))
		}
	}
	if i.usesLink() && (i.ConnectionId == nil || *i.ConnectionId == "") {
		return badRequest("A VPC link identifier is required when the connection type is VPC_LINK")
	}
	return nil
}

func (i *Integration) usesLink() bool {
	return i.ConnectionType != nil && *i.ConnectionType == "VPC_LINK"
}

// nonEmpty is nil for an empty text.
func nonEmpty(s *string) *string {
	if s == nil || *s == "" {
		return nil
	}
	return s
}
