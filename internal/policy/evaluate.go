package policy

import "slices"

// Outcome is what a decision comes to.
type Outcome int

// The outcomes. The zero value refuses.
const (
	ImplicitDeny Outcome = iota // nothing allows it
	ExplicitDeny                // a statement denies it
	Allowed
)

func (o Outcome) String() string {
	return [...]string{"implicit deny", "explicit deny", "allowed"}[o]
}

// Decision is an outcome with its reasons.
type Decision struct {
	Outcome Outcome

	// Missing is the kind of policy that should have allowed the request, if
	// the outcome is ImplicitDeny.
	Missing Kind

	by    [4]Match
	count int
}

// Match is a statement that decided.
type Match struct {
	Policy string // the policy's name
	Kind   Kind
	Index  int // of the statement, from 0
	Sid    string
	Effect Effect
}

// By returns the statements that decided: of an allowed request the one that
// allows it in each kind of policy that had to, of an explicit deny the first
// one that denies it in each kind.
func (d Decision) By() []Match { return slices.Clone(d.by[:d.count]) }

func (d *Decision) add(s *statement) {
	if s == nil {
		return
	}
	written := &s.policy.document.Statements[s.index]
	d.by[d.count] = Match{s.policy.name, s.policy.kind, s.index, written.Sid, written.Effect}
	d.count++
}

// Evaluate decides a request as IAM does:
//
//  1. A matching Deny in any policy is an explicit deny.
//  2. Services and callers without an account need an Allow in the resource
//     policy.
//  3. In one account, an identity-based policy has to allow the request, or
//     the resource policy by naming the caller more closely than by its
//     account. A role's trust policy has to name the caller in any case, if
//     only by its account. The boundary and the session policies have to allow it too,
//     unless the resource policy names the user (no boundary) or the session
//     itself (neither).
//  4. Between accounts, both sides have to allow it.
//
// The root user needs no identity-based policy. It allocates nothing unless a
// policy has variables.
func Evaluate(r *Request) Decision {
	if d, denied := explicitDeny(r); denied {
		return d
	}
	switch r.Principal.Kind {
	case Anonymous, Service, FederatedLogin:
		return evaluateResourceOnly(r)
	}
	named, resource := r.grantedByResource()
	identity, ok := r.grantedByIdentity()
	if r.Principal.Account != r.resourceAccount() {
		if !ok {
			return Decision{Missing: Identity}
		}
		if named == unnamed {
			return r.missingResource()
		}
		named = byRole // no closer naming lifts the limits between accounts
	} else if !ok && named < byRole || named == unnamed && r.needsTrust() {
		return r.missingGrant(named)
	}
	boundary, within := allowedBy(r, r.Boundary)
	if !within && named < byUser {
		return Decision{Missing: Boundary}
	}
	session, within := allowedByAny(r, r.Session)
	if !within && r.Session != nil && named < bySession {
		return Decision{Missing: Session}
	}
	d := Decision{Outcome: Allowed}
	for _, s := range [...]*statement{identity, resource, session, boundary} {
		d.add(s)
	}
	return d
}

// needsTrust: nobody takes a role that does not trust them, whatever their own
// policies allow.
func (r *Request) needsTrust() bool {
	return r.ResourcePolicy != nil && r.ResourcePolicy.kind == Trust
}

// missingGrant: neither side allows a request inside one account. A role's
// trust policy is named only if it does not even delegate.
func (r *Request) missingGrant(named grade) Decision {
	if r.needsTrust() && named == unnamed {
		return Decision{Missing: Trust}
	}
	return Decision{Missing: Identity}
}

func (r *Request) missingResource() Decision {
	if r.ResourcePolicy != nil {
		return Decision{Missing: r.ResourcePolicy.kind}
	}
	return Decision{Missing: Resource}
}

// explicitDeny looks for a Deny in every policy.
func explicitDeny(r *Request) (Decision, bool) {
	var d Decision
	d.add(deniedByAny(r, r.Identity))
	d.add(deniedBy(r, r.ResourcePolicy))
	d.add(deniedByAny(r, r.Session))
	d.add(deniedBy(r, r.Boundary))
	if d.count == 0 {
		return d, false
	}
	d.Outcome = ExplicitDeny
	return d, true
}

func deniedByAny(r *Request, policies []*Policy) *statement {
	for _, p := range policies {
		if s := deniedBy(r, p); s != nil {
			return s
		}
	}
	return nil
}

func deniedBy(r *Request, p *Policy) *statement {
	if p == nil {
		return nil
	}
	for i := range p.denies {
		if s := &p.denies[i]; s.matches(r) != unnamed {
			return s
		}
	}
	return nil
}

// grantedByResource returns the Allow that names the caller most closely.
func (r *Request) grantedByResource() (grade, *statement) {
	var found *statement
	best := unnamed
	if r.ResourcePolicy == nil {
		return best, nil
	}
	for i := range r.ResourcePolicy.allows {
		s := &r.ResourcePolicy.allows[i]
		if named := s.matches(r); named > best {
			best, found = named, s
		}
	}
	return best, found
}

// grantedByIdentity returns the Allow of an identity-based policy; the root
// user has none and needs none.
func (r *Request) grantedByIdentity() (*statement, bool) {
	if r.Principal.Kind == Root {
		return nil, true
	}
	return allowedByAny(r, r.Identity)
}

// allowedBy is true without a statement if there is no such policy.
func allowedBy(r *Request, p *Policy) (*statement, bool) {
	if p == nil {
		return nil, true
	}
	for i := range p.allows {
		if s := &p.allows[i]; s.matches(r) != unnamed {
			return s, true
		}
	}
	return nil, false
}

func allowedByAny(r *Request, policies []*Policy) (*statement, bool) {
	for _, p := range policies {
		if s, ok := allowedBy(r, p); ok && s != nil {
			return s, true
		}
	}
	return nil, false
}

// matches reports whether the statement speaks to the request, and how
// closely it names the caller.
func (s *statement) matches(r *Request) grade {
	if !s.matchesAction(r.Action) {
		return unnamed
	}
	named := s.matchesPrincipal(r)
	if named == unnamed || !s.matchesResource(r) {
		return unnamed
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(r, s.deny) {
			return unnamed
		}
	}
	return named
}

func (s *statement) matchesAction(action string) bool {
	for i := range s.actions {
		if s.actions[i].match(action) {
			return !s.notActions
		}
	}
	return s.notActions
}

// matchesPrincipal: policies of identities have no principals and speak to
// their owner.
func (s *statement) matchesPrincipal(r *Request) grade {
	if s.principals == nil {
		return byRole
	}
	best := unnamed
	for i := range s.principals {
		best = max(best, s.principals[i].grade(&r.Principal))
	}
	if !s.notPrincipal {
		return best
	}
	// AWS: Deny with NotPrincipal denies everyone who has a boundary.
	if best == unnamed || s.deny && r.Boundary != nil {
		return byRole
	}
	return unnamed
}

// matchesResource: a variable without a value never matches, and never helps
// a statement to allow.
func (s *statement) matchesResource(r *Request) bool {
	if s.resources == nil {
		return true
	}
	for i := range s.resources {
		switch s.resources[i].match(r.Resource, r) {
		case matches:
			return !s.notResources
		case unresolved:
			if s.notResources && !s.deny {
				return false
			}
		}
	}
	return s.notResources
}
