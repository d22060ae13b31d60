package javaregex

import (
	"errors"
	"fmt"
)

// ErrTimeout is what a match returns that would take longer than
// [Options].Timeout, or more work than one match may take.
var ErrTimeout = errors.New("regular expression took too long")

// ErrInputTooLong is what a match returns when a pattern that needs
// backtracking meets a longer text than [Options].MaxInput.
var ErrInputTooLong = errors.New("text is too long for this regular expression")

// SyntaxError says why and where a pattern does not compile.
type SyntaxError struct {
	Pattern string
	Pos     int // offset in bytes
	Msg     string
}

func (e *SyntaxError) Error() string {
	const most = 120
	pattern := e.Pattern
	if len(pattern) > most {
		pattern = pattern[:most] + "…"
	}
	return fmt.Sprintf("%s at position %d of pattern %q", e.Msg, e.Pos, pattern)
}

// ReplacementError says why a replacement text cannot be used with a pattern.
// Java throws IllegalArgumentException or, for a group number that does not
// exist, IndexOutOfBoundsException.
type ReplacementError struct {
	Replacement string
	Pos         int // offset in bytes
	Msg         string
}

func (e *ReplacementError) Error() string {
	return fmt.Sprintf("%s at position %d of replacement %q", e.Msg, e.Pos, e.Replacement)
}
