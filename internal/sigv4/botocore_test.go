package sigv4

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// recording is a request that botocore signed and sent, see testdata/record.py.
type recording struct {
	Name, Service, Region, Token string
	Method, Target               string
	Headers                      [][2]string // bytes as code points; values with the blank after the colon
	Body                         []byte
}

// botocore returns the recorded requests and the key that signed them.
func botocore(tb testing.TB) ([]recording, Key) {
	tb.Helper()
	text, err := os.ReadFile("testdata/botocore.json")
	if err != nil {
		tb.Fatal(err)
	}
	var file struct {
		AccessKeyID, SecretAccessKey string
		Requests                     []recording
	}
	if err := json.Unmarshal(text, &file); err != nil {
		tb.Fatal(err)
	}
	return file.Requests, Key{AccessKeyID: file.AccessKeyID, SecretAccessKey: file.SecretAccessKey}
}

func (r recording) request() *Request {
	out := &Request{Method: r.Method, BodyHash: HashBody(r.Body)}
	out.Path, out.Query, _ = strings.Cut(r.Target, "?")
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, Header{h[0], latin1(h[1])})
	}
	return out
}

// latin1 turns code points below 256 back into the bytes they stand for.
func latin1(s string) string {
	b := make([]byte, 0, len(s))
	for _, c := range s {
		b = append(b, byte(c))
	}
	return string(b)
}

func (r recording) raw() []byte {
	var b bytes.Buffer
	b.WriteString(r.Method + " " + r.Target + " HTTP/1.1\r\n")
	for _, h := range r.Headers {
		b.WriteString(h[0] + ":" + latin1(h[1]) + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(r.Body)
	return b.Bytes()
}

func TestBotocore(t *testing.T) {
	t.Parallel()
	recordings, key := botocore(t)
	if len(recordings) < 60 {
		t.Fatalf("%d recordings, want at least 60", len(recordings))
	}
	for _, rec := range recordings {
		t.Run(rec.Name, func(t *testing.T) {
			t.Parallel()
			key := key
			key.SessionToken = rec.Token
			h, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(rec.raw())))
			if err != nil {
				t.Fatal(err)
			}
			for form, r := range map[string]*Request{"raw": rec.request(), "net/http": FromHTTP(h, HashBody(rec.Body))} {
				if err := verify(r, key, rec.Service, rec.Region); err != nil {
					a, _ := Parse(r)
					canonical, _ := Explain(a, r, Expected{})
					t.Errorf("%s: %v\n%s", form, err, canonical)
				}
				wrong := key
				wrong.SecretAccessKey += "x"
				if err := verify(r, wrong, rec.Service, rec.Region); err == nil {
					t.Errorf("%s: a wrong secret verifies", form)
				}
			}
		})
	}
}

// verify parses and verifies r one second after it was signed.
func verify(r *Request, key Key, service, region string) error {
	a, err := Parse(r)
	if err != nil {
		return err
	}
	return Verify(a, key, r, a.Time.Add(time.Second), Expected{Service: service, Region: region})
}

// TestFlippedByte changes each byte of every part that is signed, one after
// the other: none of the results may verify.
func TestFlippedByte(t *testing.T) {
	t.Parallel()
	recordings, key := botocore(t)
	for _, rec := range recordings {
		key := key
		key.SessionToken = rec.Token
		r := rec.request()
		a, err := Parse(r)
		if err != nil {
			t.Fatal(rec.Name, err)
		}
		now := a.Time.Add(time.Second)
		want := Expected{Service: rec.Service, Region: rec.Region}
		reject := func(part string, i int, r *Request) {
			a, err := Parse(r)
			if err == nil {
				err = Verify(a, key, r, now, want)
			}
			if err == nil {
				t.Errorf("%s: verifies with byte %d of %s changed:\n%+v", rec.Name, i, part, r)
			}
		}
		step := 1
		if len(rec.Target) > 300 { // long targets: a sample
			step = 7
		}
		for i := 0; i < len(r.Path); i += step {
			changed := *r
			changed.Path = flip(r.Path, i)
			if rec.Service == "s3" || normalizePath("/"+changed.Path) != normalizePath("/"+r.Path) {
				reject("path", i, &changed)
			}
		}
		for i := 0; i < len(r.Query); i += step {
			changed := *r
			changed.Query = flip(r.Query, i)
			if string(appendQuery(nil, changed.Query)) != string(appendQuery(nil, r.Query)) || inSignature(r.Query, i) {
				reject("query", i, &changed)
			}
		}
		for i := range r.Method {
			changed := *r
			changed.Method = flip(r.Method, i)
			reject("method", i, &changed)
		}
		changed := *r
		changed.BodyHash = HashBody(append(rec.Body, 'x'))
		if rec.Service != "s3" || !a.Presigned { // URLs of S3 leave the body open
			reject("body", 0, &changed)
		}
		for n, h := range r.Headers {
			if !a.signs(h.Name) && !strings.EqualFold(h.Name, "Authorization") {
				continue
			}
			for i := 1; i < len(h.Value); i++ {
				if c := h.Value[i]; c == ' ' || c == '\t' || c == ',' {
					continue
				}
				changed := *r
				changed.Headers = append([]Header(nil), r.Headers...)
				changed.Headers[n].Value = flip(h.Value, i)
				if strings.Contains(changed.Headers[n].Value, "Credential") && accessKeyAt(h.Value, i) {
					continue // names the key; the test looks none up
				}
				reject(h.Name, i, &changed)
			}
		}
	}
}

func flip(s string, i int) string {
	c := s[i] ^ 1
	if c == ' ' || c == '\t' || c == ',' || c == '&' || c == '#' || c == '?' {
		c = s[i] ^ 2
	}
	return s[:i] + string([]byte{c}) + s[i+1:]
}

// inSignature reports whether byte i of the query belongs to the value of
// X-Amz-Signature.
func inSignature(query string, i int) bool {
	at := strings.Index(query, signatureParameter+"=")
	return at >= 0 && i >= at+len(signatureParameter)+1
}

// accessKeyAt reports whether byte i of an Authorization header lies in the
// access key id, which is not part of what is signed.
func accessKeyAt(value string, i int) bool {
	at := strings.Index(value, "Credential=") + len("Credential=")
	return i >= at && i < at+strings.IndexByte(value[at:], '/')
}

func BenchmarkVerify(b *testing.B) {
	recordings, key := botocore(b)
	for _, rec := range recordings {
		if rec.Name != "body" {
			continue
		}
		r := rec.request()
		a, err := Parse(r)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if a, err = Parse(r); err != nil {
				b.Fatal(err)
			}
			if err := Verify(a, key, r, a.Time, Expected{Service: rec.Service, Region: rec.Region}); err != nil {
				b.Fatal(err)
			}
		}
	}
}
