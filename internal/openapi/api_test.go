package openapi

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store/sqlite"
)

const (
	testAccount = "111111111111"
	testRegion  = "eu-west-1"
)

// gateway is a control plane that imports and exports.
type gateway struct {
	*apigateway.Service
	t   testing.TB
	ctx context.Context
}

func newGateway(t testing.TB) *gateway {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	s, err := apigateway.Open(t.Context(), apigateway.Config{
		Store: st, Log: slog.New(slog.DiscardHandler), Importer: Importer{}, Exporter: Exporter{},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	ctx := awsapi.WithCall(t.Context(), &awsapi.Call{Region: testRegion, Caller: awsapi.RootCaller(testAccount)})
	return &gateway{s, t, ctx}
}

// must is v, or the end of the test.
func must[V any](t testing.TB, v V, err error) V {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (g *gateway) importAPI(doc string, parameters map[string]string) *apigateway.RestApi {
	g.t.Helper()
	api, err := g.ImportRestApi(g.ctx, &apigateway.ImportRestApiRequest{Body: []byte(doc), Parameters: parameters})
	return must(g.t, api, err)
}

// deploy deploys an API to the stage test.
func (g *gateway) deploy(id string) {
	g.t.Helper()
	_, err := g.CreateDeployment(g.ctx, &apigateway.CreateDeploymentRequest{RestApiId: id, StageName: new("test")})
	must(g.t, 0, err)
}

// export exports the stage test; the API's id is replaced by "API".
func (g *gateway) export(id, kind, accept, extensions string) string {
	g.t.Helper()
	in := &apigateway.GetExportRequest{RestApiId: id, StageName: "test", ExportType: kind, Accepts: &accept}
	in.Parameters = map[string]string{"extensions": extensions}
	out, err := g.GetExport(g.ctx, in)
	return strings.ReplaceAll(string(must(g.t, out, err).Body), id, "API")
}

// dump is everything in an API that a document can describe, without ids.
func (g *gateway) dump(id string) string {
	g.t.Helper()
	t, api := g.t, map[string]any{}
	names := map[string]string{id: "API"}
	head, err := g.GetRestApi(g.ctx, &apigateway.GetRestApiRequest{RestApiId: id})
	h := *must(t, head, err)
	h.CreatedDate, h.RootResourceId = nil, nil
	api["restApi"] = h
	zs, err := g.GetAuthorizers(g.ctx, &apigateway.GetAuthorizersRequest{RestApiId: id})
	var authorizers []apigateway.Authorizer
	for _, z := range must(t, zs, err).Items {
		c := *z
		names[z.Id], c.Id = "authorizer "+z.Name, ""
		authorizers = append(authorizers, c)
	}
	slices.SortFunc(authorizers, func(a, b apigateway.Authorizer) int { return strings.Compare(a.Name, b.Name) })
	api["authorizers"] = authorizers
	vs, err := g.GetRequestValidators(g.ctx, &apigateway.GetRequestValidatorsRequest{RestApiId: id})
	var validators []apigateway.RequestValidator
	for _, v := range must(t, vs, err).Items {
		c := *v
		names[v.Id], c.Id = "validator "+*v.Name, ""
		validators = append(validators, c)
	}
	slices.SortFunc(validators, func(a, b apigateway.RequestValidator) int { return strings.Compare(*a.Name, *b.Name) })
	api["validators"] = validators
	models, err := g.GetModels(g.ctx, &apigateway.GetModelsRequest{RestApiId: id, Limit: new(int64(500))})
	schemas := map[string]json.RawMessage{}
	for _, m := range must(t, models, err).Items {
		schemas[m.Name] = json.RawMessage(*m.Schema)
	}
	api["models"] = schemas
	resources, err := g.GetResources(g.ctx, &apigateway.GetResourcesRequest{RestApiId: id, Embed: []string{"methods"}, Limit: new(int64(500))})
	methods := map[string]any{}
	for _, r := range must(t, resources, err).Items {
		names[r.Id] = "resource " + r.Path
		methods[r.Path] = r.ResourceMethods
	}
	api["resources"] = methods
	var responses []*apigateway.GatewayResponse
	gs, err := g.GetGatewayResponses(g.ctx, &apigateway.GetGatewayResponsesRequest{RestApiId: id})
	for _, r := range must(t, gs, err).Items {
		if !*r.DefaultResponse {
			responses = append(responses, r)
		}
	}
	api["gatewayResponses"] = responses
	ps, err := g.GetDocumentationParts(g.ctx, &apigateway.GetDocumentationPartsRequest{RestApiId: id, Limit: new(int64(500))})
	parts := map[string]json.RawMessage{}
	for _, p := range must(t, ps, err).Items {
		location, _ := json.Marshal(p.Location)
		parts[string(location)] = json.RawMessage(*p.Properties)
	}
	api["parts"] = parts
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	must(t, 0, enc.Encode(api))
	text := b.String()
	for from, to := range names {
		text = strings.ReplaceAll(text, from, to)
	}
	return text
}
