package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/vtl"
)

// userPool is one of a COGNITO_USER_POOLS authorizer's providers.
type userPool struct{ region, id string }

func userPools(arns []string) []userPool {
	var pools []userPool
	for _, s := range arns {
		a, err := arn.Parse(s)
		if id, ok := strings.CutPrefix(a.Resource, "userpool/"); err == nil && ok {
			pools = append(pools, userPool{a.Region, id})
		}
	}
	return pools
}

// authorizeCognito checks the token of a user pool. AWS: with scopes on the
// method it has to be an access token that has one of them, without it is an
// ID token.
func (x *exchange) authorizeCognito() error {
	a := x.plan.authorizers[value(x.method.AuthorizerId)]
	if a == nil || a.problem != nil {
		return authorizerMisconfigured("Invalid authorizer")
	}
	token, ok := a.identityOf(x)
	if !ok {
		return x.unauthorized(false)
	}
	ctx, cancel := context.WithTimeout(x.ctx, 10*time.Second)
	defer cancel()
	claims, err := x.g.tokens.verify(ctx, a.pools, strings.TrimSpace(strings.TrimPrefix(token[0], "Bearer ")), x.g.now())
	if errors.Is(err, errTokenExpired) {
		return refuse(unauthorized, "The incoming token has expired")
	}
	if err != nil {
		return x.unauthorized(true)
	}
	scopes := strings.Fields(claimText(claims, "scope"))
	if !x.tokenFits(a, claims, scopes) {
		return x.unauthorized(true)
	}
	x.authorized.present = true
	x.authorized.claims, x.authorized.scopes = claimFields(claims), scopes
	x.authorized.principal = claimText(claims, "sub")
	return nil
}

// tokenFits checks the use, the scopes and the audience of a verified token.
func (x *exchange) tokenFits(a *authorizer, claims *vtl.Map, scopes []string) bool {
	wanted := x.method.AuthorizationScopes
	use := "id"
	if len(wanted) > 0 {
		use = "access"
		if !slices.ContainsFunc(wanted, func(s string) bool { return slices.Contains(scopes, s) }) {
			return false
		}
	}
	if claimText(claims, "token_use") != use {
		return false
	}
	if a.validation == nil {
		return true
	}
	audience := cmpOr(claimText(claims, "aud"), claimText(claims, "client_id"))
	ok, err := a.validation.MatchWhole(audience)
	return ok && err == nil
}

func claimText(claims *vtl.Map, name string) string {
	v, _ := claims.Get(name)
	if v == nil {
		return ""
	}
	return mappedText(v)
}

// claimFields are the claims as text. A list reads as its elements joined
// with commas.
func claimFields(claims *vtl.Map) []HeaderField {
	fields := make([]HeaderField, 0, claims.Len())
	for i := range claims.Len() {
		name, v := claims.At(i)
		text := ""
		if list, ok := v.(*vtl.List); ok {
			parts := make([]string, list.Len())
			for j := range parts {
				parts[j] = mappedText(list.Index(j))
			}
			text = strings.Join(parts, ",")
		} else if v != nil {
			text = mappedText(v)
		}
		fields = append(fields, field(name, text))
	}
	return fields
}

var (
	errTokenInvalid = errors.New("token is not valid")
	errTokenExpired = errors.New("token has expired")
)

// tokens verifies the tokens of user pools with the keys that the pools
// publish.
type tokens struct {
	// issuer returns a pool's issuer, which its tokens name; its keys are at
	// /.well-known/jwks.json below keysAt.
	issuer func(region, pool string) (issuer, keysAt string)
	client *http.Client

	mu   sync.Mutex
	sets map[string]*keySet // by URL
}

// keySet is what a pool publishes, as last fetched.
type keySet struct {
	mu      sync.Mutex
	keys    jose.JSONWebKeySet
	fetched time.Time
}

// Times between fetches of a pool's keys: at most, and at least when a token
// names a key that is not among them.
const (
	keysFreshFor  = time.Hour
	keysFetchPace = 10 * time.Second
	maxKeySet     = 256 << 10
	maxKeySets    = 1000
)

// cognitoIssuer is where AWS's user pools are.
func cognitoIssuer(region, pool string) (issuer, keysAt string) {
	issuer = "https://cognito-idp." + region + ".amazonaws.com/" + pool
	return issuer, issuer
}

// verify returns the claims of a token that one of the pools has signed.
func (t *tokens) verify(ctx context.Context, pools []userPool, text string, now time.Time) (*vtl.Map, error) {
	token, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(token.Headers) != 1 {
		return nil, errTokenInvalid
	}
	var claims jwt.Claims
	var raw json.RawMessage
	if err := token.UnsafeClaimsWithoutVerification(&claims); err != nil {
		return nil, errTokenInvalid
	}
	for _, p := range pools {
		issuer, keysAt := t.issuer(p.region, p.id)
		if claims.Issuer != issuer {
			continue
		}
		key, err := t.key(ctx, keysAt+"/.well-known/jwks.json", token.Headers[0].KeyID, now)
		if err != nil {
			return nil, err
		}
		if err := token.Claims(key, &claims, &raw); err != nil {
			return nil, errTokenInvalid
		}
		return checkedClaims(&claims, raw, now)
	}
	return nil, errTokenInvalid
}

// checkedClaims checks the times of a token whose signature holds.
func checkedClaims(claims *jwt.Claims, raw []byte, now time.Time) (*vtl.Map, error) {
	err := claims.ValidateWithLeeway(jwt.Expected{Time: now}, 0)
	if claims.Expiry == nil || errors.Is(err, jwt.ErrExpired) {
		return nil, errTokenExpired
	}
	if err != nil {
		return nil, errTokenInvalid
	}
	v, err := vtl.ParseJSON(raw)
	m, ok := v.(*vtl.Map)
	if err != nil || !ok {
		return nil, errTokenInvalid
	}
	return m, nil
}

// key returns a key of a pool, fetching the pool's keys when they are old or
// do not hold it.
func (t *tokens) key(ctx context.Context, url, id string, now time.Time) (*jose.JSONWebKey, error) {
	set, err := t.set(url)
	if err != nil {
		return nil, err
	}
	set.mu.Lock()
	defer set.mu.Unlock()
	found := set.keys.Key(id)
	age := now.Sub(set.fetched)
	if len(found) == 0 && age > keysFetchPace || age > keysFreshFor {
		if err := t.fetch(ctx, url, set, now); err != nil && len(found) == 0 {
			return nil, err
		}
		found = set.keys.Key(id)
	}
	if len(found) == 0 || !found[0].Valid() {
		return nil, errTokenInvalid
	}
	return &found[0], nil
}

func (t *tokens) set(url string) (*keySet, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	set := t.sets[url]
	if set == nil {
		if len(t.sets) >= maxKeySets {
			return nil, errors.New("too many user pools")
		}
		set = &keySet{}
		t.sets[url] = set
	}
	return set, nil
}

// fetch reads a pool's keys.
func (t *tokens) fetch(ctx context.Context, url string, set *keySet, now time.Time) error {
	set.fetched = now
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return fmt.Errorf("fetch keys of user pool: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("fetch keys of user pool: %s", resp.Status)
	}
	var keys jose.JSONWebKeySet
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxKeySet)).Decode(&keys); err != nil {
		return fmt.Errorf("fetch keys of user pool: %w", err)
	}
	set.keys = keys
	return nil
}
