package sandbox

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func TestConsole(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/contract/cases.js")
	if err != nil {
		t.Fatal(err)
	}
	m, l := newManager(t, nil)
	_ = l
	for _, test := range []struct {
		runtime, format string
		want            []string
	}{
		{"nodejs4.3", "", []string{"T\tID\ta b", "T\tID\t{ x: 1 }", "T\tID\tw\nx", "T\tID\te", "raw one", "raw two", "unfinished"}},
		{"nodejs6.10", "", []string{"T\tID\ta b", "T\tID\t{ x: 1 }", "T\tID\tw\nx", "T\tID\te", "raw one", "raw two", "unfinished"}},
		{"nodejs10.x", "", []string{"T\tID\tINFO\ta b", "T\tID\tINFO\t{ x: 1 }", "T\tID\tWARN\tw\nx", "T\tID\tERROR\te", "raw one", "raw two", "unfinished"}},
		{"nodejs20.x", "Text", []string{"T\tID\tINFO\ta b", "T\tID\tINFO\t{ x: 1 }", "T\tID\tWARN\tw\nx", "T\tID\tERROR\te", "raw one", "raw two", "unfinished"}},
		{"nodejs20.x", "JSON", []string{
			`{"timestamp":"T","level":"INFO","requestId":"ID","message":"a b"}`,
			`{"timestamp":"T","level":"INFO","requestId":"ID","message":{"x":1}}`,
			`{"timestamp":"T","level":"WARN","requestId":"ID","message":"w\nx"}`,
			`{"timestamp":"T","level":"ERROR","requestId":"ID","message":"e"}`, "raw one", "raw two", "unfinished"}},
	} {
		t.Run(test.runtime+test.format, func(t *testing.T) {
			t.Parallel()
			f := newFunction(t, test.runtime, map[string]string{"index.js": string(source)})
			f.LogFormat = test.format
			f.Env = map[string]string{"AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING": "1"}
			o := invoke(t, m, f, `{"case":"logs"}`)
			got := strings.ReplaceAll(normal(string(o.LogTail)), id, "ID")
			want := strings.Join(test.want, "\n")
			if !strings.Contains(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestErrorLog looks at what a failed invocation leaves in the log.
func TestErrorLog(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/contract/cases.js")
	if err != nil {
		t.Fatal(err)
	}
	m, _ := newManager(t, nil)
	for _, test := range []struct{ runtime, name, want string }{
		{"nodejs6.10", "errorThenResult", "T\tID\t{\"errorMessage\":\"400 Invalid Input\"}\nEND"},
		{"nodejs6.10", "throws", "REPORT RequestId: ID\tDuration: N ms\tBilled Duration: N ms\tMemory Size: 128 MB\tMax Memory Used: N MB\tInit Duration: N ms\t\n" +
			"RequestId: ID Process exited before completing request\n\n"},
		{"nodejs20.x", "errorThenResult", "T\tID\tERROR\tInvoke Error \t{\"errorType\":\"Error\",\"errorMessage\":\"400 Invalid Input\",\"stack\":[\"Error: 400 Invalid Input\","},
		{"nodejs20.x", "error", "T\tID\tERROR\tInvoke Error \t{\"errorType\":\"TypeError\",\"errorMessage\":\"msg\",\"stack\":[\"TypeError: msg\",\"    at "},
		{"nodejs20.x", "throwsLater", "T\tID\tERROR\tUncaught Exception \t{\"errorType\":\"Error\",\"errorMessage\":\"later\","},
		{"nodejs20.x", "throwsLater", "RequestId: ID Error: Runtime exited with error: exit status 129\nRuntime.ExitError\nEND"},
		{"nodejs20.x", "rejectionUnhandled", "T\tID\tERROR\tUnhandled Promise Rejection \t{\"errorType\":\"Runtime.UnhandledPromiseRejection\",\"errorMessage\":\"Error: nobody\","},
		{"nodejs20.x", "exit3", "RequestId: ID Error: Runtime exited with error: exit status 3\nRuntime.ExitError\nEND"},
	} {
		t.Run(test.runtime+"/"+test.name, func(t *testing.T) {
			t.Parallel()
			f := newFunction(t, test.runtime, map[string]string{"index.js": string(source)})
			o := invoke(t, m, f, fmt.Sprintf(`{"case":%q}`, test.name))
			if got := strings.ReplaceAll(normal(string(o.LogTail)), id, "ID"); !strings.Contains(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			if o := invoke(t, m, f, `{"case":"callback"}`); string(o.Payload) != `{"ok":true}` {
				t.Errorf("the next event: %s", o.Payload)
			}
		})
	}
}

// TestLoading is about finding the handler, and about not finding it.
func TestLoading(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	const ok, okModule = `exports.handler = async () => "ok"`, `export const handler = async () => "ok"`
	for _, test := range []struct {
		name, runtime, handler string
		files                  map[string]string
		want                   string // payload, or the start of it
	}{
		{"nested folder", "nodejs20.x", "a/b.handler", map[string]string{"a/b.js": ok}, `"ok"`},
		{"nested export", "nodejs20.x", "index.a.b", map[string]string{"index.js": `exports.a = {b: async () => "ok"}`}, `"ok"`},
		{"extensionless", "nodejs20.x", "index.handler", map[string]string{"index": ok}, `"ok"`},
		{"mjs", "nodejs20.x", "index.handler", map[string]string{"index.mjs": okModule}, `"ok"`},
		{"mjs 14", "nodejs14.x", "index.handler", map[string]string{"index.mjs": okModule}, `"ok"`},
		{"top-level await", "nodejs22.x", "index.handler", map[string]string{"index.mjs": "await new Promise(r => setTimeout(r, 10));" + okModule}, `"ok"`},
		{"type module", "nodejs20.x", "index.handler", map[string]string{"index.js": okModule, "package.json": `{"type":"module"}`}, `"ok"`},
		{"cjs", "nodejs20.x", "index.handler", map[string]string{"index.cjs": ok, "package.json": `{"type":"module"}`}, `"ok"`},
		{"folder", "nodejs20.x", "index.handler", map[string]string{"index/index.js": ok}, `"ok"`},
		{"module of node_modules", "nodejs20.x", "pkg.handler", map[string]string{"node_modules/pkg/index.js": ok}, `"ok"`},
		{"no module", "nodejs20.x", "nope.handler", nil,
			`Unhandled {"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'nope'\nRequire stack:\n- /var/runtime/`},
		{"no dependency", "nodejs20.x", "index.handler", map[string]string{"index.js": `require("x")`},
			`Unhandled {"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'x'\nRequire stack:\n- /var/task/index.js`},
		{"no export", "nodejs20.x", "index.handler", map[string]string{"index.js": ""},
			`Unhandled {"errorType":"Runtime.HandlerNotFound","errorMessage":"index.handler is undefined or not exported","trace":["Runtime.HandlerNotFound: index.handler is undefined or not exported"`},
		{"not a function", "nodejs20.x", "index.handler", map[string]string{"index.js": "exports.handler = 1"},
			`Unhandled {"errorType":"Runtime.HandlerNotFound","errorMessage":"index.handler is not a function"`},
		{"syntax", "nodejs20.x", "index.handler", map[string]string{"index.js": "exports.handler = ("},
			`Unhandled {"errorType":"Runtime.UserCodeSyntaxError","errorMessage":"SyntaxError: Unexpected end of input"`},
		{"import without type", "nodejs22.x", "index.handler", map[string]string{"index.js": okModule},
			`Unhandled {"errorType":"Runtime.UserCodeSyntaxError","errorMessage":"SyntaxError: Unexpected token 'export'"`},
		{"no dot", "nodejs20.x", "index", nil, `Unhandled {"errorType":"Runtime.MalformedHandlerName","errorMessage":"Bad handler"`},
		{"two dots", "nodejs20.x", "../index.handler", nil,
			`Unhandled {"errorType":"Runtime.MalformedHandlerName","errorMessage":"'../index.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names."`},
		{"throws at load", "nodejs20.x", "index.handler", map[string]string{"index.js": `throw new RangeError("at load")`},
			`Unhandled {"errorType":"RangeError","errorMessage":"at load"`},
		{"exits at load", "nodejs20.x", "index.handler", map[string]string{"index.js": `process.exit(7)`},
			`Unhandled {"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 7"}`},
		{"callback in 24", "nodejs24.x", "index.handler", map[string]string{"index.js": `exports.handler = (e, c, cb) => cb(null, 1)`},
			`Unhandled {"errorType":"Runtime.CallbackHandlerDeprecated","errorMessage":"ERROR: AWS Lambda has removed support for callback-based`},
		{"old: missing export", "nodejs6.10", "index.handler", map[string]string{"index.js": ""},
			`Unhandled {"errorMessage":"Handler 'handler' missing on module 'index'"}`},
		{"old: two dots", "nodejs6.10", "a.b.c", nil, `Unhandled {"errorMessage":"Bad handler a.b.c"}`},
		{"old: no module", "nodejs6.10", "nope.handler", nil,
			`Unhandled {"errorMessage":"Cannot find module '/var/task/nope'","errorType":"Error","stackTrace":[`},
		{"old: throws at load", "nodejs8.10", "index.handler", map[string]string{"index.js": `throw new RangeError("at load")`},
			`Unhandled {"errorMessage":"at load","errorType":"RangeError","stackTrace":[`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFunction(t, test.runtime, test.files)
			f.Handler = test.handler
			for range 2 { // the next event loads again
				o := invoke(t, m, f, `{}`)
				if got := strings.TrimSpace(o.FunctionError + " " + string(o.Payload)); !strings.HasPrefix(got, test.want) {
					t.Errorf("got  %s\nwant %s\n%s", got, test.want, o.LogTail)
				}
			}
		})
	}
}

func TestPromiseNever(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	for _, runtime := range []string{"nodejs20.x", "nodejs24.x"} {
		f := newFunction(t, runtime, map[string]string{"index.js": `exports.handler = () => new Promise(() => {})`})
		o := invoke(t, m, f, `{}`)
		want := `{"errorType":"Runtime.NodeJsExit","errorMessage":"The Lambda runtime client detected an unexpected Node.js exit code. ` +
			`This is most commonly caused by a Promise that was never settled.`
		if !strings.HasPrefix(string(o.Payload), want) || o.FunctionError != Unhandled {
			t.Errorf("%s: %s %s", runtime, o.FunctionError, o.Payload)
		}
	}
}

// collector is a ResponseStream.
type collector struct {
	kind   string
	chunks []string
}

func (c *collector) Start(kind string) error { c.kind = kind; return nil }
func (c *collector) Write(b []byte) (int, error) {
	c.chunks = append(c.chunks, string(b))
	return len(b), nil
}

func TestStreaming(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	for _, test := range []struct{ name, code, kind, text, failure string }{
		{"chunks", `s.write("one"); await new Promise(r => setTimeout(r, 5)); s.write("two"); s.end("three");`,
			"application/octet-stream", "onetwothree", ""},
		{"type", `s.setContentType("text/plain"); s.end("x");`, "text/plain", "x", ""},
		{"metadata", `s = awslambda.HttpResponseStream.from(s, {statusCode: 201, headers: {a: "b"}}); s.write("body"); s.end();`,
			"application/vnd.awslambda.http-integration-response", `{"statusCode":201,"headers":{"a":"b"}}` + strings.Repeat("\x00", 8) + "body", ""},
		{"pipeline", `const p = require("stream/promises"); await p.pipeline(require("stream").Readable.from(["a", "b"]), s);`,
			"application/octet-stream", "ab", ""},
		{"one large chunk", `s.end("y".repeat(20000000));`, "application/octet-stream", strings.Repeat("y", 20000000), ""},
		{"empty", `s.end();`, "application/octet-stream", "", ""},
		{"error before", `throw new Error("before");`, "", "", `{"errorType":"Error","errorMessage":"before","trace":[`},
		{"error after", `s.write("x"); await 0; throw new TypeError("after");`, "application/octet-stream", "x", `{"errorType":"TypeError","errorMessage":"after","trace":[`},
		{"large", `for (let i = 0; i < 100; i++) if (!s.write("y".repeat(100000))) await new Promise(r => s.once("drain", r)); s.end();`,
			"application/octet-stream", strings.Repeat("y", 10000000), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFunction(t, "nodejs20.x", map[string]string{
				"index.js": `exports.handler = awslambda.streamifyResponse(async (event, s, context) => {` + test.code + `});`})
			for range 2 {
				var c collector
				ev := newEvent(`{}`)
				ev.Stream = &c
				o, err := m.Invoke(t.Context(), f, ev)
				if err != nil {
					t.Fatal(err)
				}
				got := strings.Join(c.chunks, "")
				if c.kind != test.kind || got != test.text || !strings.HasPrefix(string(o.Payload), test.failure) ||
					(o.FunctionError != "") != (test.failure != "") || o.Streamed != (test.kind != "") {
					t.Errorf("kind %q, %d bytes %.200q, outcome %q %s", c.kind, len(got), got, o.FunctionError, o.Payload)
				}
			}
		})
	}
	t.Run("collected", func(t *testing.T) {
		t.Parallel()
		f := newFunction(t, "nodejs20.x", map[string]string{
			"index.js": `exports.handler = awslambda.streamifyResponse(async (e, s) => { s.write("a"); s.end("b"); });`})
		if o := invoke(t, m, f, `{}`); string(o.Payload) != "ab" || o.Streamed {
			t.Errorf("outcome %+v %s", o, o.Payload)
		}
	})
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	for _, code := range []string{"for (;;) {}", "await new Promise(r => setTimeout(r, 1e6))", "require('fs').readSync(0, Buffer.alloc(1)); require('child_process').execSync('sleep 1000')"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			f := newFunction(t, "nodejs20.x", map[string]string{
				"index.js": `let n = 0; exports.handler = async (e) => { n++; if (e.hang) { ` + code + ` } return n; }`})
			f.Timeout = 4 * time.Second
			invoke(t, m, f, `{}`)
			start := time.Now()
			o := invoke(t, m, f, `{"hang":true}`)
			if took := time.Since(start); took < f.Timeout || took > time.Minute {
				t.Errorf("took %s", took)
			}
			want := `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 4.00 seconds"}`
			if string(o.Payload) != want || o.FunctionError != Unhandled || o.Duration != f.Timeout {
				t.Errorf("outcome %+v %s", o, o.Payload)
			}
			log := strings.ReplaceAll(normal(string(o.LogTail)), id, "ID")
			if !strings.Contains(log, "T ID Task timed out after 4.00 seconds\n\nEND RequestId: ID\nREPORT RequestId: ID\tDuration: N ms\tBilled Duration: N ms") {
				t.Errorf("log %s", log)
			}
			if o := invoke(t, m, f, `{}`); string(o.Payload) != "1" || !o.ColdStart {
				t.Errorf("afterwards: %s, cold %v", o.Payload, o.ColdStart)
			}
		})
	}
}

// TestSDK: a function finds what AWS ships, unless it brings its own.
func TestSDK(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("fetches 200 MB")
	}
	for _, isolation := range []Isolation{IsolationAuto, IsolationOff} {
		m, _ := newManager(t, func(c *Config) { c.Isolation = isolation; c.PreStarted = 1 })
		for _, test := range []struct{ name, runtime, code, want string }{
			{"v2", "nodejs6.10", `exports.handler = function (e, c) { c.succeed(typeof require("aws-sdk").S3 + typeof require("aws-sdk/clients/dynamodb")) }`, `"functionfunction"`},
			{"v2 not in 18", "nodejs18.x", `exports.handler = async () => require("aws-sdk")`, `{"errorType":"Error","errorMessage":"Cannot find module 'aws-sdk'`},
			{"v3 at load", "nodejs20.x", `const {S3Client} = require("@aws-sdk/client-s3"); exports.handler = async () => typeof S3Client`, `"function"`},
			{"v3 later", "nodejs22.x", `exports.handler = async () => typeof require("@aws-sdk/lib-dynamodb").DynamoDBDocumentClient + typeof require("@smithy/types")`, `"functionobject"`},
			{"v3 not in 16", "nodejs16.x", `exports.handler = async () => require("@aws-sdk/client-s3")`, `{"errorType":"Error","errorMessage":"Cannot find module '@aws-sdk/client-s3'`},
			{"no such client", "nodejs20.x", `exports.handler = async () => require("@aws-sdk/client-nope")`, `{"errorType":"Error","errorMessage":"Cannot find module '@aws-sdk/client-nope'`},
			{"imported in 18", "nodejs18.x", `import {S3Client} from "@aws-sdk/client-s3"; export const handler = async () => typeof S3Client`, `"function"`},
			{"imported in 20", "nodejs20.x", `import {S3Client} from "@aws-sdk/client-s3"; export const handler = async () => typeof S3Client + typeof (await import("@aws-sdk/client-sqs")).SQSClient`, `"functionfunction"`},
			{"imported in 22", "nodejs22.x", `import {S3Client} from "@aws-sdk/client-s3"; export const handler = async () => typeof S3Client`, `"function"`},
			{"not imported", "nodejs22.x", `import "@aws-sdk/client-nope"; export const handler = async () => 1`, `{"errorType":"Runtime.ImportModuleError","errorMessage":"Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@aws-sdk/client-nope' imported from`},
		} {
			t.Run(string(isolation)+" "+test.name, func(t *testing.T) {
				name := "index.js"
				if strings.Contains(test.code, "import ") {
					name = "index.mjs"
				}
				f := newFunction(t, test.runtime, map[string]string{name: test.code})
				f.MemoryMB = 256
				for range 2 {
					if o := invoke(t, m, f, `{}`); !strings.HasPrefix(string(o.Payload), test.want) {
						t.Errorf("got %s, want %s", o.Payload, test.want)
					}
				}
			})
		}
	}
}
