package server

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/gateway"
	"github.com/lambdagate/lambdagate/internal/http1"
	"github.com/lambdagate/lambdagate/internal/lambda"
	"github.com/lambdagate/lambdagate/internal/rawhead"
)

// serveQuick answers a request for a deployed API, or of an AWS client, and leaves
// all others to net/http.
func (s *Server) serveQuick(w *http1.Response, r *http.Request, head *rawhead.Head, peer *http1.Peer) bool {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	target, ok := s.resolve(r.Host, path)
	if !ok {
		return s.serveSigned(w, r, head, path, query)
	}
	if s.isConfined(head.Values("Sec-Fetch-Dest")) {
		return false
	}
	target.RawQuery, target.Head, target.SourceIP = query, head.Fields, peer.IP
	if peer.Trusted {
		s.forwarded(&target, peer.IP, head.Values)
	}
	s.gateway.Serve(w, r, target)
	return true
}

// maxQuickBody is what AWS clients may send by the quick way, in bytes: events, but
// not large code packages.
const maxQuickBody = 8 << 20

// serveSigned answers a request that an AWS client signed, if nothing about it is
// special.
func (s *Server) serveSigned(w http.ResponseWriter, r *http.Request, head *rawhead.Head, path, query string) bool {
	if r.ContentLength > maxQuickBody || !strings.HasPrefix(rawhead.Last(head.Fields, "Authorization"), "AWS4-HMAC-SHA256 ") {
		return false
	}
	if isFunctionURL(r.Host) || isOwn(path) || r.Method == http.MethodGet && path == "/" || strings.HasSuffix(path, "/response-streaming-invocations") {
		return false
	}
	address, err := url.ParseRequestURI(r.RequestURI)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	whole := r.WithContext(ctx)
	whole.URL, whole.Header = address, head.Header()
	if s.config.Mode == "dev" && s.guard.refuse(whole) != "" {
		return false // net/http's handler says why
	}
	s.serveAWS(w, whole, path, query)
	return true
}

// forwarded takes what a trusted proxy at host says about a request's client.
func (s *Server) forwarded(target *gateway.Target, host string, values func(string) []string) {
	target.SourceIP, target.ForwardedFor = s.auth.forwardedFor(host, values("X-Forwarded-For"))
	target.Secure = isHTTPS(values("X-Forwarded-Proto"))
}

// serveHTTP sends a request to its door. Deployed APIs come first: their paths
// and hosts are unmistakable. They come here over HTTP/2, or in a form that
// package http1 leaves to net/http.
func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request, head *rawhead.Head) {
	w, r, end := usualPatience.bound(w, r)
	defer end()
	path, query, _ := strings.Cut(r.RequestURI, "?")
	if target, ok := s.resolve(r.Host, path); ok {
		target.RawQuery = query
		if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil && s.auth.trusted(host) {
			s.forwarded(&target, host, r.Header.Values)
		}
		if head != nil {
			target.Head = head.Fields
		}
		s.gateway.Serve(s.confined(w, r), r, target)
		return
	}
	if s.serveFunctionURL(w, r) {
		return
	}
	if why := s.guard.refuse(r); why != "" && s.config.Mode == "dev" {
		s.log.Warn("request refused", "host", r.Host, "origin", r.Header.Get("Origin"), "path", path, "reason", why)
		http.Error(w, "lambdagate: "+why, http.StatusForbidden)
		return
	}
	s.serveOwn(w, r, path, query)
}

// resolve finds the deployed API that a request is for. In serve mode nobody's
// custom domain takes one of the server's own names, and at the console's host
// there are no APIs.
func (s *Server) resolve(host, path string) (gateway.Target, bool) {
	if s.config.Mode == "dev" {
		return s.gateway.Resolve(host, path)
	}
	name := hostname(host)
	if want := s.config.Console.Host; want != "" && strings.EqualFold(name, want) {
		return gateway.Target{}, false
	}
	if slices.Contains(s.names, name) {
		return gateway.Resolve(host, path)
	}
	return s.gateway.Resolve(host, path)
}

