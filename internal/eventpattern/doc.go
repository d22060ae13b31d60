// Package eventpattern decides whether an event matches an event pattern, the
// JSON language in which event source mappings filter records.
//
// A pattern has the shape of the events that it matches. Each field lists the
// values that it may have, as literals or as tests: prefix, suffix,
// equals-ignore-case, wildcard, anything-but, numeric, exists, cidr. All fields
// have to match; "$or" lists alternatives. Of an array in the event one element
// has to match.
//
// Read in this order: parse.go, match.go.
package eventpattern
