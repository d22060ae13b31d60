package iam

import (
	"context"
	"strconv"
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
	// Keys are the condition keys of the request. Those that the caller brings
	// (its tags, those of its session) and the time need not be among them.
	Keys policy.Keys
}

// Evaluate decides by the caller's identity-based policies, its boundary and
// session policies, and the resource's policy. It needs no store.
func (s *Service) Evaluate(caller awsapi.Caller, q Question) policy.Decision {
	r := q.request()
	s.noteUse(caller, &r)
	s.fill(caller, &r)
	if r.UsesKeys() {
		r.Keys = s.withKeysOf(r.Keys, caller)
	}
	return policy.Evaluate(&r)
}

func (q *Question) request() policy.Request {
	return policy.Request{
		Action: q.Action, Resource: q.Resource, ResourceAccount: q.ResourceAccount, ResourcePolicy: q.ResourcePolicy, Keys: q.Keys,
	}
}

// Policies fills in the principal of a request, what its condition keys are, and
// the policies that speak for it: Identity, Boundary and Session. A user or role
// that is gone has none, and neither has one that was made anew under its name.
func (s *Service) Policies(caller awsapi.Caller, r *policy.Request) {
	s.noteUse(caller, r)
	s.fill(caller, r)
	r.Keys = s.withKeysOf(r.Keys, caller)
}

// fill is Policies without the keys.
func (s *Service) fill(caller awsapi.Caller, r *policy.Request) {
	r.Principal = PrincipalOf(caller)
	r.Identity, r.Boundary, r.Session = nil, nil, s.sessionPolicies(caller.SessionPolicies)
	var c *compiledEntity
	switch caller.Kind {
	case awsapi.User:
		if d, _, ok := s.users.Get(entityKey(caller.Account, caller.Name)); ok && d.User.UserId == caller.UserID {
			c = s.compiledUser(d)
		}
	case awsapi.Session:
		if d, _, ok := s.roles.Get(entityKey(caller.Account, nameOfARN(caller.RoleARN))); ok && isSessionOf(d, caller.UserID) {
			c = s.compiledRole(d)
		}
	case awsapi.FederatedUser: // its key is known only as long as the user is
		if caller.RoleARN == arn.Root(caller.Account) {
			r.Identity = []*policy.Policy{everything}
		} else if d, _, ok := s.users.Get(entityKey(caller.Account, nameOfARN(caller.RoleARN))); ok {
			c = s.compiledUser(d)
		}
	}
	if c != nil {
		r.Identity, r.Boundary = c.identity, c.boundary
	}
}

// everything is what the root may do, and may lend.
var everything = compileOrDeny("root", policy.Identity, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)

// isSessionOf says whether a session's user id, AROA…:name, is of that role.
func isSessionOf(d *roleDocument, userID string) bool {
	id, _, _ := strings.Cut(userID, ":")
	return id == d.Role.RoleId
}

// PrincipalOf is a caller as policies know it.
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
	case awsapi.FederatedUser:
		p.Kind = policy.FederatedUser
	}
	return p
}

// withKeysOf adds the condition keys that the caller brings, which nobody can
// override, and the time.
func (s *Service) withKeysOf(given policy.Keys, c awsapi.Caller) policy.Keys {
	keys := make(policy.Keys, len(given), len(given)+len(c.Keys)+len(c.Tags)+2)
	copy(keys, given)
	for name, value := range c.Keys {
		keys.Set(name, value)
	}
	for tag, value := range c.Tags {
		keys.Set("aws:PrincipalTag/"+tag, value)
	}
	if keys.Get("aws:currenttime") == nil {
		keys = append(keys, s.timeKeys()...)
	}
	return keys
}

// timeKeys are the condition keys of the time, made once a second.
func (s *Service) timeKeys() policy.Keys {
	now := s.now()
	if k := s.second.Load(); k != nil && k.unix == now.Unix() {
		return k.keys
	}
	k := &secondKeys{unix: now.Unix(), keys: policy.Keys{
		{Name: "aws:currenttime", Values: []string{now.UTC().Format("2006-01-02T15:04:05Z")}},
		{Name: "aws:epochtime", Values: []string{strconv.FormatInt(now.Unix(), 10)}},
	}}
	s.second.Store(k)
	return k.keys
}

type secondKeys struct {
	unix int64
	keys policy.Keys
}

// Authorize implements awsapi.Authorizer.
func (s *Service) Authorize(_ context.Context, call *awsapi.Call, action, resource string) error {
	if call.Caller.Unchecked {
		return nil
	}
	if err := sessionMayCall(call); err != nil {
		return err
	}
	d := s.Evaluate(call.Caller, Question{Action: action, Resource: resource, ResourceAccount: accountOf(resource), Keys: KeysOf(call)})
	if d.Outcome == policy.Allowed {
		return nil
	}
	if call.Resource != "" {
		resource = call.Resource
	}
	text := policy.Message(d, call.Caller.ARN, action, resource)
	if call.Service == "monitoring" { // AWS: its texts name no resource, as metrics have none
		text = strings.Replace(text, " on resource: *", "", 1)
	}
	return refused(call.Service, text)
}

// sessionMayCall: AWS lets the temporary keys of a user or of the root, which
// come without a second factor here, not use IAM.
func sessionMayCall(call *awsapi.Call) error {
	if call.Service == "iam" && call.Caller.Kind != awsapi.Session && call.Caller.Keys != nil {
		return awsapi.Errorf(403, "InvalidClientTokenId", "The security token included in the request is invalid")
	}
	return nil
}

// refused is a service's "access denied".
func refused(service, text string) error {
	switch service {
	case "iam", "sts", "monitoring":
		return accessDenied(text)
	case "lambda":
		return &awsapi.Error{Code: "AccessDeniedException", Status: 403, Message: text, MessageKey: "Message"}
	case "logs":
		return awsapi.Errorf(400, "AccessDeniedException", "%s", text)
	}
	return awsapi.Errorf(403, "AccessDeniedException", "%s", text)
}

// accountOf is the account in an ARN, "" where it names none.
func accountOf(name string) string {
	if a := arn.AccountOf(name); arn.IsAccount(a) {
		return a
	}
	return ""
}

// KeysOf are the condition keys that a call has.
func KeysOf(call *awsapi.Call) policy.Keys {
	var k policy.Keys
	k.Set("aws:SourceIp", call.SourceIP)
	k.Set("aws:UserAgent", call.UserAgent)
	k.Set("aws:RequestedRegion", call.Region)
	k.Set("aws:SecureTransport", strconv.FormatBool(call.Secure))
	k.Set("aws:ViaAWSService", "false")
	for name, values := range call.Keys {
		k.Set(name, values...)
	}
	return k
}
