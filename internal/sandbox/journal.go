package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/lambdagate/lambdagate/internal/runtimeapi"
)

// timestampFormat is how log lines and errors show times.
const timestampFormat = "2006-01-02T15:04:05.000Z"

// tailSize is how much of an invocation's log an outcome can carry, in bytes.
const tailSize = 4 << 10

// maxLogEvent is the size at which AWS cuts a log event, in bytes.
const maxLogEvent = 256 << 10

// journal writes the log of one environment to the sink, in order.
type journal struct {
	f      *Function
	stream string
	to     LogStream
	json   bool
	// initType is the value of AWS_LAMBDA_INITIALIZATION_TYPE.
	initType string

	mu        sync.Mutex
	telemetry *runtimeapi.Telemetry // nil without extensions
	untold    []told
	alone     bool // nobody takes telemetry
	buf       []byte
	events    [2][]byte
	tail      []byte // of the invocation under way, or nil if nobody asked
	keep      bool
}

// newJournal names a log stream as AWS does: 2026/11/22/[$LATEST]<32 hex>.
func newJournal(sink LogSink, f *Function, now time.Time) *journal {
	var id [16]byte
	rand.Read(id[:])
	stream := now.UTC().Format("2006/01/02/") + "[" + f.Version + "]" + hex.EncodeToString(id[:])
	return &journal{f: f, stream: stream, to: sink.Stream(f, stream), json: f.LogFormat == "JSON", initType: onDemandInit}
}

// write adds one log event, cut where AWS cuts it.
func (j *journal) write(message []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.writeLocked(message)
}

func (j *journal) writeLocked(message []byte) {
	events := j.events[:0]
	for len(message) > maxLogEvent {
		cut := maxLogEvent
		for cut > maxLogEvent-utf8.UTFMax && !utf8.RuneStart(message[cut]) {
			cut--
		}
		events = append(events, message[:cut])
		message = message[cut:]
	}
	j.logLocked(append(events, message))
	j.keepLocked(message)
}

// logLocked adds log events of this moment.
func (j *journal) logLocked(events [][]byte) {
	j.to.Log(time.Now(), events)
	clear(events)
}

// keepLocked adds to the invocation's log, if somebody asked for that.
func (j *journal) keepLocked(message []byte) {
	if !j.keep {
		return
	}
	if len(j.tail)+len(message) > 4*tailSize {
		j.tail = append(j.tail[:0], last(append(j.tail, last(message)...))...)
		return
	}
	j.tail = append(j.tail, message...)
}

func last(b []byte) []byte { return b[max(0, len(b)-tailSize):] }

// line adds a text in one event, ending in a line feed.
func (j *journal) line(text []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.buf = append(append(j.buf[:0], text...), '\n')
	j.writeLocked(j.buf)
}

// initStart tells that an environment starts.
func (j *journal) initStart() {
	version, arn := runtimeVersion(j.f.Runtime), j.f.RuntimeVersionARN
	if j.f.Image != nil {
		version = ""
	}
	started := record{
		InitializationType: j.initType, Phase: "init", RuntimeVersion: version, RuntimeVersionARN: arn,
		FunctionName: j.f.Name, FunctionVersion: j.f.Version,
	}
	j.tell(time.Now(), "platform.initStart", started)
	if j.json {
		j.platform("INFO", "platform.initStart", started)
		return
	}
	if version == "" { // AWS: images have none, and their logs begin with START
		return
	}
	j.write(fmt.Appendf(nil, "INIT_START Runtime Version: %s\tRuntime Version ARN: %s\n", version, arn))
}

// initTimeout tells that the code did not load in the time that AWS gives it.
func (j *journal) initTimeout(took time.Duration) {
	if j.json {
		j.platform("WARN", "platform.initReport", record{
			InitializationType: j.initType, Phase: "init", Status: "timeout", Metrics: &metrics{Duration: milliseconds(took)},
		})
		return
	}
	j.write(fmt.Appendf(nil, "INIT_REPORT Init Duration: %.2f ms\tPhase: init\tStatus: timeout\n", milliseconds(took)))
}

// initFailed tells that code could not be loaded ahead of events.
func (j *journal) initFailed(took time.Duration, err error) {
	status, kind := "error", ""
	if failed, ok := errors.AsType[*errInit](err); ok {
		if failed.timeout {
			status = "timeout"
		}
		kind = failed.kind()
	}
	if j.json {
		j.platform("WARN", "platform.initReport", record{
			InitializationType: j.initType, Phase: "init", Status: status, ErrorType: kind, Metrics: &metrics{Duration: milliseconds(took)},
		})
		return
	}
	if kind != "" {
		kind = "\tError Type: " + kind
	}
	j.write(fmt.Appendf(nil, "INIT_REPORT Init Duration: %.2f ms\tPhase: init\tStatus: %s%s\n", milliseconds(took), status, kind))
}

