package iam

import (
	"context"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// maxTags is how many tags a resource may have.
const maxTags = 50

// taggedWith returns old with the tags of more, which replace those with the
// same key. AWS: keys differ by more than case, but keep the case they came in.
func taggedWith(old, more []*Tag, quota string) ([]*Tag, error) {
	tags := slices.Clone(old)
	for i, t := range more {
		if slices.ContainsFunc(more[:i], sameKey(t.Key)) {
			return nil, invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		if len(t.Key) >= 4 && strings.EqualFold(t.Key[:4], "aws:") {
			return nil, invalidInput("Tag keys that start with aws: are reserved for system use.")
		}
		if at := slices.IndexFunc(tags, sameKey(t.Key)); at >= 0 {
			tags[at] = t
			continue
		}
		tags = append(tags, t)
	}
	if len(tags) > maxTags {
		return nil, overQuota(quota, maxTags)
	}
	return tags, nil
}

func sameKey(key string) func(*Tag) bool {
	return func(t *Tag) bool { return strings.EqualFold(t.Key, key) }
}

func untagged(old []*Tag, keys []string) []*Tag {
	return slices.DeleteFunc(slices.Clone(old), func(t *Tag) bool {
		return slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, t.Key) })
	})
}

// tagMap is nil without tags.
func tagMap(tags []*Tag) map[string]string {
	if len(tags) == 0 {
		return nil
	}
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[t.Key] = t.Value
	}
	return m
}

func tagPage(tags []*Tag, marker *string, maxItems *int64) ([]*Tag, *string, *bool, error) {
	return page(append([]*Tag{}, tags...), marker, maxItems, func(t *Tag) string { return t.Key })
}

// TagRole adds tags to a role.
func (s *Service) TagRole(ctx context.Context, in *TagRoleRequest) (*awsapi.Empty, error) {
	_, err := s.editRole(ctx, in.RoleName, func(_ *transaction, d *roleDocument) (err error) {
		d.Role.Tags, err = taggedWith(d.Role.Tags, in.Tags, "TagsPerRole")
		return err
	})
	return nil, err
}

// UntagRole removes tags from a role.
func (s *Service) UntagRole(ctx context.Context, in *UntagRoleRequest) (*awsapi.Empty, error) {
	_, err := s.editRole(ctx, in.RoleName, func(_ *transaction, d *roleDocument) error {
		d.Role.Tags = untagged(d.Role.Tags, in.TagKeys)
		return nil
	})
	return nil, err
}

// ListRoleTags lists a role's tags.
func (s *Service) ListRoleTags(ctx context.Context, in *ListRoleTagsRequest) (*ListRoleTagsResponse, error) {
	d, err := s.role(ctx, in.RoleName)
	if err != nil {
		return nil, err
	}
	items, marker, truncated, err := tagPage(d.Role.Tags, in.Marker, in.MaxItems)
	return &ListRoleTagsResponse{Tags: items, Marker: marker, IsTruncated: truncated}, err
}

// TagUser adds tags to a user.
func (s *Service) TagUser(ctx context.Context, in *TagUserRequest) (*awsapi.Empty, error) {
	_, err := s.editUser(ctx, in.UserName, func(_ *transaction, d *userDocument) (err error) {
		d.User.Tags, err = taggedWith(d.User.Tags, in.Tags, "TagsPerUser")
		return err
	})
	return nil, err
}

// UntagUser removes tags from a user.
func (s *Service) UntagUser(ctx context.Context, in *UntagUserRequest) (*awsapi.Empty, error) {
	_, err := s.editUser(ctx, in.UserName, func(_ *transaction, d *userDocument) error {
		d.User.Tags = untagged(d.User.Tags, in.TagKeys)
		return nil
	})
	return nil, err
}

// ListUserTags lists a user's tags.
func (s *Service) ListUserTags(ctx context.Context, in *ListUserTagsRequest) (*ListUserTagsResponse, error) {
	d, err := s.user(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	items, marker, truncated, err := tagPage(d.User.Tags, in.Marker, in.MaxItems)
	return &ListUserTagsResponse{Tags: items, Marker: marker, IsTruncated: truncated}, err
}

// TagPolicy adds tags to a managed policy.
func (s *Service) TagPolicy(ctx context.Context, in *TagPolicyRequest) (*awsapi.Empty, error) {
	_, err := s.editPolicy(ctx, in.PolicyArn, func(d *policyDocument) (err error) {
		d.Policy.Tags, err = taggedWith(d.Policy.Tags, in.Tags, "TagsPerPolicy")
		return err
	})
	return nil, err
}

// UntagPolicy removes tags from a managed policy.
func (s *Service) UntagPolicy(ctx context.Context, in *UntagPolicyRequest) (*awsapi.Empty, error) {
	_, err := s.editPolicy(ctx, in.PolicyArn, func(d *policyDocument) error {
		d.Policy.Tags = untagged(d.Policy.Tags, in.TagKeys)
		return nil
	})
	return nil, err
}

// ListPolicyTags lists a managed policy's tags.
func (s *Service) ListPolicyTags(ctx context.Context, in *ListPolicyTagsRequest) (*ListPolicyTagsResponse, error) {
	d, err := s.ownPolicy(ctx, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	items, marker, truncated, err := tagPage(d.Policy.Tags, in.Marker, in.MaxItems)
	return &ListPolicyTagsResponse{Tags: items, Marker: marker, IsTruncated: truncated}, err
}

// TagInstanceProfile adds tags to an instance profile.
func (s *Service) TagInstanceProfile(ctx context.Context, in *TagInstanceProfileRequest) (*awsapi.Empty, error) {
	_, err := s.editProfile(ctx, in.InstanceProfileName, func(_ *transaction, d *profileDocument) (err error) {
		d.Profile.Tags, err = taggedWith(d.Profile.Tags, in.Tags, "TagsPerInstanceProfile")
		return err
	})
	return nil, err
}

// UntagInstanceProfile removes tags from an instance profile.
func (s *Service) UntagInstanceProfile(ctx context.Context, in *UntagInstanceProfileRequest) (*awsapi.Empty, error) {
	_, err := s.editProfile(ctx, in.InstanceProfileName, func(_ *transaction, d *profileDocument) error {
		d.Profile.Tags = untagged(d.Profile.Tags, in.TagKeys)
		return nil
	})
	return nil, err
}

// ListInstanceProfileTags lists an instance profile's tags.
func (s *Service) ListInstanceProfileTags(ctx context.Context, in *ListInstanceProfileTagsRequest) (*ListInstanceProfileTagsResponse, error) {
	d, err := s.profile(ctx, in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	items, marker, truncated, err := tagPage(d.Profile.Tags, in.Marker, in.MaxItems)
	return &ListInstanceProfileTagsResponse{Tags: items, Marker: marker, IsTruncated: truncated}, err
}
