package iam

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// Errors of roles that services take.
var (
	// ErrNoRole says that there is no such role.
	ErrNoRole = errors.New("there is no such role")
	// ErrNotTrusted says that the role does not trust the principal.
	ErrNotTrusted = errors.New("the role does not trust the principal")
)

// serviceSession is how long a session of a service's role lasts, and
// renewBefore how long before its end a new one is made.
const (
	serviceSession = time.Hour
	renewBefore    = 10 * time.Minute
)

// RoleInfo is what somebody who takes a role has to know of it.
type RoleInfo struct {
	ARN, ID, Account, Name string
	MaxSession             time.Duration
}

// Role returns the role with that ARN.
func (s *Service) Role(roleARN string) (RoleInfo, bool) {
	d, ok := s.roleNamed(roleARN)
	if !ok {
		return RoleInfo{}, false
	}
	return d.info(), true
}

func (d *roleDocument) info() RoleInfo {
	seconds := int64(defaultSession)
	if d.Role.MaxSessionDuration != nil {
		seconds = *d.Role.MaxSessionDuration
	}
	return RoleInfo{d.Role.Arn, d.Role.RoleId, accountOf(d.Role.Arn), d.Role.RoleName, time.Duration(seconds) * time.Second}
}

// MayAssume decides about a caller who wants to take a role, by its trust policy
// and the caller's own: the action is sts:AssumeRole or one that goes with it
// (sts:TagSession, sts:SetSourceIdentity). A role that does not exist is refused
// as one that trusts nobody.
func (s *Service) MayAssume(caller awsapi.Caller, action, roleARN string, keys policy.Keys) policy.Decision {
	trust := denying[policy.Trust]
	if d, ok := s.roleNamed(roleARN); ok {
		trust = s.compiledRole(d).trust
		keys = withResourceTags(keys, d.Role.Tags)
	}
	return s.Evaluate(caller, Question{Action: action, Resource: roleARN, ResourceAccount: accountOf(roleARN), ResourcePolicy: trust, Keys: keys})
}

// MayFederate decides about somebody whom an identity provider vouches for. The
// provider is named by its ARN, or by its host name if it is one of AWS's own.
func (s *Service) MayFederate(provider, action, roleARN string, keys policy.Keys) policy.Decision {
	d, ok := s.roleNamed(roleARN)
	if !ok {
		return policy.Decision{Missing: policy.Trust}
	}
	return policy.Evaluate(&policy.Request{
		Principal: policy.Principal{Kind: policy.FederatedLogin, Name: provider}, Action: action, Resource: roleARN,
		ResourceAccount: accountOf(roleARN), ResourcePolicy: s.compiledRole(d).trust, Keys: s.withKeysOf(withResourceTags(keys, d.Role.Tags), awsapi.Caller{}),
	})
}

func withResourceTags(keys policy.Keys, tags []*Tag) policy.Keys {
	keys = slices.Clone(keys)
	for _, t := range tags {
		keys.Set("aws:ResourceTag/"+t.Key, t.Value)
		keys.Set("iam:ResourceTag/"+t.Key, t.Value)
	}
	return keys
}

type sessionKey struct{ role, service, name, function string }

// AssumeServiceRole gives a session of a role to an AWS service that acts for an
// account: "apigateway.amazonaws.com", say. The trust policy is asked each time,
// with the keys (aws:SourceArn is what the service acts for); the session is
// shared until it is about to expire or the role changes. The role has to be of
// that account. AWS: the key lambda:SourceFunctionArn stays with the session.
func (s *Service) AssumeServiceRole(_ context.Context, roleARN, service, account, name string, keys policy.Keys) (Credential, error) {
	d, ok := s.roleNamed(roleARN)
	if !ok {
		return Credential{}, ErrNoRole
	}
	if !s.trusts(d, service, account, keys) {
		return Credential{}, ErrNotTrusted
	}
	var carried map[string]string
	function := ""
	if f := keys.Get(sourceFunction); len(f) == 1 {
		function, carried = f[0], map[string]string{sourceFunction: f[0]}
	}
	key := sessionKey{d.Role.RoleId, service, name, function}
	if c, ok := s.sessions.get(key); ok && c.role == d && s.now().Add(renewBefore).Before(c.Expires) {
		return c.Credential, nil
	}
	c := s.Issue(Session{Account: account, RoleARN: roleARN, ID: d.Role.RoleId, Name: name, Keys: carried}, serviceSession)
	s.sessions.put(key, cachedCredential{Credential: c, role: d})
	return c, nil
}

// sourceFunction is the condition key of requests that a function's code makes.
const sourceFunction = "lambda:sourcefunctionarn"

// trusts asks a role's trust policy about a service that acts for an account. A
// service takes roles of that account only: otherwise one account could have it
// use another's.
func (s *Service) trusts(d *roleDocument, service, account string, keys policy.Keys) bool {
	if accountOf(d.Role.Arn) != account {
		return false
	}
	r := policy.Request{
		Principal: policy.Principal{Kind: policy.Service, Name: service},
		Action:    "sts:AssumeRole", Resource: d.Role.Arn, ResourceAccount: account,
		ResourcePolicy: s.compiledRole(d).trust,
	}
	if r.UsesKeys() {
		keys = slices.Clone(keys)
		keys.Set("aws:SourceAccount", account)
		r.Keys = s.withKeysOf(keys, awsapi.Caller{})
	}
	return policy.Evaluate(&r).Outcome == policy.Allowed
}

// Trusts says whether a role exists and trusts a service: nil, ErrNoRole or
// ErrNotTrusted.
func (s *Service) Trusts(roleARN, service, account string, keys policy.Keys) error {
	d, ok := s.roleNamed(roleARN)
	if !ok {
		return ErrNoRole
	}
	if !s.trusts(d, service, account, keys) {
		return ErrNotTrusted
	}
	return nil
}

// PassRole says whether a caller may hand a role to a service.
func (s *Service) PassRole(_ context.Context, call *awsapi.Call, roleARN, service string) error {
	if call.Caller.Unchecked {
		return nil
	}
	keys := KeysOf(call)
	keys.Set("iam:PassedToService", service)
	if d, ok := s.roleNamed(roleARN); ok {
		keys = withResourceTags(keys, d.Role.Tags)
	}
	d := s.Evaluate(call.Caller, Question{Action: "iam:PassRole", Resource: roleARN, ResourceAccount: arn.AccountOf(roleARN), Keys: keys})
	if d.Outcome == policy.Allowed {
		return nil
	}
	return refused(call.Service, policy.Message(d, call.Caller.ARN, "iam:PassRole", roleARN))
}