// start begins an invocation; tail says whether its log is kept.
func (j *journal) start(id string, tail bool) {
	j.mu.Lock()
	j.keep, j.tail = tail, nil
	j.mu.Unlock()
	if j.telemetry != nil {
		j.tell(time.Now(), "platform.start", record{RequestID: id, Version: j.f.Version})
	}
	if j.json {
		j.platform("INFO", "platform.start", record{RequestID: id, Version: j.f.Version})
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.buf = append(j.buf[:0], "START RequestId: "...)
	j.buf = append(j.buf, id...)
	j.buf = append(j.buf, " Version: "...)
	j.buf = append(j.buf, j.f.Version...)
	j.buf = append(j.buf, '\n')
	j.writeLocked(j.buf)
}

// end closes an invocation with END and REPORT and returns the tail.
func (j *journal) end(ev *Event, o *Outcome, fail *failure) []byte {
	if fail != nil && fail.log != "" && !fail.late {
		j.write([]byte(fail.log))
	}
	if j.telemetry != nil {
		j.tell(time.Now(), "platform.end", record{RequestID: ev.RequestID})
		_, report := reportOf(j.f, ev, o, fail)
		j.tell(time.Now(), "platform.report", report)
	}
	if j.json {
		level, report := reportOf(j.f, ev, o, fail)
		j.platform(level, "platform.report", report)
	} else {
		j.endText(ev, o)
	}
	if fail != nil && fail.log != "" && fail.late {
		j.write([]byte(fail.log))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	tail := last(j.tail)
	j.keep, j.tail = false, nil
	return tail
}

func (j *journal) endText(ev *Event, o *Outcome) {
	j.mu.Lock()
	defer j.mu.Unlock()
	b := append(j.buf[:0], "END RequestId: "...)
	b = append(append(b, ev.RequestID...), '\n')
	end := len(b)
	b = append(b, "REPORT RequestId: "...)
	b = append(b, ev.RequestID...)
	b = append(b, "\tDuration: "...)
	b = strconv.AppendFloat(b, milliseconds(o.Duration), 'f', 2, 64)
	b = append(b, " ms\tBilled Duration: "...)
	b = strconv.AppendInt(b, billed(o.Duration), 10)
	b = append(b, " ms\tMemory Size: "...)
	b = strconv.AppendInt(b, int64(j.f.MemoryMB), 10)
	b = append(b, " MB\tMax Memory Used: "...)
	b = strconv.AppendInt(b, int64(o.MaxMemoryMB), 10)
	b = append(b, " MB\t"...)
	if o.ColdStart {
		b = append(b, "Init Duration: "...)
		b = strconv.AppendFloat(b, milliseconds(o.InitDuration), 'f', 2, 64)
		b = append(b, " ms\t"...)
	}
	b = append(b, '\n')
	if t, ok := parseTrace(ev.TraceID); ok && j.f.ActiveTracing {
		b = fmt.Appendf(b, "XRAY TraceId: %s\tSegmentId: %s\tSampled: true\t\n", t.root, t.parent)
	}
	j.logLocked(append(j.events[:0], b[:end], b[end:]))
	j.keepLocked(b)
	j.buf = b
}

// reportOf is the report of an invocation as a record, and its level.
func reportOf(f *Function, ev *Event, o *Outcome, fail *failure) (level string, r record) {
	status, level := "success", "INFO"
	switch {
	case fail != nil && fail.kind == "Sandbox.Timedout":
		status, level = "timeout", "WARN"
	case fail != nil || o.FunctionError == Unhandled:
		status, level = "error", "WARN"
	}
	figures := &metrics{
		Duration: milliseconds(o.Duration), Billed: billed(o.Duration), MemorySize: f.MemoryMB, MaxMemory: o.MaxMemoryMB,
	}
	if o.ColdStart {
		figures.Init = milliseconds(o.InitDuration)
	}
	return level, record{RequestID: ev.RequestID, Metrics: figures, Status: status}
}

// record is what a system log line in JSON tells, with the fields of all kinds.
type record struct {
	RequestID          string   `json:"requestId,omitempty"`
	Version            string   `json:"version,omitempty"`
	InitializationType string   `json:"initializationType,omitempty"`
	Phase              string   `json:"phase,omitempty"`
	RuntimeVersion     string   `json:"runtimeVersion,omitempty"`
	RuntimeVersionARN  string   `json:"runtimeVersionArn,omitempty"`
	FunctionName       string   `json:"functionName,omitempty"`
	FunctionVersion    string   `json:"functionVersion,omitempty"`
	Metrics            *metrics `json:"metrics,omitempty"`
	Status             string   `json:"status,omitempty"`
	ErrorType          string   `json:"errorType,omitempty"`
	Name               string   `json:"name,omitempty"`
	State              string   `json:"state,omitempty"`
	Events             []string `json:"events,omitempty"`
	Types              []string `json:"types,omitempty"`
}

// metrics are the figures of a report.
type metrics struct {
	Duration   float64 `json:"durationMs"`
	Billed     int64   `json:"billedDurationMs,omitempty"`
	MemorySize int     `json:"memorySizeMB,omitempty"`
	MaxMemory  int     `json:"maxMemoryUsedMB,omitempty"`
	Init       float64 `json:"initDurationMs,omitempty"`
}

// platform writes one system log line in JSON, unless its level is switched off.
func (j *journal) platform(level, kind string, r record) {
	lowest := j.f.SystemLogLevel
	if lowest == "" {
		lowest = "INFO"
	}
	if severity[level] < severity[lowest] {
		return
	}
	b, err := json.Marshal(struct {
		Time   string `json:"time"`
		Type   string `json:"type"`
		Record record `json:"record"`
	}{time.Now().UTC().Format(timestampFormat), kind, r})
	if err == nil {
		j.line(b)
	}
}

var severity = map[string]int{"DEBUG": 0, "INFO": 1, "WARN": 2}

// milliseconds rounds to hundredths, as AWS reports durations.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Millisecond)*100) / 100
}

// billed rounds up to whole milliseconds.
func billed(d time.Duration) int64 {
	return max(1, int64(math.Ceil(milliseconds(d))))
}