// ownNames are the host names of the server itself. Of those that have their
// certificates by ACME only the first is: the others may be custom domains.
func (s *Server) ownNames() []string {
	names := slices.Clone(s.config.Domains)
	if d := s.config.ACME.Domains; len(d) > 0 {
		names = append(names, d[0])
	}
	if s.config.Console.Host != "" {
		names = append(names, s.config.Console.Host)
	}
	if u, err := url.Parse(s.config.URL); err == nil && u.Host != "" {
		names = append(names, u.Hostname())
	}
	for i, n := range names {
		names[i] = strings.ToLower(n)
	}
	return names
}

// consoleHere says whether the console answers at a host.
func (s *Server) consoleHere(host string) bool {
	if s.config.Mode == "dev" {
		return true
	}
	want := s.config.Console.Host
	return !s.config.Console.Off && (want == "" || strings.EqualFold(want, hostname(host)))
}

// isOwn says whether a path is none of AWS's.
func isOwn(path string) bool {
	return strings.HasPrefix(path, lambda.DownloadPath) || strings.HasPrefix(path, "/_lambdagate/") || path == "/_localstack/state/reset" ||
		path == "/moto-api/reset" || path == "/console" || strings.HasPrefix(path, "/console/")
}

// serveOwn answers what is not an API that somebody deployed.
func (s *Server) serveOwn(w http.ResponseWriter, r *http.Request, path, query string) {
	switch {
	case strings.HasPrefix(path, lambda.DownloadPath):
		s.lambda.ServeCode(w, r)
	case strings.HasPrefix(path, "/_lambdagate/") || path == "/_localstack/state/reset" || path == "/moto-api/reset":
		s.protect(w, r)
		s.own.ServeHTTP(w, r)
	case path == "/console" || strings.HasPrefix(path, "/console/"):
		s.protect(w, r)
		if !s.consoleHere(r.Host) {
			http.NotFound(w, r)
			return
		}
		s.console.ServeHTTP(w, r)
	case path == "/" && s.consoleHere(r.Host) && query == "" && r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html"):
		s.protect(w, r)
		http.Redirect(w, r, "/console/", http.StatusFound)
	default:
		s.serveAWS(w, r, path, query)
	}
}

func (s *Server) serveAWS(w http.ResponseWriter, r *http.Request, path, query string) {
	service := awsService(r, path, query)
	if s.registry.Service(service) == nil {
		what := "is not recognised: it names no AWS service (credential scope, X-Amz-Target, Action or path)"
		if service != "" {
			what = "is for the AWS service " + service + ", which is not served here"
		}
		w.Header().Set("x-amzn-ErrorType", "UnknownServiceException")
		http.Error(w, `{"__type":"UnknownServiceException","message":"The request `+what+`."}`, http.StatusNotFound)
		return
	}
	s.wire.ServeService(w, r, service)
}

// awsService finds out which AWS API a request is for: by the scope of its
// credentials, else by X-Amz-Target, Action and Version, or path.
func awsService(r *http.Request, path, query string) string {
	if service, _ := scope(r); service != "" {
		return service
	}
	if t := r.Header.Get("X-Amz-Target"); strings.HasPrefix(t, "Logs_20140328.") {
		return "logs"
	} else if strings.HasPrefix(t, "GraniteServiceVersion20100801.") {
		return "monitoring"
	}
	if values, err := url.ParseQuery(query); err == nil && values.Has("Action") {
		return queryService(values.Get("Version"))
	}
	if path == "/" && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return "sts" // unsigned forms are refused by either; AWS's are told apart by host
	}
	if isLambdaPath(path) {
		return "lambda"
	}
	for prefix, service := range pathServices {
		if strings.HasPrefix(path, prefix) {
			return service
		}
	}
	return ""
}

func queryService(version string) string {
	switch version {
	case "2010-05-08":
		return "iam"
	case "2010-08-01":
		return "monitoring"
	}
	return "sts"
}

// pathServices are the first segments of REST APIs.
var pathServices = map[string]string{
	"/service/GraniteServiceVersion20100801/": "monitoring",
	"/restapis": "apigateway", "/apikeys": "apigateway", "/usageplans": "apigateway", "/domainname": "apigateway", "/rejectdomainname": "apigateway",
	"/clientcertificates": "apigateway", "/vpclinks": "apigateway", "/account": "apigateway", "/tags/": "apigateway", "/sdktypes": "apigateway",
}

// isLambdaPath tells the paths of Lambda, which begin with the date of a version:
// /2015-03-31/functions.
func isLambdaPath(path string) bool {
	date, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	_, err := time.Parse(time.DateOnly, date)
	return err == nil
}
