package openapi

import (
	"strings"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

// The extensions that say something about the API itself.
const (
	extEndpoint    = "x-amazon-apigateway-endpoint-configuration"
	extKeySource   = "x-amazon-apigateway-api-key-source"
	extMediaTypes  = "x-amazon-apigateway-binary-media-types"
	extCompression = "x-amazon-apigateway-minimum-compression-size"
	extPolicy      = "x-amazon-apigateway-policy"
	extSecurity    = "x-amazon-apigateway-security-policy"
	extAccessMode  = "x-amazon-apigateway-endpoint-access-mode"
)

// restAPI reads what the document says about the API itself.
func (r *reader) restAPI() {
	info := r.doc.get("info")
	for _, key := range []string{"title", "version"} {
		if _, ok := info.get(key).scalar(); !ok {
			r.warn("Parse issue: attribute info.%s is missing", key)
		}
	}
	api := r.out.RestApi
	api.Name = info.get("title").optional()
	api.Description = info.get("description").filled()
	api.Version = info.get("version").filled()
	api.ApiKeySource = r.doc.get(extKeySource).upper()
	api.BinaryMediaTypes = r.doc.get(extMediaTypes).strings()
	api.MinimumCompressionSize = r.doc.get(extCompression).integer()
	api.SecurityPolicy = r.doc.get(extSecurity).filled()
	api.EndpointAccessMode = r.doc.get(extAccessMode).upper()
	if policy := r.doc.get(extPolicy); policy.is(object) {
		api.Policy = new(policy.compact())
	} else {
		api.Policy = policy.filled()
	}
	if r.documented && api.Description != nil {
		said := newObject().set("description", newText(*api.Description))
		r.addPart("API", place{}, newObject().set("info", said))
	}
	r.endpoint(api)
	r.prefix = r.pathPrefix()
}

// endpoint reads the endpoint configuration: of the document in Swagger, of the
// first server in OpenAPI 3. What the call says goes first.
func (r *reader) endpoint(api *apigateway.RestApi) {
	config := r.doc.get(extEndpoint)
	if r.v3 {
		servers := r.doc.get("servers")
		if servers.len() > 1 {
			r.warn("More than one server provided. Ignoring all but the first for defining endpoint configuration")
		}
		if c := servers.first().get(extEndpoint); c != nil {
			config = c
		}
	}
	api.DisableExecuteApiEndpoint = config.get("disableExecuteApiEndpoint").truth()
	e := &apigateway.EndpointConfiguration{
		Types:          config.get("types").strings(),
		VpcEndpointIds: config.get("vpcEndpointIds").strings(),
		IpAddressType:  config.get("ipAddressType").filled(),
	}
	if asked := r.options.Parameters["endpointConfigurationTypes"]; asked != "" {
		e.Types = strings.Split(asked, ",")
	}
	for i, t := range e.Types {
		e.Types[i] = strings.ToUpper(strings.TrimSpace(t))
	}
	if e.Types != nil || e.VpcEndpointIds != nil || e.IpAddressType != nil {
		api.EndpointConfiguration = e
	}
}

// first is the first item of a list, or nil.
func (n *node) first() *node {
	if !n.is(list) || len(n.items) == 0 {
		return nil
	}
	return n.items[0]
}

// head writes what stands above the paths.
func (w *writer) head(doc *node) {
	api, stage := w.snapshot.RestApi, w.stage.StageName
	host := api.Id + ".execute-api." + w.snapshot.Region + ".amazonaws.com"
	title, version := optional(api.Name), newText(w.version())
	info := newObject()
	description := optional(api.Description)
	if d := w.documented("API", place{}).path("info", "description"); d != nil {
		description = d
	}
	if !w.v3 {
		doc.set("swagger", newText("2.0"))
		doc.set("info", info.set("description", description).set("version", version).set("title", title))
		doc.set("host", newText(host)).set("basePath", newText("/"+stage)).set("schemes", texts([]string{"https"}))
		return
	}
	doc.set("openapi", newText("3.0.1"))
	doc.set("info", info.set("title", title).set("description", description).set("version", version))
	server := newObject().set("url", newText("https://"+host+"/{basePath}"))
	server.set("variables", newObject().set("basePath", newObject().set("default", newText(stage))))
	if w.apigateway {
		server.setFilled(extEndpoint, endpointOf(api))
	}
	doc.set("servers", newList(server))
}

// version is the API's version, or the time when it was made.
func (w *writer) version() string {
	api := w.snapshot.RestApi
	if api.Version != nil {
		return *api.Version
	}
	if api.CreatedDate != nil {
		return api.CreatedDate.UTC().Format("2006-01-02T15:04:05Z")
	}
	return ""
}

func endpointOf(api *apigateway.RestApi) *node {
	config := newObject()
	if d := api.DisableExecuteApiEndpoint; d != nil && *d {
		config.set("disableExecuteApiEndpoint", newTruth(true))
	}
	if e := api.EndpointConfiguration; e != nil {
		config.setFilled("vpcEndpointIds", texts(e.VpcEndpointIds))
	}
	return config
}

// tail writes the extensions about the API itself; the media types come last,
// as in AWS's documents.
func (w *writer) tail(doc *node) {
	api := w.snapshot.RestApi
	if !w.v3 {
		doc.setFilled(extEndpoint, endpointOf(api))
	}
	if api.Policy != nil {
		if policy, err := parseJSON([]byte(*api.Policy)); err == nil {
			doc.set(extPolicy, policy)
		}
	}
	if s := api.ApiKeySource; s != nil && *s != "HEADER" {
		doc.set(extKeySource, newText(*s))
	}
	if n := api.MinimumCompressionSize; n != nil {
		doc.set(extCompression, newNumber(*n))
	}
	doc.set(extSecurity, optional(api.SecurityPolicy))
	doc.set(extAccessMode, optional(api.EndpointAccessMode))
	doc.setFilled(extMediaTypes, texts(api.BinaryMediaTypes))
}
