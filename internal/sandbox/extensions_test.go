package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// withExtension adds a layer with an extension in Go, testdata/goextension,
// that does what mode says; each mode is a name.
func withExtension(t testing.TB, f *Function, names ...string) *Function {
	t.Helper()
	dir, err := goExtension()
	if err != nil {
		t.Fatal(err)
	}
	layer := t.TempDir()
	os.Chmod(layer, 0o755)
	if err := os.Mkdir(filepath.Join(layer, "extensions"), 0o755); err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(filepath.Join(dir, "extension"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		mode := os.FileMode(0o755)
		if strings.HasPrefix(name, "unexecutable") {
			mode = 0o644
		}
		if err := os.WriteFile(filepath.Join(layer, "extensions", name), program, mode); err != nil {
			t.Fatal(err)
		}
	}
	f.Layers = append(f.Layers, layer)
	return f
}

var extended = map[string]string{"index.js": `
process.on('SIGTERM', () => { console.log('the function was told'); process.exit(0); });
console.log('loading');
exports.handler = async (event) => {
	console.log('handling');
	if (event.exit) process.exit(1);
	if (event.hang) await new Promise(r => setTimeout(r, 60000));
	return event;
};`}

// unhurried are the times of a shutdown that all take part in, on a busy
// machine.
var unhurried = shutdownTimes{internal: time.Minute, external: time.Minute, runtime: 30 * time.Second}

// gone waits until no function has an environment any more.
func gone(t testing.TB, m *Manager) {
	t.Helper()
	eventually(t, "all environments are gone", func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		for e := range m.all {
			if e.pool != nil {
				return false
			}
		}
		return true
	})
}

func TestExtensions(t *testing.T) {
	t.Parallel()
	for _, runtime := range []string{"nodejs20.x", "provided.al2"} {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			m, l := newManager(t, func(c *Config) { c.PreStarted, c.shutdown = 1, unhurried })
			m.Prepare("nodejs20.x", 128)
			f := newFunction(t, runtime, extended)
			if runtime != "nodejs20.x" {
				f = withCall(t, newFunction(t, runtime, map[string]string{"bootstrap": `#!/bin/sh
trap 'echo the function was told; exit 0' TERM
echo loading
while :; do
	$LAMBDA_TASK_ROOT/call GET /invocation/next > /tmp/event & wait $!
	EVENT=$(cat /tmp/event)
	echo handling
	$LAMBDA_TASK_ROOT/call POST /invocation/$(cat /tmp/id)/response "$EVENT" & wait $!
done
`}))
			}
			withExtension(t, f, "watcher", "quiet")
			for i := range 2 {
				o := invoke(t, m, f, fmt.Sprintf(`{"n":%d}`, i))
				if string(o.Payload) != fmt.Sprintf(`{"n":%d}`, i) {
					t.Fatalf("got %s %s\n%s", o.FunctionError, o.Payload, l)
				}
				// The extension waits a little after the runtime is done, and the
				// invocation waits for it.
				if tail := string(o.LogTail); !strings.Contains(tail, "watcher: INVOKE "+id) || !strings.Contains(tail, "watcher: done\n") {
					t.Errorf("log:\n%s", tail)
				}
			}
			retired := time.Now().Truncate(time.Millisecond)
			m.Retire(f.ID)
			gone(t, m)
			text := l.String()
			_, until, _ := strings.Cut(text, "watcher: SHUTDOWN spindown until ")
			ms, _, _ := strings.Cut(until, "\n")
			n, err := strconv.ParseInt(ms, 10, 64)
			if at := time.UnixMilli(n).Add(-unhurried.external); err != nil || at.Before(retired) || at.After(time.Now()) {
				t.Errorf("told to end until %q, %v", ms, err)
			}
			for _, want := range []string{
				"watcher: registered fn $LATEST index.handler 123456789012\n",
				"watcher: variables \"\" us-east-1\n",
				"EXTENSION\tName: quiet\tState: Ready\tEvents: []\nEXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n",
				"the function was told\n",
			} {
				if !strings.Contains(text, want) {
					t.Errorf("log has no %q:\n%s", want, text)
				}
			}
			order := []string{"INIT_START", "watcher: starting", "loading", "EXTENSION\tName", "START", "handling", "watcher: done", "END", "REPORT"}
			if runtime != "nodejs20.x" { // that program starts with its environment
				order = append(order[:1], order[3:]...)
			}
			rest := text
			for _, part := range order {
				_, after, found := strings.Cut(rest, part)
				if !found {
					t.Fatalf("no %q after the others in\n%s", part, text)
				}
				rest = after
			}
		})
	}
}

