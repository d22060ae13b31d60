package iam

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// ListPoliciesGrantingServiceAccess lists, for each service, the policies of a
// user, group or role that allow something of it. Conditions, boundaries and
// denials are not looked at.
func (s *Service) ListPoliciesGrantingServiceAccess(ctx context.Context, in *ListPoliciesGrantingServiceAccessRequest) (*ListPoliciesGrantingServiceAccessResponse, error) {
	all, err := s.ownedPolicies(ctx, in.Arn)
	if err != nil {
		return nil, err
	}
	list := []*ListPoliciesGrantingServiceAccessEntry{}
	for _, service := range in.ServiceNamespaces {
		entry := &ListPoliciesGrantingServiceAccessEntry{ServiceNamespace: &service, Policies: []*PolicyGrantingServiceAccess{}}
		for _, p := range all {
			if allowsSomethingOf(service, p.document) {
				entry.Policies = append(entry.Policies, p.answer)
			}
		}
		list = append(list, entry)
	}
	items, marker, truncated, err := page(list, in.Marker, nil, func(e *ListPoliciesGrantingServiceAccessEntry) string { return *e.ServiceNamespace })
	return &ListPoliciesGrantingServiceAccessResponse{PoliciesGrantingServiceAccess: items, Marker: marker, IsTruncated: truncated}, err
}

// ownedPolicy is a policy as an answer names it, with its text.
type ownedPolicy struct {
	answer   *PolicyGrantingServiceAccess
	document string
}

// ownedPolicies are those of a user, with its groups', of a group or of a role of
// the caller's account.
func (s *Service) ownedPolicies(ctx context.Context, name string) ([]ownedPolicy, error) {
	e, err := arn.ParseEntity(name)
	if err != nil || e.Account != account(ctx) {
		return nil, invalidInput("Invalid Entity Arn: %s does not clearly define entity type and name.", name)
	}
	switch e.Kind {
	case "user":
		d, err := s.user(ctx, e.Name)
		if err != nil {
			return nil, err
		}
		all := s.owned("USER", e.Name, d.Permissions)
		for _, name := range d.Groups {
			if g, err := s.group(ctx, name); err == nil {
				all = append(all, s.owned("GROUP", name, g.Permissions)...)
			}
		}
		return all, nil
	case "group":
		d, err := s.group(ctx, e.Name)
		if err != nil {
			return nil, err
		}
		return s.owned("GROUP", e.Name, d.Permissions), nil
	case "role":
		d, err := s.role(ctx, e.Name)
		if err != nil {
			return nil, err
		}
		return s.owned("ROLE", e.Name, d.Permissions), nil
	}
	return nil, invalidInput("Invalid Entity Arn: %s does not clearly define entity type and name.", name)
}

// owned are the policies of one entity: only inline ones name it.
func (s *Service) owned(kind, name string, p permissions) []ownedPolicy {
	var all []ownedPolicy
	for _, a := range p.Attached {
		if d, ok := s.managedPolicy(a); ok {
			all = append(all, ownedPolicy{
				&PolicyGrantingServiceAccess{PolicyName: nameOfARN(a), PolicyType: "MANAGED", PolicyArn: &a}, d.Versions[*d.Policy.DefaultVersionId].Document,
			})
		}
	}
	for _, inline := range slices.Sorted(maps.Keys(p.Inline)) {
		all = append(all, ownedPolicy{
			&PolicyGrantingServiceAccess{PolicyName: inline, PolicyType: "INLINE", EntityType: &kind, EntityName: &name}, p.Inline[inline],
		})
	}
	return all
}

// allowsSomethingOf says whether a document has an Allow for an action of a
// service.
func allowsSomethingOf(service, document string) bool {
	d, err := policy.Parse([]byte(document), policy.Identity)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(d.Statements, func(st policy.Statement) bool {
		if st.Effect != policy.Allow {
			return false
		}
		if st.NotAction != nil { // everything but these
			return !slices.ContainsFunc(st.NotAction, func(a string) bool {
				prefix, name, _ := strings.Cut(a, ":")
				return a == "*" || name == "*" && ofService(prefix, service)
			})
		}
		return slices.ContainsFunc(st.Action, func(a string) bool {
			prefix, _, _ := strings.Cut(a, ":")
			return ofService(prefix, service)
		})
	})
}

// ofService says whether an action's prefix is a service's; "*" is any.
func ofService(prefix, service string) bool {
	return prefix == "*" || strings.EqualFold(prefix, service)
}
