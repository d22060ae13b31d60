package iam

import (
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Credential is an access key with its owner. The secret is in clear, and the
// maps and lists are shared: they must not be modified.
type Credential struct {
	AccessKeyID, Secret string
	SessionToken        string    // "" of a long-term key
	Expires             time.Time // zero of a long-term key
	Caller              awsapi.Caller
}

// cachedCredential holds as long as its owner's document is the same.
type cachedCredential struct {
	Credential
	role *roleDocument // nil unless the owner is a role's session
	user *userDocument // nil unless the owner is a user
}

// Credential returns the owner of an access key that was issued here and is
// active. Temporary keys are known by the token that comes with them; token is
// "" where none came. Whether a temporary key has expired is not asked.
func (s *Service) Credential(accessKeyID, token string) (Credential, bool) {
	if token != "" {
		return s.temporary(accessKeyID, token)
	}
	d, _, ok := s.keys.Get(accessKeyID)
	if !ok || !d.Active {
		return Credential{}, false
	}
	if c := d.opened.Load(); c != nil && s.current(*c) {
		return c.Credential, true
	}
	c, ok := s.openKey(d)
	if ok {
		d.opened.Store(&c)
	}
	return c.Credential, ok
}

// Issued says whether an access key was issued here, though it may be inactive or
// its owner gone. Long-term keys that were deleted are forgotten.
func (s *Service) Issued(accessKeyID, token string) bool {
	if token != "" {
		_, ok := s.openToken(accessKeyID, token)
		return ok
	}
	_, _, ok := s.keys.Get(accessKeyID)
	return ok
}

// current says whether the owner's document still is what it was.
func (s *Service) current(c cachedCredential) bool {
	switch {
	case c.role != nil:
		d, _, _ := s.roles.Get(entityKey(c.Caller.Account, c.role.Role.RoleName))
		return d == c.role
	case c.user != nil:
		d, _, _ := s.users.Get(entityKey(c.Caller.Account, c.user.User.UserName))
		return d == c.user
	}
	return true // an account's root
}

// openKey opens a long-term key's secret and finds its owner.
func (s *Service) openKey(d *keyDocument) (cachedCredential, bool) {
	secret, err := s.unsealed(d.Secret, d.AccessKeyID)
	if err != nil {
		return cachedCredential{}, false
	}
	c := cachedCredential{Credential: Credential{AccessKeyID: d.AccessKeyID, Secret: string(secret)}}
	if d.UserName == "" {
		c.Caller = awsapi.RootCaller(d.Account)
	} else {
		u, _, ok := s.users.Get(entityKey(d.Account, d.UserName))
		if !ok {
			return cachedCredential{}, false
		}
		c.user, c.Caller = u, userCaller(u)
	}
	c.Caller.AccessKey = d.AccessKeyID
	return c, true
}

func userCaller(d *userDocument) awsapi.Caller {
	return awsapi.Caller{
		Kind: awsapi.User, Account: accountOf(d.User.Arn), ARN: d.User.Arn, UserID: d.User.UserId, Name: d.User.UserName, Tags: tagMap(d.User.Tags),
	}
}

func hasFold(m map[string]string, key string) bool {
	for k := range m {
		if strings.EqualFold(k, key) {
			return true
		}
	}
	return false
}
