package apigateway

import (
	"context"
	"net/url"
	"slices"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// documentationVersion is a DocumentationVersion and the parts as they were
// when it was made.
type documentationVersion struct {
	Version *DocumentationVersion `json:"version"`
	Parts   []*DocumentationPart  `json:"parts,omitzero"`
}

// versionID is the id of a version's document; versions may hold slashes.
func versionID(version string) string { return url.PathEscape(version) }

// CreateDocumentationVersion freezes the parts as they are, and links the
// version to a stage if in names one.
func (s *Service) CreateDocumentationVersion(ctx context.Context, in *CreateDocumentationVersionRequest) (*DocumentationVersion, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*DocumentationVersion, error) {
		if in.DocumentationVersion == "" {
			return nil, badRequest("Documentation version must be non-empty")
		}
		id := versionID(in.DocumentationVersion)
		if _, ok := api.versions.get(id); ok {
			return nil, conflict("Documentation version already exists for the specified API: %s", in.DocumentationVersion)
		}
		v := &DocumentationVersion{
			Version: in.DocumentationVersion, Description: in.Description, CreatedDate: new(awsapi.Seconds(s.now())),
		}
		keep(api, &api.versions, memberVersion, id, &documentationVersion{v, slices.Collect(api.parts.values())})
		if in.StageName == nil || *in.StageName == "" {
			return v, nil
		}
		st, err := api.stage(*in.StageName)
		if err != nil {
			return nil, err
		}
		next := *st.Stage
		next.DocumentationVersion = new(in.DocumentationVersion)
		return v, api.putStage(s, st, &next)
	})
}

// GetDocumentationVersion answers with one version.
func (s *Service) GetDocumentationVersion(ctx context.Context, in *GetDocumentationVersionRequest) (*DocumentationVersion, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	v, err := api.version(in.DocumentationVersion)
	if err != nil {
		return nil, err
	}
	return v.Version, nil
}

// GetDocumentationVersions lists the versions by name.
func (s *Service) GetDocumentationVersions(ctx context.Context, in *GetDocumentationVersionsRequest) (*DocumentationVersions, error) {
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	page, next, err := pageOrdered(api.versions, in.Position, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &DocumentationVersions{Position: next, Items: []*DocumentationVersion{}}
	for _, v := range page {
		out.Items = append(out.Items, v.Version)
	}
	return out, nil
}

// UpdateDocumentationVersion changes a version's description.
func (s *Service) UpdateDocumentationVersion(ctx context.Context, in *UpdateDocumentationVersionRequest) (*DocumentationVersion, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*DocumentationVersion, error) {
		v, err := api.version(in.DocumentationVersion)
		if err != nil {
			return nil, err
		}
		next := *v.Version
		if err := documentationVersionPatch.apply(&next, in.PatchOperations); err != nil {
			return nil, err
		}
		keep(api, &api.versions, memberVersion, versionID(next.Version), &documentationVersion{&next, v.Parts})
		return &next, nil
	})
}

// DeleteDocumentationVersion removes a version that no stage is linked to.
func (s *Service) DeleteDocumentationVersion(ctx context.Context, in *DeleteDocumentationVersionRequest) (*awsapi.Empty, error) {
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*awsapi.Empty, error) {
		v, err := api.version(in.DocumentationVersion)
		if err != nil {
			return nil, err
		}
		for st := range api.stages.values() {
			if linked := st.Stage.DocumentationVersion; linked != nil && *linked == v.Version.Version {
				return nil, badRequest("Documentation version %s is linked to stage %s and cannot be deleted", *linked, st.Stage.StageName)
			}
		}
		drop(api, &api.versions, memberVersion, versionID(v.Version.Version))
		return nil, nil
	})
}

var documentationVersionPatch = patchTable[DocumentationVersion]{
	rules: []rule[DocumentationVersion]{
		{path: "/description", replace: setText(func(v *DocumentationVersion) **string { return &v.Description })},
	},
	refuse: mustBeOneOf("replace", "/description"),
}

func (a *restAPI) version(name string) (*documentationVersion, error) {
	v, ok := a.versions.get(versionID(name))
	if !ok {
		return nil, noVersion()
	}
	return v, nil
}
