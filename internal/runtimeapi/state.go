package runtimeapi

import (
	"fmt"
	"slices"
)

// runtimeState is what a custom runtime is doing, as its requests tell.
type runtimeState string

// The states of a custom runtime.
const (
	starts   runtimeState = ""                   // has asked for nothing yet
	failed   runtimeState = "InitError"          // could not start
	waits    runtimeState = "Next"               // asks for an event
	runs     runtimeState = "Invocation"         // has one
	answers  runtimeState = "InvocationResponse" // sends its response or error
	answered runtimeState = "Responded"          // has sent it
)

// allowed lists the states that each can be followed by. A runtime may ask
// again for an event that it waits for: its first request may have been cut.
var allowed = map[runtimeState][]runtimeState{
	starts:   {waits, failed},
	failed:   {},
	waits:    {waits, runs},
	runs:     {answers},
	answers:  {answered},
	answered: {waits},
}

// moveLocked changes the state, or says why not.
func (s *Server) moveLocked(to runtimeState) error {
	if !slices.Contains(allowed[s.state], to) {
		from := s.state
		if from == starts {
			from = "Started"
		}
		return fmt.Errorf("Transition from %s to %s is not allowed for the runtime", from, to)
	}
	s.state = to
	return nil
}
