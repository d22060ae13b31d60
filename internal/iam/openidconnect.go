package iam

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// providerDocument is a stored OpenID Connect provider, whose tokens roles can
// trust.
type providerDocument struct {
	Arn         string      `json:"arn"`
	URL         string      `json:"url"` // without https://
	ClientIDs   []string    `json:"clientIds"`
	Thumbprints []string    `json:"thumbprints"`
	CreateDate  awsapi.Time `json:"createDate"`
	Tags        []*Tag      `json:"tags,omitzero"`
}

func (d *providerDocument) clone() *providerDocument {
	c := *d
	c.ClientIDs, c.Thumbprints = slices.Clone(d.ClientIDs), slices.Clone(d.Thumbprints)
	return &c
}

// AWS: quotas of a provider.
const (
	maxClientIDs   = 100
	maxThumbprints = 5
)

// providerARN is the ARN of a provider by its URL, with or without https://.
func providerARN(account, url string) string {
	return "arn:aws:iam::" + account + ":oidc-provider/" + strings.TrimPrefix(url, "https://")
}

// providerKey is the key of a provider of the caller's account by its ARN.
func providerKey(ctx context.Context, arn string) (string, error) {
	url, ok := strings.CutPrefix(arn, providerARN(account(ctx), ""))
	if !ok || url == "" {
		if !strings.Contains(arn, ":oidc-provider/") {
			return "", invalidInput("Invalid ARN for OpenIDConnectProvider: %s", arn)
		}
		return "", noSuchProvider(arn)
	}
	return account(ctx) + "/" + url, nil
}

func noSuchProvider(arn string) error {
	return noSuchEntity("OpenIDConnect Provider not found for arn %s", arn)
}

// provider returns a provider of the caller's account.
func (s *Service) provider(ctx context.Context, arn string) (*providerDocument, error) {
	key, err := providerKey(ctx, arn)
	if err != nil {
		return nil, err
	}
	d, _, ok := s.providers.Get(key)
	if !ok {
		return nil, noSuchProvider(arn)
	}
	return d, nil
}

func (s *Service) editProvider(ctx context.Context, arn string, change func(d *providerDocument) error) (*awsapi.Empty, error) {
	return nil, s.transact(ctx, func(x *transaction) error {
		key, err := providerKey(ctx, arn)
		if err != nil {
			return err
		}
		old, rev, ok := s.providers.Get(key)
		if !ok {
			return noSuchProvider(arn)
		}
		d := old.clone()
		if err := change(d); err != nil {
			return err
		}
		return put(x, s.providers, key, rev, d)
	})
}

// CreateOpenIDConnectProvider adds a provider. The keys that its tokens are
// verified with come from the server's settings: nothing is fetched from the URL.
func (s *Service) CreateOpenIDConnectProvider(ctx context.Context, in *CreateOpenIDConnectProviderRequest) (*CreateOpenIDConnectProviderResponse, error) {
	u, err := url.Parse(in.Url)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, validation("Invalid Open ID Connect Provider URL")
	}
	tags, err := taggedWith(nil, in.Tags, "TagsPerOpenIdConnectProvider")
	if err != nil {
		return nil, err
	}
	name := strings.TrimSuffix(strings.TrimPrefix(in.Url, "https://"), "/")
	d := &providerDocument{
		Arn: providerARN(account(ctx), name), URL: name, ClientIDs: in.ClientIDList, Thumbprints: in.ThumbprintList,
		CreateDate: awsapi.Seconds(s.now()), Tags: tags,
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	err = s.transact(ctx, func(x *transaction) error {
		if _, _, taken := s.providers.Get(account(ctx) + "/" + name); taken {
			return alreadyExists("Provider with url https://%s already exists.", name)
		}
		if ownedBy(s.providers, account(ctx)) >= maxProviders {
			return overQuota("OpenIdConnectProvidersPerAccount", maxProviders)
		}
		return put(x, s.providers, account(ctx)+"/"+name, 0, d)
	})
	return &CreateOpenIDConnectProviderResponse{OpenIDConnectProviderArn: &d.Arn, Tags: tags}, err
}

func (d *providerDocument) check() error {
	if len(d.ClientIDs) > maxClientIDs {
		return overQuota("ClientIdsPerOpenIdConnectProvider", maxClientIDs)
	}
	if len(d.Thumbprints) > maxThumbprints {
		return invalidInput("Thumbprint list must contain fewer than %d entries.", maxThumbprints)
	}
	return nil
}

