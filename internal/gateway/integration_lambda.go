package gateway

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/sigv4"
	"github.com/lambdagate/lambdagate/vtl"
)

// servicePrincipal is who API Gateway is to other services.
const servicePrincipal = "apigateway.amazonaws.com"

// roleSession is the name of the session in which API Gateway acts in a role.
const roleSession = "BackplaneAssumeRoleSession"

const invalidPermissions = "Invalid permissions on Lambda function"

// invokeCustom calls a function with the rendered template. AWS: a mapped
// X-Amz-Invocation-Type header of Event makes the call asynchronous; the
// integration response is selected by errorMessage alone.
func (x *exchange) invokeCustom(ctx context.Context, i *integration) error {
	in, err := x.invocation(ctx, i)
	if err != nil {
		return err
	}
	in.Payload = x.call.body
	in.Type, _ = fold(x.call.head, "X-Amz-Invocation-Type")
	in.LogType, _ = fold(x.call.head, "X-Amz-Log-Type")
	in.ClientContext, _ = fold(x.call.head, "X-Amz-Client-Context")
	result, err := x.invoke(ctx, in)
	if err != nil {
		return err
	}
	x.answer.body = result.Payload
	x.answer.selection = errorMessage(result.Payload)
	return nil
}

// invocation is the call without its payload: which function, and as whom.
func (x *exchange) invocation(ctx context.Context, i *integration) (*Invocation, error) {
	if i.verb != "POST" {
		// AWS: Lambda knows no other method on this path and so refuses.
		return nil, misconfigured(invalidPermissions)
	}
	in := &Invocation{Function: i.function, TraceID: x.ids.trace.long()}
	if in.Function == "" {
		target, err := arn.ParseIntegration(i.uri.stageVariables(x.plan))
		if err != nil {
			return nil, misconfigured("Invalid ARN specified in the request")
		}
		function, _ := lambdaFunction(target)
		in.Function = canonicalFunction(x.plan.deployment, function)
	}
	var err error
	in.Caller, err = x.caller(ctx, i)
	return in, err
}

// caller is who calls a service for the integration: the role of its
// credentials, the client itself, or the service principal.
func (x *exchange) caller(ctx context.Context, i *integration) (Caller, error) {
	switch {
	case i.callerPays:
		if x.identity == nil {
			return Caller{}, misconfigured(invalidPermissions)
		}
		return Caller{Identity: x.identity}, nil
	case i.credentials.empty():
		return Caller{
			Service: servicePrincipal, SourceAccount: x.plan.account,
			SourceARN: x.plan.sources[x.method.index],
		}, nil
	}
	role := i.credentials.stageVariables(x.plan)
	return x.assume(ctx, role, x.plan.sources[x.method.index])
}

// assume takes on a role in the account of the API, for a method or authorizer.
func (x *exchange) assume(ctx context.Context, role, sourceARN string) (Caller, error) {
	id, err := x.g.assume(ctx, role, x.plan.account, sourceARN)
	if errors.Is(err, ErrNotTrusted) {
		f := misconfigured("API Gateway does not have permission to assume the provided role " + role)
		f.logsType = true
		return Caller{}, f
	}
	if err != nil {
		return Caller{}, err
	}
	return Caller{Identity: id}, nil
}

// executeARN is the ARN of something of this stage, {VERB}/{path}.
func (p *plan) executeARN(suffix string) string {
	return "arn:" + arn.Partition(p.region) + ":execute-api:" + p.region + ":" + p.account + ":" + p.apiID + "/" + p.stageName + "/" + suffix
}

// invoke calls Lambda and words its refusals.
func (x *exchange) invoke(ctx context.Context, in *Invocation) (*InvocationResult, error) {
	if x.g.invoker == nil {
		return nil, errors.New("no Lambda service")
	}
	x.noteInvocation(in)
	x.answer.called = true
	result, err := x.g.invoker.Invoke(ctx, in)
	if err != nil {
		return nil, x.refusedByLambda(err)
	}
	x.answer.status, x.answer.requestID, x.answer.failed = result.Status, result.RequestID, result.FunctionError != ""
	if x.record != nil {
		x.answer.head = appendLambdaHead(x.answer.head, result, in)
	}
	return result, nil
}

