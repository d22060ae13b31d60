package lambda

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// Limits of payloads in bytes. AWS: Lambda quotas.
const (
	maxPayload       = 6291556 // of a synchronous event; AWS's text names 6291456
	maxPayloadText   = 6291456
	maxAsyncPayload  = 1048576
	maxInvokeArgs    = 262144 // of InvokeAsync
	maxClientContext = 3583
)

// Types of invocation.
const (
	requestResponse = "RequestResponse"
	eventType       = "Event"
	dryRun          = "DryRun"
)

const invokeAction = "lambda:InvokeFunction"

// Invocation is one call of a function, from the wire or from within.
type Invocation struct {
	Function  string // name, partial or full ARN, with or without qualifier
	Qualifier string
	// Account and Region are where a Function that is not a full ARN is looked up.
	Account, Region string

	Type          string // RequestResponse (also ""), Event or DryRun
	Payload       []byte // JSON; empty means {}
	ClientContext string // JSON in base64
	LogTail       bool
	TraceID       string
	RequestID     string // "" for a new one

	// Caller is who invokes. For a ServicePrincipal, whose Name is its host name,
	// only the function's resource policy counts, with these keys:
	Caller                   awsapi.Caller
	SourceARN, SourceAccount string
	// Keys are further condition keys.
	Keys policy.Keys
	// Trusted invocations were permitted before: deliveries to destinations and
	// retries.
	Trusted bool

	// Stream, if set, takes the response while the function writes it.
	Stream ResponseStream

	maxPayload int64 // of other limits than the type's
	hops       int   // destinations that the event passed
	// picked, if set, is told the version before it runs.
	picked func(version string)
}

// Result is what came of an Invocation.
type Result struct {
	Status          int // 200, 202 or 204
	Payload         []byte
	FunctionError   string // "", Handled or Unhandled
	ExecutedVersion string
	LogTail         []byte
	RequestID       string
	Streamed        bool
	Duration        time.Duration
}

// InvokeFunction runs a function, or accepts an event for it. Its errors are
// AWS's; what goes wrong inside of the function is a Result. It does not touch
// the store, except for events.
func (s *Service) InvokeFunction(ctx context.Context, in *Invocation) (*Result, error) {
	ref, err := s.invoked(in)
	if err != nil {
		return nil, err
	}
	p, r, err := s.resolve(ref)
	if err != nil {
		return nil, s.hide(ctx, in, ref, err)
	}
	if err := s.mayInvoke(ctx, in, r, invokeAction); err != nil {
		return nil, err
	}
	if in.RequestID == "" {
		in.RequestID = s.newID()
	}
	if err := checkPayload(in); err != nil {
		return nil, err
	}
	switch in.Type {
	case dryRun:
		return &Result{Status: http.StatusNoContent, RequestID: in.RequestID}, nil
	case eventType:
		return s.accept(ctx, ref, p, in)
	}
	return s.run(ctx, p, r, in)
}

// invoked names the function of an invocation.
func (s *Service) invoked(in *Invocation) (arn.Function, error) {
	ref, err := parseFunction(in.Account, in.Region, in.Function, &in.Qualifier)
	if err == nil && ref.Region != in.Region && in.Region != "" {
		err = notFound("Functions from '%s' are not reachable in this region ('%s')", ref.Region, in.Region)
	}
	return ref, err
}

// hide keeps callers of other accounts, and those without permission, from
// learning which functions exist.
func (s *Service) hide(ctx context.Context, in *Invocation, ref arn.Function, missing error) error {
	if denied := s.mayInvoke(ctx, in, &route{arn: ref.String()}, invokeAction); denied != nil {
		return denied
	}
	return missing
}

// mayInvoke asks the authority, with the policy of the qualifier that was named.
func (s *Service) mayInvoke(ctx context.Context, in *Invocation, r *route, action string) error {
	if in.Trusted || s.cfg.Authority == nil {
		return nil
	}
	a := &Access{Caller: in.Caller, Action: action, Resource: r.arn, Policy: r.policy, Keys: slices.Clip(in.Keys)}
	if in.SourceARN != "" {
		a.Keys = append(a.Keys, policy.Key{Name: "aws:sourcearn", Values: []string{in.SourceARN}})
	}
	if in.SourceAccount != "" {
		a.Keys = append(a.Keys, policy.Key{Name: "aws:sourceaccount", Values: []string{in.SourceAccount}})
	}
	return s.cfg.Authority.Authorize(ctx, a)
}

// checkPayload completes and checks what the function will get.
func checkPayload(in *Invocation) error {
	limit, named := int64(maxPayload), int64(maxPayloadText)
	if in.Type == eventType {
		limit, named = maxAsyncPayload, maxAsyncPayload
	}
	if in.maxPayload > 0 {
		limit, named = in.maxPayload, in.maxPayload
	}
	if int64(len(in.Payload)) > limit {
		return requestTooLarge(named)
	}
	if len(in.Payload) == 0 {
		in.Payload = []byte("{}")
	}
	if !json.Valid(in.Payload) {
		return badJSON(in.Payload)
	}
	return nil
}

