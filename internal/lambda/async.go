package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/lambdagate/lambdagate/internal/arn"
	"github.com/lambdagate/lambdagate/internal/awsapi"
	"github.com/lambdagate/lambdagate/internal/store"
)

// asyncQueue is the name of the durable queue of events.
const asyncQueue = "lambda/async"

// AsyncConfig says how events are worked on; zero values mean AWS's.
type AsyncConfig struct {
	// RetryDelays are the waits before the first and the second retry of a
	// function error: 1 and 2 minutes.
	RetryDelays [2]time.Duration
	// ThrottleDelays bound the wait after throttling, which doubles: 1 second to
	// 5 minutes.
	ThrottleDelays [2]time.Duration
	// Workers is how many events are worked on at a time: 256. One function gets
	// at most half of them.
	Workers int
	// Lease is for how long an event belongs to a worker before it is given to
	// another; a worker prolongs it: 30 seconds.
	Lease time.Duration
}

func (c AsyncConfig) withDefaults() AsyncConfig {
	if c.RetryDelays == [2]time.Duration{} {
		c.RetryDelays = [2]time.Duration{time.Minute, 2 * time.Minute}
	}
	if c.ThrottleDelays == [2]time.Duration{} {
		c.ThrottleDelays = [2]time.Duration{time.Second, 5 * time.Minute}
	}
	if c.Workers <= 0 {
		c.Workers = 256
	}
	if c.Lease <= 0 {
		c.Lease = 30 * time.Second
	}
	return c
}

// maxHops is how many functions an event may pass by destinations. AWS: Lambda
// stops recursive loops after about 16 rounds.
const maxHops = 16

// asyncEvent is one event that waits for its function.
type asyncEvent struct {
	Function  string `json:"function"` // ARN, with the qualifier that was named
	RequestID string `json:"requestId"`
	TraceID   string `json:"traceId,omitzero"`
	Received  int64  `json:"received"` // milliseconds since the epoch
	Attempts  int    `json:"attempts,omitzero"`
	Throttles int    `json:"throttles,omitzero"` // in a row
	Hops      int    `json:"hops,omitzero"`      // destinations passed before

	payload []byte // follows the JSON, after a newline
}

func (e *asyncEvent) encode() ([]byte, error) {
	head, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	return append(append(head, '\n'), e.payload...), nil
}

func decodeEvent(body []byte) (*asyncEvent, error) {
	head, payload, ok := bytes.Cut(body, []byte("\n"))
	e := &asyncEvent{payload: payload}
	if err := json.Unmarshal(head, e); err != nil || !ok {
		return nil, fmt.Errorf("decode event: %w", errors.Join(err, errNoPayload))
	}
	return e, nil
}

var errNoPayload = errors.New("not an event with payload")

// accept queues an event; the answer means that it survives.
func (s *Service) accept(ctx context.Context, ref arn.Function, p *plan, in *Invocation) (*Result, error) {
	e := &asyncEvent{Function: ref.String(), RequestID: in.RequestID, TraceID: in.TraceID, Received: s.now().UnixMilli(), Hops: in.hops, payload: in.Payload}
	body, err := e.encode()
	if err != nil {
		return nil, err
	}
	if err := s.cfg.Store.Enqueue(ctx, asyncQueue, &store.Job{Body: body}); err != nil {
		return nil, fmt.Errorf("queue event for %s: %w", e.Function, err)
	}
	s.measure(p.routes[ref.Qualifier], nil, Measurement{AsyncEventsReceived: 1})
	return &Result{Status: http.StatusAccepted, RequestID: in.RequestID}, nil
}

// async works on queued events until ctx ends, and then waits for those under
// way.
func (s *Service) async(ctx context.Context) {
	w := &asyncWorkers{s: s, slots: make(chan struct{}, s.cfg.Async.Workers), busy: map[string]int{}}
	defer w.running.Wait()
	for ctx.Err() == nil {
		if err := w.next(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "waiting for events failed", "error", err)
			wait(ctx, time.Second)
		}
	}
}

// asyncWorkers share the slots for events under way.
type asyncWorkers struct {
	s       *Service
	slots   chan struct{}
	running sync.WaitGroup

	mu   sync.Mutex
	busy map[string]int // events under way by function
}

