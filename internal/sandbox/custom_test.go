package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/runtimeapi"
	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
)

// callName is the name under which the test program is an HTTP client for
// shell scripts: call METHOD path [body] prints the answer's body and leaves
// the request id in /tmp/id.
const callName = "call"

func call() {
	body := ""
	if len(os.Args) > 3 {
		body = os.Args[3]
	}
	r, err := http.NewRequest(os.Args[1], "http://"+os.Getenv("AWS_LAMBDA_RUNTIME_API")+"/2018-06-01/runtime"+os.Args[2], strings.NewReader(body))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if id := res.Header.Get("Lambda-Runtime-Aws-Request-Id"); id != "" {
		os.WriteFile("/tmp/id", []byte(id), 0o644)
	}
	io.Copy(os.Stdout, res.Body)
}

// withCall adds the test program to a function's folder.
func withCall(t testing.TB, f *Function) *Function {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(f.CodeDir, callName)
	if os.Link(self, to) != nil {
		if out, err := exec.Command("cp", self, to).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return f
}

// goProgram is the function with AWS's Go library, built once.
var goProgram = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "golambda-")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", filepath.Join(dir, "bootstrap"), ".")
	cmd.Dir = "testdata/golambda"
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	builtProgram = func() (string, error) { return dir, nil }
	return dir, os.Chmod(dir, 0o755)
})

// builtProgram is goProgram, if a test asked for it.
var builtProgram = func() (string, error) { return "", os.ErrNotExist }

func newGoFunction(t testing.TB) *Function {
	t.Helper()
	dir, err := goProgram()
	if err != nil {
		t.Fatal(err)
	}
	f := newFunction(t, "provided.al2023", nil)
	f.CodeDir = dir
	f.Env = map[string]string{"MINE": "mine"}
	return f
}

func TestGoLibrary(t *testing.T) {
	t.Parallel()
	for _, network := range []jail.Network{jail.HostNetwork, jail.NoNetwork} {
		for _, isolation := range []Isolation{IsolationAuto, IsolationOff} {
			t.Run(fmt.Sprint(network, isolation), func(t *testing.T) {
				t.Parallel()
				m, _ := newManager(t, func(c *Config) { c.Network, c.Isolation = network, isolation })
				f := newGoFunction(t)
				slow := *f
				slow.ID, slow.Timeout = f.ID+"slow", 3*time.Second
				for _, test := range []struct{ name, want string }{
					{"ok", `{"arn":"arn:aws:lambda:us-east-1:123456789012:function:fn","case":"ok","deadline":true,"env":"mine","id":"` + id + `","key":"","memory":128,"name":"fn"}`},
					{"log", `{"arn":"arn:aws:lambda:us-east-1:123456789012:function:fn","case":"log",`},
					{"error", `Unhandled {"errorMessage":"it failed","errorType":"errorString"}`},
					{"panic", `Unhandled {"errorMessage":"it panicked","errorType":"string","stackTrace":[`},
					{"ok", `{"arn":`},
					{"exit", `Unhandled {"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 9"}`},
					{"large", `Unhandled {"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}`},
					{"sleep", `Unhandled {"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 3.00 seconds"}`},
					{"ok", `{"arn":`},
				} {
					f := f
					if test.name == "sleep" {
						f = &slow
					}
					o := invoke(t, m, f, fmt.Sprintf(`{"case":%q}`, test.name))
					if got := strings.TrimSpace(o.FunctionError + " " + string(o.Payload)); !strings.HasPrefix(got, test.want) {
						t.Errorf("%s:\n got %s\nwant %s\n%s", test.name, got, test.want, o.LogTail)
					}
					if test.name == "log" && !strings.Contains(string(o.LogTail), "to standard output\nto standard error\nEND") {
						t.Errorf("log: %s", o.LogTail)
					}
				}
				var c collector
				ev := newEvent(`{"case":"stream"}`)
				ev.Stream = &c
				o, err := m.Invoke(t.Context(), f, ev)
				want := `{"statusCode":201}` + strings.Repeat("\x00", 8) + "streamed"
				if err != nil || c.kind != "application/vnd.awslambda.http-integration-response" || strings.Join(c.chunks, "") != want {
					t.Errorf("streamed: %v %q %q %+v", err, c.kind, c.chunks, o)
				}
			})
		}
	}
}

