package sandbox

import "strings"

// trace is a value of X-Amzn-Trace-Id, such as
// "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1".
type trace struct{ root, parent string }

// parseTrace is false unless the trace is sampled.
func parseTrace(value string) (t trace, sampled bool) {
	for field := range strings.SplitSeq(value, ";") {
		switch name, v, _ := strings.Cut(strings.TrimSpace(field), "="); name {
		case "Root":
			t.root = v
		case "Parent":
			t.parent = v
		case "Sampled":
			sampled = v == "1"
		}
	}
	return t, sampled && t.root != ""
}
