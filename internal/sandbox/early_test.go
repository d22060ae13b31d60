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

const earlyInPython = `
import json, time
end = time.time() + 0.3
while time.time() < end: pass
order = ['loaded', 'turned']

def handler(event, context):
    order.append(event['n'])
    print('all of its time: ' + str(context.get_remaining_time_in_millis() > 60000 - 250).lower())
    return json.dumps(order, separators=(',', ':')).encode()
`

// TestEarly: a first event that comes with the order to load has all of its time,
// its log and its answer as any other.
func TestEarly(t *testing.T) {
	t.Parallel()
	for _, runtime := range append(someRuntimes(), "nodejs6.10", "nodejs12.x") {
		for _, ahead := range []int{-1, 1} {
			t.Run(fmt.Sprint(runtime, " ", ahead), func(t *testing.T) {
				t.Parallel()
				m, l := newManager(t, func(c *Config) { c.PreStarted, c.Python = ahead, foundPythons() })
				f := newFunction(t, runtime, map[string]string{"index.py": earlyInPython, "index.js": `
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

const lateInPython = `
import json, time
n = 0
end = time.time() + 2.2
while time.time() < end: pass

def handler(event, context):
    global n
    n += 1
    return json.dumps({'n': n, 'event': event}, separators=(',', ':')).encode()
`

// TestEarlyTooLate: an event that the runtime could begin only when the server is
// about to give up is sent again, and runs once.
func TestEarlyTooLate(t *testing.T) {
	t.Parallel()
	for _, runtime := range someRuntimes() {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			m, l := newManager(t, func(c *Config) { c.earlyMargin, c.Python = c.InitTimeout-2*time.Second, foundPythons() })
			f := newFunction(t, runtime, map[string]string{"index.py": lateInPython, "index.js": `
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
		})
	}
}

// TestEarlyFails: what goes wrong while a function is loaded is what the event
// gets, early or not.
func TestEarlyFails(t *testing.T) {
	t.Parallel()
	m, l := newManager(t, func(c *Config) { c.Python = foundPythons() })
	fails := func(runtime, code, want string) {
		t.Helper()
		f := newFunction(t, runtime, map[string]string{"index.js": code, "index.py": code})
		if o := invoke(t, m, f, `{}`); o.FunctionError != Unhandled || !strings.Contains(string(o.Payload), want) {
			t.Errorf("%s: %s: %s %s\n%s", runtime, code, o.FunctionError, o.Payload, l)
		}
	}
	for _, test := range []struct{ code, want string }{
		{"throw new Error('at load')", "at load"},
		{"process.exit(3)", "exit status 3"},
		{"exports.other = 1", "index.handler is undefined or not exported"},
		{"exports.handler = async () => 1; setImmediate(() => process.exit(4))", "exit status 4"},
	} {
		fails("nodejs20.x", test.code, test.want)
	}
	for _, runtime := range pythonRuntimes() {
		for _, test := range []struct{ code, want string }{
			{"raise ValueError('at load')", "at load"},
			{"import sys; sys.exit(3)", "exit status 3"},
			{"import os; os._exit(3)", "exit status 3"},
			{"other = 1", "Handler 'handler' missing on module 'index'"},
			{"def handler(e, c): return 1\nimport frames, sys\nframes.read = lambda: sys.exit(4)", "exit status 4"},
			{"import os\nif os.fork(): os.wait(); os._exit(5)\ndef handler(e, c): return 1", "exit status 5"},
		} {
			fails(runtime, test.code, test.want)
		}
	}
}
