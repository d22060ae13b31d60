package apigateway

import (
	"context"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Description is what an OpenAPI document says about an API, in API Gateway's
// nouns. They have no ids yet and refer to each other by name: a method's
// AuthorizerId and RequestValidatorId are names, resources have a Path and no
// parents. A description is applied through the same checks as single calls.
type Description struct {
	// RestApi has what the document says about the API itself; absent members
	// leave an existing API as it is.
	RestApi *RestApi
	// Resources hold whole methods with integrations and responses. Parents need
	// not be listed.
	Resources        []*Resource
	Models           []*Model
	Validators       []*RequestValidator
	Authorizers      []*Authorizer
	GatewayResponses []*GatewayResponse
	Parts            []*DocumentationPart
	// Warnings are what the reader could not use, in AWS's words.
	Warnings []string
}

// ImportOptions are what the calls say beside the document.
type ImportOptions struct {
	Account, Region string            // for ${AWS::AccountId} and ${AWS::Region}
	APIID           string            // for references to models
	Parameters      map[string]string // basepath, ignore, endpointConfigurationTypes
}

// importer reads OpenAPI documents. An error with AWS's words (Invalid OpenAPI
// input.) is an *awsapi.Error.
type importer interface {
	// ReadAPI reads the body of ImportRestApi and PutRestApi.
	ReadAPI(ctx context.Context, body []byte, o ImportOptions) (*Description, error)
	// ReadDocumentation reads the body of ImportDocumentationParts.
	ReadDocumentation(ctx context.Context, body []byte) (parts []*DocumentationPart, warnings []string, err error)
}

// ExportOptions are what GetExport asks for.
type ExportOptions struct {
	Type       string            // oas30 or swagger
	YAML       bool              // else JSON
	Parameters map[string]string // extensions
	// Documentation is the stage's documentation version, or nil.
	Documentation *DocumentationVersion
}

// exporter writes OpenAPI documents.
type exporter interface {
	// WriteAPI writes what a stage serves, with the parts of its documentation
	// version.
	WriteAPI(ctx context.Context, live *LiveStage, parts []*DocumentationPart, o ExportOptions) (*ExportResponse, error)
}

// ImportRestApi makes an API of a document: all of it, or nothing.
func (s *Service) ImportRestApi(ctx context.Context, in *ImportRestApiRequest) (*RestApi, error) {
	if s.importer == nil {
		return nil, awsapi.NotImplemented("ImportRestApi")
	}
	api := s.newRestAPI(callScope(ctx))
	d, err := s.importer.ReadAPI(ctx, in.Body, api.importOptions(in.Parameters))
	if err != nil {
		return nil, err
	}
	d.warnOfTemplates()
	create := &CreateRestApiRequest{Description: nonEmpty(d.RestApi.Description), Version: d.RestApi.Version, EndpointConfiguration: d.RestApi.EndpointConfiguration}
	if d.RestApi.Name != nil {
		create.Name = *d.RestApi.Name
	}
	if _, err := s.newHead(api, create); err != nil {
		return nil, err
	}
	if err := s.checkDescribedRoles(ctx, d); err != nil {
		return nil, err
	}
	if err := api.apply(d, in.FailOnWarnings); err != nil {
		return nil, err
	}
	if err := s.save(ctx, api); err != nil {
		return nil, orConcurrent(err)
	}
	out := api.head.shown(false)
	out.Warnings = d.Warnings
	return out, nil
}

// PutRestApi merges a document into an API, or puts it in place of what the
// API contains: all of it, or nothing.
func (s *Service) PutRestApi(ctx context.Context, in *PutRestApiRequest) (*RestApi, error) {
	if s.importer == nil {
		return nil, awsapi.NotImplemented("PutRestApi")
	}
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*RestApi, error) {
		d, err := s.importer.ReadAPI(ctx, in.Body, api.importOptions(in.Parameters))
		if err != nil {
			return nil, err
		}
		if err := s.checkDescribedRoles(ctx, d); err != nil {
			return nil, err
		}
		d.warnOfTemplates()
		if in.Mode != nil && *in.Mode == "overwrite" {
			api.empty()
		}
		if err := api.apply(d, in.FailOnWarnings); err != nil {
			return nil, err
		}
		out := api.head.shown(true)
		out.Warnings = d.Warnings
		return out, nil
	})
}

func (a *restAPI) importOptions(parameters map[string]string) ImportOptions {
	return ImportOptions{Account: a.account, Region: a.region, APIID: a.id, Parameters: parameters}
}

// checkDescribedRoles checks that the caller may pass the roles of a document.
func (s *Service) checkDescribedRoles(ctx context.Context, d *Description) error {
	for _, r := range d.Resources {
		for _, verb := range sortedKeys(r.ResourceMethods) {
			if i := r.ResourceMethods[verb].MethodIntegration; i != nil {
				if err := s.checkRoleAndLink(ctx, i); err != nil {
					return err
				}
			}
		}
	}
	for _, z := range d.Authorizers {
		if z.AuthorizerCredentials != nil {
			if err := s.checkPassRole(ctx, *z.AuthorizerCredentials); err != nil {
				return err
			}
		}
	}
	return nil
}

// GetExport writes what a stage serves as an OpenAPI document.
func (s *Service) GetExport(ctx context.Context, in *GetExportRequest) (*ExportResponse, error) {
	if s.exporter == nil {
		return nil, awsapi.NotImplemented("GetExport")
	}
	api, err := s.restAPI(ctx, in.RestApiId)
	if err != nil {
		return nil, err
	}
	st, err := api.stage(in.StageName)
	if err != nil {
		return nil, err
	}
	snap, err := s.snapshot(ctx, api.scope, api.id, st.Stage.DeploymentId)
	if err != nil {
		return nil, err
	}
	o := ExportOptions{Type: in.ExportType, Parameters: in.Parameters}
	var parts []*DocumentationPart
	if v := st.Stage.DocumentationVersion; v != nil {
		if version, err := api.version(*v); err == nil {
			parts, o.Documentation = version.Parts, version.Version
		}
	}
	o.YAML = in.Accepts != nil && strings.Contains(strings.ToLower(*in.Accepts), "yaml")
	return s.exporter.WriteAPI(ctx, &LiveStage{Stage: st.Stage, Deployment: snap}, parts, o)
}

// ImportDocumentationParts adds the parts of a document, or with the mode
// overwrite puts them in place of all there are.
func (s *Service) ImportDocumentationParts(ctx context.Context, in *ImportDocumentationPartsRequest) (*DocumentationPartIds, error) {
	if s.importer == nil {
		return nil, awsapi.NotImplemented("ImportDocumentationParts")
	}
	parts, warnings, err := s.importer.ReadDocumentation(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	if len(warnings) > 0 && in.FailOnWarnings != nil && *in.FailOnWarnings {
		return nil, importWarnings(warnings)
	}
	overwrite := in.Mode != nil && *in.Mode == "overwrite"
	return edit(ctx, s, in.RestApiId, func(api *restAPI) (*DocumentationPartIds, error) {
		if overwrite {
			api.dropParts()
		}
		out := &DocumentationPartIds{Ids: []string{}, Warnings: warnings}
		for _, part := range parts {
			id, err := api.mergePart(part)
			if err != nil {
				return nil, err
			}
			out.Ids = append(out.Ids, id)
		}
		return out, nil
	})
}
