package apigateway

import (
	"context"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// maxAuthorizerTTL is the longest that an authorizer's answer may be kept, in
// seconds.
const maxAuthorizerTTL = 3600

// CreateAuthorizer adds an authorizer.
func (s *Service) CreateAuthorizer(ctx context.Context, in *CreateAuthorizerRequest) (*Authorizer, error) {
	z := &Authorizer{
		Name:                         in.Name,
		Type:                         new(in.Type),
		ProviderARNs:                 in.ProviderARNs,
		AuthType:                     in.AuthType,
		AuthorizerUri:                in.AuthorizerUri,
		AuthorizerCredentials:        nonEmpty(in.AuthorizerCredentials),
		IdentitySource:               in.IdentitySource,
		IdentityValidationExpression: nonEmpty(in.IdentityValidationExpression),
		AuthorizerResultTtlInSeconds: in.AuthorizerResultTtlInSeconds,
	}
	z.complete()
	if err := z.check(); err != nil {
		return nil, err
	}
	if z.AuthorizerCredentials != nil {
		if err := s.checkPassRole(ctx, *z.AuthorizerCredentials); err != nil {
			return nil, err
		}
	}
	out, err := edit(ctx, s, in.RestApiId, func(api *restAPI) (*Authorizer, error) {
		next := *z
		return &next, api.addAuthorizer(&next)
	})
	if isNoRestApi(err) {
		// AWS: this operation answers as if it had lost a race (recorded).
		return nil, concurrentModification()
	}
	return out, err
}

// GetAuthorizer answers with one authorizer.
func (s *Service) GetAuthorizer(ctx context.Context, in *GetAuthorizerRequest) (*Authorizer, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	return api.authorizer(in.AuthorizerId)
}

// GetAuthorizers lists the authorizers in the order of their ids.
func (s *Service) GetAuthorizers(ctx context.Context, in *GetAuthorizersRequest) (*Authorizers, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	page, next, err := pageOrdered(api.authorizers, in.Position, in.Limit)
	return &Authorizers{Position: next, Items: page}, err
}

// UpdateAuthorizer changes an authorizer.
func (s *Service) UpdateAuthorizer(ctx context.Context, in *UpdateAuthorizerRequest) (*Authorizer, error) {
	for _, op := range in.PatchOperations {
		if p := newPatchOp(op); p.op == "replace" && p.path == "/authorizerCredentials" && p.text() != "" {
			if err := s.checkPassRole(ctx, p.text()); err != nil {
				return nil, err
			}
		}
	}
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*Authorizer, error) {
		z, err := api.authorizer(in.AuthorizerId)
		if err != nil {
			return nil, err
		}
		next := *z
		if err := authorizerPatch.apply(&next, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := next.check(); err != nil {
			return nil, err
		}
		if err := api.checkAuthorizerName(&next); err != nil {
			return nil, err
		}
		keep(api, &api.authorizers, memberAuthorizer, next.Id, &next)
		return &next, nil
	})
}

// DeleteAuthorizer removes an authorizer that no method uses.
func (s *Service) DeleteAuthorizer(ctx context.Context, in *DeleteAuthorizerRequest) (*awsapi.Empty, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*awsapi.Empty, error) {
		z, err := api.authorizer(in.AuthorizerId)
		if err != nil {
			return nil, err
		}
		if err := api.checkAuthorizerUnused(z); err != nil {
			return nil, err
		}
		drop(api, &api.authorizers, memberAuthorizer, z.Id)
		return nil, nil
	})
}

var authorizerPatch = patchTable[Authorizer]{rules: authorizerRules, refuse: supportedPaths(authorizerRules)}

var authorizerRules = []rule[Authorizer]{
	{path: "/authorizerUri", replace: setText(func(z *Authorizer) **string { return &z.AuthorizerUri })},
	{path: "/authorizerCredentials", replace: func(z *Authorizer, p *patchOp) error {
		z.AuthorizerCredentials = nonEmpty(p.value)
		return nil
	}},
	{path: "/authorizerResultTtlInSeconds", replace: setInteger(func(z *Authorizer) **int64 { return &z.AuthorizerResultTtlInSeconds })},
	{path: "/authType", replace: setText(func(z *Authorizer) **string { return &z.AuthType })},
	{path: "/identitySource",
		add: setText(identitySource), replace: setText(identitySource), remove: unset(identitySource)},
	{path: "/identityValidationExpression", replace: func(z *Authorizer, p *patchOp) error {
		z.IdentityValidationExpression = nonEmpty(p.value)
		return nil
	}},
	{path: "/name", replace: func(z *Authorizer, p *patchOp) error {
		z.Name = p.text()
		return nil
	}},
	{path: "/type", replace: setText(func(z *Authorizer) **string { return &z.Type })},
	{path: "/providerARNs",
		add: func(z *Authorizer, p *patchOp) error {
			addItem(&z.ProviderARNs, p.text())
			return nil
		},
		remove: func(z *Authorizer, p *patchOp) error {
			dropItem(&z.ProviderARNs, p.text())
			return nil
		}},
}

func identitySource(z *Authorizer) **string { return &z.IdentitySource }