// GetOpenIDConnectProvider returns a provider.
func (s *Service) GetOpenIDConnectProvider(ctx context.Context, in *GetOpenIDConnectProviderRequest) (*GetOpenIDConnectProviderResponse, error) {
	d, err := s.provider(ctx, in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	return &GetOpenIDConnectProviderResponse{
		Url: &d.URL, ClientIDList: d.ClientIDs, ThumbprintList: d.Thumbprints, CreateDate: &d.CreateDate, Tags: d.Tags,
	}, nil
}

// ListOpenIDConnectProviders lists the account's providers.
func (s *Service) ListOpenIDConnectProviders(ctx context.Context, _ *ListOpenIDConnectProvidersRequest) (*ListOpenIDConnectProvidersResponse, error) {
	list := []*OpenIDConnectProviderListEntry{}
	for _, d := range s.providers.Range(account(ctx)+"/", "") {
		list = append(list, &OpenIDConnectProviderListEntry{Arn: &d.Arn})
	}
	return &ListOpenIDConnectProvidersResponse{OpenIDConnectProviderList: list}, nil
}

// AddClientIDToOpenIDConnectProvider lets one more client's tokens in.
func (s *Service) AddClientIDToOpenIDConnectProvider(ctx context.Context, in *AddClientIDToOpenIDConnectProviderRequest) (*awsapi.Empty, error) {
	return s.editProvider(ctx, in.OpenIDConnectProviderArn, func(d *providerDocument) error {
		if !slices.Contains(d.ClientIDs, in.ClientID) {
			d.ClientIDs = append(d.ClientIDs, in.ClientID)
		}
		return d.check()
	})
}

// RemoveClientIDFromOpenIDConnectProvider is the opposite; a client that is not
// there is no error.
func (s *Service) RemoveClientIDFromOpenIDConnectProvider(ctx context.Context, in *RemoveClientIDFromOpenIDConnectProviderRequest) (*awsapi.Empty, error) {
	return s.editProvider(ctx, in.OpenIDConnectProviderArn, func(d *providerDocument) error {
		d.ClientIDs = slices.DeleteFunc(d.ClientIDs, func(id string) bool { return id == in.ClientID })
		return nil
	})
}

// UpdateOpenIDConnectProviderThumbprint replaces the thumbprints.
func (s *Service) UpdateOpenIDConnectProviderThumbprint(ctx context.Context, in *UpdateOpenIDConnectProviderThumbprintRequest) (*awsapi.Empty, error) {
	return s.editProvider(ctx, in.OpenIDConnectProviderArn, func(d *providerDocument) error {
		d.Thumbprints = in.ThumbprintList
		return d.check()
	})
}

// DeleteOpenIDConnectProvider removes a provider; its tokens are refused at once.
func (s *Service) DeleteOpenIDConnectProvider(ctx context.Context, in *DeleteOpenIDConnectProviderRequest) (*awsapi.Empty, error) {
	return nil, s.transact(ctx, func(x *transaction) error {
		key, err := providerKey(ctx, in.OpenIDConnectProviderArn)
		if err != nil {
			return err
		}
		_, rev, ok := s.providers.Get(key)
		if !ok {
			return noSuchProvider(in.OpenIDConnectProviderArn)
		}
		remove(x, s.providers, key, rev)
		return nil
	})
}

// TagOpenIDConnectProvider adds tags to a provider.
func (s *Service) TagOpenIDConnectProvider(ctx context.Context, in *TagOpenIDConnectProviderRequest) (*awsapi.Empty, error) {
	return s.editProvider(ctx, in.OpenIDConnectProviderArn, func(d *providerDocument) (err error) {
		d.Tags, err = taggedWith(d.Tags, in.Tags, "TagsPerOpenIdConnectProvider")
		return err
	})
}

// UntagOpenIDConnectProvider removes tags from a provider.
func (s *Service) UntagOpenIDConnectProvider(ctx context.Context, in *UntagOpenIDConnectProviderRequest) (*awsapi.Empty, error) {
	return s.editProvider(ctx, in.OpenIDConnectProviderArn, func(d *providerDocument) error {
		d.Tags = untagged(d.Tags, in.TagKeys)
		return nil
	})
}

// ListOpenIDConnectProviderTags lists a provider's tags.
func (s *Service) ListOpenIDConnectProviderTags(ctx context.Context, in *ListOpenIDConnectProviderTagsRequest) (*ListOpenIDConnectProviderTagsResponse, error) {
	d, err := s.provider(ctx, in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	items, marker, truncated, err := tagPage(d.Tags, in.Marker, in.MaxItems)
	return &ListOpenIDConnectProviderTagsResponse{Tags: items, Marker: marker, IsTruncated: truncated}, err
}
