package apigateway

import "strings"

// cloneFrom fills a new API with what source contains: everything that a
// deployment would freeze, and the documentation's parts. Ids are new; what the
// request says goes before what source says.
func (a *restAPI) cloneFrom(source *restAPI, head *RestApi, in *CreateRestApiRequest) error {
	a.cloneHead(source.head, head, in)
	ids := a.cloneParts(source)
	root := a.root()
	ids[source.root().Id] = root.Id
	for _, r := range source.byPath() { // parents come before their children
		c := *r
		c.Id = root.Id
		if r.ParentId != nil {
			c.Id = freshID(a, &a.resources, childResourceID)
			c.ParentId = new(ids[*r.ParentId])
		}
		ids[r.Id] = c.Id
		c.ResourceMethods = nil
		for verb, m := range r.ResourceMethods {
			putKey(&c.ResourceMethods, verb, m.clone(ids))
		}
		a.putResource(&c)
	}
	return nil
}

func (a *restAPI) cloneHead(source, head *RestApi, in *CreateRestApiRequest) {
	c := *head
	if in.Description == nil {
		c.Description = source.Description
	}
	if in.Version == nil {
		c.Version = source.Version
	}
	if len(in.BinaryMediaTypes) == 0 {
		c.BinaryMediaTypes = source.BinaryMediaTypes
	}
	if in.MinimumCompressionSize == nil {
		c.MinimumCompressionSize = source.MinimumCompressionSize
	}
	if in.ApiKeySource == nil {
		c.ApiKeySource = source.ApiKeySource
	}
	if in.EndpointConfiguration == nil {
		c.EndpointConfiguration = source.EndpointConfiguration
	}
	if in.Policy == nil && source.Policy != nil {
		c.Policy = new(strings.ReplaceAll(*source.Policy, ":"+source.Id+"/", ":"+a.id+"/"))
	}
	a.setHead(&c)
}

// cloneParts copies what methods refer to and returns the new ids by the old.
func (a *restAPI) cloneParts(source *restAPI) map[string]string {
	ids := map[string]string{}
	for m := range source.models.values() {
		c := *m
		c.Id = a.newID(shortID)
		if m.Schema != nil {
			c.Schema = new(strings.ReplaceAll(*m.Schema, modelReference(source.id, ""), modelReference(a.id, "")))
		}
		keep(a, &a.models, memberModel, c.Name, &c)
	}
	for v := range source.validators.values() {
		c := *v
		c.Id = freshID(a, &a.validators, shortID)
		ids[v.Id] = c.Id
		keep(a, &a.validators, memberValidator, c.Id, &c)
	}
	for z := range source.authorizers.values() {
		c := *z
		c.Id = freshID(a, &a.authorizers, shortID)
		ids[z.Id] = c.Id
		keep(a, &a.authorizers, memberAuthorizer, c.Id, &c)
	}
	for responseType, g := range source.responses.all() {
		keep(a, &a.responses, memberResponse, responseType, g)
	}
	for part := range source.parts.values() {
		c := *part
		c.Id = freshID(a, &a.parts, shortID)
		a.putPart(&c)
	}
	return ids
}

// clone copies a method and puts the new ids in place of those that it refers
// to.
func (m *Method) clone(ids map[string]string) *Method {
	c := *m
	c.AuthorizerId = renamed(m.AuthorizerId, ids)
	c.RequestValidatorId = renamed(m.RequestValidatorId, ids)
	if m.MethodIntegration != nil {
		i := *m.MethodIntegration
		i.CacheNamespace = renamed(i.CacheNamespace, ids)
		c.MethodIntegration = &i
	}
	return &c
}

func renamed(id *string, ids map[string]string) *string {
	if id == nil {
		return nil
	}
	if next, ok := ids[*id]; ok {
		return &next
	}
	return id
}
