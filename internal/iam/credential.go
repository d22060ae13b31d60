package iam

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Credential is an access key with its owner.
type Credential struct {
	AccessKeyID, Secret string
	SessionToken        string    // "" of a long-term key
	Expires             time.Time // zero of a long-term key
	Caller              awsapi.Caller
}

// Credential returns the owner of an access key that was issued here and is
// active. Temporary keys are known by the token that comes with them; token is
// "" where none came.
func (s *Service) Credential(accessKeyID, token string) (Credential, bool) {
	if token != "" {
		return s.temporary(accessKeyID, token)
	}
	d, _, ok := s.keys.Get(accessKeyID)
	if !ok || !d.Active {
		return Credential{}, false
	}
	secret, err := s.unsealed(d.Secret, accessKeyID)
	if err != nil {
		return Credential{}, false
	}
	caller, ok := s.owner(d)
	return Credential{AccessKeyID: accessKeyID, Secret: string(secret), Caller: caller}, ok
}

func (s *Service) owner(d *keyDocument) (awsapi.Caller, bool) {
	if d.UserName == "" {
		c := awsapi.RootCaller(d.Account)
		c.AccessKey = d.AccessKeyID
		return c, true
	}
	u, _, ok := s.users.Get(entityKey(d.Account, d.UserName))
	if !ok {
		return awsapi.Caller{}, false
	}
	return awsapi.Caller{
		Kind: awsapi.User, Account: d.Account, ARN: u.User.Arn, UserID: u.User.UserId, Name: u.User.UserName,
		AccessKey: d.AccessKeyID, Tags: tagMap(u.User.Tags),
	}, true
}

func tagMap(tags []*Tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[t.Key] = t.Value
	}
	return m
}

// session is what a session token holds, sealed: nothing of a session is stored,
// and every node that has the seal key knows it.
type session struct {
	AccessKeyID string            `json:"k"`
	Secret      string            `json:"s"`
	Expires     int64             `json:"e"` // seconds since the epoch
	Account     string            `json:"a"`
	RoleARN     string            `json:"r,omitempty"` // "" for the session of a user or root
	RoleID      string            `json:"i,omitempty"`
	Name        string            `json:"n,omitempty"` // of the session, or the user
	Policies    []string          `json:"p,omitempty"`
	Tags        map[string]string `json:"t,omitempty"`
}

const aboutToken = "session token"

// issue makes a temporary key for a session.
func (s *Service) issue(x session, life time.Duration) Credential {
	x.AccessKeyID, x.Secret = newID(sessionID, keyIDLength), newSecret()
	x.Expires = s.now().Add(life).Unix()
	b, err := json.Marshal(x)
	if err != nil {
		panic(err) // plain texts and numbers
	}
	token := base64.StdEncoding.EncodeToString(s.sealed(b, aboutToken))
	c, _ := s.credentialOf(x) // a role that is gone has no permissions
	c.SessionToken = token
	return c
}

func (s *Service) temporary(accessKeyID, token string) (Credential, bool) {
	b, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return Credential{}, false
	}
	var x session
	if b, err = s.unsealed(b, aboutToken); err != nil || json.Unmarshal(b, &x) != nil || x.AccessKeyID != accessKeyID {
		return Credential{}, false
	}
	c, ok := s.credentialOf(x)
	c.SessionToken = token
	return c, ok
}

func (s *Service) credentialOf(x session) (Credential, bool) {
	c := Credential{AccessKeyID: x.AccessKeyID, Secret: x.Secret, Expires: time.Unix(x.Expires, 0).UTC()}
	switch {
	case x.RoleARN != "":
		d, _, ok := s.roles.Get(entityKey(x.Account, nameOfARN(x.RoleARN)))
		if !ok || d.Role.RoleId != x.RoleID {
			return Credential{}, false // the role was deleted, perhaps made anew
		}
		c.Caller = awsapi.Caller{
			Kind: awsapi.Session, Account: x.Account, RoleARN: x.RoleARN, ARN: arn.AssumedRole(x.Account, nameOfARN(x.RoleARN), x.Name),
			UserID: x.RoleID + ":" + x.Name, Name: x.Name, SessionPolicies: x.Policies, Tags: x.Tags,
		}
	case x.Name != "":
		var ok bool
		if c.Caller, ok = s.owner(&keyDocument{Account: x.Account, UserName: x.Name}); !ok {
			return Credential{}, false
		}
		c.Caller.SessionPolicies = x.Policies
	default:
		c.Caller = awsapi.RootCaller(x.Account)
	}
	c.Caller.AccessKey = x.AccessKeyID
	return c, true
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
