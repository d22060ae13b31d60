package lambda

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/sqlite"
)

// quick are delays that tests can wait for. The lease outlasts a stalled disk:
// who loses it runs the event again, as at-least-once allows.
var quick = AsyncConfig{
	RetryDelays: [2]time.Duration{5 * time.Millisecond, 10 * time.Millisecond}, ThrottleDelays: [2]time.Duration{time.Millisecond, 4 * time.Millisecond},
	Lease: 3 * time.Second,
}

// calls counts the invocations of functions by name.
type calls struct {
	mu   sync.Mutex
	by   map[string]int
	last map[string]string // payload
}

func (c *calls) add(name string, payload []byte) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by, c.last = map[string]int{}, map[string]string{}
	}
	c.by[name]++
	c.last[name] = string(payload)
	return c.by[name]
}

func (c *calls) of(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by[name]
}

// behave runs functions by name: "bad" always fails, "third" succeeds at the
// third try, others succeed.
func (c *calls) behave(_ context.Context, r *Runnable, t *Task) (*Outcome, error) {
	n := c.add(r.Name, t.Payload)
	if r.Name == "bad" || r.Name == "third" && n < 3 {
		return &Outcome{Payload: []byte(`{"errorMessage":"no luck"}`), FunctionError: "Unhandled"}, nil
	}
	return &Outcome{Payload: []byte(`"done"`)}, nil
}

func sendEvent(t *testing.T, s *server, name, payload string) string {
	t.Helper()
	res, err := s.InvokeFunction(t.Context(), &Invocation{Function: name, Account: testAccount, Region: testRegion, Type: eventType, Payload: []byte(payload)})
	if err != nil || res.Status != 202 {
		t.Fatalf("event for %s: %v, %v", name, res, err)
	}
	return res.RequestID
}

// drained waits until no event is queued.
func (s *server) drained() {
	s.t.Helper()
	eventually(s.t, "the queue is empty", func() bool {
		n, err := s.cfg.Store.Pending(s.t.Context(), asyncQueue)
		return err == nil && n == 0
	})
}

func TestAsyncRetriesAndDestinations(t *testing.T) {
	t.Parallel()
	c, d, m := &calls{}, &fakeDeliverer{}, &fakeMeter{}
	s := newServer(t, func(cfg *Config) {
		cfg.Async, cfg.Deliverer, cfg.Metrics = quick, d, m
		cfg.Environments = &fakeEnvironments{invoke: c.behave}
	})
	queue := func(name string) *string { return new("arn:aws:sqs:us-east-1:123456789012:" + name) }
	for _, name := range []string{"good", "third", "bad", "heir"} {
		s.create(name)
		if name == "heir" {
			continue
		}
		must[FunctionEventInvokeConfig](s, "PutFunctionEventInvokeConfig", &PutFunctionEventInvokeConfigRequest{FunctionName: name, DestinationConfig: &DestinationConfig{
			OnSuccess: &OnSuccess{Destination: new(testARN + "heir")}, OnFailure: &OnFailure{Destination: queue("failed")},
		}})
	}
	must[FunctionConfiguration](s, "UpdateFunctionConfiguration", &UpdateFunctionConfigurationRequest{FunctionName: "bad", DeadLetterConfig: &DeadLetterConfig{TargetArn: queue("dead")}})
	sendEvent(t, s, "good", `{"n":1}`)
	sendEvent(t, s, "third", `{"n":2}`)
	bad := sendEvent(t, s, "bad", `{"n":3}`)
	s.drained()
	eventually(t, "heir ran twice", func() bool { return c.of("heir") == 2 })
	if c.of("good") != 1 || c.of("third") != 3 || c.of("bad") != 3 {
		t.Errorf("ran %v times, want good 1, third 3, bad 3", c.by)
	}
	sent := d.all()
	slices.SortFunc(sent, func(a, b Delivery) int { return strings.Compare(a.Target, b.Target) })
	if len(sent) != 2 {
		t.Fatalf("delivered %d messages, want 2", len(sent))
	}
	dead, failed := sent[0], sent[1]
	if dead.Target != *queue("dead") || string(dead.Body) != `{"n":3}` || dead.Attributes["ErrorCode"] != (Attribute{"Number", "200"}) ||
		dead.Attributes["ErrorMessage"] != (Attribute{"String", "no luck"}) || dead.Attributes["RequestID"] != (Attribute{"String", bad}) {
		t.Errorf("dead letter is %+v", dead)
	}
	want := `{"version":"1.0","timestamp":"2026-03-04T05:06:07.089Z","requestContext":{"requestId":"` + bad + `","functionArn":"` + testARN + `bad:$LATEST","condition":"RetriesExhausted","approximateInvokeCount":3},"requestPayload":{"n":3},"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"responsePayload":{"errorMessage":"no luck"}}`
	if failed.Target != *queue("failed") || string(failed.Body) != want {
		t.Errorf("record is\n\t%s, want\n\t%s", failed.Body, want)
	}
	if got := m.total(); got != (Measurement{Invocations: 1 + 3 + 3 + 2, Errors: 2 + 3, AsyncEventsReceived: 5, AsyncEventsDropped: 1}) {
		t.Errorf("metrics are %+v", got)
	}
}

