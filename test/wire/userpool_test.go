package wire

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// userPool issues tokens and publishes the key that they are signed with, as a
// Cognito user pool does.
type userPool struct {
	*httptest.Server
	key *rsa.PrivateKey
	url string // its issuer
}

func newUserPool(t *testing.T) *userPool {
	t.Helper()
	p := &userPool{key: must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := base64.RawURLEncoding.EncodeToString(p.key.N.Bytes())
		json.NewEncoder(w).Encode(map[string]any{"keys": []map[string]string{{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k", "n": n, "e": "AQAB"}}})
	}))
	t.Cleanup(p.Close)
	p.url = p.Server.URL
	return p
}

// token is a signed token with those claims that is valid for an hour.
func (p *userPool) token(t *testing.T, claims map[string]any) string {
	t.Helper()
	claims["iss"], claims["exp"] = p.url, time.Now().Add(time.Hour).Unix()
	part := func(v any) string { return base64.RawURLEncoding.EncodeToString([]byte(describe(v))) }
	text := part(map[string]string{"alg": "RS256", "kid": "k"}) + "." + part(claims)
	sum := sha256.Sum256([]byte(text))
	signature := must[[]byte](t)(rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, sum[:]))
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}
