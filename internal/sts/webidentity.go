package sts

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// AssumeRoleWithWebIdentity gives somebody whom an identity provider vouches for
// a session of a role that trusts the provider. The request is not signed.
func (s *Service) AssumeRoleWithWebIdentity(ctx context.Context, in *AssumeRoleWithWebIdentityRequest) (*AssumeRoleWithWebIdentityResponse, error) {
	call := awsapi.CallFrom(ctx)
	e, err := arn.ParseRole(in.RoleArn)
	if err != nil {
		return nil, validation("Request ARN is invalid")
	}
	who, err := s.iam.WebIdentity(e.Account, in.WebIdentityToken)
	if err != nil {
		return nil, tokenRefusal(err)
	}
	p, err := s.passed(in.Policy, in.PolicyArns, tagList(who.Tags), who.TransitiveTags)
	if err != nil {
		return nil, err
	}
	p.sourceIdentity, p.setsIdentity = who.SourceIdentity, who.SourceIdentity != ""
	claims := providerKeys(who)
	keys := iam.KeysOf(call)
	for _, k := range claims {
		keys.Set(k.Name, k.Values...)
	}
	keys.Set("sts:RoleSessionName", in.RoleSessionName)
	for _, action := range p.actions("sts:AssumeRoleWithWebIdentity", &keys) {
		if d := s.iam.MayFederate(who.Provider, action, in.RoleArn, keys); d.Outcome != policy.Allowed {
			return nil, accessDenied("Not authorized to perform %s", action)
		}
	}
	role, ok := s.iam.Role(in.RoleArn)
	if !ok {
		return nil, accessDenied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
	}
	life, err := lifeOf(in.DurationSeconds, role, false)
	if err != nil {
		return nil, err
	}
	x := p.session(role, in.RoleSessionName)
	x.Keys["aws:federatedprovider"] = who.Provider
	for _, k := range claims {
		if len(k.Values) == 1 {
			x.Keys[k.Name] = k.Values[0]
		}
	}
	c := s.iam.Issue(x, life)
	return &AssumeRoleWithWebIdentityResponse{
		Credentials: credentials(c), SubjectFromWebIdentityToken: &who.Subject, AssumedRoleUser: assumedRole(c), PackedPolicySize: p.size,
		Provider: &who.Provider, Audience: &who.Audience, SourceIdentity: given(p.sourceIdentity),
	}, nil
}

// providerKeys are the condition keys of a provider's token: {provider}:sub …
func providerKeys(who *iam.WebIdentity) policy.Keys {
	var keys policy.Keys
	keys.Set(who.URL+":sub", who.Subject)
	keys.Set(who.URL+":aud", who.Audience)
	if who.Audiences != nil {
		keys.Set(who.URL+":oaud", who.Audiences...)
	}
	if who.AMR != nil {
		keys.Set(who.URL+":amr", who.AMR...)
	}
	return keys
}

func tagList(tags map[string]string) []*Tag {
	var list []*Tag
	for key, value := range tags {
		list = append(list, &Tag{key, value})
	}
	slices.SortFunc(list, func(a, b *Tag) int { return strings.Compare(a.Key, b.Key) })
	return list
}

// tokenRefusal is AWS's answer to a token that is not accepted.
func tokenRefusal(err error) error {
	if e, ok := errors.AsType[*iam.TokenExpiredError](err); ok {
		return awsapi.Errorf(400, "ExpiredTokenException", "Token expired: current date/time %d must be before the expiration date/time %d", e.Now.Unix(), e.Expired.Unix())
	}
	if e, ok := errors.AsType[*iam.NoProviderError](err); ok {
		return invalidToken("No OpenIDConnect provider found in your account for " + e.Issuer)
	}
	switch {
	case errors.Is(err, iam.ErrTokenAudience):
		return invalidToken("Incorrect token audience")
	case errors.Is(err, iam.ErrTokenKey):
		return invalidToken("Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements")
	}
	return invalidToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
}

func invalidToken(text string) error {
	return awsapi.Errorf(400, "InvalidIdentityToken", "%s", text)
}
