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
	untaken  bool     // the runtime did not begin the event
	way      sending
	begun    bool          // START is written
	took     time.Duration // as the runtime says; zero if it does not
	gone     bool          // the process exits, as it says
	goneAt   string        // the id of the event it was at
	overtime bool          // the time was over when something of the runtime was there to read

	collected bytes.Buffer // a streamed response that nobody takes as a stream
	discarded bool         // the stream's reader is gone
}

// sending is how an event gets to the runtime.
type sending int

const (
	sendNow   sending = iota
	sendAgain         // it did not begin it when it came early
	sentEarly         // along with the order to load
	sentAhead         // while another was under way
)

// invoke runs ev. It returns the outcome and whether the environment can take
// another event. The outcome is nil if the runtime did not begin ev: because it
// was killed by what an earlier event left behind, or because its turn came too
// late.
func (e *environment) invoke(ev *Event, limit time.Duration, way sending) (o *Outcome, usable bool) {
	x := &invocation{e: e, ev: ev, way: way, started: time.Now(), out: &Outcome{LogStream: e.journal.stream}}
	if !e.used {
		x.out.ColdStart, x.out.InitDuration = true, e.initDur
		e.used = true
	}
	if x.begun = way == sendAgain; way == sendNow || way == sentEarly {
		x.begin()
	}
	e.thaw()
	if way == sentEarly {
		e.measure() // while it is busy
	}
	if limit > 0 {
		x.deadline = x.started.Add(limit)
	}
	if e.ext != nil && e.ext.some {
		e.ext.api.Invoke(x.event())
	}
	x.exchange()
	if x.untaken {
		e.used = !x.out.ColdStart
		return nil, !x.spent
	}
	if e.ext != nil && e.ext.some {
		x.awaitExtensions()
	}
	if x.out.Duration = x.took; x.took == 0 {
		x.out.Duration = time.Since(x.started)
	}
	if limit > 0 {
		x.out.Duration = min(x.out.Duration, limit)
	}
	x.finish()
	if !x.spent {
		e.freeze()
	}
	return x.out, !x.spent
}

// begin writes START.
func (x *invocation) begin() {
	x.begun = true
	x.e.journal.start(x.ev.RequestID, x.ev.Tail)
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
	awake, thread := x.e.attention(x.started)
	c.Attend(awake, thread)
	if x.e.m.load.high(x.started) {
		awake = 0
	}
	c.StayAwake(awake)
	if x.way == sendNow || x.way == sendAgain {
		if err := c.WriteEvent(x.event()); err != nil {
			x.lost(err)
			return
		}
	}
	if x.way == sentAhead {
		x.e.crowded(x.started)
	} else {
		x.e.openLine(x.ev)
	}
	for answered := false; !answered; {
		kind, body, err := c.Read()
		if err != nil {
			if isTimeout(err) && x.goOn() {
				continue
			}
			x.lost(err)
			return
		}
		if answered, err = x.take(kind, body); err != nil {
			x.lost(err)
			return
		}
	}
	if x.untaken {
		return
	}
	x.e.output.drain()
	x.e.output.rest()
	if err := c.Flushed(); err != nil {
		x.spent = true // it answered without reading the whole event
	}
}

// lastFrames is what an answer gets that was there when the time was over.
const lastFrames = 10 * time.Millisecond

// goOn says that reading was only interrupted, to see to those who wait in line,
// or that the answer is there already.
func (x *invocation) goOn() bool {
	if x.deadline.IsZero() || time.Now().Before(x.deadline) {
		x.e.sendAway()
		return x.e.conn.SetDeadline(x.deadline) == nil
	}
	if x.overtime || !x.e.conn.Pending() {
		return false
	}
	x.overtime = true
	return x.e.conn.SetDeadline(time.Now().Add(lastFrames)) == nil
}

// event is what the runtime gets.
func (x *invocation) event() *runtimeapi.Event {
	return x.ev.frame(x.e.f, x.eventDeadline())
}

func (ev *Event) frame(f *Function, deadline time.Time) *runtimeapi.Event {
	arn := ev.InvokedARN
	if arn == "" {
		arn = f.ARN
	}
	return &runtimeapi.Event{
		RequestID: ev.RequestID, Deadline: deadline, FunctionARN: arn, TraceID: ev.TraceID,
		ClientContext: ev.ClientContext, Identity: ev.Identity, Payload: ev.Payload,
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
	switch {
	case kind != runtimeapi.KindUntaken && kind != runtimeapi.KindTook:
	case x.way != sentAhead && x.way != sentEarly:
		return false, fmt.Errorf("%w: %q about an event that was not sent ahead", runtimeapi.ErrFrame, byte(kind))
	case kind == runtimeapi.KindUntaken:
		x.untaken = true
		return true, nil
	}
	switch kind {
	case runtimeapi.KindGone:
		x.gone, x.goneAt = true, string(body)
		return false, nil // what it still has to say comes before its end
	}
	if !x.begun && !x.gone {
		x.begin()
	}
	switch kind {
	case runtimeapi.KindTook:
		x.took = tookOf(body)
		return false, nil
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
	x.e.hold(true)
	took, err := x.e.bringSDK(name)
	x.e.hold(false)
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
		if !x.begun {
			x.begin()
		}
		x.failed(timedOut(x.ev.RequestID, x.deadline.Sub(x.started), time.Now()))
		x.e.kill(endedTimeout, true)
		x.e.ended(0)
		return
	}
	if x.gone && x.goneAt != x.ev.RequestID {
		x.e.ended(time.Second)
		x.untaken = !x.extensionFailed(x.out.ColdStart)
		return
	}
	alone := !x.gone && x.way != sentAhead && !x.e.lined()
	if alone && (errors.Is(err, syscall.EPIPE) || errors.Is(err, runtimeapi.ErrUntaken) || x.e.conn != nil && x.e.conn.Unread()) {
		x.e.ended(time.Second)
		x.untaken = !x.extensionFailed(x.out.ColdStart)
		return
	}
	if errors.Is(err, runtimeapi.ErrFrame) {
		x.e.proc.Kill() // the function meddled with the channel
	}
	if !x.begun {
		x.begin()
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

// longFirst is what a first event has to take to be measured when it ends: a
// shorter one cannot use much memory that was not there before.
const longFirst = time.Millisecond

// finish measures and writes END and REPORT.
func (x *invocation) finish() {
	if x.way == sentEarly && x.took >= longFirst {
		x.e.measure()
	}
	x.e.measureOnce()
	x.out.MaxMemoryMB = int((x.e.peak.Load() + 1<<20 - 1) >> 20)
	if x.e.memKill.Load() {
		x.out.MaxMemoryMB = x.e.f.MemoryMB
	}
	x.out.LogTail = x.e.journal.end(x.ev, x.out, x.fail)
}
