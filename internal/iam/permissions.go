package iam

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
	"github.com/lambdagate/lambdagate/internal/store"
)

// permissions is what users, groups and roles have in common. A stored value is
// never modified: edits work on what clone returns.
type permissions struct {
	Inline   map[string]string `json:"inline,omitzero"`   // policy name → document
	Attached []string          `json:"attached,omitzero"` // ARNs of managed policies, in the order of attaching
	Boundary string            `json:"boundary,omitzero"` // ARN; groups have none
}

func (p permissions) clone() permissions {
	p.Inline, p.Attached = maps.Clone(p.Inline), slices.Clone(p.Attached)
	return p
}

// boundary is the permissions boundary as answers show it.
func (p permissions) boundary() *AttachedPermissionsBoundary {
	if p.Boundary == "" {
		return nil
	}
	return &AttachedPermissionsBoundary{PermissionsBoundaryType: new("Policy"), PermissionsBoundaryArn: new(p.Boundary)}
}

// inUse is why the owner cannot be deleted yet, or nil.
func (p permissions) inUse() error {
	if len(p.Attached) > 0 {
		return deleteConflict("must detach all policies first.")
	}
	if len(p.Inline) > 0 {
		return deleteConflict("must delete policies first.")
	}
	return nil
}

// holder is a user, group or role as the owner of policies.
type holder struct {
	kind holderKind
	name string
}

// holderKind says what differs between the three.
type holderKind struct {
	noun       string // as in errors: "role"
	quota      string // name of the quota for attached policies
	attached   int    // how many managed policies may be attached
	inlineSize int    // how long all inline policies together may be, without blanks
}

// AWS: the default quotas.
var (
	aUser  = holderKind{"user", "PoliciesPerUser", 20, 2048}
	aGroup = holderKind{"group", "PoliciesPerGroup", 10, 5120}
	aRole  = holderKind{"role", "PoliciesPerRole", 20, 10240}
)

// permissionsOf returns what a user, group or role of the caller's account has.
func (s *Service) permissionsOf(ctx context.Context, h holder) (permissions, error) {
	switch h.kind {
	case aUser:
		d, err := s.user(ctx, h.name)
		if err != nil {
			return permissions{}, err
		}
		return d.Permissions, nil
	case aGroup:
		d, err := s.group(ctx, h.name)
		if err != nil {
			return permissions{}, err
		}
		return d.Permissions, nil
	}
	d, err := s.role(ctx, h.name)
	if err != nil {
		return permissions{}, err
	}
	return d.Permissions, nil
}

// editPermissions changes them.
func (s *Service) editPermissions(ctx context.Context, h holder, change func(x *transaction, p *permissions) error) (*awsapi.Empty, error) {
	var err error
	switch h.kind {
	case aUser:
		_, err = s.editUser(ctx, h.name, func(x *transaction, d *userDocument) error { return change(x, &d.Permissions) })
	case aGroup:
		_, err = s.editGroup(ctx, h.name, func(x *transaction, d *groupDocument) error { return change(x, &d.Permissions) })
	default:
		_, err = s.editRole(ctx, h.name, func(x *transaction, d *roleDocument) error { return change(x, &d.Permissions) })
	}
	return nil, err
}

func (s *Service) attach(ctx context.Context, h holder, policyARN string) (*awsapi.Empty, error) {
	return s.editPermissions(ctx, h, func(x *transaction, p *permissions) error {
		if slices.Contains(p.Attached, policyARN) {
			return nil
		}
		if p.Attached = append(p.Attached, policyARN); len(p.Attached) > h.kind.attached {
			return overQuota(h.kind.quota, h.kind.attached)
		}
		return s.refer(ctx, x, policyARN, oneAttached)
	})
}

func (s *Service) detach(ctx context.Context, h holder, policyARN string) (*awsapi.Empty, error) {
	if _, err := policyKey(policyARN); err != nil {
		return nil, err
	}
	return s.editPermissions(ctx, h, func(x *transaction, p *permissions) error {
		i := slices.Index(p.Attached, policyARN)
		if i < 0 {
			return noSuchPolicy(policyARN)
		}
		p.Attached = slices.Delete(p.Attached, i, i+1)
		return s.release(x, policyARN, oneAttached)
	})
}

// attachedPage is one page of attached policies whose paths start with prefix.
func (s *Service) attachedPage(ctx context.Context, h holder, prefix, marker *string, maxItems *int64) ([]*AttachedPolicy, *string, *bool, error) {
	p, err := s.permissionsOf(ctx, h)
	if err != nil {
		return nil, nil, nil, err
	}
	list := []*AttachedPolicy{}
	for _, arn := range p.Attached {
		if prefix == nil || strings.HasPrefix(policyPath(arn), *prefix) {
			list = append(list, attachedPolicy(arn))
		}
	}
	return page(list, marker, maxItems, func(a *AttachedPolicy) string { return *a.PolicyName })
}

