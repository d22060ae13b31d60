package openapi

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

const extIntegration = "x-amazon-apigateway-integration"

// defaultPattern is the key of the response without a selection pattern.
const defaultPattern = "default"

// integration reads the operation's integration. Words are taken in any case.
func (x *operation) integration() *apigateway.Integration {
	n := x.resolve(x.op.get(extIntegration))
	if !n.is(object) {
		return nil
	}
	i := &apigateway.Integration{
		Type:                 new(cmp.Or(strings.ToUpper(n.get("type").text()), "null")),
		HttpMethod:           n.get("httpMethod").upper(),
		Uri:                  n.get("uri").optional(),
		ConnectionType:       n.get("connectionType").upper(),
		ConnectionId:         n.get("connectionId").optional(),
		Credentials:          n.get("credentials").filled(),
		RequestParameters:    x.textMap(n, "requestParameters"),
		RequestTemplates:     x.textMap(n, "requestTemplates"),
		PassthroughBehavior:  n.get("passthroughBehavior").upper(),
		ContentHandling:      n.get("contentHandling").upper(),
		TimeoutInMillis:      n.get("timeoutInMillis").integer(),
		CacheNamespace:       n.get("cacheNamespace").filled(),
		CacheKeyParameters:   n.get("cacheKeyParameters").strings(),
		ResponseTransferMode: n.get("responseTransferMode").upper(),
		IntegrationTarget:    n.get("integrationTarget").filled(),
	}
	if skip := n.path("tlsConfig", "insecureSkipVerification").truth(); skip != nil {
		i.TlsConfig = &apigateway.TlsConfig{InsecureSkipVerification: skip}
	}
	i.IntegrationResponses = x.integrationResponses(n.get("responses"))
	return i
}

// integrationResponses reads the responses, which documents key by pattern and
// the API by status: of two with one status the last stays.
func (x *operation) integrationResponses(n *node) map[string]*apigateway.IntegrationResponse {
	var all map[string]*apigateway.IntegrationResponse
	for pattern, response := range n.members() {
		x.spend(1)
		status := response.get("statusCode").text()
		if !statusCodes.MatchString(status) {
			x.warn("Invalid format for 'statusCode'. Expected a status code for response '%s' of resource '%s' and method '%s' but got '%s'",
				pattern, x.path, x.verb, response.get("statusCode").shown())
			continue
		}
		i := &apigateway.IntegrationResponse{
			StatusCode:         status,
			ResponseParameters: x.textMap(response, "responseParameters"),
			ResponseTemplates:  x.textMap(response, "responseTemplates"),
			ContentHandling:    response.get("contentHandling").upper(),
		}
		if pattern != defaultPattern {
			i.SelectionPattern = &pattern
		}
		if all == nil {
			all = map[string]*apigateway.IntegrationResponse{}
		}
		all[i.StatusCode] = i
	}
	return all
}

// textMap reads a map from texts to texts; other values are left out, and
// null is the empty text.
func (x *operation) textMap(n *node, key string) map[string]string {
	var all map[string]string
	for name, v := range n.get(key).members() {
		x.spend(1)
		if !v.is(text) && !v.is(null) {
			x.warn("Invalid format for '%s'. Expected type string for property '%s' of resource '%s' and method '%s' but got '%s'",
				key, name, x.path, x.verb, v.shown())
			continue
		}
		if all == nil {
			all = map[string]string{}
		}
		all[name] = v.text()
	}
	return all
}

// shown is a value in a warning, cut where it is long.
func (n *node) shown() string {
	const most = 200
	s, ok := n.scalar()
	switch {
	case n == nil:
		s = "null"
	case !ok:
		s = n.compact()
	}
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// integration writes the method's integration; what is as AWS would set it is
// left out.
func (x *method) integration() *node {
	i := x.MethodIntegration
	if i == nil {
		return nil
	}
	n := newObject().set("type", lower(i.Type))
	n.set("httpMethod", optional(i.HttpMethod)).set("uri", optional(i.Uri)).set("credentials", optional(i.Credentials))
	n.setFilled("responses", integrationResponses(i.IntegrationResponses))
	n.setFilled("requestParameters", texted(i.RequestParameters))
	n.setFilled("requestTemplates", texted(i.RequestTemplates))
	n.set("passthroughBehavior", lower(i.PassthroughBehavior)).set("contentHandling", optional(i.ContentHandling))
	if t := i.TimeoutInMillis; t != nil && *t != 29000 {
		n.set("timeoutInMillis", newNumber(*t))
	}
	if c := i.ConnectionType; c != nil && *c != "INTERNET" {
		n.set("connectionType", newText(*c))
	}
	n.set("connectionId", optional(i.ConnectionId))
	if len(i.CacheKeyParameters) > 0 {
		n.set("cacheNamespace", optional(i.CacheNamespace)).set("cacheKeyParameters", texts(i.CacheKeyParameters))
	}
	if t := i.TlsConfig; t != nil && t.InsecureSkipVerification != nil {
		n.set("tlsConfig", newObject().set("insecureSkipVerification", newTruth(*t.InsecureSkipVerification)))
	}
	return n.set("responseTransferMode", lower(i.ResponseTransferMode)).set("integrationTarget", optional(i.IntegrationTarget))
}

func lower(s *string) *node {
	if s == nil {
		return nil
	}
	return newText(strings.ToLower(*s))
}

// integrationResponses writes the responses by their patterns. A document has
// room for one without a pattern: that of the lowest status.
func integrationResponses(responses map[string]*apigateway.IntegrationResponse) *node {
	byPattern := map[string]*apigateway.IntegrationResponse{}
	for _, status := range slices.Backward(sorted(responses)) {
		response := responses[status]
		pattern := defaultPattern
		if p := response.SelectionPattern; p != nil && *p != "" {
			pattern = *p
		}
		byPattern[pattern] = response
	}
	all := newObject()
	for _, pattern := range sorted(byPattern) {
		response := byPattern[pattern]
		n := newObject().set("statusCode", newText(response.StatusCode))
		n.setFilled("responseParameters", texted(response.ResponseParameters))
		n.setFilled("responseTemplates", texted(response.ResponseTemplates))
		all.set(pattern, n.set("contentHandling", optional(response.ContentHandling)))
	}
	return all
}

// texted writes a map from texts to texts; an empty text is null, as in the
// API's answers.
func texted(m map[string]string) *node {
	n := newObject()
	for _, key := range sorted(m) {
		if m[key] == "" {
			n.set(key, &node{})
			continue
		}
		n.set(key, newText(m[key]))
	}
	return n
}
