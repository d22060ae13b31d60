package apigateway

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// CreateDocumentationPart adds a draft of the documentation of one place.
func (s *Service) CreateDocumentationPart(ctx context.Context, in *CreateDocumentationPartRequest) (*DocumentationPart, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*DocumentationPart, error) {
		location := *in.Location
		part := &DocumentationPart{Location: &location, Properties: new(in.Properties)}
		return part, api.addPart(part)
	})
}

// GetDocumentationPart answers with one part.
func (s *Service) GetDocumentationPart(ctx context.Context, in *GetDocumentationPartRequest) (*DocumentationPart, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	return api.part(in.DocumentationPartId)
}

// GetDocumentationParts lists the parts that pass the filters, by id. With
// locationStatus UNDOCUMENTED it lists the places that have no part, by type and
// path: they have a location and no id.
func (s *Service) GetDocumentationParts(ctx context.Context, in *GetDocumentationPartsRequest) (*DocumentationParts, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	parts := slices.Collect(api.parts.values())
	key := func(part *DocumentationPart) string { return part.Id }
	if in.LocationStatus != nil && *in.LocationStatus == "UNDOCUMENTED" {
		parts = api.undocumented()
		key = func(part *DocumentationPart) string { return part.Location.key() }
	}
	parts = slices.DeleteFunc(parts, func(part *DocumentationPart) bool { return !part.Location.passes(in) })
	page, next, err := pageList(parts, in.Position, in.Limit, key)
	return &DocumentationParts{Position: next, Items: page}, err
}

// UpdateDocumentationPart changes a part's properties.
func (s *Service) UpdateDocumentationPart(ctx context.Context, in *UpdateDocumentationPartRequest) (*DocumentationPart, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*DocumentationPart, error) {
		part, err := api.part(in.DocumentationPartId)
		if err != nil {
			return nil, err
		}
		next := *part
		if err := documentationPartPatch.apply(&next, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := checkProperties(next.Properties); err != nil {
			return nil, err
		}
		api.putPart(&next)
		return &next, nil
	})
}

// DeleteDocumentationPart removes a part.
func (s *Service) DeleteDocumentationPart(ctx context.Context, in *DeleteDocumentationPartRequest) (*awsapi.Empty, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*awsapi.Empty, error) {
		part, err := api.part(in.DocumentationPartId)
		if err != nil {
			return nil, err
		}
		api.dropPart(part)
		return nil, nil
	})
}

var documentationPartPatch = patchTable[DocumentationPart]{
	rules: []rule[DocumentationPart]{
		{path: "/properties", replace: setText(func(p *DocumentationPart) **string { return &p.Properties })},
	},
	refuse: mustBeOneOf("replace", "/properties"),
}

func (a *restAPI) part(id string) (*DocumentationPart, error) {
	part, ok := a.parts.get(id)
	if !ok {
		return nil, noPart()
	}
	return part, nil
}

// addPart gives part an id and adds it.
func (a *restAPI) addPart(part *DocumentationPart) error {
	if err := checkProperties(part.Properties); err != nil {
		return err
	}
	part.Location.complete()
	if err := part.Location.check(); err != nil {
		return err
	}
	if _, taken := a.places.get(part.Location.key()); taken {
		return conflict("Documentation part already exists for the specified location: type '%s'", part.Location.Type)
	}
	part.Id = freshID(a, &a.parts, shortID)
	a.putPart(part)
	return nil
}

// checkProperties refuses what is not a JSON object.
func checkProperties(properties *string) error {
	if properties == nil || *properties == "" {
		return badRequest("Documentation part properties must be non-empty")
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(*properties), &object); err != nil || object == nil {
		return badRequest("Documentation part properties must be a valid JSON object")
	}
	return nil
}

// locationFields says which members locate each type of part. AWS: the others
// must not be given.
var locationFields = map[string]string{
	"API":             "",
	"AUTHORIZER":      "name",
	"MODEL":           "name",
	"RESOURCE":        "path",
	"METHOD":          "path method",
	"REQUEST_BODY":    "path method",
	"PATH_PARAMETER":  "path method name",
	"QUERY_PARAMETER": "path method name",
	"REQUEST_HEADER":  "path method name",
	"RESPONSE":        "path method statusCode",
	"RESPONSE_BODY":   "path method statusCode",
	"RESPONSE_HEADER": "path method statusCode name",
}

