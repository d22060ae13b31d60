package awsapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Wire is the door for unmodified AWS clients.
type Wire struct {
	Registry *Registry
	// Authenticate says who sent a request for the named service, or refuses it.
	Authenticate func(r *http.Request, service string, body []byte) (Caller, error)
	// Region reads the region out of a request's credentials.
	Region func(r *http.Request) string
	// ClientIP tells where a request came from.
	ClientIP func(r *http.Request) string
	// Secure tells whether it came over TLS; nil asks the connection only.
	Secure func(r *http.Request) bool
}

// maxBody bounds requests: Lambda takes zip files of 50 MB as base64, all
// others 10 MiB.
func maxBody(service string) int64 {
	if service == "lambda" {
		return 70_167_211
	}
	return 10 << 20
}

// ServeService answers a request to the named service.
func (w *Wire) ServeService(rw http.ResponseWriter, r *http.Request, service string) {
	svc := w.Registry.Service(service)
	p := svc.protocolOf(r)
	call := &Call{
		RequestID: NewRequestID(), Region: w.Region(r), SourceIP: w.ClientIP(r), UserAgent: r.UserAgent(), Secure: w.secure(r),
		TraceID: r.Header.Get("X-Amzn-Trace-Id"), Reply: http.Header{},
	}
	rep := w.answer(r, svc, p, call)
	rep.send(rw, r, svc, call)
}

func (w *Wire) secure(r *http.Request) bool {
	if w.Secure == nil {
		return r.TLS != nil
	}
	return w.Secure(r)
}

// protocolOf is the protocol of a request, among those of the service.
func (b *BoundService) protocolOf(r *http.Request) Protocol {
	p := b.Protocol
	switch {
	case r.Header.Get("Smithy-Protocol") == cborProtocol:
		p = CBOR
	case r.Header.Get("X-Amz-Target") != "":
		p = JSON10
	}
	if slices.Contains(b.Further, p) {
		return p
	}
	return b.Protocol
}

func (w *Wire) answer(r *http.Request, svc *BoundService, p Protocol, call *Call) reply {
	body, err := readBody(r, svc)
	if err == nil {
		call.Caller, err = w.Authenticate(r, svc.Name, body)
	}
	var op *BoundOperation
	var in any
	if err == nil {
		body, err = uncompressed(r, body, maxBody(svc.Name))
	}
	if err == nil {
		op, in, err = svc.decode(r, p, body)
	}
	var out any
	if err == nil {
		out, err = w.Registry.Call(r.Context(), call, op, in)
	}
	if err != nil {
		return svc.errorReply(r, p, call, err)
	}
	return op.encode(p, call, out)
}

func readBody(r *http.Request, svc *BoundService) ([]byte, error) {
	limit := maxBody(svc.Name)
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		if svc.Name == "lambda" {
			return nil, &Error{Code: "RequestEntityTooLargeException", Status: 413, Type: "User", MessageKey: "Message",
				Message: "Request must be smaller than " + strconv.FormatInt(tooLarge.Limit, 10) + " bytes for the " + lambdaOperation(r, svc) + " operation"}
		}
		return nil, Errorf(413, "RequestEntityTooLargeException", "Request too large: the limit is %d bytes", tooLarge.Limit)
	}
	if err != nil {
		return nil, Errorf(400, "RequestAbortedException", "reading the request's body: %s", err)
	}
	return body, nil
}

// uncompressed is the body that a client compressed, as SDKs do with large
// PutMetricData. The signature is of the compressed one.
func uncompressed(r *http.Request, body []byte, limit int64) ([]byte, error) {
	if r.Header.Get("Content-Encoding") != "gzip" {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err == nil {
		body, err = io.ReadAll(io.LimitReader(z, limit+1))
	}
	if err != nil {
		return nil, Errorf(400, "SerializationException", "Could not uncompress the request's body: %s", err)
	}
	if int64(len(body)) > limit {
		return nil, Errorf(413, "RequestEntityTooLargeException", "Request too large: the limit is %d bytes", limit)
	}
	return body, nil
}

func lambdaOperation(r *http.Request, svc *BoundService) string {
	path, query := rawPath(r)
	if op, _ := svc.routes.find(r.Method, path, query); op != nil {
		return op.Name
	}
	return "requested"
}

// rawPath is the request's path as sent, and its decoded query.
func rawPath(r *http.Request) (string, url.Values) {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") { // absolute form
		path = r.URL.EscapedPath()
	}
	values, _ := url.ParseQuery(query) // what cannot be parsed is left out
	return path, values
}

