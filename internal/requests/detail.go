package requests

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/gateway"
)

// Get asks for one request.
type Get struct {
	ID string `json:"id"` // or its beginning
}

// Detail is one request, step by step: what the client sent, who has decided
// about it, what the integration was sent, what it answered, what the client
// got.
type Detail struct {
	Request
	Masked []string `json:"masked"` // "header Authorization"
	Phases []Phase  `json:"phases"`

	Client      Message     `json:"client"` // the method request
	Decisions   []string    `json:"decisions"`
	Authorizer  *Authorizer `json:"authorizer,omitempty"`
	CacheHit    bool        `json:"cacheHit,omitempty"`
	Invalid     string      `json:"invalid,omitempty"` // what validation has found
	Template    string      `json:"template,omitempty"`
	Sent        *Message    `json:"sent,omitempty"`     // the integration request
	Received    *Message    `json:"received,omitempty"` // the integration's answer
	Selected    *Selection  `json:"selected,omitempty"`
	Answer      Message     `json:"answer"` // the method response, or gateway response
	Failures    []string    `json:"failures"`
	Steps       []Step      `json:"steps"`
	FunctionLog *Log        `json:"functionLog,omitempty"`
}

// Message is a request or response as it was at one place.
type Message struct {
	Method  string  `json:"method,omitempty"`
	URI     string  `json:"uri,omitempty"` // path of the client's
	Status  int     `json:"status,omitempty"`
	Path    []Field `json:"path,omitempty"` // parameters
	Query   []Field `json:"query,omitempty"`
	Headers []Field `json:"headers,omitempty"`
	Body    *Body   `json:"body,omitempty"`
}

// Field is a name with its value.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Body is what is kept of a body: as text, or base64 if it is none.
type Body struct {
	Text   string `json:"text,omitempty"`
	Binary []byte `json:"binary,omitempty"`
	Size   int    `json:"size"`
	Cut    bool   `json:"cut,omitempty"` // only the beginning is kept
}

// Authorizer is what a Lambda authorizer had to do with a request.
type Authorizer struct {
	ID        string  `json:"id"`
	Cached    bool    `json:"cached,omitempty"`
	Identity  []Field `json:"identity,omitempty"`
	Principal string  `json:"principal,omitempty"`
	Function  string  `json:"function,omitempty"`
	RequestID string  `json:"requestId,omitempty"`
	Event     *Body   `json:"event,omitempty"`
	Result    *Body   `json:"result,omitempty"`
	Took      float64 `json:"took,omitempty"` // milliseconds
	Log       *Log    `json:"log,omitempty"`
}

// Selection is the integration response that was chosen.
type Selection struct {
	Pattern string `json:"pattern"` // "" is the default response
	Status  int    `json:"status"`
}

// Step is one fact, in the order of the execution.
type Step struct {
	At     float64 `json:"at"` // milliseconds since the start
	Kind   string  `json:"kind"`
	Text   string  `json:"text,omitempty"`
	Status int     `json:"status,omitempty"`
	Took   float64 `json:"took,omitempty"`
	Fields []Field `json:"fields,omitempty"`
	Body   *Body   `json:"body,omitempty"`
}

// Get returns one request, step by step.
func (s *Service) Get(ctx context.Context, call *awsapi.Call, in *Get) (*Detail, error) {
	e, err := s.find(ctx, call, in.ID)
	if err != nil {
		return nil, err
	}
	return s.detail(ctx, call, e), nil
}

func (s *Service) find(ctx context.Context, call *awsapi.Call, id string) (*gateway.Execution, error) {
	if id == "" {
		return nil, badRequest("Name a request by its id, or the beginning of it.")
	}
	e := s.gateway.Execution(gateway.Filter{Account: call.Caller.Account}, strings.ToLower(id))
	if e == nil {
		return nil, noRequest(id)
	}
	return e, s.permit(ctx, call, &e.Summary)
}

func (s *Service) detail(ctx context.Context, call *awsapi.Call, e *gateway.Execution) *Detail {
	d := describe(e)
	d.FunctionLog = s.logOf(ctx, call, &e.Summary, e.Target, e.TargetRequestID)
	if a := d.Authorizer; a != nil {
		a.Log = s.logOf(ctx, call, &e.Summary, a.Function, a.RequestID)
	}
	return d
}

// describe arranges the steps of an execution.
func describe(e *gateway.Execution) *Detail {
	d := &Detail{
		Request: request(&e.Summary), Masked: append([]string{}, e.Masked...), Phases: Phases(e), Decisions: []string{}, Failures: []string{}, Steps: []Step{},
		Client: Message{Method: e.Method, URI: e.Path}, Answer: Message{Status: e.Status},
	}
	authorizing := false
	for i := range e.Steps {
		s := &e.Steps[i]
		d.Steps = append(d.Steps, step(s))
		switch s.Kind {
		case gateway.StepAuthorizerStart:
			authorizing = true
		case gateway.StepAuthorizerDone, gateway.StepStart:
			authorizing = false
		}
		if !d.authorizer(s, authorizing) {
			d.take(s)
		}
	}
	return d
}