func (l *DocumentationPartLocation) fields() []string { return strings.Fields(locationFields[l.Type]) }

// complete takes members away that say no more than the defaults, path / and
// any method and status, as AWS does.
func (l *DocumentationPartLocation) complete() {
	if l.Path != nil && (*l.Path == "" || *l.Path == "/") {
		l.Path = nil
	}
	if l.Method != nil && (*l.Method == "" || *l.Method == "*") {
		l.Method = nil
	}
	if l.StatusCode != nil && (strings.TrimSpace(*l.StatusCode) == "" || *l.StatusCode == "*") {
		l.StatusCode = nil
	}
	l.Name = nonEmpty(l.Name)
}

func (l *DocumentationPartLocation) check() error {
	fields := l.fields()
	for _, m := range []struct {
		name  string
		value *string
	}{{"path", l.Path}, {"method", l.Method}, {"statusCode", l.StatusCode}, {"name", l.Name}} {
		if m.value != nil && !slices.Contains(fields, m.name) {
			return badRequest("Invalid location specified: %s is not valid for type %s", m.name, l.Type)
		}
	}
	if slices.Contains(fields, "name") && l.Name == nil {
		return badRequest("Invalid location specified: name is required for type %s", l.Type)
	}
	return nil
}

// key is equal for equal places.
func (l *DocumentationPartLocation) key() string {
	or := func(v *string, other string) string {
		if v == nil {
			return other
		}
		return *v
	}
	return strings.Join([]string{l.Type, or(l.Path, "/"), or(l.Method, "*"), or(l.StatusCode, "*"), or(l.Name, "")}, "\x00")
}

// passes reports whether a place passes the filters of a request.
func (l *DocumentationPartLocation) passes(in *GetDocumentationPartsRequest) bool {
	path := "/"
	if l.Path != nil {
		path = *l.Path
	}
	return (in.Type == nil || *in.Type == l.Type) &&
		(in.NameQuery == nil || l.Name != nil && strings.Contains(*l.Name, *in.NameQuery)) &&
		(in.Path == nil || strings.HasPrefix(path, *in.Path))
}

// undocumented lists the places of the API that have no part.
func (a *restAPI) undocumented() []*DocumentationPart {
	var places []*DocumentationPart
	add := func(l DocumentationPartLocation) {
		l.complete()
		if _, known := a.places.get(l.key()); !known {
			places = append(places, &DocumentationPart{Location: &l})
		}
	}
	add(DocumentationPartLocation{Type: "API"})
	for z := range a.authorizers.values() {
		add(DocumentationPartLocation{Type: "AUTHORIZER", Name: new(z.Name)})
	}
	for m := range a.models.values() {
		add(DocumentationPartLocation{Type: "MODEL", Name: new(m.Name)})
	}
	for _, r := range a.byPath() {
		add(DocumentationPartLocation{Type: "RESOURCE", Path: new(r.Path)})
		for _, verb := range verbs {
			if m := r.ResourceMethods[verb]; m != nil {
				m.places(r.Path, add)
			}
		}
	}
	return places
}

// parameterParts are the parts for the places of a parameter.
var parameterParts = map[string]string{"path": "PATH_PARAMETER", "querystring": "QUERY_PARAMETER", "header": "REQUEST_HEADER"}

// places calls add for every place of a method.
func (m *Method) places(path string, add func(DocumentationPartLocation)) {
	at := DocumentationPartLocation{Type: "METHOD", Path: &path, Method: &m.HttpMethod}
	add(at)
	for _, key := range sortedKeys(m.RequestParameters) {
		place, name, _ := cutParameter(key, "method.request.")
		part := at
		part.Type, part.Name = parameterParts[place], &name
		add(part)
	}
	if len(m.RequestModels) > 0 {
		part := at
		part.Type = "REQUEST_BODY"
		add(part)
	}
	for _, status := range sortedKeys(m.MethodResponses) {
		response := m.MethodResponses[status]
		part := at
		part.Type, part.StatusCode = "RESPONSE", &status
		add(part)
		if len(response.ResponseModels) > 0 {
			part.Type = "RESPONSE_BODY"
			add(part)
		}
		for _, key := range sortedKeys(response.ResponseParameters) {
			_, name, _ := cutParameter(key, "method.response.")
			part.Type, part.Name = "RESPONSE_HEADER", &name
			add(part)
		}
	}
}
