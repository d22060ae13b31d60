package openapi

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

const (
	extAuthorizer = "x-amazon-apigateway-authorizer"
	extAuthType   = "x-amazon-apigateway-authtype"
	extAuth       = "x-amazon-apigateway-auth"
)

// scheme is what a security scheme of a document means to a method.
type scheme struct {
	authorizationType string // "" for an API key
	authorizer        string // name
}

// readSchemes reads the security schemes: authorizers, the API key, IAM.
func (r *reader) readSchemes() {
	all := r.doc.get("securityDefinitions")
	if r.v3 {
		all = r.doc.path("components", "securitySchemes")
	}
	r.bound(all.len(), maxNamed, "security schemes")
	for name, n := range all.members() {
		n = r.resolve(n)
		kind, in := n.get("type").text(), n.get("in").text()
		switch {
		case n.get(extAuthorizer).is(object):
			r.readAuthorizer(name, n)
		case strings.EqualFold(n.get(extAuthType).text(), "awsSigv4"):
			r.schemes[name] = scheme{authorizationType: "AWS_IAM"}
		case kind == "apiKey" && in == "header" && strings.EqualFold(n.get("name").text(), "x-api-key"):
			r.schemes[name] = scheme{}
		default:
			r.warn("Unsupported security definition type '%s' for '%s'. Ignoring.", kind, name)
		}
	}
}

func (r *reader) readAuthorizer(name string, n *node) {
	ext := n.get(extAuthorizer)
	z := &apigateway.Authorizer{
		Name:                         name,
		Type:                         ext.get("type").upper(),
		ProviderARNs:                 ext.get("providerARNs").strings(),
		AuthType:                     n.get(extAuthType).filled(),
		AuthorizerUri:                ext.get("authorizerUri").filled(),
		AuthorizerCredentials:        ext.get("authorizerCredentials").filled(),
		IdentitySource:               ext.get("identitySource").filled(),
		IdentityValidationExpression: ext.get("identityValidationExpression").filled(),
		AuthorizerResultTtlInSeconds: ext.get("authorizerResultTtlInSeconds").integer(),
	}
	if z.IdentitySource == nil {
		z.IdentitySource = identitySource(n, z.Type)
	}
	r.schemes[name] = scheme{authorizationType: authorizationType(z), authorizer: name}
	r.out.Authorizers = append(r.out.Authorizers, z)
	r.describe("AUTHORIZER", place{name: name}, n, "description")
}

// unused is the name of the header in the scheme of an authorizer that takes
// its identity from elsewhere.
const unused = "Unused"

// identitySource is the place that the scheme names.
func identitySource(n *node, kind *string) *string {
	name := n.get("name").text()
	if name == "" || name == unused && kind != nil && *kind == "REQUEST" {
		return nil
	}
	switch n.get("in").text() {
	case "header":
		return new("method.request.header." + name)
	case "query":
		return new("method.request.querystring." + name)
	}
	return nil
}

func authorizationType(z *apigateway.Authorizer) string {
	if z.Type != nil && *z.Type == "COGNITO_USER_POOLS" {
		return "COGNITO_USER_POOLS"
	}
	return "CUSTOM"
}

// security reads what the operation, else the document, demands of a caller.
func (x *operation) security(m *apigateway.Method) {
	demands := x.op.get("security")
	if demands == nil {
		demands = x.doc.get("security")
	}
	for demand := range demands.each() {
		for name, scopes := range demand.members() {
			x.spend(1)
			s, ok := x.schemes[name]
			switch {
			case !ok:
				continue // readSchemes has warned of it, if it is there
			case s.authorizationType == "":
				m.ApiKeyRequired = new(true)
			case m.AuthorizationType == "NONE":
				m.AuthorizationType = s.authorizationType
				if s.authorizer != "" {
					m.AuthorizerId = new(s.authorizer)
				}
				x.spend(scopes.len())
				m.AuthorizationScopes = scopes.strings()
			}
		}
	}
	if auth := x.op.path(extAuth, "type").upper(); auth != nil && (*auth == "NONE" || *auth == "AWS_IAM") {
		m.AuthorizationType, m.AuthorizerId, m.AuthorizationScopes = *auth, nil, nil
	}
}