// TestExtensionFailures: what AWS answers where an extension does not do its
// part.
func TestExtensionFailures(t *testing.T) {
	t.Parallel()
	// One extension does not end at all: the times are short enough for that.
	m, l := newManager(t, func(c *Config) {
		c.shutdown = shutdownTimes{internal: 8 * time.Second, external: 8 * time.Second, runtime: 4 * time.Second}
	})
	for _, test := range []struct{ extension, event, want string }{
		{"exits-early", `{}`, `{"errorType":"Extension.Crash","errorMessage":"RequestId: ` + id + ` Error: exit status 4"}`},
		{"init-error", `{}`, `{"errorType":"Extension.InitError","errorMessage":"RequestId: ` + id + ` Error: Mine.NotReady"}`},
		{"unexecutable", `{}`, `{"errorType":"Extension.LaunchError","errorMessage":"RequestId: ` + id + ` Error: unexecutable: permission denied"}`},
		{"exits-in-event", `{}`, `{"errorType":"Extension.Crash","errorMessage":"RequestId: ` + id + ` Error: exit status 5"}`},
		{"exit-error", `{}`, `{"errorType":"Extension.ExitError","errorMessage":"RequestId: ` + id + ` Error: Mine.Broken"}`},
		{"hangs", `{}`, `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 1.50 seconds"}`},
		{"watcher", `{"exit":true}`, `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 1"}`},
		{"watcher", `{"hang":true}`, `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 1.50 seconds"}`},
		{"register-errors", `{}`, `{}`},
	} {
		t.Run(test.extension+test.event, func(t *testing.T) {
			t.Parallel()
			f := withExtension(t, newFunction(t, "nodejs20.x", extended), test.extension)
			if strings.Contains(test.want, "Timedout") {
				f.Timeout = 1500 * time.Millisecond
			}
			f.ID += test.event
			if o := invoke(t, m, f, test.event); string(o.Payload) != test.want {
				t.Errorf("got %s, want %s\n%s", o.Payload, test.want, o.LogTail)
			}
		})
	}
	t.Cleanup(func() {
		defer func() {
			if t.Failed() {
				t.Log(l)
			}
		}()
		for _, want := range []string{
			"EXTENSION\tName: unexecutable\tState: LaunchError\tEvents: []\tError Type: PermissionDenied\n",
			"Error: exit status 4\nExtension.Crash\n",
			"watcher: SHUTDOWN failure", "watcher: SHUTDOWN timeout",
			"register-errors: 403 Extension.InvalidEventType, 403 Extension.MissingExtensionIdentifier, 403 Extension.UnknownExtensionIdentifier, 403 Extension.AlreadyRegistered, 403 ShutdownEventNotSupportedForInternalExtension\n",
		} {
			// What extensions write is read when it comes.
			eventually(t, fmt.Sprintf("the log has %q", want), func() bool { return strings.Contains(l.String(), want) })
		}
	})
}

