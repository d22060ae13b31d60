package gateway

import (
	"bytes"
	"slices"
	"time"
)

// maxRecorded is how many bytes of a body are kept.
const maxRecorded = 8 << 10

// record is an execution as it is written down on the request path: in few
// bytes, and in memory that is used again. Nothing is formatted before somebody
// reads it.
type record struct {
	about   Summary
	steps   []recordStep
	fields  []HeaderField // of all steps
	bytes   []byte        // bodies of all steps
	secrets []string      // values that nobody is to see, besides those of secret fields
	at      time.Duration // of the steps that are being written down
	weight  int           // bytes that it holds

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
	*r = record{steps: r.steps[:0], fields: r.fields[:0], bytes: r.bytes[:0], secrets: r.secrets[:0]}
}

// weigh returns how many bytes the record keeps from being freed, roughly.
func (r *record) weigh() int {
	n := 1000 + 64*cap(r.steps) + 32*cap(r.fields) + cap(r.bytes)
	for i := range r.fields {
		n += len(r.fields[i].Name) + len(r.fields[i].Value)
	}
	return n
}

// summary returns the record without its steps, as people may see it.
func (r *record) summary() Summary {
	s := r.about
	if s.Error != "" {
		s.Error = newMasker(forPeople, r).text(s.Error)
	}
	return s
}

// execution returns what the record says as a reader may see it: secrets
// masked, sharing nothing that changes.
func (r *record) execution(reader *audience) *Execution {
	m := newMasker(reader, r)
	e := &Execution{Summary: r.about, Steps: make([]Step, len(r.steps))}
	e.Error = m.text(e.Error)
	for i := range r.steps {
		s := &r.steps[i]
		e.Steps[i] = Step{Kind: s.kind, At: s.at, Text: m.text(s.text), Size: int(s.size), Binary: s.binary, Status: int(s.status), Took: s.took}
		switch {
		case s.from == s.to:
		case s.size > 0:
			e.Steps[i].Body = m.body(r.bytes[s.from:s.to], s.size > s.to-s.from)
			if s.kind == StepBody && !bytes.Equal(e.Steps[i].Body, r.bytes[s.from:s.to]) {
				m.name("body")
			}
		default:
			fields := slices.Clone(r.fields[s.from:s.to])
			for j := range fields {
				fields[j].Value = m.field(s.kind, fields[j])
			}
			e.Steps[i].Fields = fields
		}
	}
	e.Masked = m.named
	return e
}
