package apigateway

import (
	"net/url"
	"reflect"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// operationRoute is what a permission is made of: apigateway:{verb} on
// arn:aws:apigateway:{region}::{path}.
type operationRoute struct {
	verb string
	path string // "/restapis/{restapi_id}"
}

func operationRoutes(b *awsapi.BoundService) map[string]operationRoute {
	routes := make(map[string]operationRoute, len(b.Operations))
	for _, op := range b.Operations {
		path, _, _ := strings.Cut(op.URI, "?")
		routes[op.Name] = operationRoute{op.Verb, path}
	}
	return routes
}

// Permission says that API Gateway's actions are HTTP's verbs and its
// resources are the paths of its API.
func (s *Service) Permission(call *awsapi.Call, in any) (action, resource string) {
	route := s.routes[call.Operation]
	return "apigateway:" + route.verb, arn.APIGateway(call.Region, fillPath(route.path, in))
}

// fillPath puts the input's members into the variables of a path.
func fillPath(path string, in any) string {
	if !strings.Contains(path, "{") {
		return path
	}
	v := reflect.ValueOf(in).Elem()
	for i := range v.NumField() {
		name, ok := strings.CutPrefix(v.Type().Field(i).Tag.Get("wire"), "uri,")
		if ok && v.Field(i).Kind() == reflect.String {
			path = strings.Replace(path, "{"+name+"}", escaped(v.Field(i).String()), 1)
		}
	}
	return path
}

// escaped is a segment of a path with everything encoded that may be: AWS names
// what is tagged as /tags/arn%3Aaws%3Aapigateway….
func escaped(segment string) string {
	return strings.ReplaceAll(url.QueryEscape(segment), "+", "%20")
}