// TestScript is a bootstrap in shell, as in AWS's own first example.
func TestScript(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	f := withCall(t, newFunction(t, "provided.al2", map[string]string{"bootstrap": `#!/bin/sh
set -eu
echo starting $_HANDLER
while :; do
	EVENT=$($LAMBDA_TASK_ROOT/call GET /invocation/next)
	ID=$(cat /tmp/id)
	echo "event $EVENT" >&2
	case $EVENT in
	*exit*) exit 127;;
	*error*) $LAMBDA_TASK_ROOT/call POST /invocation/$ID/error '{"errorMessage":"m","errorType":"t","stackTrace":[]}';;
	*) $LAMBDA_TASK_ROOT/call POST /invocation/$ID/response "{\"echo\":$EVENT,\"env\":\"${AWS_EXECUTION_ENV:-none}\"}";;
	esac
done
`}))
	for _, test := range []struct{ event, want string }{
		{`{"a":1}`, `{"echo":{"a":1},"env":"none"}`},
		{`"error"`, `Unhandled {"errorMessage":"m","errorType":"t","stackTrace":[]}`},
		{`"exit"`, `Unhandled {"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 127"}`},
		{`{"a":2}`, `{"echo":{"a":2},"env":"none"}`},
	} {
		o := invoke(t, m, f, test.event)
		if got := strings.TrimSpace(o.FunctionError + " " + string(o.Payload)); got != test.want {
			t.Errorf("%s: got %s, want %s\n%s", test.event, got, test.want, o.LogTail)
		}
		if !strings.Contains(string(o.LogTail), "event "+test.event+"\n") {
			t.Errorf("%s: log %s", test.event, o.LogTail)
		}
	}
}

