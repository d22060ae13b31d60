package iam

import (
	"context"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/policy"
	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/sqlite"
)

const testAccount = "111122223333"

var testSeal = []byte("0123456789abcdef0123456789abcdef")

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)} }

func newStore(t testing.TB) store.Store {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

func openOn(t testing.TB, st store.Store, c *clock) *Service {
	t.Helper()
	s, err := Open(t.Context(), Config{Store: st, SealKey: testSeal, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	s.cost = hashCost{passes: 1, memory: 64, threads: 1}
	return s
}

// newService opens the service on a store in memory; the context's caller is the
// root of testAccount.
func newService(t testing.TB) (*Service, context.Context, *clock) {
	t.Helper()
	c := newClock()
	return openOn(t, newStore(t), c), as(t.Context(), awsapi.RootCaller(testAccount)), c
}

// as returns a context of a call by that caller.
func as(ctx context.Context, c awsapi.Caller) context.Context {
	return awsapi.WithCall(ctx, &awsapi.Call{Service: "iam", Region: "us-east-1", Caller: c})
}

// ok returns v, and ends the test if there is an error.
func ok[T any](t testing.TB) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func must(t testing.TB, _ any, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %#v\nwant %#v", what, got, want)
	}
}

// refusal is an error as the wire tells it.
type refusal struct {
	Code    string
	Status  int
	Message string
}

func wantError(t testing.TB, err error, want refusal) {
	t.Helper()
	e := awsapi.AsError(err)
	if e == nil {
		t.Errorf("got %v, want %+v", err, want)
		return
	}
	if got := (refusal{e.Code, e.Status, e.Message}); got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

const (
	trustAPI  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	trustAcct = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + testAccount + `"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
	allowAll  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

func allow(action, resource string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"` + resource + `"}]}`
}

func deny(action, resource string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"` + action + `","Resource":"` + resource + `"}]}`
}

func makeRole(t testing.TB, s *Service, ctx context.Context, name, trust string) *Role {
	t.Helper()
	return ok[*CreateRoleResponse](t)(s.CreateRole(ctx, &CreateRoleRequest{RoleName: name, AssumeRolePolicyDocument: trust})).Role
}

func makeUser(t testing.TB, s *Service, ctx context.Context, name string) *User {
	t.Helper()
	return ok[*CreateUserResponse](t)(s.CreateUser(ctx, &CreateUserRequest{UserName: name})).User
}

func makePolicy(t testing.TB, s *Service, ctx context.Context, name, document string) string {
	t.Helper()
	return *ok[*CreatePolicyResponse](t)(s.CreatePolicy(ctx, &CreatePolicyRequest{PolicyName: name, PolicyDocument: document})).Policy.Arn
}

// userNamed is the caller that a user's key makes.
func userNamed(t testing.TB, s *Service, ctx context.Context, name string) awsapi.Caller {
	t.Helper()
	key := ok[*CreateAccessKeyResponse](t)(s.CreateAccessKey(ctx, &CreateAccessKeyRequest{UserName: &name})).AccessKey
	c, found := s.Credential(key.AccessKeyId, "")
	if !found {
		t.Fatalf("the key of %s is not known", name)
	}
	return c.Caller
}

func outcome(s *Service, c awsapi.Caller, action, resource string) policy.Outcome {
	return s.Evaluate(c, Question{Action: action, Resource: resource, ResourceAccount: accountOf(resource)}).Outcome
}
