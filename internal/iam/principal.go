package iam

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// permissions is what users, groups and roles have in common.
type permissions struct {
	Inline   map[string]string `json:"inline,omitzero"`   // policy name → document
	Attached []string          `json:"attached,omitzero"` // ARNs of managed policies, in the order of attaching
	Boundary string            `json:"boundary,omitzero"` // ARN
}

// withInline returns a copy that has the inline policy.
func (p permissions) withInline(name, document string) permissions {
	p.Inline = maps.Clone(p.Inline)
	if p.Inline == nil {
		p.Inline = map[string]string{}
	}
	p.Inline[name] = document
	return p
}

func (p permissions) withoutInline(name string) permissions {
	p.Inline = maps.Clone(p.Inline)
	delete(p.Inline, name)
	return p
}

func (p permissions) withAttached(arn string) permissions {
	if !slices.Contains(p.Attached, arn) {
		p.Attached = append(slices.Clone(p.Attached), arn)
	}
	return p
}

func (p permissions) withoutAttached(arn string) permissions {
	p.Attached = slices.DeleteFunc(slices.Clone(p.Attached), func(a string) bool { return a == arn })
	return p
}

// inUse is why a principal cannot be deleted yet, or nil.
func (p permissions) inUse() error {
	if len(p.Attached) > 0 {
		return deleteConflict("Cannot delete entity, must detach all policies first.")
	}
	if len(p.Inline) > 0 {
		return deleteConflict("Cannot delete entity, must delete policies first.")
	}
	return nil
}

// checkDocument refuses a policy document as IAM does.
func checkDocument(kind policy.Kind, document string) error {
	_, err := policy.Parse([]byte(document), kind)
	if e, ok := err.(*policy.Error); ok {
		return malformedPolicy(e.Message)
	}
	return err
}

// encodeDocument is a document as IAM answers it: URL-encoded by RFC 3986.
func encodeDocument(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}

// attachedPage is one page of attached policies whose paths start with prefix.
func (s *Service) attachedPage(p permissions, prefix *string, marker *string, maxItems *int64) ([]*AttachedPolicy, *string, *bool, error) {
	list := []*AttachedPolicy{}
	for _, arn := range p.Attached {
		if prefix == nil || strings.HasPrefix(policyPath(arn), *prefix) {
			list = append(list, &AttachedPolicy{PolicyName: new(nameOfARN(arn)), PolicyArn: new(arn)})
		}
	}
	return page(list, marker, maxItems, func(a *AttachedPolicy) string { return *a.PolicyArn })
}

// policyPath is the path of a managed policy's ARN: "/" or "/service-role/".
func policyPath(arn string) string {
	_, rest, _ := strings.Cut(arn, ":policy")
	return rest[:strings.LastIndexByte(rest, '/')+1]
}

// page cuts a page out of a list; IAM's pages hold 100 unless asked otherwise.
func page[T any](list []T, marker *string, maxItems *int64, key func(T) string) ([]T, *string, *bool, error) {
	limit, position := 100, ""
	if maxItems != nil {
		limit = int(*maxItems)
	}
	if marker != nil {
		position = *marker
	}
	items, next, ok := awsapi.Page(list, position, limit, key)
	if !ok {
		return nil, nil, nil, validation("Invalid Marker.")
	}
	if next == "" {
		return items, nil, new(false), nil
	}
	return items, &next, new(true), nil
}