// The names of the schemes that are no authorizers.
const (
	keyScheme = "api_key"
	iamScheme = "sigv4"
)

// nameSchemes names the schemes apart from each other.
func (w *writer) nameSchemes() {
	taken := map[string]bool{}
	for _, z := range w.snapshot.Authorizers {
		w.authorizers[z.Id], taken[z.Name] = z, true
	}
	free := func(name string) string {
		for taken[name] {
			name += "_"
		}
		return name
	}
	w.keyName, w.iamName = free(keyScheme), free(iamScheme)
}

// schemes writes the authorizers, and the API key and IAM if a method needs
// them.
func (w *writer) schemes() *node {
	all := newObject()
	if w.uses(func(m *apigateway.Method) bool { return m.ApiKeyRequired != nil && *m.ApiKeyRequired }) {
		all.set(w.keyName, newScheme("x-api-key", "header"))
	}
	for _, z := range slices.SortedFunc(slices.Values(w.snapshot.Authorizers), func(a, b *apigateway.Authorizer) int {
		return cmp.Compare(a.Name, b.Name)
	}) {
		all.set(z.Name, w.authorizer(z))
	}
	if w.uses(func(m *apigateway.Method) bool { return m.AuthorizationType == "AWS_IAM" }) {
		all.set(w.iamName, newScheme("Authorization", "header").set(extAuthType, newText("awsSigv4")))
	}
	return all
}

func newScheme(name, in string) *node {
	return newObject().set("type", newText("apiKey")).set("name", newText(name)).set("in", newText(in))
}

// uses reports whether some method has a property.
func (w *writer) uses(has func(*apigateway.Method) bool) bool {
	for _, r := range w.snapshot.Resources {
		for _, m := range r.ResourceMethods {
			if has(m) {
				return true
			}
		}
	}
	return false
}

func (w *writer) authorizer(z *apigateway.Authorizer) *node {
	source := ""
	if z.IdentitySource != nil {
		source = *z.IdentitySource
	}
	name, in := unused, "header"
	simple := z.Type == nil || *z.Type != "REQUEST"
	if simple {
		name = "Authorization"
		if header, ok := strings.CutPrefix(source, "method.request.header."); ok {
			name = header
		}
	}
	n := newScheme(name, in)
	n.set("description", w.documented("AUTHORIZER", place{name: z.Name}).get("description"))
	if !w.showAuthorizers {
		return n
	}
	ext := newObject()
	ext.setFilled("providerARNs", texts(z.ProviderARNs))
	ext.set("authorizerUri", optional(z.AuthorizerUri)).set("authorizerCredentials", optional(z.AuthorizerCredentials))
	if !simple && source != "" {
		ext.set("identitySource", newText(source))
	}
	if ttl := z.AuthorizerResultTtlInSeconds; ttl != nil {
		ext.set("authorizerResultTtlInSeconds", newNumber(*ttl))
	}
	ext.set("identityValidationExpression", optional(z.IdentityValidationExpression)).set("type", lower(z.Type))
	return n.set(extAuthType, optional(z.AuthType)).set(extAuthorizer, ext)
}

// security writes what the method demands, one object per scheme and the
// authorizer first.
func (x *method) security() *node {
	demands := newList()
	demand := func(name string, scopes []string) {
		demands.items = append(demands.items, newObject().set(name, texts(scopes)))
	}
	switch x.AuthorizationType {
	case "AWS_IAM":
		demand(x.iamName, nil)
	case "CUSTOM", "COGNITO_USER_POOLS":
		if x.AuthorizerId != nil && x.authorizers[*x.AuthorizerId] != nil {
			demand(x.authorizers[*x.AuthorizerId].Name, x.AuthorizationScopes)
		}
	}
	if x.ApiKeyRequired != nil && *x.ApiKeyRequired {
		demand(x.keyName, nil)
	}
	return demands
}
