package gateway

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/policy"
	"github.com/lambdagate/lambdagate/internal/sigv4"
	"github.com/lambdagate/lambdagate/vtl"
)

const invokeAction = "execute-api:Invoke"

// authorization is how a method asks who calls.
type authorization uint8

const (
	authNone authorization = iota
	authIAM
	authCustom
	authCognito
)

func (d *deployment) authorizationOf(m *method) authorization {
	switch strings.ToUpper(m.AuthorizationType) {
	case "AWS_IAM":
		return authIAM
	case "CUSTOM":
		return authCustom
	case "COGNITO_USER_POOLS":
		return authCognito
	}
	return authNone
}

// resourcePolicy is the policy attached to an API.
type resourcePolicy struct{ *policy.Policy }

// compileResourcePolicy reads RestApi.policy; "" gives nil. The control plane
// keeps the document escaped once more; either form is read.
func compileResourcePolicy(d *deployment, text string) (*resourcePolicy, error) {
	if text == "" {
		return nil, nil
	}
	if strings.HasPrefix(strings.TrimSpace(text), `{\"`) || strings.Contains(text, `\"Version\"`) || strings.Contains(text, `\"Statement\"`) {
		unquoted, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `\/`, "/") + `"`)
		if err != nil {
			return nil, fmt.Errorf("unescape: %w", err)
		}
		text = unquoted
	}
	doc, err := policy.Parse([]byte(text), policy.Resource)
	if err != nil {
		return nil, err
	}
	prefix := "arn:" + arn.Partition(d.region) + ":execute-api:" + d.region + ":" + d.account + ":" + d.apiID + "/"
	doc = doc.MapResources(func(r string) string {
		if rest, ok := strings.CutPrefix(r, "execute-api:/"); ok {
			return prefix + rest
		}
		return r
	})
	p, err := policy.Compile("policy of "+d.apiID, policy.Resource, doc)
	if err != nil {
		return nil, err
	}
	return &resourcePolicy{p}, nil
}

func (r *resourcePolicy) get() *policy.Policy {
	if r == nil {
		return nil
	}
	return r.Policy
}

// authorize finds out who calls and whether they may. AWS: how the resource
// policy and the method's authorization combine depends on the latter.
func (x *exchange) authorize() error {
	switch x.method.auth {
	case authIAM:
		return x.authorizeIAM()
	case authCustom:
		return x.authorizeCustom()
	case authCognito:
		if err := x.authorizeCognito(); err != nil {
			return err
		}
	}
	if x.plan.policy == nil {
		return nil
	}
	q := x.question()
	return x.decide(q, policy.EvaluateOpen(q))
}

// question asks whether the request may invoke its method.
func (x *exchange) question() *policy.Request {
	q := &policy.Request{
		Action: invokeAction, Resource: x.methodARN(), ResourceAccount: x.plan.account,
		ResourcePolicy: x.plan.policy.get(), Keys: x.conditionKeys(),
	}
	if x.identity != nil {
		q.Principal = x.identity.Principal
		x.g.identities.Policies(x.identity, q)
	}
	return q
}

// conditionKeys are the keys that API Gateway knows about a request.
func (x *exchange) conditionKeys() policy.Keys {
	now := x.start.UTC()
	keys := policy.Keys{
		{Name: "aws:sourceip", Values: []string{x.sourceIP}},
		{Name: "aws:securetransport", Values: []string{strconv.FormatBool(x.secure)}},
		{Name: "aws:currenttime", Values: []string{now.Format(time.RFC3339)}},
		{Name: "aws:epochtime", Values: []string{strconv.FormatInt(now.Unix(), 10)}},
		{Name: "aws:requestedregion", Values: []string{x.plan.region}},
	}
	if ua := x.userAgent(); ua != "" {
		keys.Set("aws:UserAgent", ua)
	}
	if ref, ok := fold(x.requestHead, "Referer"); ok {
		keys.Set("aws:Referer", ref)
	}
	if x.identity != nil {
		for k, v := range x.identity.Tags {
			keys.Set("aws:PrincipalTag/"+k, v)
		}
	}
	return keys
}

// methodARN names what the client asks for: its verb and its path.
func (x *exchange) methodARN() string {
	return x.plan.executeARN(x.verb + "/" + strings.TrimPrefix(x.path, "/"))
}

// decide turns a refusal into AWS's text. The account in it is masked.
func (x *exchange) decide(q *policy.Request, d policy.Decision) error {
	x.noteDecision(d)
	if d.Outcome == policy.Allowed {
		return nil
	}
	return deny(policy.Message(d, q.Principal.ARN, invokeAction, arn.MaskAccount(q.Resource)))
}

// noteDecision records who has decided, and why.
func (x *exchange) noteDecision(d policy.Decision) {
	by := d.By()
	if x.record == nil || d.Outcome == policy.Allowed && len(by) == 0 {
		return // nobody has said anything
	}
	text := "allowed"
	if d.Outcome != policy.Allowed {
		text = "denied" + policy.Reason(d, invokeAction)
	}
	for i, m := range by {
		text += [...]string{": ", ", "}[min(i, 1)] + "statement " + strconv.Itoa(m.Index+1)
		if m.Sid != "" {
			text += " (" + m.Sid + ")"
		}
		text += " of the " + m.Kind.String() + " " + strconv.Quote(m.Policy)
	}
	x.note(StepDecision, text)
}

