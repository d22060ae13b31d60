package apigateway

import (
	"context"
	"maps"
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
// resources are the paths of its API. It adds the tags to the condition keys:
// those that the call is about, and those that it brings.
func (s *Service) Permission(call *awsapi.Call, in any) (action, resource string) {
	route := s.routes[call.Operation]
	path := fillPath(route.path, in)
	keys := map[string][]string{}
	for key, value := range s.tagsAt(call, path, in) {
		keys["aws:ResourceTag/"+key] = []string{value}
	}
	for key, value := range requestTags(in) {
		keys["aws:RequestTag/"+key] = []string{value}
		keys["aws:TagKeys"] = append(keys["aws:TagKeys"], key)
	}
	if untag, ok := in.(*UntagResourceRequest); ok {
		keys["aws:TagKeys"] = untag.TagKeys
	}
	if len(keys) > 0 {
		call.Keys = keys
	}
	return "apigateway:" + route.verb, arn.APIGateway(call.Region, path)
}

// FurtherPermission: what is made with tags needs the permission to tag it.
// AWS (recorded, of REST APIs): the resource is named by a star, since it has no
// id yet.
func (s *Service) FurtherPermission(call *awsapi.Call, in any) (action, resource string) {
	route := s.routes[call.Operation]
	if route.verb != "POST" || len(requestTags(in)) == 0 {
		return "", ""
	}
	collection := arn.APIGateway(call.Region, fillPath(route.path, in)+"/")
	return "apigateway:PUT", arn.APIGateway(call.Region, "/tags/"+escaped(collection)+"*")
}

// requestTags are the tags that an input brings.
func requestTags(in any) map[string]string {
	f := reflect.ValueOf(in).Elem().FieldByName("Tags")
	if !f.IsValid() {
		return nil
	}
	tags, _ := f.Interface().(map[string]string)
	return tags
}

// tagsAt are the tags of what a path of the API is about. AWS: what cannot be
// tagged has the tags of what it is part of, a stage those of its API too unless
// it has its own.
func (s *Service) tagsAt(call *awsapi.Call, path string, in any) map[string]string {
	ctx := awsapi.WithCall(context.Background(), call)
	parts := strings.Split(path, "/") // "", "restapis", id, "stages", name
	var names []string
	switch {
	case parts[1] == "tags":
		names = []string{reflect.ValueOf(in).Elem().FieldByName("ResourceArn").String()}
		if api, _, ok := strings.Cut(names[0], "/stages/"); ok {
			names = []string{api, names[0]}
		}
	case len(parts) >= 5 && parts[1] == "restapis" && parts[3] == "stages":
		names = []string{arn.APIGateway(call.Region, strings.Join(parts[:3], "/")), arn.APIGateway(call.Region, strings.Join(parts[:5], "/"))}
	case len(parts) >= 3:
		names = []string{arn.APIGateway(call.Region, strings.Join(parts[:3], "/"))}
	}
	all := map[string]string{}
	for _, name := range names {
		if noun, err := s.tagged(ctx, name); err == nil {
			tags, _ := noun.read() // what is not there has none
			maps.Copy(all, tags)
		}
	}
	return all
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
