package gateway

import (
	"context"
	"strings"

	"github.com/lambdagate/lambdagate/vtl"
)

// template is a compiled mapping template. One that does not parse is deployed
// all the same, as on AWS, and fails when it is used.
type template struct {
	program *vtl.Program // nil when err is set, or for passthrough
	err     error
}

// templateLimits bound one rendering. AWS: 1,000 rounds of #foreach; the rest
// is ours.
var templateLimits = vtl.Limits{Steps: 5_000_000, Depth: 500, Output: maxBodyBytes, Memory: 64 << 20, Iterations: 1000}

func compileTemplate(name, source string) *template {
	p, err := vtl.Parse(source, vtl.Options{Name: name, Mode: vtl.APIGateway, Regexp: templateRegexp})
	return &template{p, err}
}

// templateSet holds the templates of a request or response by content type.
type templateSet []contentTemplate

type contentTemplate struct {
	contentType string
	template    *template // nil passes the body through
}

const defaultTemplate = "$default"

func compileTemplates(name string, m map[string]string) templateSet {
	var set templateSet
	for _, ct := range sortedKeys(m) {
		t := contentTemplate{contentType: strings.ToLower(ct)}
		if m[ct] != "" {
			t.template = compileTemplate(name+" "+ct, m[ct])
		}
		set = append(set, t)
	}
	return set
}

// of returns the template of a content type; ok is false if there is none.
func (s templateSet) of(contentType string) (t *template, ok bool) {
	for i := range s {
		if equalFold(s[i].contentType, contentType) {
			return s[i].template, true
		}
	}
	return nil, false
}

// render appends the template's output for a body.
func (x *exchange) render(dst []byte, t *template, body *document) ([]byte, error) {
	if t.err != nil {
		return dst, t.err
	}
	x.vars = variables{x: x, input: input{x, body}}
	return t.program.Append(x.ctx, dst, &x.vars, templateLimits)
}

// variables are what a template starts with.
type variables struct {
	x     *exchange
	input input
	ctx   contextObject
}

// Variable implements vtl.Variables.
func (v *variables) Variable(name string) (any, bool) {
	switch name {
	case "input":
		return &v.input, true
	case "util":
		return utility{}, true
	case "context":
		v.ctx.x = v.x
		return &v.ctx, true
	case "stageVariables":
		return variablesMap(v.x.plan.variables), true
	}
	return nil, false
}

func variablesMap(m map[string]string) *vtl.Map {
	vm := vtl.NewMap()
	for _, k := range sortedKeys(m) {
		vm.Put(k, m[k])
	}
	return vm
}

// printed is how a template prints a value.
func printed(v any) string {
	b, err := printProgram.Append(context.Background(), nil, vtl.Vars{"v": v}, templateLimits)
	if err != nil {
		return ""
	}
	return string(b)
}

var printProgram = func() *vtl.Program {
	p, err := vtl.Parse("$v", vtl.Options{Mode: vtl.APIGateway})
	if err != nil {
		panic(err)
	}
	return p
}()

// contextObject is $context in a template.
type contextObject struct{ x *exchange }

// Get implements vtl.Getter.
func (c *contextObject) Get(name string) (any, bool) {
	switch name {
	case "identity":
		return c.x.identityMap(), true
	case "authorizer":
		return c.x.authorized.asMap(), true
	case "requestOverride":
		return c.x.overrides.requestMap(), true
	case "responseOverride":
		return c.x.overrides.responseMap(), true
	case "requestTimeEpoch":
		return c.x.start.UnixMilli(), true
	case "isCanaryRequest":
		if !c.x.plan.canary {
			return nil, false
		}
		return c.x.plan.isCanary, true
	}
	v := c.x.contextValue(name)
	return v, v != ""
}

// identityNames are the members of $context.identity, in the proxy event's
// order.
var identityNames = []string{
	"cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "sourceIp", "principalOrgId", "accessKey",
	"cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "userAgent", "user",
}

func (x *exchange) identityMap() *vtl.Map {
	m := vtl.NewMap()
	for _, name := range identityNames {
		m.Put(name, x.contextValue("identity."+name))
	}
	if x.apiKey != "" {
		m.Put("apiKey", x.apiKey)
		m.Put("apiKeyId", x.apiKeyID)
	}
	if x.clientCert() != nil {
		m.Put("clientCert", x.clientCertMap())
	}
	return m
}

func (x *exchange) clientCertMap() *vtl.Map {
	m, validity := vtl.NewMap(), vtl.NewMap()
	for _, member := range clientCertMembers {
		v := member.of(x.clientCert())
		if name, ok := strings.CutPrefix(member.name, "validity."); ok {
			validity.Put(name, v)
			continue
		}
		m.Put(member.name, v)
	}
	m.Put("validity", validity)
	return m
}

// overrides are what templates have written into $context.requestOverride
// and $context.responseOverride. They live as long as the request.
type overrides struct {
	request, response *vtl.Map
}

func (o *overrides) requestMap() *vtl.Map {
	if o.request == nil {
		o.request = vtl.NewMap()
		for _, name := range [...]string{"header", "path", "querystring"} {
			o.request.Put(name, vtl.NewMap())
		}
	}
	return o.request
}

func (o *overrides) responseMap() *vtl.Map {
	if o.response == nil {
		o.response = vtl.NewMap()
		o.response.Put("header", vtl.NewMap())
	}
	return o.response
}

// text returns an override by its full name, requestOverride.header.x.
func (o *overrides) text(name string) string {
	root, rest, _ := strings.Cut(name, ".")
	m := o.request
	if root == "responseOverride" {
		m = o.response
	}
	group, key, ok := strings.Cut(rest, ".")
	if m == nil {
		return ""
	}
	v, _ := m.Get(group)
	if ok {
		inner, isMap := v.(*vtl.Map)
		if !isMap {
			return ""
		}
		v, _ = inner.Get(key)
	}
	if v == nil {
		return ""
	}
	return printed(v)
}

// apply puts the overrides of one group over fields: an override replaces the
// field, a list gives several, null removes it.
func (o *overrides) apply(fields []HeaderField, m *vtl.Map, group string, fold bool) []HeaderField {
	if m == nil {
		return fields
	}
	v, _ := m.Get(group)
	inner, ok := v.(*vtl.Map)
	if !ok {
		return fields
	}
	for i := range inner.Len() {
		name, v := inner.At(i)
		if fold {
			fields = removeField(fields, name)
		} else {
			fields = removeExact(fields, name)
		}
		if list, ok := v.(*vtl.List); ok {
			for j := range list.Len() {
				fields = append(fields, field(name, printed(list.Index(j))))
			}
		} else if v != nil {
			fields = append(fields, field(name, printed(v)))
		}
	}
	return fields
}

func removeExact(fields []HeaderField, name string) []HeaderField {
	kept := fields[:0]
	for _, f := range fields {
		if f.Name != name {
			kept = append(kept, f)
		}
	}
	return kept
}
