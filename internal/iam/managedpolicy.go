package iam

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
	"github.com/lambdagate/lambdagate/internal/store"
)

// policyDocument is a stored customer-managed policy.
type policyDocument struct {
	Policy      Policy                   `json:"policy"`
	Versions    map[string]policyVersion `json:"versions"` // "v1" → …
	NextVersion int                      `json:"nextVersion"`
}

type policyVersion struct {
	Document   string      `json:"document"`
	CreateDate awsapi.Time `json:"createDate"`
}

// policyKey is the key of a managed policy by its ARN; false for an ARN that is
// none. AWS's own policies have keys too, but are not stored.
func policyKey(policyARN string) (key string, ok bool) {
	e, err := arn.ParsePolicy(policyARN)
	if err != nil {
		return "", false
	}
	return e.Account + e.Path + e.Name, true
}

// managedPolicy finds a policy by ARN: AWS's own, or one of the account.
func (s *Service) managedPolicy(policyARN string) (*policyDocument, bool) {
	if d, ok := awsManaged()[policyARN]; ok {
		return d, true
	}
	key, ok := policyKey(policyARN)
	if !ok {
		return nil, false
	}
	d, _, ok := s.policies.Get(key)
	return d, ok
}

// ownPolicy finds a policy that the caller's account may use.
func (s *Service) ownPolicy(ctx context.Context, policyARN string) (*policyDocument, error) {
	e, err := arn.ParsePolicy(policyARN)
	if err != nil {
		return nil, validation("Invalid ARN:  Could not be parsed!")
	}
	d, ok := s.managedPolicy(policyARN)
	if !ok || e.Account != "aws" && e.Account != account(ctx) {
		return nil, noSuchPolicy(policyARN)
	}
	return d, nil
}

func (s *Service) checkAttachable(ctx context.Context, policyARN string) error {
	_, err := s.ownPolicy(ctx, policyARN)
	if e := awsapi.AsError(err); e != nil && e.Code == "NoSuchEntity" {
		return noSuchEntity("Policy %s does not exist or is not attachable.", policyARN)
	}
	return err
}

func (s *Service) checkBoundary(ctx context.Context, policyARN *string) error {
	if policyARN == nil {
		return nil
	}
	return s.checkAttachable(ctx, *policyARN)
}

// maxVersions is how many versions a managed policy may have.
const maxVersions = 5

// CreatePolicy adds a managed policy with its version v1.
func (s *Service) CreatePolicy(ctx context.Context, in *CreatePolicyRequest) (*CreatePolicyResponse, error) {
	if err := checkDocument(policy.Identity, in.PolicyDocument); err != nil {
		return nil, err
	}
	path, now := pathOr(in.Path), awsapi.Seconds(s.now())
	policyARN := arn.Policy(account(ctx), path, in.PolicyName)
	d := &policyDocument{
		Policy: Policy{
			PolicyName: new(in.PolicyName), PolicyId: new(newID(policyID, idLength)), Arn: &policyARN, Path: &path,
			DefaultVersionId: new("v1"), IsAttachable: new(true), Description: in.Description,
			CreateDate: &now, UpdateDate: &now, Tags: in.Tags,
		},
		Versions: map[string]policyVersion{"v1": {in.PolicyDocument, now}}, NextVersion: 2,
	}
	key, ok := policyKey(policyARN)
	if !ok {
		return nil, validation("Invalid ARN:  Could not be parsed!")
	}
	err := s.policies.Insert(ctx, key, d)
	if errors.Is(err, store.ErrConflict) {
		return nil, alreadyExists("A policy called %s already exists. Duplicate names are not allowed.", in.PolicyName)
	}
	if err != nil {
		return nil, err
	}
	out := s.describe(d)
	out.Description = nil
	return &CreatePolicyResponse{Policy: out}, nil
}

// describe is a policy with its counts, as GetPolicy shows it.
func (s *Service) describe(d *policyDocument) *Policy {
	p := d.Policy
	attached, boundary := s.uses(*p.Arn)
	p.AttachmentCount, p.PermissionsBoundaryUsageCount = &attached, &boundary
	return &p
}

