package gateway

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/lambdagate/lambdagate/internal/http1"
)

// notToBackends is what a proxied request's header loses on its way, besides
// what is dropped at the door.
var notToBackends = newNameSet("Host", "Content-Encoding", "Via", "X-Amzn-Trace-Id", "X-Amzn-Apigateway-Api-Id",
	"X-HTTP-Method-Override")

// neverMapped is dropped even when it is mapped. AWS (recorded).
var neverMapped = newNameSet("Expect", "Proxy-Authenticate", "TE", "Via")

// callHTTP sends the integration request to an HTTP endpoint.
func (x *exchange) callHTTP(ctx context.Context, i *integration) error {
	x.buildHTTP(i)
	target, err := parseEndpoint(i.uri.fill(x.plan, x.call.path))
	if err != nil {
		return err
	}
	if i.link != "" {
		if err := x.followLink(i.link, target); err != nil {
			return err
		}
	}
	call := x.httpCall(target)
	x.noteHTTP(target.Scheme+"://"+target.Host, call)
	x.answer.called = true
	resp, err := x.plan.backends.client(i.insecure).Do(ctx, call)
	if err != nil {
		return x.endpointError(ctx, target.Hostname(), err)
	}
	return x.takeHTTP(ctx, i, resp)
}

// buildHTTP completes method, header and query of the call.
func (x *exchange) buildHTTP(i *integration) {
	x.call.method = i.verb
	if i.verb == "" || i.verb == "ANY" {
		x.call.method = x.verb
	}
	mapped := slices.Clone(x.call.head)
	x.call.head = x.call.head[:0]
	if i.kind == httpProxy {
		for _, f := range x.requestHead[:x.ownHead] {
			if !notToBackends.has(f.Name) {
				x.call.head = append(x.call.head, f)
			}
		}
		for _, f := range x.replaced {
			if !notToBackends.has(f.Name) {
				x.call.head = append(x.call.head, f)
			}
		}
		mappedQuery := slices.Clone(x.call.query)
		x.call.query = append(append(x.call.query[:0], x.query...), mappedQuery...)
		x.call.body = x.body
	} else {
		x.call.head = append(x.call.head, field("Accept", applicationJSON),
			field("User-Agent", "AmazonAPIGateway_"+x.plan.apiID))
		if ct, ok := last(x.requestHead, "Content-Type"); ok && hasBody(x.call.method) {
			x.call.head = append(x.call.head, field("Content-Type", ct))
		}
	}
	x.call.head = append(x.call.head, field("X-Amzn-Apigateway-Api-Id", x.plan.apiID),
		field("X-Amzn-Trace-Id", x.ids.trace.short()))
	for n, f := range mapped {
		if neverMapped.has(f.Name) {
			continue
		}
		if firstOfName(mapped, n) {
			x.call.head = removeField(x.call.head, f.Name)
		}
		x.call.head = append(x.call.head, f)
	}
}

// hasBody reports whether requests of a method usually carry a body.
func hasBody(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE"
}

// parseEndpoint reads the URL of an endpoint. A character that Java's URI does
// not take is AWS's configuration error, with its place.
func parseEndpoint(s string) (*url.URL, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || scheme != "http" && scheme != "https" {
		return nil, misconfigured("Invalid endpoint address")
	}
	query := strings.IndexByte(s, '?')
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("{}\"<>\\^`|", c) >= 0 {
			part := "path"
			if query >= 0 && i > query {
				part = "query"
			}
			return nil, misconfigured("Illegal character in " + part + " at index " + strconv.Itoa(i) + ": " + s)
		}
	}
	rest, _, _ = strings.Cut(rest, "#")
	hostAndPath, rawQuery, _ := strings.Cut(rest, "?")
	host, path, _ := strings.Cut(hostAndPath, "/")
	if strings.IndexByte(host, '@') >= 0 {
		return nil, misconfigured("Invalid endpoint address")
	}
	u := &url.URL{Scheme: scheme, Host: host, RawQuery: rawQuery}
	if u.Hostname() == "" {
		return nil, misconfigured("Invalid endpoint address")
	}
	setRawPath(u, "/"+path)
	return u, nil
}

// setRawPath makes path, as it is, what goes out on the request line.
func setRawPath(u *url.URL, path string) {
	if !strings.HasPrefix(path, "//") {
		u.Opaque = path
		return
	}
	u.RawPath = path // an opaque "//" would stand for an authority
	u.Path, _ = url.PathUnescape(path)
}

