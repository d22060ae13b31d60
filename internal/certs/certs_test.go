package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/acme/autocert"

	"github.com/lambdagate/lambdagate/internal/store/sqlite"
)

// makeFiles writes a certificate for names; its serial number tells it from others.
func makeFiles(t testing.TB, dir, base string, serial int64, names ...string) Files {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: base}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	f := Files{filepath.Join(dir, base+".pem"), filepath.Join(dir, base+".key")}
	for path, block := range map[string]*pem.Block{f.Cert: {Type: "CERTIFICATE", Bytes: der}, f.Key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func serial(t testing.TB, x *Certificates, name string) int64 {
	t.Helper()
	c, err := x.choose(&tls.ClientHelloInfo{ServerName: name})
	if err != nil {
		t.Fatal(err)
	}
	return c.Leaf.SerialNumber.Int64()
}

func TestChoose(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	x, err := Open(t.Context(), Config{Files: []Files{
		makeFiles(t, dir, "a", 1, "gate.example"), makeFiles(t, dir, "b", 2, "*.apis.example", "apis.example"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int64{
		"gate.example": 1, "GATE.example.": 1, "apis.example": 2, "x.apis.example": 2, "x.y.apis.example": 1, "other.example": 1, "": 1,
	} {
		if got := serial(t, x, name); got != want {
			t.Errorf("%q has certificate %d, want %d", name, got, want)
		}
	}
	if got, want := x.Names(), []string{"gate.example", "apis.example"}; !reflect.DeepEqual(got, want) {
		t.Errorf("names %v, want %v", got, want)
	}
}

func TestUnusableFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := makeFiles(t, dir, "a", 1, "a.example"), makeFiles(t, dir, "b", 2, "b.example")
	for name, f := range map[string]Files{
		"missing": {filepath.Join(dir, "none"), a.Key}, "the other's key": {a.Cert, b.Key}, "swapped": {a.Key, a.Cert}, "no key": {a.Cert, ""},
	} {
		if _, err := Open(t.Context(), Config{Files: []Files{f}}); err == nil || !strings.HasPrefix(err.Error(), "read the certificate") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReload: a changed file is used from then on; one that is unusable is not,
// and is told.
func TestReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := makeFiles(t, dir, "a", 1, "a.example")
	var log bytes.Buffer
	x, err := Open(t.Context(), Config{Files: []Files{f}, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	look := func() int64 { // as if a second had passed
		x.pairs[0].looked = time.Time{}
		return serial(t, x, "")
	}
	if n := look(); n != 1 {
		t.Errorf("unchanged: certificate %d", n)
	}
	makeFiles(t, dir, "a", 2, "a.example", "longer.example")
	if n := serial(t, x, ""); n != 1 {
		t.Errorf("looked before the time: certificate %d", n)
	}
	if n := look(); n != 2 {
		t.Errorf("changed: certificate %d", n)
	}
	if err := os.WriteFile(f.Cert, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := look(); n != 2 || !strings.Contains(log.String(), "the old one stays") {
		t.Errorf("unusable: certificate %d, log %s", n, log.String())
	}
	makeFiles(t, dir, "a", 3, "a.example")
	if n := look(); n != 3 {
		t.Errorf("usable again: certificate %d", n)
	}
}

func TestRedirect(t *testing.T) {
	t.Parallel()
	x := &Certificates{}
	for _, c := range []struct {
		method, host, target, port string
		status                     int
		location                   string
	}{
		{"GET", "gate.example", "/a%2Fb?c=d", "443", 301, "https://gate.example/a%2Fb?c=d"},
		{"GET", "gate.example:80", "/", "8443", 301, "https://gate.example:8443/"},
		{"POST", "gate.example", "/", "443", 308, "https://gate.example/"},
		{"GET", "[::1]:80", "/", "8443", 301, "https://[::1]:8443/"},
		{"GET", "evil/@x", "/", "443", 400, ""},
		{"OPTIONS", "gate.example", "*", "443", 400, ""},
	} {
		r := httptest.NewRequest(c.method, "/", nil)
		r.Host, r.RequestURI = c.host, c.target
		w := httptest.NewRecorder()
		x.Redirect(c.port).ServeHTTP(w, r)
		if w.Code != c.status || w.Header().Get("Location") != c.location {
			t.Errorf("%+v: %d %q", c, w.Code, w.Header().Get("Location"))
		}
	}
}

// TestCache: what an authority gave out is sealed, and there after a restart;
// another seal key does not open it.
func TestCache(t *testing.T) {
	t.Parallel()
	st, err := sqlite.Open(t.Context(), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	key, other := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	open := func(key []byte) *cache {
		c, err := openCache(t.Context(), st, key)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.table.Close)
		return c
	}
	c := open(key)
	if _, err := c.Get(t.Context(), "gate.example"); err != autocert.ErrCacheMiss {
		t.Errorf("before: %v", err)
	}
	if err := c.Put(t.Context(), "gate.example", []byte("PRIVATE")); err != nil {
		t.Fatal(err)
	}
	if b, err := open(key).Get(t.Context(), "gate.example"); string(b) != "PRIVATE" || err != nil {
		t.Errorf("after: %s, %v", b, err)
	}
	if _, err := open(other).Get(t.Context(), "gate.example"); err != autocert.ErrCacheMiss {
		t.Errorf("with another key: %v", err)
	}
	docs, err := st.List(t.Context(), "")
	if err != nil || len(docs) != 1 || bytes.Contains(docs[0].Value, []byte("PRIVATE")) || bytes.Contains(docs[0].Value, []byte("UFJJVkFURQ")) {
		t.Errorf("stored %v, %v", docs, err)
	}
	for range 2 { // deleting what is not there is no error
		if err := c.Delete(t.Context(), "gate.example"); err != nil {
			t.Error(err)
		}
	}
}

func TestDirectoryRoots(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := makeFiles(t, dir, "ca", 1, "ca.example")
	if tr, err := transportOf(f.Cert); err != nil || tr.(*http.Transport).TLSClientConfig.RootCAs == nil {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{f.Key, filepath.Join(dir, "none")} {
		if _, err := transportOf(bad); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}
