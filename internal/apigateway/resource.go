package apigateway

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// CreateResource adds a child under in.ParentId.
func (s *Service) CreateResource(ctx context.Context, in *CreateResourceRequest) (*Resource, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*Resource, error) {
		parent, err := api.resource(in.ParentId)
		if err != nil {
			return nil, err
		}
		return api.addChild(parent, in.PathPart)
	})
}

// GetResource answers with the verbs of the resource, or with its whole methods
// where embed asks for them.
func (s *Service) GetResource(ctx context.Context, in *GetResourceRequest) (*Resource, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	r, err := api.resource(in.ResourceId)
	if err != nil {
		return nil, err
	}
	return r.shown(slices.Contains(in.Embed, "methods")), nil
}

// GetResources lists the resources in the order of their ids.
func (s *Service) GetResources(ctx context.Context, in *GetResourcesRequest) (*Resources, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	page, next, err := pageOrdered(api.resources, in.Position, in.Limit)
	if err != nil {
		return nil, err
	}
	embed := slices.Contains(in.Embed, "methods")
	out := &Resources{Position: next, Items: []*Resource{}}
	for _, r := range page {
		out.Items = append(out.Items, r.shown(embed))
	}
	return out, nil
}

// UpdateResource renames a resource or moves it with all that is below it.
func (s *Service) UpdateResource(ctx context.Context, in *UpdateResourceRequest) (*Resource, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*Resource, error) {
		r, err := api.resource(in.ResourceId)
		if err != nil {
			return nil, err
		}
		next := *r
		if err := resourcePatch.apply(&next, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := api.moveResource(r, &next); err != nil {
			return nil, err
		}
		moved, err := api.resource(r.Id)
		if err != nil {
			return nil, err
		}
		return moved.shown(false), nil
	})
}

// DeleteResource removes the resource and all that is below it.
func (s *Service) DeleteResource(ctx context.Context, in *DeleteResourceRequest) (*awsapi.Empty, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*awsapi.Empty, error) {
		r, err := api.resource(in.ResourceId)
		if err != nil {
			return nil, err
		}
		if r.ParentId == nil {
			return nil, badRequest("Root resource cannot be deleted")
		}
		api.dropSubtree(r)
		return nil, nil
	})
}

var resourcePatch = patchTable[Resource]{
	rules: []rule[Resource]{
		{path: "/parentId", replace: func(r *Resource, p *patchOp) error {
			if r.ParentId == nil {
				return badRequest("Root resource cannot update its parentId.")
			}
			r.ParentId = new(p.text())
			return nil
		}},
		{path: "/pathPart", replace: func(r *Resource, p *patchOp) error {
			if r.ParentId == nil {
				return badRequest("Root resource cannot update its pathPart.")
			}
			r.PathPart = new(p.text())
			return nil
		}},
	},
	refuse: mustBeOneOf("replace", "/parentId", "/pathPart"),
}

// shown is the resource as the API answers: verbs only, with nothing in them,
// unless the methods are embedded.
func (r *Resource) shown(embed bool) *Resource {
	if embed || len(r.ResourceMethods) == 0 {
		return r
	}
	c := *r
	c.ResourceMethods = make(map[string]*Method, len(r.ResourceMethods))
	for verb := range r.ResourceMethods {
		c.ResourceMethods[verb] = nil
	}
	return &c
}

func (a *restAPI) resource(id string) (*Resource, error) {
	r, ok := a.resources.get(id)
	if !ok {
		return nil, noResource()
	}
	return r, nil
}

// root is the resource "/".
func (a *restAPI) root() *Resource {
	r, _ := a.resources.get(*a.head.RootResourceId)
	return r
}

// byPath lists the resources in the order of their paths.
func (a *restAPI) byPath() []*Resource {
	return slices.SortedFunc(a.resources.values(), func(x, y *Resource) int { return cmp.Compare(x.Path, y.Path) })
}

