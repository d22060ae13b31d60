package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
)

// Payload hashes that stand for "the body is not signed".
const (
	UnsignedPayload = "UNSIGNED-PAYLOAD"
	UnsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
)

// EmptyBody is the hash of an empty body.
const EmptyBody = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// Request is the part of an HTTP request that a signature covers, as it is on
// the wire: nothing decoded, nothing cleaned.
type Request struct {
	Method   string
	Path     string   // up to the question mark, percent-encoded as sent
	Query    string   // after the question mark, as sent
	Headers  []Header // in order, Host among them
	BodyHash string   // see HashBody; "" is an empty body
}

// Header is one header line. Names compare without case.
type Header struct{ Name, Value string }

// HashBody returns the lower-case hex SHA-256 of body.
func HashBody(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// FromHTTP reads an incoming or outgoing request; bodyHash is the hash of its
// body. net/http keeps Host and Transfer-Encoding outside the header map: they
// are put back, since clients sign them.
func FromHTTP(h *http.Request, bodyHash string) *Request {
	r := &Request{Method: h.Method, BodyHash: bodyHash}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	r.Path, r.Query = target(h)
	r.Headers = make([]Header, 0, len(h.Header)+2)
	host := h.Host
	if host == "" && h.URL != nil {
		host = h.URL.Host
	}
	r.Headers = append(r.Headers, Header{"Host", host})
	for name, values := range h.Header {
		if name == "Host" {
			continue
		}
		for _, v := range values {
			r.Headers = append(r.Headers, Header{name, v})
		}
	}
	if len(h.TransferEncoding) > 0 && h.Header["Transfer-Encoding"] == nil {
		r.Headers = append(r.Headers, Header{"Transfer-Encoding", strings.Join(h.TransferEncoding, ", ")})
	}
	return r
}

// target returns path and query as on the wire: from the request line of an
// incoming request, from the URL of an outgoing one.
func target(h *http.Request) (path, query string) {
	line := h.RequestURI
	if line == "" {
		return h.URL.EscapedPath(), h.URL.RawQuery
	}
	if !strings.HasPrefix(line, "/") { // absolute form: http://host/path
		if _, rest, ok := strings.Cut(line, "://"); ok {
			line = strings.TrimLeftFunc(rest, func(c rune) bool { return c != '/' && c != '?' })
		}
	}
	path, query, _ = strings.Cut(line, "?")
	return path, query
}

// get returns the values of the header lines called name.
func (r *Request) get(name string) []string {
	var values []string
	for _, h := range r.Headers {
		if strings.EqualFold(h.Name, name) {
			values = append(values, h.Value)
		}
	}
	return values
}

// header returns the first value of the header, trimmed, or "".
func (r *Request) header(name string) string {
	for _, h := range r.Headers {
		if strings.EqualFold(h.Name, name) {
			return strings.TrimSpace(h.Value)
		}
	}
	return ""
}