// TestTelemetry: records reach a subscriber over HTTP and TCP, those from
// before it subscribed too.
func TestTelemetry(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"telemetry-http", "telemetry-tcp", "telemetry-logs"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, l := newManager(t, func(c *Config) { c.shutdown = unhurried })
			f := withExtension(t, newFunction(t, "nodejs20.x", extended), name)
			invoke(t, m, f, `{"n":1}`)
			invoke(t, m, f, `{"n":2}`)
			m.Retire(f.ID)
			gone(t, m)
			// The extension writes what it got when it is told to end.
			var kinds []string
			subscription := ""
			for _, line := range regexp.MustCompile(`got (\{.*\})\n`).FindAllStringSubmatch(l.String(), -1) {
				var r struct {
					Time, Type string
					Record     json.RawMessage
				}
				if err := json.Unmarshal([]byte(line[1]), &r); err != nil {
					t.Fatalf("%s: %v", line[1], err)
				}
				if strings.HasSuffix(r.Type, "Subscription") { // where it comes is chance
					subscription += r.Type
				} else {
					kinds = append(kinds, r.Type)
				}
				if _, err := time.Parse(time.RFC3339, r.Time); err != nil {
					t.Error(err)
				}
				if r.Type == "function" && !strings.Contains(string(r.Record), "INFO\\t") {
					t.Errorf("record %s", r.Record)
				}
			}
			got := strings.Join(kinds, " ")
			event := " platform.start function platform.runtimeDone platform.report"
			want := "platform.initStart function platform.initRuntimeDone platform.initReport platform.extension" + event + event
			subscribed, line := "platform.telemetrySubscription", "TELEMETRY\tName: "+name+"\tState: Subscribed\tTypes: [Platform, Function]\n"
			if name == "telemetry-logs" {
				event = " platform.start function platform.runtimeDone platform.end platform.report"
				want = "function platform.extension" + event + event
				subscribed, line = "platform.logsSubscription", strings.Replace(line, "TELEMETRY", "LOGS", 1)
			}
			if !strings.HasPrefix(got, want) || subscription != subscribed || !strings.Contains(l.String(), line) {
				t.Errorf("records\n\t%s, want\n\t%s\n%s", got, want, l)
			}
		})
	}
}

// TestInternalExtension: a part of the runtime registers itself, over the
// address in its environment.
func TestInternalExtension(t *testing.T) {
	t.Parallel()
	m, l := newManager(t, nil)
	f := newFunction(t, "nodejs20.x", map[string]string{"index.js": `
const http = require('http');
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2020-01-01/extension/';
const call = (method, path, headers, body) => new Promise((done, fail) => {
	const r = http.request(api + path, {method, headers}, res => {
		let text = '';
		res.on('data', d => text += d).on('end', () => done({status: res.statusCode, headers: res.headers, text}));
	});
	r.on('error', fail).end(body);
});
let seen = 0;
exports.handler = async () => { await null; return seen; };
module.exports.ready = (async () => {
	const r = await call('POST', 'register', {'Lambda-Extension-Name': 'inside'}, '{"events":["INVOKE"]}');
	console.log('inside registered', r.status);
	const next = async () => {
		const e = await call('GET', 'event/next', {'Lambda-Extension-Identifier': r.headers['lambda-extension-identifier']});
		seen++;
		setImmediate(next);
	};
	next();
})();
`, "index.mjs": ""})
	// A handler module that is waited for: top-level await needs a module.
	os.Rename(filepath.Join(f.CodeDir, "index.js"), filepath.Join(f.CodeDir, "lib.js"))
	os.WriteFile(filepath.Join(f.CodeDir, "index.mjs"), []byte("import lib from './lib.js'; await lib.ready; export const handler = lib.handler;"), 0o644)
	f.Layers = []string{t.TempDir()}
	os.Chmod(f.Layers[0], 0o755)
	invoke(t, m, f, `{}`)
	o := invoke(t, m, f, `{}`)
	if string(o.Payload) == "0" || o.FunctionError != "" || !strings.Contains(l.String(), "EXTENSION\tName: inside\tState: Ready\tEvents: [INVOKE]\n") {
		t.Errorf("got %s\n%s", o.Payload, l)
	}
}

// goExtension is testdata/goextension, built once.
var goExtension = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "goextension-")
	if err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "extension"), "./testdata/goextension")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	builtExtension = dir
	return dir, nil
})

// builtExtension is the folder to remove at the end.
var builtExtension string
