package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// WebIdentity is what a token of an identity provider says, verified.
type WebIdentity struct {
	Provider string // ARN
	URL      string // of the provider, without https://: the prefix of its condition keys
	Subject  string
	Audience string   // the client that the token is for
	AMR      []string // how the subject signed in
	// Audiences is the claim aud as it is where azp names the client.
	Audiences []string

	Tags           map[string]string
	TransitiveTags []string
	SourceIdentity string
}

// Errors of tokens.
var (
	// ErrToken says that a token is not a JWT at all.
	ErrToken = errors.New("not a JSON web token")
	// ErrTokenKey says that its signature cannot be verified.
	ErrTokenKey = errors.New("no key of the provider verifies the token")
	// ErrTokenAudience says that it is for another client.
	ErrTokenAudience = errors.New("the token is for another client")
)

// NoProviderError says that an account has no provider for an issuer.
type NoProviderError struct{ Issuer string }

func (e *NoProviderError) Error() string { return "no provider for " + e.Issuer }

// TokenExpiredError says that a token's time is over.
type TokenExpiredError struct{ Now, Expired time.Time }

func (e *TokenExpiredError) Error() string { return "the token expired at " + e.Expired.String() }

// AWS: what providers sign with.
var tokenAlgorithms = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512}

// leeway is how far a provider's clock may be ahead.
const leeway = 5 * time.Minute

// tokenClaims are those of a token that count.
type tokenClaims struct {
	jwt.Claims

	AuthorizedParty string   `json:"azp"`
	AMR             []string `json:"amr"`
	Session         struct {
		Tags       map[string][]string `json:"principal_tags"`
		Transitive []string            `json:"transitive_tag_keys"`
	} `json:"https://aws.amazon.com/tags"`
	SourceIdentity string `json:"https://aws.amazon.com/source_identity"`
}

// WebIdentity verifies a provider's token for an account. The error is one of
// those above.
func (s *Service) WebIdentity(account, token string) (*WebIdentity, error) {
	parsed, err := jwt.ParseSigned(token, tokenAlgorithms)
	if err != nil {
		return nil, ErrToken
	}
	var claims tokenClaims
	if err := parsed.UnsafeClaimsWithoutVerification(&claims); err != nil { // to see whose key it takes
		return nil, ErrToken
	}
	url := strings.TrimSuffix(strings.TrimPrefix(claims.Issuer, "https://"), "/")
	provider, _, ok := s.providers.Get(account + "/" + url)
	if !ok {
		return nil, &NoProviderError{claims.Issuer}
	}
	keys, ok := s.issuers[url]
	if !ok || parsed.Claims(keys, &claims) != nil {
		return nil, ErrTokenKey
	}
	return s.webIdentity(provider, &claims)
}

// webIdentity checks the claims of a token whose signature is right.
func (s *Service) webIdentity(provider *providerDocument, claims *tokenClaims) (*WebIdentity, error) {
	now := s.now()
	if claims.Expiry == nil || claims.Subject == "" || claims.NotBefore != nil && now.Add(leeway).Before(claims.NotBefore.Time()) {
		return nil, ErrToken
	}
	if !now.Before(claims.Expiry.Time()) {
		return nil, &TokenExpiredError{now, claims.Expiry.Time()}
	}
	audiences := []string(claims.Audience)
	clients := audiences
	if claims.AuthorizedParty != "" { // AWS: then this is the client
		clients = []string{claims.AuthorizedParty}
	}
	at := slices.IndexFunc(clients, func(c string) bool { return slices.Contains(provider.ClientIDs, c) })
	if at < 0 {
		return nil, ErrTokenAudience
	}
	id := &WebIdentity{
		Provider: provider.Arn, URL: provider.URL, Subject: claims.Subject, Audience: clients[at], AMR: claims.AMR,
		TransitiveTags: claims.Session.Transitive, SourceIdentity: claims.SourceIdentity, Tags: map[string]string{},
	}
	if claims.AuthorizedParty != "" {
		id.Audiences = audiences
	}
	for key, values := range claims.Session.Tags {
		if len(values) != 1 {
			return nil, ErrToken
		}
		id.Tags[key] = values[0]
	}
	return id, nil
}

// readIssuers reads the keys of identity providers. Each is a JSON web key set,
// or the path of a file with one. Names that are no https URLs belong to others.
func readIssuers(settings map[string]string) (map[string]*jose.JSONWebKeySet, error) {
	issuers := map[string]*jose.JSONWebKeySet{}
	for name, text := range settings {
		url, ok := strings.CutPrefix(name, "https://")
		if !ok {
			continue
		}
		b := []byte(text)
		if !strings.HasPrefix(strings.TrimSpace(text), "{") {
			var err error
			if b, err = os.ReadFile(text); err != nil {
				return nil, fmt.Errorf("read the keys of issuer %s: %w", name, err)
			}
		}
		set := &jose.JSONWebKeySet{}
		if err := json.Unmarshal(b, set); err != nil {
			return nil, fmt.Errorf("read the keys of issuer %s: %w", name, err)
		}
		set.Keys = slices.DeleteFunc(set.Keys, func(k jose.JSONWebKey) bool { return !k.IsPublic() })
		issuers[strings.TrimSuffix(url, "/")] = set
	}
	return issuers, nil
}
