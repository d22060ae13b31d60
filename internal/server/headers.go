package server

import (
	"net/http"
	"net/netip"
)

// ownPolicy is the policy of what is no page: nothing may be loaded, by nobody,
// in no frame. The console's files have one of their own.
const ownPolicy = "default-src 'none'; frame-ancestors 'none'"

// hstsYear keeps browsers at HTTPS for a year.
const hstsYear = "max-age=31536000"

// protect sets the security headers of the console and the own endpoints.
func (s *Server) protect(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", ownPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if _, err := netip.ParseAddr(hostname(r.Host)); err != nil && s.config.Mode != "dev" && s.auth.secure(r) {
		h.Set("Strict-Transport-Security", hstsYear)
	}
}

// isConfined tells a browser that opens what somebody deployed as a page of the
// console's own host, by its Sec-Fetch-Dest.
func (s *Server) isConfined(dest []string) bool {
	if s.config.Mode == "dev" || s.config.Console.Off || s.config.Console.Host != "" || len(dest) == 0 {
		return false
	}
	switch dest[0] {
	case "document", "iframe", "frame", "embed", "object", "fencedframe":
		return true
	}
	return false
}

// confined gives such a page an origin to itself, so that its scripts cannot act
// for whoever is signed in to the console. Other clients see nothing of it.
func (s *Server) confined(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	if s.isConfined(r.Header["Sec-Fetch-Dest"]) {
		return &confinedWriter{ResponseWriter: w}
	}
	return w
}

// confinedWriter adds the policy to whatever the API's answer has.
type confinedWriter struct {
	http.ResponseWriter
	written bool
}

const confinement = "sandbox allow-downloads allow-forms allow-modals allow-popups allow-popups-to-escape-sandbox allow-scripts"

func (w *confinedWriter) WriteHeader(status int) {
	if !w.written && status >= 200 {
		w.written = true
		w.Header().Add("Content-Security-Policy", confinement)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *confinedWriter) Write(b []byte) (int, error) {
	if !w.written {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *confinedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
