package iam

import (
	"context"
	"strconv"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// maxVersions is how many versions a managed policy may have.
const maxVersions = 5

// CreatePolicyVersion adds a version, and makes it the default if asked.
func (s *Service) CreatePolicyVersion(ctx context.Context, in *CreatePolicyVersionRequest) (*CreatePolicyVersionResponse, error) {
	if err := checkManaged(in.PolicyDocument); err != nil {
		return nil, err
	}
	id, now := "", awsapi.Seconds(s.now())
	asDefault := in.SetAsDefault != nil && *in.SetAsDefault
	_, err := s.editPolicy(ctx, in.PolicyArn, func(d *policyDocument) error {
		if len(d.Versions) >= maxVersions {
			return limitExceeded("A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", maxVersions)
		}
		id = "v" + strconv.Itoa(d.NextVersion)
		d.NextVersion++
		d.Versions[id] = policyVersion{in.PolicyDocument, now}
		d.Policy.UpdateDate = &now
		if asDefault {
			d.Policy.DefaultVersionId = &id
		}
		return nil
	})
	return &CreatePolicyVersionResponse{PolicyVersion: &PolicyVersion{VersionId: &id, IsDefaultVersion: &asDefault, CreateDate: &now}}, err
}

// GetPolicyVersion returns a version with its document.
func (s *Service) GetPolicyVersion(ctx context.Context, in *GetPolicyVersionRequest) (*GetPolicyVersionResponse, error) {
	d, err := s.ownPolicy(ctx, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	if _, ok := d.Versions[in.VersionId]; !ok {
		return nil, noSuchVersion(in.PolicyArn, in.VersionId)
	}
	return &GetPolicyVersionResponse{PolicyVersion: d.version(in.VersionId, true)}, nil
}

func noSuchVersion(policyARN, id string) error {
	return noSuchEntity("Policy %s version %s does not exist or is not attachable.", policyARN, id)
}

// version is a version as answers show it, with or without its document.
func (d *policyDocument) version(id string, document bool) *PolicyVersion {
	v := d.Versions[id]
	out := &PolicyVersion{VersionId: &id, IsDefaultVersion: new(id == *d.Policy.DefaultVersionId), CreateDate: &v.CreateDate}
	if document {
		out.Document = new(encodeDocument(v.Document))
	}
	return out
}

// versions lists them, the newest first.
func (d *policyDocument) versions(documents bool) []*PolicyVersion {
	list := []*PolicyVersion{}
	for n := d.NextVersion - 1; n > 0; n-- {
		id := "v" + strconv.Itoa(n)
		if _, ok := d.Versions[id]; ok {
			list = append(list, d.version(id, documents))
		}
	}
	return list
}

// ListPolicyVersions lists versions, the newest first.
func (s *Service) ListPolicyVersions(ctx context.Context, in *ListPolicyVersionsRequest) (*ListPolicyVersionsResponse, error) {
	d, err := s.ownPolicy(ctx, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	items, marker, truncated, err := page(d.versions(false), in.Marker, in.MaxItems, func(v *PolicyVersion) string { return *v.VersionId })
	return &ListPolicyVersionsResponse{Versions: items, Marker: marker, IsTruncated: truncated}, err
}

// DeletePolicyVersion removes a version that is not the default.
func (s *Service) DeletePolicyVersion(ctx context.Context, in *DeletePolicyVersionRequest) (*awsapi.Empty, error) {
	_, err := s.editPolicy(ctx, in.PolicyArn, func(d *policyDocument) error {
		if _, ok := d.Versions[in.VersionId]; !ok {
			return noSuchVersion(in.PolicyArn, in.VersionId)
		}
		if in.VersionId == *d.Policy.DefaultVersionId {
			return awsapi.Errorf(409, "DeleteConflict", "Cannot delete the default version of a policy.")
		}
		delete(d.Versions, in.VersionId)
		return nil
	})
	return nil, err
}

// SetDefaultPolicyVersion makes a version the one that counts.
func (s *Service) SetDefaultPolicyVersion(ctx context.Context, in *SetDefaultPolicyVersionRequest) (*awsapi.Empty, error) {
	_, err := s.editPolicy(ctx, in.PolicyArn, func(d *policyDocument) error {
		if _, ok := d.Versions[in.VersionId]; !ok {
			return noSuchVersion(in.PolicyArn, in.VersionId)
		}
		d.Policy.DefaultVersionId = new(in.VersionId)
		d.Policy.UpdateDate = new(awsapi.Seconds(s.now()))
		return nil
	})
	return nil, err
}
