package runtimeapi

import (
	"testing"
	"time"
)

func TestParseSubscription(t *testing.T) {
	t.Parallel()
	const destination = `"destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:8080/x"}`
	for _, tt := range []struct{ name, body, want string }{
		{"no JSON", `{`, "the request is not valid JSON: unexpected end of JSON input"},
		{"no types", `{` + destination + `}`, "types must have at least one entry"},
		{"unknown type", `{"types":["all"],` + destination + `}`, `unknown type "all": use platform, function or extension`},
		{"few items", `{"types":["platform"],"buffering":{"maxItems":1},` + destination + `}`, "buffering.maxItems must be between 1000 and 10000"},
		{"many bytes", `{"types":["platform"],"buffering":{"maxBytes":1048577},` + destination + `}`, "buffering.maxBytes must be between 262144 and 1048576"},
		{"long wait", `{"types":["platform"],"buffering":{"timeoutMs":30001},` + destination + `}`, "buffering.timeoutMs must be between 25 and 30000"},
		{"no destination", `{"types":["platform"]}`, `destination.protocol must be HTTP or TCP, not ""`},
		{"another host", `{"types":["platform"],"destination":{"protocol":"HTTP","URI":"http://example.com:80/"}}`, `destination.URI must be http://sandbox.localdomain:PORT/PATH, not "http://example.com:80/"`},
		{"no port", `{"types":["platform"],"destination":{"protocol":"TCP"}}`, `destination.port must be a port, not ""`},
	} {
		if _, err := parseSubscription([]byte(tt.body)); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	s, err := parseSubscription([]byte(`{"types":["function"],"buffering":{"timeoutMs":25,"maxItems":1000},` + destination + `}`))
	if err != nil || s.target != "127.0.0.1:8080" || s.path != "http://127.0.0.1:8080/x" || s.wait != 25*time.Millisecond || s.items != 1000 || s.bytes != defaultBytes {
		t.Errorf("got %+v %v", s, err)
	}
}

// FuzzParseSubscription: whatever a function sends, records go to this machine's
// loopback only.
func FuzzParseSubscription(f *testing.F) {
	f.Add([]byte(`{"types":["function"],"destination":{"protocol":"HTTP","URI":"http://sandbox:1/x"}}`))
	f.Add([]byte(`{"types":["platform"],"destination":{"protocol":"TCP","port":5}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := parseSubscription(body)
		if err == nil && s.target[:len("127.0.0.1:")] != "127.0.0.1:" {
			t.Fatalf("target %q", s.target)
		}
	})
}

// TestTelemetryBounds: a subscriber that takes nothing costs no more than is
// kept for it, and is told what it missed.
func TestTelemetryBounds(t *testing.T) {
	t.Parallel()
	s := &subscription{types: []string{FunctionTelemetry}, items: maxItems, bytes: maxBytes, full: make(chan struct{}, 1)}
	body := make([]byte, 1<<20)
	for i := range body {
		body[i] = 'x'
	}
	body[0], body[len(body)-1] = '"', '"'
	for range 10 {
		s.add(record{FunctionTelemetry, FunctionTelemetry, time.Now(), body})
		s.add(record{PlatformTelemetry, "platform.start", time.Now(), []byte(`{}`)}) // nobody asked
	}
	if s.size > telemetryKept || s.dropped != 10-len(s.queue) || s.dropped == 0 {
		t.Errorf("%d bytes in %d records, %d dropped", s.size, len(s.queue), s.dropped)
	}
	if first := string(s.take()[0]); len(first) > 300 || s.dropped != 0 {
		t.Errorf("first is %.300s", first)
	}
}