func TestAsyncAgeAndRetries(t *testing.T) {
	t.Parallel()
	c, d := &calls{}, &fakeDeliverer{}
	var clock atomic.Int64
	clock.Store(testTime.UnixMilli())
	s := newServer(t, func(cfg *Config) {
		cfg.Async, cfg.Deliverer = quick, d
		cfg.Environments = &fakeEnvironments{invoke: func(ctx context.Context, r *Runnable, t *Task) (*Outcome, error) {
			out, err := c.behave(ctx, r, t)
			if r.Name == "bad" {
				clock.Add(61_000) // the event is too old for a second try
			}
			return out, err
		}}
		cfg.Now = func() time.Time { return time.UnixMilli(clock.Load()) }
	})
	s.create("bad")
	must[FunctionEventInvokeConfig](s, "PutFunctionEventInvokeConfig", &PutFunctionEventInvokeConfigRequest{
		FunctionName: "bad", MaximumEventAgeInSeconds: new(int64(60)),
		DestinationConfig: &DestinationConfig{OnFailure: &OnFailure{Destination: new("arn:aws:sns:us-east-1:123456789012:t")}},
	})
	sendEvent(t, s, "bad", `1`)
	eventually(t, "the record came", func() bool { return len(d.all()) == 1 })
	if body := string(d.all()[0].Body); !strings.Contains(body, `"condition":"EventAgeExceeded","approximateInvokeCount":1`) {
		t.Errorf("record is %s", body)
	}
	s.drained()
	// No retries at all.
	must[FunctionEventInvokeConfig](s, "PutFunctionEventInvokeConfig", &PutFunctionEventInvokeConfigRequest{FunctionName: "bad", MaximumRetryAttempts: new(int64(0))})
	before := c.of("bad")
	sendEvent(t, s, "bad", `1`)
	s.drained()
	if n := c.of("bad") - before; n != 1 {
		t.Errorf("without retries it ran %d times", n)
	}
}

// TestAsyncThrottled checks that throttling delays an event and does not count
// as a try.
func TestAsyncThrottled(t *testing.T) {
	t.Parallel()
	c := &calls{}
	entered, leave := make(chan struct{}), make(chan struct{})
	s := newServer(t, func(cfg *Config) {
		cfg.Async = quick
		cfg.Environments = &fakeEnvironments{invoke: func(ctx context.Context, r *Runnable, t *Task) (*Outcome, error) {
			if string(t.Payload) == `"hold"` {
				entered <- struct{}{}
				<-leave
				return &Outcome{}, nil
			}
			return c.behave(ctx, r, t)
		}}
	})
	s.create("third")
	must[Concurrency](s, "PutFunctionConcurrency", &PutFunctionConcurrencyRequest{FunctionName: "third", ReservedConcurrentExecutions: 1})
	var wg sync.WaitGroup
	wg.Go(func() {
		s.InvokeFunction(t.Context(), &Invocation{Function: "third", Account: testAccount, Region: testRegion, Payload: []byte(`"hold"`)}) //nolint:errcheck // blocks the function
	})
	<-entered
	sendEvent(t, s, "third", `1`)
	eventually(t, "the event was throttled five times", func() bool {
		jobs, err := s.cfg.Store.Pending(t.Context(), asyncQueue)
		return err == nil && jobs == 1 && s.entryThrottles() >= 5
	})
	close(leave)
	wg.Wait()
	s.drained()
	if c.of("third") != 3 {
		t.Errorf("ran %d times, want 3", c.of("third"))
	}
}

// entryThrottles reads from the queued event how often it was throttled.
func (s *server) entryThrottles() int {
	jobs, err := s.cfg.Store.Lease(s.t.Context(), asyncQueue, 1, time.Minute)
	if err != nil || len(jobs) != 1 {
		return 0
	}
	e, err := decodeEvent(jobs[0].Body)
	if err != nil {
		s.t.Error(err)
	}
	s.cfg.Store.Retry(s.t.Context(), jobs[0], time.Now(), nil) //nolint:errcheck // the worker has it
	return e.Throttles
}

