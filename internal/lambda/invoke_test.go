package lambda

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/lambdagate/lambdagate/internal/awsapi"
)

// wire serves the service as AWS clients see it.
func (s *server) wire() http.Handler {
	w := &awsapi.Wire{
		Registry: s.registry,
		Authenticate: func(*http.Request, string, []byte) (awsapi.Caller, error) {
			return awsapi.RootCaller(testAccount), nil
		},
		Region: func(*http.Request) string { return testRegion }, ClientIP: func(*http.Request) string { return "127.0.0.1" },
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.ServeService(rw, r, "lambda") })
}

// post sends an Invoke request as clients do.
func (s *server) post(path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	s.wire().ServeHTTP(rec, r)
	return rec
}

func TestInvokeWire(t *testing.T) {
	t.Parallel()
	fail := func(_ context.Context, r *Runnable, _ *Task) (*Outcome, error) {
		return &Outcome{Payload: []byte(`{"errorMessage":"no"}`), FunctionError: "Unhandled"}, nil
	}
	s := newServer(t, func(c *Config) {
		c.Environments = &fakeEnvironments{invoke: func(ctx context.Context, r *Runnable, t *Task) (*Outcome, error) {
			if r.Name == "bad" {
				return fail(ctx, r, t)
			}
			return echo(ctx, r, t)
		}}
	})
	s.create("ok")
	s.create("bad")
	const path = "/2015-03-31/functions/"
	big := `"` + strings.Repeat("x", maxPayload) + `"`
	for _, tt := range []struct {
		name, path, body string
		header           []string
		status           int
		want             string // body and the headers of the answer
	}{
		{"sync", "ok/invocations", `{"a":1}`, nil, 200, `{"a":1} version=$LATEST`},
		{"empty", "ok/invocations", ``, nil, 200, `{} version=$LATEST`},
		{"qualifier", "ok/invocations?Qualifier=$LATEST", `1`, nil, 200, `1 version=$LATEST`},
		{"arn", "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Aok/invocations", `2`, nil, 200, `2 version=$LATEST`},
		{"tail", "ok/invocations", `1`, []string{"X-Amz-Log-Type", "Tail"}, 200, `1 version=$LATEST log=` + base64.StdEncoding.EncodeToString([]byte("START\nEND\nREPORT\n"))},
		{"function error", "bad/invocations", `1`, nil, 200, `{"errorMessage":"no"} version=$LATEST error=Unhandled`},
		{"event", "ok/invocations", `1`, []string{"X-Amz-Invocation-Type", "Event"}, 202, ``},
		{"dry run", "ok/invocations", `1`, []string{"X-Amz-Invocation-Type", "DryRun"}, 204, ``},
		{"bad type", "ok/invocations", `1`, []string{"X-Amz-Invocation-Type", "event"}, 400, `{"message":"1 validation error detected: Value 'event' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]"} code=ValidationException`},
		{"unknown", "none/invocations", `1`, nil, 404, `{"Type":"User","Message":"Function not found: arn:aws:lambda:us-east-1:123456789012:function:none"} code=ResourceNotFoundException`},
		{"bad json", "ok/invocations", `{a}`, nil, 400, `{"Type":"User","message":"Could not parse request body into json: Could not parse payload into json: Unexpected character ('a' (code 97)): was expecting double-quote to start field name\n at [Source: (byte[])\"{a}\"; line: 1, column: 3]"} code=InvalidRequestContentException`},
		{"too large", "ok/invocations", big, nil, 413, `{"Type":"User","message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"} code=RequestTooLargeException`},
		{"event too large", "ok/invocations", big[:maxAsyncPayload] + `"`, []string{"X-Amz-Invocation-Type", "Event"}, 413, `{"Type":"User","message":"Request must be smaller than 1048576 bytes for the InvokeFunction operation"} code=RequestTooLargeException`},
		{"client context", "ok/invocations", `1`, []string{"X-Amz-Client-Context", "***"}, 400, `{"Type":"User","message":"Client context must be a valid Base64-encoded JSON object."} code=InvalidRequestContentException`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := s.post(path+tt.path, tt.body, tt.header...)
			got := rec.Body.String()
			for _, h := range [][2]string{{"version", "X-Amz-Executed-Version"}, {"error", "X-Amz-Function-Error"}, {"log", "X-Amz-Log-Result"}, {"code", "X-Amzn-Errortype"}} {
				if v := header(rec, h[1]); v != "" && !(h[0] == "log" && tt.name != "tail") {
					got += " " + h[0] + "=" + v
				}
			}
			if rec.Code != tt.status || got != tt.want {
				t.Errorf("answer is %d\n\t%s, want %d\n\t%s", rec.Code, got, tt.status, tt.want)
			}
		})
	}
	if rec := s.post("/2014-11-13/functions/ok/invoke-async", `{}`); rec.Code != 202 {
		t.Errorf("InvokeAsync answers %d %s", rec.Code, rec.Body)
	}
}

