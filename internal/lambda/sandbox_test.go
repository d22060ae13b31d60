package lambda

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Init() // environments start by running the test again
	os.Exit(m.Run())
}

// realEnvironments runs functions for real, as the server does.
type realEnvironments struct{ manager *sandbox.Manager }

func (e realEnvironments) Prepare(runtime string, memoryMB int) { e.manager.Prepare(runtime, memoryMB) }

func (e realEnvironments) Retire(id string) { e.manager.Retire(id) }

func (e realEnvironments) Invoke(ctx context.Context, r *Runnable, t *Task) (*Outcome, error) {
	f := &sandbox.Function{
		ID: r.ID, Runtime: r.Runtime, Handler: r.Handler, CodeDir: r.CodeDir, Env: r.Env, MemoryMB: r.MemoryMB, Timeout: r.Timeout,
		EphemeralMB: r.EphemeralMB, Name: r.Name, Version: r.Version, ARN: r.ARN, Region: r.Region, LogGroup: r.LogGroup,
	}
	if r.LayerDir != "" {
		f.Layers = []string{r.LayerDir}
	}
	out, err := e.manager.Invoke(ctx, f, &sandbox.Event{RequestID: t.RequestID, Payload: t.Payload, InvokedARN: t.InvokedARN, Tail: t.LogTail, Stream: t.Stream, ClientContext: t.ClientContext})
	if err != nil {
		t.Ended(nil, err)
		return nil, err
	}
	o := &Outcome{Payload: out.Payload, FunctionError: out.FunctionError, Streamed: out.Streamed, LogTail: out.LogTail, Duration: out.Duration, InitDuration: out.InitDuration}
	t.Ended(o, nil)
	return o, nil
}

type logLines struct {
	mu    sync.Mutex
	lines []string
}

func (l *logLines) Stream(f *sandbox.Function, name string) sandbox.LogStream {
	return namedLines{l, f.LogGroup + " " + name[:strings.IndexByte(name, ']')+1] + " "}
}

type namedLines struct {
	*logLines
	prefix string
}

func (l namedLines) Log(_ time.Time, messages [][]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range messages {
		l.lines = append(l.lines, l.prefix+string(m))
	}
}

func (l *logLines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

// TestRealFunctions runs Node.js behind the service.
func TestRealFunctions(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("needs node")
	}
	logs := &logLines{}
	m, err := sandbox.Open(t.Context(), sandbox.Config{Dir: t.TempDir(), Node: map[string]string{"nodejs20.x": node}, Logs: logs, PreStarted: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := m.Close(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	s := newServer(t, func(c *Config) { c.Environments = realEnvironments{m} })
	s.layer("greet", "nodejs/node_modules/greet/index.js", "module.exports = n => `hello ${n}`")
	in := createRequest("f")
	in.Timeout = new(int64(60)) // of a busy machine
	in.Runtime, in.Layers, in.Environment = new("nodejs20.x"), []string{layerARN + "greet:1"}, &Environment{Variables: map[string]string{"WHO": "world"}}
	in.Code.ZipFile = zipOf("index.js", `
		const greet = require('greet')
		exports.handler = async (e, c) => {
			console.log('in the function')
			if (e.fail) throw new Error(e.fail)
			return { text: greet(process.env.WHO), e, version: c.functionVersion, arn: c.invokedFunctionArn }
		}`)
	must[FunctionConfiguration](s, "CreateFunction", in)
	run := func(q, payload string) *Result {
		t.Helper()
		res, err := s.InvokeFunction(t.Context(), &Invocation{Function: "f", Qualifier: q, Account: testAccount, Region: testRegion, Payload: []byte(payload), LogTail: true, RequestID: "rid"})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	want := func(res *Result, text string) {
		t.Helper()
		if string(res.Payload) != text {
			t.Errorf("returned %s %s, want %s", res.FunctionError, res.Payload, text)
		}
	}
	res := run("", `{"a":1}`)
	want(res, `{"text":"hello world","e":{"a":1},"version":"$LATEST","arn":"`+testARN+`f"}`)
	if tail := string(res.LogTail); !strings.Contains(tail, "START RequestId: rid Version: $LATEST") || !strings.Contains(tail, "in the function") || !strings.Contains(tail, "REPORT RequestId: rid") {
		t.Errorf("log tail is %q", tail)
	}
	if res := run("", `{"fail":"no"}`); res.FunctionError != "Unhandled" || !strings.HasPrefix(string(res.Payload), `{"errorType":"Error","errorMessage":"no","trace":[`) {
		t.Errorf("failing returned %s %s", res.FunctionError, res.Payload)
	}
	must[FunctionConfiguration](s, "PublishVersion", &PublishVersionRequest{FunctionName: "f"})
	must[FunctionConfiguration](s, "UpdateFunctionConfiguration", &UpdateFunctionConfigurationRequest{FunctionName: "f", Environment: &Environment{Variables: map[string]string{"WHO": "again"}}})
	want(run("", `2`), `{"text":"hello again","e":2,"version":"$LATEST","arn":"`+testARN+`f"}`)
	want(run("1", `2`), `{"text":"hello world","e":2,"version":"1","arn":"`+testARN+`f:1"}`)
	must[FunctionConfiguration](s, "UpdateFunctionCode", &UpdateFunctionCodeRequest{FunctionName: "f", ZipFile: zipOf("index.js", `exports.handler = async () => 'new code'`)})
	want(run("", `2`), `"new code"`)
	want(run("1", `2`), `{"text":"hello world","e":2,"version":"1","arn":"`+testARN+`f:1"}`)
	if lines := logs.all(); !slices.ContainsFunc(lines, func(l string) bool {
		return strings.HasPrefix(l, "/aws/lambda/f ") && strings.Contains(l, "[$LATEST] ") && strings.HasSuffix(l, "INFO\tin the function\n")
	}) {
		t.Errorf("logs are %q", lines)
	}
}
