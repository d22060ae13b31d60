package apigateway

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// apply brings a description into the API. What is there and described too is
// replaced; the rest stays. On an error the edit is thrown away as a whole; the
// error lists everything that is wrong with the description.
func (a *restAPI) apply(d *Description, failOnWarnings *bool) error {
	x := application{api: a, authorizers: map[string]string{}, validators: map[string]string{}}
	x.head(d.RestApi)
	x.models(d.Models)
	for _, z := range d.Authorizers {
		x.authorizer(z)
	}
	for _, v := range d.Validators {
		x.validator(v)
	}
	for _, r := range d.Resources {
		x.resource(r)
	}
	for _, g := range d.GatewayResponses {
		c := *g
		c.DefaultResponse = new(false)
		x.try(a.putGatewayResponse(&c), "Unable to put gateway response '%s'", g.ResponseType)
	}
	for _, part := range d.Parts {
		_, err := a.mergePart(part)
		x.try(err, "Unable to create documentation part of type '%s'", part.Location.Type)
	}
	if len(x.faults) > 0 {
		return importErrors(x.faults, d.Warnings)
	}
	if len(d.Warnings) > 0 && failOnWarnings != nil && *failOnWarnings {
		return importWarnings(d.Warnings)
	}
	return nil
}

// AWS: each entry stands on a line of its own behind a tab.

func importErrors(faults, warnings []string) error {
	text := "Errors found during import:\n\t" + strings.Join(faults, "\n\t")
	if len(warnings) > 0 {
		text += "\nAdditionally, these warnings were found:\n\t" + strings.Join(warnings, "\n\t")
	}
	return badRequest("%s", text)
}

func importWarnings(warnings []string) error {
	return badRequest("Warnings found during import:\n\t%s", strings.Join(warnings, "\n\t"))
}

// application is one description being applied.
type application struct {
	api                     *restAPI
	authorizers, validators map[string]string // ids by name
	faults                  []string
}

// try notes an error under what was attempted.
func (x *application) try(err error, attempt string, args ...any) bool {
	if err == nil {
		return true
	}
	text := err.Error()
	if e := awsapi.AsError(err); e != nil {
		text = e.Message
	}
	x.faults = append(x.faults, fmt.Sprintf(attempt, args...)+": "+text)
	return false
}

// head takes over what a document says about the API itself. AWS: the
// endpoint stays, media types are added.
func (x *application) head(described *RestApi) {
	next := *x.api.head
	for _, m := range []struct{ to, from **string }{
		{&next.Name, &described.Name}, {&next.Description, &described.Description}, {&next.Version, &described.Version},
		{&next.ApiKeySource, &described.ApiKeySource}, {&next.Policy, &described.Policy},
		{&next.SecurityPolicy, &described.SecurityPolicy}, {&next.EndpointAccessMode, &described.EndpointAccessMode},
	} {
		if *m.from != nil {
			*m.to = *m.from
		}
	}
	if described.MinimumCompressionSize != nil {
		next.MinimumCompressionSize = described.MinimumCompressionSize
	}
	if described.DisableExecuteApiEndpoint != nil {
		next.DisableExecuteApiEndpoint = described.DisableExecuteApiEndpoint
	}
	for _, t := range described.BinaryMediaTypes {
		addItem(&next.BinaryMediaTypes, t)
	}
	if x.try(x.api.checkHead(&next), "Unable to update the API") {
		x.api.setHead(&next)
	}
}

// models adds all models before it checks their schemas, since they may refer
// to each other in any order and in circles.
func (x *application) models(models []*Model) {
	for _, m := range models {
		c := *m
		if !modelNames.MatchString(c.Name) {
			x.try(badRequest("Model name must be alphanumeric: %s", c.Name), "Unable to create model for '%s'", c.Name)
			continue
		}
		c.Id = x.api.newID(shortID)
		if old, ok := x.api.models.get(c.Name); ok {
			c.Id = old.Id
		}
		keep(x.api, &x.api.models, memberModel, c.Name, &c)
	}
	for _, m := range models {
		if known, ok := x.api.models.get(m.Name); ok {
			x.try(x.api.checkSchema(known), "Unable to create model for '%s'", m.Name)
		}
	}
}

func (x *application) authorizer(z *Authorizer) {
	for old := range x.api.authorizers.values() {
		if old.Name == z.Name {
			c := *z
			c.Id = old.Id
			c.complete()
			if x.try(c.check(), "Unable to update authorizer '%s'", z.Name) {
				keep(x.api, &x.api.authorizers, memberAuthorizer, c.Id, &c)
			}
			x.authorizers[z.Name] = c.Id
			return
		}
	}
	c := *z
	if x.try(x.api.addAuthorizer(&c), "Unable to create authorizer '%s'", z.Name) {
		x.authorizers[z.Name] = c.Id
	}
}

