package sts

import (
	"context"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// Sessions last an hour unless asked otherwise, and those that one role takes of
// another never longer.
const (
	defaultLife = time.Hour
	chainedLife = time.Hour
)

// AssumeRole gives the caller a session of a role that trusts it.
func (s *Service) AssumeRole(ctx context.Context, in *AssumeRoleRequest) (*AssumeRoleResponse, error) {
	call := awsapi.CallFrom(ctx)
	if call.Caller.Kind == awsapi.FederatedUser {
		return nil, notAuthorized(call, "sts:AssumeRole", in.RoleArn)
	}
	if _, err := arn.ParseRole(in.RoleArn); err != nil {
		return nil, validation("%s is invalid", in.RoleArn)
	}
	if in.SerialNumber != nil || in.TokenCode != nil {
		return nil, accessDenied("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
	}
	p, err := s.passed(in.Policy, in.PolicyArns, in.Tags, in.TransitiveTagKeys)
	if err != nil {
		return nil, err
	}
	if err := p.inherit(&call.Caller, in.SourceIdentity); err != nil {
		return nil, err
	}
	if err := s.mayAssume(call, in, p); err != nil {
		return nil, err
	}
	role, ok := s.iam.Role(in.RoleArn)
	if !ok {
		return nil, notAuthorized(call, "sts:AssumeRole", in.RoleArn)
	}
	life, err := lifeOf(in.DurationSeconds, role, call.Caller.Kind == awsapi.Session)
	if err != nil {
		return nil, err
	}
	c := s.iam.Issue(p.session(role, in.RoleSessionName), life)
	return &AssumeRoleResponse{
		Credentials: credentials(c), AssumedRoleUser: assumedRole(c), PackedPolicySize: p.size, SourceIdentity: given(p.sourceIdentity),
	}, nil
}

// lifeOf is how long a session lasts, of what was asked and what the role allows.
func lifeOf(seconds *int64, role iam.RoleInfo, chained bool) (time.Duration, error) {
	life := defaultLife
	if seconds != nil {
		life = time.Duration(*seconds) * time.Second
	}
	if chained && life > chainedLife {
		return 0, validation("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	if life > role.MaxSession {
		return 0, validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return life, nil
}

// mayAssume asks the role's trust policy and the caller's own policies, once for
// each thing that is wanted. Unchecked callers are not asked.
func (s *Service) mayAssume(call *awsapi.Call, in *AssumeRoleRequest, p *passed) error {
	if call.Caller.Unchecked {
		return nil
	}
	if call.Caller.Kind == awsapi.Root {
		return accessDenied("Roles may not be assumed by root accounts.")
	}
	keys := iam.KeysOf(call)
	keys.Set("sts:RoleSessionName", in.RoleSessionName)
	if in.ExternalId != nil {
		keys.Set("sts:ExternalId", *in.ExternalId)
	}
	for _, action := range p.actions("sts:AssumeRole", &keys) {
		d := s.iam.MayAssume(call.Caller, action, in.RoleArn, keys)
		if d.Outcome != policy.Allowed {
			return accessDenied("%s", policy.Message(d, call.Caller.ARN, action, in.RoleArn))
		}
	}
	return nil
}

func notAuthorized(call *awsapi.Call, action, resource string) error {
	return accessDenied("User: %s is not authorized to perform: %s on resource: %s", call.Caller.ARN, action, resource)
}

func credentials(c iam.Credential) *Credentials {
	return &Credentials{AccessKeyId: c.AccessKeyID, SecretAccessKey: c.Secret, SessionToken: c.SessionToken, Expiration: awsapi.Time{Time: c.Expires}}
}

func assumedRole(c iam.Credential) *AssumedRoleUser {
	return &AssumedRoleUser{AssumedRoleId: c.Caller.UserID, Arn: c.Caller.ARN}
}

// given is nil for empty text.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
