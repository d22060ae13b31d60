package requests

import (
	"time"

	"github.com/lambdagate/lambdagate/internal/gateway"
)

// Phase is a stretch of an execution's time.
type Phase struct {
	Name string  `json:"name"`
	From float64 `json:"from"` // milliseconds since the start
	Took float64 `json:"took"` // milliseconds
	// Within names the phase that this one is a part of.
	Within string `json:"within,omitempty"`
}

// Names of phases, in the order of the execution.
const (
	Authorize   = "Authorize and admit"
	Authorizing = "Authorizer"
	Validate    = "Validate"
	MapRequest  = "Map request"
	Integration = "Integration"
	MapResponse = "Map response"
	Respond     = "Respond"
)

// Phases divides an execution's time by the steps that begin and end its parts.
func Phases(e *gateway.Execution) []Phase {
	at := func(kind gateway.StepKind) (time.Duration, bool) {
		found, ok := time.Duration(0), false
		for i := range e.Steps { // the last: an authorizer's call has the same steps
			if e.Steps[i].Kind == kind {
				found, ok = e.Steps[i].At, true
			}
		}
		return found, ok
	}
	var out []Phase
	now := time.Duration(0)
	until := func(name string, end time.Duration) {
		if end = max(end, now); end > e.Latency {
			end = max(e.Latency, now)
		}
		out = append(out, Phase{Name: name, From: milliseconds(now), Took: milliseconds(end - now)})
		now = end
	}
	start, started := at(gateway.StepStart)
	if !started {
		until(Authorize, e.Latency)
		return authorizing(e, out)
	}
	until(Authorize, start)
	out = authorizing(e, out)
	if mapping, ok := at(gateway.StepHeaders); ok {
		until(Validate, mapping)
	}
	replied, ok := at(gateway.StepReplyHeaders)
	if !ok {
		replied, ok = at(gateway.StepFailure)
	}
	if !ok {
		replied = e.Latency
	}
	if sent, ok := integrationSent(e); ok {
		until(MapRequest, sent)
		received, ok := at(gateway.StepReceived)
		if !ok {
			received = replied // it never came
		}
		until(Integration, received)
		until(MapResponse, replied)
	} else {
		until(MapRequest, replied)
	}
	until(Respond, e.Latency)
	return out
}

// integrationSent is when the integration was called.
func integrationSent(e *gateway.Execution) (time.Duration, bool) {
	started := false
	for i := range e.Steps {
		switch e.Steps[i].Kind {
		case gateway.StepStart:
			started = true
		case gateway.StepSending:
			if started {
				return e.Steps[i].At, true
			}
		}
	}
	return 0, false
}

// authorizing adds the authorizer's part.
func authorizing(e *gateway.Execution, out []Phase) []Phase {
	from := time.Duration(-1)
	for i := range e.Steps {
		s := &e.Steps[i]
		if s.Kind == gateway.StepAuthorizerStart {
			from = s.At
		}
		ends := s.Kind == gateway.StepAuthorizerDone || s.Kind == gateway.StepUnauthorized || s.Kind == gateway.StepFailure
		if from >= 0 && ends {
			return append(out, Phase{Name: Authorizing, From: milliseconds(from), Took: milliseconds(max(s.At-from, s.Took)), Within: Authorize})
		}
	}
	return out
}
