// Package console serves the web console: the files that `make console` built
// into dist, embedded, and the console's door to the operations.
//
// Read in this order: console.go, files.go (what is embedded, compressed ahead),
// template.go (mapping templates checked while they are typed).
package console

import (
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Config is what the console needs.
type Config struct {
	// API answers POST /console/api/<service>/<Operation>.
	API http.Handler
	// Explain answers POST /console/explain: why somebody may do something.
	Explain http.Handler
	// Requests answers POST /console/requests/<operation>: what happened to
	// requests of deployed APIs; nil shows nothing.
	Requests http.Handler
	// CheckTemplate parses a mapping template; nil means that it is fine.
	CheckTemplate func(template string) *TemplateError
	// SignedIn says whether a request comes from somebody who may use the
	// console; nil lets everybody.
	SignedIn func(r *http.Request) bool
	// Own are further addresses below /console/ that pages post to, such as
	// sign-in.
	Own map[string]http.HandlerFunc
}

// Header names a request of the console's own pages: other sites' pages cannot
// send it without being asked first, and are refused then.
const Header = "X-Lambdagate-Console"

// New returns the handler of everything under /console.
func New(c Config) http.Handler {
	files := embedded()
	mux := http.NewServeMux()
	mux.Handle("POST /console/api/", ownPages(c.API))
	if c.Explain != nil {
		mux.Handle("POST /console/explain", ownPages(c.Explain))
	}
	if c.Requests != nil {
		mux.Handle("POST /console/requests/", ownPages(c.Requests))
	}
	mux.Handle("POST /console/check-template", ownPages(signedIn(c.SignedIn, checkTemplate(c.CheckTemplate))))
	for path, h := range c.Own {
		mux.Handle("POST /console/"+path, ownPages(h))
	}
	mux.Handle("GET /console/", files)
	mux.HandleFunc("GET /console", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/console/", http.StatusMovedPermanently)
	})
	return mux
}

// ownPages lets requests of the console's pages through: they carry the header,
// and come from this very origin. A proxy in front has to pass Host on as it is.
func ownPages(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if r.Header.Get(Header) == "" || !sameOrigin(r) || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			refuse(w, http.StatusForbidden, `{"code":"ForbiddenException","message":"Only the console's own pages may call this."}`)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// sameOrigin tells a request of a page that this host served. Browsers say where
// a request comes from; what is no browser need not.
func sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

func signedIn(check func(*http.Request) bool, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if check != nil && !check(r) {
			refuse(w, http.StatusUnauthorized, `{"code":"NotSignedIn","message":"Sign in first."}`)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// refuse answers with an error in the form of the console's door.
func refuse(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, body) //nolint:errcheck // the client is gone; nothing is left to do
}
