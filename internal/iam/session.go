package iam

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Session is what a temporary key stands for. It is sealed into the session
// token and stored nowhere: every node that has the seal key knows it.
type Session struct {
	Account string
	RoleARN string // "" for the session of a user or of the root
	ID      string // unique id of the role or user; "" for the root
	Name    string // of the session, or of the user
	// Federated is whom the user lends its permissions to; "" for itself.
	Federated string
	// Policies limit the session: documents, and ARNs of managed policies.
	Policies       []string
	Tags           map[string]string
	TransitiveTags []string // names of those that a chained session inherits
	// Keys are condition keys that the session has, by lower-case name.
	Keys map[string]string
}

// token is the sealed form, with the key itself.
type token struct {
	AccessKeyID string `json:"k"`
	Secret      string `json:"s"`
	Expires     int64  `json:"e"` // seconds since the epoch

	Account        string            `json:"a"`
	RoleARN        string            `json:"r,omitempty"`
	ID             string            `json:"i,omitempty"`
	Name           string            `json:"n,omitempty"`
	Federated      string            `json:"f,omitempty"`
	Policies       []string          `json:"p,omitempty"`
	Tags           map[string]string `json:"t,omitempty"`
	TransitiveTags []string          `json:"v,omitempty"`
	Keys           map[string]string `json:"c,omitempty"`
}

const aboutToken = "session token"

// Issue makes a temporary key for a session.
func (s *Service) Issue(x Session, life time.Duration) Credential {
	now := s.now().UTC().Truncate(time.Second)
	keys := maps.Clone(x.Keys)
	if keys == nil {
		keys = map[string]string{}
	}
	keys["aws:tokenissuetime"] = now.Format("2006-01-02T15:04:05Z")
	keys["aws:multifactorauthpresent"] = "false"
	t := token{
		AccessKeyID: newKeyID(sessionID, x.Account), Secret: newSecret(), Expires: now.Add(life).Unix(),
		Account: x.Account, RoleARN: x.RoleARN, ID: x.ID, Name: x.Name, Federated: x.Federated, Policies: x.Policies,
		Tags: x.Tags, TransitiveTags: x.TransitiveTags, Keys: keys,
	}
	b, err := json.Marshal(t)
	if err != nil {
		panic(err) // plain texts and numbers
	}
	c, _ := s.bearer(&t) // a role that is gone meanwhile has no permissions
	c.SessionToken = base64.StdEncoding.EncodeToString(s.sealed(b, aboutToken))
	return c.Credential
}

// temporary finds the owner of a temporary key. One that has expired is found
// too: the caller says so to the client.
func (s *Service) temporary(accessKeyID, text string) (Credential, bool) {
	if c, ok := s.tokens.get(text); ok && c.AccessKeyID == accessKeyID && s.current(c) {
		return c.Credential, true
	}
	t, ok := s.openToken(accessKeyID, text)
	if !ok {
		return Credential{}, false
	}
	c, ok := s.bearer(t)
	if !ok {
		return Credential{}, false
	}
	c.SessionToken = text
	s.tokens.put(text, c)
	return c.Credential, true
}

// openToken reads a session token of that key.
func (s *Service) openToken(accessKeyID, text string) (*token, bool) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, false
	}
	t := &token{}
	if b, err = s.unsealed(b, aboutToken); err != nil || json.Unmarshal(b, t) != nil || t.AccessKeyID != accessKeyID {
		return nil, false
	}
	return t, true
}

// bearer finds whom a token belongs to; false if the role or user was deleted,
// perhaps made anew.
func (s *Service) bearer(t *token) (cachedCredential, bool) {
	c := cachedCredential{Credential: Credential{AccessKeyID: t.AccessKeyID, Secret: t.Secret, Expires: time.Unix(t.Expires, 0).UTC()}}
	switch {
	case t.RoleARN != "":
		d, _, ok := s.roles.Get(entityKey(t.Account, nameOfARN(t.RoleARN)))
		if !ok || d.Role.RoleId != t.ID {
			return cachedCredential{}, false
		}
		c.role, c.Caller = d, sessionCaller(d, t.Name, t.Tags)
	case t.Name != "":
		d, _, ok := s.users.Get(entityKey(t.Account, t.Name))
		if !ok || d.User.UserId != t.ID {
			return cachedCredential{}, false
		}
		c.user, c.Caller = d, userCaller(d)
	default:
		c.Caller = awsapi.RootCaller(t.Account)
	}
	if t.Federated != "" {
		c.Caller = federatedCaller(c.Caller, t.Federated, t.Tags)
	}
	c.Caller.AccessKey, c.Caller.SessionPolicies, c.Caller.Keys, c.Caller.TransitiveTags = t.AccessKeyID, t.Policies, t.Keys, t.TransitiveTags
	return c, true
}

// sessionCaller is a session of a role.
func sessionCaller(d *roleDocument, name string, tags map[string]string) awsapi.Caller {
	account := accountOf(d.Role.Arn)
	return awsapi.Caller{
		Kind: awsapi.Session, Account: account, RoleARN: d.Role.Arn, ARN: arn.AssumedRole(account, d.Role.RoleName, name),
		UserID: d.Role.RoleId + ":" + name, Name: name, Tags: withTags(tagMap(d.Role.Tags), tags),
	}
}

// federatedCaller is somebody to whom a user, or the root, lends permissions.
func federatedCaller(user awsapi.Caller, name string, tags map[string]string) awsapi.Caller {
	return awsapi.Caller{
		Kind: awsapi.FederatedUser, Account: user.Account, RoleARN: user.ARN, ARN: arn.FederatedUser(user.Account, name),
		UserID: user.Account + ":" + name, Name: name, Tags: withTags(user.Tags, tags),
	}
}

// withTags are a role's or user's tags and a session's, which go before.
func withTags(role, session map[string]string) map[string]string {
	if len(session) == 0 {
		return role
	}
	all := map[string]string{}
	for k, v := range role {
		if !hasFold(session, k) {
			all[k] = v
		}
	}
	maps.Copy(all, session)
	return all
}