// followLink sends the call where a VPC link leads: to the address that the
// settings give for its load balancer, else to the URI's own.
func (x *exchange) followLink(id string, target *url.URL) error {
	const dead = "There was an internal error while executing your request"
	if x.g.links == nil {
		return misconfigured(dead)
	}
	id = (&textTemplate{source: id}).stageVariables(x.plan)
	link, ok := x.g.links.VpcLink(x.plan.apiID, id)
	if !ok || value(link.Status) != "AVAILABLE" {
		return misconfigured(dead)
	}
	address := ""
	for _, target := range link.TargetArns {
		address = cmpOr(address, x.g.linkAddress(target))
	}
	if address != "" {
		if _, mapped := fold(x.call.head, "Host"); !mapped {
			x.call.head = append(x.call.head, field("Host", target.Host))
		}
		target.Host = address
	}
	return nil
}

// httpCall is the call as it goes out, names of fields as they are.
func (x *exchange) httpCall(target *url.URL) *http1.Call {
	line := append(x.out[:0], requestPath(target)...)
	mark := byte('?')
	if target.RawQuery != "" {
		line, mark = append(append(line, '?'), target.RawQuery...), '&'
	}
	for _, f := range x.call.query {
		line, mark = append(line, mark), '&'
		line = append(appendQueryEscape(line, f.Name), '=')
		line = appendQueryEscape(line, f.Value)
	}
	x.out = line
	call := &http1.Call{
		Method: x.call.method, TLS: target.Scheme == "https", Address: address(target), Target: string(line), Host: target.Host,
		Body: x.call.body, HasBody: hasBody(x.call.method) && x.call.method != "DELETE",
	}
	if host, ok := fold(x.call.head, "Host"); ok {
		call.Host = host
	}
	call.Fields = x.scratch[:0]
	for _, f := range x.call.head {
		if validField(f.Name, f.Value) && !notInCalls.has(f.Name) {
			call.Fields = append(call.Fields, f)
		}
	}
	x.scratch = call.Fields
	return call
}

// notInCalls are the fields that the client of package http1 sets.
var notInCalls = newNameSet("Host", "Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Upgrade")

// requestPath is the path as it goes out.
func requestPath(u *url.URL) string {
	if u.Opaque != "" {
		return u.Opaque
	}
	return u.RawPath
}

// address is where to connect to.
func address(u *url.URL) string {
	if port := u.Port(); port != "" {
		return net.JoinHostPort(u.Hostname(), port)
	}
	if u.Scheme == "https" {
		return net.JoinHostPort(u.Hostname(), "443")
	}
	return net.JoinHostPort(u.Hostname(), "80")
}

func (x *exchange) noteHTTP(base string, call *http1.Call) {
	if x.record == nil {
		return
	}
	x.tick()
	uri := base + call.Target
	x.record.about.Target, _, _ = strings.Cut(uri, "?")
	x.note(StepRequestURI, uri)
	x.noteFields(StepRequestHeaders, x.call.head)
	x.noteBody(StepRequestBody, x.call.body, x.call.binary)
	x.note(StepSending, uri)
}

// notFromBackends is what a proxied answer's header loses.
var notFromBackends = newNameSet("Via", "Transfer-Encoding")

// streamFrom is the size, in bytes, from which a proxied body is handed on as
// it comes.
const streamFrom = 256 << 10

// takeHTTP reads the endpoint's answer.
func (x *exchange) takeHTTP(ctx context.Context, i *integration, resp *http1.Answer) error {
	x.answer.status = resp.Status
	x.answer.selection = strconv.Itoa(resp.Status)
	x.answer.requestID = resp.Get("x-amzn-RequestId")
	x.answer.head = append(x.answer.head, resp.Fields...)
	if i.kind == httpProxy && x.mayStream(i, resp) {
		x.answer.stream = resp.Body
		return x.proxyHTTP()
	}
	defer resp.Body.Close()
	body, err := readAll(resp.Body, resp.Length, maxBodyBytes)
	if errors.Is(err, errTooLarge) {
		return misconfigured("Integration response of more than 10485760 bytes")
	}
	if err != nil {
		return x.endpointError(ctx, "", err)
	}
	if x.answer.body, err = x.decodeAnswer(body); err != nil {
		return x.endpointError(ctx, "", err)
	}
	if i.kind == httpProxy {
		return x.proxyHTTP()
	}
	return nil
}

