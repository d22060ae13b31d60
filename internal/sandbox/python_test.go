package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// foundPythons are the interpreters to test with: one on PATH, and those that
// pyenv has, where it is used.
var foundPythons = sync.OnceValue(func() map[string]string {
	found := map[string]string{}
	home, _ := os.UserHomeDir()
	paths, _ := filepath.Glob(filepath.Join(home, ".pyenv/versions/3.*/bin/python3.*"))
	exact := regexp.MustCompile(`/python(3\.\d+)$`)
	for _, path := range paths {
		if m := exact.FindStringSubmatch(path); m != nil {
			found[m[1]] = path
		}
	}
	if python, err := describePython(context.Background(), "python3"); err == nil {
		found[python.Version] = python.Executable
	}
	return found
})

func pythons(t testing.TB) map[string]string {
	t.Helper()
	if len(foundPythons()) == 0 {
		t.Skip("needs python3")
	}
	return foundPythons()
}

// pythonRuntimes are the runtimes of all of them, the oldest first; without any,
// none.
func pythonRuntimes() (ids []string) {
	for _, version := range slices.SortedFunc(maps.Keys(foundPythons()), byVersion) {
		ids = append(ids, "python"+version)
	}
	return ids
}

// someRuntimes are one of Node.js and the oldest and the newest of Python.
func someRuntimes() []string {
	ids := []string{"nodejs22.x"}
	if all := pythonRuntimes(); len(all) > 0 {
		ids = append(ids, slices.Compact([]string{all[0], all[len(all)-1]})...)
	}
	return ids
}

// byVersion is the order of "3.9" and "3.10".
func byVersion(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

const pythonCode = `
import decimal, logging, os, sys, time
logging.getLogger().setLevel(logging.INFO)

class Odd: pass

def handler(event, context):
    case = event["case"]
    if case == "ok": return {"event": event, "text": "h\u00e9"}
    if case == "none": return None
    if case == "bytes": return b"\x00raw"
    if case == "decimal": return [decimal.Decimal("1.10"), decimal.Decimal("1E+2"), 2.5, float("nan")]
    if case == "odd": return Odd()
    if case == "raise": raise ValueError("msg")
    if case == "exit": sys.exit(3)
    if case == "exit0": sys.exit()
    if case == "log":
        print("printed", end=""); print(" on"); sys.stderr.write("err\n"); logging.info("info %s", 1); logging.debug("no"); print("end", end="")
        return 1
    if case == "context":
        left = context.get_remaining_time_in_millis()
        return [context.function_name, context.function_version, context.invoked_function_arn, context.memory_limit_in_mb,
            context.aws_request_id, context.log_group_name, 20000 < left <= 60000, context.client_context, context.identity.cognito_identity_id,
            os.getcwd(), os.environ["AWS_EXECUTION_ENV"][:17]]
    if case == "large": return "x" * 6291556
    if case == "sleep": time.sleep(100)
    if case == "loaded": return "importlib.metadata" in sys.modules
`

func TestPython(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, func(c *Config) { c.Python = pythons(t); c.PreStarted = 2 })
	for version := range m.config.Python {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			f := newFunction(t, "python"+version, map[string]string{"index.py": pythonCode})
			text, request := `h\u00e9`, `"requestId":"`+id+`",`
			var major, minor int
			fmt.Sscanf(version, "%d.%d", &major, &minor)
			if minor >= 12 {
				text = "hé"
			}
			if minor <= 8 {
				request = ""
			}
			for _, test := range []struct{ name, want string }{
				{"ok", `{"event": {"case": "ok"}, "text": "` + text + `"}`},
				{"none", "null"},
				{"bytes", "\x00raw"},
				{"decimal", "[1.10, 1E+2, 2.5, NaN]"},
				{"odd", `Unhandled {"errorMessage": "Unable to marshal response: Object of type Odd is not JSON serializable", "errorType": "Runtime.MarshalError", ` +
					strings.ReplaceAll(strings.ReplaceAll(request, ":", ": "), ",", ", ") + `"stackTrace": []}`},
				{"raise", `Unhandled {"errorMessage": "msg", "errorType": "ValueError", ` + strings.ReplaceAll(strings.ReplaceAll(request, ":", ": "), ",", ", ") +
					`"stackTrace": ["  File \"/var/task/index.py\", line 14, in handler\n    if case == \"raise\": raise ValueError(\"msg\")\n"]}`},
				{"exit", `Unhandled {"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 3"}`},
				{"exit0", `Unhandled {"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited without providing a reason"}`},
				{"log", "1"},
				{"loaded", "false"},
				{"context", `["fn", "$LATEST", "arn:aws:lambda:us-east-1:123456789012:function:fn", "128", "` + id + `", "/aws/lambda/fn", true, null, null, "/var/task", "AWS_Lambda_python"]`},
				{"large", `Unhandled {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes)."}`},
			} {
				o := invoke(t, m, f, fmt.Sprintf(`{"case":%q}`, test.name))
				got := strings.TrimPrefix(o.FunctionError+" "+string(o.Payload), " ")
				got = regexp.MustCompile(`\\n    [ ~^]+\\n"`).ReplaceAllString(got, `\n"`) // marks of 3.11 and later
				if got != test.want {
					t.Errorf("%s:\n got %.600s\nwant %s\n%.2000s", test.name, got, test.want, o.LogTail)
				}
				log := strings.ReplaceAll(normal(string(o.LogTail)), id, "ID")
				if test.name == "raise" && !strings.Contains(log, "[ERROR] ValueError: msg\nTraceback (most recent call last):\n\u00a0\u00a0File \"/var/task/index.py\", line 14, in handler\n\u00a0\u00a0\u00a0\u00a0if case") {
					t.Errorf("log of raise:\n%s", log)
				}
				if test.name == "log" && !strings.Contains(log, "printed on\nerr\n[INFO]\tT\tID\tinfo 1\nend\nEND") {
					t.Errorf("log of log:\n%s", log)
				}
			}
		})
	}
}

