package server

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
	"github.com/lambdagate/lambdagate/internal/sigv4"
)

// keys knows the access keys that this server issued.
type keys interface {
	// Credential finds a key; temporary ones come with a session token.
	Credential(accessKeyID, token string) (iam.Credential, bool)
	// Issued says whether a key was issued here, though it may open nothing now.
	Issued(accessKeyID, token string) bool
}

// authenticator says who sent a request to an AWS API.
type authenticator struct {
	keys keys
	// verify demands a valid signature; without it (dev mode) a key only names
	// its owner.
	verify  bool
	proxies []netip.Prefix
	now     func() time.Time
}

// authenticate is awsapi.Wire.Authenticate.
func (a *authenticator) authenticate(r *http.Request, service string, body []byte) (awsapi.Caller, error) {
	if service == "sts" && r.Header.Get("Authorization") == "" && isWebIdentity(r, body) {
		return awsapi.Caller{}, nil // the token in the request says who it is
	}
	if a.verify {
		return a.verified(r, service, body)
	}
	auth, err := sigv4.Parse(signedRequest(r, ""))
	if err != nil {
		return awsapi.Caller{}, refusal(err, service)
	}
	return a.owner(auth, service)
}

// isWebIdentity tells the one operation that nobody signs.
func isWebIdentity(r *http.Request, body []byte) bool {
	form, err := url.ParseQuery(string(body))
	if err != nil || r.Method != http.MethodPost {
		form = r.URL.Query()
	}
	return form.Get("Action") == "AssumeRoleWithWebIdentity"
}

// signedRequest is a request as its client signed it.
func signedRequest(r *http.Request, bodyHash string) *sigv4.Request {
	req := sigv4.FromHTTP(r, bodyHash)
	req.Path, req.Query, _ = strings.Cut(r.RequestURI, "?")
	return req
}

// verified returns who signed a request for a service, or AWS's refusal.
func (a *authenticator) verified(r *http.Request, service string, body []byte) (awsapi.Caller, error) {
	req := signedRequest(r, sigv4.HashBody(body))
	auth, err := sigv4.Parse(req)
	if err != nil {
		return awsapi.Caller{}, refusal(err, service)
	}
	want := sigv4.Expected{Service: service}
	if err := auth.Check(want, a.now()); err != nil {
		return awsapi.Caller{}, refusal(err, service)
	}
	c, ok := a.keys.Credential(auth.AccessKeyID, auth.SessionToken)
	if !ok {
		return awsapi.Caller{}, refusal(sigv4.NewUnknownKey(), service)
	}
	key := sigv4.Key{AccessKeyID: auth.AccessKeyID, SecretAccessKey: c.Secret, SessionToken: c.SessionToken, Expiration: c.Expires}
	if err := sigv4.Verify(auth, key, req, a.now(), want); err != nil {
		return awsapi.Caller{}, refusal(err, service)
	}
	return c.Caller, nil
}

// owner is dev mode's answer: a key that was issued here is its owner's, with
// its permissions, so that function code finds out what its role lacks; any other
// key is root of the account that it names.
func (a *authenticator) owner(auth *sigv4.Authorization, service string) (awsapi.Caller, error) {
	if c, ok := a.keys.Credential(auth.AccessKeyID, auth.SessionToken); ok {
		if !c.Expires.IsZero() && a.now().After(c.Expires) {
			return awsapi.Caller{}, refusal(sigv4.NewExpiredToken(), service)
		}
		return c.Caller, nil
	}
	if a.keys.Issued(auth.AccessKeyID, auth.SessionToken) { // inactive, or of a role or user that is gone
		return awsapi.Caller{}, refusal(sigv4.NewUnknownKey(), service)
	}
	account := awsapi.DefaultAccount
	if isAccount(auth.AccessKeyID) {
		account = auth.AccessKeyID
	}
	c := awsapi.RootCaller(account)
	c.AccessKey, c.Unchecked = auth.AccessKeyID, true
	return c, nil
}

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

func refusal(err error, service string) error {
	e, ok := err.(*sigv4.Error)
	if !ok {
		return err
	}
	a := e.Answer(service)
	return &awsapi.Error{Code: a.Code, Status: a.Status, Message: a.Message}
}

// scope is the service and region of a request's credentials, "" without any.
func scope(r *http.Request) (service, region string) {
	credential := ""
	if auth := r.Header.Get("Authorization"); strings.HasPrefix(auth, "AWS4-") {
		_, credential, _ = strings.Cut(auth, "Credential=")
		credential, _, _ = strings.Cut(credential, ",")
	} else if i := strings.Index(r.RequestURI, "X-Amz-Credential="); i >= 0 {
		credential, _, _ = strings.Cut(r.RequestURI[i+len("X-Amz-Credential="):], "&")
		if s, err := url.QueryUnescape(credential); err == nil {
			credential = s
		}
	}
	parts := strings.Split(credential, "/")
	if n := len(parts); n >= 5 {
		return parts[n-2], parts[n-3]
	}
	return "", ""
}

// region is awsapi.Wire.Region.
func region(r *http.Request) string {
	if _, region := scope(r); region != "" && region != "aws-global" {
		return region
	}
	return awsapi.DefaultRegion
}

// clientIP is the peer's address or, behind a trusted proxy, the last address
// of X-Forwarded-For that is not a trusted proxy's.
func (a *authenticator) clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if !a.trusted(host) {
		return host
	}
	ip, _ := a.forwardedFor(host, r.Header.Values("X-Forwarded-For"))
	return ip
}

// forwardedFor is whom a trusted proxy at host speaks for, and X-Forwarded-For
// as far as that address: what the client had sent, and the address itself.
func (a *authenticator) forwardedFor(host string, fields []string) (ip, chain string) {
	hops := strings.Split(strings.Join(fields, ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(hops[i])
		if _, err := netip.ParseAddr(hop); err != nil {
			break
		}
		host, chain = hop, strings.TrimSpace(strings.Join(hops[:i+1], ","))
		if !a.trusted(host) {
			break
		}
	}
	return host, chain
}

// secure says whether a request came over TLS, here or at a trusted proxy.
func (a *authenticator) secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && a.trusted(host) && isHTTPS(r.Header.Values("X-Forwarded-Proto"))
}

// isHTTPS says whether a trusted proxy was reached over TLS: its own word is the
// last.
func isHTTPS(fields []string) bool {
	last := strings.Join(fields, ",")
	return strings.EqualFold(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]), "https")
}

func (a *authenticator) trusted(host string) bool {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, p := range a.proxies {
		if p.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}
