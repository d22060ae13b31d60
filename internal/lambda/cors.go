package lambda

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// cors adds the headers of the URL's CORS settings and answers preflight
// requests; it reports whether the request is answered. AWS: with CORS
// configured, the function does not see preflight requests.
func (x *urlExchange) cors() bool {
	c, origin := x.config.Cors, x.r.Header.Get("Origin")
	if c == nil {
		return false
	}
	preflight := x.r.Method == http.MethodOptions && x.r.Header.Get("Access-Control-Request-Method") != ""
	h := x.w.Header()
	if allowed := c.origin(origin); origin != "" && allowed != "" {
		h.Set("Access-Control-Allow-Origin", allowed)
		h.Set("Vary", "Origin")
		setIf(h, "Access-Control-Allow-Credentials", deref(c.AllowCredentials), "true")
		setIf(h, "Access-Control-Expose-Headers", len(c.ExposeHeaders) > 0 && !preflight, strings.Join(c.ExposeHeaders, ","))
		setIf(h, "Access-Control-Allow-Methods", len(c.AllowMethods) > 0 && preflight, strings.Join(c.AllowMethods, ","))
		setIf(h, "Access-Control-Allow-Headers", len(c.AllowHeaders) > 0 && preflight, strings.Join(c.AllowHeaders, ","))
		setIf(h, "Access-Control-Max-Age", c.MaxAge != nil && preflight, strconv.FormatInt(deref(c.MaxAge), 10))
	}
	if preflight {
		h.Set("Content-Length", "0")
		x.start(http.StatusOK)
	}
	return preflight
}

func setIf(h http.Header, name string, on bool, value string) {
	if on {
		h.Set(name, value)
	}
}

// origin is what to allow for an origin, "" if it is not allowed. Origins may
// have wildcards for a label: https://*.example.com.
func (c *Cors) origin(origin string) string {
	if slices.Contains(c.AllowOrigins, "*") {
		return "*"
	}
	for _, pattern := range c.AllowOrigins {
		before, after, wild := strings.Cut(pattern, "*")
		if pattern == origin || wild && len(origin) >= len(before)+len(after) && strings.HasPrefix(origin, before) && strings.HasSuffix(origin, after) {
			return origin
		}
	}
	return ""
}
