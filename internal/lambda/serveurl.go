package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
	"github.com/lambdagate/lambdagate/internal/store"
)

const invokeURLAction = "lambda:InvokeFunctionUrl"

// URLTarget is a function URL that a request was sent to.
type URLTarget struct {
	ID       string // the first label of the host
	AuthType string // NONE or AWS_IAM

	f         *function
	qualifier string
}

// URLRequest is what the listener knows of a request to a function URL.
type URLRequest struct {
	// Caller signed the request; Anonymous if it is not signed. A signature is
	// for the service "lambda".
	Caller    awsapi.Caller
	SourceIP  string
	RequestID string // "" for a new one
}

// FindURL finds the function URL with that id.
func (s *Service) FindURL(id string) (URLTarget, bool) {
	k, ok := s.urls.Load(id)
	if !ok {
		return URLTarget{}, false
	}
	f, ok := s.functions.get(k.(string))
	if !ok {
		return URLTarget{}, false
	}
	for q, u := range f.URLs {
		if u.ID == id {
			return URLTarget{ID: id, AuthType: u.Config.AuthType, f: f, qualifier: q}, true
		}
	}
	return URLTarget{}, false
}

// indexURLs keeps the ids of function URLs in step with the store.
func (s *Service) indexURLs(c store.TableChange[function]) {
	for q, u := range deref(c.Old).URLs {
		if now := deref(c.New).URLs[q]; now == nil || now.ID != u.ID {
			s.urls.Delete(u.ID)
		}
	}
	for _, u := range deref(c.New).URLs {
		s.urls.Store(u.ID, c.Key)
	}
}

// ServeURL answers a request to a function URL.
func (s *Service) ServeURL(w http.ResponseWriter, r *http.Request, t URLTarget, in URLRequest) {
	if in.RequestID == "" {
		in.RequestID = s.newID()
	}
	x := &urlExchange{s: s, w: w, r: r, target: t, in: in, config: &t.f.URLs[t.qualifier].Config}
	w.Header().Set("x-amzn-RequestId", in.RequestID)
	if x.cors() {
		return
	}
	if err := x.run(); err != nil {
		x.fail(err)
	}
}

// urlExchange is one request to a function URL.
type urlExchange struct {
	s      *Service
	w      http.ResponseWriter
	r      *http.Request
	target URLTarget
	in     URLRequest
	config *FunctionUrlConfig
	head   bool // the status was sent
}

// run takes the request through authorization, the function, and back.
func (x *urlExchange) run() error {
	inv := &Invocation{
		Function: x.target.f.arn(x.target.qualifier), Account: x.target.f.Account, Region: x.target.f.Region,
		RequestID: x.in.RequestID, Caller: x.in.Caller, TraceID: x.r.Header.Get("X-Amzn-Trace-Id"),
		Keys: policy.Keys{{Name: "lambda:functionurlauthtype", Values: []string{x.config.AuthType}}},
	}
	if err := x.authorize(inv); err != nil {
		return err
	}
	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxPayloadText))
	if err != nil {
		return readError(err)
	}
	if inv.Payload, err = json.Marshal(x.event(body)); err != nil {
		return err
	}
	inv.Trusted = true // asked above, for the action of URLs
	stream := &urlStream{x: x}
	if deref(x.config.InvokeMode) == "RESPONSE_STREAM" {
		inv.Stream = stream
	}
	res, err := x.s.InvokeFunction(x.r.Context(), inv)
	switch {
	case stream.bad:
		return errURLResponse
	case err != nil:
		return err
	case res.FunctionError != "":
		return errURLFunction
	case res.Streamed:
		return nil
	}
	return x.reply(res.Payload)
}

// authorize asks for permission by the policy of the function or alias.
func (x *urlExchange) authorize(inv *Invocation) error {
	if x.config.AuthType == "AWS_IAM" && x.in.Caller.Kind == awsapi.Anonymous {
		return errURLForbidden
	}
	if x.config.AuthType == "NONE" { // AWS: a signature does not matter then
		inv.Caller = awsapi.Caller{Kind: awsapi.Anonymous, ARN: "anonymous"}
	}
	ref, err := x.s.invoked(inv)
	if err != nil {
		return err
	}
	_, r, err := x.s.resolve(ref)
	if err != nil {
		return err
	}
	if x.s.mayInvoke(x.r.Context(), inv, r, invokeURLAction) != nil {
		return errURLForbidden
	}
	return nil
}

// Errors of function URLs; they become answers in fail.
var (
	errURLForbidden = errors.New("forbidden")
	errURLFunction  = errors.New("function error")
	errURLResponse  = errors.New("response is not one of a function URL")
	errURLBody      = errors.New("request body too large")
)

func readError(err error) error {
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return errURLBody
	}
	return context.Canceled // the client is gone
}

// fail sends an error in the form of function URLs.
func (x *urlExchange) fail(err error) {
	if x.head { // too late: break the connection, so that the client notices
		panic(http.ErrAbortHandler)
	}
	status, body := http.StatusInternalServerError, `{"Message":"Internal Server Error"}`
	e := awsapi.AsError(err)
	switch {
	case errors.Is(err, errURLForbidden):
		status, body = http.StatusForbidden, `{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}`
	case errors.Is(err, errURLBody):
		status, body = http.StatusRequestEntityTooLarge, `{"Message":"Request Entity Too Large"}`
	case errors.Is(err, errURLFunction), errors.Is(err, errURLResponse):
		status, body = http.StatusBadGateway, `Internal Server Error`
	case e != nil && e.Code == codeThrottled:
		status, body = e.Status, `{"Reason":`+quote(e.Fields[1])+`,"Type":"User","message":`+quote(e.Message)+`}`
		x.w.Header().Set("x-amzn-ErrorType", e.Code)
	case e != nil && e.Status < 500:
		status, body = e.Status, `{"Message":`+quote(e.Message)+`}`
	case x.r.Context().Err() == nil:
		x.s.log.ErrorContext(x.r.Context(), "function URL failed", "url", x.target.ID, "request", x.in.RequestID, "error", err)
	}
	x.send(status, "application/json", []byte(body))
}

func (x *urlExchange) send(status int, contentType string, body []byte) {
	h := x.w.Header()
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", contentType)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	x.start(status)
	x.w.Write(body) //nolint:errcheck // the client is gone; nothing is left to do
}

func (x *urlExchange) start(status int) {
	x.head = true
	x.w.WriteHeader(status)
}
