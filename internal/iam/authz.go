package iam

import (
	"reflect"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Permission is the action and the resource of a call: the entity that the
// input names.
func (s *Service) Permission(call *awsapi.Call, in any) (action, resource string) {
	v := reflect.ValueOf(in).Elem()
	named := func(field string) string {
		f := v.FieldByName(field)
		if f.Kind() == reflect.Pointer && !f.IsNil() {
			f = f.Elem()
		}
		if f.Kind() != reflect.String {
			return ""
		}
		return f.String()
	}
	action, a := "iam:"+call.Operation, call.Caller.Account
	switch {
	case named("RoleName") != "":
		return action, s.roleARN(a, named("RoleName"))
	case named("PolicyArn") != "":
		return action, named("PolicyArn")
	case named("UserName") != "":
		return action, s.userARN(a, named("UserName"))
	case named("GroupName") != "":
		return action, arn.Group(a, "/", named("GroupName"))
	case call.Operation == "CreatePolicy":
		return action, arn.Policy(a, "/", named("PolicyName"))
	}
	return action, "*"
}

// roleARN is the ARN of a role that may not exist yet.
func (s *Service) roleARN(account, name string) string {
	if d, _, ok := s.roles.Get(entityKey(account, name)); ok {
		return d.Role.Arn
	}
	return arn.Role(account, "/", name)
}

func (s *Service) userARN(account, name string) string {
	if d, _, ok := s.users.Get(entityKey(account, name)); ok {
		return d.User.Arn
	}
	return arn.User(account, "/", name)
}
