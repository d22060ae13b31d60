package iam

import (
	"maps"
	"slices"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// AWS: a trust policy that names a user or role means that very one. When it is
// deleted, its unique id takes the ARN's place, so that another one who is given
// the same name is not trusted.

// trustedIDs returns the unique ids of the users and roles that a trust policy
// names, by ARN. Those of the role's own account have to exist; of those of
// accounts elsewhere nothing is known.
func (s *Service) trustedIDs(account, document string) (map[string]string, error) {
	d, err := policy.Parse([]byte(document), policy.Trust)
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, name := range principals(d) {
		e, err := arn.ParseEntity(name)
		if err != nil {
			continue // an account, a session, an id
		}
		id, ok := s.uniqueID(e)
		if !ok && e.Account == account {
			return nil, malformedPolicy(`Invalid principal in policy: "AWS":"` + name + `"`)
		}
		if ok {
			ids[name] = id
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return ids, nil
}

func principals(d *policy.Document) []string {
	var all []string
	for i := range d.Statements {
		for _, p := range []*policy.Principals{d.Statements[i].Principal, d.Statements[i].NotPrincipal} {
			if p != nil {
				all = append(all, p.AWS...)
			}
		}
	}
	return all
}

// uniqueID returns the id of the user or role that now has an ARN.
func (s *Service) uniqueID(e arn.Entity) (string, bool) {
	key := entityKey(e.Account, e.Name)
	switch e.Kind {
	case "user":
		if d, _, ok := s.users.Get(key); ok && d.User.Arn == e.String() {
			return d.User.UserId, true
		}
	case "role":
		if d, _, ok := s.roles.Get(key); ok && d.Role.Arn == e.String() {
			return d.Role.RoleId, true
		}
	}
	return "", false
}

// PrincipalExists says whether a user or role that a policy names is there. Of
// other kinds of principals nothing is known; they count as there.
func (s *Service) PrincipalExists(name string) bool {
	e, err := arn.ParseEntity(name)
	if err != nil || e.Kind != "user" && e.Kind != "role" {
		return true
	}
	_, ok := s.uniqueID(e)
	return ok
}

// trustPolicy is a role's trust policy as it counts now.
func (s *Service) trustPolicy(d *roleDocument) (*policy.Document, error) {
	parsed, err := policy.Parse([]byte(*d.Role.AssumeRolePolicyDocument), policy.Trust)
	if err != nil || len(s.replaced(d)) == 0 {
		return parsed, err
	}
	byID := s.replaced(d)
	mapped := *parsed
	mapped.Statements = slices.Clone(parsed.Statements)
	for i := range mapped.Statements {
		st := &mapped.Statements[i]
		st.Principal, st.NotPrincipal = renamed(st.Principal, byID), renamed(st.NotPrincipal, byID)
	}
	return &mapped, nil
}

// replaced are the ARNs whose owner is gone, with its id.
func (s *Service) replaced(d *roleDocument) map[string]string {
	gone := maps.Clone(d.Trusted)
	maps.DeleteFunc(gone, func(name, id string) bool {
		e, err := arn.ParseEntity(name)
		if err != nil {
			return false
		}
		now, ok := s.uniqueID(e)
		return ok && now == id
	})
	return gone
}

func renamed(p *policy.Principals, names map[string]string) *policy.Principals {
	if p == nil {
		return nil
	}
	q := *p
	q.AWS = slices.Clone(p.AWS)
	for i, name := range q.AWS {
		if id, ok := names[name]; ok {
			q.AWS[i] = id
		}
	}
	return &q
}

// trustText is a role's trust policy as answers show it: as it was sent, unless
// somebody it names is gone.
func (s *Service) trustText(d *roleDocument) string {
	if len(d.Trusted) > 0 && len(s.replaced(d)) > 0 {
		if mapped, err := s.trustPolicy(d); err == nil {
			return mapped.String()
		}
	}
	return *d.Role.AssumeRolePolicyDocument
}