// noRoute is the answer when no method fits. AWS: a request that carries an
// Authorization header is first read as if it were signed.
func (x *exchange) noRoute() error {
	if v, ok := last(x.requestHead, "Authorization"); ok && v != "" {
		_, err := sigv4.Parse(x.signedRequest())
		if refusal, ok := errors.AsType[*sigv4.Error](err); ok && refusal.Kind == sigv4.Incomplete {
			return signatureFailure(refusal)
		}
	}
	return refuse(missingAuthenticationToken, "Missing Authentication Token")
}

// authorizeIAM checks the request's signature and the caller's policies.
func (x *exchange) authorizeIAM() error {
	if err := x.identify(); err != nil {
		return err
	}
	q := x.question()
	return x.decide(q, policy.Evaluate(q))
}

// identify finds out who has signed the request.
func (x *exchange) identify() error {
	if err := x.readBody(); err != nil {
		return err
	}
	request := x.signedRequest()
	auth, err := sigv4.Parse(request)
	if err != nil {
		return signatureFailure(err)
	}
	expected := sigv4.Expected{Service: "execute-api", Region: x.plan.region}
	now := x.g.now()
	if err := auth.Check(expected, now); err != nil {
		return signatureFailure(err)
	}
	if x.g.identities == nil {
		return signatureFailure(sigv4.NewUnknownKey())
	}
	id, ok := x.g.identities.Credential(auth.AccessKeyID, auth.SessionToken)
	if !ok {
		return signatureFailure(sigv4.NewUnknownKey())
	}
	key := sigv4.Key{AccessKeyID: id.Key.ID, SecretAccessKey: id.Key.Secret, SessionToken: id.Key.SessionToken, Expiration: id.Key.Expires}
	if err := sigv4.Verify(auth, key, request, now, expected); err != nil {
		return signatureFailure(err)
	}
	x.identity = id
	return nil
}

// signedRequest is the request as its client has signed it.
func (x *exchange) signedRequest() *sigv4.Request {
	if x.r == nil {
		return &sigv4.Request{Method: x.verb}
	}
	r := sigv4.FromHTTP(x.r, sigv4.HashBody(x.wireBody))
	if x.target.Head != nil { // as sent
		r.Headers = r.Headers[:0]
		for _, f := range x.target.Head {
			r.Headers = append(r.Headers, sigv4.Header{Name: f.Name, Value: f.Value})
		}
	}
	return r
}

// signatureFailure is the gateway response for a sigv4 error. AWS: what is not
// well formed comes as DEFAULT_4XX.
func signatureFailure(err error) error {
	refusal, ok := errors.AsType[*sigv4.Error](err)
	if !ok {
		return internal(err)
	}
	answer := refusal.Answer("execute-api")
	f := refuse(invalidSignature, answer.Message)
	switch refusal.Kind {
	case sigv4.MissingToken:
		f.kind = missingAuthenticationToken
	case sigv4.Incomplete:
		f.kind = default4XX
	case sigv4.ExpiredToken:
		f.kind = expiredToken
	}
	f.status, f.errorType = answer.Status, answer.Code
	return f
}

// authorizerResult is what an authorizer has found out about the caller.
type authorizerResult struct {
	present   bool
	principal string
	context   []HeaderField // flat, values as text
	claims    []HeaderField // of a user pool's token
	scopes    []string
	latency   time.Duration
	status    int
	requestID string
	failure   string

	authorizeStatus, authenticateStatus int
	authorizeError, authenticateError   string
	authorizeLatency                    time.Duration
}

// value returns a member of $context.authorizer.
func (r *authorizerResult) value(key string) string {
	if name, ok := strings.CutPrefix(key, "claims."); ok {
		v, _ := last(r.claims, name)
		return v
	}
	if key == "principalId" {
		return r.principal
	}
	v, _ := last(r.context, key)
	return v
}

// asMap is $context.authorizer. AWS: its member claims is null, only the
// members of that can be read.
func (r *authorizerResult) asMap() *vtl.Map {
	m := vtl.NewMap()
	for _, f := range r.context {
		m.Put(f.Name, f.Value)
	}
	if r.claims != nil {
		m.Put("claims", fieldMap(r.claims))
	}
	if r.principal != "" {
		m.Put("principalId", r.principal)
	}
	return m
}

// append appends requestContext.authorizer of a proxy event.
func (r *authorizerResult) append(b []byte) []byte {
	if r.claims != nil {
		b = appendLast(append(b, `{"claims":`...), r.claims, "{}")
		if len(r.scopes) > 0 {
			b = append(b, `,"scopes":`...)
			for i, s := range r.scopes {
				b = appendQuoted(append(b, "[,"[min(i, 1)]), s)
			}
			b = append(b, ']')
		}
		return append(b, '}')
	}
	b = append(b, '{')
	for _, f := range r.context {
		b = append(appendQuoted(b, f.Name), ':')
		b = append(appendQuoted(b, f.Value), ',')
	}
	b = appendQuoted(append(b, `"principalId":`...), r.principal)
	b = append(b, `,"integrationLatency":`...)
	return append(strconv.AppendInt(b, r.latency.Milliseconds(), 10), '}')
}

// remoteIP is the address part of host:port.
func remoteIP(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}
