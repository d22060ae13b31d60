package apigateway

import (
	"fmt"
	"iter"
	"strings"

	"github.com/lambdagate/lambdagate/internal/store"
)

// scope is where a noun lives. Nothing of one scope is visible in another.
type scope struct{ account, region string }

func (sc scope) String() string { return sc.account + "/" + sc.region }

// restAPI is the aggregate of a REST API: the API and everything inside it.
//
// A published restAPI is immutable and shared by all readers. An edit works on
// a copy that shares all collections (see ordered) and notes in changes which
// documents it has to write. The nouns in the collections are immutable too:
// whoever changes one puts a changed copy in its place.
type restAPI struct {
	scope
	id   string
	rev  store.Revision // of the head document
	head *RestApi       // Policy is the plain document, see resourcepolicy.go

	newID      func(n int) string
	maxTimeout int64                       // of integrations, in milliseconds
	knows      func(principal string) bool // see resourcepolicy.go

	resources   ordered[*Resource] // by id, each with its whole methods
	children    ordered[string]    // ids, by parent's id + "/" + path part
	models      ordered[*Model]    // by name
	validators  ordered[*RequestValidator]
	authorizers ordered[*Authorizer]
	responses   ordered[*GatewayResponse] // those that were set, by type
	parts       ordered[*DocumentationPart]
	places      ordered[string]                // ids of parts, by location
	versions    ordered[*documentationVersion] // by version
	deployments ordered[*deployment]
	stages      ordered[*stage] // by name

	// Of an edit:
	changes       map[member]any // noun to write, nil to delete
	also          []store.Change // documents outside the aggregate
	touchedStages bool
	touchedPlans  bool // also has usage plans
}

// member names one document of an aggregate.
type member struct {
	kind memberKind
	id   string
}

// memberKind is the folder of a document in its API.
type memberKind string

const (
	memberResource   memberKind = "resource"
	memberModel      memberKind = "model"
	memberValidator  memberKind = "requestvalidator"
	memberAuthorizer memberKind = "authorizer"
	memberResponse   memberKind = "gatewayresponse"
	memberPart       memberKind = "documentationpart"
	memberVersion    memberKind = "documentationversion"
	memberDeployment memberKind = "deployment"
	memberStage      memberKind = "stage"
)

// begin returns the copy that an edit works on.
func (a *restAPI) begin() *restAPI {
	next := *a
	next.changes, next.also, next.touchedStages, next.touchedPlans = map[member]any{}, nil, false, false
	return &next
}

// setHead replaces the API itself.
func (a *restAPI) setHead(head *RestApi) {
	a.head = head
	a.touch()
}

// touch makes an edit write the head although nothing else changed.
func (a *restAPI) touch() { a.changes[member{}] = a.head }

// keep puts v into a collection and notes that it has to be written.
func keep[V any](a *restAPI, c *ordered[*V], kind memberKind, id string, v *V) {
	*c = c.with(id, v)
	a.changes[member{kind, id}] = v
}

// drop takes id out of a collection and notes that its document has to go.
func drop[V any](a *restAPI, c *ordered[*V], kind memberKind, id string) {
	*c = c.without(id)
	a.changes[member{kind, id}] = nil
}

// freshID returns an id of n characters that no item of c has.
func freshID[V any](a *restAPI, c *ordered[*V], n int) string {
	for {
		id := a.newID(n)
		if _, taken := c.get(id); !taken {
			return id
		}
	}
}

// putResource puts r in place of the resource with its id, if there is one.
func (a *restAPI) putResource(r *Resource) {
	if old, ok := a.resources.get(r.Id); ok && old.ParentId != nil {
		a.children = a.children.without(childKey(*old.ParentId, *old.PathPart))
	}
	if r.ParentId != nil {
		a.children = a.children.with(childKey(*r.ParentId, *r.PathPart), r.Id)
	}
	keep(a, &a.resources, memberResource, r.Id, r)
}

func (a *restAPI) dropResource(r *Resource) {
	if r.ParentId != nil {
		a.children = a.children.without(childKey(*r.ParentId, *r.PathPart))
	}
	drop(a, &a.resources, memberResource, r.Id)
}

// putPart puts part in place of the one with its id, if there is one.
func (a *restAPI) putPart(part *DocumentationPart) {
	a.places = a.places.with(part.Location.key(), part.Id)
	keep(a, &a.parts, memberPart, part.Id, part)
}

