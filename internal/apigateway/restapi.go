package apigateway

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// maxCompressionSize bounds minimumCompressionSize, in bytes.
const maxCompressionSize = 10 << 20

// CreateRestApi makes an API with a root resource and AWS's two default models,
// or a copy of another API.
func (s *Service) CreateRestApi(ctx context.Context, in *CreateRestApiRequest) (*RestApi, error) {
	api := s.newRestAPI(callScope(ctx))
	head, err := s.newHead(api, in)
	if err != nil {
		return nil, err
	}
	if in.CloneFrom != nil {
		source, err := s.restAPI(ctx, *in.CloneFrom)
		if err != nil {
			return nil, err
		}
		if err := api.cloneFrom(source, head, in); err != nil {
			return nil, err
		}
	} else {
		for _, m := range defaultModels(s.newID) {
			keep(api, &api.models, memberModel, m.Name, m)
		}
	}
	if err := s.save(ctx, api); err != nil {
		return nil, orConcurrent(err)
	}
	return api.head.shown(false), nil
}

// orConcurrent is the error for a commit that has lost a race.
func orConcurrent(err error) error {
	if asConflict(err) {
		return concurrentModification()
	}
	return err
}

// GetRestApi answers with one API.
func (s *Service) GetRestApi(ctx context.Context, in *GetRestApiRequest) (*RestApi, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	return api.head.shown(false), nil
}

// GetRestApis lists the APIs in the order of their ids.
func (s *Service) GetRestApis(ctx context.Context, in *GetRestApisRequest) (*RestApis, error) {
	page, next, err := pageNouns(s.heads, callScope(ctx), in.Position, in.Limit)
	if err != nil {
		return nil, err
	}
	for i, head := range page {
		page[i] = head.shown(false)
	}
	return &RestApis{Position: next, Items: page}, nil
}

// UpdateRestApi changes the API itself.
func (s *Service) UpdateRestApi(ctx context.Context, in *UpdateRestApiRequest) (*RestApi, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*RestApi, error) {
		next := *api.head
		if err := restApiPatch.apply(&next, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := api.checkHead(&next); err != nil {
			return nil, err
		}
		api.setHead(&next)
		return next.shown(true), nil
	})
}

// DeleteRestApi removes an API with its deployments and stages.
func (s *Service) DeleteRestApi(ctx context.Context, in *DeleteRestApiRequest) (*awsapi.Empty, error) {
	sc := callScope(ctx)
	release, err := s.queue(ctx, sc.path(in.RestApiId))
	if err != nil {
		return nil, err
	}
	defer release()
	for range editTries {
		api, err := s.load(ctx, sc, in.RestApiId)
		if err != nil {
			return nil, err
		}
		err = s.deleteRestAPI(ctx, api)
		if !asConflict(err) {
			return nil, err
		}
		if err := s.catchUp(ctx, err); err != nil {
			return nil, err
		}
	}
	return nil, concurrentModification()
}

func (s *Service) deleteRestAPI(ctx context.Context, api *restAPI) error {
	for _, m := range s.mappings.in(api.scope) {
		if m.RestApiId == api.id {
			return badRequest("Please remove all base path mappings related to the API in your domains")
		}
	}
	changes := []store.Change{s.heads.DeleteChange(api.path(api.id), api.rev)}
	for m := range api.members() {
		changes = append(changes, store.Delete(api.memberKey(m), store.Any))
	}
	for id := range api.deployments.all() {
		changes = append(changes, store.Delete(snapshotKey(api.scope, api.id, id), store.Any))
	}
	plans, err := s.plansWithout(api.scope, api.id, "")
	if err != nil {
		return err
	}
	rev, err := s.st.Commit(ctx, append(changes, plans...)...)
	if err != nil {
		return err
	}
	for d := range api.deployments.values() {
		s.dropBlob(ctx, d.Blob)
	}
	if len(plans) > 0 {
		if err := s.usagePlans.WaitFor(ctx, rev); err != nil {
			return err
		}
	}
	if api.stages.len() > 0 {
		if err := s.stages.WaitFor(ctx, rev); err != nil {
			return err
		}
	}
	return s.heads.WaitFor(ctx, rev)
}

var restApiPatch = patchTable[RestApi]{
	rules: []rule[RestApi]{
		{path: "/name", replace: setText(func(r *RestApi) **string { return &r.Name })},
		{path: "/description", add: setText(restApiDescription), replace: setText(restApiDescription), remove: unset(restApiDescription)},
		{path: "/apiKeySource", replace: setText(func(r *RestApi) **string { return &r.ApiKeySource })},
		{path: "/disableExecuteApiEndpoint", replace: setTruth(func(r *RestApi) **bool { return &r.DisableExecuteApiEndpoint })},
		{path: "/endpointAccessMode", replace: setText(func(r *RestApi) **string { return &r.EndpointAccessMode })},
		{path: "/securityPolicy", replace: setText(func(r *RestApi) **string { return &r.SecurityPolicy })},
		{path: "/minimumCompressionSize", replace: func(r *RestApi, p *patchOp) error {
			if p.text() == "" {
				r.MinimumCompressionSize = nil
				return nil
			}
			return setInteger(func(r *RestApi) **int64 { return &r.MinimumCompressionSize })(r, p)
		}},
		{path: "/binaryMediaTypes/{type}", add: addMediaType, replace: replaceMediaType,
			remove: func(r *RestApi, p *patchOp) error {
				if !dropItem(&r.BinaryMediaTypes, p.member()) {
					return notFound("Invalid binary media type specified")
				}
				return nil
			}},
		{path: "/policy", replace: func(r *RestApi, p *patchOp) error {
			r.Policy = nonEmpty(p.value)
			return nil
		}},
		{path: "/endpointConfiguration/types/{type}", replace: replaceEndpointType},
		{path: "/endpointConfiguration/ipAddressType", replace: replaceIPAddressType},
		{path: "/endpointConfiguration/vpcEndpointIds", add: addVpcEndpoint, remove: removeVpcEndpoint},
	},
	refuse: refuseRestApiPatch,
}

