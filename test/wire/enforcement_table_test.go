package wire

import (
	"net/http"
	"strings"

	apitypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// What follows is AWS's service authorization reference for the operations here,
// written down apart from the server: which action an operation needs, on what
// kind of resource, and how a refusal names it.

// free are the operations that everybody who has a key may call, and why.
var free = map[string]string{
	"sts/GetCallerIdentity": "everybody may ask who they are",
	"sts/GetSessionToken":   "everybody may have a session of their own",
}

// further are the statements that an operation needs besides.
var further = map[string]string{
	"lambda/CreateFunction": "," + statement("iam:PassRole", "*"),
}

// actions are those that are not named like their operation.
var actions = map[string]string{
	"lambda/Invoke":                   "lambda:InvokeFunction",
	"lambda/InvokeAsync":              "lambda:InvokeFunction",
	"lambda/InvokeWithResponseStream": "lambda:InvokeFunction",
	"lambda/GetLayerVersionByArn":     "lambda:GetLayerVersion",
}

func expectedAction(service, op, verb string) string {
	if service == "apigateway" {
		return "apigateway:" + verb
	}
	if a := actions[service+"/"+op]; a != "" {
		return a
	}
	return service + ":" + op
}

// about is a resource as policies name it, and as a refusal does.
type about struct{ arn, shown string }

func same(arn string) about { return about{arn, arn} }

// expectedResource is what an operation with the least input is about.
func expectedResource(service, op string, sent *http.Request) about {
	if service == "apigateway" {
		return same("arn:aws:apigateway:us-east-1::" + sent.URL.EscapedPath())
	}
	for kind, ops := range kinds[service] {
		for name := range strings.FieldsSeq(ops) {
			if name == op {
				return resources[kind]
			}
		}
	}
	return same("*")
}

const (
	inIAM     = "arn:aws:iam::000000000000:"
	inLambda  = "arn:aws:lambda:us-east-1:000000000000:"
	inLogs    = "arn:aws:logs:us-east-1:000000000000:log-group:"
	policyARN = inIAM + "policy/PolicyName"
	mfaARN    = inIAM + "mfa/phone"
	oidcARN   = inIAM + "oidc-provider/login.example.com"
	cscARN    = inLambda + "code-signing-config:csc-0123456789abcdefg"
	uuid      = "11111111-2222-4333-8444-555555555555"
)

// resources are the kinds of resources. AWS: IAM's refusals name what exists by
// its kind and name, and only what is to be made by its ARN.
var resources = map[string]about{
	"user":             {inIAM + "user/UserName", "user UserName"},
	"new user":         same(inIAM + "user/UserName"),
	"caller":           {userARN, "user ann"},
	"users":            same(inIAM + "user/"),
	"group":            {inIAM + "group/GroupName", "group GroupName"},
	"new group":        same(inIAM + "group/GroupName"),
	"groups":           same(inIAM + "group/"),
	"role":             {inIAM + "role/RoleName", "role RoleName"},
	"new role":         same(inIAM + "role/RoleName"),
	"roles":            same(inIAM + "role/"),
	"linked role":      same(inIAM + "role/aws-service-role/lex.amazonaws.com/AWSServiceRoleForLex"),
	"deleted role":     same(inIAM + "role/aws-service-role/lex.amazonaws.com/AWSServiceRoleForLex/1"),
	"policy":           {policyARN, "policy " + policyARN},
	"new policy":       {policyARN, "policy PolicyName"},
	"policies":         {inIAM + "policy/", "policy path /"},
	"profile":          {inIAM + "instance-profile/InstanceProfileName", "instance profile InstanceProfileName"},
	"new profile":      same(inIAM + "instance-profile/InstanceProfileName"),
	"profiles":         same(inIAM + "instance-profile/"),
	"provider":         same(oidcARN),
	"certificate":      {inIAM + "server-certificate/ServerCertificateName", "server certificate ServerCertificateName"},
	"new certificate":  same(inIAM + "server-certificate/ServerCertificateName"),
	"certificates":     same(inIAM + "server-certificate/"),
	"mfa":              same(mfaARN),
	"new mfa":          same(inIAM + "mfa/VirtualMFADeviceName"),
	"mfas":             same(inIAM + "mfa/"),
	"source":           same(userARN),
	"job":              same("*"),
	"assumed role":     same(inIAM + "role/RoleArn"),
	"federated":        same("arn:aws:sts::000000000000:federated-user/Name"),
	"account":          same("arn:aws:iam::000000000000:root"),
	"function":         same(inLambda + "function:FunctionName"),
	"alias":            same(inLambda + "function:FunctionName:Qualifier"),
	"mapping":          same(inLambda + "event-source-mapping:" + uuid),
	"layer":            same(inLambda + "layer:LayerName"),
	"layer version":    same(inLambda + "layer:LayerName:1"),
	"signing config":   same(cscARN),
	"all log groups":   same(inLogs + ":log-stream:"),
	"log group":        same(inLogs + "LogGroupName:log-stream:"),
	"tagged log group": same(inLogs + "LogGroupName"),
	"log stream":       same(inLogs + "LogGroupName:log-stream:LogStreamName"),
}

// kinds are the operations by the kind of resource that they are about; those
// that are not listed are about "*".
var kinds = map[string]map[string]string{
	"sts": {
		"assumed role": `AssumeRole`,
		"federated":    `GetFederationToken`,
		"account":      `AssumeRoot`,
	},
	"iam": {
		"user": `GetUserPolicy DeleteUser UpdateUser AttachUserPolicy DetachUserPolicy PutUserPolicy DeleteUserPolicy
			ListUserPolicies ListAttachedUserPolicies ListGroupsForUser ListUserTags TagUser UntagUser UpdateLoginProfile
			PutUserPermissionsBoundary DeleteUserPermissionsBoundary UpdateSSHPublicKey EnableMFADevice DeactivateMFADevice`,
		"new user": `CreateUser`,
		"users":    `ListUsers`,
		"caller": `GetUser CreateAccessKey DeleteAccessKey ListAccessKeys UpdateAccessKey ChangePassword CreateLoginProfile
			GetLoginProfile DeleteLoginProfile ListMFADevices ListSSHPublicKeys ListSigningCertificates ListServiceSpecificCredentials GetAccessKeyLastUsed`,
		"group": `GetGroup GetGroupPolicy DeleteGroup UpdateGroup AttachGroupPolicy DetachGroupPolicy PutGroupPolicy
			DeleteGroupPolicy ListGroupPolicies ListAttachedGroupPolicies AddUserToGroup RemoveUserFromGroup`,
		"new group": `CreateGroup`,
		"groups":    `ListGroups`,
		"role": `GetRole GetRolePolicy DeleteRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy AttachRolePolicy
			DetachRolePolicy PutRolePolicy DeleteRolePolicy ListRolePolicies ListAttachedRolePolicies ListRoleTags TagRole
			UntagRole ListInstanceProfilesForRole PutRolePermissionsBoundary DeleteRolePermissionsBoundary DeleteServiceLinkedRole`,
		"new role":     `CreateRole`,
		"roles":        `ListRoles`,
		"linked role":  `CreateServiceLinkedRole`,
		"deleted role": `GetServiceLinkedRoleDeletionStatus`,
		"policy": `GetPolicy GetPolicyVersion DeletePolicy CreatePolicyVersion DeletePolicyVersion ListPolicyVersions
			SetDefaultPolicyVersion ListEntitiesForPolicy ListPolicyTags TagPolicy UntagPolicy`,
		"new policy": `CreatePolicy`,
		"policies":   `ListPolicies`,
		"profile": `GetInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile RemoveRoleFromInstanceProfile
			ListInstanceProfileTags TagInstanceProfile UntagInstanceProfile`,
		"new profile": `CreateInstanceProfile`,
		"profiles":    `ListInstanceProfiles`,
		"provider": `CreateOpenIDConnectProvider GetOpenIDConnectProvider DeleteOpenIDConnectProvider TagOpenIDConnectProvider
			UntagOpenIDConnectProvider ListOpenIDConnectProviderTags AddClientIDToOpenIDConnectProvider
			RemoveClientIDFromOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint`,
		"certificate": `GetServerCertificate DeleteServerCertificate UpdateServerCertificate TagServerCertificate
			UntagServerCertificate ListServerCertificateTags`,
		"new certificate": `UploadServerCertificate`,
		"certificates":    `ListServerCertificates`,
		"mfa":             `DeleteVirtualMFADevice ListMFADeviceTags TagMFADevice UntagMFADevice GetMFADevice`,
		"new mfa":         `CreateVirtualMFADevice`,
		"mfas":            `ListVirtualMFADevices`,
		"source": `SimulatePrincipalPolicy GetContextKeysForPrincipalPolicy ListPoliciesGrantingServiceAccess
			GenerateServiceLastAccessedDetails`,
	},
	"lambda": {
		"function": `CreateFunction GetFunction DeleteFunction GetFunctionConfiguration UpdateFunctionCode
			UpdateFunctionConfiguration PublishVersion ListVersionsByFunction CreateAlias GetAlias UpdateAlias DeleteAlias
			ListAliases AddPermission RemovePermission GetPolicy Invoke InvokeAsync InvokeWithResponseStream
			PutFunctionConcurrency GetFunctionConcurrency DeleteFunctionConcurrency PutFunctionEventInvokeConfig
			GetFunctionEventInvokeConfig UpdateFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig
			ListFunctionEventInvokeConfigs CreateFunctionUrlConfig GetFunctionUrlConfig UpdateFunctionUrlConfig
			DeleteFunctionUrlConfig ListFunctionUrlConfigs ListProvisionedConcurrencyConfigs GetRuntimeManagementConfig
			PutRuntimeManagementConfig GetFunctionRecursionConfig PutFunctionRecursionConfig GetFunctionScalingConfig
			PutFunctionScalingConfig GetFunctionCodeSigningConfig PutFunctionCodeSigningConfig DeleteFunctionCodeSigningConfig
			ListTags TagResource UntagResource`,
		"alias":         `PutProvisionedConcurrencyConfig GetProvisionedConcurrencyConfig DeleteProvisionedConcurrencyConfig`,
		"mapping":       `GetEventSourceMapping UpdateEventSourceMapping DeleteEventSourceMapping`,
		"layer":         `PublishLayerVersion`,
		"layer version": `GetLayerVersion GetLayerVersionByArn DeleteLayerVersion GetLayerVersionPolicy AddLayerVersionPermission RemoveLayerVersionPermission`,
		"signing config": `GetCodeSigningConfig UpdateCodeSigningConfig DeleteCodeSigningConfig
			ListFunctionsByCodeSigningConfig`,
	},
	"logs": {
		"all log groups": `DescribeLogGroups`,
		"log group": `CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy DescribeLogStreams FilterLogEvents
			ListTagsLogGroup TagLogGroup UntagLogGroup`,
		"tagged log group": `ListTagsForResource TagResource UntagResource`,
		"log stream":       `CreateLogStream DeleteLogStream PutLogEvents GetLogEvents`,
	},
}

// optional are members that the model does not require, but AWS does.
var optional = map[string]string{
	"DescribeLogStreams": "LogGroupName",
	"FilterLogEvents":    "LogGroupName",
	"GetLogEvents":       "LogGroupName",
}

// untried are the operations whose input cannot be made up.
var untried = map[string]string{
	"logs/PutIntegration": "a member of its is one of several shapes, and it has no behaviour",
}

// leastValues are values of members that their name and type do not suggest.
var leastValues = map[string]any{
	"StatusCode":            "200",
	"CreateAuthorizer.Type": apitypes.AuthorizerTypeToken,
	"Location":              &apitypes.DocumentationPartLocation{Type: apitypes.DocumentationPartTypeApi},

	"GetMetricData.MetricDataQueries": []cwtypes.MetricDataQuery{{Id: new("a"), Expression: new("TIME_SERIES(1)")}},

	"Role":                 inIAM + "role/role",
	"Code":                 &lambdatypes.FunctionCode{ZipFile: []byte("PK")},
	"Content":              &lambdatypes.LayerVersionContentInput{ZipFile: []byte("PK")},
	"FunctionVersion":      "1",
	"CodeSigningConfigArn": cscARN,
	"AllowedPublishers":    &lambdatypes.AllowedPublishers{SigningProfileVersionArns: []string{"arn:aws:signer:us-east-1:000000000000:/signing-profiles/p/1234567890"}},
	"UUID":                 uuid,
	"Arn":                  inLambda + "layer:LayerName:1",
	"Resource":             inLambda + "function:FunctionName",
	"Principal":            "000000000000",

	"AddPermission.Action":             "lambda:InvokeFunction",
	"AddLayerVersionPermission.Action": "lambda:GetLayerVersion",

	"PolicyArn":                              policyARN,
	"VersionId":                              "v1",
	"AccessKeyId":                            "AKIAIOSFODNN7EXAMPLE",
	"PermissionsBoundary":                    policyARN,
	"OpenIDConnectProviderArn":               oidcARN,
	"ThumbprintList":                         []string{strings.Repeat("0123456789", 4)},
	"Url":                                    "https://login.example.com",
	"SerialNumber":                           mfaARN,
	"AWSServiceName":                         "lex.amazonaws.com",
	"DeletionTaskId":                         "task/aws-service-role/lex.amazonaws.com/AWSServiceRoleForLex/1",
	"PolicySourceArn":                        userARN,
	"GenerateServiceLastAccessedDetails.Arn": userARN,
	"ListPoliciesGrantingServiceAccess.Arn":  userARN,
	"JobId":                                  uuid,
	"ServiceNamespaces":                      []string{"lambda"},
	"ActionNames":                            []string{"lambda:InvokeFunction"},

	"RoleArn":         inIAM + "role/RoleArn",
	"TargetPrincipal": "000000000000",

	"ResourceArn": inLogs + "LogGroupName",
}