// header finds a header whatever its case.
func header(rec *httptest.ResponseRecorder, name string) string {
	for k, v := range rec.Header() {
		if strings.EqualFold(k, name) {
			return v[0]
		}
	}
	return ""
}

// TestInvokePermission checks enforcement in pairs: refused, then permitted
// after exactly one change.
func TestInvokePermission(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(c *Config) { c.Authority = fakeAuthority(resourcePolicyAllows) })
	s.create("f")
	in := func() *Invocation {
		return &Invocation{
			Function: testARN + "f", Caller: awsapi.Caller{Kind: awsapi.ServicePrincipal, Name: "apigateway.amazonaws.com", ARN: "apigateway.amazonaws.com"},
			SourceARN: "arn:aws:execute-api:us-east-1:123456789012:abc/*/GET/calc", SourceAccount: testAccount,
		}
	}
	_, err := s.InvokeFunction(t.Context(), in())
	wantError(t, err, 403, "AccessDeniedException", "User: apigateway.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: "+testARN+"f because no resource-based policy allows the lambda:InvokeFunction action")
	must[AddPermissionResponse](s, "AddPermission", &AddPermissionRequest{FunctionName: "f", StatementId: "gw", Action: "lambda:InvokeFunction", Principal: "apigateway.amazonaws.com", SourceArn: new("arn:aws:execute-api:us-east-1:123456789012:abc/*/GET/calc")})
	if _, err := s.InvokeFunction(t.Context(), in()); err != nil {
		t.Errorf("permitted: %v", err)
	}
	// The policy of the function does not count for a version.
	must[FunctionConfiguration](s, "PublishVersion", &PublishVersionRequest{FunctionName: "f"})
	qualified := in()
	qualified.Qualifier = "1"
	if _, err := s.InvokeFunction(t.Context(), qualified); awsapi.AsError(err) == nil || awsapi.AsError(err).Status != 403 {
		t.Errorf("version without a policy: %v", err)
	}
	must[struct{}](s, "RemovePermission", &RemovePermissionRequest{FunctionName: "f", StatementId: "gw"})
	if _, err := s.InvokeFunction(t.Context(), in()); awsapi.AsError(err) == nil || awsapi.AsError(err).Status != 403 {
		t.Errorf("after removing the permission: %v", err)
	}
	// Whoever may not invoke does not learn what exists.
	missing := in()
	missing.Function = testARN + "none"
	if _, err := s.InvokeFunction(t.Context(), missing); awsapi.AsError(err) == nil || awsapi.AsError(err).Status != 403 {
		t.Errorf("unknown function: %v", err)
	}
}

