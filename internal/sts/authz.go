package sts

import (
	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Permission is the action and the resource of a call. AWS: everybody may ask
// who they are and have a session token; whether somebody may take a role is
// decided with the role's trust policy, in the operation.
func (s *Service) Permission(call *awsapi.Call, in any) (action, resource string) {
	if in, ok := in.(*GetFederationTokenRequest); ok && !isTemporary(call.Caller) { // those are refused anyway
		for _, tag := range in.Tags {
			if call.Keys == nil {
				call.Keys = map[string][]string{}
			}
			call.Keys["aws:RequestTag/"+tag.Key] = []string{tag.Value}
			call.Keys["aws:TagKeys"] = append(call.Keys["aws:TagKeys"], tag.Key)
		}
		return "sts:GetFederationToken", arn.FederatedUser(call.Caller.Account, in.Name)
	}
	switch call.Operation {
	case "DecodeAuthorizationMessage", "GetAccessKeyInfo":
		return "sts:" + call.Operation, "*"
	}
	return "", ""
}

// FurtherPermission: tags need one of their own.
func (s *Service) FurtherPermission(call *awsapi.Call, in any) (action, resource string) {
	if in, ok := in.(*GetFederationTokenRequest); ok && len(in.Tags) > 0 && !isTemporary(call.Caller) {
		return "sts:TagSession", arn.FederatedUser(call.Caller.Account, in.Name)
	}
	return "", ""
}
