package gateway

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
)

// integrationKind is what stands behind a method.
type integrationKind uint8

const (
	mockIntegration integrationKind = iota
	httpCustom
	httpProxy
	awsService
	lambdaCustom
	lambdaProxy
)

// proxy integrations get the request and give the response as they are.
func (k integrationKind) proxy() bool { return k == httpProxy || k == lambdaProxy }

// aws integrations call a service of AWS.
func (k integrationKind) aws() bool { return k >= awsService }

// passthrough says what to do with a body that has no template.
type passthrough uint8

const (
	whenNoMatch passthrough = iota
	whenNoTemplates
	never
)

// integration is a method's compiled integration.
type integration struct {
	kind             integrationKind
	verb             string // "" or ANY is the client's
	uri              textTemplate
	credentials      textTemplate // role ARN; empty for none
	callerPays       bool         // arn:aws:iam::*:user/*, the caller's own credentials
	parameters       []parameter
	requestTemplates templateSet
	passthrough      passthrough
	contentHandling  contentHandling
	timeout          time.Duration
	streaming        bool // responseTransferMode STREAM
	insecure         bool // tlsConfig.insecureSkipVerification
	link             string
	service          *serviceCall // of an AWS service integration
	function         string       // of Lambda, when the URI holds no variables
	url              string       // where that would be called
	cacheKeys        []expression
	namespace        string
	responses        []*integrationResponse
	fallback         *integrationResponse // the default response
	problem          string               // why it cannot work
}

const defaultTimeout = 29 * time.Second

// compileIntegration compiles what a method is integrated with, nil for
// nothing.
func compileIntegration(m *method) *integration {
	src := m.MethodIntegration
	if src == nil {
		return nil
	}
	i := &integration{
		verb: value(src.HttpMethod), uri: compileText(value(src.Uri)), credentials: compileText(value(src.Credentials)),
		parameters:       compileParameters(src.RequestParameters),
		requestTemplates: compileTemplates(m.verb+" "+m.resource.Path+" request", src.RequestTemplates),
		contentHandling:  contentHandlingOf(src.ContentHandling),
		timeout:          defaultTimeout, streaming: value(src.ResponseTransferMode) == "STREAM",
		insecure:  src.TlsConfig != nil && value(src.TlsConfig.InsecureSkipVerification),
		namespace: value(src.CacheNamespace),
	}
	if ms := value(src.TimeoutInMillis); ms > 0 {
		i.timeout = time.Duration(ms) * time.Millisecond
	}
	switch value(src.PassthroughBehavior) {
	case "WHEN_NO_TEMPLATES":
		i.passthrough = whenNoTemplates
	case "NEVER":
		i.passthrough = never
	}
	if value(src.ConnectionType) == "VPC_LINK" {
		i.link = value(src.ConnectionId)
	}
	if strings.HasSuffix(value(src.Credentials), ":iam::*:user/*") {
		i.callerPays = true
	}
	for _, key := range src.CacheKeyParameters {
		i.cacheKeys = append(i.cacheKeys, i.cacheKey(key))
	}
	i.setKind(m, value(src.Type), value(src.Uri))
	i.compileResponses(m, src)
	return i
}

// cacheKey reads a cacheKeyParameter: a method request parameter, or an
// integration request parameter, which stands for what is mapped to it.
func (i *integration) cacheKey(key string) expression {
	for n, prefix := range [...]string{"integration.request.header.", "integration.request.querystring.", "integration.request.path."} {
		name, ok := cutPrefix(key, prefix)
		if !ok {
			continue
		}
		for _, p := range i.parameters {
			if p.to == place(n) && p.name == name {
				return p.from
			}
		}
	}
	return compileExpression(key)
}

func (i *integration) setKind(m *method, kind, uri string) {
	switch kind {
	case "MOCK":
		i.kind = mockIntegration
	case "HTTP":
		i.kind = httpCustom
	case "HTTP_PROXY":
		i.kind = httpProxy
	case "AWS", "AWS_PROXY":
		i.setAWS(m, kind == "AWS_PROXY", uri)
	default:
		i.problem = "unknown integration type " + strconv.Quote(kind)
	}
}

func (i *integration) setAWS(m *method, proxy bool, uri string) {
	target, err := arn.ParseIntegration(uri)
	if err != nil {
		i.problem = "Invalid ARN specified in the request"
		return
	}
	function, ok := lambdaFunction(target)
	switch {
	case ok && proxy:
		i.kind = lambdaProxy
	case ok:
		i.kind = lambdaCustom
	case proxy:
		i.kind, i.problem = lambdaProxy, "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."
	default:
		i.kind, i.service = awsService, compileServiceCall(target)
	}
	if ok && !strings.Contains(function, "${") {
		i.function = canonicalFunction(m.api, function)
		i.url = lambdaURL(i.function)
	}
}

