package logs

import (
	"reflect"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Permission is the action and the log group (or stream) of a call.
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
	action = "logs:" + call.Operation
	group := named("LogGroupName")
	if group == "" {
		group = groupOfARN(named("LogGroupIdentifier") + named("ResourceArn"))
	}
	if group == "" {
		return action, "*"
	}
	resource = "arn:aws:logs:" + call.Region + ":" + call.Caller.Account + ":log-group:" + group + ":"
	if stream := named("LogStreamName"); stream != "" {
		return action, resource + "log-stream:" + stream
	}
	return action, resource + "*"
}
