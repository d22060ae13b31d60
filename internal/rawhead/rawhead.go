// Package rawhead lets net/http serve requests without losing what it throws
// away: the request target as the client sent it and the header names with the
// client's own letters. API Gateway matches header names by case in mappings
// and hands them on as they came, and it answers requests whose path cannot be
// decoded, which net/http refuses by itself.
//
// A [Listener] wraps each connection with a tap that reads along, one head per
// request. Where a target holds a byte that net/http might refuse, the tap puts
// an underscore in its place; [Handler] gives the original back.
//
// Read in this order: rawhead.go (what handlers see), conn.go (the tap),
// framing.go (where the next head begins).
package rawhead

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Field is one header field, name and value as on the wire, blanks around the
// value cut.
type Field struct{ Name, Value string }

// Head is the head of one request as the client sent it.
type Head struct {
	Target string // "/restapis/a/b?c=%zz"
	Fields []Field
}

// Last returns the last value of a field, its name compared without case, ""
// if there is none.
func Last(fields []Field, name string) string {
	for i := len(fields) - 1; i >= 0; i-- {
		if strings.EqualFold(fields[i].Name, name) {
			return fields[i].Value
		}
	}
	return ""
}

// Values returns the values of a field, its name compared without case.
func (h *Head) Values(name string) []string {
	var values []string
	for _, f := range h.Fields {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

// Header is the fields as net/http has them: by canonical names, without Host.
func (h *Head) Header() http.Header {
	header := make(http.Header, len(h.Fields))
	values := make([]string, len(h.Fields))
	for i, f := range h.Fields {
		name := http.CanonicalHeaderKey(f.Name)
		switch list := header[name]; {
		case name == "Host":
		case list == nil:
			values[i] = f.Value
			header[name] = values[i : i+1 : i+1]
		default:
			header[name] = append(list, f.Value)
		}
	}
	return header
}

type connKey struct{}

// ConnContext is for http.Server.ConnContext; it makes Handler work.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	if t, ok := c.(*conn); ok {
		return context.WithValue(ctx, connKey{}, t)
	}
	return ctx
}

// next returns the head of the request that the handler was just called with,
// or nil where there is none (HTTP/2). It is called exactly once per request.
func next(r *http.Request) *Head {
	if t, ok := r.Context().Value(connKey{}).(*conn); ok {
		return t.next(r.RequestURI)
	}
	return nil
}

// Handler puts each request's target back as it was sent, and calls h. Where
// the target cannot be parsed, r.URL keeps the patched one and r.RequestURI is
// the original.
func Handler(h func(w http.ResponseWriter, r *http.Request, head *Head)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := next(r)
		if t, ok := r.Context().Value(connKey{}).(*conn); ok {
			r.TLS = t.tls // which net/http does not see under the tap
		}
		if head != nil && head.Target != r.RequestURI {
			r.RequestURI = head.Target
			if u, err := url.ParseRequestURI(head.Target); err == nil {
				r.URL = u
			}
		}
		h(w, r, head)
	})
}