// lambdaFunction returns the function that an integration URI invokes, as
// written.
func lambdaFunction(target arn.Integration) (string, bool) {
	if f, ok := target.Function(); ok {
		return f, true
	}
	rest, ok := strings.CutPrefix(strings.TrimPrefix(target.Target, "/"), "2021-11-15/functions/")
	if !ok || target.Service != "lambda" {
		return "", false
	}
	return strings.CutSuffix(rest, "/response-streaming-invocations")
}

// canonicalFunction completes a function's name or partial ARN; what cannot
// be read stays as it is, for Lambda to refuse.
func canonicalFunction(d *deployment, s string) string {
	f, err := arn.ParseFunction(s, arn.Function{Partition: arn.Partition(d.region), Region: d.region, Account: d.account})
	if err != nil {
		return s
	}
	return f.String()
}

// integrate calls the integration within its timeout.
func (x *exchange) integrate() error {
	i := x.method.integration
	if i.kind == mockIntegration {
		return x.mock()
	}
	ctx, cancel := context.WithTimeout(x.ctx, i.timeout)
	start := time.Now()
	err := x.integrateKind(ctx, i)
	x.answer.latency = time.Since(start)
	if x.answer.stream == nil {
		cancel()
	} else {
		x.answer.stream = cancelOnClose{x.answer.stream, cancel}
	}
	if err != nil {
		return x.integrationFailure(ctx, err)
	}
	x.noteAnswer()
	return nil
}

func (x *exchange) integrateKind(ctx context.Context, i *integration) error {
	switch i.kind {
	case httpCustom, httpProxy:
		return x.callHTTP(ctx, i)
	case awsService:
		return x.callService(ctx, i)
	case lambdaCustom:
		return x.invokeCustom(ctx, i)
	default:
		return x.invokeProxy(ctx, i)
	}
}

func (x *exchange) noteAnswer() {
	if x.record == nil || !x.answer.called {
		return
	}
	x.tick()
	x.noteStatus(StepReceived, "", x.answer.status, x.answer.latency)
	x.noteFields(StepResponseHeaders, x.answer.head)
	x.noteBody(StepResponseBody, x.answer.body, false)
}

// integrationFailure words an error of the call. Failures are as they are; a
// timeout is AWS's; anything else is not the client's business.
func (x *exchange) integrationFailure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		x.event, x.in = nil, nil // somebody may still read them
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return &failure{
			kind: integrationTimeout, message: "Endpoint request timed out",
			lines: []string{"Execution failed due to a timeout error"},
		}
	}
	return internal(err)
}

// cancelOnClose ends a call when its stream is closed.
type cancelOnClose struct {
	readCloser
	cancel context.CancelFunc
}

func (c cancelOnClose) Close() error {
	err := c.readCloser.Close()
	c.cancel()
	return err
}

// textTemplate is text with ${stageVariables.x} and, in URIs, {name} in it.
type textTemplate struct {
	source string
	plain  bool
}

func compileText(s string) textTemplate {
	return textTemplate{s, strings.IndexByte(s, '{') < 0}
}

func (t *textTemplate) empty() bool { return t.source == "" }

// stageVariables replaces ${stageVariables.x}; a variable that is not set
// leaves nothing.
func (t *textTemplate) stageVariables(p *plan) string {
	if t.plain || !strings.Contains(t.source, "${") {
		return t.source
	}
	var b strings.Builder
	s := t.source
	for {
		before, rest, ok := strings.Cut(s, "${")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			b.WriteString("${" + rest)
			return b.String()
		}
		v, _ := p.variable(strings.TrimPrefix(name, "stageVariables."))
		b.WriteString(v)
		s = after
	}
}

// fill replaces stage variables and {name} by path parameters, raw. Each is
// replaced once: what a parameter holds is not looked at again.
func (t *textTemplate) fill(p *plan, params []HeaderField) string {
	s := t.stageVariables(p)
	if t.plain || strings.IndexByte(s, '{') < 0 {
		return s
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		v, known := last(params, strings.TrimSuffix(name, "+"))
		if !closed || !known {
			b.WriteByte('{') // stays, and makes the URI invalid
			s = rest
			continue
		}
		b.WriteString(v)
		s = after
	}
}
