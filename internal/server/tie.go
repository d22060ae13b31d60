package server

import (
	"context"
	"errors"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/iam"
	"github.com/lambdagate/lambdagate/internal/lambda"
	"github.com/lambdagate/lambdagate/internal/logs"
	"github.com/lambdagate/lambdagate/internal/policy"
	"github.com/lambdagate/lambdagate/internal/sandbox"
)

// Service principals.
const (
	lambdaPrincipal = "lambda.amazonaws.com"
	apiPrincipal    = "apigateway.amazonaws.com"
)

// environments gives lambda's events to the sandbox.
type environments struct {
	manager *sandbox.Manager
	inspect map[string]string // debuggers' addresses by function name
}

func (e environments) Prepare(runtime string, memoryMB int) { e.manager.Prepare(runtime, memoryMB) }

func (e environments) Retire(id string) { e.manager.Retire(id) }

func (e environments) Provision(r *lambda.Runnable, n int) { e.manager.Provision(e.function(r), n) }

func (e environments) Provisioned(id string) (allocated, available int, failure string) {
	p := e.manager.Provisioned(id)
	return p.Allocated, p.Available, p.Failure
}

func (e environments) Invoke(ctx context.Context, r *lambda.Runnable, t *lambda.Task) (*lambda.Outcome, error) {
	out, err := e.manager.Invoke(ctx, e.function(r), &sandbox.Event{
		RequestID: t.RequestID, Payload: t.Payload, TraceID: t.TraceID, ClientContext: t.ClientContext,
		InvokedARN: t.InvokedARN, Tail: t.LogTail, Stream: t.Stream,
		Ended: func(out *sandbox.Outcome, err error) { t.Ended(outcome(out, err)) },
	})
	return outcome(out, err)
}

// outcome is what the sandbox says, as lambda takes it.
func outcome(out *sandbox.Outcome, err error) (*lambda.Outcome, error) {
	if err == sandbox.ErrCapacity || err == sandbox.ErrThrottled {
		return nil, lambda.ErrNoCapacity
	}
	if err != nil {
		return nil, err
	}
	return &lambda.Outcome{
		Payload: out.Payload, FunctionError: out.FunctionError, Streamed: out.Streamed, LogTail: out.LogTail,
		Duration: out.Duration, InitDuration: out.InitDuration, MaxMemoryMB: out.MaxMemoryMB,
	}, nil
}

// function is a runnable as the sandbox takes it.
func (e environments) function(r *lambda.Runnable) *sandbox.Function {
	f := &sandbox.Function{
		ID: r.ID, Runtime: r.Runtime, Handler: r.Handler, CodeDir: r.CodeDir, Env: r.Env, MemoryMB: r.MemoryMB,
		Timeout: r.Timeout, EphemeralMB: r.EphemeralMB, Name: r.Name, Version: r.Version, ARN: r.ARN, Region: r.Region,
		LogGroup: r.LogGroup, RuntimeVersionARN: r.RuntimeVersionARN, LogFormat: r.LogFormat,
		ApplicationLogLevel: r.AppLogLevel, SystemLogLevel: r.SysLogLevel, ActiveTracing: r.Tracing == "Active",
	}
	if r.Image != nil {
		f.Image = &sandbox.Image{URI: r.Image.URI, ID: r.Image.ID, Digest: r.Image.Digest, EntryPoint: r.Image.EntryPoint, Command: r.Image.Command, WorkingDirectory: r.Image.WorkingDirectory}
	}
	if r.Version == "$LATEST" {
		f.Inspect = e.inspect[r.Name]
	}
	if r.LayerDir != "" {
		f.Layers = []string{r.LayerDir}
	}
	if r.Credentials != nil {
		f.Credentials = func(ctx context.Context) (sandbox.Credentials, error) {
			c, err := r.Credentials(ctx)
			return sandbox.Credentials{AccessKeyID: c.AccessKey, SecretAccessKey: c.SecretKey, SessionToken: c.SessionToken, Expires: c.Expires}, err
		}
	}
	return f
}

// images finds container images at the engine.
type images struct{ manager *sandbox.Manager }

func (i images) Resolve(ctx context.Context, uri string) (lambda.FoundImage, error) {
	found, err := i.manager.ResolveImage(ctx, uri)
	if errors.Is(err, sandbox.ErrNoImage) {
		err = lambda.ErrNoImage
	}
	return lambda.FoundImage(found), err
}

// functionLogs puts functions' log lines into CloudWatch Logs.
type functionLogs struct{ logs *logs.Service }

func (l functionLogs) Stream(f *sandbox.Function, name string) sandbox.LogStream {
	return l.logs.Stream(arn.AccountOf(f.ARN), f.Region, f.LogGroup, name)
}

// functionRoles answers lambda's questions about roles.
type functionRoles struct{ iam *iam.Service }

func (r functionRoles) CheckRole(_ context.Context, roleARN, functionARN string) error {
	return r.iam.Trusts(roleARN, lambdaPrincipal, arn.AccountOf(functionARN), actingFor(functionARN))
}

// actingFor are the condition keys of a service that takes a role for a resource.
func actingFor(sourceARN string) policy.Keys {
	var k policy.Keys
	k.Set("aws:SourceArn", sourceARN)
	return k
}

func (r functionRoles) MayPass(ctx context.Context, caller awsapi.Caller, roleARN string) error {
	call := *awsapi.CallFrom(ctx)
	call.Caller = caller
	return r.iam.PassRole(ctx, &call, roleARN, lambdaPrincipal)
}

func (r functionRoles) Credentials(ctx context.Context, roleARN, functionARN, sessionName string) (lambda.Credentials, error) {
	keys := actingFor(functionARN)
	keys.Set("lambda:SourceFunctionArn", functionARN)
	c, err := r.iam.AssumeServiceRole(ctx, roleARN, lambdaPrincipal, arn.AccountOf(functionARN), sessionName, keys)
	return lambda.Credentials{AccessKey: c.AccessKeyID, SecretKey: c.Secret, SessionToken: c.SessionToken, Expires: c.Expires}, err
}

// functionAuthority decides who may invoke and manage functions.
type functionAuthority struct{ iam *iam.Service }

func (a functionAuthority) Authorize(_ context.Context, q *lambda.Access) error {
	if q.Caller.Unchecked {
		return nil
	}
	d := a.iam.Evaluate(q.Caller, iam.Question{
		Action: q.Action, Resource: q.Resource, ResourceAccount: arn.AccountOf(q.Resource), ResourcePolicy: q.Policy, Keys: q.Keys,
	})
	if d.Outcome == policy.Allowed {
		return nil
	}
	who := q.Caller.ARN
	if q.Caller.Kind == awsapi.ServicePrincipal {
		who = q.Caller.Name
	}
	return &awsapi.Error{Code: "AccessDeniedException", Status: 403, MessageKey: "Message", Message: policy.Message(d, who, q.Action, q.Resource)}
}
