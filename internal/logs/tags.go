package logs

import (
	"context"
	"maps"

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

// TagResource sets tags of a group by its ARN.
func (s *Service) TagResource(ctx context.Context, in *TagResourceRequest) (*awsapi.Empty, error) {
	return nil, s.tag(ctx, groupOfARN(in.ResourceArn), in.Tags)
}

// UntagResource removes tags of a group by its ARN.
func (s *Service) UntagResource(ctx context.Context, in *UntagResourceRequest) (*awsapi.Empty, error) {
	return nil, s.untag(ctx, groupOfARN(in.ResourceArn), in.TagKeys)
}

// ListTagsForResource returns the tags of a group by its ARN.
func (s *Service) ListTagsForResource(ctx context.Context, in *ListTagsForResourceRequest) (*ListTagsForResourceResponse, error) {
	tags, err := s.tags(ctx, groupOfARN(in.ResourceArn))
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
