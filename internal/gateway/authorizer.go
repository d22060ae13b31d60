package gateway

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/javaregex"
	"github.com/lambdagate/lambdagate/internal/policy"
	"github.com/lambdagate/lambdagate/vtl"
)

// authorizer is a compiled authorizer of an API.
type authorizer struct {
	*apigateway.Authorizer
	kind        string // TOKEN, REQUEST, COGNITO_USER_POOLS
	sources     []identitySource
	validation  *javaregex.Regexp // of the token, or the aud claim; nil for none
	uri         textTemplate
	credentials textTemplate
	ttl         time.Duration
	results     *authorizerCache // nil when results are not kept
	pools       []userPool
	problem     error
}

// identitySource is where a part of the caller's identity comes from.
type identitySource struct {
	text string // method.request.header.Authorization
	from expression
}

// Limits of authorizers.
const (
	defaultAuthorizerTTL = 300 * time.Second
	maxMethodARN         = 1600
	maxAuthorizerOutput  = 64 << 10
)

func compileAuthorizer(d *deployment, src *apigateway.Authorizer) *authorizer {
	a := &authorizer{
		Authorizer: src, kind: value(src.Type), ttl: defaultAuthorizerTTL,
		uri: compileText(value(src.AuthorizerUri)), credentials: compileText(value(src.AuthorizerCredentials)),
	}
	source := value(src.IdentitySource)
	if source == "" && a.kind != "REQUEST" {
		source = "method.request.header.Authorization"
	}
	for s := range strings.SplitSeq(source, ",") {
		if s = strings.TrimSpace(s); s != "" {
			a.sources = append(a.sources, identitySource{s, compileExpression(s)})
		}
	}
	if pattern := value(src.IdentityValidationExpression); pattern != "" {
		a.validation, a.problem = javaregex.Compile(pattern, selectionOptions)
	}
	if ttl := src.AuthorizerResultTtlInSeconds; ttl != nil {
		a.ttl = time.Duration(*ttl) * time.Second
	}
	if a.ttl > 0 && len(a.sources) > 0 {
		a.results = newAuthorizerCache()
	}
	if a.kind == "COGNITO_USER_POOLS" {
		a.pools = userPools(src.ProviderARNs)
	}
	return a
}

// identityOf returns the values of the identity sources; ok is false if one of
// them is missing or empty.
func (a *authorizer) identityOf(x *exchange) (values []string, ok bool) {
	values = make([]string, len(a.sources))
	for i := range a.sources {
		v, _, err := a.sources[i].from.value(x)
		if v == "" || err != nil {
			return nil, false
		}
		values[i] = v
	}
	return values, true
}

// authorizeCustom asks the method's Lambda authorizer, and combines its policy
// with the API's.
func (x *exchange) authorizeCustom() error {
	a := x.plan.authorizers[value(x.method.AuthorizerId)]
	if a == nil || a.problem != nil {
		return authorizerMisconfigured("Invalid authorizer")
	}
	q := x.question()
	if err := x.decide(q, policy.EvaluateBeforeAuthorizer(q)); err != nil {
		return err
	}
	if len(q.Resource) > maxMethodARN {
		return &failure{kind: requestTooLarge, status: 414, message: "Request URI too long", early: true}
	}
	verdict, err := x.askAuthorizer(a, q.Resource)
	if err != nil {
		return err
	}
	x.authorized.present = true
	x.authorized.principal, x.authorized.context = verdict.principal, verdict.context
	if verdict.apiKey != "" && x.plan.keySource == "AUTHORIZER" {
		x.apiKey = verdict.apiKey
	}
	q.Identity = []*policy.Policy{verdict.policy}
	d := policy.EvaluateAuthorizer(q)
	x.noteDecision(d)
	if d.Outcome == policy.Allowed {
		return nil
	}
	return deny("User is not authorized to access this resource" + policy.Reason(d, invokeAction))
}

// verdict is what a Lambda authorizer has answered.
type verdict struct {
	principal string
	policy    *policy.Policy
	context   []HeaderField
	apiKey    string
	expires   time.Time
}