func TestAsyncStoppedAndDeletedFunctions(t *testing.T) {
	t.Parallel()
	c, d := &calls{}, &fakeDeliverer{}
	s := newServer(t, func(cfg *Config) {
		cfg.Async, cfg.Deliverer, cfg.Environments = quick, d, &fakeEnvironments{invoke: c.behave}
	})
	s.create("f")
	must[FunctionEventInvokeConfig](s, "PutFunctionEventInvokeConfig", &PutFunctionEventInvokeConfigRequest{FunctionName: "f", DestinationConfig: &DestinationConfig{OnFailure: &OnFailure{Destination: new("arn:aws:sqs:us-east-1:123456789012:q")}}})
	must[Concurrency](s, "PutFunctionConcurrency", &PutFunctionConcurrencyRequest{FunctionName: "f", ReservedConcurrentExecutions: 0})
	sendEvent(t, s, "f", `1`)
	s.drained()
	if sent := d.all(); len(sent) != 1 || c.of("f") != 0 {
		t.Errorf("a stopped function ran %d times and delivered %v", c.of("f"), sent)
	}
	body, err := (&asyncEvent{Function: testARN + "gone", payload: []byte("1")}).encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{body, []byte("rubbish")} {
		if err := s.cfg.Store.Enqueue(t.Context(), asyncQueue, &store.Job{Body: b}); err != nil {
			t.Fatal(err)
		}
	}
	s.drained()
}

// TestAsyncSurvivesRestart checks that what was accepted is run after the
// process went away, at whatever moment.
func TestAsyncSurvivesRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func(environments environments) (*server, func()) {
		st, err := sqlite.Open(t.Context(), sqlite.Config{Dir: dir + "/data"})
		if err != nil {
			t.Fatal(err)
		}
		s := openServer(t, Config{Store: st, CodeDir: dir + "/code", Environments: environments, Async: quick})
		return s, func() {
			s.Close()
			st.Close()
		}
	}
	entered := make(chan struct{}, 10)
	s, stop := open(&fakeEnvironments{invoke: func(ctx context.Context, _ *Runnable, _ *Task) (*Outcome, error) {
		entered <- struct{}{}
		<-ctx.Done() // the process ends while the function runs
		return nil, ctx.Err()
	}})
	s.create("f")
	for i := range 3 {
		sendEvent(t, s, "f", string('0'+rune(i)))
	}
	for range 3 {
		<-entered
	}
	stop()

	var mu sync.Mutex
	var got []string
	s, stop = open(&fakeEnvironments{invoke: func(_ context.Context, _ *Runnable, t *Task) (*Outcome, error) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, string(t.Payload))
		return &Outcome{}, nil
	}})
	defer stop()
	s.drained()
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(got)
	if ran := slices.Compact(got); strings.Join(ran, "") != "012" {
		t.Errorf("after the restart ran %v, want all three", ran)
	}
}

func TestAsyncLoopEnds(t *testing.T) {
	t.Parallel()
	c := &calls{}
	s := newServer(t, func(cfg *Config) { cfg.Async, cfg.Environments = quick, &fakeEnvironments{invoke: c.behave} })
	for _, pair := range [][2]string{{"ping", "pong"}, {"pong", "ping"}} {
		s.create(pair[0])
		must[FunctionEventInvokeConfig](s, "PutFunctionEventInvokeConfig", &PutFunctionEventInvokeConfigRequest{FunctionName: pair[0], DestinationConfig: &DestinationConfig{OnSuccess: &OnSuccess{Destination: new(testARN + pair[1])}}})
	}
	sendEvent(t, s, "ping", `1`)
	s.drained()
	if n := c.of("ping") + c.of("pong"); n != maxHops+1 {
		t.Errorf("the loop ran %d times, want %d", n, maxHops+1)
	}
}

func FuzzDecodeEvent(f *testing.F) {
	f.Add([]byte("{\"function\":\"a\"}\n{}"))
	f.Add([]byte("\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := decodeEvent(body)
		if err != nil {
			return
		}
		text, err := e.encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeEvent(text)
		if err != nil || !json.Valid(text[:len(text)-len(e.payload)-1]) || string(again.payload) != string(e.payload) {
			t.Errorf("%q comes back as %q, %v", body, text, err)
		}
	})
}