func TestPythonLoading(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, func(c *Config) { c.Python = pythons(t) })
	version := ""
	for v := range m.config.Python {
		version = max(version, v)
	}
	for _, test := range []struct {
		name, handler string
		files         map[string]string
		want          string
	}{
		{"in a folder", "a/b.fn", map[string]string{"a/b.py": "def fn(e, c): return 1"}, `1`},
		{"named like ours", "log.fn", map[string]string{"log.py": "def fn(e, c): return 1"}, `1`},
		{"no module", "nope.fn", nil, `{"errorMessage": "Unable to import module 'nope': No module named 'nope'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}`},
		{"no dependency", "a.fn", map[string]string{"a.py": "import nope"}, `{"errorMessage": "Unable to import module 'a': No module named 'nope'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}`},
		{"no function", "a.fn", map[string]string{"a.py": ""}, `{"errorMessage": "Handler 'fn' missing on module 'a'", "errorType": "Runtime.HandlerNotFound", "requestId": "", "stackTrace": []}`},
		{"no dot", "a", nil, `{"errorMessage": "Bad handler 'a': not enough values to unpack (expected 2, got 1)", "errorType": "Runtime.MalformedHandlerName", "requestId": "", "stackTrace": []}`},
		{"built in", "sys.exit", nil, `{"errorMessage": "Cannot use built-in module sys as a handler module", "errorType": "Runtime.BuiltInModuleConflict", "requestId": "", "stackTrace": []}`},
		{"syntax", "a.fn", map[string]string{"a.py": "x = 1\ndef (:\n"}, `{"errorMessage": "Syntax error in module 'a': invalid syntax (a.py, line 2)", "errorType": "Runtime.UserCodeSyntaxError", "requestId": "", "stackTrace": ["  File \"/var/task/a.py\" Line 2\n    def (:\n"]}`},
		{"raises", "a.fn", map[string]string{"a.py": "raise KeyError('k')"}, `{"errorMessage": "'k'", "errorType": "KeyError", "requestId": "", "stackTrace": ["  File \"/var/task/a.py\", line 1, in <module>\n    raise KeyError('k')\n"]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFunction(t, "python"+version, test.files)
			f.Handler = test.handler
			if o := invoke(t, m, f, `{}`); string(o.Payload) != test.want {
				t.Errorf("\n got %s\nwant %s\n%s", o.Payload, test.want, o.LogTail)
			}
		})
	}
	f := newFunction(t, "python9.9", nil)
	_, err := m.Invoke(context.Background(), f, newEvent(`{}`))
	if !errors.Is(err, ErrRuntime) || !strings.Contains(err.Error(), "no Python 9.9 on this machine; looked for python9.9 (not on PATH), ") {
		t.Errorf("no interpreter: %v", err)
	}
}
