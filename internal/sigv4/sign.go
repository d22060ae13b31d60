package sigv4

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Scope is the service and region that a signature is made for.
type Scope struct{ Service, Region string }

// Sign signs r at that time, in place: it sets X-Amz-Date, X-Amz-Security-Token
// if the key has one, X-Amz-Content-Sha256 for S3, and Authorization. All
// headers but those that proxies change are signed, so r has to hold them as
// they will be sent, Host among them.
func Sign(r *Request, key Key, scope Scope, at time.Time) {
	a := newAuthorization(key, scope, at)
	r.set("X-Amz-Date", a.Timestamp())
	if key.SessionToken != "" {
		r.set("X-Amz-Security-Token", key.SessionToken)
	}
	payload := r.payloadToSign()
	if scope.Service == "s3" {
		r.set("X-Amz-Content-Sha256", payload)
	}
	r.remove("Authorization")
	a.SignedHeaders = signable(r)
	c := canonicalFor(r, a.Service, a.SignedHeaders, payload)
	sum := c.sign(deriveKey(key.SecretAccessKey, a.Date, a.Region, a.Service), r, a)
	r.set("Authorization", algorithm+" Credential="+key.AccessKeyID+"/"+a.scope()+
		", SignedHeaders="+strings.Join(c.signed, ";")+", Signature="+hex.EncodeToString(sum[:]))
}

// Presign signs r at that time by adding parameters to its query; the URL is
// good for expires. Headers that are in r have to be sent with it.
func Presign(r *Request, key Key, scope Scope, at time.Time, expires time.Duration) {
	a := newAuthorization(key, scope, at)
	a.SignedHeaders = signable(r)
	payload := r.payloadToSign()
	if scope.Service == "s3" {
		payload = UnsignedPayload
	}
	c := canonicalFor(r, a.Service, a.SignedHeaders, payload)
	q := []byte(r.Query)
	for _, p := range [][2]string{
		{"X-Amz-Algorithm", algorithm},
		{"X-Amz-Credential", key.AccessKeyID + "/" + a.scope()},
		{"X-Amz-Date", a.Timestamp()},
		{"X-Amz-Expires", strconv.Itoa(int(expires / time.Second))},
		{"X-Amz-SignedHeaders", strings.Join(c.signed, ";")},
		{"X-Amz-Security-Token", key.SessionToken},
	} {
		if p[1] == "" {
			continue
		}
		if len(q) > 0 {
			q = append(q, '&')
		}
		q = appendEncoded(append(append(q, p[0]...), '='), p[1], false)
	}
	r.Query = string(q)
	sum := c.sign(deriveKey(key.SecretAccessKey, a.Date, a.Region, a.Service), r, a)
	r.Query += "&" + signatureParameter + "=" + hex.EncodeToString(sum[:])
}

// SignHTTP signs an outgoing request, whose body has that hash, in place.
func SignHTTP(h *http.Request, bodyHash string, key Key, scope Scope, at time.Time) {
	r := FromHTTP(h, bodyHash)
	r.remove("Content-Length") // net/http decides how the body is framed
	Sign(r, key, scope, at)
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"} {
		if v := r.header(name); v != "" {
			h.Header.Set(name, v)
		}
	}
}

func newAuthorization(key Key, scope Scope, at time.Time) *Authorization {
	at = at.UTC().Truncate(time.Second)
	return &Authorization{
		AccessKeyID: key.AccessKeyID, Time: at, Date: at.Format("20060102"),
		Region: scope.Region, Service: scope.Service,
	}
}

// payloadToSign is X-Amz-Content-Sha256 if the caller has set it, else the
// body's hash.
func (r *Request) payloadToSign() string {
	if said := r.header("X-Amz-Content-Sha256"); said != "" {
		return said
	}
	if r.BodyHash == "" {
		return EmptyBody
	}
	return r.BodyHash
}

// signable lists the names of r's headers that reach the other side as they
// are.
func signable(r *Request) []string {
	var names []string
	for _, h := range r.Headers {
		if name := strings.ToLower(h.Name); !changedOnTheWay[name] {
			names = append(names, name)
		}
	}
	return names
}

// changedOnTheWay are headers that HTTP libraries and proxies set or change.
var changedOnTheWay = map[string]bool{
	"accept-encoding": true, "authorization": true, "cache-control": true, "connection": true, "expect": true,
	"forwarded": true, "from": true, "keep-alive": true, "max-forwards": true, "pragma": true,
	"proxy-authenticate": true, "proxy-authorization": true, "proxy-connection": true, "referer": true,
	"te": true, "trailer": true, "transfer-encoding": true, "upgrade": true, "user-agent": true, "via": true,
	"x-amzn-trace-id": true, "x-forwarded-for": true, "x-forwarded-host": true, "x-forwarded-port": true,
	"x-forwarded-proto": true,
}

func (r *Request) set(name, value string) {
	r.remove(name)
	r.Headers = append(r.Headers, Header{name, value})
}

func (r *Request) remove(name string) {
	r.Headers = slices.DeleteFunc(r.Headers, func(h Header) bool { return strings.EqualFold(h.Name, name) })
}
