package gateway

import (
	"strings"

	"github.com/lambdagate/lambdagate/internal/rawhead"
)

// Target is what a listener has found out about a request: the API and stage
// that it is for, and the rest of the request line as it came over the wire.
type Target struct {
	APIID, Stage string

	// RawPath is the path behind the stage, still percent-encoded: "" or
	// starting with a slash.
	RawPath string
	// RawQuery is what stands behind the question mark.
	RawQuery string

	// Domain is the name of the host without port; "" means the request's own.
	Domain string
	// Custom says that Domain is a custom domain name.
	Custom bool
	// BasePath is the base path that matched on a custom domain, without
	// slashes, "" for (none).
	BasePath string

	// FullPath is the whole path on a custom domain, base path included.
	FullPath string
	// SourceIP is the client's address, "" for the connection's.
	SourceIP string
	// ForwardedFor is X-Forwarded-For as a trusted proxy passed it on, up to
	// SourceIP; "" for the client's own field with SourceIP behind it.
	ForwardedFor string
	// Secure says that the client reached a trusted proxy over TLS.
	Secure bool

	// Head holds the header fields in the order and with the names that the
	// client sent. nil means to take them from http.Request.Header.
	Head []HeaderField
}

// HeaderField is one field of a message's header. The name keeps its case.
type HeaderField = rawhead.Field

func field(name, value string) HeaderField { return HeaderField{Name: name, Value: value} }

// Resolve finds API and stage of a request by its host (with or without port)
// and raw path, in the forms
//
//	/restapis/{apiId}/{stage}/_user_request_/{path}
//	/_aws/execute-api/{apiId}/{stage}/{path}
//	{apiId}.execute-api.{region}.{anything}/{stage}/{path}
//
// It is false when the request is for none of them.
func Resolve(host, rawPath string) (Target, bool) {
	if rest, ok := strings.CutPrefix(rawPath, "/restapis/"); ok {
		if t, ok := userRequest(rest); ok {
			return t, true
		}
	}
	if rest, ok := strings.CutPrefix(rawPath, "/_aws/execute-api/"); ok {
		api, rest, _ := strings.Cut(rest, "/")
		return staged(api, rest), api != ""
	}
	api, ok := executeAPIHost(host)
	if !ok {
		return Target{}, false
	}
	return staged(api, strings.TrimLeft(rawPath, "/")), true
}

// Resolve is the function of that name, and knows custom domain names too.
func (g *Gateway) Resolve(host, rawPath string) (Target, bool) {
	if t, ok := Resolve(host, rawPath); ok || g.domains == nil {
		return t, ok
	}
	host = strings.ToLower(hostname(host))
	m, ok := g.domains.Mapping(host, rawPath)
	return Target{
		APIID: m.APIID, Stage: m.Stage, RawPath: m.RawPath, BasePath: m.BasePath, Custom: true, Domain: host, FullPath: rawPath,
	}, ok
}

// userRequest reads {apiId}/{stage}/_user_request_{path}.
func userRequest(s string) (Target, bool) {
	api, rest, ok := strings.Cut(s, "/")
	if !ok {
		return Target{}, false
	}
	stage, rest, ok := strings.Cut(rest, "/")
	if !ok {
		return Target{}, false
	}
	path, ok := strings.CutPrefix(rest, "_user_request_")
	if !ok || path != "" && path[0] != '/' {
		return Target{}, false
	}
	return Target{APIID: api, Stage: stage, RawPath: path}, true
}

// staged reads {stage}{path}.
func staged(api, s string) Target {
	i := strings.IndexByte(s, '/')
	if i < 0 {
		i = len(s)
	}
	return Target{APIID: api, Stage: s[:i], RawPath: s[i:]}
}

// executeAPIHost returns the API's id in {apiId}.execute-api.…; a private
// API's {apiId}-{vpceId} loses its endpoint.
func executeAPIHost(host string) (string, bool) {
	label, rest, ok := strings.Cut(host, ".")
	if !ok || !strings.HasPrefix(rest, "execute-api") || len(rest) > 11 && rest[11] != '.' && rest[11] != ':' {
		return "", false
	}
	api, _, _ := strings.Cut(label, "-")
	return strings.ToLower(api), api != ""
}

// hostname cuts the port off a host.
func hostname(host string) string {
	if strings.HasPrefix(host, "[") {
		if i := strings.IndexByte(host, ']'); i > 0 {
			return host[:i+1]
		}
		return host
	}
	if i := strings.IndexByte(host, ':'); i >= 0 {
		return host[:i]
	}
	return host
}
