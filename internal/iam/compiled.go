package iam

import (
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/lambdagate/lambdagate/internal/policy"
)

// compiledEntity is what evaluation needs of a role or user. It hangs on the
// document that it was made of, so that it goes when that goes; what it took of
// other documents is as old as edits says.
type compiledEntity struct {
	edits    uint64 // Service.edits when it was made
	identity []*policy.Policy
	boundary *policy.Policy // nil: none is set
	trust    *policy.Policy // of a role
}

// denying refuse everything. They stand for policies that cannot be read (which
// were readable when they were stored) and for boundaries that are gone.
var denying = map[policy.Kind]*policy.Policy{
	policy.Identity: mustCompile(policy.Identity, `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`),
	policy.Boundary: mustCompile(policy.Boundary, `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`),
	policy.Session:  mustCompile(policy.Session, `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`),
	policy.Trust:    mustCompile(policy.Trust, `{"Statement":{"Effect":"Deny","Principal":"*","Action":"sts:*"}}`),
}

func mustCompile(kind policy.Kind, document string) *policy.Policy {
	p, err := policy.New("unreadable policy", kind, []byte(document))
	if err != nil {
		panic(err) // the documents above are part of the program
	}
	return p
}

// compileOrDeny never returns nil: a policy that is left out could be a Deny.
func compileOrDeny(name string, kind policy.Kind, document string) *policy.Policy {
	p, err := policy.New(name, kind, []byte(document))
	if err != nil {
		return denying[kind]
	}
	return p
}

// compiledRole returns a role's policies, compiled.
func (s *Service) compiledRole(d *roleDocument) *compiledEntity {
	return compiled(s, &d.compiled, func(c *compiledEntity) {
		c.identity, c.boundary = s.compilePermissions(d.Permissions)
		c.trust = denying[policy.Trust]
		if document, err := s.trustPolicy(d); err == nil {
			if p, err := policy.Compile("trust policy", policy.Trust, document); err == nil {
				c.trust = p
			}
		}
	})
}

// compiledUser returns a user's and its groups' policies, compiled.
func (s *Service) compiledUser(d *userDocument) *compiledEntity {
	return compiled(s, &d.compiled, func(c *compiledEntity) {
		c.identity, c.boundary = s.compilePermissions(d.Permissions)
		account := accountOf(d.User.Arn)
		for _, name := range d.Groups {
			if g, _, ok := s.groups.Get(entityKey(account, name)); ok {
				c.identity = append(c.identity, s.compiledGroup(g)...)
			}
		}
	})
}

func compiled(s *Service, at *atomic.Pointer[compiledEntity], fill func(*compiledEntity)) *compiledEntity {
	edits := s.edits.Load() // before anything is read
	if c := at.Load(); c != nil && c.edits == edits {
		return c
	}
	c := &compiledEntity{edits: edits}
	fill(c)
	at.Store(c)
	return c
}

func (s *Service) compiledGroup(d *groupDocument) []*policy.Policy {
	list := d.inline.Load()
	if list == nil {
		list = new(compileInline(d.Permissions))
		d.inline.Store(list)
	}
	return append(slices.Clone(*list), s.compileAttached(d.Permissions)...)
}

func (s *Service) compilePermissions(p permissions) (identity []*policy.Policy, boundary *policy.Policy) {
	if p.Boundary != "" {
		boundary = s.compiledManaged(p.Boundary, policy.Boundary)
	}
	return append(compileInline(p), s.compileAttached(p)...), boundary
}

func compileInline(p permissions) []*policy.Policy {
	list := []*policy.Policy{}
	for _, name := range slices.Sorted(maps.Keys(p.Inline)) {
		list = append(list, compileOrDeny(name, policy.Identity, p.Inline[name]))
	}
	return list
}

func (s *Service) compileAttached(p permissions) []*policy.Policy {
	var list []*policy.Policy
	for _, a := range p.Attached {
		list = append(list, s.compiledManaged(a, policy.Identity))
	}
	return list
}

// compiledManaged compiles the default version of a managed policy; one that is
// gone refuses everything.
func (s *Service) compiledManaged(policyARN string, kind policy.Kind) *policy.Policy {
	d, ok := s.managedPolicy(policyARN)
	if !ok {
		return denying[kind]
	}
	at := &d.identity
	switch kind {
	case policy.Boundary:
		at = &d.boundary
	case policy.Session:
		at = &d.session
	}
	p := at.Load()
	if p == nil {
		p = compileOrDeny(nameOfARN(policyARN), kind, d.Versions[*d.Policy.DefaultVersionId].Document)
		at.Store(p)
	}
	return p
}

// sessionPolicies compiles what was passed when a session was made: documents,
// and ARNs of managed policies. It is nil only if nothing was passed: what cannot
// be read limits the session to nothing.
func (s *Service) sessionPolicies(passed []string) []*policy.Policy {
	if len(passed) == 0 {
		return nil
	}
	list := make([]*policy.Policy, 0, len(passed))
	for _, text := range passed {
		list = append(list, s.sessionPolicy(text))
	}
	return list
}

func (s *Service) sessionPolicy(text string) *policy.Policy {
	if strings.HasPrefix(text, "arn:") {
		return s.compiledManaged(text, policy.Session)
	}
	p, ok := s.limits.get(text)
	if !ok {
		p = compileOrDeny("session policy", policy.Session, text)
		s.limits.put(text, p)
	}
	return p
}