func (a *restAPI) authorizer(id string) (*Authorizer, error) {
	z, ok := a.authorizers.get(id)
	if !ok {
		return nil, noAuthorizer()
	}
	return z, nil
}

// addAuthorizer gives z an id and adds it.
func (a *restAPI) addAuthorizer(z *Authorizer) error {
	z.complete()
	if err := z.check(); err != nil {
		return err
	}
	z.Id = freshID(a, &a.authorizers, shortID)
	if err := a.checkAuthorizerName(z); err != nil {
		return err
	}
	keep(a, &a.authorizers, memberAuthorizer, z.Id, z)
	return nil
}

func (a *restAPI) checkAuthorizerName(z *Authorizer) error {
	for other := range a.authorizers.values() {
		if other.Name == z.Name && other.Id != z.Id {
			return badRequest("Authorizer name must be unique. Authorizer %s already exists in this RestApi.", z.Name)
		}
	}
	return nil
}

func (a *restAPI) checkAuthorizerUnused(z *Authorizer) error {
	for r := range a.resources.values() {
		for _, verb := range verbs {
			if m := r.ResourceMethods[verb]; m != nil && m.AuthorizerId != nil && *m.AuthorizerId == z.Id {
				return conflict("Cannot delete authorizer '%s', is referenced in method: %s/%s", z.Name, verb, r.Path)
			}
		}
	}
	return nil
}

// complete adds what AWS shows of every authorizer.
func (z *Authorizer) complete() {
	if z.AuthType != nil {
		return
	}
	z.AuthType = new("custom")
	if z.isCognito() {
		z.AuthType = new("cognito_user_pools")
	}
}

func (z *Authorizer) isCognito() bool { return z.Type != nil && *z.Type == "COGNITO_USER_POOLS" }

// serves reports whether methods of that authorization type can use z.
func (z *Authorizer) serves(authorizationType string) bool {
	return z.isCognito() == (authorizationType == "COGNITO_USER_POOLS")
}

func (z *Authorizer) check() error {
	if z.Name == "" {
		return badRequest("Authorizer name cannot be empty")
	}
	if z.Type == nil || !slices.Contains([]string{"TOKEN", "REQUEST", "COGNITO_USER_POOLS"}, *z.Type) {
		return badRequest("Invalid authorizer type specified. Valid options are TOKEN,REQUEST,COGNITO_USER_POOLS")
	}
	if ttl := z.AuthorizerResultTtlInSeconds; ttl != nil && (*ttl < 0 || *ttl > maxAuthorizerTTL) {
		return badRequest("Authorizer result TTL must be between 0 and %d seconds", maxAuthorizerTTL)
	}
	if z.isCognito() {
		return z.checkProviders()
	}
	if err := z.checkURI(); err != nil {
		return err
	}
	return z.checkIdentitySource()
}

func (z *Authorizer) checkProviders() error {
	if len(z.ProviderARNs) == 0 {
		return badRequest("At least one provider ARN is required for an authorizer of type COGNITO_USER_POOLS")
	}
	for _, p := range z.ProviderARNs {
		if a, err := arn.Parse(p); err != nil || a.Service != "cognito-idp" || !strings.HasPrefix(a.Resource, "userpool/") {
			return badRequest("Invalid Cognito User Pool ARN specified: %s", p)
		}
	}
	return nil
}

func (z *Authorizer) checkURI() error {
	uri := ""
	if z.AuthorizerUri != nil {
		uri = *z.AuthorizerUri
	}
	in, err := arn.ParseIntegration(uri)
	if err != nil || in.Service != "lambda" || in.Kind != "path" || !invokesFunction(in.Target) {
		return badRequest("Invalid Authorizer URI: %s. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.", uri)
	}
	return nil
}

// checkIdentitySource checks where the identity comes from. AWS: TOKEN takes
// one header and needs it; REQUEST takes a list, which may be empty only if
// nothing is cached. The time to live is 300 where nothing is said.
func (z *Authorizer) checkIdentitySource() error {
	source := ""
	if z.IdentitySource != nil {
		source = *z.IdentitySource
	}
	if *z.Type == "TOKEN" {
		if name, ok := strings.CutPrefix(source, "method.request.header."); !ok || !parameterName.MatchString(name) {
			return invalidIdentitySource(source)
		}
		return nil
	}
	if source == "" {
		if ttl := z.AuthorizerResultTtlInSeconds; ttl != nil && *ttl == 0 {
			return nil
		}
		return badRequest("Identity source is required when caching is enabled")
	}
	for item := range strings.SplitSeq(source, ",") {
		if !isIdentity(strings.TrimSpace(item)) {
			return invalidIdentitySource(source)
		}
	}
	return nil
}

func isIdentity(source string) bool {
	for _, prefix := range []string{"method.request.header.", "method.request.querystring.", "stageVariables.", "context."} {
		if name, ok := strings.CutPrefix(source, prefix); ok {
			return parameterName.MatchString(name)
		}
	}
	return false
}

func invalidIdentitySource(source string) error {
	return badRequest("Invalid identity source specified: %s", source)
}
