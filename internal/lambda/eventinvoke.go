package lambda

import (
	"context"
	"fmt"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// Defaults of asynchronous invocation. AWS: PutFunctionEventInvokeConfig.
const (
	defaultRetries = 2
	defaultAge     = 21600 * time.Second
)

// asyncLimits are how often and how long an event is tried.
type asyncLimits struct {
	retries int
	age     time.Duration
}

func (r *route) limits() asyncLimits {
	l := asyncLimits{defaultRetries, defaultAge}
	if r.invoke == nil {
		return l
	}
	if n := r.invoke.MaximumRetryAttempts; n != nil {
		l.retries = int(*n)
	}
	if n := r.invoke.MaximumEventAgeInSeconds; n != nil {
		l.age = time.Duration(*n) * time.Second
	}
	return l
}

// PutFunctionEventInvokeConfig replaces the settings for events.
func (s *Service) PutFunctionEventInvokeConfig(ctx context.Context, in *PutFunctionEventInvokeConfigRequest) (*FunctionEventInvokeConfig, error) {
	return s.editEventInvoke(ctx, in.FunctionName, in.Qualifier, func(*FunctionEventInvokeConfig) (*FunctionEventInvokeConfig, error) {
		if in.MaximumRetryAttempts == nil && in.MaximumEventAgeInSeconds == nil && in.DestinationConfig == nil {
			return nil, invalidParameter("You must specify at least one of error handling or destination setting.")
		}
		return &FunctionEventInvokeConfig{MaximumRetryAttempts: in.MaximumRetryAttempts, MaximumEventAgeInSeconds: in.MaximumEventAgeInSeconds, DestinationConfig: in.DestinationConfig}, nil
	})
}

// UpdateFunctionEventInvokeConfig changes the settings that it names.
func (s *Service) UpdateFunctionEventInvokeConfig(ctx context.Context, in *UpdateFunctionEventInvokeConfigRequest) (*FunctionEventInvokeConfig, error) {
	return s.editEventInvoke(ctx, in.FunctionName, in.Qualifier, func(old *FunctionEventInvokeConfig) (*FunctionEventInvokeConfig, error) {
		if in.MaximumRetryAttempts == nil && in.MaximumEventAgeInSeconds == nil && in.DestinationConfig == nil {
			return nil, invalidParameter("You must specify at least one of error handling or destination setting.")
		}
		if old == nil {
			return nil, errNoEventInvoke
		}
		c := *old
		set(&c.MaximumRetryAttempts, in.MaximumRetryAttempts)
		set(&c.MaximumEventAgeInSeconds, in.MaximumEventAgeInSeconds)
		set(&c.DestinationConfig, in.DestinationConfig)
		return &c, nil
	})
}

// errNoEventInvoke stands for the error that names the function.
var errNoEventInvoke = fmt.Errorf("no event invoke config")

func noEventInvoke(ref arn.Function) error {
	return notFound("The function %s doesn't have an EventInvokeConfig", ref)
}

// eventInvokeOwner names what event settings are of: without a qualifier, of
// $LATEST.
func eventInvokeOwner(ctx context.Context, name string, qualifier *string) (arn.Function, error) {
	ref, err := functionNamed(ctx, name, qualifier)
	ref.Qualifier = eventQualifier(ref.Qualifier)
	return ref, err
}

func (s *Service) editEventInvoke(ctx context.Context, name string, qualifier *string, change func(*FunctionEventInvokeConfig) (*FunctionEventInvokeConfig, error)) (*FunctionEventInvokeConfig, error) {
	ref, err := eventInvokeOwner(ctx, name, qualifier)
	if err != nil {
		return nil, err
	}
	if err := s.eventFunctionExists(ref); err != nil {
		return nil, err
	}
	var c *FunctionEventInvokeConfig
	err = s.edit(ctx, ref, func(e *edit) error {
		var err error
		if c, err = change(e.f.Invokes[ref.Qualifier]); err != nil {
			return err
		}
		if err := s.checkDestinations(e.f, c.DestinationConfig); err != nil {
			return err
		}
		c.DestinationConfig = c.DestinationConfig.complete()
		c.FunctionArn, c.LastModified = new(ref.String()), &awsapi.Time{Time: s.now().UTC()}
		assign(&e.f.Invokes, ref.Qualifier, c)
		return nil
	})
	if err == errNoEventInvoke {
		err = noEventInvoke(ref)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (s *Service) eventFunctionExists(ref arn.Function) error {
	f, ok := s.functions.get(key(ref))
	if !ok || s.version(f, ref.Qualifier) == nil {
		return notFound("The function doesn't exist.")
	}
	return nil
}

// complete prints both destinations, set or not, as AWS does.
func (d *DestinationConfig) complete() *DestinationConfig {
	c := &DestinationConfig{OnSuccess: &OnSuccess{}, OnFailure: &OnFailure{}}
	if d == nil {
		return c
	}
	if d.OnSuccess != nil {
		c.OnSuccess.Destination = nonEmpty(deref(d.OnSuccess.Destination))
	}
	if d.OnFailure != nil {
		c.OnFailure.Destination = nonEmpty(deref(d.OnFailure.Destination))
	}
	return c
}

// checkDestinations checks where records are to go.
func (s *Service) checkDestinations(f *function, d *DestinationConfig) error {
	c := d.complete()
	for _, target := range []*string{c.OnSuccess.Destination, c.OnFailure.Destination} {
		if target == nil {
			continue
		}
		a, err := arn.Parse(*target)
		if err != nil {
			return invalidParameter("The destination ARN %s is invalid.", *target)
		}
		switch a.Service {
		case "sqs", "sns", "events", "s3":
		case "lambda":
			to, err := arn.ParseFunction(*target, arn.Function{})
			if err != nil {
				return invalidParameter("The destination ARN %s is invalid.", *target)
			}
			if to.Unqualified() == f.arn("") {
				return invalidParameter("You can't specify the function as a destination for itself.")
			}
		default:
			return invalidParameter("The provided destination config DestinationConfig(onSuccess=%s, onFailure=%s) is invalid.", javaDestination("OnSuccess", c.OnSuccess.Destination), javaDestination("OnFailure", c.OnFailure.Destination))
		}
	}
	return nil
}

// javaDestination prints a destination as AWS's Java does.
func javaDestination(kind string, target *string) string {
	if target == nil {
		return "null"
	}
	return kind + "(destination=" + *target + ")"
}

// GetFunctionEventInvokeConfig shows the settings for events.
func (s *Service) GetFunctionEventInvokeConfig(ctx context.Context, in *GetFunctionEventInvokeConfigRequest) (*FunctionEventInvokeConfig, error) {
	ref, err := eventInvokeOwner(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	f, ok := s.functions.get(key(ref))
	if !ok || f.Invokes[ref.Qualifier] == nil {
		return nil, noEventInvoke(ref)
	}
	return f.Invokes[ref.Qualifier], nil
}

// ListFunctionEventInvokeConfigs lists them by qualifier.
func (s *Service) ListFunctionEventInvokeConfigs(ctx context.Context, in *ListFunctionEventInvokeConfigsRequest) (*ListFunctionEventInvokeConfigsResponse, error) {
	ref, err := functionNamed(ctx, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	f, ok := s.functions.get(key(ref))
	if !ok {
		return nil, notFound("The function doesn't exist.")
	}
	var items []*FunctionEventInvokeConfig
	for _, q := range sortedKeys(f.Invokes) {
		items = append(items, f.Invokes[q])
	}
	page, next, err := pageOf(items, in.Marker, in.MaxItems, func(c *FunctionEventInvokeConfig) string { return *c.FunctionArn })
	return &ListFunctionEventInvokeConfigsResponse{FunctionEventInvokeConfigs: page, NextMarker: next}, err
}

// DeleteFunctionEventInvokeConfig returns to the defaults.
func (s *Service) DeleteFunctionEventInvokeConfig(ctx context.Context, in *DeleteFunctionEventInvokeConfigRequest) (*awsapi.Empty, error) {
	ref, err := eventInvokeOwner(ctx, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if _, ok := s.functions.get(key(ref)); !ok {
		return nil, noEventInvoke(ref)
	}
	return nil, s.edit(ctx, ref, func(e *edit) error {
		if e.f.Invokes[ref.Qualifier] == nil {
			return noEventInvoke(ref)
		}
		delete(e.f.Invokes, ref.Qualifier)
		return nil
	})
}