func attachedPolicy(arn string) *AttachedPolicy {
	return &AttachedPolicy{PolicyName: new(nameOfARN(arn)), PolicyArn: new(arn)}
}

// policyPath is the path of a managed policy's ARN: "/" or "/service-role/".
func policyPath(arn string) string {
	_, rest, _ := strings.Cut(arn, ":policy")
	return rest[:strings.LastIndexByte(rest, '/')+1]
}

func (s *Service) putInline(ctx context.Context, h holder, name, document string) (*awsapi.Empty, error) {
	if err := checkDocument(policy.Identity, document); err != nil {
		return nil, err
	}
	return s.editPermissions(ctx, h, func(_ *transaction, p *permissions) error {
		if p.Inline == nil {
			p.Inline = map[string]string{}
		}
		p.Inline[name] = document
		size := 0
		for _, d := range p.Inline {
			size += sizeOf(d)
		}
		if size > h.kind.inlineSize {
			return limitExceeded("Maximum policy size of %d bytes exceeded for %s %s", h.kind.inlineSize, h.kind.noun, h.name)
		}
		return nil
	})
}

// inline returns an inline policy, encoded for an answer.
func (s *Service) inline(ctx context.Context, h holder, name string) (string, error) {
	p, err := s.permissionsOf(ctx, h)
	if err != nil {
		return "", err
	}
	document, ok := p.Inline[name]
	if !ok {
		return "", noSuchInline(h, name)
	}
	return encodeDocument(document), nil
}

func (s *Service) inlinePage(ctx context.Context, h holder, marker *string, maxItems *int64) ([]string, *string, *bool, error) {
	p, err := s.permissionsOf(ctx, h)
	if err != nil {
		return nil, nil, nil, err
	}
	names := append([]string{}, slices.Sorted(maps.Keys(p.Inline))...)
	return page(names, marker, maxItems, func(name string) string { return name })
}

func (s *Service) deleteInline(ctx context.Context, h holder, name string) (*awsapi.Empty, error) {
	return s.editPermissions(ctx, h, func(_ *transaction, p *permissions) error {
		if _, ok := p.Inline[name]; !ok {
			return noSuchInline(h, name)
		}
		delete(p.Inline, name)
		return nil
	})
}

func (s *Service) putBoundary(ctx context.Context, h holder, policyARN string) (*awsapi.Empty, error) {
	return s.editPermissions(ctx, h, func(x *transaction, p *permissions) error {
		if p.Boundary == policyARN {
			return nil
		}
		old := p.Boundary
		p.Boundary = policyARN
		return errors.Join(s.refer(ctx, x, policyARN, oneBoundary), s.release(x, old, oneBoundary))
	})
}

func (s *Service) deleteBoundary(ctx context.Context, h holder) (*awsapi.Empty, error) {
	return s.editPermissions(ctx, h, func(x *transaction, p *permissions) error {
		if p.Boundary == "" {
			return noSuchEntity("%s does not have a permissions boundary", strings.ToUpper(h.kind.noun[:1])+h.kind.noun[1:]+" "+h.name)
		}
		old := p.Boundary
		p.Boundary = ""
		return s.release(x, old, oneBoundary)
	})
}

// checkDocument refuses a policy document as IAM does.
func checkDocument(kind policy.Kind, document string) error {
	_, err := policy.Parse([]byte(document), kind)
	if e, ok := err.(*policy.Error); ok {
		return malformedPolicy(e.Message)
	}
	return err
}

// sizeOf is a document's length as quotas count it: without blanks.
func sizeOf(document string) int {
	n := 0
	for _, c := range document {
		if !unicode.IsSpace(c) {
			n++
		}
	}
	return n
}

// encodeDocument is a document as IAM answers it: URL-encoded by RFC 3986.
func encodeDocument(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}

// account is the caller's.
func account(ctx context.Context) string { return awsapi.CallFrom(ctx).Caller.Account }

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

// belowPath lists what an account has in a table, by name, whose path starts
// with prefix.
func belowPath[T, A any](t *store.Table[T], account string, prefix *string, answer func(*T) A, path func(*T) string) []A {
	list := []A{}
	for _, d := range t.Range(account+"/", "") {
		if prefix == nil || strings.HasPrefix(path(d), *prefix) {
			list = append(list, answer(d))
		}
	}
	return list
}

// ownedBy counts what an account has in a table.
func ownedBy[T any](t *store.Table[T], account string) int {
	n := 0
	for range t.Range(account+"/", "") {
		n++
	}
	return n
}