func TestEntrypoint(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, func(c *Config) { c.RuntimeDirs = map[string]string{"java21": "/no/such/folder"} })
	const init = `Unhandled {"errorType":"%s","errorMessage":"RequestId: ` + id + ` Error: %s"}`
	for _, test := range []struct {
		name, runtime string
		files         map[string]string
		want          string
	}{
		{"missing", "provided.al2023", nil, fmt.Sprintf(init, "Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")},
		{"not a program", "provided.al2023", map[string]string{"bootstrap": "\x00\x01"}, fmt.Sprintf(init, "Runtime.InvalidEntrypoint", "fork/exec /var/task/bootstrap: exec format error")},
		{"no interpreter", "provided.al2023", map[string]string{"bootstrap": "#!/no/such/shell\n"}, fmt.Sprintf(init, "Runtime.InvalidEntrypoint", "fork/exec /var/task/bootstrap: no such file or directory")},
		{"exits", "provided.al2023", map[string]string{"bootstrap": "#!/bin/sh\nexit 127"}, fmt.Sprintf(init, "Runtime.ExitError", "Runtime exited with error: exit status 127")},
		{"exits well", "provided.al2023", map[string]string{"bootstrap": "#!/bin/sh\n"}, fmt.Sprintf(init, "Runtime.ExitError", "Runtime exited without providing a reason")},
		{"reports", "provided.al2023", map[string]string{"bootstrap": "#!/bin/sh\n./call POST /init/error '{\"errorType\":\"Mine\"}'\nexit 1"}, `Unhandled {"errorType":"Mine"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFunction(t, test.runtime, test.files)
			if test.name == "reports" {
				withCall(t, f)
			}
			o := invoke(t, m, f, `{}`)
			if got := strings.TrimSpace(o.FunctionError + " " + string(o.Payload)); got != test.want {
				t.Errorf("got %s, want %s\n%s", got, test.want, o.LogTail)
			}
		})
	}
	t.Run("in a layer", func(t *testing.T) {
		t.Parallel()
		dir, err := goProgram()
		if err != nil {
			t.Fatal(err)
		}
		over := newFunction(t, "provided.al2023", map[string]string{"lib/over": "over", "lib/both": "upper"})
		under := newFunction(t, "provided.al2023", map[string]string{"lib/under": "under", "lib/both": "lower"})
		f := newFunction(t, "provided.al2023", nil)
		f.Layers = []string{under.CodeDir, over.CodeDir, dir}
		if o := invoke(t, m, f, `{"case":"ok"}`); o.FunctionError != "" {
			t.Errorf("got %s", o.Payload)
		}
		f = newFunction(t, "nodejs20.x", map[string]string{"index.js": `const fs = require("fs"); exports.handler = async () => fs.readdirSync("/opt/lib").map(n => fs.readFileSync("/opt/lib/" + n, "utf8"))`})
		f.Layers = []string{under.CodeDir, over.CodeDir}
		if o := invoke(t, m, f, `{}`); string(o.Payload) != `["upper","over","under"]` {
			t.Errorf("layers: %s", o.Payload)
		}
	})
	for runtime, want := range map[string]string{
		"ruby3.3": "ruby3.3 needs a runtime client",
		"java21":  "the configured folder has no program",
	} {
		if _, err := m.Invoke(t.Context(), newFunction(t, runtime, nil), newEvent(`{}`)); !errors.Is(err, ErrRuntime) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", runtime, err)
		}
	}
}

// TestRuntimeAPIIsPrivate: nobody else on the machine can take a function's
// events; its own processes can.
func TestRuntimeAPIIsPrivate(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	f := withCall(t, newFunction(t, "provided.al2", map[string]string{"bootstrap": `#!/bin/sh
$LAMBDA_TASK_ROOT/call GET /invocation/next > /dev/null
$LAMBDA_TASK_ROOT/call POST /invocation/$(cat /tmp/id)/response "\"$AWS_LAMBDA_RUNTIME_API\""
sleep 1000
`}))
	o := invoke(t, m, f, `{}`)
	address := strings.Trim(string(o.Payload), `"`)
	if _, _, err := net.SplitHostPort(address); err != nil {
		t.Fatalf("payload %s", o.Payload)
	}
	if res, err := http.Get("http://" + address + "/2018-06-01/runtime/invocation/next"); err == nil {
		t.Errorf("a stranger got %s", res.Status)
	}
}

var _ runtimeapi.Stream = (*httpStream)(nil)

// TestRuntimeClient: a runtime that we do not bring starts by a configured
// command, with the client's folder at /var/runtime, or by a layer's bootstrap.
func TestRuntimeClient(t *testing.T) {
	t.Parallel()
	client := newFunction(t, "", map[string]string{"client.sh": `
while :; do
	EVENT=$($LAMBDA_TASK_ROOT/call GET /invocation/next)
	$LAMBDA_TASK_ROOT/call POST /invocation/$(cat /tmp/id)/response "[\"$1\",\"$AWS_EXECUTION_ENV\",$EVENT]"
done
`, "bootstrap": "#!/bin/sh\nexec sh /opt/client.sh by-layer\n"})
	m, _ := newManager(t, func(c *Config) {
		c.RuntimeDirs = map[string]string{"ruby3.3": client.CodeDir}
		c.Commands = map[string][]string{"ruby3.3": {"sh", "/var/runtime/client.sh", "$_HANDLER"}, "java21": {"no-such-program"}}
	})
	f := withCall(t, newFunction(t, "ruby3.3", nil))
	f.Handler = "app.handler"
	if o := invoke(t, m, f, `{"a":1}`); string(o.Payload) != `["app.handler","AWS_Lambda_ruby3.3",{"a":1}]` {
		t.Errorf("by command: %s\n%s", o.Payload, o.LogTail)
	}
	f = withCall(t, newFunction(t, "dotnet8", nil))
	f.Layers = []string{client.CodeDir}
	if o := invoke(t, m, f, `{"a":1}`); string(o.Payload) != `["by-layer","AWS_Lambda_dotnet8",{"a":1}]` {
		t.Errorf("by layer: %s\n%s", o.Payload, o.LogTail)
	}
	for runtime, want := range map[string]string{
		"java21": "java21: the configured command cannot be run: exec: \"no-such-program\"",
		"java17": "looked for /var/task/bootstrap, /opt/bootstrap; add a layer or a file of the function with that name, or configure one: [runtimes] paths.\"java17\"",
	} {
		f := newFunction(t, runtime, nil)
		f.Layers = []string{t.TempDir()}
		if _, err := m.Invoke(t.Context(), f, newEvent(`{}`)); !errors.Is(err, ErrRuntime) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", runtime, err)
		}
	}
}
