package apigateway

import (
	"context"
	"maps"
	"net/url"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Limits of tags.
const (
	maxTags     = 50
	maxTagKey   = 128 // characters
	maxTagValue = 256
)

// TagResource adds tags to something that has an ARN.
func (s *Service) TagResource(ctx context.Context, in *TagResourceRequest) (*awsapi.Empty, error) {
	return nil, s.changeTags(ctx, in.ResourceArn, func(tags map[string]string) {
		maps.Copy(tags, in.Tags)
	})
}

// UntagResource removes tags; those that are not there do not matter.
func (s *Service) UntagResource(ctx context.Context, in *UntagResourceRequest) (*awsapi.Empty, error) {
	return nil, s.changeTags(ctx, in.ResourceArn, func(tags map[string]string) {
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
	})
}

// GetTags answers with the tags of something that has an ARN.
func (s *Service) GetTags(ctx context.Context, in *GetTagsRequest) (*Tags, error) {
	t, err := s.tagged(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags, err := t.read()
	if err != nil {
		return nil, err
	}
	if tags == nil {
		tags = map[string]string{}
	}
	return &Tags{Tags: tags}, nil
}

func (s *Service) changeTags(ctx context.Context, resourceARN string, change func(map[string]string)) error {
	t, err := s.tagged(ctx, resourceARN)
	if err != nil {
		return err
	}
	return t.edit(func(tags *map[string]string) error {
		next := maps.Clone(*tags)
		if next == nil {
			next = map[string]string{}
		}
		change(next)
		*tags = filled(next)
		return checkTags(next)
	})
}

// taggedNoun is something with tags. edit's change sets a new map.
type taggedNoun struct {
	read func() (map[string]string, error)
	edit func(change func(*map[string]string) error) error
}

// tagged finds what an ARN such as arn:aws:apigateway:us-east-1::/restapis/abc
// names.
func (s *Service) tagged(ctx context.Context, resourceARN string) (taggedNoun, error) {
	sc := callScope(ctx)
	region, path, err := arn.ParseAPIGateway(resourceARN)
	if err != nil && strings.Contains(resourceARN, ":"+sc.account+":/") {
		// Private domain names and their associations have ARNs with the account.
		region, path, err = arn.ParseAPIGateway(strings.Replace(resourceARN, ":"+sc.account+":/", "::/", 1))
	}
	if err != nil || region != sc.region {
		return taggedNoun{}, badRequest("Invalid ARN specified in the request")
	}
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i := range parts {
		if plain, err := url.PathUnescape(parts[i]); err == nil {
			parts[i] = plain
		}
	}
	if len(parts) == 4 && parts[0] == "restapis" && parts[2] == "stages" {
		return s.taggedStage(ctx, parts[1], parts[3]), nil
	}
	if len(parts) != 2 {
		return taggedNoun{}, badRequest("Invalid ARN specified in the request")
	}
	id := parts[1]
	switch parts[0] {
	case "restapis":
		return s.taggedAPI(ctx, id), nil
	case "apikeys":
		return taggedIn(ctx, s.apiKeys, sc, id, noApiKey(), func(k *apiKey) *map[string]string { return &k.Tags }), nil
	case "usageplans":
		return taggedIn(ctx, s.usagePlans, sc, id, noUsagePlan(), func(p *usagePlan) *map[string]string { return &p.Tags }), nil
	case "vpclinks":
		return taggedIn(ctx, s.vpcLinks, sc, id, noVpcLink(), func(l *VpcLink) *map[string]string { return &l.Tags }), nil
	case "clientcertificates":
		return taggedIn(ctx, s.certificates, sc, id, noCertificate(), func(c *clientCertificate) *map[string]string { return &c.Tags }), nil
	case "domainnames":
		name, private, _ := strings.Cut(id, "+")
		return taggedIn(ctx, s.domains, sc, domainKey(name, nonEmpty(&private)), noDomainName(), func(d *domainName) *map[string]string { return &d.Tags }), nil
	}
	return taggedNoun{}, badRequest("Invalid ARN specified in the request")
}

func (s *Service) taggedAPI(ctx context.Context, id string) taggedNoun {
	return taggedNoun{
		read: func() (map[string]string, error) {
			api, err := s.restAPI(ctx, id)
			if err != nil {
				return nil, err
			}
			return api.head.Tags, nil
		},
		edit: func(change func(*map[string]string) error) error {
			_, err := edit(ctx, s, id, func(api *restAPI) (*awsapi.Empty, error) {
				next := *api.head
				api.setHead(&next)
				return nil, change(&next.Tags)
			})
			return err
		},
	}
}

func (s *Service) taggedStage(ctx context.Context, apiID, name string) taggedNoun {
	return taggedNoun{
		read: func() (map[string]string, error) {
			api, err := s.restAPI(ctx, apiID)
			if err != nil {
				return nil, err
			}
			st, err := api.stage(name)
			if err != nil {
				return nil, err
			}
			return st.Stage.Tags, nil
		},
		edit: func(change func(*map[string]string) error) error {
			_, err := edit(ctx, s, apiID, func(api *restAPI) (*awsapi.Empty, error) {
				st, err := api.stage(name)
				if err != nil {
					return nil, err
				}
				next, noun := *st, *st.Stage
				next.Stage = &noun
				if err := change(&noun.Tags); err != nil {
					return nil, err
				}
				keep(api, &api.stages, memberStage, name, &next)
				return nil, nil
			})
			return err
		},
	}
}

// taggedIn is a noun of a table.
func taggedIn[T any](ctx context.Context, n nouns[T], sc scope, id string, missing error, tags func(*T) *map[string]string) taggedNoun {
	return taggedNoun{
		read: func() (map[string]string, error) {
			v, ok := n.get(sc, id)
			if !ok {
				return nil, missing
			}
			return *tags(v), nil
		},
		edit: func(change func(*map[string]string) error) error {
			_, err := n.change(ctx, sc, id, missing, func(v *T) error { return change(tags(v)) })
			return err
		},
	}
}

// checkTags refuses tags that AWS does not take.
func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return badRequest("The number of tags exceeds the limit of %d", maxTags)
	}
	for _, key := range sortedKeys(tags) {
		switch n := len([]rune(key)); {
		case n < 1 || n > maxTagKey:
			return badRequest("Invalid tag key specified: must be between 1 and %d characters long", maxTagKey)
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return badRequest("Invalid tag key specified: '%s' starts with the reserved prefix aws:", key)
		case len([]rune(tags[key])) > maxTagValue:
			return badRequest("Invalid tag value specified: must be at most %d characters long", maxTagValue)
		}
	}
	return nil
}