// next takes one due event, once there is a slot for it.
func (w *asyncWorkers) next(ctx context.Context) error {
	select {
	case w.slots <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	jobs, err := w.s.cfg.Store.Lease(ctx, asyncQueue, 1, w.s.cfg.Async.Lease)
	if err != nil || len(jobs) == 0 {
		<-w.slots
		return err
	}
	w.running.Go(func() {
		defer func() { <-w.slots }()
		w.work(ctx, jobs[0])
	})
	return nil
}

// work does what an event needs now, and writes down what comes next.
func (w *asyncWorkers) work(ctx context.Context, job store.Job) {
	e, err := decodeEvent(job.Body)
	if err != nil {
		w.s.log.ErrorContext(ctx, "an event cannot be read and is dropped", "job", job.ID, "error", err)
		w.s.settle(ctx, job, step{})
		return
	}
	if !w.enter(e.Function) {
		w.s.settle(ctx, job, step{again: w.s.now().Add(w.s.cfg.Async.ThrottleDelays[0]), event: e})
		return
	}
	defer w.leave(e.Function)
	held, release := context.WithCancel(ctx)
	var keeper sync.WaitGroup
	keeper.Go(func() { w.s.keepLease(held, job) })
	next := w.s.attempt(ctx, e)
	release()
	keeper.Wait()
	w.s.settle(ctx, job, next)
}

// enter keeps one function from taking all workers.
func (w *asyncWorkers) enter(function string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[function] >= max(1, cap(w.slots)/2) {
		return false
	}
	w.busy[function]++
	return true
}

func (w *asyncWorkers) leave(function string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[function]--; w.busy[function] == 0 {
		delete(w.busy, function)
	}
}

// keepLease prolongs the lease until ctx ends.
func (s *Service) keepLease(ctx context.Context, job store.Job) {
	for wait(ctx, s.cfg.Async.Lease/3) {
		if err := s.cfg.Store.Extend(ctx, job, s.cfg.Async.Lease); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "an event's lease cannot be prolonged", "job", job.ID, "error", err)
		}
	}
}

// step is what becomes of an event: it is tried again at a time, or done.
type step struct {
	again time.Time // zero: done
	event *asyncEvent
}

// attempt gives the event to its function and says what comes next.
func (s *Service) attempt(ctx context.Context, e *asyncEvent) step {
	ref, err := arn.ParseFunction(e.Function, arn.Function{})
	if err != nil {
		return step{}
	}
	p, r, err := s.resolve(ref)
	if err != nil { // deleted meanwhile. AWS: its events go
		return step{}
	}
	limits := r.limits()
	switch {
	case s.now().UnixMilli()-e.Received > limits.age.Milliseconds():
		return s.finish(ctx, p, r, e, "EventAgeExceeded", nil)
	case p.reserved == 0: // AWS: no retries while the function is stopped
		return s.finish(ctx, p, r, e, "ZeroReservedConcurrency", nil)
	}
	s.measure(r, r.main, Measurement{AsyncEvent: true, AsyncEventAge: time.Duration(s.now().UnixMilli()-e.Received) * time.Millisecond})
	res, err := s.run(ctx, p, r, &Invocation{Payload: e.payload, RequestID: e.RequestID, TraceID: e.TraceID})
	switch {
	case ctx.Err() != nil: // shutting down
		return step{again: s.now(), event: e}
	case err != nil:
		return s.later(ctx, e, err)
	case res.FunctionError == "":
		e.Attempts++
		return s.finish(ctx, p, r, e, "Success", res)
	}
	e.Throttles = 0
	if e.Attempts++; e.Attempts > limits.retries {
		return s.finish(ctx, p, r, e, "RetriesExhausted", res)
	}
	return step{again: s.now().Add(s.cfg.Async.RetryDelays[min(e.Attempts, 2)-1]), event: e}
}

// later plans the next try after throttling or a fault of ours: neither counts
// as an attempt. AWS: up to the event's age, waits from 1 second to 5 minutes.
func (s *Service) later(ctx context.Context, e *asyncEvent, cause error) step {
	if awsapi.AsError(cause) == nil {
		s.log.ErrorContext(ctx, "an event could not be run", "function", e.Function, "request", e.RequestID, "error", cause)
	}
	delays := s.cfg.Async.ThrottleDelays
	d := min(delays[0]<<min(e.Throttles, 16), delays[1])
	e.Throttles++
	return step{again: s.now().Add(d), event: e}
}

// settle writes a step down. Where that fails the lease runs out and the event
// is tried again.
func (s *Service) settle(ctx context.Context, job store.Job, next step) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := s.write(ctx, job, next)
	if err != nil && !errors.Is(err, store.ErrClosed) {
		s.log.ErrorContext(ctx, "an event's state cannot be written", "job", job.ID, "error", err)
	}
}

func (s *Service) write(ctx context.Context, job store.Job, next step) error {
	if next.again.IsZero() {
		return s.cfg.Store.Done(ctx, job)
	}
	body, err := next.event.encode()
	if err != nil {
		return err
	}
	return s.cfg.Store.Retry(ctx, job, next.again, body)
}

// wait waits for d and reports whether ctx is still alive.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
