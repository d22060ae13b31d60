package iam

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// Explanation is a decision with all its reasons, for people.
type Explanation struct {
	Principal string `json:"principal"` // ARN, or the name of a service
	Action    string `json:"action"`
	Resource  string `json:"resource"`
	Allowed   bool   `json:"allowed"`
	Outcome   string `json:"outcome"` // "allowed", "implicit deny", "explicit deny"
	Because   string `json:"because"` // the rule that decided, in a sentence
	// Text is what AWS would tell the caller; "" if it is allowed.
	Text string `json:"text"`
	// Policies are those that speak for the principal and the resource.
	Policies []ExplainedPolicy `json:"policies"`
}

// ExplainedPolicy is a policy that was looked at.
type ExplainedPolicy struct {
	Name       string               `json:"name"` // "calls-calc"
	Kind       string               `json:"kind"` // "identity-based policy"
	Statements []ExplainedStatement `json:"statements"`
}

// ExplainedStatement is a statement with what it did, or why it did nothing.
type ExplainedStatement struct {
	Index   int      `json:"index"` // from 0
	Sid     string   `json:"sid"`
	Effect  string   `json:"effect"`
	Text    string   `json:"text"`    // as indented JSON
	Fits    bool     `json:"fits"`    // it speaks to the request
	Decides bool     `json:"decides"` // the decision names it
	WhyNot  []string `json:"whyNot"`  // what does not fit
	// Conditions are the conditions with the values compared.
	Conditions []ExplainedCondition `json:"conditions"`
}

// ExplainedCondition is one key of a condition.
type ExplainedCondition struct {
	Operator string   `json:"operator"`
	Key      string   `json:"key"`
	Wanted   []string `json:"wanted"`
	Actual   []string `json:"actual"` // empty if the request does not have the key
	Holds    bool     `json:"holds"`
}

// ErrNoPrincipal says that nobody has that ARN.
var ErrNoPrincipal = errors.New("there is no user or role with this ARN")

// Explain decides as Evaluate does, for the user, role, session or root with
// that ARN, or the service with that name, and says why. The session need not
// exist. A question about taking a role is asked with its trust policy.
func (s *Service) Explain(principal string, q Question) (*Explanation, error) {
	caller, ok := s.Principal(principal)
	if !ok {
		return nil, ErrNoPrincipal
	}
	if d, ok := s.roleNamed(q.Resource); ok && strings.HasPrefix(strings.ToLower(q.Action), "sts:") {
		q.ResourcePolicy, q.ResourceAccount = s.compiledRole(d).trust, accountOf(q.Resource)
	}
	r := q.request()
	s.fill(caller, &r)
	r.Keys = s.withKeysOf(r.Keys, caller)
	d := policy.Evaluate(&r)
	who := caller.ARN
	if caller.Kind == awsapi.ServicePrincipal {
		who = caller.Name
	}
	e := &Explanation{
		Principal: who, Action: q.Action, Resource: q.Resource, Allowed: d.Outcome == policy.Allowed, Outcome: d.Outcome.String(),
		Because: because(&r, d), Text: policy.Message(d, who, q.Action, q.Resource),
	}
	for _, p := range slices.Concat(r.Identity, []*policy.Policy{r.Boundary}, r.Session, []*policy.Policy{q.ResourcePolicy}) {
		if p != nil {
			e.Policies = append(e.Policies, explainedPolicy(p, &r, d))
		}
	}
	return e, nil
}

// because says in a sentence which rule of the evaluation decided.
func because(r *policy.Request, d policy.Decision) string {
	by := d.By()
	switch {
	case d.Outcome == policy.ExplicitDeny:
		return fmt.Sprintf("A statement of the %s denies it, which no other can lift.", named(by[0]))
	case d.Outcome == policy.ImplicitDeny && r.ResourceAccount != "" && r.Principal.Account != "" && r.ResourceAccount != r.Principal.Account:
		return fmt.Sprintf("No %s allows it. Between accounts both the principal's and the resource's policies have to.", d.Missing)
	case d.Outcome == policy.ImplicitDeny:
		return fmt.Sprintf("No %s allows it, and what nothing allows is denied.", d.Missing)
	case len(by) == 0:
		return "The root user of an account may do everything in it."
	}
	var names []string
	for _, m := range by {
		names = append(names, named(m))
	}
	return "Allowed by the " + strings.Join(names, ", and by the ") + "; nothing denies it."
}

// named is the policy of a match by its kind and name; a trust policy has none.
func named(m policy.Match) string {
	if m.Kind == policy.Trust {
		return m.Kind.String()
	}
	return m.Kind.String() + " " + m.Policy
}

func explainedPolicy(p *policy.Policy, r *policy.Request, d policy.Decision) ExplainedPolicy {
	out := ExplainedPolicy{Name: p.Name(), Kind: p.Kind().String(), Statements: []ExplainedStatement{}}
	for _, x := range policy.Examine(p, r) {
		st := ExplainedStatement{
			Index: x.Index, Sid: x.Statement.Sid, Effect: string(x.Statement.Effect), Text: x.Statement.Text(), Fits: x.Fits,
			WhyNot: whyNot(x, r), Conditions: []ExplainedCondition{},
		}
		for _, m := range d.By() {
			st.Decides = st.Decides || m.Policy == p.Name() && m.Kind == p.Kind() && m.Index == x.Index
		}
		for _, c := range x.Conditions {
			st.Conditions = append(st.Conditions, ExplainedCondition{c.Operator, c.Key, c.Values, append([]string{}, c.Actual...), c.Holds})
		}
		out.Statements = append(out.Statements, st)
	}
	return out
}

// whyNot lists what of a statement does not fit a request.
func whyNot(x policy.Examined, r *policy.Request) []string {
	why := []string{}
	add := func(format string, args ...any) { why = append(why, fmt.Sprintf(format, args...)) }
	st := x.Statement
	switch {
	case !x.Action && st.NotAction != nil:
		add("the action %s is among those excepted: %s", r.Action, strings.Join(st.NotAction, ", "))
	case !x.Action:
		add("the action %s is not among %s", r.Action, strings.Join(st.Action, ", "))
	}
	if !x.Principal {
		add("the principal is not one that it names")
	}
	switch {
	case !x.Resource && st.NotResource != nil:
		add("the resource %s is among those excepted: %s", r.Resource, strings.Join(st.NotResource, ", "))
	case !x.Resource:
		add("the resource %s is not among %s", r.Resource, strings.Join(st.Resource, ", "))
	}
	for _, c := range x.Conditions {
		if c.Holds {
			continue
		}
		has := "the request does not have it"
		if len(c.Actual) > 0 {
			has = "the request has " + strings.Join(c.Actual, ", ")
		}
		add("the condition %s of %s wants %s, and %s", c.Operator, c.Key, strings.Join(c.Values, " or "), has)
	}
	return why
}

// Principal is the caller that somebody with that ARN is: a user, an account's
// root, a role's session, or a role as a session without a name of its own. A
// name such as apigateway.amazonaws.com is a service.
func (s *Service) Principal(name string) (awsapi.Caller, bool) {
	if strings.HasSuffix(name, ".amazonaws.com") && !strings.ContainsAny(name, ":/ ") {
		return awsapi.Caller{Kind: awsapi.ServicePrincipal, Name: name}, true
	}
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
