package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// sentEarlyTo says whether the environment of f, which must be idle, got its first
// event early.
func sentEarlyTo(t *testing.T, m *Manager, f *Function) bool {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.pools[f.ID]
	if p == nil || len(p.idle) != 1 {
		t.Fatal("there is not one idle environment")
	}
	return p.idle[0].sent
}

// TestEarly: a first event that comes with the order to load has all of its time,
// its log and its answer as any other.
func TestEarly(t *testing.T) {
	t.Parallel()
	for _, runtime := range []string{"nodejs6.10", "nodejs12.x", "nodejs22.x"} {
		for _, ahead := range []int{-1, 1} {
			t.Run(fmt.Sprint(runtime, " ", ahead), func(t *testing.T) {
				t.Parallel()
				m, l := newManager(t, func(c *Config) { c.PreStarted = ahead })
				f := newFunction(t, runtime, map[string]string{"index.js": `
for (var end = Date.now() + 300; Date.now() < end;) {}
var order = ['loaded'];
setImmediate(function () { order.push('turned'); });
exports.handler = function (event, context, callback) {
	order.push(event.n);
	console.log('all of its time: ' + (context.getRemainingTimeInMillis() > 60000 - 250));
	callback(null, order);
};`})
				f.Timeout = time.Minute
				if ahead > 0 {
					m.Prepare(runtime, f.MemoryMB)
					eventually(t, "a process is ahead", func() bool { _, settled := stocked(m); return settled })
				}
				for i := range 2 {
					o := invoke(t, m, f, fmt.Sprintf(`{"n":%d}`, i))
					want := []string{`["loaded","turned",0]`, `["loaded","turned",0,1]`}[i]
					if string(o.Payload) != want || o.ColdStart != (i == 0) || o.Duration > 250*time.Millisecond && i == 0 {
						t.Errorf("%d: %s %v %v\n%s", i, o.Payload, o.ColdStart, o.Duration, l)
					}
				}
				if !sentEarlyTo(t, m, f) {
					t.Error("it was not sent early")
				}
				if text := l.String(); strings.Count(text, "all of its time: true") != 2 || strings.Count(text, "START RequestId") != 2 || strings.Count(text, "REPORT ") != 2 {
					t.Errorf("log:\n%s", text)
				}
			})
		}
	}
}

// TestEarlyTooLate: an event that the runtime could begin only when the server is
// about to give up is sent again, and runs once.
func TestEarlyTooLate(t *testing.T) {
	t.Parallel()
	m, l := newManager(t, func(c *Config) { c.earlyMargin = c.InitTimeout - 2*time.Second })
	f := newFunction(t, "nodejs22.x", map[string]string{"index.js": `
let n = 0;
for (const end = Date.now() + 2200; Date.now() < end;) {}
exports.handler = async (event) => ({n: ++n, event});`})
	if o := invoke(t, m, f, `"one"`); string(o.Payload) != `{"n":1,"event":"one"}` || !o.ColdStart {
		t.Errorf("got %s %s", o.FunctionError, o.Payload)
	}
	if !sentEarlyTo(t, m, f) {
		t.Error("it was not sent early")
	}
	if text := l.String(); strings.Count(text, "START RequestId") != 1 || strings.Count(text, "END RequestId") != 1 {
		t.Errorf("log:\n%s", text)
	}
}

// TestEarlyFails: what goes wrong while a function is loaded is what the event
// gets, early or not.
func TestEarlyFails(t *testing.T) {
	t.Parallel()
	m, l := newManager(t, nil)
	for _, test := range []struct{ code, want string }{
		{"throw new Error('at load')", "at load"},
		{"process.exit(3)", "exit status 3"},
		{"exports.other = 1", "index.handler is undefined or not exported"},
		{"exports.handler = async () => 1; setImmediate(() => process.exit(4))", "exit status 4"},
	} {
		f := newFunction(t, "nodejs20.x", map[string]string{"index.js": test.code})
		if o := invoke(t, m, f, `{}`); o.FunctionError != Unhandled || !strings.Contains(string(o.Payload), test.want) {
			t.Errorf("%s: %s %s\n%s", test.code, o.FunctionError, o.Payload, l)
		}
	}
}
