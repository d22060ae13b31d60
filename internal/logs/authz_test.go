package logs

import (
	"testing"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// TestPermission: permission is asked for what the operation acts on, in
// whatever form the input names it.
func TestPermission(t *testing.T) {
	t.Parallel()
	const group = "arn:aws:logs:eu-west-1:111111111111:log-group:/a"
	for _, tt := range []struct {
		operation string
		in        any
		want      string
	}{
		{"GetLogEvents", &GetLogEventsRequest{LogGroupName: new("/a"), LogStreamName: "s"}, group + ":log-stream:s"},
		{"FilterLogEvents", &FilterLogEventsRequest{LogGroupIdentifier: new(group)}, group + ":log-stream:"},
		{"DescribeLogGroups", &DescribeLogGroupsRequest{}, "arn:aws:logs:eu-west-1:111111111111:log-group::log-stream:"},
		{"TagResource", &TagResourceRequest{ResourceArn: group}, group},
		{"TagResource", &TagResourceRequest{ResourceArn: group + ":*"}, group},
		{"TagResource", &TagResourceRequest{ResourceArn: "arn:aws:logs:us-east-1:222222222222:log-group:/a"}, group},
		{"UntagResource", &UntagResourceRequest{ResourceArn: "/a"}, group},
		{"ListTagsForResource", &ListTagsForResourceRequest{ResourceArn: "arn:aws:logs:eu-west-1:111111111111:destination:d"}, "arn:aws:logs:eu-west-1:111111111111:destination:d"},
	} {
		call := &awsapi.Call{Operation: tt.operation, Region: "eu-west-1", Caller: awsapi.RootCaller("111111111111")}
		action, resource := new(Service).Permission(call, tt.in)
		if action != "logs:"+tt.operation || resource != tt.want {
			t.Errorf("%s %+v: %s on %s, want %s", tt.operation, tt.in, action, resource, tt.want)
		}
	}
}

// TestTagElsewhere: the ARN of a group elsewhere is none of a group here.
func TestTagElsewhere(t *testing.T) {
	t.Parallel()
	s, ctx, _ := newService(t)
	if _, err := s.CreateLogGroup(ctx, &CreateLogGroupRequest{LogGroupName: "/a"}); err != nil {
		t.Fatal(err)
	}
	for _, arn := range []string{"arn:aws:logs:us-east-1:111111111111:log-group:/a", "arn:aws:logs:eu-west-1:222222222222:log-group:/a", "/a"} {
		_, err := s.TagResource(ctx, &TagResourceRequest{ResourceArn: arn, Tags: map[string]string{"k": "v"}})
		wantError(t, err, "ResourceNotFoundException", "The specified log group does not exist.")
	}
	for _, arn := range []string{"arn:aws:logs:eu-west-1:111111111111:log-group:/a", "arn:aws:logs:eu-west-1:111111111111:log-group:/a:*"} {
		if _, err := s.TagResource(ctx, &TagResourceRequest{ResourceArn: arn, Tags: map[string]string{"k": arn}}); err != nil {
			t.Fatal(err)
		}
		out, err := s.ListTagsForResource(ctx, &ListTagsForResourceRequest{ResourceArn: arn})
		if err != nil || out.Tags["k"] != arn {
			t.Errorf("%v, %v", out, err)
		}
	}
}
