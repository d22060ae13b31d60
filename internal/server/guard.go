package server

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// guard keeps web pages of other sites away from the AWS APIs, the console and
// the own endpoints: a browser on this machine can reach the port, and in dev
// mode whoever reaches it is root. Deployed APIs and function URLs do not pass
// here; their CORS is their own.
type guard struct {
	hosts, origins []string
}

// refuse returns why a request is not let in, or "".
func (g guard) refuse(r *http.Request) string {
	if host := hostname(r.Host); !g.hostAllowed(host) {
		return "the host " + host + " is not one of this server's names; --allow-host adds it"
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		// Navigations and form posts of older browsers carry no Origin; newer
		// ones say where they come from.
		if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
			if !isLink(r) {
				return "requests of web pages of other sites are refused; --allow-origin adds a site"
			}
		}
		return ""
	}
	if !g.originAllowed(origin, r) {
		return "requests of web pages of " + origin + " are refused; --allow-origin adds it"
	}
	return ""
}

// isLink tells the following of a link to a page of the console, the one thing
// that other sites may cause.
func isLink(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.URL.RawQuery == "" &&
		(r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, "/console/"))
}

// hostAllowed admits loopback, names that only resolve there, AWS's own names
// (clients that are pointed here by a proxy setting), and what was allowed.
func (g guard) hostAllowed(host string) bool {
	return isLoopback(host) || host == "" ||
		strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".amazonaws.com") ||
		slices.ContainsFunc(g.hosts, func(h string) bool { return matchHost(h, host) })
}

func matchHost(pattern, host string) bool {
	if pattern == "*" {
		return true
	}
	if suffix, ok := strings.CutPrefix(pattern, "*."); ok {
		return strings.HasSuffix(host, "."+suffix)
	}
	return strings.EqualFold(pattern, host)
}

func (g guard) originAllowed(origin string, r *http.Request) bool {
	if slices.Contains(g.origins, origin) || slices.Contains(g.origins, "*") {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host) && g.hostAllowed(hostname(u.Host))
}

// hostname is a Host header without its port, in lower case.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}