func restApiDescription(r *RestApi) **string { return &r.Description }

// refuseRestApiPatch: AWS has words of its own for some paths (recorded).
func refuseRestApiPatch(p *patchOp) error {
	if p.path == "/minimumCompressionSize" {
		return badRequest("Invalid patch operation specified. Must be one of: [replace]")
	}
	return invalidPatchPath(p)
}

func addMediaType(r *RestApi, p *patchOp) error {
	addItem(&r.BinaryMediaTypes, p.member())
	return nil
}

// replaceMediaType puts the value, where there is one, in place of the type
// that the path names.
func replaceMediaType(r *RestApi, p *patchOp) error {
	i := slices.Index(r.BinaryMediaTypes, p.member())
	if i < 0 || p.text() == "" {
		return addMediaType(r, p)
	}
	r.BinaryMediaTypes = slices.Clone(r.BinaryMediaTypes)
	r.BinaryMediaTypes[i] = p.text()
	return nil
}

// newRestAPI starts an aggregate with a free id and a root resource.
func (s *Service) newRestAPI(sc scope) *restAPI {
	id := s.newID(restApiID)
	for _, taken := s.index.scopeOf(id); taken; _, taken = s.index.scopeOf(id) {
		id = s.newID(restApiID)
	}
	api := (&restAPI{scope: sc, id: id, newID: s.newID, maxTimeout: s.maxTimeout, knows: s.knowsPrincipal}).begin()
	api.putResource(&Resource{Id: s.newID(rootResourceID), Path: "/"})
	return api
}

// newHead makes the API of a request, checks it and puts it into api.
func (s *Service) newHead(api *restAPI, in *CreateRestApiRequest) (*RestApi, error) {
	head := &RestApi{
		Id:                        api.id,
		Name:                      new(in.Name),
		Description:               in.Description,
		Version:                   in.Version,
		CreatedDate:               new(awsapi.Seconds(s.now())),
		ApiKeySource:              in.ApiKeySource,
		MinimumCompressionSize:    in.MinimumCompressionSize,
		Policy:                    nonEmpty(in.Policy),
		Tags:                      filled(in.Tags),
		DisableExecuteApiEndpoint: orFalse(in.DisableExecuteApiEndpoint),
		SecurityPolicy:            in.SecurityPolicy,
		EndpointAccessMode:        in.EndpointAccessMode,
	}
	if len(in.BinaryMediaTypes) > 0 {
		head.BinaryMediaTypes = in.BinaryMediaTypes
	}
	if head.ApiKeySource == nil {
		head.ApiKeySource = new("HEADER")
	}
	for root := range api.resources.values() {
		head.RootResourceId = new(root.Id)
	}
	var err error
	if head.EndpointConfiguration, err = newEndpoint(in.EndpointConfiguration); err != nil {
		return nil, err
	}
	if err := checkTags(head.Tags); err != nil {
		return nil, err
	}
	if err := api.checkHead(head); err != nil {
		return nil, err
	}
	api.setHead(head)
	return head, nil
}

// checkHead checks what does not depend on what an API contains, and brings its
// policy into the form in which it is kept.
func (a *restAPI) checkHead(h *RestApi) error {
	if h.Name == nil || strings.TrimSpace(*h.Name) == "" {
		return badRequest("Name cannot be empty")
	}
	if h.Description != nil && *h.Description == "" {
		return badRequest("Description cannot be an empty string")
	}
	if n := h.MinimumCompressionSize; n != nil && (*n < 0 || *n > maxCompressionSize) {
		return badRequest("Invalid minimum compression size, must be between 0 and %d", maxCompressionSize)
	}
	if src := h.ApiKeySource; src == nil || *src != "HEADER" && *src != "AUTHORIZER" {
		return badRequest("Invalid API key source specified. Valid options are HEADER,AUTHORIZER")
	}
	if p := h.SecurityPolicy; p != nil && !slices.Contains(constraints["SecurityPolicy"].Enum, *p) {
		return badRequest("Invalid security policy specified. Valid options are %s", strings.Join(constraints["SecurityPolicy"].Enum, ","))
	}
	if m := h.EndpointAccessMode; m != nil && !slices.Contains(constraints["EndpointAccessMode"].Enum, *m) {
		return badRequest("Invalid endpoint access mode specified. Valid options are %s", strings.Join(constraints["EndpointAccessMode"].Enum, ","))
	}
	if h.Policy == nil {
		return nil
	}
	policy, err := a.resourcePolicy(*h.Policy)
	if err != nil {
		return err
	}
	h.Policy = &policy
	return nil
}

// shown is the API as AWS answers: the policy escaped, and after an update with
// its tags even if there are none.
func (r *RestApi) shown(updated bool) *RestApi {
	c := *r
	if c.Policy != nil {
		c.Policy = new(escapePolicy(*c.Policy))
	}
	if updated && c.Tags == nil {
		c.Tags = map[string]string{}
	}
	return &c
}

// arnOf is the ARN of something that API Gateway manages.
func (sc scope) arnOf(format string, args ...any) string {
	return arn.APIGateway(sc.region, fmt.Sprintf(format, args...))
}
