package sigv4

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

const exampleSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

// TestVectors are AWS's documented example and two more, computed apart from
// this code.
func TestVectors(t *testing.T) {
	t.Parallel()
	key := Key{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: exampleSecret}
	for _, tt := range []struct {
		name                 string
		r                    *Request
		scope                Scope
		at                   time.Time
		expires              time.Duration
		canonical, signature string
	}{
		{
			"documented", &Request{Method: "GET", Path: "/", Query: "Action=ListUsers&Version=2010-05-08", Headers: []Header{
				{"Host", "iam.amazonaws.com"}, {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
			}},
			Scope{"iam", "us-east-1"}, time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC), 0,
			"f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59",
			"5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
		},
		{
			"encoded slash and body", &Request{
				Method: "POST", Path: "/prod/calc/1/2/%2F", Query: "a=&b=x%20y", BodyHash: HashBody([]byte(`{"a":1,"b":2,"op":"+"}`)),
				Headers: []Header{{"Host", "abc123.execute-api.us-east-1.amazonaws.com"}, {"Content-Type", "application/json"}},
			},
			Scope{"execute-api", "us-east-1"}, time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC), 0,
			"5afa39a817b3436575b2f138c19ffcb5ae8956c39e048d1744f79c50520ee634",
			"d9200f99b13cfbca1888c2b4123f41068db2ce2b89e4f82650dea209897feac3",
		},
		{
			"presigned", &Request{Method: "GET", Path: "/prod/pets", Headers: []Header{{"Host", "abc123.execute-api.us-east-1.amazonaws.com"}}},
			Scope{"execute-api", "us-east-1"}, time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC), 300 * time.Second,
			"114f776ca1a4d9059d0779c3cbd6ce6223afb7e73e3f70593fc7a8d42ea7566f",
			"6cd5319251b473d32c3cb69f9432159ab13f60676b468e644e1d9043613f6b41",
		},
	} {
		if tt.expires > 0 {
			Presign(tt.r, key, tt.scope, tt.at, tt.expires)
		} else {
			Sign(tt.r, key, tt.scope, tt.at)
		}
		a, err := Parse(tt.r)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		text, _ := Explain(a, tt.r, Expected{})
		sum := sha256.Sum256([]byte(text))
		if got := hex.EncodeToString(sum[:]); got != tt.canonical {
			t.Errorf("%s: canonical request hashes to %s, want %s:\n%s", tt.name, got, tt.canonical, text)
		}
		if a.Signature != tt.signature {
			t.Errorf("%s: signature %s, want %s", tt.name, a.Signature, tt.signature)
		}
		if err := Verify(a, key, tt.r, tt.at, Expected{Service: tt.scope.Service, Region: tt.scope.Region}); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if got := hex.EncodeToString(deriveKey(exampleSecret, "20150830", "us-east-1", "iam")); got != "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9" {
		t.Errorf("signing key %s", got)
	}
}

var (
	noon     = time.Date(2016, 1, 1, 12, 0, 0, 0, time.UTC)
	longKey  = Key{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: exampleSecret}
	shortKey = Key{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: exampleSecret, SessionToken: "the/token+==", Expiration: noon.Add(time.Hour)}
)

// get is an unsigned request to vary.
func get() *Request {
	return &Request{Method: "GET", Path: "/prod/pets", Query: "a=1", Headers: []Header{{"Host", "api.example.com"}}}
}

