package sigv4

import (
	"strings"
	"testing"
	"time"
)

// FuzzSignVerify: what is signed verifies, in both forms; the canonical query
// and path are idempotent; a request with another path, query, header or body
// does not verify.
func FuzzSignVerify(f *testing.F) {
	f.Add("GET", "/", "", "X-A", "v", "body")
	f.Add("POST", "/a/../b//%2F/", "b=2&a=%20+&a", "x-amz-meta", "  a   b ", "")
	f.Add("PUT", "*", "%zz=%&&=", "Host", "\t", "\x00")
	f.Fuzz(func(t *testing.T, method, path, query, name, value, body string) {
		key := Key{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", SessionToken: "token"}
		if strings.Contains(query, "X-Amz-") || strings.ContainsAny(name, ";, \t=") || name == "" || reserved(name) {
			return
		}
		request := func() *Request {
			return &Request{method, path, query, []Header{{"Host", "h"}, {name, value}}, HashBody([]byte(body))}
		}
		header, presigned := request(), request()
		Sign(header, key, Scope{"lambda", "r"}, noon)
		Presign(presigned, key, Scope{"lambda", "r"}, noon, time.Minute)
		for _, r := range []*Request{header, presigned} {
			if err := verify(r, key, "lambda", "r"); err != nil {
				t.Fatalf("%v\n%+v", err, r)
			}
			for _, change := range []func(*Request){
				func(r *Request) { r.Path += "/x" },
				func(r *Request) { r.Query += "&x" },
				func(r *Request) { r.Method += "X" },
				func(r *Request) { r.BodyHash = HashBody([]byte(body + "x")) },
			} {
				changed := *r
				change(&changed)
				if err := verify(&changed, key, "lambda", "r"); err == nil {
					t.Fatalf("verifies:\n%+v\nas:\n%+v", r, changed)
				}
			}
		}
		once := string(appendQuery(nil, query))
		if again := string(appendQuery(nil, once)); again != once {
			t.Errorf("query %q: %q, then %q", query, once, again)
		}
		if path != "" {
			clean := normalizePath(path)
			if again := normalizePath(clean); again != clean {
				t.Errorf("path %q: %q, then %q", path, clean, again)
			}
		}
	})
}

// reserved are the names that signing sets itself or reads.
func reserved(name string) bool {
	switch strings.ToLower(name) {
	case "authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "host", "date":
		return true
	}
	return changedOnTheWay[strings.ToLower(name)] || strings.ToLower(name) != strings.ToLower(strings.ToValidUTF8(name, ""))
}

// FuzzParse: any Authorization header and query gives a claim or an *Error.
func FuzzParse(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=a/20160101/r/s/aws4_request, SignedHeaders=host, Signature=ab", "", "20160101T120000Z")
	f.Add("Bearer abc", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=9", "Fri, 01 Jan 2016 12:00:00 GMT")
	f.Fuzz(func(t *testing.T, header, query, date string) {
		r := &Request{Method: "GET", Path: "/", Query: query, Headers: []Header{{"Host", "h"}, {"Authorization", header}, {"X-Amz-Date", date}}}
		a, err := Parse(r)
		if err != nil {
			if _, ok := err.(*Error); !ok || len(err.Error()) > 2000 {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		if err := Verify(a, longKey, r, a.Time, Expected{Service: a.Service}); err == nil {
			t.Fatalf("verifies: %+v", r)
		}
	})
}
