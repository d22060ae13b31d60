package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/lambdagate/lambdagate/internal/runtimeapi"
)

// invocation is one event in one environment.
type invocation struct {
	e  *environment
	ev *Event

	started  time.Time
	deadline time.Time
	out      *Outcome
	fail     *failure // set if the environment reports the error
	spent    bool     // the environment must not be used again
	untaken  bool     // the runtime had ended before it took the event

	collected bytes.Buffer // a streamed response that nobody takes as a stream
	discarded bool         // the stream's reader is gone
}

// invoke runs ev. It returns the outcome and whether the environment can take
// another event. The outcome is nil if the runtime, killed by what an earlier
// event left behind, had ended before it took this one.
func (e *environment) invoke(ev *Event, limit time.Duration) (o *Outcome, usable bool) {
	x := &invocation{e: e, ev: ev, started: time.Now(), out: &Outcome{LogStream: e.journal.stream}}
	if !e.used {
		x.out.ColdStart, x.out.InitDuration = true, e.initDur
		e.used = true
	}
	e.journal.start(ev.RequestID, ev.Tail)
	e.thaw()
	if limit > 0 {
		x.deadline = x.started.Add(limit)
	}
	if e.ext != nil && e.ext.some {
		e.ext.api.Invoke(x.event())
	}
	x.exchange()
	if x.untaken {
		return nil, false
	}
	if e.ext != nil && e.ext.some {
		x.awaitExtensions()
	}
	x.out.Duration = time.Since(x.started)
	if limit > 0 {
		x.out.Duration = min(x.out.Duration, limit)
	}
	x.finish()
	if !x.spent {
		e.freeze()
	}
	return x.out, !x.spent
}

// exchange sends the event and reads frames until it is answered.
func (x *invocation) exchange() {
	if x.e.api != nil {
		x.exchangeHTTP()
		return
	}
	c := x.e.conn
	if err := c.SetDeadline(x.deadline); err != nil {
		x.lost(err)
		return
	}
	c.Attend(x.e.attention())
	if err := c.WriteEvent(x.event()); err != nil {
		x.lost(err)
		return
	}
	for answered := false; !answered; {
		kind, body, err := c.Read()
		if err != nil {
			x.lost(err)
			return
		}
		if answered, err = x.take(kind, body); err != nil {
			x.lost(err)
			return
		}
	}
	x.e.output.drain()
	x.e.output.rest()
	if err := c.Flushed(); err != nil {
		x.spent = true // it answered without reading the whole event
	}
}

// event is what the runtime gets.
func (x *invocation) event() *runtimeapi.Event {
	arn := x.ev.InvokedARN
	if arn == "" {
		arn = x.e.f.ARN
	}
	return &runtimeapi.Event{
		RequestID: x.ev.RequestID, Deadline: x.eventDeadline(), FunctionARN: arn, TraceID: x.ev.TraceID,
		ClientContext: x.ev.ClientContext, Identity: x.ev.Identity, Payload: x.ev.Payload,
	}
}

// eventDeadline is what the runtime is told.
func (x *invocation) eventDeadline() time.Time {
	if x.deadline.IsZero() {
		return x.started.Add(24 * time.Hour)
	}
	return x.deadline
}

// take handles one frame and says whether it was the answer.
func (x *invocation) take(kind runtimeapi.Kind, body []byte) (answered bool, err error) {
	switch kind {
	case runtimeapi.KindLog:
		x.e.journal.function(body)
		return false, nil
	case runtimeapi.KindOutput:
		x.e.output.write(body)
		return false, nil
	case runtimeapi.KindNeed:
		return false, x.need(string(body))
	case runtimeapi.KindResult:
		x.result(body)
		return true, nil
	case runtimeapi.KindHandled:
		x.out.Payload, x.out.FunctionError = bytes.Clone(body), Handled
		return true, nil
	case runtimeapi.KindFault:
		x.out.Payload, x.out.FunctionError = bytes.Clone(body), Unhandled
		return true, nil
	case runtimeapi.KindFatal:
		x.fatal(body)
		return true, nil
	case runtimeapi.KindStream:
		return false, x.streamStart(string(body))
	case runtimeapi.KindChunk:
		return false, x.streamChunk(body)
	case runtimeapi.KindStreamEnd:
		x.streamEnd(body)
		return true, nil
	}
	return false, fmt.Errorf("%w: %q during an invocation", runtimeapi.ErrFrame, byte(kind))
}

