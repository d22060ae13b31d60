package iam

import (
	"errors"
	"slices"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// Explanation is a decision with its reasons, for people.
type Explanation struct {
	Principal string // ARN
	Allowed   bool
	Outcome   string // "allowed", "implicit deny", "explicit deny"
	// Text is what AWS would tell the caller; "" if it is allowed.
	Text       string
	Statements []ExplainedStatement
	// Considered are the policies that spoke for the principal, as "kind name".
	Considered []string
}

// ExplainedStatement is a statement that decided.
type ExplainedStatement struct {
	Policy, Kind string // "calls-calc", "identity-based policy"
	Index        int    // from 0
	Sid, Effect  string
}

// ErrNoPrincipal says that nobody has that ARN.
var ErrNoPrincipal = errors.New("there is no user or role with this ARN")

// Explain decides as Evaluate does, for the user, role, session or root with
// that ARN, and says why. The session need not exist.
func (s *Service) Explain(principalARN string, q Question) (*Explanation, error) {
	caller, ok := s.Principal(principalARN)
	if !ok {
		return nil, ErrNoPrincipal
	}
	r := q.request()
	s.fill(caller, &r)
	d := policy.Evaluate(&r)
	e := &Explanation{
		Principal: caller.ARN, Allowed: d.Outcome == policy.Allowed, Outcome: d.Outcome.String(),
		Text: policy.Message(d, caller.ARN, q.Action, q.Resource),
	}
	for _, m := range d.By() {
		e.Statements = append(e.Statements, ExplainedStatement{m.Policy, m.Kind.String(), m.Index, m.Sid, string(m.Effect)})
	}
	for _, p := range slices.Concat(r.Identity, []*policy.Policy{r.Boundary, q.ResourcePolicy}, r.Session) {
		if p != nil {
			e.Considered = append(e.Considered, p.Kind().String()+" "+p.Name())
		}
	}
	return e, nil
}

// Principal is the caller that somebody with that ARN is: a user, an account's
// root, a role's session, or a role as a session without a name of its own.
func (s *Service) Principal(name string) (awsapi.Caller, bool) {
	if account := accountOf(name); account != "" && name == arn.Root(account) {
		return awsapi.RootCaller(account), true
	}
	if e, err := arn.ParseUser(name); err == nil {
		d, _, ok := s.users.Get(entityKey(e.Account, e.Name))
		if !ok || d.User.Arn != name {
			return awsapi.Caller{}, false
		}
		return userCaller(d), true
	}
	session := "session"
	if x, err := arn.ParseSession(name); err == nil {
		d, _, ok := s.roles.Get(entityKey(x.Account, x.Role))
		if !ok {
			return awsapi.Caller{}, false
		}
		session, name = x.Name, d.Role.Arn
	}
	d, ok := s.roleNamed(name)
	if !ok {
		return awsapi.Caller{}, false
	}
	return sessionCaller(d, session, nil), true
}
