package store

import "fmt"

// Limits that every engine keeps.
const (
	// MaxValue is the largest document or job body, in bytes.
	MaxValue = 8 << 20
	// MaxKey is the longest key of a document, in bytes.
	MaxKey = 2048
	// MaxLogLine is the longest message of a log line, in bytes. AWS: a log
	// event may have 1 MiB.
	MaxLogLine = 1 << 20
	// AuditPrefix begins the names of log groups that other groups' lines must
	// not push out where a store bounds what it keeps.
	AuditPrefix = "audit/"
)

// PrefixEnd returns the least string that is greater than every string with
// the given prefix; ok is false if there is none (the prefix is empty or all
// 0xff bytes), so that every string from prefix on matches.
func PrefixEnd(prefix string) (end string, ok bool) {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0xff {
			b := []byte(prefix[:i+1])
			b[i]++
			return string(b), true
		}
	}
	return "", false
}

// Validate says what is wrong with a commit before any engine looks at it: an
// empty or long key, a key named twice, a value that is too large.
func Validate(changes []Change) error {
	for i, c := range changes {
		switch {
		case c.Key == "":
			return fmt.Errorf("commit: change %d has no key", i)
		case len(c.Key) > MaxKey:
			return fmt.Errorf("commit: key %.40q… has %d bytes, more than %d", c.Key, len(c.Key), MaxKey)
		case len(c.Value) > MaxValue:
			return fmt.Errorf("commit %q: value has %d bytes, more than %d", c.Key, len(c.Value), MaxValue)
		case c.If < Any:
			return fmt.Errorf("commit %q: no such revision %d", c.Key, c.If)
		}
	}
	return unique(changes)
}

func unique(changes []Change) error {
	if len(changes) < 2 {
		return nil
	}
	seen := make(map[string]bool, len(changes))
	for _, c := range changes {
		if seen[c.Key] {
			return fmt.Errorf("commit %q: key named twice", c.Key)
		}
		seen[c.Key] = true
	}
	return nil
}

// ConflictError tells which document was not at the revision that a commit or
// check named. It is an ErrConflict.
type ConflictError struct {
	Key        string
	Want, Have Revision // 0: not there
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("document %q is at revision %d, not %d: %v", e.Key, e.Have, e.Want, ErrConflict)
}

// Unwrap makes errors.Is(err, ErrConflict) true.
func (e *ConflictError) Unwrap() error { return ErrConflict }
