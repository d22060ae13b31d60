package iam

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// policyDocument is a stored customer-managed policy, or one of AWS's own.
type policyDocument struct {
	Policy      Policy                   `json:"policy"`
	Versions    map[string]policyVersion `json:"versions"` // "v1" → …
	NextVersion int                      `json:"nextVersion"`
	// Uses counts who has the policy; of AWS's own, nobody counts.
	Uses policyUse `json:"uses,omitzero"`

	identity, boundary, session atomic.Pointer[policy.Policy]
}

type policyVersion struct {
	Document   string      `json:"document"`
	CreateDate awsapi.Time `json:"createDate"`
}

func (d *policyDocument) clone() *policyDocument {
	return &policyDocument{Policy: d.Policy, Versions: maps.Clone(d.Versions), NextVersion: d.NextVersion, Uses: d.Uses}
}

// maxPolicySize is how long a managed policy may be, without blanks.
const maxPolicySize = 6144

// policyKey is the key of a managed policy by its ARN.
func policyKey(policyARN string) (string, error) {
	e, err := arn.ParsePolicy(policyARN)
	if err != nil {
		return "", invalidARN()
	}
	return entityKey(e.Account, e.Name), nil
}

// managedPolicy finds a policy by ARN: AWS's own, or one of any account.
func (s *Service) managedPolicy(policyARN string) (*policyDocument, bool) {
	if d, ok := awsManaged()[policyARN]; ok {
		return d, true
	}
	key, err := policyKey(policyARN)
	if err != nil {
		return nil, false
	}
	d, _, ok := s.policies.Get(key)
	return d, ok && *d.Policy.Arn == policyARN
}

// ownPolicy finds a policy that the caller's account may use.
func (s *Service) ownPolicy(ctx context.Context, policyARN string) (*policyDocument, error) {
	e, err := arn.ParsePolicy(policyARN)
	if err != nil {
		return nil, invalidARN()
	}
	d, ok := s.managedPolicy(policyARN)
	if !ok || e.Account != "aws" && e.Account != account(ctx) {
		return nil, noSuchPolicy(policyARN)
	}
	return d, nil
}

// refer counts a policy's new use, one of delta's two, and makes the transaction
// depend on it.
func (s *Service) refer(ctx context.Context, x *transaction, policyARN string, delta policyUse) error {
	key, err := policyKey(policyARN)
	if err != nil {
		return err
	}
	if _, ok := awsManaged()[policyARN]; ok {
		return nil
	}
	d, rev, ok := s.policies.Get(key)
	if !ok || *d.Policy.Arn != policyARN || arn.AccountOf(policyARN) != account(ctx) {
		return noSuchEntity("Policy %s does not exist or is not attachable.", policyARN)
	}
	d = d.clone()
	d.Uses.Attached += delta.Attached
	d.Uses.Boundary += delta.Boundary
	return put(x, s.policies, key, rev, d)
}

// release is the opposite of refer; what is not there needs no counting.
func (s *Service) release(x *transaction, policyARN string, delta policyUse) error {
	key, err := policyKey(policyARN)
	if err != nil || policyARN == "" {
		return nil
	}
	d, rev, ok := s.policies.Get(key)
	if !ok {
		return nil
	}
	d = d.clone()
	d.Uses.Attached -= delta.Attached
	d.Uses.Boundary -= delta.Boundary
	return put(x, s.policies, key, rev, d)
}

// policyUse is how many users, groups and roles have a policy attached, and how
// many are bounded by it.
type policyUse struct {
	Attached int64 `json:"attached,omitzero"`
	Boundary int64 `json:"boundary,omitzero"`
}

var (
	oneAttached = policyUse{Attached: 1}
	oneBoundary = policyUse{Boundary: 1}
)

// CreatePolicy adds a managed policy with its version v1.
func (s *Service) CreatePolicy(ctx context.Context, in *CreatePolicyRequest) (*CreatePolicyResponse, error) {
	if err := checkManaged(in.PolicyDocument); err != nil {
		return nil, err
	}
	path, err := checkPath(in.Path)
	if err != nil {
		return nil, err
	}
	tags, err := taggedWith(nil, in.Tags, "TagsPerPolicy")
	if err != nil {
		return nil, err
	}
	now, policyARN := awsapi.Seconds(s.now()), arn.Policy(account(ctx), path, in.PolicyName)
	d := &policyDocument{
		Policy: Policy{
			PolicyName: new(in.PolicyName), PolicyId: new(newID(policyID)), Arn: &policyARN, Path: &path,
			DefaultVersionId: new("v1"), IsAttachable: new(true), Description: in.Description,
			CreateDate: &now, UpdateDate: &now, Tags: tags,
		},
		Versions: map[string]policyVersion{"v1": {in.PolicyDocument, now}}, NextVersion: 2,
	}
	key := entityKey(account(ctx), in.PolicyName)
	err = s.transact(ctx, func(x *transaction) error {
		if _, _, taken := s.policies.Get(key); taken {
			return alreadyExists("A policy called %s already exists. Duplicate names are not allowed.", in.PolicyName)
		}
		if ownedBy(s.policies, account(ctx)) >= maxPolicies {
			return overQuota("PoliciesPerAccount", maxPolicies)
		}
		return put(x, s.policies, key, 0, d)
	})
	out := d.Policy
	out.AttachmentCount, out.PermissionsBoundaryUsageCount, out.Description = new(int64(0)), new(int64(0)), nil
	return &CreatePolicyResponse{Policy: &out}, err
}

