package sandbox

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == callName {
		call()
		return
	}
	Init()
	os.Setenv("MARKED_SECRET", "must not be seen")
	code := m.Run()
	if dir, err := builtProgram(); err == nil {
		os.RemoveAll(dir)
	}
	if builtExtension != "" {
		os.RemoveAll(builtExtension)
	}
	os.Exit(code)
}

// logs collects log events of all streams, in order.
type logs struct {
	mu   sync.Mutex
	text []string
}

func (l *logs) Stream(*Function, string) LogStream { return l }

func (l *logs) Log(_ time.Time, messages [][]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range messages {
		l.text = append(l.text, string(m))
	}
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.text, "")
}

// newManager is a manager with its own folder and the user's runtime cache,
// which gives functions time to load on a busy machine.
func newManager(t testing.TB, change func(*Config)) (*Manager, *logs) {
	t.Helper()
	l := &logs{}
	config := Config{Dir: filepath.Join(t.TempDir(), "sandbox"), Logs: l, PreStarted: -1, InitTimeout: time.Minute, Progress: func(s string) { t.Log(s) }}
	if path := os.Getenv("SANDBOX_TEST_NODE"); path != "" {
		config.Node = map[string]string{"20": path} // as a user who has no cache
	}
	if change != nil {
		change(&config)
	}
	m, err := Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := m.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return m, l
}

// newFunction is a function with the given files; its time limit is longer than
// any machine is busy.
func newFunction(t testing.TB, runtime string, files map[string]string) *Function {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return &Function{
		ID: dir, Runtime: runtime, Handler: "index.handler", CodeDir: dir, MemoryMB: 128, Timeout: time.Minute,
		Name: "fn", Version: "$LATEST", ARN: "arn:aws:lambda:us-east-1:123456789012:function:fn", Region: "us-east-1",
		LogGroup: "/aws/lambda/fn",
	}
}

func newEvent(payload string) *Event {
	return &Event{RequestID: "8f5e1d2c-0000-4000-8000-000000000001", Payload: []byte(payload), Tail: true}
}

func invoke(t testing.TB, m *Manager, f *Function, payload string) *Outcome {
	t.Helper()
	o, err := m.Invoke(context.Background(), f, newEvent(payload))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestInvokeAgain(t *testing.T) {
	t.Parallel()
	m, l := newManager(t, nil)
	f := newFunction(t, "nodejs20.x", map[string]string{"index.js": `
let count = 0;
exports.handler = async (event, context) => {
	console.log("event", event);
	process.stdout.write("raw\n");
	console.log("second");
	return {event, count: ++count, cwd: process.cwd(), id: context.awsRequestId};
};`})
	for i := range 2 {
		o := invoke(t, m, f, `{"a":1}`)
		want := fmt.Sprintf(`{"event":{"a":1},"count":%d,"cwd":"/var/task","id":"8f5e1d2c-0000-4000-8000-000000000001"}`, i+1)
		if string(o.Payload) != want || o.FunctionError != "" || o.ColdStart != (i == 0) {
			t.Errorf("outcome = %+v, payload %s", o, o.Payload)
		}
	}
	const id = "8f5e1d2c-0000-4000-8000-000000000001"
	want := []string{"INIT_START Runtime Version: nodejs:20.v1\tRuntime Version ARN: "}
	for i := range 2 {
		cold := ""
		if i == 0 {
			cold = "\tInit Duration: N ms"
		}
		want = append(want,
			"START RequestId: "+id+" Version: $LATEST",
			"T\t"+id+"\tINFO\tevent { a: 1 }",
			"raw",
			"T\t"+id+"\tINFO\tsecond",
			"END RequestId: "+id,
			"REPORT RequestId: "+id+"\tDuration: N ms\tBilled Duration: N ms\tMemory Size: 128 MB\tMax Memory Used: N MB"+cold+"\t")
	}
	if diff := lines(normal(l.String()), want); diff != "" {
		t.Error(diff)
	}
}

var (
	timestamps = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)
	figures    = regexp.MustCompile(`(Duration|Used): [0-9.]+ `)
)

// normal replaces what differs between runs: times by T, figures by N.
func normal(log string) string {
	return figures.ReplaceAllString(timestamps.ReplaceAllString(log, "T"), "$1: N ")
}

// lines compares a text with lines and describes the difference.
func lines(got string, want []string) string {
	if text := strings.Join(want, "\n") + "\n"; got != text {
		return "got:\n" + got + "want:\n" + text
	}
	return ""
}
