package logs

import (
	"context"
	"maps"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

func (s *Service) tag(ctx context.Context, group string, tags map[string]string) error {
	return s.editGroup(ctx, group, func(d *groupDocument) error {
		d.Tags = maps.Clone(d.Tags)
		if d.Tags == nil {
			d.Tags = map[string]string{}
		}
		maps.Copy(d.Tags, tags)
		return nil
	})
}

func (s *Service) untag(ctx context.Context, group string, keys []string) error {
	return s.editGroup(ctx, group, func(d *groupDocument) error {
		d.Tags = maps.Clone(d.Tags)
		for _, k := range keys {
			delete(d.Tags, k)
		}
		return nil
	})
}

func (s *Service) tags(ctx context.Context, group string) (map[string]string, error) {
	d, err := s.group(ctx, &group, nil)
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	maps.Copy(tags, d.Tags)
	return tags, nil
}

// taggedGroup is the name of the group with that ARN, if it is one of the caller's
// account and region.
func taggedGroup(ctx context.Context, resource string) (string, error) {
	name := groupOfARN(resource)
	if strings.TrimSuffix(resource, ":*") != groupARN(ctx, name) {
		return "", groupNotFound()
	}
	return name, nil
}

// TagResource sets tags of a group by its ARN.
func (s *Service) TagResource(ctx context.Context, in *TagResourceRequest) (*awsapi.Empty, error) {
	group, err := taggedGroup(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return nil, s.tag(ctx, group, in.Tags)
}

// UntagResource removes tags of a group by its ARN.
func (s *Service) UntagResource(ctx context.Context, in *UntagResourceRequest) (*awsapi.Empty, error) {
	group, err := taggedGroup(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return nil, s.untag(ctx, group, in.TagKeys)
}

// ListTagsForResource returns the tags of a group by its ARN.
func (s *Service) ListTagsForResource(ctx context.Context, in *ListTagsForResourceRequest) (*ListTagsForResourceResponse, error) {
	group, err := taggedGroup(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags, err := s.tags(ctx, group)
	return &ListTagsForResourceResponse{Tags: tags}, err
}

// TagLogGroup sets tags of a group by its name.
func (s *Service) TagLogGroup(ctx context.Context, in *TagLogGroupRequest) (*awsapi.Empty, error) {
	return nil, s.tag(ctx, in.LogGroupName, in.Tags)
}

// UntagLogGroup removes tags of a group by its name.
func (s *Service) UntagLogGroup(ctx context.Context, in *UntagLogGroupRequest) (*awsapi.Empty, error) {
	return nil, s.untag(ctx, in.LogGroupName, in.Tags)
}

// ListTagsLogGroup returns the tags of a group by its name.
func (s *Service) ListTagsLogGroup(ctx context.Context, in *ListTagsLogGroupRequest) (*ListTagsLogGroupResponse, error) {
	tags, err := s.tags(ctx, in.LogGroupName)
	return &ListTagsLogGroupResponse{Tags: tags}, err
}
