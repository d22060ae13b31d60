package iam

import (
	"context"
	"errors"
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

type sessionKey struct{ role, service, account, name string }

type cachedSession struct {
	role *roleDocument
	Credential
}

// AssumeServiceRole gives a session of a role to an AWS service that acts for an
// account: "apigateway.amazonaws.com", say. Sessions are shared until they are
// about to expire or the role changes.
func (s *Service) AssumeServiceRole(_ context.Context, roleARN, service, account, name string, keys policy.Keys) (Credential, error) {
	e, err := arn.ParseRole(roleARN)
	if err != nil {
		return Credential{}, ErrNoRole
	}
	key := entityKey(e.Account, e.Name)
	d, _, ok := s.roles.Get(key)
	if !ok || d.Role.Arn != roleARN {
		return Credential{}, ErrNoRole
	}
	cache := sessionKey{roleARN, service, account, name}
	if v, ok := s.sessions.Load(cache); ok {
		if c := v.(cachedSession); c.role == d && s.now().Add(renewBefore).Before(c.Expires) {
			return c.Credential, nil
		}
	}
	if !s.trusts(key, d, service, account, keys) {
		return Credential{}, ErrNotTrusted
	}
	c := s.issue(session{Account: e.Account, RoleARN: roleARN, RoleID: d.Role.RoleId, Name: name}, serviceSession)
	s.sessions.Store(cache, cachedSession{d, c})
	return c, nil
}

// trusts asks a role's trust policy about a service.
func (s *Service) trusts(key string, d *roleDocument, service, account string, keys policy.Keys) bool {
	keys.Set("aws:SourceAccount", account)
	r := policy.Request{
		Principal: policy.Principal{Kind: policy.Service, Name: service},
		Action:    "sts:AssumeRole", Resource: d.Role.Arn, ResourceAccount: arn.AccountOf(d.Role.Arn),
		ResourcePolicy: s.compiledRole(key, d).trust, Keys: keys,
	}
	return policy.Evaluate(&r).Outcome == policy.Allowed
}

// Trusts says whether a role exists and trusts a service: nil, ErrNoRole or
// ErrNotTrusted.
func (s *Service) Trusts(roleARN, service, account string) error {
	e, err := arn.ParseRole(roleARN)
	if err != nil {
		return ErrNoRole
	}
	key := entityKey(e.Account, e.Name)
	d, _, ok := s.roles.Get(key)
	if !ok || d.Role.Arn != roleARN {
		return ErrNoRole
	}
	if !s.trusts(key, d, service, account, nil) {
		return ErrNotTrusted
	}
	return nil
}

// PassRole says whether a caller may hand a role to a service.
func (s *Service) PassRole(ctx context.Context, call *awsapi.Call, roleARN, service string) error {
	if call.Caller.Unchecked {
		return nil
	}
	keys := s.keysOf(call)
	keys.Set("iam:PassedToService", service)
	d := s.Evaluate(call.Caller, Question{Action: "iam:PassRole", Resource: roleARN, ResourceAccount: arn.AccountOf(roleARN), Keys: keys})
	if d.Outcome == policy.Allowed {
		return nil
	}
	return awsapi.Errorf(403, "AccessDeniedException", "%s", policy.Message(d, call.Caller.ARN, "iam:PassRole", roleARN))
}
