package jsonpath

import "fmt"

// SyntaxError says why and where a path does not compile.
type SyntaxError struct {
	Path string // as given to Compile
	Pos  int    // offset in bytes
	Msg  string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("jsonpath: %s at position %d of %s", e.Msg, e.Pos, abbreviate(e.Path))
}

// EvalError says why a path that compiled could not be evaluated: a function
// without numbers to work on, an index out of bounds, a document or a result
// beyond the limits.
type EvalError struct {
	Path string
	Msg  string
}

func (e *EvalError) Error() string {
	return fmt.Sprintf("jsonpath: %s in %s", e.Msg, abbreviate(e.Path))
}

// DecodeError says why and where a text is not JSON.
type DecodeError struct {
	Pos int // offset in bytes
	Msg string
}

func (e *DecodeError) Error() string {
	return fmt.Sprintf("json: %s at position %d", e.Msg, e.Pos)
}

// abbreviate quotes s for a message and cuts it to a readable length.
func abbreviate(s string) string {
	const most = 120
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return fmt.Sprintf("%q", s)
}