func (a *restAPI) dropPart(part *DocumentationPart) {
	a.places = a.places.without(part.Location.key())
	drop(a, &a.parts, memberPart, part.Id)
}

func childKey(parentID, pathPart string) string { return parentID + "/" + pathPart }

// restore puts one stored document in its place; used while loading.
func (a *restAPI) restore(m member, value []byte) error {
	var err error
	switch m.kind {
	case memberResource:
		err = restoreInto(&a.resources, m.id, value)
		if r, ok := a.resources.get(m.id); ok && r.ParentId != nil {
			a.children = a.children.with(childKey(*r.ParentId, *r.PathPart), r.Id)
		}
	case memberModel:
		err = restoreInto(&a.models, m.id, value)
	case memberValidator:
		err = restoreInto(&a.validators, m.id, value)
	case memberAuthorizer:
		err = restoreInto(&a.authorizers, m.id, value)
	case memberResponse:
		err = restoreInto(&a.responses, m.id, value)
	case memberPart:
		err = restoreInto(&a.parts, m.id, value)
		if part, ok := a.parts.get(m.id); ok {
			a.places = a.places.with(part.Location.key(), part.Id)
		}
	case memberVersion:
		err = restoreInto(&a.versions, m.id, value)
	case memberDeployment:
		err = restoreInto(&a.deployments, m.id, value)
	case memberStage:
		err = restoreInto(&a.stages, m.id, value)
	default:
		err = fmt.Errorf("no such part of a REST API: %q", m.kind)
	}
	if err != nil {
		return fmt.Errorf("%s %q: %w", m.kind, m.id, err)
	}
	return nil
}

func restoreInto[V any](c *ordered[*V], id string, value []byte) error {
	v, err := decodeDocument[V](value)
	if err == nil {
		*c = c.with(id, v)
	}
	return err
}

// members yields the names of all documents inside the API.
func (a *restAPI) members() iter.Seq[member] {
	return func(yield func(member) bool) {
		_ = yieldMembers(memberResource, a.resources, yield) &&
			yieldMembers(memberModel, a.models, yield) &&
			yieldMembers(memberValidator, a.validators, yield) &&
			yieldMembers(memberAuthorizer, a.authorizers, yield) &&
			yieldMembers(memberResponse, a.responses, yield) &&
			yieldMembers(memberPart, a.parts, yield) &&
			yieldMembers(memberVersion, a.versions, yield) &&
			yieldMembers(memberDeployment, a.deployments, yield) &&
			yieldMembers(memberStage, a.stages, yield)
	}
}

func yieldMembers[V any](kind memberKind, c ordered[V], yield func(member) bool) bool {
	for id := range c.all() {
		if !yield(member{kind, id}) {
			return false
		}
	}
	return true
}

// weight is about how many documents the aggregate holds, for the cache.
func (a *restAPI) weight() int {
	return 1 + a.resources.len() + a.models.len() + a.validators.len() + a.authorizers.len() + a.responses.len() +
		a.parts.len() + a.versions.len() + a.deployments.len() + a.stages.len()
}

// Keys of documents:
//
//	apigateway/restapi/{account}/{region}/{api}                the head
//	apigateway/member/{account}/{region}/{api}/{kind}/{id}     what is inside
//	apigateway/stage/{account}/{region}/{api}/{name}           stages, which every node holds in memory
//	apigateway/snapshot/{account}/{region}/{api}/{deployment}  frozen deployments
const (
	headPrefix     = "apigateway/restapi/"
	memberPrefix   = "apigateway/member/"
	stagePrefix    = "apigateway/stage/"
	snapshotPrefix = "apigateway/snapshot/"
)

// path is the API's place under each of the prefixes.
func (sc scope) path(apiID string) string { return sc.String() + "/" + apiID }

func (a *restAPI) headKey() string { return headPrefix + a.path(a.id) }

func (a *restAPI) memberKey(m member) string {
	if m.kind == memberStage {
		return stagePrefix + a.path(a.id) + "/" + m.id
	}
	return memberPrefix + a.path(a.id) + "/" + string(m.kind) + "/" + m.id
}

// parseMember reads the part of a key that follows memberPrefix and the API.
func parseMember(rest string) (member, bool) {
	kind, id, ok := strings.Cut(rest, "/")
	return member{memberKind(kind), id}, ok && id != ""
}
