package vtl

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The limits that a run can exceed; an *ExecError wraps one of them.
var (
	ErrSteps      = errors.New("too many steps")
	ErrDepth      = errors.New("nested too deeply")
	ErrOutput     = errors.New("output too long")
	ErrMemory     = errors.New("too much memory used")
	ErrIterations = errors.New("too many #foreach iterations")
)

// A SyntaxError is a template that does not parse.
type SyntaxError struct {
	Name    string // the template's name, as given to Parse
	Line    int    // from 1
	Column  int    // from 1, in characters
	Snippet string // the source around the place
	Message string

	at int
}

func (e *SyntaxError) Error() string {
	return place(e.Name, e.Line, e.Column, e.Snippet) + e.Message
}

// An ExecError is a template that failed while it ran: a Java method threw an
// exception, a limit was reached, or the caller's context ended.
type ExecError struct {
	Name    string
	Line    int
	Column  int
	Snippet string
	Err     error
}

func (e *ExecError) Error() string {
	return place(e.Name, e.Line, e.Column, e.Snippet) + e.Err.Error()
}

func (e *ExecError) Unwrap() error { return e.Err }

// An Exception is what a Java method would have thrown.
type Exception struct {
	Class   string // without its package, as in IndexOutOfBoundsException
	Message string
}

func (e *Exception) Error() string {
	if e.Message == "" {
		return e.Class
	}
	return e.Class + ": " + e.Message
}

func place(name string, line, column int, snippet string) string {
	at := fmt.Sprintf("line %d, column %d, at %q: ", line, column, snippet)
	if name == "" {
		return at
	}
	return name + ", " + at
}

func syntaxErrorAt(at int, format string, args ...any) *SyntaxError {
	return &SyntaxError{at: at, Message: fmt.Sprintf(format, args...)}
}

// locate returns the line and column, both from 1, of a byte of source, and
// some of the source there.
func locate(source string, at int) (line, column int, snippet string) {
	at = max(0, min(at, len(source)))
	start := strings.LastIndexByte(source[:at], '\n') + 1
	line = 1 + strings.Count(source[:start], "\n")
	column = 1 + utf8.RuneCountInString(source[start:at])
	return line, column, snippetAt(source, at)
}

const snippetBytes = 40

// snippetAt returns the source from at to the end of its line, shortened.
func snippetAt(source string, at int) string {
	s := source[at:]
	if end := strings.IndexAny(s, "\r\n"); end >= 0 {
		s = s[:end]
	}
	if len(s) <= snippetBytes {
		return s
	}
	end := snippetBytes
	for end > snippetBytes-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
