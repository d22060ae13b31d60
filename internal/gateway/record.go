package gateway

import (
	"slices"
	"time"
)

// maxRecorded is how many bytes of a body are kept.
const maxRecorded = 1024

// record is an execution as it is written down on the request path: in few
// bytes, and in memory that is used again. Nothing is formatted before somebody
// reads it.
type record struct {
	about    Execution // all but the steps
	steps    []recordStep
	fields   []HeaderField // of all steps
	bytes    []byte        // bodies of all steps
	at       time.Duration // of the steps that are being written down
	sequence int64

	older, newer *record // in the list of all
}

// recordStep is a Step whose fields or body are record.fields[from:to] or
// record.bytes[from:to].
type recordStep struct {
	text     string
	at       time.Duration
	took     time.Duration
	from, to int32
	size     int32
	status   int16
	kind     StepKind
	binary   bool
}

func newRecord() *record {
	return &record{steps: make([]recordStep, 0, 24), fields: make([]HeaderField, 0, 40), bytes: make([]byte, 0, 1024)}
}

// traced reports whether header maps and bodies are going to be read: in a
// test, or by a stage that logs them.
func (x *exchange) traced() bool {
	if s := x.settings(); s.dataTrace && s.logLevel == logInfo {
		return true
	}
	return x.test
}

// tick sets the time of the steps that follow.
func (x *exchange) tick() {
	if x.record != nil {
		x.record.at = x.g.now().Sub(x.start)
	}
}

// note records a step with a text. It does nothing when nobody wants to know.
func (x *exchange) note(kind StepKind, text string) {
	if x.record != nil {
		x.record.step(kind).text = text
	}
}

// noteStatus records a step with a status.
func (x *exchange) noteStatus(kind StepKind, text string, status int, took time.Duration) {
	if x.record != nil {
		s := x.record.step(kind)
		s.text, s.status, s.took = text, int16(status), took
	}
}

// noteFields records a step with fields.
func (x *exchange) noteFields(kind StepKind, fields []HeaderField) {
	if r := x.record; r != nil {
		s := r.step(kind)
		s.from = int32(len(r.fields))
		r.fields = append(r.fields, fields...)
		s.to = int32(len(r.fields))
	}
}

// noteBody records a step with a body.
func (x *exchange) noteBody(kind StepKind, body []byte, binary bool) {
	if r := x.record; r != nil {
		s := r.step(kind)
		s.size, s.binary, s.from = int32(len(body)), binary, int32(len(r.bytes))
		r.bytes = append(r.bytes, body[:min(len(body), maxRecorded)]...)
		s.to = int32(len(r.bytes))
	}
}

// step adds a step. The pointer is good until the next one.
func (r *record) step(kind StepKind) *recordStep {
	r.steps = append(r.steps, recordStep{kind: kind, at: r.at})
	return &r.steps[len(r.steps)-1]
}

// has reports whether there is a step of that kind.
func (r *record) has(kind StepKind) bool {
	return slices.ContainsFunc(r.steps, func(s recordStep) bool { return s.kind == kind })
}

// drop takes steps out again.
func (r *record) drop(kinds ...StepKind) {
	r.steps = slices.DeleteFunc(r.steps, func(s recordStep) bool { return slices.Contains(kinds, s.kind) })
}

// reset empties the record for its next use. What it has held is overwritten
// then, not cleared now.
func (r *record) reset() {
	*r = record{steps: r.steps[:0], fields: r.fields[:0], bytes: r.bytes[:0]}
}

// execution returns what the record says as others may see it: secrets masked,
// sharing nothing.
func (r *record) execution() *Execution {
	e := r.about
	e.Steps = make([]Step, len(r.steps))
	for i := range r.steps {
		s := &r.steps[i]
		e.Steps[i] = Step{Kind: s.kind, At: s.at, Text: s.text, Size: int(s.size), Binary: s.binary, Status: int(s.status), Took: s.took}
		switch {
		case s.from == s.to:
		case s.size > 0:
			e.Steps[i].Body = slices.Clone(r.bytes[s.from:s.to])
		default:
			fields := slices.Clone(r.fields[s.from:s.to])
			for j := range fields {
				fields[j].Value = maskField(fields[j])
			}
			e.Steps[i].Fields = fields
		}
	}
	return &e
}
