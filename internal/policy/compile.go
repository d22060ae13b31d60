package policy

import (
	"fmt"
	"slices"
)

// Policy is a compiled document. It does not change and may be shared.
type Policy struct {
	name     string
	kind     Kind
	document *Document
	denies   []statement
	allows   []statement
	keyed    bool // has conditions or variables
}

// statement is a compiled Statement.
type statement struct {
	policy *Policy
	index  int
	deny   bool

	actions      []glob
	notActions   bool
	principals   []matcher // nil if the kind has none
	notPrincipal bool
	resources    []pattern // nil if the kind has none
	notResources bool
	conditions   []condition
}

// New parses and compiles. The name is shown in decisions.
func New(name string, kind Kind, text []byte) (*Policy, error) {
	d, err := Parse(text, kind)
	if err != nil {
		return nil, err
	}
	return Compile(name, kind, d)
}

// Compile prepares a document for evaluation. It fails only for documents
// that were put together by hand. The document must not be changed afterwards.
func Compile(name string, kind Kind, d *Document) (*Policy, error) {
	p := &Policy{name: name, kind: kind, document: d}
	if kind == Authorizer {
		p.kind = Identity
	}
	for i := range d.Statements {
		s, err := compileStatement(&d.Statements[i], kinds[kind], d.Version == Version2012)
		if err != nil {
			return nil, fmt.Errorf("statement %d: %w", i, err)
		}
		s.policy, s.index = p, i
		p.keyed = p.keyed || s.keyed()
		if s.deny {
			p.denies = append(p.denies, s)
		} else {
			p.allows = append(p.allows, s)
		}
	}
	return p, nil
}

// Name returns the name that the policy was compiled under.
func (p *Policy) Name() string { return p.name }

// Kind returns the part that the policy plays.
func (p *Policy) Kind() Kind { return p.kind }

// Document returns what was compiled.
func (p *Policy) Document() *Document { return p.document }

// keyed says that what the statement says depends on condition keys.
func (s *statement) keyed() bool {
	return len(s.conditions) > 0 || slices.ContainsFunc(s.resources, func(p pattern) bool { return p.template != nil })
}

func compileStatement(s *Statement, rules rules, vars bool) (statement, error) {
	c := statement{
		deny:         s.Effect == Deny,
		notActions:   s.NotAction != nil,
		notPrincipal: s.NotPrincipal != nil,
		notResources: s.NotResource != nil,
	}
	if s.Effect != Allow && s.Effect != Deny {
		return c, &Error{Message: syntaxErrors, Detail: "the effect is neither Allow nor Deny"}
	}
	if len(s.Action)+len(s.NotAction) == 0 || rules.principal != (s.Principal != nil || s.NotPrincipal != nil) ||
		rules.resource != (len(s.Resource)+len(s.NotResource) > 0) {
		return c, &Error{Message: syntaxErrors, Detail: "an element is missing, or not allowed in this kind of policy"}
	}
	for _, action := range append(s.Action[:len(s.Action):len(s.Action)], s.NotAction...) {
		c.actions = append(c.actions, compileAction(action))
	}
	for _, resource := range append(s.Resource[:len(s.Resource):len(s.Resource)], s.NotResource...) {
		c.resources = append(c.resources, compilePattern(resource, vars))
	}
	principals := s.Principal
	if s.NotPrincipal != nil {
		principals = s.NotPrincipal
	}
	var err error
	if c.principals, err = compilePrincipals(principals); err != nil {
		return c, err
	}
	for _, written := range s.Condition {
		compiled, err := compileCondition(written, vars)
		if err != nil {
			return c, &Error{Message: syntaxErrors, Detail: err.Error()}
		}
		c.conditions = append(c.conditions, compiled)
	}
	return c, nil
}
