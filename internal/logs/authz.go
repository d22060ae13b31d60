package logs

import (
	"reflect"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Permission is the action and the log group or stream of a call. AWS: what is
// about a whole group is about the stream without a name in it.
func (s *Service) Permission(call *awsapi.Call, in any) (action, resource string) {
	v := reflect.ValueOf(in).Elem()
	named := func(field string) string {
		f := v.FieldByName(field)
		if f.IsValid() && f.Kind() == reflect.Pointer && !f.IsNil() {
			f = f.Elem()
		}
		if !f.IsValid() || f.Kind() != reflect.String {
			return ""
		}
		return f.String()
	}
	action, resource = "logs:"+call.Operation, "*"
	groups := "arn:aws:logs:" + call.Region + ":" + call.Caller.Account + ":log-group:"
	group := named("LogGroupName")
	if group == "" {
		group = groupOfARN(named("LogGroupIdentifier"))
	}
	switch tagged := named("ResourceArn"); {
	case strings.HasPrefix(tagged, "arn:") && !strings.Contains(tagged, ":log-group:"):
		resource = tagged // nothing that is here
	case tagged != "": // in one form, however it is written
		resource = groups + groupOfARN(tagged)
	case group != "":
		resource = groups + group + ":log-stream:" + named("LogStreamName")
	case call.Operation == "DescribeLogGroups":
		resource = groups + ":log-stream:"
	}
	return action, resource
}