// authorizer takes a step that belongs to the authorizer; false if it does not.
func (d *Detail) authorizer(s *gateway.Step, authorizing bool) bool {
	switch s.Kind {
	case gateway.StepAuthorizerStart:
		d.Authorizer = &Authorizer{ID: s.Text}
		return true
	case gateway.StepAuthorizerCached:
		d.Authorizer = &Authorizer{ID: s.Text, Cached: true}
		return true
	}
	a := d.Authorizer
	if a == nil {
		return false
	}
	switch s.Kind {
	case gateway.StepAuthorizerIdentity:
		a.Identity = fields(s.Fields)
		if s.Text != "" {
			a.Identity = []Field{{"token", s.Text}}
		}
	case gateway.StepAuthorizerRequestID:
		a.RequestID = s.Text
	case gateway.StepAuthorizerResult:
		a.Result = body(s)
	case gateway.StepAuthorizerPolicy:
		a.Principal = s.Text
	case gateway.StepAuthorizerDone:
		a.Took = milliseconds(s.Took)
	case gateway.StepRequestURI:
		if authorizing {
			a.Function = functionOf(s.Text)
		}
		return authorizing
	case gateway.StepRequestBody:
		if authorizing {
			a.Event = body(s)
		}
		return authorizing
	case gateway.StepRequestHeaders, gateway.StepSending:
		return authorizing
	default:
		return false
	}
	return true
}

// functionOf is the ARN in the URL of Lambda's Invoke.
func functionOf(url string) string {
	_, rest, _ := strings.Cut(url, "/functions/")
	return strings.TrimSuffix(rest, "/invocations")
}

func (d *Detail) take(s *gateway.Step) {
	switch s.Kind {
	case gateway.StepDecision:
		d.Decisions = append(d.Decisions, s.Text)
	case gateway.StepPath:
		d.Client.Path = fields(s.Fields)
	case gateway.StepQuery:
		d.Client.Query = fields(s.Fields)
	case gateway.StepHeaders:
		d.Client.Headers = fields(s.Fields)
	case gateway.StepBody:
		d.Client.Body = body(s)
	case gateway.StepInvalid:
		d.Invalid = s.Text
	case gateway.StepCacheHit:
		d.CacheHit = true
	case gateway.StepRequestTemplate:
		d.Template = s.Text
	case gateway.StepRequestURI:
		d.Sent = &Message{URI: s.Text}
	case gateway.StepRequestHeaders:
		d.sent().Headers = fields(s.Fields)
	case gateway.StepRequestBody:
		d.sent().Body = body(s)
	case gateway.StepReceived:
		d.Received = &Message{Status: s.Status}
	case gateway.StepResponseHeaders:
		d.received().Headers = fields(s.Fields)
	case gateway.StepResponseBody:
		d.received().Body = body(s)
	case gateway.StepResponseSelected:
		d.Selected = &Selection{s.Text, s.Status}
	case gateway.StepReplyBody, gateway.StepErrorBody:
		d.Answer.Body = body(s)
	case gateway.StepReplyHeaders, gateway.StepErrorHeaders:
		d.Answer.Headers = fields(s.Fields)
	case gateway.StepFailure, gateway.StepThrottled, gateway.StepRefused:
		d.Failures = append(d.Failures, s.Text)
	}
}

func (d *Detail) sent() *Message {
	if d.Sent == nil {
		d.Sent = &Message{}
	}
	return d.Sent
}

func (d *Detail) received() *Message {
	if d.Received == nil {
		d.Received = &Message{}
	}
	return d.Received
}

func step(s *gateway.Step) Step {
	return Step{At: milliseconds(s.At), Kind: s.Kind.String(), Text: s.Text, Status: s.Status, Took: milliseconds(s.Took), Fields: fields(s.Fields), Body: body(s)}
}

func fields(list []gateway.HeaderField) []Field {
	out := make([]Field, len(list))
	for i, f := range list {
		out[i] = Field{f.Name, f.Value}
	}
	return out
}

// body is nil for a body of no bytes.
func body(s *gateway.Step) *Body {
	if s.Size == 0 {
		return nil
	}
	b := &Body{Size: s.Size, Cut: s.Size > len(s.Body)}
	text := s.Body
	if b.Cut {
		text = wholeRunes(text)
	}
	if !s.Binary && utf8.Valid(text) {
		b.Text = string(text)
	} else {
		b.Binary = s.Body
	}
	return b
}

// wholeRunes drops the beginning of a character at the end.
func wholeRunes(b []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-n:]) {
				return b[:len(b)-n]
			}
			break
		}
	}
	return b
}
