package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Config says which certificates there are.
type Config struct {
	Files []Files // the first is for clients that ask for no name, or for another
	// Domains are names whose certificates are fetched from an ACME authority.
	Domains   []string
	Email     string
	Directory string // Let's Encrypt's if empty
	CA        string // PEM file with roots for the directory; the system's if empty
	// Store and SealKey keep what the authority gave out.
	Store   store.Store
	SealKey []byte
	Log     *slog.Logger
}

// Certificates choose the certificate of each connection.
type Certificates struct {
	pairs   []*pair
	domains []string
	manager *autocert.Manager // nil without domains
	cache   *cache
	log     *slog.Logger

	mu   sync.Mutex
	told map[string]time.Time // when a domain's trouble was logged last
}

// tellEvery is how often the trouble with one domain is logged.
const tellEvery = time.Minute

// Open reads the files; a fault in them makes it fail.
func Open(ctx context.Context, c Config) (*Certificates, error) {
	x := &Certificates{log: c.Log, told: map[string]time.Time{}}
	for _, f := range c.Files {
		p, err := openPair(f, c.Log)
		if err != nil {
			return nil, err
		}
		x.pairs = append(x.pairs, p)
	}
	if len(c.Domains) == 0 {
		return x, nil
	}
	for _, d := range c.Domains {
		x.domains = append(x.domains, strings.ToLower(d))
	}
	client := &acme.Client{DirectoryURL: c.Directory}
	if c.Directory == "" {
		client.DirectoryURL = autocert.DefaultACMEDirectory
	}
	transport, err := transportOf(c.CA)
	if err != nil {
		return nil, err
	}
	client.HTTPClient = &http.Client{Transport: newOrders(transport), Timeout: 30 * time.Second}
	if x.cache, err = openCache(ctx, c.Store, c.SealKey); err != nil {
		return nil, err
	}
	x.manager = &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: x.cache, HostPolicy: autocert.HostWhitelist(x.domains...), Client: client, Email: c.Email,
	}
	return x, nil
}

// transportOf trusts the system's roots, or those of a file.
func transportOf(file string) (http.RoundTripper, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	if file == "" {
		return t, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the roots of the ACME directory: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", file)
	}
	t.TLSClientConfig = &tls.Config{RootCAs: roots}
	return t, nil
}

// Close stops following the store.
func (x *Certificates) Close() {
	if x.cache != nil {
		x.cache.table.Close()
	}
}

// TLS is the configuration of the port: TLS 1.2 with forward secrecy, or newer,
// and HTTP/2.
func (x *Certificates) TLS() *tls.Config {
	protocols := []string{"h2", "http/1.1"}
	if x.manager != nil {
		protocols = append(protocols, acme.ALPNProto)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: protocols, GetCertificate: x.choose}
}

var errNoCertificate = errors.New("there is no certificate for that name")

// choose finds the certificate for a client: of its name, else the first.
func (x *Certificates) choose(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	if x.manager != nil && slices.Contains(x.domains, name) {
		return x.fetched(hello)
	}
	for _, p := range x.pairs {
		if c := p.current(); name != "" && c.Leaf.VerifyHostname(name) == nil {
			return c, nil
		}
	}
	switch {
	case len(x.pairs) > 0:
		return x.pairs[0].current(), nil
	case x.manager != nil && name == "": // a client that goes by address
		first := *hello
		first.ServerName = x.domains[0]
		return x.fetched(&first)
	}
	return nil, errNoCertificate
}

// fetched is the certificate of a domain, which an authority may have to be asked
// for, or the answer to the authority's challenge.
func (x *Certificates) fetched(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c, err := x.manager.GetCertificate(hello)
	if err != nil && x.tell(hello.ServerName) {
		x.log.Warn("no certificate", "domain", hello.ServerName, "error", err)
	}
	return c, err
}

// tell says whether it is time to log the trouble with a domain.
func (x *Certificates) tell(domain string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := time.Now()
	if now.Sub(x.told[domain]) < tellEvery {
		return false
	}
	x.told[domain] = now
	return true
}

// Names are the names that certificates are for, without wildcards.
func (x *Certificates) Names() []string {
	names := slices.Clone(x.domains)
	for _, p := range x.pairs {
		for _, n := range p.current().Leaf.DNSNames {
			if !strings.HasPrefix(n, "*.") {
				names = append(names, strings.ToLower(n))
			}
		}
	}
	return names
}

// Redirect answers plain HTTP: an authority's challenges, and everything else
// with the same address under HTTPS.
func (x *Certificates) Redirect(httpsPort string) http.Handler {
	h := http.Handler(redirect(httpsPort))
	if x.manager == nil {
		return h
	}
	challenges := x.manager.HTTPHandler(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/.well-known/acme-challenge/") {
			r = r.Clone(r.Context())
			r.Host = strings.ToLower(withoutPort(r.Host)) // as domains are
			challenges.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func withoutPort(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// redirect keeps the method (308) except of what browsers type (301).
func redirect(port string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		host := withoutPort(r.Host)
		if host == "" || strings.ContainsAny(host, "/\\@ ") || !strings.HasPrefix(r.RequestURI, "/") {
			http.Error(w, "Use HTTPS", http.StatusBadRequest)
			return
		}
		if port != "443" {
			host = net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
		status := http.StatusPermanentRedirect
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			status = http.StatusMovedPermanently
		}
		w.Header().Set("Connection", "close")
		w.Header().Set("Location", "https://"+host+r.RequestURI)
		w.WriteHeader(status)
	}
}