// need brings a part of the AWS SDK; the time it takes is not the function's.
func (x *invocation) need(name string) error {
	took, err := x.e.bringSDK(name)
	if err != nil || x.deadline.IsZero() {
		return err
	}
	x.started, x.deadline = x.started.Add(took), x.deadline.Add(took)
	return x.e.conn.SetDeadline(x.deadline)
}

func (x *invocation) result(body []byte) {
	if len(body) > runtimeapi.MaxResponse {
		x.failed(tooLarge())
		return
	}
	x.out.Payload = bytes.Clone(body)
}

// fatal is an error after which the runtime ends itself.
func (x *invocation) fatal(body []byte) {
	x.out.Payload, x.out.FunctionError = bytes.Clone(body), Unhandled
	x.spent = true
	exit := x.e.ended(2 * time.Second)
	if !x.e.launch.legacy() {
		f := exited(x.ev.RequestID, exit, false)
		x.fail = &f
	}
}

// failed makes f the outcome.
func (x *invocation) failed(f failure) {
	x.out.Payload, x.out.FunctionError = f.payload(), Unhandled
	x.fail = &f
}

// lost ends an invocation whose runtime does not answer any more.
func (x *invocation) lost(err error) {
	x.spent = true
	if isTimeout(err) {
		x.failed(timedOut(x.ev.RequestID, x.deadline.Sub(x.started), time.Now()))
		x.e.kill(endedTimeout, true)
		x.e.ended(0)
		return
	}
	if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, runtimeapi.ErrUntaken) {
		// A socket reports that it was closed with the event unread.
		x.e.ended(time.Second)
		x.untaken = !x.extensionFailed(x.out.ColdStart)
		return
	}
	if errors.Is(err, runtimeapi.ErrFrame) {
		x.e.proc.Kill() // the function meddled with the channel
	}
	exit := x.e.ended(time.Second)
	x.failed(exited(x.ev.RequestID, exit, x.e.launch.legacy()))
	x.extensionFailed(true)
}

func (x *invocation) streamStart(contentType string) error {
	x.out.ContentType = contentType
	if x.ev.Stream == nil {
		return nil
	}
	x.out.Streamed = true
	if err := x.ev.Stream.Start(contentType); err != nil {
		x.discarded = true // the function runs on, as on AWS
	}
	return nil
}

func (x *invocation) streamChunk(chunk []byte) error {
	switch {
	case x.discarded:
	case x.ev.Stream != nil:
		if _, err := x.ev.Stream.Write(chunk); err != nil {
			x.discarded = true
		}
	case x.collected.Len()+len(chunk) > runtimeapi.MaxResponse:
		x.discarded = true
	default:
		x.collected.Write(chunk)
	}
	return nil
}

func (x *invocation) streamEnd(body []byte) {
	if _, text, broken := bytes.Cut(body, []byte("\n")); broken {
		x.out.Payload, x.out.FunctionError = bytes.Clone(text), Unhandled
		return
	}
	switch {
	case x.ev.Stream != nil:
	case x.discarded:
		x.failed(tooLarge())
	default:
		x.out.Payload = x.collected.Bytes()
	}
}

// finish measures and writes END and REPORT.
func (x *invocation) finish() {
	x.e.measureOnce()
	x.out.MaxMemoryMB = int((x.e.peak.Load() + 1<<20 - 1) >> 20)
	if x.e.memKill.Load() {
		x.out.MaxMemoryMB = x.e.f.MemoryMB
	}
	x.out.LogTail = x.e.journal.end(x.ev, x.out, x.fail)
}
