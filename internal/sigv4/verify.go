package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/textproto"
	"strings"
	"time"
)

// Key is an access key as its issuer knows it.
type Key struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string    // "" for a long-term key
	Expiration      time.Time // zero for a long-term key
}

// Expected is the scope that a request has to be signed for.
type Expected struct {
	Service string
	Region  string // "" takes any

	// UnsignedPayload admits requests that sign UNSIGNED-PAYLOAD or
	// STREAMING-UNSIGNED-PAYLOAD-TRAILER in X-Amz-Content-Sha256 instead of
	// the body's hash. Presigned URLs may do so always.
	UnsignedPayload bool
}

// Check compares scope and clock with what is expected, before the key is
// looked up. Its errors are *Error of kind Mismatch.
func (a *Authorization) Check(want Expected, now time.Time) error {
	var wrong strings.Builder
	if want.Region != "" && a.Region != want.Region {
		wrong.WriteString("Credential should be scoped to a valid region, not '" + shorten(a.Region) + "'. ")
	}
	if a.Service != want.Service {
		wrong.WriteString("Credential should be scoped to correct service: '" + want.Service + "'. ")
	}
	if a.terminator != terminator {
		wrong.WriteString("Credential should be scoped with a valid terminator: '" + terminator + "', not '" + shorten(a.terminator) + "'. ")
	}
	if wrong.Len() > 0 {
		return wrongScope(wrong.String())
	}
	if timestamp := a.Timestamp(); a.Date != timestamp[:8] {
		return wrongDate(a.Date, timestamp)
	}
	return a.checkClock(want.Service, now.UTC().Truncate(time.Second))
}

func (a *Authorization) checkClock(serviceName string, now time.Time) error {
	s := serviceNamed(serviceName)
	life := s.skew
	if a.Expires > 0 && !s.fixedLife {
		life = a.Expires
	}
	if a.Time.Before(now.Add(-life)) {
		return signatureExpired(a.Time, now, life)
	}
	if a.Time.After(now.Add(s.skew)) {
		return notYetCurrent(a.Time, now, s.skew)
	}
	return nil
}

// Verify proves that the owner of key signed r as a claims, for the expected
// scope and not too long ago. Errors are *Error.
func Verify(a *Authorization, key Key, r *Request, now time.Time, want Expected) error {
	if err := a.Check(want, now); err != nil {
		return err
	}
	if err := a.checkToken(key, now); err != nil {
		return err
	}
	if err := a.checkSigned(r); err != nil {
		return err
	}
	signingKey := deriveKey(key.SecretAccessKey, a.Date, a.Region, a.Service)
	for c := range a.candidates(r, want) {
		sum := c.sign(signingKey, r, a)
		var text [2 * sha256.Size]byte
		hex.Encode(text[:], sum[:])
		if subtle.ConstantTimeCompare(text[:], []byte(a.Signature)) == 1 {
			return nil
		}
	}
	return mismatch()
}

// checkToken wants exactly the token that came with a temporary key, and none
// with a long-term key.
func (a *Authorization) checkToken(key Key, now time.Time) error {
	if subtle.ConstantTimeCompare([]byte(a.SessionToken), []byte(key.SessionToken)) != 1 || key.SecretAccessKey == "" {
		return NewUnknownKey()
	}
	if !key.Expiration.IsZero() && !now.Before(key.Expiration) {
		return NewExpiredToken()
	}
	return nil
}

// checkSigned wants the host and every X-Amz-* header to be signed, but for
// those that clients or proxies add afterwards and that carry nothing which a
// service acts upon without proving it otherwise.
func (a *Authorization) checkSigned(r *Request) error {
	if !a.signs("host") && !a.signs(":authority") {
		return notSigned("'Host' or ':authority'")
	}
	for _, h := range r.Headers {
		name := strings.ToLower(h.Name)
		if strings.HasPrefix(name, "x-amz-") && !addedLater[name] && !a.signs(name) {
			return notSigned("'" + textproto.CanonicalMIMEHeaderKey(name) + "'")
		}
	}
	return nil
}

var addedLater = map[string]bool{
	"x-amz-date":           true, // part of the string to sign
	"x-amz-content-sha256": true, // counts only if it is signed
	"x-amz-security-token": true, // compared with the key's; generated SDKs add it after signing
	"x-amz-cf-id":          true, // by CloudFront
}

// candidates yields the canonical forms that an honest client may have
// signed: the host as it came or without its default port, and for presigned
// URLs the body's hash or the word for none. Nearly always the first fits.
func (a *Authorization) candidates(r *Request, want Expected) func(yield func(*canonical) bool) {
	return func(yield func(*canonical) bool) {
		payloads := [2]string{a.payload(r, want)}
		n := 1
		if a.Presigned && payloads[0] != UnsignedPayload {
			payloads[1], n = UnsignedPayload, 2
		}
		c := canonicalFor(r, a.Service, a.SignedHeaders, payloads[0])
		hosts := [2]string{"", withoutDefaultPort(r.header("Host"))}
		for i, host := range hosts {
			if i > 0 && host == "" {
				continue
			}
			for _, payload := range payloads[:n] {
				c.host, c.payload = host, payload
				if !yield(&c) {
					return
				}
			}
		}
	}
}

// payload is what stands for the body in the canonical request.
func (a *Authorization) payload(r *Request, want Expected) string {
	if said := r.header("X-Amz-Content-Sha256"); a.signs("x-amz-content-sha256") {
		if (said == UnsignedPayload || said == UnsignedTrailer) && (want.UnsignedPayload || a.Presigned) {
			return said
		}
	}
	if r.BodyHash == "" {
		return EmptyBody
	}
	return r.BodyHash
}

// withoutDefaultPort returns the host without :80 or :443, "" if it has
// neither.
func withoutDefaultPort(host string) string {
	for _, port := range []string{":443", ":80"} {
		if name, ok := strings.CutSuffix(host, port); ok {
			return name
		}
	}
	return ""
}

// sign computes the signature: HMAC of the string to sign, which holds the
// hash of the canonical request.
func (c *canonical) sign(signingKey []byte, r *Request, a *Authorization) [sha256.Size]byte {
	mac := hmac.New(sha256.New, signingKey)
	mac.Write(c.stringToSign(r, a))
	return [sha256.Size]byte(mac.Sum(nil))
}

func (c *canonical) stringToSign(r *Request, a *Authorization) []byte {
	request := c.append(make([]byte, 0, 1024), r)
	sum := sha256.Sum256(request)
	s := append(request[:0:0], algorithm+"\n"...)
	s = append(append(s, a.Timestamp()...), '\n')
	s = append(append(s, a.scope()...), '\n')
	return hex.AppendEncode(s, sum[:])
}

func (a *Authorization) scope() string {
	return a.Date + "/" + a.Region + "/" + a.Service + "/" + terminator
}

// deriveKey walks from the secret to the key of one day, region and service.
func deriveKey(secret, date, region, service string) []byte {
	key := []byte("AWS4" + secret)
	for _, part := range []string{date, region, service, terminator} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return key
}

// Explain returns the canonical request and the string to sign that r should
// have been signed with, for people who look for a mismatch. Neither holds a
// secret; the canonical request repeats the request's signed headers.
func Explain(a *Authorization, r *Request, want Expected) (canonicalRequest, stringToSign string) {
	c := canonicalFor(r, a.Service, a.SignedHeaders, a.payload(r, want))
	return string(c.append(nil, r)), string(c.stringToSign(r, a))
}
