package lambda

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store/sqlite"
)

const (
	testAccount = "123456789012"
	testRegion  = "us-east-1"
	testRole    = "arn:aws:iam::123456789012:role/runner"
	testARN     = "arn:aws:lambda:us-east-1:123456789012:function:"
)

// testTime is what tests' clocks show.
var testTime = time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.UTC)

// server is a service behind its table, as the wire calls it.
type server struct {
	*Service
	t        testing.TB
	registry *awsapi.Registry
}

// newServer opens a service in memory; change may alter its configuration.
func newServer(t testing.TB, change func(*Config)) *server {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	ids := atomic.Int64{}
	cfg := Config{
		Store: st, CodeDir: t.TempDir(), Endpoint: "http://localhost:4566", Secret: []byte("k"),
		Environments: &fakeEnvironments{invoke: echo}, Now: func() time.Time { return testTime },
		NewID: func() string { return fmt.Sprintf("id-%d", ids.Add(1)) },
	}
	if change != nil {
		change(&cfg)
	}
	return openServer(t, cfg)
}

func openServer(t testing.TB, cfg Config) *server {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &server{Service: s, t: t, registry: awsapi.NewRegistry(slog.New(slog.DiscardHandler), nil, nil, Operations.Bind(s))}
}

// call performs an operation as the root of the test account.
func (s *server) call(op string, in any) (any, error) {
	return s.callAs(&awsapi.Call{RequestID: "req-1", Region: testRegion, Caller: awsapi.RootCaller(testAccount)}, op, in)
}

func (s *server) callAs(call *awsapi.Call, op string, in any) (any, error) {
	s.t.Helper()
	o := s.registry.Service("lambda").Operation(op)
	if o == nil {
		s.t.Fatalf("no operation %s", op)
	}
	return s.registry.Call(s.t.Context(), call, o, in)
}

// must performs an operation that has to succeed.
func must[O any](s *server, op string, in any) *O {
	s.t.Helper()
	out, err := s.call(op, in)
	if err != nil {
		s.t.Fatalf("%s: %v", op, err)
	}
	if out == nil {
		return nil
	}
	return out.(*O)
}

// create makes a function named name with default settings.
func (s *server) create(name string) *FunctionConfiguration {
	s.t.Helper()
	return must[FunctionConfiguration](s, "CreateFunction", createRequest(name))
}

func createRequest(name string) *CreateFunctionRequest {
	return &CreateFunctionRequest{
		FunctionName: name, Runtime: new("nodejs22.x"), Handler: new("index.handler"), Role: testRole,
		Code: &FunctionCode{ZipFile: zipOf("index.js", "exports.handler = async e => e")},
	}
}

// wantError checks an error whole: code, status and text.
func wantError(t testing.TB, err error, status int, code, message string) {
	t.Helper()
	e := awsapi.AsError(err)
	if e == nil {
		t.Fatalf("error is %v, want %s %q", err, code, message)
	}
	if e.Status != status || e.Code != code || e.Message != message {
		t.Errorf("error is\n\t%d %s %q, want\n\t%d %s %q", e.Status, e.Code, e.Message, status, code, message)
	}
}

// errorText is an error as tables state it: "404 ResourceNotFoundException: …".
func errorText(err error) string {
	if err == nil {
		return ""
	}
	e := awsapi.AsError(err)
	if e == nil {
		return "not AWS's: " + err.Error()
	}
	return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message)
}

// wantJSON compares an answer whole, as JSON.
func wantJSON(t testing.TB, got any, want string) {
	t.Helper()
	var g, w any
	text := awsapi.EncodeModel(got)
	if err := json.Unmarshal(text, &g); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("want is not JSON: %v", err)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("answer is\n\t%s, want\n\t%s", text, compactJSON(want))
	}
}

func compactJSON(text string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		return text
	}
	return b.String()
}

// zipOf makes a zip of names and contents in turn.
func zipOf(files ...string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = f.Write([]byte(files[i+1]))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// fakeEnvironments runs functions in the test.
type fakeEnvironments struct {
	invoke func(ctx context.Context, r *Runnable, t *Task) (*Outcome, error)

	mu      sync.Mutex
	retired []string
}

func (f *fakeEnvironments) Invoke(ctx context.Context, r *Runnable, t *Task) (*Outcome, error) {
	out, err := f.invoke(ctx, r, t)
	t.Ended(out, err)
	return out, err
}

func (f *fakeEnvironments) Prepare(string, int) {}

func (f *fakeEnvironments) Retire(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.retired = append(f.retired, id)
}

// echo is a function that returns its event.
func echo(_ context.Context, _ *Runnable, t *Task) (*Outcome, error) {
	return &Outcome{Payload: t.Payload, Duration: time.Millisecond, LogTail: []byte("START\nEND\nREPORT\n")}, nil
}

// eventually waits until ok, for events that other goroutines work on.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

var errTest = errors.New("test")

func contains(list []string, part string) bool {
	for _, x := range list {
		if strings.Contains(x, part) {
			return true
		}
	}
	return false
}