// clientContext decodes the header X-Amz-Client-Context.
func clientContext(encoded string) (string, error) {
	if encoded == "" {
		return "", nil
	}
	if len(encoded) > maxClientContext {
		return "", invalidParameter("Client context must be no more than %d bytes when base64-encoded.", maxClientContext)
	}
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || !json.Valid(text) {
		return "", userError(http.StatusBadRequest, "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.")
	}
	return string(text), nil
}

// run gives the event to an execution environment and waits for the outcome.
func (s *Service) run(ctx context.Context, p *plan, r *route, in *Invocation) (*Result, error) {
	if s.cfg.Environments == nil {
		return nil, errNoEnvironments
	}
	extra, err := clientContext(in.ClientContext)
	if err != nil {
		return nil, err
	}
	t := r.pick()
	if in.picked != nil {
		in.picked(t.run.Version)
	}
	leave, err := s.admit(p)
	if err != nil {
		s.measure(r, t, Measurement{Throttles: 1})
		return nil, err
	}
	under := p.began(r)
	over := func() {
		p.ended(r)
		leave()
	}
	runnable, err := s.runnable(ctx, t)
	if err != nil {
		over()
		return nil, err
	}
	out, err := s.cfg.Environments.Invoke(ctx, runnable, &Task{
		RequestID: in.RequestID, InvokedARN: r.arn, Payload: in.Payload, TraceID: in.TraceID,
		ClientContext: extra, LogTail: in.LogTail, Stream: in.Stream,
		Ended: func(out *Outcome, err error) {
			over()
			if err == nil {
				s.measureOutcome(r, t, under, out)
			}
		},
	})
	if err != nil {
		return nil, s.notRun(r, t, err)
	}
	return &Result{
		Status: http.StatusOK, Payload: out.Payload, FunctionError: out.FunctionError, Streamed: out.Streamed,
		ExecutedVersion: t.run.Version, LogTail: out.LogTail, RequestID: in.RequestID, Duration: out.Duration,
	}, nil
}

// notRun is the answer where no environment took the event.
func (s *Service) notRun(r *route, t *target, err error) error {
	if errors.Is(err, ErrNoCapacity) {
		s.measure(r, t, Measurement{Throttles: 1})
		return throttled(reasonAccount)
	}
	if awsapi.AsError(err) != nil {
		return err
	}
	return fmt.Errorf("invoke %s: %w", t.run.ID, err)
}

// Invoke is the operation: permission is decided here, because the function's
// resource policy counts as much as the caller's own.
func (s *Service) Invoke(ctx context.Context, in *InvocationRequest) (*InvocationResponse, error) {
	inv := invocationOf(ctx, in.FunctionName, in.Qualifier)
	inv.Type, inv.Payload, inv.ClientContext = deref(in.InvocationType), in.Payload, deref(in.ClientContext)
	inv.LogTail = deref(in.LogType) == "Tail"
	call := awsapi.CallFrom(ctx)
	if inv.TraceID = call.TraceID; inv.TraceID == "" {
		inv.TraceID = s.newTraceID()
	}
	res, err := s.InvokeFunction(ctx, inv)
	if err != nil {
		return nil, err
	}
	if call.Reply != nil && res.Status == http.StatusOK {
		call.Reply.Set("x-amzn-Remapped-Content-Length", "0")
		call.Reply.Set("X-Amzn-Trace-Id", inv.TraceID)
	}
	out := &InvocationResponse{
		StatusCode: new(int64(res.Status)), Payload: res.Payload,
		FunctionError: nonEmpty(res.FunctionError), ExecutedVersion: nonEmpty(res.ExecutedVersion),
	}
	if res.LogTail != nil {
		out.LogResult = new(base64.StdEncoding.EncodeToString(res.LogTail))
	}
	return out, nil
}

// invocationOf begins the invocation that a request on the wire asks for.
func invocationOf(ctx context.Context, name string, qualifier *string) *Invocation {
	call := awsapi.CallFrom(ctx)
	return &Invocation{
		Function: name, Qualifier: deref(qualifier), Account: call.Caller.Account, Region: call.Region,
		RequestID: call.RequestID, Caller: call.Caller,
	}
}

// InvokeAsync is the deprecated way to send an event.
func (s *Service) InvokeAsync(ctx context.Context, in *InvokeAsyncRequest) (*InvokeAsyncResponse, error) {
	inv := invocationOf(ctx, in.FunctionName, nil)
	inv.Type, inv.Payload, inv.maxPayload = eventType, in.InvokeArgs, maxInvokeArgs
	res, err := s.InvokeFunction(ctx, inv)
	if err != nil {
		return nil, err
	}
	return &InvokeAsyncResponse{Status: new(int64(res.Status))}, nil
}

// newTraceID is the trace of an invocation that came without one; it is not
// sampled.
func (s *Service) newTraceID() string {
	var b [20]byte
	rand.Read(b[:])
	return fmt.Sprintf("Root=1-%08x-%x;Parent=%x;Sampled=0", s.now().Unix(), b[:12], b[12:])
}
