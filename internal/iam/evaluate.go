package iam

import (
	"context"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// Question asks whether a caller may do something.
type Question struct {
	Action          string // lambda:InvokeFunction
	Resource        string // ARN, or "*"
	ResourceAccount string // owner of the resource; "" is the caller's account
	// ResourcePolicy is attached to the resource, nil for none.
	ResourcePolicy *policy.Policy
	Keys           policy.Keys
}

// Evaluate decides by the caller's identity-based policies, its boundary and
// session policies, and the resource's policy. It needs no store.
func (s *Service) Evaluate(caller awsapi.Caller, q Question) policy.Decision {
	r := policy.Request{
		Principal: PrincipalOf(caller), Action: q.Action, Resource: q.Resource,
		ResourceAccount: q.ResourceAccount, ResourcePolicy: q.ResourcePolicy, Keys: q.Keys,
	}
	s.Policies(caller, &r)
	return policy.Evaluate(&r)
}

// Policies fills in the policies that speak for a caller: Identity, Boundary and
// Session of r.
func (s *Service) Policies(caller awsapi.Caller, r *policy.Request) {
	switch caller.Kind {
	case awsapi.User:
		if d, _, ok := s.users.Get(entityKey(caller.Account, caller.Name)); ok {
			c := s.compiledUser(caller.Account, d)
			r.Identity, r.Boundary = c.identity, c.boundary
		}
	case awsapi.Session:
		key := entityKey(caller.Account, nameOfARN(caller.RoleARN))
		if d, _, ok := s.roles.Get(key); ok && d.Role.Arn == caller.RoleARN {
			c := s.compiledRole(key, d)
			r.Identity, r.Boundary = c.identity, c.boundary
		}
		r.Session = sessionPolicies(caller.SessionPolicies)
	}
}

// sessionPolicies compiles the policies passed when a session was made; they
// were checked then.
func sessionPolicies(documents []string) []*policy.Policy {
	var list []*policy.Policy
	for _, d := range documents {
		if p, err := policy.New("session policy", policy.Session, []byte(d)); err == nil {
			list = append(list, p)
		}
	}
	return list
}

// PrincipalOf is a caller as policies see it.
func PrincipalOf(c awsapi.Caller) policy.Principal {
	p := policy.Principal{Account: c.Account, ARN: c.ARN, RoleARN: c.RoleARN, UserID: c.UserID, Name: c.Name}
	switch c.Kind {
	case awsapi.Root:
		p.Kind = policy.Root
	case awsapi.User:
		p.Kind = policy.User
	case awsapi.Session:
		p.Kind = policy.RoleSession
	case awsapi.ServicePrincipal:
		p.Kind = policy.Service
	}
	return p
}

// Authorize implements awsapi.Authorizer.
func (s *Service) Authorize(_ context.Context, call *awsapi.Call, action, resource string) error {
	if call.Caller.Unchecked {
		return nil
	}
	d := s.Evaluate(call.Caller, Question{Action: action, Resource: resource, ResourceAccount: resourceAccount(resource), Keys: s.keysOf(call)})
	if d.Outcome == policy.Allowed {
		return nil
	}
	text := policy.Message(d, call.Caller.ARN, action, resource)
	switch call.Service {
	case "iam", "sts":
		return accessDenied(text)
	case "lambda":
		return &awsapi.Error{Code: "AccessDeniedException", Status: 403, Message: text, MessageKey: "Message"}
	case "logs":
		return awsapi.Errorf(400, "AccessDeniedException", "%s", text)
	}
	return awsapi.Errorf(403, "AccessDeniedException", "%s", text)
}

// resourceAccount is the account in an ARN, "" where it names none.
func resourceAccount(resource string) string {
	if a := arn.AccountOf(resource); arn.IsAccount(a) {
		return a
	}
	return ""
}

// keysOf are the condition keys that every call has.
func (s *Service) keysOf(call *awsapi.Call) policy.Keys {
	now := s.now().UTC()
	var k policy.Keys
	k.Set("aws:SourceIp", call.SourceIP)
	k.Set("aws:UserAgent", call.UserAgent)
	k.Set("aws:RequestedRegion", call.Region)
	k.Set("aws:SecureTransport", map[bool]string{true: "true", false: "false"}[call.Secure])
	k.Set("aws:CurrentTime", now.Format("2006-01-02T15:04:05Z"))
	k.Set("aws:EpochTime", itoa(now.Unix()))
	for tag, value := range call.Caller.Tags {
		k.Set("aws:PrincipalTag/"+strings.ToLower(tag), value)
	}
	return k
}
