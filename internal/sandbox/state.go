package sandbox

import "fmt"

// state is where an environment is in its life.
type state int

// The states of an environment.
const (
	starting     state = iota // its process is being started
	generic                   // started ahead; waits to be told for which function
	initialising              // loads the function
	ready                     // waits for an event
	invoking                  // has one
	stopping                  // was told to end
	dead                      // nothing of it is left
)

var stateNames = [...]string{"starting", "generic", "initialising", "ready", "invoking", "stopping", "dead"}

func (s state) String() string { return stateNames[s] }

// moves are the legal ones. A process that was started ahead serves one
// function: nothing leads back to generic.
var moves = map[state][]state{
	starting:     {generic, initialising, stopping},
	generic:      {initialising, stopping},
	initialising: {ready, stopping},
	ready:        {invoking, stopping},
	invoking:     {ready, stopping},
	stopping:     {dead},
	dead:         {},
}

// move is nil if an environment may go from one state to another.
func move(from, to state) error {
	for _, legal := range moves[from] {
		if legal == to {
			return nil
		}
	}
	return fmt.Errorf("environment cannot go from %s to %s", from, to)
}
