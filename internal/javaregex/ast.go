package javaregex

import "slices"

// A node is a part of a pattern. Flags are resolved: what a part means does
// not depend on where it stands.
type node interface{ node() }

type (
	// chars is one character of a set.
	chars struct{ set set }

	// sequence is one part after the other; empty, it matches nothing at all.
	sequence []node

	// alternatives are tried in order.
	alternatives []node

	// group remembers what its body matched; index counts from 1.
	group struct {
		index int
		body  node
	}

	// atomic does not backtrack into its body.
	atomic struct{ body node }

	// look asserts that its body matches, or not, ahead or behind.
	look struct {
		behind, negative bool
		body             node
	}

	// repeat is its body min to max times (unbounded: any number from min on).
	repeat struct {
		body     node
		min, max int
		mode     mode
	}

	// backReference is what a group matched. ifUnset says what it does as
	// long as the group has not matched.
	backReference struct {
		index   int
		fold    bool
		ifUnset bool
	}

	// assertion is a condition on a place.
	assertion uint8
)

// unbounded is the max of * and +.
const unbounded = -1

// mode is how a repeat gives back.
type mode uint8

const (
	greedy mode = iota
	lazy
	possessive
)

const (
	atBegin              assertion = iota // \A
	atEnd                                 // \z
	atLastEnd                             // \Z and $: the end, or before the last line terminator
	atLastUnixEnd                         // the same for UNIX_LINES
	atLineBegin                           // ^ with MULTILINE
	atUnixLineBegin                       //
	atLineEnd                             // $ with MULTILINE
	atUnixLineEnd                         //
	atBoundary                            // \b
	notAtBoundary                         // \B
	atUnicodeBoundary                     // \b with UNICODE_CHARACTER_CLASS
	notAtUnicodeBoundary                  //
	atASCIIBoundary                       // ECMAScript's \b
	notAtASCIIBoundary                    //
	atLastMatch                           // \G
	never                                 // a reference to a group that does not exist
)

func (chars) node()         {}
func (sequence) node()      {}
func (alternatives) node()  {}
func (group) node()         {}
func (atomic) node()        {}
func (look) node()          {}
func (repeat) node()        {}
func (backReference) node() {}
func (assertion) node()     {}

// least returns the least number of characters that a node consumes, as far as
// it is easily seen.
func least(n node) int {
	const most = 1 << 20
	sum := 0
	switch n := n.(type) {
	case chars:
		return 1
	case sequence:
		for _, part := range n {
			sum += least(part)
		}
	case alternatives:
		sum = least(n[0])
		for _, part := range n[1:] {
			sum = min(sum, least(part))
		}
	case group:
		return least(n.body)
	case atomic:
		return least(n.body)
	case repeat:
		sum = least(n.body) * min(n.min, most)
	}
	return min(sum, most)
}

// unboundedBehind reports whether Java refuses a look-behind of this body: it
// takes *, + and {n,} there on single characters only, and no references.
func unboundedBehind(n node) bool {
	switch n := n.(type) {
	case sequence:
		return slices.ContainsFunc(n, unboundedBehind)
	case alternatives:
		return slices.ContainsFunc(n, unboundedBehind)
	case group:
		return unboundedBehind(n.body)
	case atomic:
		return unboundedBehind(n.body)
	case repeat:
		_, single := n.body.(chars)
		return !single && (n.max == unbounded || unboundedBehind(n.body))
	case backReference:
		return true
	}
	return false
}