// signed is get, signed at noon by key for that service.
func signed(key Key, service string) *Request {
	r := get()
	Sign(r, key, Scope{service, "us-east-1"}, noon)
	return r
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const mismatchText = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	with := func(r *Request, name, value string) *Request { r.set(name, value); return r }
	replace := func(r *Request, old, new string) *Request {
		return with(r, "Authorization", strings.Replace(r.header("Authorization"), old, new, 1))
	}
	presigned := func(expires time.Duration) *Request {
		r := get()
		Presign(r, longKey, Scope{"execute-api", "us-east-1"}, noon, expires)
		return r
	}
	query := func(r *Request, old, new string) *Request {
		r.Query = strings.Replace(r.Query, old, new, 1)
		return r
	}
	for _, tt := range []struct {
		name    string
		r       *Request
		key     Key
		after   time.Duration // since noon
		service string
		want    Answer
	}{
		{"not signed", get(), longKey, 0, "lambda", Answer{403, "MissingAuthenticationTokenException", "Missing Authentication Token"}},
		{"not signed, query service", get(), longKey, 0, "sts", Answer{403, "MissingAuthenticationToken", "Request is missing Authentication Token"}},
		{"not signed, JSON service", get(), longKey, 0, "logs", Answer{400, "MissingAuthenticationTokenException", "Missing Authentication Token"}},
		{"empty header", with(get(), "Authorization", " "), longKey, 0, "lambda", Answer{403, "MissingAuthenticationTokenException", "Missing Authentication Token"}},
		{"bearer", with(get(), "Authorization", "Bearer abc"), longKey, 0, "execute-api", Answer{403, "IncompleteSignatureException",
			"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'w1Xc6WwWEogNEZQP/dkBTThsJT4MNlKmzQanIm970rY='."}},
		{"blank after an equal-sign", with(get(), "Authorization", "AWS4-HMAC-SHA256 Credential= a/b/c/d/e"), longKey, 0, "iam", Answer{400, "IncompleteSignature",
			"Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '" + hashed("AWS4-HMAC-SHA256 Credential= a/b/c/d/e") + "'."}},
		{"nothing but an equal-sign", with(get(), "Authorization", "Basic dXNlcg=="), longKey, 0, "execute-api", Answer{403, "IncompleteSignatureException",
			"Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. " +
				"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=" + hashed("Basic dXNlcg==")}},
		{"no signature", replace(signed(longKey, "lambda"), "Signature=", "Sig="), longKey, 0, "lambda", Answer{403, "IncompleteSignatureException",
			"Authorization header requires 'Signature' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=" + hashed(replace(signed(longKey, "lambda"), "Signature=", "Sig=").header("Authorization"))}},
		{"other algorithm", replace(signed(longKey, "lambda"), "SHA256", "SHA1"), longKey, 0, "lambda", Answer{403, "IncompleteSignatureException", "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'."}},
		{"slash in the key", replace(signed(longKey, "iam"), "AKID", "AK/ID"), longKey, 0, "iam", Answer{400, "IncompleteSignature",
			"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AK/IDEXAMPLE/20160101/us-east-1/iam/aws4_request'"}},
		{"date", with(signed(longKey, "iam"), "X-Amz-Date", "yesterday"), longKey, 0, "iam", Answer{400, "IncompleteSignature", "Date must be in ISO-8601 'basic format'. Got 'yesterday'. See http://en.wikipedia.org/wiki/ISO_8601"}},
		{"region and service", replace(signed(longKey, "execute-api"), "us-east-1/execute-api", "eu-west-1/lambda"), longKey, 0, "execute-api", Answer{403, "InvalidSignatureException",
			"Credential should be scoped to a valid region, not 'eu-west-1'. Credential should be scoped to correct service: 'execute-api'. "}},
		{"terminator", replace(signed(longKey, "iam"), "aws4_request", "x"), longKey, 0, "iam", Answer{403, "SignatureDoesNotMatch", "Credential should be scoped with a valid terminator: 'aws4_request', not 'x'. "}},
		{"scope of another day", replace(signed(longKey, "lambda"), "/20160101/", "/20151231/"), longKey, 0, "lambda", Answer{403, "InvalidSignatureException",
			"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20151231' != '20160101', from '20160101T120000Z'."}},
		{"expired", signed(longKey, "lambda"), longKey, 5*time.Minute + time.Second, "lambda", Answer{403, "InvalidSignatureException",
			"Signature expired: 20160101T120000Z is now earlier than 20160101T120001Z (20160101T120501Z - 5 min.)"}},
		{"expired, JSON service", signed(longKey, "logs"), longKey, time.Hour, "logs", Answer{400, "InvalidSignatureException",
			"Signature expired: 20160101T120000Z is now earlier than 20160101T125500Z (20160101T130000Z - 5 min.)"}},
		{"expired, query service", signed(longKey, "iam"), longKey, 15*time.Minute + time.Second, "iam", Answer{403, "SignatureDoesNotMatch",
			"Signature expired: 20160101T120000Z is now earlier than 20160101T120001Z (20160101T121501Z - 15 min.)"}},
		{"too early", signed(longKey, "lambda"), longKey, -5*time.Minute - time.Second, "lambda", Answer{403, "InvalidSignatureException",
			"Signature not yet current: 20160101T120000Z is still later than 20160101T115959Z (20160101T115459Z + 5 min.)"}},
		{"wrong secret", signed(longKey, "lambda"), Key{SecretAccessKey: "x"}, 0, "lambda", Answer{403, "InvalidSignatureException", mismatchText}},
		{"wrong secret, query service", signed(longKey, "iam"), Key{SecretAccessKey: "x"}, 0, "iam", Answer{403, "SignatureDoesNotMatch", mismatchText}},
		{"no secret", signed(Key{}, "lambda"), Key{}, 0, "lambda", Answer{403, "UnrecognizedClientException", "The security token included in the request is invalid."}},
		{"token missing", signed(longKey, "sts"), shortKey, 0, "sts", Answer{403, "InvalidClientTokenId", "The security token included in the request is invalid."}},
		{"token of another key", with(signed(shortKey, "lambda"), "X-Amz-Security-Token", "x"), shortKey, 0, "lambda", Answer{403, "UnrecognizedClientException", "The security token included in the request is invalid."}},
		{"token with a long-term key", signed(shortKey, "lambda"), longKey, 0, "lambda", Answer{403, "UnrecognizedClientException", "The security token included in the request is invalid."}},
		{"token expired", signed(Key{SecretAccessKey: exampleSecret, SessionToken: "t"}, "iam"), Key{SecretAccessKey: exampleSecret, SessionToken: "t", Expiration: noon}, 0, "iam", Answer{403, "ExpiredToken", "The security token included in the request is expired"}},
		{"host not signed", replace(signed(longKey, "lambda"), "host;", ""), longKey, 0, "lambda", Answer{403, "InvalidSignatureException", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."}},
		{"target not signed", with(signed(longKey, "logs"), "x-amz-target", "Logs_20140328.DeleteLogGroup"), longKey, 0, "logs", Answer{400, "InvalidSignatureException", "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."}},
		{"presigned, too late", presigned(90 * time.Second), longKey, 91 * time.Second, "execute-api", Answer{403, "InvalidSignatureException",
			"Signature expired: 20160101T120000Z is now earlier than 20160101T120001Z (20160101T120131Z - 90 sec.)"}},
		{"presigned, longer life", query(presigned(time.Minute), "Expires=60", "Expires=600"), longKey, 0, "execute-api", Answer{403, "InvalidSignatureException", mismatchText}},
		{"presigned, more than a week", query(presigned(time.Minute), "Expires=60", "Expires=604801"), longKey, 0, "execute-api", Answer{403, "IncompleteSignatureException", "X-Amz-Expires must be a number between 1 and 604800, got '604801'."}},
		{"presigned, incomplete", query(query(presigned(time.Minute), "X-Amz-Date", "date"), "X-Amz-Signature", "s"), longKey, 0, "sts", Answer{400, "IncompleteSignature",
			"AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters."}},
	} {
		a, err := Parse(tt.r)
		if err == nil {
			err = Verify(a, tt.key, tt.r, noon.Add(tt.after), Expected{Service: tt.service, Region: "us-east-1"})
		}
		var refusal *Error
		if !errors.As(err, &refusal) {
			t.Errorf("%s: %v, want a refusal", tt.name, err)
			continue
		}
		if got := refusal.Answer(tt.service); got != tt.want {
			t.Errorf("%s:\n got %+v\nwant %+v", tt.name, got, tt.want)
		}
	}
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	presigned := func(service string, expires time.Duration) *Request {
		r := get()
		Presign(r, longKey, Scope{service, "us-east-1"}, noon, expires)
		return r
	}
	change := func(r *Request, f func(*Request)) *Request { f(r); return r }
	unsigned := func(word string) *Request {
		r := get()
		r.BodyHash = HashBody([]byte("body"))
		r.set("X-Amz-Content-Sha256", word)
		Sign(r, longKey, Scope{"execute-api", "us-east-1"}, noon)
		return r
	}
	dated := get()
	dated.set("Date", "Fri, 01 Jan 2016 12:00:00 GMT")
	Sign(dated, longKey, Scope{"iam", "us-east-1"}, noon)
	resign := func(r *Request) { // as a client that knows no X-Amz-Date
		r.remove("X-Amz-Date")
		a := newAuthorization(longKey, Scope{"iam", "us-east-1"}, noon)
		c := canonicalFor(r, "iam", []string{"date", "host"}, EmptyBody)
		sum := c.sign(deriveKey(exampleSecret, a.Date, a.Region, a.Service), r, a)
		r.set("Authorization", algorithm+" Credential=AKIDEXAMPLE/"+a.scope()+",SignedHeaders=date;host,Signature="+hex.EncodeToString(sum[:]))
	}
	for _, tt := range []struct {
		name  string
		r     *Request
		key   Key
		after time.Duration
		want  Expected
	}{
		{"at the end of five minutes", signed(longKey, "lambda"), longKey, 5 * time.Minute, Expected{Service: "lambda"}},
		{"five minutes early", signed(longKey, "lambda"), longKey, -5 * time.Minute, Expected{Service: "lambda"}},
		{"fifteen minutes for IAM", signed(longKey, "iam"), longKey, 15 * time.Minute, Expected{Service: "iam"}},
		{"session token", signed(shortKey, "lambda"), shortKey, 0, Expected{Service: "lambda"}},
		{"presigned for an hour", presigned("execute-api", time.Hour), longKey, time.Hour, Expected{Service: "execute-api"}},
		{"presigned for STS lives fifteen minutes", presigned("sts", time.Minute), longKey, 15 * time.Minute, Expected{Service: "sts"}},
		{"Date header", change(dated, resign), longKey, 0, Expected{Service: "iam"}},
		{"default port on the wire only", change(signed(longKey, "lambda"), func(r *Request) { r.set("Host", "api.example.com:443") }), longKey, 0, Expected{Service: "lambda"}},
		{"header names in any case", change(signed(longKey, "lambda"), func(r *Request) {
			for i := range r.Headers {
				r.Headers[i].Name = strings.ToUpper(r.Headers[i].Name)
			}
		}), longKey, 0, Expected{Service: "lambda"}},
		{"header of CloudFront", change(signed(longKey, "execute-api"), func(r *Request) { r.set("X-Amz-Cf-Id", "x") }), longKey, 0, Expected{Service: "execute-api"}},
		{"parameters in another order", change(signed(longKey, "execute-api"), func(r *Request) { r.Query = "&a=%31" }), longKey, 0, Expected{Service: "execute-api"}},
		{"body not signed", unsigned(UnsignedPayload), longKey, 0, Expected{Service: "execute-api", UnsignedPayload: true}},
		{"trailer", unsigned(UnsignedTrailer), longKey, 0, Expected{Service: "execute-api", UnsignedPayload: true}},
	} {
		a, err := Parse(tt.r)
		if err == nil {
			err = Verify(a, tt.key, tt.r, noon.Add(tt.after), tt.want)
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	// Whoever adds the header without signing it changes nothing.
	r := signed(longKey, "execute-api")
	r.set("X-Amz-Content-Sha256", UnsignedPayload)
	a, err := Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(a, longKey, r, noon, Expected{Service: "execute-api", UnsignedPayload: true}); err != nil {
		t.Error(err)
	}
	r = unsigned(UnsignedPayload)
	if err := verify(r, longKey, "execute-api", ""); err == nil {
		t.Error("a body that is not signed verifies where that is not admitted")
	}
}

// TestPresignedBody: a presigned URL may leave the body open, or bind it.
func TestPresignedBody(t *testing.T) {
	t.Parallel()
	bound, open := get(), get()
	bound.BodyHash = HashBody([]byte("bound"))
	Presign(bound, longKey, Scope{"execute-api", "us-east-1"}, noon, time.Minute)
	open.set("X-Amz-Content-Sha256", UnsignedPayload)
	Presign(open, longKey, Scope{"execute-api", "us-east-1"}, noon, time.Minute)
	if err := verify(bound, longKey, "execute-api", ""); err != nil {
		t.Error(err)
	}
	bound.BodyHash = HashBody([]byte("other"))
	if err := verify(bound, longKey, "execute-api", ""); err == nil {
		t.Error("another body verifies")
	}
	open.BodyHash = HashBody([]byte("any"))
	if err := verify(open, longKey, "execute-api", ""); err != nil {
		t.Error(err)
	}
}

// TestErrorsKeepSecrets: no error repeats what would help somebody else.
func TestErrorsKeepSecrets(t *testing.T) {
	t.Parallel()
	r := signed(shortKey, "lambda")
	a, err := Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	r.Path = "/changed"
	err = Verify(a, shortKey, r, noon, Expected{Service: "lambda"})
	c := canonicalFor(r, a.Service, a.SignedHeaders, EmptyBody)
	sum := c.sign(deriveKey(exampleSecret, a.Date, a.Region, a.Service), r, a)
	for _, secret := range []string{exampleSecret, shortKey.SessionToken, hex.EncodeToString(sum[:])} {
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%v shows %s", err, secret)
		}
	}
	bearer := get()
	bearer.set("Authorization", "Bearer TOPSECRET")
	if _, err := Parse(bearer); err == nil || strings.Contains(err.Error(), "TOPSECRET") {
		t.Error(err)
	}
}

// TestHTTP signs with net/http's client and verifies in its server, where
// Host, Content-Length and the path take their own ways.
func TestHTTP(t *testing.T) {
	t.Parallel()
	type answer struct {
		r   *Request
		err error
	}
	answers := make(chan answer, 1)
	key := Key{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: exampleSecret, SessionToken: "the/token+=="}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, h *http.Request) {
		r := FromHTTP(h, HashBody([]byte("body")))
		answers <- answer{r, verify(r, key, "execute-api", "us-east-1")}
	}))
	defer srv.Close()
	h, err := http.NewRequest("POST", srv.URL+"/a%2Fb//c/../d?x=1&x=+2", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	h.Header.Add("My-Header", "z")
	h.Header.Add("My-Header", "a")
	SignHTTP(h, HashBody([]byte("body")), key, Scope{"execute-api", "us-east-1"}, time.Now())
	res, err := srv.Client().Do(h)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := <-answers; got.err != nil {
		t.Errorf("%v\n%+v", got.err, got.r)
	}
}

// TestFromHTTP: what net/http keeps apart comes back, and a Host in the
// header map, which it does not send, is left out.
func TestFromHTTP(t *testing.T) {
	t.Parallel()
	h, err := http.NewRequest("POST", "http://example.com/a?b", nil)
	if err != nil {
		t.Fatal(err)
	}
	h.Method = ""
	h.Header["Host"] = []string{"elsewhere"}
	h.TransferEncoding = []string{"chunked"}
	want := &Request{"GET", "/a", "b", []Header{{"Host", "example.com"}, {"Transfer-Encoding", "chunked"}}, "hash"}
	if got := FromHTTP(h, "hash"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestSignedFraming: clients that sign Content-Length verify behind net/http,
// and an absolute request target is read as its path.
func TestSignedFraming(t *testing.T) {
	t.Parallel()
	results := make(chan error, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, h *http.Request) {
		results <- verify(FromHTTP(h, ""), longKey, "lambda", "")
	}))
	defer srv.Close()
	for _, target := range []string{"/a?b=1", "http://api.example.com/a?b=1", "http://api.example.com?b=1"} {
		r := &Request{Method: "POST", Path: "/a", Query: "b=1", Headers: []Header{{"Host", "api.example.com"}, {"Content-Length", "0"}}}
		if strings.Contains(target, "com?") {
			r.Path = ""
		}
		Sign(r, longKey, Scope{"lambda", "us-east-1"}, time.Now())
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriter(conn)
		w.WriteString("POST " + target + " HTTP/1.1\r\n")
		for _, h := range r.Headers {
			w.WriteString(h.Name + ": " + h.Value + "\r\n")
		}
		w.WriteString("Connection: close\r\n\r\n")
		w.Flush()
		select {
		case err = <-results:
		case <-time.After(time.Minute):
			err = errors.New("the request did not arrive")
		}
		if err != nil {
			t.Errorf("%s: %v", target, err)
		}
		conn.Close()
	}
}