func checkManaged(document string) error {
	if err := checkDocument(policy.Identity, document); err != nil {
		return err
	}
	if sizeOf(document) > maxPolicySize {
		return overQuota("PolicySize", maxPolicySize)
	}
	return nil
}

// usesOfAWS counts, by ARN, who in an account has which of AWS's policies.
func (s *Service) usesOfAWS(account string) map[string]policyUse {
	uses := map[string]policyUse{}
	count := func(p permissions) {
		for _, a := range p.Attached {
			u := uses[a]
			u.Attached++
			uses[a] = u
		}
		if p.Boundary != "" {
			u := uses[p.Boundary]
			u.Boundary++
			uses[p.Boundary] = u
		}
	}
	for _, d := range s.roles.Range(account+"/", "") {
		count(d.Permissions)
	}
	for _, d := range s.users.Range(account+"/", "") {
		count(d.Permissions)
	}
	for _, d := range s.groups.Range(account+"/", "") {
		count(d.Permissions)
	}
	return uses
}

// answer is a policy with its counts, as GetPolicy shows it.
func (d *policyDocument) answer(usesOfAWS map[string]policyUse) *Policy {
	p, u := d.Policy, d.Uses
	if isAWS(*p.Arn) {
		u = usesOfAWS[*p.Arn]
	}
	p.AttachmentCount, p.PermissionsBoundaryUsageCount = &u.Attached, &u.Boundary
	return &p
}

// GetPolicy returns a policy without its document.
func (s *Service) GetPolicy(ctx context.Context, in *GetPolicyRequest) (*GetPolicyResponse, error) {
	d, err := s.ownPolicy(ctx, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	return &GetPolicyResponse{Policy: d.answer(s.usesOfAWS(account(ctx)))}, nil
}

// ListPolicies lists AWS's policies and the account's.
func (s *Service) ListPolicies(ctx context.Context, in *ListPoliciesRequest) (*ListPoliciesResponse, error) {
	uses, list := s.usesOfAWS(account(ctx)), []*Policy{}
	for _, d := range s.policiesIn(account(ctx), in.Scope) {
		p := d.answer(uses)
		p.Tags, p.Description = nil, nil
		if in.PathPrefix != nil && !strings.HasPrefix(*p.Path, *in.PathPrefix) || in.OnlyAttached != nil && *in.OnlyAttached && *p.AttachmentCount == 0 {
			continue
		}
		if in.PolicyUsageFilter != nil && !usedAs(p, *in.PolicyUsageFilter) {
			continue
		}
		list = append(list, p)
	}
	items, marker, truncated, err := page(list, in.Marker, in.MaxItems, func(p *Policy) string {
		return arn.AccountOf(*p.Arn) + "/" + *p.PolicyName
	})
	return &ListPoliciesResponse{Policies: items, Marker: marker, IsTruncated: truncated}, err
}

func usedAs(p *Policy, filter string) bool {
	if filter == "PermissionsBoundary" {
		return *p.PermissionsBoundaryUsageCount > 0
	}
	return *p.AttachmentCount > 0
}

// policiesIn are the policies of a scope: AWS's own, the account's (Local), or
// both.
func (s *Service) policiesIn(account string, scope *string) []*policyDocument {
	var all []*policyDocument
	if scope == nil || *scope != "AWS" {
		for _, d := range s.policies.Range(account+"/", "") {
			all = append(all, d)
		}
	}
	if scope == nil || *scope != "Local" {
		own := awsManaged()
		for _, a := range slices.SortedFunc(maps.Keys(own), byName) {
			all = append(all, own[a])
		}
	}
	return all
}

func byName(a, b string) int { return strings.Compare(nameOfARN(a), nameOfARN(b)) }

// editPolicy changes a policy of the caller's account.
func (s *Service) editPolicy(ctx context.Context, policyARN string, change func(d *policyDocument) error) (edited *policyDocument, err error) {
	err = s.transact(ctx, func(x *transaction) error {
		key, err := s.ownKeyOfPolicy(ctx, policyARN)
		if err != nil {
			return err
		}
		old, rev, ok := s.policies.Get(key)
		if !ok || *old.Policy.Arn != policyARN {
			return noSuchPolicy(policyARN)
		}
		edited = old.clone()
		if err := change(edited); err != nil {
			return err
		}
		return put(x, s.policies, key, rev, edited)
	})
	return edited, err
}

// ownKeyOfPolicy is the key of a policy that the caller's account may change.
func (s *Service) ownKeyOfPolicy(ctx context.Context, policyARN string) (string, error) {
	if _, err := s.ownPolicy(ctx, policyARN); err != nil {
		return "", err
	}
	if isAWS(policyARN) {
		return "", accessDenied("Cannot perform the operation on the AWS managed policy " + policyARN + ".")
	}
	return policyKey(policyARN)
}

// DeletePolicy removes a policy that nobody has and that has one version.
func (s *Service) DeletePolicy(ctx context.Context, in *DeletePolicyRequest) (*awsapi.Empty, error) {
	return nil, s.transact(ctx, func(x *transaction) error {
		key, err := s.ownKeyOfPolicy(ctx, in.PolicyArn)
		if err != nil {
			return err
		}
		d, rev, ok := s.policies.Get(key)
		if !ok || *d.Policy.Arn != in.PolicyArn {
			return noSuchPolicy(in.PolicyArn)
		}
		if u := d.Uses; u.Attached+u.Boundary > 0 {
			return awsapi.Errorf(409, "DeleteConflict", "Cannot delete a policy attached to entities.")
		}
		if len(d.Versions) > 1 {
			return awsapi.Errorf(409, "DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
		}
		remove(x, s.policies, key, rev)
		return nil
	})
}