// uses counts the principals of all accounts that have the policy attached, and
// those that it bounds.
func (s *Service) uses(policyARN string) (attached, boundary int64) {
	count := func(p permissions) {
		if slices.Contains(p.Attached, policyARN) {
			attached++
		}
		if p.Boundary == policyARN {
			boundary++
		}
	}
	for _, d := range s.roles.All() {
		count(d.Permissions)
	}
	for _, d := range s.users.All() {
		count(d.Permissions)
	}
	for _, d := range s.groups.All() {
		count(d.Permissions)
	}
	return attached, boundary
}

// GetPolicy returns a policy without its document.
func (s *Service) GetPolicy(ctx context.Context, in *GetPolicyRequest) (*GetPolicyResponse, error) {
	d, err := s.ownPolicy(ctx, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	return &GetPolicyResponse{Policy: s.describe(d)}, nil
}

// ListPolicies lists AWS's policies and the account's.
func (s *Service) ListPolicies(ctx context.Context, in *ListPoliciesRequest) (*ListPoliciesResponse, error) {
	var all []*policyDocument
	if in.Scope == nil || *in.Scope != "Local" {
		aws := awsManaged()
		for _, a := range slices.Sorted(maps.Keys(aws)) {
			all = append(all, aws[a])
		}
	}
	if in.Scope == nil || *in.Scope != "AWS" {
		for _, d := range s.policies.Range(account(ctx)+"/", "") {
			all = append(all, d)
		}
	}
	list := []*Policy{}
	for _, d := range all {
		p := s.describe(d)
		p.Tags, p.Description = nil, nil
		if in.PathPrefix != nil && !strings.HasPrefix(*p.Path, *in.PathPrefix) || in.OnlyAttached != nil && *in.OnlyAttached && *p.AttachmentCount == 0 {
			continue
		}
		list = append(list, p)
	}
	items, marker, truncated, err := page(list, in.Marker, in.MaxItems, func(p *Policy) string { return *p.Arn })
	return &ListPoliciesResponse{Policies: items, Marker: marker, IsTruncated: truncated}, err
}

// editPolicy changes a policy of the caller's account.
func (s *Service) editPolicy(ctx context.Context, policyARN string, change func(d *policyDocument) (*policyDocument, error)) (*policyDocument, error) {
	if _, err := s.ownPolicy(ctx, policyARN); err != nil {
		return nil, err
	}
	if _, ok := awsManaged()[policyARN]; ok {
		return nil, accessDenied("AWS managed policies cannot be changed.")
	}
	key, _ := policyKey(policyARN) // ownPolicy parsed it
	return s.policies.Update(ctx, key, func(old *policyDocument) (*policyDocument, error) {
		if old == nil {
			return nil, noSuchPolicy(policyARN)
		}
		d := *old
		d.Versions = maps.Clone(d.Versions)
		return change(&d)
	})
}

// DeletePolicy removes a policy that nobody has and that has one version.
func (s *Service) DeletePolicy(ctx context.Context, in *DeletePolicyRequest) (*awsapi.Empty, error) {
	_, err := s.editPolicy(ctx, in.PolicyArn, func(d *policyDocument) (*policyDocument, error) {
		if attached, boundary := s.uses(in.PolicyArn); attached+boundary > 0 {
			return nil, deleteConflict("Cannot delete a policy attached to entities.")
		}
		if len(d.Versions) > 1 {
			return nil, deleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
		}
		return nil, nil
	})
	return nil, err
}

// CreatePolicyVersion adds a version, and makes it the default if asked.
func (s *Service) CreatePolicyVersion(ctx context.Context, in *CreatePolicyVersionRequest) (*CreatePolicyVersionResponse, error) {
	if err := checkDocument(policy.Identity, in.PolicyDocument); err != nil {
		return nil, err
	}
	id, now := "", awsapi.Seconds(s.now())
	asDefault := in.SetAsDefault != nil && *in.SetAsDefault
	_, err := s.editPolicy(ctx, in.PolicyArn, func(d *policyDocument) (*policyDocument, error) {
		if len(d.Versions) >= maxVersions {
			return nil, limitExceeded("A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", maxVersions)
		}
		id = "v" + strconv.Itoa(d.NextVersion)
		d.NextVersion++
		d.Versions[id] = policyVersion{in.PolicyDocument, now}
		d.Policy.UpdateDate = &now
		if asDefault {
			d.Policy.DefaultVersionId = &id
		}
		return d, nil
	})
	if err != nil {
		return nil, err
	}
	return &CreatePolicyVersionResponse{PolicyVersion: &PolicyVersion{VersionId: &id, IsDefaultVersion: &asDefault, CreateDate: &now}}, nil
}

// GetPolicyVersion returns a version with its document.
func (s *Service) GetPolicyVersion(ctx context.Context, in *GetPolicyVersionRequest) (*GetPolicyVersionResponse, error) {
	d, err := s.ownPolicy(ctx, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	v, ok := d.Versions[in.VersionId]
	if !ok {
		return nil, noSuchVersion(in.PolicyArn, in.VersionId)
	}
	out := d.version(in.VersionId)
	out.Document = new(encodeDocument(v.Document))
	return &GetPolicyVersionResponse{PolicyVersion: out}, nil
}

func noSuchVersion(policyARN, id string) error {
	return noSuchEntity("Policy %s version %s does not exist or is not attachable.", policyARN, id)
}

func (d *policyDocument) version(id string) *PolicyVersion {
	v := d.Versions[id]
	return &PolicyVersion{VersionId: &id, IsDefaultVersion: new(id == *d.Policy.DefaultVersionId), CreateDate: &v.CreateDate}
}

// ListPolicyVersions lists versions, the newest first.
func (s *Service) ListPolicyVersions(ctx context.Context, in *ListPolicyVersionsRequest) (*ListPolicyVersionsResponse, error) {
	d, err := s.ownPolicy(ctx, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	list := []*PolicyVersion{}
	for n := d.NextVersion; n > 0; n-- {
		if id := "v" + strconv.Itoa(n); d.Versions[id].Document != "" {
			list = append(list, d.version(id))
		}
	}
	items, marker, truncated, err := page(list, in.Marker, in.MaxItems, func(v *PolicyVersion) string { return *v.VersionId })
	return &ListPolicyVersionsResponse{Versions: items, Marker: marker, IsTruncated: truncated}, err
}

// DeletePolicyVersion removes a version that is not the default.
func (s *Service) DeletePolicyVersion(ctx context.Context, in *DeletePolicyVersionRequest) (*awsapi.Empty, error) {
	_, err := s.editPolicy(ctx, in.PolicyArn, func(d *policyDocument) (*policyDocument, error) {
		if _, ok := d.Versions[in.VersionId]; !ok {
			return nil, noSuchVersion(in.PolicyArn, in.VersionId)
		}
		if in.VersionId == *d.Policy.DefaultVersionId {
			return nil, deleteConflict("Cannot delete the default version of a policy.")
		}
		delete(d.Versions, in.VersionId)
		return d, nil
	})
	return nil, err
}

// SetDefaultPolicyVersion makes a version the one that counts.
func (s *Service) SetDefaultPolicyVersion(ctx context.Context, in *SetDefaultPolicyVersionRequest) (*awsapi.Empty, error) {
	_, err := s.editPolicy(ctx, in.PolicyArn, func(d *policyDocument) (*policyDocument, error) {
		if _, ok := d.Versions[in.VersionId]; !ok {
			return nil, noSuchVersion(in.PolicyArn, in.VersionId)
		}
		d.Policy.DefaultVersionId = new(in.VersionId)
		d.Policy.UpdateDate = new(awsapi.Seconds(s.now()))
		return d, nil
	})
	return nil, err
}
