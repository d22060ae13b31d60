package sts

import "github.com/lambdagate/lambdagate/internal/awsapi"

// Permission is the action and the resource of a call. AWS: everybody may ask
// who they are and have a session token; whether somebody may take a role is
// decided with the role's trust policy, in the operation.
func (s *Service) Permission(call *awsapi.Call, _ any) (action, resource string) {
	switch call.Operation {
	case "DecodeAuthorizationMessage", "GetAccessKeyInfo":
		return "sts:" + call.Operation, "*"
	}
	return "", ""
}
