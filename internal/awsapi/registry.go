package awsapi

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// Registry holds the bound services and is where all doors meet.
type Registry struct {
	services  map[string]*BoundService
	authorize Authorizer
	log       *slog.Logger
	audit     Audit
}

// Audit is told of every call after it ended, before its caller is: err is what
// the caller will see. It must not keep in.
type Audit func(ctx context.Context, call *Call, op *BoundOperation, in any, err *Error)

// Authorizer decides whether a caller may do something; nil means yes. The
// error it returns is the service's own "access denied".
type Authorizer interface {
	Authorize(ctx context.Context, call *Call, action, resource string) error
}

// NewRegistry returns a registry of services. A nil authorizer allows
// everything; audit may be nil.
func NewRegistry(log *slog.Logger, authorize Authorizer, audit Audit, services ...*BoundService) *Registry {
	r := &Registry{services: map[string]*BoundService{}, authorize: authorize, log: log, audit: audit}
	for _, s := range services {
		r.services[s.Name] = s
	}
	return r
}

// Service returns the service of that signing name, or nil.
func (r *Registry) Service(name string) *BoundService { return r.services[name] }

// Services returns all services, in no order.
func (r *Registry) Services() map[string]*BoundService { return r.services }

// Call checks in against the model, asks for permission, runs the operation
// and reports what happened. in is a pointer as BoundOperation.NewInput gives
// it; the answer is a pointer to the output shape, or nil.
func (r *Registry) Call(ctx context.Context, call *Call, op *BoundOperation, in any) (out any, err error) {
	start := time.Now()
	call.Service, call.Operation = op.Service.Name, op.Name
	ctx = WithCall(ctx, call)
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		failed := r.finish(ctx, call, err, time.Since(start))
		if r.audit != nil {
			r.audit(ctx, call, op, in, failed)
		}
		if err = nil; failed != nil {
			err = failed
		}
	}()
	if !op.Implemented {
		return nil, NotImplemented(op.Name)
	}
	if err := op.validate(in); err != nil {
		return nil, err
	}
	if err := r.permit(ctx, call, op, in); err != nil {
		return nil, err
	}
	return op.call(ctx, in)
}

func (r *Registry) permit(ctx context.Context, call *Call, op *BoundOperation, in any) error {
	if r.authorize == nil {
		return nil
	}
	action, resource := op.Service.Name+":"+op.Name, "*"
	if p := op.Service.permit; p != nil {
		action, resource = p.Permission(call, in)
	}
	if err := r.ask(ctx, call, action, resource); err != nil {
		return err
	}
	if p, ok := op.Service.permit.(furtherPermitter); ok {
		action, resource = p.FurtherPermission(call, in)
		return r.ask(ctx, call, action, resource)
	}
	return nil
}

// ask asks for one permission; an empty action needs none.
func (r *Registry) ask(ctx context.Context, call *Call, action, resource string) error {
	if action == "" {
		return nil
	}
	err := r.authorize.Authorize(ctx, call, action, resource)
	if call.Decision = "allowed"; err != nil {
		call.Decision = "denied"
	}
	return err
}

// finish turns what is not an AWS error into the neutral one, after logging it.
func (r *Registry) finish(ctx context.Context, call *Call, err error, took time.Duration) *Error {
	attrs := []any{"request", call.RequestID, "service", call.Service, "operation", call.Operation, "principal", call.Caller.ARN, "took", took}
	wire := AsError(err)
	switch {
	case err == nil:
		r.log.DebugContext(ctx, "call", append(attrs, "status", "ok")...)
	case wire == nil:
		r.log.ErrorContext(ctx, "call failed", append(attrs, "error", err)...)
		wire = internalFailure(call.Service)
	default:
		r.log.DebugContext(ctx, "call", append(attrs, "status", wire.Status, "code", wire.Code)...)
	}
	return wire
}