// addChild makes a resource with that path part under parent.
func (a *restAPI) addChild(parent *Resource, pathPart string) (*Resource, error) {
	if err := a.checkChild(parent, pathPart, ""); err != nil {
		return nil, err
	}
	r := &Resource{
		Id:       freshID(a, &a.resources, childResourceID),
		ParentId: new(parent.Id),
		PathPart: new(pathPart),
		Path:     joinPath(parent.Path, pathPart),
	}
	a.putResource(r)
	return r, nil
}

// child returns the child of parent with that path part.
func (a *restAPI) child(parentID, pathPart string) (*Resource, bool) {
	id, ok := a.children.get(childKey(parentID, pathPart))
	if !ok {
		return nil, false
	}
	return a.resources.get(id)
}

// pathParts are plain text or a variable in braces, greedy with a plus. AWS
// names fewer characters in its error text than its manual allows (the comma).
var pathParts = regexp.MustCompile(`^(?:[a-zA-Z0-9._:,-]+|\{[a-zA-Z0-9._:-]+\+?\})$`)

// checkChild refuses what cannot stand under parent. self is the id of the
// resource that is moved, "" for a new one.
func (a *restAPI) checkChild(parent *Resource, pathPart, self string) error {
	if !pathParts.MatchString(pathPart) {
		return badRequest("Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.")
	}
	if parent.PathPart != nil && strings.HasSuffix(*parent.PathPart, "+}") {
		return badRequest("Cannot create a child of a resource with a greedy path variable: %s", *parent.PathPart)
	}
	if twin, ok := a.child(parent.Id, pathPart); ok && twin.Id != self {
		return conflict("Another resource with the same parent already has this name: %s", pathPart)
	}
	if !strings.HasPrefix(pathPart, "{") {
		return nil
	}
	for _, id := range a.children.under(childKey(parent.Id, "{")) {
		if sibling, _ := a.resources.get(id); id != self {
			return badRequest("A sibling (%s) of this resource already has a variable path part -- only one is allowed", *sibling.PathPart)
		}
	}
	return nil
}

// moveResource puts next, which has a new parent or path part, in place of old
// and gives everything below it its new path.
func (a *restAPI) moveResource(old, next *Resource) error {
	if old.ParentId == nil || *old.ParentId == *next.ParentId && *old.PathPart == *next.PathPart {
		return nil
	}
	parent, err := a.resource(*next.ParentId)
	if err != nil {
		return err
	}
	if a.isBelow(parent, old.Id) {
		return badRequest("Resources cannot be cyclical.")
	}
	if err := a.checkChild(parent, *next.PathPart, old.Id); err != nil {
		return err
	}
	if strings.HasSuffix(*next.PathPart, "+}") && a.hasChildren(old.Id) {
		return badRequest("Cannot create a child of a resource with a greedy path variable: %s", *next.PathPart)
	}
	next.Path = joinPath(parent.Path, *next.PathPart)
	a.putResource(next)
	a.repath(next)
	return nil
}

// isBelow reports whether r is the resource with that id or below it.
func (a *restAPI) isBelow(r *Resource, id string) bool {
	for {
		if r.Id == id {
			return true
		}
		if r.ParentId == nil {
			return false
		}
		r, _ = a.resources.get(*r.ParentId)
	}
}

func (a *restAPI) hasChildren(id string) bool {
	for range a.children.under(id + "/") {
		return true
	}
	return false
}

// repath gives what is below r paths that start with r's.
func (a *restAPI) repath(r *Resource) {
	for _, id := range a.children.under(r.Id + "/") {
		child, _ := a.resources.get(id)
		c := *child
		c.Path = joinPath(r.Path, *c.PathPart)
		a.putResource(&c)
		a.repath(&c)
	}
}

// dropSubtree removes r and what is below it.
func (a *restAPI) dropSubtree(r *Resource) {
	for _, id := range a.children.under(r.Id + "/") {
		child, _ := a.resources.get(id)
		a.dropSubtree(child)
	}
	a.dropResource(r)
}

func joinPath(parent, part string) string {
	if parent == "/" {
		return "/" + part
	}
	return parent + "/" + part
}
