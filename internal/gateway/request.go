package gateway

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
)

// read takes in what a request says about itself, but for its body.
func (x *exchange) read(r *http.Request, t Target) error {
	x.r, x.target = r, t
	x.verb = r.Method
	x.secure = r.TLS != nil || t.Secure
	if x.sourceIP = t.SourceIP; x.sourceIP == "" {
		x.sourceIP = remoteIP(r.RemoteAddr)
	}
	var size int
	x.requestHead, size = appendHead(x.requestHead, r, t.Head)
	if v, _ := fold(x.requestHead, "X-HTTP-Method-Override"); v != "" {
		x.verb = strings.ToUpper(v)
	}
	x.ids = newIdentifiers(x.requestHead, x.start)
	x.path = "/" + strings.TrimLeft(t.RawPath, "/")
	if len(t.RawPath)+len(t.RawQuery) > maxURLBytes {
		return &failure{kind: requestTooLarge, status: 414, message: "Request URI too long", early: true, fixed: true}
	}
	if size > maxHeaderBytes || r.ContentLength > maxBodyBytes {
		return tooLarge()
	}
	x.query = appendQuery(x.query, t.RawQuery)
	x.addOwnHead()
	return nil
}

// tooLarge cannot be customised. AWS.
func tooLarge() error {
	return &failure{kind: requestTooLarge, message: "Request Too Long", early: true, fixed: true}
}

// addOwnHead adds the header fields that API Gateway puts onto a request. It
// says https on port 443 always, since that is what AWS serves.
func (x *exchange) addOwnHead() {
	x.contentType = applicationJSON
	if ct, ok := fold(x.requestHead, "Content-Type"); ok && ct != "" {
		x.contentType = mediaType(ct)
	}
	forwarded := x.sourceIP
	if x.target.ForwardedFor != "" {
		forwarded = x.target.ForwardedFor
	} else if via, ok := fold(x.requestHead, "X-Forwarded-For"); ok && via != "" {
		forwarded = via + ", " + x.sourceIP
	}
	x.ownHead = len(x.requestHead)
	x.requestHead = append(x.requestHead,
		field("X-Amzn-Trace-Id", x.ids.trace.short()),
		field("X-Forwarded-For", forwarded),
		field("X-Forwarded-Port", "443"),
		field("X-Forwarded-Proto", "https"))
	x.hideReplaced()
}

// hideReplaced takes the client's own fields of these names out, but leaves
// them to HTTP proxies, which get the client's header as it was.
func (x *exchange) hideReplaced() {
	kept := x.requestHead[:0]
	own := 0
	for i, f := range x.requestHead {
		if i < x.ownHead && (len(f.Name) >= 15 && len(f.Name) <= 17) && replacedFields.has(f.Name) {
			x.replaced = append(x.replaced, f)
			continue
		}
		if i < x.ownHead {
			own++
		}
		kept = append(kept, f)
	}
	x.requestHead, x.ownHead = kept, own
}

var replacedFields = newNameSet("X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto")

// readBody reads the body, and decodes it where the API takes compressed ones.
func (x *exchange) readBody() error {
	if x.bodyRead || x.r == nil {
		return nil
	}
	x.bodyRead = true
	if x.r.Body == nil || x.r.Body == http.NoBody || x.r.ContentLength == 0 {
		return nil
	}
	buf := bytes.NewBuffer(x.in[:0])
	if n := x.r.ContentLength; n > 0 {
		buf.Grow(int(min(n, 1<<20)) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(io.LimitReader(x.r.Body, maxBodyBytes+1))
	x.in = buf.Bytes()
	x.wireBody, x.body = x.in, x.in
	if err != nil {
		return badBody(err)
	}
	if len(x.body) > maxBodyBytes {
		return tooLarge()
	}
	if x.plan.compressAt >= 0 {
		return x.decodeBody()
	}
	return nil
}

func badBody(err error) error {
	return &failure{kind: badRequestBody, message: "Invalid request body", lines: []string{"Execution failed due to bad request: " + err.Error()}}
}

// decodeBody undoes Content-Encoding. AWS: gzip, deflate and identity.
func (x *exchange) decodeBody() error {
	encoding, _ := fold(x.requestHead, "Content-Encoding")
	body, err := decoded(x.wireBody, encoding)
	if errors.Is(err, errTooLarge) {
		return tooLarge()
	}
	if err != nil {
		return badBody(err)
	}
	x.body = body
	return nil
}

// decoded undoes a Content-Encoding of gzip or deflate, up to the limit of a
// body; any other leaves it as it is.
func decoded(b []byte, encoding string) ([]byte, error) {
	var r io.Reader
	switch strings.ToLower(encoding) {
	case "gzip":
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		r = z
	case "deflate":
		r = flate.NewReader(bytes.NewReader(b))
	default:
		return b, nil
	}
	return readAll(r, -1, maxBodyBytes)
}
