package openapi

import (
	"cmp"
	"slices"

	"github.com/lambdagate/lambdagate/internal/apigateway"
)

const extGatewayResponses = "x-amazon-apigateway-gateway-responses"

func (r *reader) readGatewayResponses() {
	all := r.doc.get(extGatewayResponses)
	r.bound(all.len(), maxNamed, "gateway responses")
	for t, n := range all.members() {
		g := &apigateway.GatewayResponse{
			ResponseType:       t,
			StatusCode:         n.get("statusCode").filled(),
			ResponseParameters: r.scalarMap(n.get("responseParameters")),
			ResponseTemplates:  map[string]string{defaultType: defaultGatewayTemplate},
		}
		if templates := n.get("responseTemplates"); templates != nil {
			g.ResponseTemplates = r.scalarMap(templates)
		}
		r.out.GatewayResponses = append(r.out.GatewayResponses, g)
	}
}

// defaultGatewayTemplate is what PutGatewayResponse sets when it is given no
// templates.
const defaultGatewayTemplate = `{"message":$context.error.messageString}`

// scalarMap reads a map to texts; it is never nil, as those of gateway
// responses are not.
func (r *reader) scalarMap(n *node) map[string]string {
	all := map[string]string{}
	for key, v := range n.members() {
		r.spend(1)
		if s, ok := v.scalar(); ok {
			all[key] = s
		}
	}
	return all
}

// gatewayResponses writes those that the API sets, by type.
func (w *writer) gatewayResponses() *node {
	responses := slices.SortedFunc(slices.Values(w.snapshot.GatewayResponses), func(a, b *apigateway.GatewayResponse) int {
		return cmp.Compare(a.ResponseType, b.ResponseType)
	})
	all := newObject()
	for _, g := range responses {
		n := newObject()
		if g.StatusCode != nil && *g.StatusCode != "" {
			n.set("statusCode", &node{kind: number, value: *g.StatusCode})
		}
		n.setFilled("responseParameters", texted(g.ResponseParameters))
		n.set("responseTemplates", texted(g.ResponseTemplates))
		all.set(g.ResponseType, n)
	}
	return all
}
