package lambda

import (
	"context"
	"maps"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// maxTags is how many tags a resource may have.
const maxTags = 50

// checkTags checks tags that are added to others. AWS: keys that begin with
// aws: are reserved.
func checkTags(added, old map[string]string) error {
	all := maps.Clone(old)
	if all == nil {
		all = map[string]string{}
	}
	for k, v := range added {
		if strings.HasPrefix(strings.ToLower(k), "aws:") {
			return invalidParameter("The following tag key(s) are reserved for AWS use only and cannot be used: %s", k)
		}
		all[k] = v
	}
	if len(all) > maxTags {
		return invalidParameter("Number of tags exceeds resource tag limit.")
	}
	return nil
}

// tagged is a resource whose tags are asked for, by the last parts of its ARN.
type tagged struct {
	kind string // function, code-signing-config or event-source-mapping
	ref  arn.Function
	id   string
}

func taggedResource(ctx context.Context, text string) (tagged, error) {
	a, err := arn.Parse(text)
	if err != nil {
		return tagged{}, invalidParameter("The ARN %s is invalid.", text)
	}
	kind, rest, _ := strings.Cut(a.Resource, ":")
	t := tagged{kind: kind, id: rest}
	if kind != "function" {
		return t, nil
	}
	if t.ref, err = functionNamed(ctx, text, nil); err == nil && t.ref.Qualifier != "" {
		err = invalidParameter("Tags on function aliases and versions are not supported. Please specify a function ARN.")
	}
	return t, err
}

// TagResource adds tags.
func (s *Service) TagResource(ctx context.Context, in *TagResourceRequest) (*awsapi.Empty, error) {
	if len(in.Tags) == 0 {
		return nil, errRequest
	}
	return nil, s.editTags(ctx, in.Resource, func(old map[string]string) (map[string]string, error) {
		if err := checkTags(in.Tags, old); err != nil {
			return nil, err
		}
		next := maps.Clone(in.Tags)
		for k, v := range old {
			if _, replaced := next[k]; !replaced {
				next[k] = v
			}
		}
		return next, nil
	})
}

// UntagResource removes tags.
func (s *Service) UntagResource(ctx context.Context, in *UntagResourceRequest) (*awsapi.Empty, error) {
	return nil, s.editTags(ctx, in.Resource, func(old map[string]string) (map[string]string, error) {
		next := maps.Clone(old)
		for _, k := range in.TagKeys {
			delete(next, k)
		}
		return next, nil
	})
}

// editTags replaces the tags of a resource.
func (s *Service) editTags(ctx context.Context, resource string, change func(map[string]string) (map[string]string, error)) error {
	t, err := taggedResource(ctx, resource)
	if err != nil {
		return err
	}
	switch t.kind {
	case "function":
		return s.edit(ctx, t.ref, func(e *edit) error {
			e.f.Tags, err = change(e.f.Tags)
			return err
		})
	case "code-signing-config":
		return s.tagCodeSigning(ctx, t.id, change)
	case "event-source-mapping":
		return s.tagEventSourceMapping(ctx, t.id, change)
	}
	return notFound("The resource %s does not exist.", resource)
}

// ListTags shows the tags of a resource.
func (s *Service) ListTags(ctx context.Context, in *ListTagsRequest) (*ListTagsResponse, error) {
	t, err := taggedResource(ctx, in.Resource)
	if err != nil {
		return nil, err
	}
	tags, ok := s.tagsOf(ctx, t)
	if !ok && t.kind == "function" {
		return nil, functionNotFound(in.Resource)
	}
	if !ok {
		return nil, notFound("The resource %s does not exist.", in.Resource)
	}
	if tags == nil {
		tags = map[string]string{}
	}
	return &ListTagsResponse{Tags: tags}, nil
}

func (s *Service) tagsOf(ctx context.Context, t tagged) (map[string]string, bool) {
	switch t.kind {
	case "function":
		if f, ok := s.functions.get(key(t.ref)); ok {
			return f.Tags, true
		}
	case "code-signing-config":
		if c, ok := s.codeSigning.get(scope(ctx) + t.id); ok {
			return c.Tags, true
		}
	case "event-source-mapping":
		if m, ok := s.mappings.get(scope(ctx) + t.id); ok {
			return m.Tags, true
		}
	}
	return nil, false
}