// refusedByLambda turns a refusal of the Lambda service into a failure.
func (x *exchange) refusedByLambda(err error) error {
	refusal, ok := errors.AsType[*ServiceError](err)
	if !ok {
		return err
	}
	x.answer.status, x.answer.requestID = refusal.Status, refusal.RequestID
	lambdaFailed := "Lambda invocation failed with status: " + strconv.Itoa(refusal.Status) + ". Lambda request id: " + refusal.RequestID
	switch {
	case refusal.Status == 403:
		return misconfigured(invalidPermissions)
	case refusal.Status == 429:
		f := misconfigured("Rate Exceeded.")
		f.lines = append([]string{lambdaFailed}, f.lines...)
		return f
	}
	f := misconfigured(refusal.Message)
	f.lines = append([]string{lambdaFailed}, f.lines...)
	if x.method.integration.kind == lambdaProxy {
		f.status = 502
	}
	return f
}

// errorMessage returns the member errorMessage of a function's output, which
// selection patterns are matched against, "" if there is none.
func errorMessage(payload []byte) string {
	if !bytes.Contains(payload, []byte(`"errorMessage"`)) {
		return ""
	}
	v, err := vtl.ParseJSON(payload)
	if err != nil {
		return ""
	}
	m, ok := v.(*vtl.Map)
	if !ok {
		return ""
	}
	message, ok := m.Get("errorMessage")
	if !ok || message == nil {
		return ""
	}
	return mappedText(message)
}

// lambdaURL is where AWS would send the call.
func lambdaURL(function string) string {
	f, err := arn.ParseFunction(function, arn.Function{})
	region := "us-east-1"
	if err == nil && f.Region != "" {
		region = f.Region
	}
	return "https://lambda." + region + ".amazonaws.com/2015-03-31/functions/" + function + "/invocations"
}

// noteInvocation records the call as AWS's log shows it.
func (x *exchange) noteInvocation(in *Invocation) {
	if x.record == nil {
		return
	}
	x.tick()
	x.record.about.Target = in.Function
	url := x.method.integration.url
	if url == "" {
		url = lambdaURL(in.Function)
	}
	x.note(StepRequestURI, url)
	host, _, _ := strings.Cut(strings.TrimPrefix(url, "https://"), "/")
	fields := append(x.scratch[:0],
		field("X-Amz-Date", x.start.UTC().Format("20060102T150405Z")),
		field("x-amzn-apigateway-api-id", x.plan.apiID),
		field("Accept", applicationJSON),
		field("User-Agent", "AmazonAPIGateway_"+x.plan.apiID),
		field("Host", host))
	if x.traced() { // the one thing here that costs
		fields = append(fields, field("X-Amz-Content-Sha256", sigv4.HashBody(in.Payload)))
	}
	fields = append(fields,
		field("X-Amzn-Trace-Id", x.ids.trace.short()),
		field("x-amzn-lambda-integration-tag", x.ids.request))
	if in.Caller.SourceARN != "" {
		fields = append(fields, field("X-Amz-Source-Arn", in.Caller.SourceARN))
	}
	x.scratch = append(fields, x.call.head...)
	x.noteFields(StepRequestHeaders, x.scratch)
	x.noteBody(StepRequestBody, in.Payload, false)
	x.note(StepSending, url)
}

// appendLambdaHead appends what Lambda's answer carries in its header.
func appendLambdaHead(dst []HeaderField, r *InvocationResult, in *Invocation) []HeaderField {
	dst = append(dst, field("Content-Type", applicationJSON),
		field("Content-Length", strconv.Itoa(len(r.Payload))),
		field("x-amzn-RequestId", r.RequestID),
		field("x-amzn-Remapped-Content-Length", "0"))
	if r.FunctionError != "" {
		dst = append(dst, field("X-Amz-Function-Error", r.FunctionError))
	}
	return append(dst, field("X-Amz-Executed-Version", r.ExecutedVersion), field("X-Amzn-Trace-Id", in.TraceID))
}
