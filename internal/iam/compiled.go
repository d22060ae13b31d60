package iam

import (
	"maps"
	"slices"

	"github.com/lambdagate/lambdagate/internal/policy"
)

// compiledEntity is what evaluation needs of a role or user, made once per
// state of the entity and of the managed policies.
type compiledEntity struct {
	source   any    // the document that it was made of
	edits    uint64 // Service.policyEdits at that time
	identity []*policy.Policy
	boundary *policy.Policy
	trust    *policy.Policy // of a role
}

// compiledRole returns a role's policies, compiled.
func (s *Service) compiledRole(key string, d *roleDocument) *compiledEntity {
	return s.compile("role/"+key, d, func(c *compiledEntity) {
		s.compilePermissions(c, d.Permissions)
		c.trust, _ = policy.New("trust policy", policy.Trust, []byte(*d.Role.AssumeRolePolicyDocument)) // checked when it was stored
	})
}

// compiledUser returns a user's and its groups' policies, compiled.
func (s *Service) compiledUser(account string, d *userDocument) *compiledEntity {
	return s.compile("user/"+entityKey(account, d.User.UserName), d, func(c *compiledEntity) {
		s.compilePermissions(c, d.Permissions)
		for _, name := range d.Groups {
			if g, _, ok := s.groups.Get(entityKey(account, name)); ok {
				var of compiledEntity
				s.compilePermissions(&of, g.Permissions)
				c.identity = append(c.identity, of.identity...)
			}
		}
	})
}

func (s *Service) compile(key string, source any, fill func(*compiledEntity)) *compiledEntity {
	edits := s.policyEdits.Load()
	if v, ok := s.compiled.Load(key); ok {
		if c := v.(*compiledEntity); c.source == source && c.edits == edits {
			return c
		}
	}
	c := &compiledEntity{source: source, edits: edits}
	fill(c)
	s.compiled.Store(key, c)
	return c
}

func (s *Service) compilePermissions(c *compiledEntity, p permissions) {
	for _, name := range slices.Sorted(maps.Keys(p.Inline)) {
		if compiled, err := policy.New(name, policy.Identity, []byte(p.Inline[name])); err == nil {
			c.identity = append(c.identity, compiled)
		}
	}
	for _, a := range p.Attached {
		if compiled := s.compiledManaged(a, policy.Identity); compiled != nil {
			c.identity = append(c.identity, compiled)
		}
	}
	if p.Boundary != "" {
		c.boundary = s.compiledManaged(p.Boundary, policy.Boundary)
		if c.boundary == nil { // a boundary that is gone allows nothing
			c.boundary, _ = policy.New(p.Boundary, policy.Boundary, []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`))
		}
	}
}

// compiledManaged compiles the default version of a managed policy, nil if
// there is none.
func (s *Service) compiledManaged(policyARN string, kind policy.Kind) *policy.Policy {
	d, ok := s.managedPolicy(policyARN)
	if !ok {
		return nil
	}
	compiled, err := policy.New(nameOfARN(policyARN), kind, []byte(d.Versions[*d.Policy.DefaultVersionId].Document))
	if err != nil {
		return nil
	}
	return compiled
}
