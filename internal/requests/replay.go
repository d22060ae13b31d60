package requests

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/gateway"
)

// Replay asks for a request to be sent again.
type Replay struct {
	ID    string `json:"id"`              // or its beginning
	Stage string `json:"stage,omitempty"` // another one of the same API
	// Headers and Query take the place of fields of the same names: masked values
	// are not kept and have to be given again.
	Headers []Field `json:"headers,omitempty"`
	Query   []Field `json:"query,omitempty"`
	// Without names masked fields that are left out.
	Without []string `json:"without,omitempty"`
	// Body takes the place of the body, nil for the recorded one.
	Body *[]byte `json:"body,omitempty"`
}

// Replayed is the outcome of a Replay.
type Replayed struct {
	Original    *Detail      `json:"original"`
	Replayed    *Detail      `json:"replayed"`
	Differences []Difference `json:"differences"`
	More        int          `json:"more,omitempty"` // differences that are not listed
}

// Replay sends a recorded request through the data plane again, as the caller:
// from the caller's address and without the secrets of whoever sent it first.
func (s *Service) Replay(ctx context.Context, call *awsapi.Call, in *Replay) (*Replayed, error) {
	e, err := s.find(ctx, call, in.ID)
	if err != nil {
		return nil, err
	}
	original := s.detail(ctx, call, e)
	again := e.Summary
	again.Stage = cmp.Or(in.Stage, e.Stage)
	if err := s.permit(ctx, call, &again); err != nil {
		return nil, err
	}
	r, target, err := in.request(ctx, e, original)
	if err != nil {
		return nil, err
	}
	target.Stage, target.SourceIP = again.Stage, call.SourceIP
	id, err := s.send(r, target)
	if err != nil {
		return nil, err
	}
	repeated := s.gateway.Execution(gateway.Filter{Account: call.Caller.Account}, id)
	if repeated == nil {
		return nil, awsapi.Errorf(http.StatusNotFound, "NotFoundException", "The API %s has no stage %s that answers.", e.APIID, target.Stage)
	}
	out := &Replayed{Original: original, Replayed: s.detail(ctx, call, repeated)}
	out.Differences, out.More = compare(out.Original, out.Replayed)
	return out, nil
}

// notReplayed are header fields that the gateway makes itself.
var notReplayed = []string{"X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "x-amzn-RequestId"}

// request makes the request anew, or says what is missing for that.
func (in *Replay) request(ctx context.Context, e *gateway.Execution, d *Detail) (*http.Request, gateway.Target, error) {
	none := gateway.Target{}
	if err := in.complete(e.Masked); err != nil {
		return nil, none, err
	}
	body, err := in.body(&e.Summary, d.Client.Body)
	if err != nil {
		return nil, none, err
	}
	head := in.header(&e.Summary, d.Client.Headers)
	target := gateway.Target{APIID: e.APIID, RawPath: e.Path, RawQuery: in.query(d.Client.Query)}
	host := "localhost"
	for _, f := range head {
		if strings.EqualFold(f.Name, "Host") {
			host = f.Value
		}
		target.Head = append(target.Head, gateway.HeaderField{Name: f.Name, Value: f.Value})
	}
	r, err := http.NewRequestWithContext(ctx, e.Method, "http://localhost/", bytes.NewReader(body))
	if err != nil {
		return nil, none, badRequest("The request cannot be sent again: %s", err)
	}
	r.Host, r.RemoteAddr = host, "127.0.0.1:0"
	r.RequestURI = e.Path
	if target.RawQuery != "" {
		r.RequestURI += "?" + target.RawQuery
	}
	for _, f := range target.Head {
		r.Header.Add(f.Name, f.Value)
	}
	return r, target, nil
}

// complete checks that each masked field is given anew or left out knowingly.
func (in *Replay) complete(masked []string) error {
	var missing []string
	for _, m := range masked {
		place, name, _ := strings.Cut(m, " ")
		if m == "body" && in.Body != nil {
			continue
		}
		given := in.Headers
		if place == "query" {
			given = in.Query
		}
		if !has(given, name) && (m == "body" || !slices.ContainsFunc(in.Without, func(w string) bool { return strings.EqualFold(w, name) })) {
			missing = append(missing, m)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return awsapi.Errorf(http.StatusConflict, "SecretsNotKept", "The request carried secrets, which are not kept: %s. Give each again, or say that it is to be left out.", strings.Join(missing, ", "))
}

func has(list []Field, name string) bool {
	return slices.ContainsFunc(list, func(f Field) bool { return strings.EqualFold(f.Name, name) })
}

// body is the one to send, as it was read by the gateway.
func (in *Replay) body(s *gateway.Summary, b *Body) ([]byte, error) {
	switch {
	case in.Body != nil:
		return *in.Body, nil
	case s.BodyUnread:
		return nil, awsapi.Errorf(http.StatusConflict, "BodyNotKept", "The request was answered before its body was read, so the body is not known. Give it again.")
	case b == nil:
		return nil, nil
	case b.Cut:
		return nil, awsapi.Errorf(http.StatusConflict, "BodyNotKept", "Only the beginning of the request's body of %d bytes is kept. Give the whole of it again.", b.Size)
	case b.Binary != nil:
		return b.Binary, nil
	}
	return []byte(b.Text), nil
}

// header is the recorded one, with what is given in the place of what it names.
func (in *Replay) header(s *gateway.Summary, recorded []Field) []Field {
	var out []Field
	for _, f := range recorded {
		own := slices.ContainsFunc(notReplayed, func(n string) bool { return strings.EqualFold(n, f.Name) })
		left := slices.ContainsFunc(in.Without, func(n string) bool { return strings.EqualFold(n, f.Name) })
		decoded := (s.BodyDecoded || in.Body != nil) && strings.EqualFold(f.Name, "Content-Encoding")
		if !own && !left && !decoded && !has(in.Headers, f.Name) {
			out = append(out, f)
		}
	}
	return append(out, in.Headers...)
}

func (in *Replay) query(recorded []Field) string {
	var b strings.Builder
	add := func(f Field) {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(f.Name) + "=" + url.QueryEscape(f.Value))
	}
	for _, f := range recorded {
		if !has(in.Query, f.Name) && !slices.ContainsFunc(in.Without, func(n string) bool { return strings.EqualFold(n, f.Name) }) {
			add(f)
		}
	}
	for _, f := range in.Query {
		add(f)
	}
	return b.String()
}

// send runs the request and returns the id that it got.
func (s *Service) send(r *http.Request, t gateway.Target) (id string, err error) {
	w := &discard{header: http.Header{}}
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
				err = fmt.Errorf("replay: %v", p)
			}
			id = w.id
		}
	}()
	s.gateway.Serve(w, r, t)
	return w.id, nil
}

// discard is a response that nobody reads: the execution tells what it was.
type discard struct {
	header http.Header
	id     string
}

func (w *discard) Header() http.Header         { return w.header }
func (w *discard) Write(b []byte) (int, error) { return io.Discard.Write(b) }

// WriteHeader takes the request's id; the gateway uses the header's memory again
// afterwards.
func (w *discard) WriteHeader(int) {
	for name, values := range w.header {
		if strings.EqualFold(name, "x-amzn-RequestId") && len(values) > 0 {
			w.id = values[len(values)-1]
		}
	}
}
