package iam

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/policy"
)

// contextKeys are the condition keys that documents refer to, in conditions and
// as variables, sorted, each in the spelling that comes first.
func contextKeys(documents []*policy.Document) []string {
	found := map[string]string{} // lower case → as written
	add := func(name string) {
		if lower := strings.ToLower(name); found[lower] == "" {
			found[lower] = name
		}
	}
	for _, d := range documents {
		for i := range d.Statements {
			st := &d.Statements[i]
			texts := slices.Concat(st.Resource, st.NotResource)
			for _, c := range st.Condition {
				add(c.Key)
				texts = append(texts, c.Values...)
			}
			if d.Version != policy.Version2012 {
				continue // the older version has no variables
			}
			for _, text := range texts {
				for _, name := range variables(text) {
					add(name)
				}
			}
		}
	}
	return append([]string{}, slices.Sorted(maps.Values(found))...)
}

// variables are the names in a text's ${name} and ${name, 'default'}.
func variables(text string) []string {
	var names []string
	for {
		_, rest, ok := strings.Cut(text, "${")
		if !ok {
			return names
		}
		inner, after, closed := strings.Cut(rest, "}")
		if !closed {
			return names
		}
		name, _, _ := strings.Cut(inner, ",")
		if name = strings.TrimSpace(name); strings.Contains(name, ":") { // not ${*}, ${?}, ${$}
			names = append(names, name)
		}
		text = after
	}
}

// parseInputs reads documents that were given to be tried.
func parseInputs(kind policy.Kind, documents []string) ([]*policy.Document, error) {
	var list []*policy.Document
	for _, text := range documents {
		d, err := policy.Parse([]byte(text), kind)
		if e, ok := err.(*policy.Error); ok {
			return nil, invalidInput("Invalid policy document: %s", e.Message)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// GetContextKeysForCustomPolicy lists the condition keys of documents.
func (s *Service) GetContextKeysForCustomPolicy(_ context.Context, in *GetContextKeysForCustomPolicyRequest) (*GetContextKeysForPolicyResponse, error) {
	documents, err := parseInputs(policy.Identity, in.PolicyInputList)
	if err != nil {
		return nil, err
	}
	return &GetContextKeysForPolicyResponse{ContextKeyNames: contextKeys(documents)}, nil
}

// GetContextKeysForPrincipalPolicy lists the condition keys of all policies of a
// user, group or role, and of documents.
func (s *Service) GetContextKeysForPrincipalPolicy(ctx context.Context, in *GetContextKeysForPrincipalPolicyRequest) (*GetContextKeysForPolicyResponse, error) {
	source, err := s.policySource(ctx, in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	documents, err := parseInputs(policy.Identity, append(textsOf(source.policies), in.PolicyInputList...))
	if err != nil {
		return nil, err
	}
	return &GetContextKeysForPolicyResponse{ContextKeyNames: contextKeys(documents)}, nil
}
