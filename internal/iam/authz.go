package iam

import (
	"reflect"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Permission is the action and the resource of a call: the entity that the
// input names, or would make. It adds the condition keys that IAM's own policies
// go by to the call.
func (s *Service) Permission(call *awsapi.Call, in any) (action, resource string) {
	f := fieldsOf(in)
	t := s.target(call, f)
	call.Resource = t.shown
	call.Keys = map[string][]string{}
	for _, tag := range t.tags {
		call.Keys["aws:ResourceTag/"+tag.Key] = []string{tag.Value}
		call.Keys["iam:ResourceTag/"+tag.Key] = []string{tag.Value}
	}
	for _, tag := range f.tags() {
		call.Keys["aws:RequestTag/"+tag.Key] = []string{tag.Value}
		call.Keys["aws:TagKeys"] = append(call.Keys["aws:TagKeys"], tag.Key)
	}
	if keys, ok := f.value("TagKeys").(([]string)); ok {
		call.Keys["aws:TagKeys"] = keys
	}
	if p := f.text("PolicyArn"); p != "" && strings.Contains(call.Operation, "tach") { // AttachUserPolicy, DetachRolePolicy …
		call.Keys["iam:PolicyARN"] = []string{p}
	}
	if service := f.text("AWSServiceName"); service != "" {
		call.Keys["iam:AWSServiceName"] = []string{service}
	}
	boundary := t.boundary
	if b := f.text("PermissionsBoundary"); b != "" {
		boundary = b
	}
	if boundary != "" {
		call.Keys["iam:PermissionsBoundary"] = []string{boundary}
	}
	return "iam:" + call.Operation, t.arn
}

// target is what a call is about.
type target struct {
	arn      string
	shown    string // in refusals, "" is the ARN
	tags     []*Tag
	boundary string
}

// target finds it: by the members of the input that name something, in the order
// that matters where there are several. AWS: refusals name what exists by its
// kind and name, and what is to be made by its ARN.
func (s *Service) target(call *awsapi.Call, f fields) target {
	t := s.targetOf(call, f)
	if (strings.HasPrefix(call.Operation, "Create") || call.Operation == "UploadServerCertificate") && !ofCaller[call.Operation] && call.Operation != "CreatePolicyVersion" {
		t.shown = ""
	}
	if call.Operation == "CreatePolicy" {
		t.shown = "policy " + f.text("PolicyName")
	}
	return t
}

func (s *Service) targetOf(call *awsapi.Call, f fields) target {
	a, path := call.Caller.Account, f.text("Path")
	if path == "" {
		path = "/"
	}
	switch {
	case call.Operation == "CreatePolicy":
		return target{arn: arn.Policy(a, path, f.text("PolicyName"))}
	case f.text("InstanceProfileName") != "":
		return s.profileTarget(a, path, f.text("InstanceProfileName"))
	case f.text("ServerCertificateName") != "":
		return s.certificateTarget(a, path, f.text("ServerCertificateName"))
	case f.text("RoleName") != "":
		return s.roleTarget(a, path, f.text("RoleName"))
	case f.text("GroupName") != "":
		return s.groupTarget(a, path, f.text("GroupName"))
	case f.text("UserName") != "":
		return s.userTarget(a, path, f.text("UserName"))
	case f.text("PolicyArn") != "":
		return s.policyTarget(f.text("PolicyArn"))
	case f.text("OpenIDConnectProviderArn") != "":
		return target{arn: f.text("OpenIDConnectProviderArn")}
	case call.Operation == "CreateOpenIDConnectProvider":
		return target{arn: providerARN(a, f.text("Url"))}
	case call.Operation == "ListPoliciesGrantingServiceAccess":
		return target{arn: f.text("Arn")}
	case f.text("PolicySourceArn") != "":
		return target{arn: f.text("PolicySourceArn")}
	case f.text("AWSServiceName") != "":
		return target{arn: arn.Role(a, "/aws-service-role/"+f.text("AWSServiceName")+"/", linkedRole(f.text("AWSServiceName"), f.text("CustomSuffix")))}
	case f.text("DeletionTaskId") != "":
		return target{arn: "arn:aws:iam::" + a + ":role" + strings.TrimPrefix(f.text("DeletionTaskId"), "task")}
	case listed[call.Operation] != "":
		return listTarget(a, listed[call.Operation], f.text("PathPrefix"))
	case call.Operation == "GetAccessKeyLastUsed":
		return s.keyTarget(a, f.text("AccessKeyId"))
	case ofCaller[call.Operation] && call.Caller.Kind == awsapi.User:
		return s.userTarget(a, "/", call.Caller.Name)
	}
	return target{arn: "*"}
}

// listTarget is what a list is about: its path prefix.
func listTarget(account, kind, prefix string) target {
	if prefix == "" {
		prefix = "/"
	}
	t := target{arn: "arn:aws:iam::" + account + ":" + kind + prefix}
	if kind == "policy" {
		t.shown = "policy path " + prefix
	}
	return t
}

// listed are the kinds of what a list is about.
var listed = map[string]string{
	"ListUsers": "user", "ListRoles": "role", "ListGroups": "group", "ListInstanceProfiles": "instance-profile",
	"ListPolicies": "policy", "ListServerCertificates": "server-certificate", "ListVirtualMFADevices": "mfa",
}

// ofCaller are operations that are about the caller if they name nobody.
var ofCaller = map[string]bool{
	"GetUser": true, "ChangePassword": true, "CreateAccessKey": true, "ListAccessKeys": true, "UpdateAccessKey": true,
	"DeleteAccessKey": true, "ListMFADevices": true, "ListSSHPublicKeys": true, "ListSigningCertificates": true,
	"ListServiceSpecificCredentials": true, "CreateLoginProfile": true, "GetLoginProfile": true, "DeleteLoginProfile": true,
}

func (s *Service) roleTarget(account, path, name string) target {
	if d, _, ok := s.roles.Get(entityKey(account, name)); ok {
		return target{d.Role.Arn, "role " + name, d.Role.Tags, d.Permissions.Boundary}
	}
	return target{arn: arn.Role(account, path, name), shown: "role " + name}
}

func (s *Service) userTarget(account, path, name string) target {
	if d, _, ok := s.users.Get(entityKey(account, name)); ok {
		return target{d.User.Arn, "user " + name, d.User.Tags, d.Permissions.Boundary}
	}
	return target{arn: arn.User(account, path, name), shown: "user " + name}
}

// keyTarget is the owner of an access key.
func (s *Service) keyTarget(account, id string) target {
	if d, _, ok := s.keys.Get(id); ok && d.Account == account && d.UserName != "" {
		return s.userTarget(account, "/", d.UserName)
	}
	return target{arn: "*"}
}

func (s *Service) groupTarget(account, path, name string) target {
	if d, _, ok := s.groups.Get(entityKey(account, name)); ok {
		return target{arn: d.Group.Arn, shown: "group " + name}
	}
	return target{arn: arn.Group(account, path, name), shown: "group " + name}
}

func (s *Service) policyTarget(policyARN string) target {
	if d, ok := s.managedPolicy(policyARN); ok {
		return target{arn: policyARN, shown: "policy " + policyARN, tags: d.Policy.Tags}
	}
	return target{arn: policyARN, shown: "policy " + policyARN}
}

func (s *Service) certificateTarget(account, path, name string) target {
	if d, _, ok := s.certificates.Get(entityKey(account, name)); ok {
		return target{arn: d.Metadata.Arn, shown: "server certificate " + name, tags: d.Tags}
	}
	return target{arn: certificateARN(account, path, name), shown: "server certificate " + name}
}

func (s *Service) profileTarget(account, path, name string) target {
	if d, _, ok := s.profiles.Get(entityKey(account, name)); ok {
		return target{arn: d.Profile.Arn, shown: "instance profile " + name, tags: d.Profile.Tags}
	}
	return target{arn: "arn:aws:iam::" + account + ":instance-profile" + path + name, shown: "instance profile " + name}
}

// fields are the members of an input, by name.
type fields struct{ v reflect.Value }

func fieldsOf(in any) fields { return fields{reflect.ValueOf(in).Elem()} }

// value is nil for a member that is not there.
func (f fields) value(name string) any {
	v := f.v.FieldByName(name)
	if !v.IsValid() {
		return nil
	}
	return v.Interface()
}

// text is "" for a member that is not there or no text.
func (f fields) text(name string) string {
	switch v := f.value(name).(type) {
	case string:
		return v
	case *string:
		if v != nil {
			return *v
		}
	}
	return ""
}

func (f fields) tags() []*Tag {
	tags, _ := f.value("Tags").([]*Tag)
	return tags
}
