package apigateway

import (
	"slices"
	"testing"
)

func TestWarnOfTemplates(t *testing.T) {
	i := &Integration{
		RequestTemplates:     map[string]string{"application/json": "{}\n#if($x)", "text/plain": "$ok"},
		IntegrationResponses: map[string]*IntegrationResponse{"200": {StatusCode: "200", ResponseTemplates: map[string]string{"application/json": "#set($x = )"}}},
	}
	d := &Description{Resources: []*Resource{{Path: "/a", ResourceMethods: map[string]*Method{"GET": {HttpMethod: "GET", MethodIntegration: i}, "PUT": {HttpMethod: "PUT"}}}}}
	d.warnOfTemplates()
	want := []string{
		`Mapping template of the request on 'GET' for resource at path '/a' for application/json cannot be parsed: line 2, column 8: unexpected end of template, expected #end`,
		`Mapping template of the response 200 on 'GET' for resource at path '/a' for application/json cannot be parsed: line 1, column 11: unexpected ")"`,
	}
	if !slices.Equal(d.Warnings, want) {
		t.Errorf("got  %q\nwant %q", d.Warnings, want)
	}
}