// decode finds the operation of a request and reads its input.
func (b *BoundService) decode(r *http.Request, p Protocol, body []byte) (*BoundOperation, any, error) {
	path, query := rawPath(r)
	switch p {
	case RESTJSON:
		op, params := b.routes.find(r.Method, path, query)
		if op == nil {
			return nil, nil, &Error{Code: "UnknownOperationException", Status: 404, Message: "No operation of " + b.Name + " has the path " + r.Method + " " + path}
		}
		in := op.NewInput()
		return op, in, decodeREST(in, params, query, r.Header, body)
	case Query:
		return b.decodeForm(r, query, body)
	}
	_, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if p == CBOR {
		_, name, _ = strings.Cut(path, "/operation/")
	}
	op := b.Operation(name)
	if op == nil {
		return nil, nil, &Error{Code: "UnknownOperationException", Status: 400, Message: "Unknown operation " + name}
	}
	in := op.NewInput()
	if p == CBOR {
		return op, in, decodeCBOR(in, body)
	}
	return op, in, decodeJSON11(in, body)
}

func (b *BoundService) decodeForm(r *http.Request, form url.Values, body []byte) (*BoundOperation, any, error) {
	if r.Method == http.MethodPost {
		posted, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, nil, Errorf(400, "MalformedQueryString", "The query string is malformed: %s", err)
		}
		for k, v := range posted {
			form[k] = v
		}
	}
	name := form.Get("Action")
	if name == "" {
		return nil, nil, Errorf(400, "MissingAction", "The request must contain the parameter Action.")
	}
	op := b.Operation(name)
	if v := form.Get("Version"); op == nil || v != "" && v != b.APIVersion {
		return nil, nil, Errorf(400, "InvalidAction", "Could not find operation %s for version %s", name, v)
	}
	form.Del("Action")
	form.Del("Version")
	in := op.NewInput()
	return op, in, decodeQuery(in, form)
}

func (op *BoundOperation) encode(p Protocol, call *Call, out any) reply {
	switch p {
	case Query:
		return encodeXML(op, call.RequestID, out)
	case JSON11, JSON10:
		return encodeRPC(op, p, out)
	case CBOR:
		return encodeCBOR(op, out)
	}
	return encodeREST(op, out)
}

func (b *BoundService) errorReply(r *http.Request, p Protocol, call *Call, err error) reply {
	e := AsError(err)
	if e == nil {
		e = internalFailure(b.Name)
	}
	if p == Query {
		return errorXML(b.Namespace, call.RequestID, e)
	}
	rep := errorREST(p, e)
	if p == CBOR {
		rep = errorCBOR(e)
	}
	if b.Protocol == Query && r.Header.Get("X-Amzn-Query-Mode") == "true" { // clients that know the codes of Query
		rep.header.Set("x-amzn-query-error", e.Code+";"+e.side())
	}
	return rep
}

// send writes the reply with the headers that every answer of AWS has.
func (rep reply) send(rw http.ResponseWriter, r *http.Request, svc *BoundService, call *Call) {
	h := rw.Header()
	for k, vs := range rep.header {
		h[k] = vs
	}
	for k, vs := range call.Reply {
		h[k] = vs
	}
	h["x-amzn-RequestId"] = []string{call.RequestID}
	if svc.Name == "apigateway" {
		h["x-amz-apigw-id"] = []string{extendedID(call.RequestID)}
	}
	h.Set("Content-Type", rep.contentType)
	if rep.stream != nil {
		rep.sendStream(rw, r.Context())
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(rep.body)))
	rw.WriteHeader(rep.status)
	if r.Method != http.MethodHead {
		rw.Write(rep.body) //nolint:errcheck // the client is gone; nothing is left to do
	}
}

// sendStream writes each event as soon as it comes.
func (rep reply) sendStream(rw http.ResponseWriter, ctx context.Context) {
	rw.WriteHeader(rep.status)
	flush := http.NewResponseController(rw)
	err := rep.stream(func(e Event) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := rw.Write(appendEvent(nil, e)); err != nil {
			return err
		}
		return flush.Flush()
	})
	if e := AsError(err); e != nil {
		rw.Write(appendEvent(nil, Event{Exception: e.Code, ContentType: "application/json", Payload: errorREST(RESTJSON, e).body})) //nolint:errcheck // as above
	}
}

// extendedID has the look of API Gateway's second request id.
func extendedID(requestID string) string {
	return strings.NewReplacer("-", "").Replace(requestID)[:15] + "="
}