func TestReservedConcurrency(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}, 10), make(chan struct{})
	meter := &fakeMeter{}
	s := newServer(t, func(c *Config) {
		c.AccountConcurrency, c.UnreservedMinimum, c.Metrics = 103, 100, meter
		c.Environments = &fakeEnvironments{invoke: func(ctx context.Context, r *Runnable, t *Task) (*Outcome, error) {
			entered <- struct{}{}
			<-leave
			return &Outcome{Payload: t.Payload}, nil
		}}
	})
	s.create("f")
	must[Concurrency](s, "PutFunctionConcurrency", &PutFunctionConcurrencyRequest{FunctionName: "f", ReservedConcurrentExecutions: 2})
	var wg sync.WaitGroup
	invoke := func() error {
		_, err := s.InvokeFunction(t.Context(), &Invocation{Function: "f", Account: testAccount, Region: testRegion})
		return err
	}
	for range 2 {
		wg.Go(func() {
			if err := invoke(); err != nil {
				t.Errorf("within the limit: %v", err)
			}
		})
		<-entered
	}
	err := invoke()
	wantError(t, err, 429, "TooManyRequestsException", "Rate Exceeded.")
	if e := awsapi.AsError(err); strings.Join(e.Fields, "=") != "Reason=ReservedFunctionConcurrentInvocationLimitExceeded" {
		t.Errorf("fields are %v", e.Fields)
	}
	// An edit does not lose count.
	must[Concurrency](s, "PutFunctionConcurrency", &PutFunctionConcurrencyRequest{FunctionName: "f", ReservedConcurrentExecutions: 3})
	wg.Go(func() {
		if err := invoke(); err != nil {
			t.Errorf("after raising the limit: %v", err)
		}
	})
	<-entered
	if err := invoke(); err == nil {
		t.Error("a fourth invocation got in")
	}
	close(leave)
	wg.Wait()
	if err := invoke(); err != nil {
		t.Errorf("after the others left: %v", err)
	}
	if m := meter.total(); m.Invocations != 4 || m.Throttles != 2 {
		t.Errorf("metrics are %+v", m)
	}
	_, err = s.call("PutFunctionConcurrency", &PutFunctionConcurrencyRequest{FunctionName: "f", ReservedConcurrentExecutions: 4})
	wantError(t, err, 400, "InvalidParameterValueException", "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].")
	_, err = s.call("PutFunctionConcurrency", &PutFunctionConcurrencyRequest{FunctionName: "f:1", ReservedConcurrentExecutions: 1})
	wantError(t, err, 400, "InvalidParameterValueException", "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.")
}

// TestUpdateReplacesEnvironments checks that what an update acknowledged runs.
func TestUpdateReplacesEnvironments(t *testing.T) {
	t.Parallel()
	envs := &fakeEnvironments{invoke: func(_ context.Context, r *Runnable, _ *Task) (*Outcome, error) {
		return &Outcome{Payload: []byte(quote(r.Handler))}, nil
	}}
	s := newServer(t, func(c *Config) { c.Environments = envs })
	s.create("f")
	run := func(want string) {
		t.Helper()
		res, err := s.InvokeFunction(t.Context(), &Invocation{Function: "f", Account: testAccount, Region: testRegion})
		if err != nil || string(res.Payload) != quote(want) {
			t.Fatalf("ran %v, %v, want handler %s", res, err, want)
		}
	}
	run("index.handler")
	for _, h := range []string{"a.b", "c.d"} {
		must[FunctionConfiguration](s, "UpdateFunctionConfiguration", &UpdateFunctionConfigurationRequest{FunctionName: "f", Handler: &h})
		run(h)
	}
	if len(envs.retired) != 2 {
		t.Errorf("retired %v, want the environments of two revisions", envs.retired)
	}
	must[AddPermissionResponse](s, "AddPermission", &AddPermissionRequest{FunctionName: "f", StatementId: "x", Action: "lambda:InvokeFunction", Principal: "*"})
	run("c.d")
	if len(envs.retired) != 2 {
		t.Errorf("a permission retired environments: %v", envs.retired)
	}
	must[DeleteFunctionResponse](s, "DeleteFunction", &DeleteFunctionRequest{FunctionName: "f"})
	if len(envs.retired) != 3 {
		t.Errorf("deleting retired %v", envs.retired)
	}
}

func BenchmarkResolve(b *testing.B) {
	s := newServer(b, nil)
	s.create("f")
	in := &Invocation{Function: testARN + "f", Region: testRegion}
	b.ReportAllocs()
	for b.Loop() {
		ref, err := s.invoked(in)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := s.resolve(ref); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInvoke(b *testing.B) {
	s := newServer(b, nil)
	s.create("f")
	payload := []byte(`{"a":1,"b":2,"op":"+"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.InvokeFunction(b.Context(), &Invocation{Function: testARN + "f", Payload: payload, RequestID: "r"}); err != nil {
			b.Fatal(err)
		}
	}
}
