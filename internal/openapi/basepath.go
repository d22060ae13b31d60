package openapi

import (
	"net/url"
	"slices"
	"strings"
)

// basePath is the path part that a document claims for all its paths.
func (r *reader) basePath() string {
	if !r.v3 {
		return r.doc.get("basePath").text()
	}
	servers := r.doc.get("servers")
	for s := range servers.each() {
		if v := s.path("variables", "basePath", "default"); v != nil {
			return v.text()
		}
	}
	server := servers.first()
	url := server.get("url").text()
	for name, v := range server.get("variables").members() {
		r.spend(len(url))
		url = strings.Replace(url, "{"+name+"}", v.get("default").text(), 1)
	}
	return serverPath(url)
}

// serverPath is the path part of a server's URL, which may be a template or
// have no host.
func serverPath(server string) string {
	if _, rest, ok := strings.Cut(server, "://"); ok {
		_, path, _ := strings.Cut(rest, "/")
		return path
	}
	if strings.HasPrefix(server, "//") {
		_, path, _ := strings.Cut(server[2:], "/")
		return path
	}
	return server
}

// pathPrefix is what basePath adds to each path. AWS: nothing unless the call
// asks for it; where it is split, its first part stands for the stage.
func (r *reader) pathPrefix() string {
	mode := r.options.Parameters["basepath"]
	if mode == "" {
		mode = r.options.Parameters["basePath"]
	}
	if mode != "prepend" && mode != "split" {
		return ""
	}
	base := r.basePath()
	if plain, err := url.PathUnescape(base); err == nil {
		base = plain
	}
	parts := slices.DeleteFunc(strings.Split(base, "/"), func(p string) bool { return p == "" })
	if mode == "split" && len(parts) > 0 {
		parts = parts[1:]
	}
	if len(parts) == 0 {
		return ""
	}
	return "/" + strings.Join(parts, "/")
}