// askAuthorizer returns the authorizer's verdict, from the cache if it is
// there. AWS: the policy is what is cached; it is evaluated anew for each
// method, and refusals without a policy are not kept.
func (x *exchange) askAuthorizer(a *authorizer, methodARN string) (*verdict, error) {
	identity, ok := a.identityOf(x)
	if !ok && (a.results != nil || len(a.sources) > 0) {
		return nil, x.unauthorized(false)
	}
	if a.kind == "TOKEN" && a.validation != nil {
		if fits, err := a.validation.MatchWhole(identity[0]); err != nil || !fits {
			return nil, x.unauthorized(false)
		}
	}
	key := strings.Join(identity, "\x00")
	x.hideIdentity(a, identity)
	if v := a.results.get(x.plan.verdictScope, key, x.start); v != nil {
		x.note(StepAuthorizerCached, a.Id)
		return v, nil
	}
	x.noteAuthorizer(a, identity)
	start := time.Now()
	v, err := x.callAuthorizer(a, identity, methodARN)
	x.authorized.latency = time.Since(start)
	x.tick()
	if err != nil {
		return nil, err
	}
	x.note(StepAuthorizerPolicy, mask(v.principal))
	x.noteStatus(StepAuthorizerDone, "", x.authorized.status, x.authorized.latency)
	v.expires = x.start.Add(a.ttl)
	a.results.put(x.plan.verdictScope, key, v, x.start)
	return v, nil
}

// hideIdentity has the values of identity sources masked wherever they are seen,
// as far as clients send them.
func (x *exchange) hideIdentity(a *authorizer, identity []string) {
	if x.record == nil {
		return
	}
	for i := range identity {
		if strings.HasPrefix(a.sources[i].text, "method.request.") {
			x.record.secrets = append(x.record.secrets, identity[i])
		}
	}
}

func (x *exchange) noteAuthorizer(a *authorizer, identity []string) {
	if x.record == nil {
		return
	}
	x.tick()
	x.note(StepAuthorizerStart, a.Id)
	if a.kind == "TOKEN" {
		x.note(StepAuthorizerIdentity, mask(identity[0]))
		return
	}
	fields := make([]HeaderField, len(identity))
	for i := range identity {
		fields[i] = field(a.sources[i].text, mask(identity[i]))
	}
	x.noteFields(StepAuthorizerIdentity, fields)
}

// unauthorized is the 401. AWS: only one that the authorizer has decided is
// logged.
func (x *exchange) unauthorized(decided bool) error {
	if decided {
		x.note(StepUnauthorized, "")
	}
	return refuse(unauthorized, "Unauthorized")
}

// authorizerMisconfigured is the 500 for an authorizer that cannot be called
// or does not answer with a policy.
func authorizerMisconfigured(reason string) *failure {
	return &failure{
		kind: authorizerConfigurationError, null: true, early: true, logsType: true,
		lines: []string{configurationError + reason, configurationError + "Authorizer error"},
	}
}

// callAuthorizer runs the authorizer's function.
func (x *exchange) callAuthorizer(a *authorizer, identity []string, methodARN string) (*verdict, error) {
	ctx, cancel := context.WithTimeout(x.ctx, defaultTimeout)
	defer cancel()
	in, err := x.authorizerInvocation(ctx, a)
	if err != nil {
		return nil, err
	}
	if a.kind == "TOKEN" {
		in.Payload = appendTokenEvent(nil, identity[0], methodARN)
	} else {
		in.Payload = x.appendAuthorizerEvent(nil, methodARN)
	}
	x.noteAuthorizerCall(a, in)
	result, err := x.g.invoker.Invoke(ctx, in)
	if err != nil {
		return nil, x.authorizerRefused(err)
	}
	x.authorized.status, x.authorized.requestID = result.Status, result.RequestID
	x.tick()
	x.note(StepAuthorizerRequestID, result.RequestID)
	x.noteBody(StepAuthorizerResult, result.Payload, false)
	if result.FunctionError != "" {
		if errorMessage(result.Payload) == "Unauthorized" {
			return nil, x.unauthorized(true)
		}
		return nil, authorizerMisconfigured(`Invalid JSON in response: Unrecognized field "errorType" , not marked as ignorable`)
	}
	return parseVerdict(result.Payload)
}

func (x *exchange) authorizerRefused(err error) error {
	x.authorized.failure = err.Error()
	if refusal, ok := errors.AsType[*ServiceError](err); ok && refusal.Status != 403 {
		return authorizerMisconfigured(refusal.Message)
	}
	return authorizerMisconfigured(invalidPermissions)
}

