package apigateway

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// What is made with tags needs a second permission.
func TestFurtherPermission(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	tags := map[string]string{"team": "a"}
	const prefix = "apigateway:PUT arn:aws:apigateway:us-east-1::/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2F"
	for _, c := range []struct {
		operation string
		in        any
		want      string
	}{
		{"CreateRestApi", &CreateRestApiRequest{Name: "n"}, " "},
		{"CreateRestApi", &CreateRestApiRequest{Name: "n", Tags: tags}, prefix + "restapis%2F*"},
		{"CreateStage", &CreateStageRequest{RestApiId: "abc", StageName: "s", Tags: tags}, prefix + "restapis%2Fabc%2Fstages%2F*"},
		{"CreateUsagePlan", &CreateUsagePlanRequest{Name: "n", Tags: tags}, prefix + "usageplans%2F*"},
		{"TagResource", &TagResourceRequest{ResourceArn: "arn:a/b", Tags: tags}, " "},
		{"GetRestApis", &GetRestApisRequest{}, " "},
	} {
		action, resource := ts.FurtherPermission(&awsapi.Call{Operation: c.operation, Region: testRegion}, c.in)
		if got := action + " " + resource; got != c.want {
			t.Errorf("%s needs %s, want %s", c.operation, got, c.want)
		}
	}
}

// The tags of a resource and of a request are condition keys.
func TestTagKeys(t *testing.T) {
	t.Parallel()
	ts := newServer(t)
	id := strings.TrimPrefix(ts.deployed("s"), "/restapis/")
	about := "arn:aws:apigateway:" + testRegion + "::/restapis/" + id
	for _, in := range []*TagResourceRequest{
		{ResourceArn: about, Tags: map[string]string{"team": "a", "of": "api"}}, {ResourceArn: about + "/stages/s", Tags: map[string]string{"team": "b"}},
	} {
		if _, err := ts.TagResource(ts.ctx(), in); err != nil {
			t.Fatal(err)
		}
	}
	api := map[string][]string{"aws:ResourceTag/team": {"a"}, "aws:ResourceTag/of": {"api"}}
	stage := map[string][]string{"aws:ResourceTag/team": {"b"}, "aws:ResourceTag/of": {"api"}}
	with := func(m map[string][]string, name string, values ...string) map[string][]string {
		all := map[string][]string{name: values}
		for k, v := range m {
			all[k] = v
		}
		return all
	}
	for _, c := range []struct {
		operation string
		in        any
		want      map[string][]string
	}{
		{"GetRestApi", &GetRestApiRequest{RestApiId: id}, api},
		{"GetRestApi", &GetRestApiRequest{RestApiId: "nope"}, nil},
		{"GetRestApis", &GetRestApisRequest{}, nil},
		{"PutMethod", &PutMethodRequest{RestApiId: id, ResourceId: "r", HttpMethod: "GET"}, api},
		{"UpdateStage", &UpdateStageRequest{RestApiId: id, StageName: "s"}, stage},
		{"FlushStageCache", &FlushStageCacheRequest{RestApiId: id, StageName: "s"}, stage},
		{"GetTags", &GetTagsRequest{ResourceArn: about + "/stages/s"}, stage},
		{"UntagResource", &UntagResourceRequest{ResourceArn: about, TagKeys: []string{"of"}}, with(api, "aws:TagKeys", "of")},
		{"TagResource", &TagResourceRequest{ResourceArn: about, Tags: map[string]string{"x": "y"}}, with(with(api, "aws:TagKeys", "x"), "aws:RequestTag/x", "y")},
		{"CreateRestApi", &CreateRestApiRequest{Name: "n", Tags: map[string]string{"x": "y", "z": ""}}, map[string][]string{"aws:TagKeys": {"x", "z"}, "aws:RequestTag/x": {"y"}, "aws:RequestTag/z": {""}}},
	} {
		call := &awsapi.Call{Operation: c.operation, Region: testRegion, Caller: awsapi.RootCaller(testAccount)}
		ts.Permission(call, c.in)
		slices.Sort(call.Keys["aws:TagKeys"])
		if !reflect.DeepEqual(call.Keys, c.want) {
			t.Errorf("%s: %v, want %v", c.operation, call.Keys, c.want)
		}
	}
}
