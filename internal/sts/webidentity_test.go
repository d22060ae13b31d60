package sts

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
)

const issuer = "https://idp.example/pool"

// newKey makes the key of an identity provider: its public form, and how it signs
// claims.
func newKey(t testing.TB, id string) (public string, sign func(claims map[string]any) string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: id, Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: id}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(set), func(claims map[string]any) string {
		token, err := jwt.Signed(signer).Claims(claims).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
}

func claims(edit map[string]any) map[string]any {
	c := map[string]any{"iss": issuer, "sub": "ann@example", "aud": "app", "exp": testTime.Add(time.Minute).Unix(), "iat": testTime.Unix()}
	for name, v := range edit {
		c[name] = v
		if v == nil {
			delete(c, name)
		}
	}
	return c
}

func TestAssumeRoleWithWebIdentity(t *testing.T) {
	t.Parallel()
	public, sign := newKey(t, "1")
	_, forge := newKey(t, "1")
	s, entities, ctx := newServiceWith(t, map[string]string{issuer: public})
	must[*iam.CreateOpenIDConnectProviderResponse](t)(entities.CreateOpenIDConnectProvider(ctx, &iam.CreateOpenIDConnectProviderRequest{Url: issuer, ClientIDList: []string{"app"}}))
	trust := func(condition string) string {
		return `{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/idp.example/pool"},"Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession"]` + condition + `}`
	}
	role := makeRole(t, entities, ctx, "r", trust(`,"Condition":{"StringEquals":{"idp.example/pool:aud":"app","idp.example/pool:sub":"ann@example"}}`))
	makeRole(t, entities, ctx, "other", `{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/elsewhere.example"},"Action":"sts:AssumeRoleWithWebIdentity"}`)
	anonymous := as(ctx, awsapi.Caller{})

	out := must[*AssumeRoleWithWebIdentityResponse](t)(s.AssumeRoleWithWebIdentity(anonymous, &AssumeRoleWithWebIdentityRequest{
		RoleArn: role.Arn, RoleSessionName: "sess",
		WebIdentityToken: sign(claims(map[string]any{"https://aws.amazon.com/tags": map[string]any{"principal_tags": map[string][]string{"team": {"a"}}}})),
	}))
	c := out.Credentials
	same(t, "answer", out, &AssumeRoleWithWebIdentityResponse{
		Credentials:                 &Credentials{c.AccessKeyId, c.SecretAccessKey, c.SessionToken, awsapi.Time{Time: testTime.Add(time.Hour)}},
		SubjectFromWebIdentityToken: new("ann@example"), Audience: new("app"), Provider: new("arn:aws:iam::111122223333:oidc-provider/idp.example/pool"),
		AssumedRoleUser: &AssumedRoleUser{AssumedRoleId: role.RoleId + ":sess", Arn: "arn:aws:sts::111122223333:assumed-role/r/sess"}, PackedPolicySize: out.PackedPolicySize,
	})
	caller := credential(t, entities, c)
	same(t, "session's tags", caller.Tags, map[string]string{"team": "a"})
	same(t, "session's key", caller.Keys["idp.example/pool:sub"], "ann@example")

	for _, c := range []struct {
		name, role, token string
		want              refusal
	}{
		{"right", role.Arn, sign(claims(nil)), refusal{}},
		{"another subject", role.Arn, sign(claims(map[string]any{"sub": "bob@example"})), refusal{"AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity"}},
		{"a role that trusts another provider", "arn:aws:iam::111122223333:role/other", sign(claims(nil)), refusal{"AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity"}},
		{"no such role", role.Arn + "x", sign(claims(nil)), refusal{"AccessDenied", 403, "Not authorized to perform sts:AssumeRoleWithWebIdentity"}},
		{"another account, without the provider", "arn:aws:iam::999988887777:role/r", sign(claims(nil)), refusal{"InvalidIdentityToken", 400, "No OpenIDConnect provider found in your account for " + issuer}},
		{"another audience", role.Arn, sign(claims(map[string]any{"aud": "spam"})), refusal{"InvalidIdentityToken", 400, "Incorrect token audience"}},
		{"the client is azp", role.Arn, sign(claims(map[string]any{"aud": "app", "azp": "spam"})), refusal{"InvalidIdentityToken", 400, "Incorrect token audience"}},
		{"another issuer", role.Arn, sign(claims(map[string]any{"iss": "https://evil.example"})), refusal{"InvalidIdentityToken", 400, "No OpenIDConnect provider found in your account for https://evil.example"}},
		{"expired", role.Arn, sign(claims(map[string]any{"exp": testTime.Unix()})), refusal{"ExpiredTokenException", 400,
			"Token expired: current date/time 1772600767 must be before the expiration date/time 1772600767"}},
		{"without an end", role.Arn, sign(claims(map[string]any{"exp": nil})), refusal{"InvalidIdentityToken", 400, "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"}},
		{"forged", role.Arn, forge(claims(nil)), refusal{"InvalidIdentityToken", 400,
			"Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"}},
		{"no JWT", role.Arn, "nonsense", refusal{"InvalidIdentityToken", 400, "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"}},
		{"unsigned", role.Arn, "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlL3Bvb2wifQ.", refusal{"InvalidIdentityToken", 400, "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"}},
		{"no role", "arn:aws:iam::111122223333:user/r", sign(claims(nil)), refusal{"ValidationError", 400, "Request ARN is invalid"}},
	} {
		_, err := s.AssumeRoleWithWebIdentity(anonymous, &AssumeRoleWithWebIdentityRequest{RoleArn: c.role, RoleSessionName: "sess", WebIdentityToken: c.token})
		wantError(t, c.name, err, c.want)
	}
}