// authorizerInvocation says which function to call and as whom.
func (x *exchange) authorizerInvocation(ctx context.Context, a *authorizer) (*Invocation, error) {
	target, err := arn.ParseIntegration(a.uri.stageVariables(x.plan))
	if err != nil {
		return nil, authorizerMisconfigured("Invalid ARN specified in the request")
	}
	function, ok := lambdaFunction(target)
	if !ok || x.g.invoker == nil {
		return nil, authorizerMisconfigured(invalidPermissions)
	}
	in := &Invocation{Function: canonicalFunction(x.plan.deployment, function), TraceID: x.ids.trace.long()}
	source := arn.Authorizer(x.plan.region, x.plan.account, x.plan.apiID, a.Id)
	if a.credentials.empty() {
		in.Caller = Caller{Service: servicePrincipal, SourceAccount: x.plan.account, SourceARN: source}
		return in, nil
	}
	role := a.credentials.stageVariables(x.plan)
	if in.Caller, err = x.assume(ctx, role, source); err != nil {
		return nil, authorizerMisconfigured("API Gateway does not have permission to assume the provided role " + role)
	}
	return in, nil
}

// noteAuthorizerCall records the call as AWS's log shows it: its source is the
// authorizer, also where a role makes the call.
func (x *exchange) noteAuthorizerCall(a *authorizer, in *Invocation) {
	if x.record == nil {
		return
	}
	source := arn.Authorizer(x.plan.region, x.plan.account, x.plan.apiID, a.Id)
	url := lambdaURL(in.Function)
	x.note(StepRequestURI, url)
	x.noteFields(StepRequestHeaders, []HeaderField{
		{Name: "X-Amz-Source-Arn", Value: source}, {Name: "Accept", Value: applicationJSON}, {Name: "User-Agent", Value: "AmazonAPIGateway_" + x.plan.apiID},
	})
	x.noteBody(StepRequestBody, in.Payload, false)
	x.note(StepSending, url)
}

// appendTokenEvent appends the event of a TOKEN authorizer.
func appendTokenEvent(b []byte, token, methodARN string) []byte {
	b = appendQuoted(append(b, `{"type":"TOKEN","methodArn":`...), methodARN)
	return append(appendQuoted(append(b, `,"authorizationToken":`...), token), '}')
}

// parseVerdict reads an authorizer's output.
func parseVerdict(payload []byte) (*verdict, error) {
	if len(payload) > maxAuthorizerOutput {
		return nil, authorizerMisconfigured("Authorizer response too large")
	}
	root, err := vtl.ParseJSON(payload)
	m, ok := root.(*vtl.Map)
	if err != nil || !ok {
		return nil, authorizerMisconfigured("Invalid JSON in response")
	}
	v := &verdict{}
	principal, _ := m.Get("principalId")
	if v.principal, ok = scalarText(principal); !ok || v.principal == "" {
		return nil, authorizerMisconfigured("Invalid principal in response")
	}
	document, ok := m.Get("policyDocument")
	if !ok || document == nil {
		return nil, authorizerMisconfigured("Invalid policy document in response")
	}
	v.policy, err = policy.New("authorizer", policy.Authorizer, vtl.AppendJSON(nil, document))
	if err != nil {
		return nil, authorizerMisconfigured("Invalid policy document: " + err.Error())
	}
	key, _ := m.Get("usageIdentifierKey")
	v.apiKey, _ = scalarText(key)
	values, _ := m.Get("context")
	if v.context, ok = flatContext(values); !ok {
		return nil, authorizerMisconfigured("Invalid context in response")
	}
	return v, nil
}

// flatContext reads an authorizer's context. AWS: scalars only, all become
// strings.
func flatContext(v any) ([]HeaderField, bool) {
	if v == nil {
		return nil, true
	}
	m, ok := v.(*vtl.Map)
	if !ok {
		return nil, false
	}
	var fields []HeaderField
	for i := range m.Len() {
		name, v := m.At(i)
		s, ok := scalarText(v)
		if !ok {
			return nil, false
		}
		if v != nil {
			fields = append(fields, field(name, s))
		}
	}
	return fields, true
}
