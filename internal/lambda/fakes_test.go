package lambda

import (
	"context"
	"slices"
	"sync"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
)

// fakeRoles are the roles that Lambda may assume.
type fakeRoles map[string]bool

func (r fakeRoles) CheckRole(_ context.Context, role, _ string) error {
	if !r[role] {
		return errTest
	}
	return nil
}

func (r fakeRoles) MayPass(_ context.Context, c awsapi.Caller, role string) error {
	if c.Kind == awsapi.User {
		return accessDenied(c.ARN, "iam:PassRole", role)
	}
	return nil
}

func (r fakeRoles) Credentials(context.Context, string, string, string) (Credentials, error) {
	return Credentials{AccessKey: "ASIA"}, nil
}

// fakeAuthority permits what may says.
type fakeAuthority func(*Access) bool

func (f fakeAuthority) Authorize(_ context.Context, a *Access) error {
	if f(a) {
		return nil
	}
	return accessDenied(a.Caller.ARN, a.Action, a.Resource)
}

// resourcePolicyAllows lets roots do all, and others what the resource's policy
// permits.
func resourcePolicyAllows(a *Access) bool {
	principal := policy.Principal{Kind: policy.Anonymous}
	switch a.Caller.Kind {
	case awsapi.Root:
		return true
	case awsapi.ServicePrincipal:
		principal = policy.Principal{Kind: policy.Service, Name: a.Caller.Name}
	case awsapi.Session:
		principal = policy.Principal{Kind: policy.RoleSession, Account: a.Caller.Account, ARN: a.Caller.ARN, RoleARN: a.Caller.RoleARN}
	}
	r := &policy.Request{Principal: principal, Action: a.Action, Resource: a.Resource, ResourceAccount: testAccount, Keys: a.Keys, ResourcePolicy: a.Policy}
	return policy.Evaluate(r).Outcome == policy.Allowed
}

// fakeImages are what URIs name now.
type fakeImages map[string]FoundImage

func (f fakeImages) Resolve(_ context.Context, uri string) (FoundImage, error) {
	found, ok := f[uri]
	switch {
	case !ok:
		return found, ErrNoImage
	case found.ID == "":
		return found, errTest
	}
	return found, nil
}

// fakeDeliverer keeps what is delivered.
type fakeDeliverer struct {
	mu   sync.Mutex
	sent []Delivery
}

func (f *fakeDeliverer) Deliver(_ context.Context, d *Delivery) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, *d)
	return nil
}

func (f *fakeDeliverer) all() []Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.sent)
}

// fakeMeter adds measurements up.
type fakeMeter struct {
	mu  sync.Mutex
	sum Measurement
}

func (f *fakeMeter) Meter(Metered) Meter { return f }

func (f *fakeMeter) Count(m Measurement) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sum.Invocations += m.Invocations
	f.sum.Errors += m.Errors
	f.sum.Throttles += m.Throttles
	f.sum.AsyncEventsReceived += m.AsyncEventsReceived
	f.sum.AsyncEventsDropped += m.AsyncEventsDropped
	f.sum.DeadLetterErrors += m.DeadLetterErrors
	f.sum.DestinationDeliveryFailures += m.DestinationDeliveryFailures
}

func (f *fakeMeter) total() Measurement {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sum
}
