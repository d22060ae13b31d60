package otlp

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/lambdagate/lambdagate/internal/gateway"
)

// traceContext is the place of an execution in a trace.
type traceContext struct {
	trace, span, parent string // hexadecimal; parent is "" at the root
	sampled             bool
}

// contextOf continues the trace that the client has named in traceparent (W3C),
// else that of X-Amzn-Trace-Id, whose Root is a trace id in other words.
func contextOf(e *gateway.Execution) traceContext {
	c := traceContext{sampled: true}
	root, parent := xray(e.Trace)
	c.trace, c.span = root, derived(e.RequestID, "span", 8)
	if e.OwnSpan && isID(parent, 16) {
		c.span = parent // functions name it as their parent
	} else if isID(parent, 16) {
		c.parent = parent
	}
	for i := range e.Steps {
		if e.Steps[i].Kind != gateway.StepHeaders {
			continue
		}
		for _, f := range e.Steps[i].Fields {
			if strings.EqualFold(f.Name, "traceparent") {
				c.continueFrom(f.Value)
			}
		}
	}
	return c
}

// continueFrom takes over a traceparent: version-trace-parent-flags. One that is
// not well formed is ignored.
func (c *traceContext) continueFrom(traceparent string) {
	parts := strings.Split(strings.TrimSpace(traceparent), "-")
	if len(parts) < 4 || !isHex(parts[0], 2) || parts[0] == "ff" || parts[0] == "00" && len(parts) != 4 ||
		!isID(parts[1], 32) || !isID(parts[2], 16) || !isHex(parts[3], 2) {
		return
	}
	flags, err := hex.DecodeString(parts[3])
	c.trace, c.parent, c.sampled = parts[1], parts[2], err == nil && flags[0]&1 == 1
}

// xray reads Root=1-{8 hex}-{24 hex};Parent={16 hex}. A root of another form,
// which clients may choose, stands for a trace of its own.
func xray(header string) (root, parent string) {
	for part := range strings.SplitSeq(header, ";") {
		switch key, v, _ := strings.Cut(part, "="); key {
		case "Root":
			root = v
		case "Parent":
			parent = strings.ToLower(v)
		}
	}
	if id, ok := strings.CutPrefix(root, "1-"); ok {
		if id = strings.ToLower(strings.Replace(id, "-", "", 1)); isID(id, 32) {
			return id, parent
		}
	}
	return derived(root, "trace", 16), parent
}

// derived makes an id of n bytes that is always the same for the same thing.
func derived(of, what string, n int) string {
	sum := sha256.Sum256([]byte(what + "\x00" + of))
	return hex.EncodeToString(sum[:n])
}

// isID reports whether s is n lower-case hexadecimal digits, not all zero.
func isID(s string, n int) bool { return isHex(s, n) && strings.Trim(s, "0") != "" }

func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}
