package apigateway

import (
	"context"
	"regexp"
	"slices"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// CreateModel adds a model.
func (s *Service) CreateModel(ctx context.Context, in *CreateModelRequest) (*Model, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*Model, error) {
		m := &Model{
			Id:          api.newID(shortID),
			Name:        in.Name,
			Description: in.Description,
			Schema:      in.Schema,
			ContentType: new(in.ContentType),
		}
		return m, api.addModel(m)
	})
}

// GetModel answers with a model; flatten puts what it refers to inside.
func (s *Service) GetModel(ctx context.Context, in *GetModelRequest) (*Model, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	m, err := api.model(in.ModelName)
	if err != nil || in.Flatten == nil || !*in.Flatten {
		return m, err
	}
	flat := *m
	schema, err := api.flatten(m)
	if err != nil {
		return nil, err
	}
	flat.Schema = &schema
	return &flat, nil
}

// GetModels lists the models in the order of their names.
func (s *Service) GetModels(ctx context.Context, in *GetModelsRequest) (*Models, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	page, next, err := pageOrdered(api.models, in.Position, in.Limit)
	return &Models{Position: next, Items: page}, err
}

// GetModelTemplate answers with a mapping template that yields the model.
func (s *Service) GetModelTemplate(ctx context.Context, in *GetModelTemplateRequest) (*Template, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	m, err := api.model(in.ModelName)
	if err != nil {
		return nil, err
	}
	return &Template{Value: new(api.blueprint(m))}, nil
}

// UpdateModel changes a model's description or schema.
func (s *Service) UpdateModel(ctx context.Context, in *UpdateModelRequest) (*Model, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*Model, error) {
		m, err := api.model(in.ModelName)
		if err != nil {
			return nil, err
		}
		next := *m
		if err := modelPatch.apply(&next, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := api.checkSchema(&next); err != nil {
			return nil, err
		}
		keep(api, &api.models, memberModel, next.Name, &next)
		return &next, nil
	})
}

// DeleteModel removes a model that nothing refers to.
func (s *Service) DeleteModel(ctx context.Context, in *DeleteModelRequest) (*awsapi.Empty, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*awsapi.Empty, error) {
		m, err := api.model(in.ModelName)
		if err != nil {
			return nil, err
		}
		if err := api.checkModelUnused(m.Name); err != nil {
			return nil, err
		}
		drop(api, &api.models, memberModel, m.Name)
		return nil, nil
	})
}

var modelPatch = patchTable[Model]{
	rules: []rule[Model]{
		{path: "/description", replace: setText(func(m *Model) **string { return &m.Description })},
		{path: "/schema", replace: setText(func(m *Model) **string { return &m.Schema })},
	},
	refuse: mustBeOneOf("replace", "/description", "/schema"),
}

func (a *restAPI) model(name string) (*Model, error) {
	m, ok := a.models.get(name)
	if !ok {
		return nil, noModel(name)
	}
	return m, nil
}

var modelNames = regexp.MustCompile(`^[a-zA-Z0-9]+$`)

// addModel adds m after checking it.
func (a *restAPI) addModel(m *Model) error {
	if err := a.checkModelName(m.Name); err != nil {
		return err
	}
	if err := a.checkSchema(m); err != nil {
		return err
	}
	keep(a, &a.models, memberModel, m.Name, m)
	return nil
}

func (a *restAPI) checkModelName(name string) error {
	if name == "" {
		return badRequest("Model name must be non-empty")
	}
	if !modelNames.MatchString(name) {
		return badRequest("Model name must be alphanumeric: %s", name)
	}
	if _, ok := a.models.get(name); ok {
		return conflict("Model name already exists for this REST API")
	}
	return nil
}

// maxSchema is AWS's limit of a model's schema, in bytes.
const maxSchema = 400 << 10

// checkSchema checks a model's schema and that the models exist that it refers
// to.
func (a *restAPI) checkSchema(m *Model) error {
	if m.Schema == nil || *m.Schema == "" {
		return badRequest("Model schema must have at least 1 property or array items defined")
	}
	if len(*m.Schema) > maxSchema {
		return badRequest("Model schema must not be larger than %d bytes", maxSchema)
	}
	schema, faults := parseSchema(*m.Schema)
	faults = append(faults, a.referenceFaults(m.Name, schema)...)
	if len(faults) > 0 {
		return invalidModel(faults...)
	}
	return nil
}

// referenceFaults says what is wrong with the references of a schema. A model
// may refer to itself.
func (a *restAPI) referenceFaults(self string, schema any) []string {
	var faults []string
	for ref := range schemaRefs(schema) {
		id, name, external := cutModelRef(ref)
		switch _, known := a.models.get(name); {
		case !external && isLocalRef(ref):
		case !external || id != a.id:
			faults = append(faults, "Model reference must be in canonical form")
		case !known && name != self:
			faults = append(faults, "Invalid model specified: "+name)
		}
	}
	return faults
}

// checkModelUnused refuses to give up a model that a method or another model
// refers to.
func (a *restAPI) checkModelUnused(name string) error {
	for r := range a.resources.values() {
		for _, verb := range verbs {
			m := r.ResourceMethods[verb]
			if m == nil {
				continue
			}
			if slices.Contains(sortedValues(m.RequestModels), name) {
				return conflict("Cannot delete model '%s', is referenced in method request: %s/%s", name, r.Path, verb)
			}
			for _, response := range m.MethodResponses {
				if slices.Contains(sortedValues(response.ResponseModels), name) {
					return conflict("Cannot delete model '%s', is referenced in method response: %s/%s", name, r.Path, verb)
				}
			}
		}
	}
	for m := range a.models.values() {
		if m.Name != name && slices.Contains(a.refersTo(m), name) {
			return conflict("Cannot delete model '%s', is referenced in model: %s", name, m.Name)
		}
	}
	return nil
}

// refersTo lists the models of this API that m's schema refers to.
func (a *restAPI) refersTo(m *Model) []string {
	if m.Schema == nil {
		return nil
	}
	var names []string
	schema, _ := parseSchema(*m.Schema)
	for ref := range schemaRefs(schema) {
		if id, name, ok := cutModelRef(ref); ok && id == a.id {
			names = append(names, name)
		}
	}
	return names
}

// Every new API has these two models. The texts are AWS's, blanks included.
func defaultModels(newID func(int) string) []*Model {
	return []*Model{
		{
			Id: newID(shortID), Name: "Empty", ContentType: new("application/json"),
			Description: new("This is a default empty schema model"),
			Schema:      new("{\n  \"$schema\": \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Empty Schema\",\n  \"type\" : \"object\"\n}"),
		},
		{
			Id: newID(shortID), Name: "Error", ContentType: new("application/json"),
			Description: new("This is a default error schema model"),
			Schema:      new("{\n  \"$schema\" : \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Error Schema\",\n  \"type\" : \"object\",\n  \"properties\" : {\n    \"message\" : { \"type\" : \"string\" }\n  }\n}"),
		},
	}
}