func (x *application) validator(v *RequestValidator) {
	for old := range x.api.validators.values() {
		if old.Name != nil && v.Name != nil && *old.Name == *v.Name {
			c := *v
			c.Id = old.Id
			keep(x.api, &x.api.validators, memberValidator, c.Id, &c)
			x.validators[*v.Name] = c.Id
			return
		}
	}
	c := *v
	if x.try(x.api.addValidator(&c), "Unable to create request validator") && v.Name != nil {
		x.validators[*v.Name] = c.Id
	}
}

// resource puts the methods of a resource, which is made with its parents if
// it is not there.
func (x *application) resource(described *Resource) {
	r, ok := x.reach(described.Path)
	if !ok {
		return
	}
	for _, verb := range verbs {
		if m := described.ResourceMethods[verb]; m != nil {
			r = x.method(r, m)
		}
	}
}

// reach returns the resource at path.
func (x *application) reach(path string) (*Resource, bool) {
	r := x.api.root()
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if part == "" {
			continue
		}
		child, ok := x.api.child(r.Id, part)
		if !ok {
			var err error
			child, err = x.api.addChild(r, part)
			if !x.try(err, "Unable to create resource at path '%s'", joinPath(r.Path, part)) {
				return nil, false
			}
		}
		r = child
	}
	return r, true
}

// method puts a method in place of the one for its verb, and returns the
// changed resource.
func (x *application) method(r *Resource, described *Method) *Resource {
	m := *described
	m.ApiKeyRequired = orFalse(m.ApiKeyRequired)
	m.MethodResponses, m.MethodIntegration = nil, nil
	m.AuthorizerId = renamed(m.AuthorizerId, x.authorizers)
	m.RequestValidatorId = renamed(m.RequestValidatorId, x.validators)
	cleared := *r
	dropKey(&cleared.ResourceMethods, m.HttpMethod)
	if !x.try(x.api.addMethod(&cleared, &m), "Unable to put method '%s' on resource at path '%s'", m.HttpMethod, r.Path) {
		return r
	}
	r, now, _ := x.api.method(r.Id, m.HttpMethod)
	for _, status := range sortedKeys(described.MethodResponses) {
		response := *described.MethodResponses[status]
		err := x.api.putMethodResponse(r, now, &response)
		x.try(err, "Unable to put method response '%s' on '%s' for resource at path '%s'", status, m.HttpMethod, r.Path)
		r, now, _ = x.api.method(r.Id, m.HttpMethod)
	}
	return x.integration(r, now, described.MethodIntegration)
}

func (x *application) integration(r *Resource, m *Method, described *Integration) *Resource {
	if described == nil {
		return r
	}
	i := *described
	i.IntegrationResponses = nil
	if !slices.Contains(constraints["IntegrationType"].Enum, strings.ToUpper(*i.Type)) {
		x.try(badRequest("Invalid integration type specified: %s", *i.Type), "Unable to put integration on '%s' for resource at path '%s'", m.HttpMethod, r.Path)
		return r
	}
	i.Type = new(strings.ToUpper(*i.Type))
	if !x.try(x.api.putIntegration(r, m, &i), "Unable to put integration on '%s' for resource at path '%s'", m.HttpMethod, r.Path) {
		return r
	}
	for _, status := range sortedKeys(described.IntegrationResponses) {
		r, m, _ = x.api.method(r.Id, m.HttpMethod)
		response := *described.IntegrationResponses[status]
		err := x.api.putIntegrationResponse(r, m, &response)
		x.try(err, "Unable to put integration response on '%s' for resource at path '%s'", m.HttpMethod, r.Path)
	}
	r, _ = x.api.resource(r.Id)
	return r
}

// mergePart puts a part in place of the one for the same place.
func (a *restAPI) mergePart(part *DocumentationPart) (id string, err error) {
	location := *part.Location
	location.complete()
	c := DocumentationPart{Location: &location, Properties: part.Properties}
	if old, ok := a.places.get(location.key()); ok {
		if err := checkProperties(c.Properties); err != nil {
			return "", err
		}
		c.Id = old
		a.putPart(&c)
		return old, nil
	}
	err = a.addPart(&c)
	return c.Id, err
}

func (a *restAPI) dropParts() {
	for part := range a.parts.values() {
		a.dropPart(part)
	}
}

// empty removes all that a document can describe. The root resource stays.
func (a *restAPI) empty() {
	root := *a.root()
	for _, id := range a.children.under(root.Id + "/") {
		child, _ := a.resources.get(id)
		a.dropSubtree(child)
	}
	root.ResourceMethods = nil
	a.putResource(&root)
	for name := range a.models.all() {
		drop(a, &a.models, memberModel, name)
	}
	for id := range a.validators.all() {
		drop(a, &a.validators, memberValidator, id)
	}
	for id := range a.authorizers.all() {
		drop(a, &a.authorizers, memberAuthorizer, id)
	}
	for t := range a.responses.all() {
		drop(a, &a.responses, memberResponse, t)
	}
	a.dropParts()
	head := *a.head
	head.BinaryMediaTypes = nil
	a.setHead(&head)
}