// decodeAnswer undoes the Content-Encoding of the answer, which AWS (recorded)
// does not hand on. An encoding that is not understood stays, header and all.
func (x *exchange) decodeAnswer(body []byte) ([]byte, error) {
	encoding, ok := fold(x.answer.head, "Content-Encoding")
	if !ok || len(body) == 0 {
		return body, nil
	}
	if e := strings.ToLower(encoding); e != "gzip" && e != "deflate" {
		return body, nil
	}
	x.answer.head = removeField(x.answer.head, "Content-Encoding")
	return decoded(body, encoding)
}

// mayStream reports whether an answer can be handed on unread: nothing looks
// into it, and it is small enough for sure or the integration asks for it.
func (x *exchange) mayStream(i *integration, resp *http1.Answer) bool {
	if i.streaming {
		return true
	}
	return resp.Get("Content-Encoding") == "" && resp.Length >= streamFrom && resp.Length <= maxBodyBytes &&
		x.plan.compressAt < 0 && x.cache.key == "" && i.contentHandling == contentUnset && len(x.plan.binary) == 0 && !x.test
}

// proxyHTTP makes the method response of an endpoint's answer.
func (x *exchange) proxyHTTP() error {
	x.status = x.answer.status
	for _, f := range x.answer.head {
		if !notFromBackends.has(f.Name) {
			x.head = append(x.head, f)
		}
	}
	x.remapHeaders(remappedHTTPProxy)
	if x.answer.stream != nil {
		return nil
	}
	body, _, err := x.convertResponse(x.method.integration.contentHandling)
	x.reply = body
	return err
}

var errTooLarge = errors.New("body too large")

// readAll reads a body of up to limit bytes; size is its length, -1 if that is
// not known.
func readAll(r io.Reader, size, limit int64) ([]byte, error) {
	if size > limit {
		return nil, errTooLarge
	}
	if size == 0 {
		return nil, nil
	}
	if size < 0 {
		size = 1024
	}
	b := bytes.NewBuffer(make([]byte, 0, min(size, 1<<20)+bytes.MinRead))
	_, err := b.ReadFrom(io.LimitReader(r, limit+1))
	if err == nil && int64(b.Len()) > limit {
		err = errTooLarge
	}
	return b.Bytes(), err
}

// endpointError words what went wrong with an endpoint.
func (x *exchange) endpointError(ctx context.Context, host string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if reason := tlsProblem(host, err); reason != "" {
		return misconfigured(reason)
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return misconfigured("Invalid endpoint address")
	}
	if _, ok := errors.AsType[*net.AddrError](err); ok {
		return misconfigured("Invalid endpoint address")
	}
	f := &failure{
		kind: integrationFailure, message: "Network error communicating with endpoint",
		lines: []string{"Execution failed due to a network error communicating with endpoint: " + networkReason(err)},
	}
	return f
}

// networkReason words a network error as Java does.
func networkReason(err error) string {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "Connection reset by peer"
	}
	return "Connection is closed"
}

// tlsProblem words a certificate's problem as Java does, "" for other errors.
func tlsProblem(host string, err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: " +
			"unable to find valid certification path to requested target"
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return "PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed"
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return "Host name '" + host + "' does not match the certificate subject provided by the peer (CN=" +
			e.Certificate.Subject.CommonName + ")"
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "PKIX path validation failed: " + e.Err.Error()
	}
	if e, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return e.Msg
	}
	return ""
}

// backends are the connections of a stage to HTTP endpoints. Stages that show
// a client certificate have their own.
type backends struct{ verified, unverified *http1.Client }

func (b *backends) client(insecure bool) *http1.Client {
	if insecure {
		return b.unverified
	}
	return b.verified
}

func newBackends(base *tls.Config) *backends {
	return &backends{newClient(base, false), newClient(base, true)}
}

// newClient returns a client that neither decompresses nor follows redirects,
// and keeps many connections to one host.
func newClient(base *tls.Config, insecure bool) *http1.Client {
	config := base.Clone()
	config.InsecureSkipVerify = insecure
	return &http1.Client{TLS: config, DialTimeout: 10 * time.Second, MaxIdle: 512, IdleTimeout: time.Minute}
}

func (b *backends) close() {
	b.verified.Close()
	b.unverified.Close()
}
