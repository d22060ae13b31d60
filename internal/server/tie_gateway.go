package server

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"strings"

	"github.com/lambdagate/lambdagate/internal/apigateway"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/gateway"
	"github.com/lambdagate/lambdagate/internal/iam"
	"github.com/lambdagate/lambdagate/internal/lambda"
	"github.com/lambdagate/lambdagate/internal/logs"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// functionInvoker lets deployed APIs run functions.
type functionInvoker struct{ lambda *lambda.Service }

func (i functionInvoker) Invoke(ctx context.Context, in *gateway.Invocation) (*gateway.InvocationResult, error) {
	out, err := i.lambda.InvokeFunction(ctx, invocation(in, nil))
	if err != nil {
		return nil, serviceError(err)
	}
	return &gateway.InvocationResult{
		Status: out.Status, Payload: out.Payload, FunctionError: out.FunctionError, ExecutedVersion: out.ExecutedVersion,
		LogResult: base64.StdEncoding.EncodeToString(out.LogTail), RequestID: out.RequestID,
	}, nil
}

// InvokeStream hands on a response while the function writes it.
func (i functionInvoker) InvokeStream(ctx context.Context, in *gateway.Invocation) (io.ReadCloser, error) {
	r, w := io.Pipe()
	s := &responsePipe{w: w, started: make(chan struct{})}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		out, err := i.lambda.InvokeFunction(ctx, invocation(in, s))
		switch {
		case err != nil:
			err = serviceError(err)
		case out.FunctionError != "":
			err = &gateway.ServiceError{Code: "FunctionError", Status: 502, Message: string(out.Payload), RequestID: out.RequestID}
		case !out.Streamed:
			s.Start("application/json")
			w.Write(out.Payload) //nolint:errcheck // the reader is gone
		}
		w.CloseWithError(err) //nolint:errcheck // always nil
		done <- err
	}()
	select {
	case <-s.started:
		return &streamReader{PipeReader: r, cancel: cancel}, nil
	case err := <-done:
		cancel()
		if err == nil { // an empty response
			return io.NopCloser(strings.NewReader("")), nil
		}
		return nil, err
	}
}

// responsePipe is lambda's ResponseStream into a pipe.
type responsePipe struct {
	w       *io.PipeWriter
	started chan struct{}
}

func (p *responsePipe) Start(string) error {
	close(p.started)
	return nil
}

func (p *responsePipe) Write(chunk []byte) (int, error) { return p.w.Write(chunk) }

// streamReader ends the invocation when its reader has had enough.
type streamReader struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (r *streamReader) Close() error {
	r.cancel()
	return r.PipeReader.Close()
}

func invocation(in *gateway.Invocation, stream lambda.ResponseStream) *lambda.Invocation {
	out := &lambda.Invocation{
		Function: in.Function, Type: in.Type, Payload: in.Payload, ClientContext: in.ClientContext,
		LogTail: in.LogType == "Tail", TraceID: in.TraceID, Stream: stream,
		SourceARN: in.Caller.SourceARN, SourceAccount: in.Caller.SourceAccount,
	}
	if in.Caller.Service != "" {
		out.Caller = awsapi.Caller{Kind: awsapi.ServicePrincipal, Name: in.Caller.Service}
	} else if id := in.Caller.Identity; id != nil {
		out.Caller, _ = id.Owner.(awsapi.Caller)
	}
	return out
}

// serviceError is an error of the Lambda service as the gateway takes it.
func serviceError(err error) error {
	if e := awsapi.AsError(err); e != nil {
		return &gateway.ServiceError{Code: e.Code, Status: e.Status, Message: e.Message, RequestID: awsapi.NewRequestID()}
	}
	return err
}

// apiIdentities answers the gateway's questions about callers and roles.
type apiIdentities struct{ iam *iam.Service }

func (i apiIdentities) AssumeRole(ctx context.Context, roleARN, account, sourceARN, sessionName string) (*gateway.Identity, error) {
	c, err := i.iam.AssumeServiceRole(ctx, roleARN, apiPrincipal, account, sessionName, actingFor(sourceARN))
	if err == iam.ErrNoRole || err == iam.ErrNotTrusted {
		return nil, gateway.ErrNotTrusted
	}
	if err != nil {
		return nil, err
	}
	return identity(c), nil
}

func (i apiIdentities) Credential(accessKeyID, token string) (*gateway.Identity, bool) {
	c, ok := i.iam.Credential(accessKeyID, token)
	if !ok {
		return nil, false
	}
	return identity(c), true
}

func (i apiIdentities) Policies(id *gateway.Identity, r *policy.Request) {
	if c, ok := id.Owner.(awsapi.Caller); ok {
		i.iam.Policies(c, r)
	}
}

func identity(c iam.Credential) *gateway.Identity {
	return &gateway.Identity{
		Principal: iam.PrincipalOf(c.Caller),
		Key:       gateway.AccessKey{ID: c.AccessKeyID, Secret: c.Secret, SessionToken: c.SessionToken, Expires: c.Expires},
		Tags:      c.Caller.Tags, Owner: c.Caller,
	}
}

// apiRoles answers the control plane's questions about roles.
type apiRoles struct{ iam *iam.Service }

func (r apiRoles) PassRole(ctx context.Context, call *awsapi.Call, roleARN, service string) error {
	return r.iam.PassRole(ctx, call, roleARN, service)
}

func (r apiRoles) CheckRole(ctx context.Context, account, roleARN, action string) error {
	c, err := r.iam.AssumeServiceRole(ctx, roleARN, apiPrincipal, account, "check", nil)
	if err != nil {
		return err
	}
	if d := r.iam.Evaluate(c.Caller, iam.Question{Action: action, Resource: "*"}); d.Outcome != policy.Allowed {
		return errors.New("the role does not allow " + action)
	}
	return nil
}

func (r apiRoles) PrincipalExists(arn string) bool { return r.iam.PrincipalExists(arn) }

// apiTester runs test invocations as whoever asked for them.
type apiTester struct{ gateway *gateway.Gateway }

func (t apiTester) TestMethod(ctx context.Context, api *apigateway.Snapshot, in *apigateway.TestInvokeMethodRequest) (*apigateway.TestInvokeMethodResponse, error) {
	return t.gateway.TestMethod(asTester(ctx), api, in)
}

func (t apiTester) TestAuthorizer(ctx context.Context, api *apigateway.Snapshot, in *apigateway.TestInvokeAuthorizerRequest) (*apigateway.TestInvokeAuthorizerResponse, error) {
	return t.gateway.TestAuthorizer(asTester(ctx), api, in)
}

func asTester(ctx context.Context) context.Context {
	call := awsapi.CallFrom(ctx)
	return gateway.WithTester(ctx, identity(iam.Credential{AccessKeyID: call.Caller.AccessKey, Caller: call.Caller}), call.UserAgent)
}

// apiLogs puts execution and access logs of stages into CloudWatch Logs.
type apiLogs struct{ logs *logs.Service }

func (l apiLogs) AppendLogs(group, stream, account, region string, lines []gateway.LogLine) {
	out := make([]logs.Line, len(lines))
	for i, line := range lines {
		out[i] = logs.Line{Time: line.Time, Message: line.Message}
	}
	l.logs.Append(account, region, group, stream, out...)
}
