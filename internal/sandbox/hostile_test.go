package sandbox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestHostile invokes functions that harm themselves or try to get out, and
// then a harmless one of the same manager.
func TestHostile(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, func(c *Config) { c.PreStarted = 1 })
	if m.plain {
		t.Skip("needs isolation: " + m.report.Reason)
	}
	other := newFunction(t, "nodejs20.x", map[string]string{"index.js": `exports.handler = async () => "fine"`, "secret": "s"})
	killed := `Unhandled {"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: signal: killed"}`
	timedOut := `Unhandled {"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 2.00 seconds"}`
	for _, test := range []struct{ name, code, want string }{
		{"memory hog", `const a = []; for (;;) a.push(Buffer.alloc(1 << 20, 1));`, killed},
		{"memory hog in a child", `try { return require("child_process").execSync("head -c 400M /dev/zero | tail -c 390M | wc -c").length } catch (e) { return "no" }`, ""},
		{"heap hog", `const a = []; for (;;) a.push({x: [1, 2, 3]});`, ""},
		{"kill -1", `process.kill(-1, "SIGKILL"); await new Promise(r => setTimeout(r, 1000)); return "alive"`,
			`Unhandled {"errorType":"Error","errorMessage":"kill ESRCH"`},
		{"fork bomb", `const c = require("child_process"); for (let i = 0; i < 3000; i++) try { c.spawn("/bin/sleep", ["1000"], {detached: true, stdio: "ignore"}).on("error", () => {}).unref() } catch (e) {} return "done"`, ""},
		{"endless log", `for (;;) console.log("x".repeat(1000))`, timedOut},
		{"endless output", `for (;;) require("fs").writeSync(1, "y".repeat(1000))`, timedOut},
		{"one giant line", `console.log("z".repeat(3 << 20)); return 1`, `1`},
		{"giant log event", `console.log("z".repeat(20 << 20)); return 1`, `1`},
		{"giant output", `process.stdout.write("z".repeat(20 << 20)); return 1`, `1`},
		{"garbage on the channel", `require("fs").writeSync(4, Buffer.alloc(64, 255)); await new Promise(r => setTimeout(r, 500))`, killed},
		{"forged kind", `require("fs").writeSync(4, Buffer.from([1, 0, 0, 0, 81])); await new Promise(r => setTimeout(r, 500))`, killed},
		{"closes the channel", `require("fs").closeSync(3); await new Promise(r => setTimeout(r, 5000))`, ""},
		{"closes the other channel", `require("fs").closeSync(4); return 1`, ""},
		{"closes the board", `require("fs").closeSync(5); return 1`, `1`},
		{"writes on the board", `const fs = require("fs"); const tried = []; for (const f of [() => fs.writeSync(5, "x", 0), () => fs.ftruncateSync(5, 0), () => fs.writeSync(fs.openSync("/proc/self/fd/5", "r+"), "x", 0)]) { try { f(); tried.push("done") } catch (e) { tried.push(/EPERM|EACCES|EINVAL/.test(e.code)) } } return tried`, `[true,true,true]`},
		{"takes its own events", `require("fs").readSync(3, Buffer.alloc(9)); return 1`, timedOut},
		{"sends itself an order", `require("fs").writeSync(require("fs").openSync("/proc/self/fd/3", "w"), Buffer.from([1, 0, 0, 0, 81])); return 1`, ""},
		{"many descriptors", `const fs = require("fs"); let n = 0; try { for (;;) { fs.openSync("/dev/null"); n++ } } catch (e) { return e.code + (n < 1024) }`, `"EMFILEtrue"`},
		{"fills /tmp", `const fs = require("fs"); const f = fs.openSync("/tmp/x", "w"); try { for (let i = 0; i < 600; i++) fs.writeSync(f, Buffer.alloc(1 << 20)) } catch (e) { return e.code }`, ""},
		{"reads other code", `return require("fs").readFileSync(` + fmt.Sprintf("%q", other.CodeDir+"/secret") + `, "utf8")`,
			`Unhandled {"errorType":"Error","errorMessage":"ENOENT: no such file or directory, open '` + other.CodeDir + `/secret'"`},
		{"reads the data folder", `return require("fs").readdirSync(` + fmt.Sprintf("%q", m.config.Dir) + `)`, `Unhandled {"errorType":"Error","errorMessage":"ENOENT`},
		{"reads host processes", `return require("fs").readdirSync("/proc").filter(p => /^[0-9]+$/.test(p)).map(p => require("fs").readlinkSync("/proc/" + p + "/exe")).join()`, `"/var/lang/bin/node"`},
		{"writes its code", `require("fs").writeFileSync("/var/task/index.js", "")`, `Unhandled {"errorType":"Error","errorMessage":"EROFS: read-only file system`},
		{"writes the runtime", `require("fs").writeFileSync("/var/runtime/bootstrap.js", "")`, `Unhandled {"errorType":"Error","errorMessage":"EROFS: read-only file system`},
		{"sees no variables of the host", `return require("fs").readFileSync("/proc/self/environ", "latin1").includes("MARKED_SECRET") || "MARKED_SECRET" in process.env`, `false`},
		{"leaves a child with a socket", `const c = require("child_process").spawn(process.execPath, ["-e", "require('net').createServer().listen(0); console.log('up')"], {detached: true}); await new Promise(r => c.stdout.once("data", r)); process.exit(2)`,
			`Unhandled {"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 2"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFunction(t, "nodejs20.x", map[string]string{"index.js": "exports.handler = async (event, context) => {\n" + test.code + "\n}"})
			if test.want == "" || test.want == timedOut {
				f.Timeout = 2 * time.Second
			}
			f.EphemeralMB = 64
			start := time.Now()
			o := invoke(t, m, f, `{}`)
			got := strings.TrimSpace(o.FunctionError + " " + string(o.Payload))
			if test.want == "" {
				t.Logf("%.200s", got) // any end will do
			} else if !strings.HasPrefix(got, test.want) {
				t.Errorf("got  %s\nwant %s\n%.2000s", got, test.want, o.LogTail)
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %s", took)
			}
			if o := invoke(t, m, other, `{}`); string(o.Payload) != `"fine"` {
				t.Errorf("another function afterwards: %s", o.Payload)
			}
			m.Retire(f.ID)
		})
	}
}

// TestHostilePython: what a Python function does to its runtime's channel, and
// what it leaves behind, is its own harm only.
func TestHostilePython(t *testing.T) {
	t.Parallel()
	killed := `Unhandled {"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: signal: killed"}`
	timedOut := `Unhandled {"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 2.00 seconds"}`
	left := `Unhandled {"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited without providing a reason"}`
	status := func(n int) string {
		return fmt.Sprintf(`Unhandled {"errorType":"Runtime.ExitError","errorMessage":"RequestId: %s Error: Runtime exited with error: exit status %d"}`, id, n)
	}
	tests := []struct{ name, code, want string }{
		{"closes the board", `os.close(5); return 1`, `1`},
		{"something else for a board", `os.dup2(os.open("/dev/zero", os.O_RDONLY), 5); return 1`, `1`},
		{"nothing for a board", `os.dup2(os.open("/dev/null", os.O_RDONLY), 5); return 1`, `1`},
		{"a pipe for a board", `os.dup2(os.pipe()[0], 5); return 1`, `1`},
		{"a board that never ends", "import frames\nname = '/tmp/board%d' % time.time()\nf = os.open(name, os.O_RDWR | os.O_CREAT); os.unlink(name)\nos.write(f, struct.pack('<II', frames._count, 0xffffffff)); os.dup2(f, 5); return 1", `1`},
		{"writes on the board", "tried = []\nfor f in (lambda: os.pwrite(5, b'x', 0), lambda: os.ftruncate(5, 0), lambda: os.write(os.open('/proc/self/fd/5', os.O_RDWR), b'x')):\n  try: f(); tried.append('done')\n  except OSError: tried.append('no')\nreturn tried", `["no", "no", "no"]`},
		{"closes the channel", `os.close(3); return 1`, `1`},
		{"closes the other channel", `os.close(4); return 1`, ""},
		{"takes its own events", `threading.Timer(0.1, os._exit, [9]).start(); os.read(3, 9); return 1`, status(9)},
		{"garbage on the channel", `os.write(4, b"\xff" * 64); time.sleep(0.5)`, killed},
		{"forged kind", `os.write(4, b"\x01\0\0\0Q"); time.sleep(0.5)`, killed},
		{"forged end", `os.write(4, b"\x01\0\0\0g"); os._exit(0)`, ""},
		{"forged end, and goes on", `os.write(4, b"\x01\0\0\0g"); return 1`, `1`},
		{"sends itself an order", `os.write(os.open("/proc/self/fd/3", os.O_WRONLY), b"\x01\0\0\0Q"); return 1`, ""},
		{"does not end", `while True: pass`, timedOut},
		{"replaces what the runtime uses", "import json\nos.read = os.write = os.pread = os.readv = os.getpid = time.monotonic = time.time = json.loads = json.dumps = lambda *a, **k: 1 / 0\nreturn 1", `1`},
		{"replaces it everywhere", "import freeze, json\nfreeze.everywhere([os.read, os.write, os.pread, os.readv, os.getpid, time.monotonic, time.time])\nreturn 1", `1`},
		{"a copy comes back", "if os.fork() == 0: return 'the copy'\nos.wait(); return 1", `1`},
		{"a copy raises", "if os.fork() == 0: raise ValueError('the copy')\nos.wait(); return 1", `1`},
		{"a copy exits", "if os.fork() == 0: sys.exit(7)\nos.wait(); return 1", `1`},
		{"a copy waits", "if os.fork() == 0: time.sleep(1000)\nreturn 1", `1`},
		{"a copy outlives it", "if os.fork() == 0: time.sleep(1000)\nos._exit(3)", status(3)},
		{"a child outlives it", `os.system("sleep 1000 &"); os._exit(3)`, status(3)},
		{"copies that work", "import multiprocessing\np = multiprocessing.get_context('fork').Process(target=print, args=('worked',))\np.start(); p.join(); return p.exitcode", `0`},
		{"threads", "for i in range(20): threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\nreturn 1", `1`},
		{"a busy thread", "def busy():\n  while True: pass\nthreading.Thread(target=busy, daemon=True).start(); return 1", `1`},
		{"exit of a thread", "threading.Thread(target=os._exit, args=(4,)).start(); time.sleep(100)", status(4)},
		{"exit", `sys.exit(3)`, status(3)},
		{"exit with a text", `sys.exit("bye")`, status(1)},
		{"exit without a word", `os._exit(0)`, left},
		{"exit that nobody is told of", "import atexit; atexit._clear(); sys.exit(0)", left},
		{"exception at exit", "import atexit; atexit.register(lambda: 1 / 0); sys.exit(3)", ""},
		{"killed", `os.kill(os.getpid(), 9); time.sleep(100)`, killed},
		{"ends itself", `os.kill(os.getpid(), 15); time.sleep(100)`, `Unhandled {"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: signal: terminated"}`},
		{"becomes something else", `os.execv("/bin/sleep", ["sleep", "1000"])`, killed},
		{"goes too deep", "f = lambda: f()\nreturn f()", `Unhandled {"errorMessage": "maximum recursion depth exceeded`},
		{"an answer that contains itself", "a = []; a.append(a); return a", `Unhandled {"errorMessage": "Unable to marshal response: Circular reference detected"`},
		{"a large event", `return len(event["x"])`, `6000000`},
	}
	for _, isolation := range []Isolation{IsolationAuto, IsolationOff} {
		for _, runtime := range pythonRuntimes() {
			if !slices.Contains(someRuntimes(), runtime) {
				continue // a newer and an older one will do
			}
			t.Run(string(isolation)+" "+runtime, func(t *testing.T) {
				t.Parallel()
				m, _ := newManager(t, func(c *Config) { c.PreStarted, c.Python, c.Isolation = 1, foundPythons(), isolation })
				other := newFunction(t, runtime, map[string]string{"index.py": "def handler(event, context): return 'fine'"})
				for _, test := range tests {
					f := newFunction(t, runtime, map[string]string{
						"index.py": "import os, struct, sys, threading, time\nn = 0\ndef handler(event, context):\n global n; n += 1\n if 'again' in event: return 'again'\n " +
							strings.ReplaceAll(test.code, "\n", "\n "),
						"freeze.py": "import sys\ndef everywhere(what):\n for module in list(sys.modules.values()):\n  for name, value in list(vars(module).items()):\n   if any(value is w for w in what): setattr(module, name, None)\n",
					})
					if test.want == timedOut {
						f.Timeout = 2 * time.Second
					}
					payload := `{}`
					if test.name == "a large event" {
						payload = `{"x":"` + strings.Repeat("x", 6000000) + `"}`
					}
					start := time.Now()
					o := invoke(t, m, f, payload)
					got := strings.TrimSpace(o.FunctionError + " " + string(o.Payload))
					if !strings.HasPrefix(got, test.want) {
						t.Errorf("%s:\ngot  %.600s\nwant %s\n%.2000s", test.name, got, test.want, o.LogTail)
					}
					for range 3 { // the next event has an environment, be it this one or another
						if o := invoke(t, m, f, `{"again":1}`); string(o.Payload) != `"again"` && test.name != "sends itself an order" {
							t.Errorf("%s: again: %s\n%.2000s", test.name, o.Payload, o.LogTail)
						}
					}
					if took := time.Since(start); took > 20*time.Second {
						t.Errorf("%s: took %s", test.name, took)
					}
					if o := invoke(t, m, other, `{}`); string(o.Payload) != `"fine"` {
						t.Errorf("%s: another function afterwards: %s", test.name, o.Payload)
					}
					m.Retire(f.ID)
				}
			})
		}
	}
}

// TestDiesAsleep: what an event leaves behind ends the process after its
// answer; the next event is not harmed.
func TestDiesAsleep(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	f := newFunction(t, "nodejs20.x", map[string]string{"index.js": `
exports.handler = async (event) => {
	const script = "until [ -e " + process.env.LAMBDA_TASK_ROOT + "/" + event.die + " ]; do sleep 0.01; done; kill -9 " + process.pid;
	if (event.die) require("child_process").spawn("sh", ["-c", script], {detached: true});
	return "ok";
}`})
	for i := range 3 {
		if o := invoke(t, m, f, fmt.Sprintf(`{"die":"now%d"}`, i)); string(o.Payload) != `"ok"` {
			t.Fatalf("got %s", o.Payload)
		}
		if err := os.WriteFile(filepath.Join(f.CodeDir, fmt.Sprint("now", i)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it died", func() bool { return environments(m, ready) == 0 })
		if o := invoke(t, m, f, `{}`); string(o.Payload) != `"ok"` || !o.ColdStart {
			t.Fatalf("the next one: %s", o.Payload)
		}
	}
}

// TestSeparation: two versions at the same time do not see each other's
// processes, files in /tmp or variables.
func TestSeparation(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, func(c *Config) { c.PreStarted = 2 })
	if m.plain {
		t.Skip("needs isolation: " + m.report.Reason)
	}
	code := map[string]string{"index.js": `
const fs = require("fs");
exports.handler = async (event) => {
	fs.writeFileSync("/tmp/" + process.env.WHO, "x");
	return {tmp: fs.readdirSync("/tmp"), pids: fs.readdirSync("/proc").filter(p => /^[0-9]+$/.test(p)).length, who: process.env.WHO, task: fs.readdirSync("/var/task")};
}`}
	for range 2 {
		for _, who := range []string{"a", "b"} {
			f := newFunction(t, "nodejs20.x", code)
			f.Env = map[string]string{"WHO": who}
			for range 2 {
				want := fmt.Sprintf(`{"tmp":[%q],"pids":1,"who":%q,"task":["index.js"]}`, who, who)
				if o := invoke(t, m, f, `{}`); string(o.Payload) != want {
					t.Errorf("got %s, want %s", o.Payload, want)
				}
			}
		}
	}
}

// TestNothingStays opens a manager, uses and abuses it, closes it, and looks
// at what the machine has afterwards. It is not parallel.
func TestNothingStays(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sandbox")
	before := traces(t, dir)
	config := Config{Dir: dir, PreStarted: 2}
	if path := os.Getenv("SANDBOX_TEST_NODE"); path != "" {
		config.Node = map[string]string{"20": path}
	}
	m, err := Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{
		`exports.handler = async () => 1`,
		`exports.handler = async () => process.exit(1)`,
		`exports.handler = async () => { for (;;); }`,
		`exports.handler = async () => { require("child_process").spawn("sleep", ["1000"], {detached: true}); return 1 }`,
		`throw new Error("at load")`,
	} {
		f := newFunction(t, "nodejs20.x", map[string]string{"index.js": code})
		f.Timeout = time.Second
		invoke(t, m, f, `{}`)
	}
	// One is busy while the manager closes.
	busy := make(chan *Outcome)
	f := newFunction(t, "nodejs20.x", map[string]string{"index.js": `exports.handler = async () => { require("fs").writeFileSync("/tmp/x", ""); for (;;); }`})
	f.Timeout = time.Minute
	go func() {
		o, _ := m.Invoke(context.Background(), f, newEvent(`{}`))
		busy <- o
	}()
	for deadline := time.Now().Add(time.Minute); len(m.busy()) == 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if err := m.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if o := <-busy; o != nil && o.FunctionError != Unhandled {
		t.Errorf("the busy one: %+v", o)
	}
	if _, err := m.Invoke(context.Background(), f, newEvent(`{}`)); err != ErrClosed {
		t.Errorf("after Close: %v", err)
	}
	if after := traces(t, dir); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// traces lists what sandboxes could leave behind.
func traces(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	children, _ := filepath.Glob("/proc/self/task/*/children")
	for _, name := range children {
		text, _ := os.ReadFile(name)
		b.Write(text)
	}
	mounts, _ := os.ReadFile("/proc/self/mounts")
	fmt.Fprintf(&b, "%d mounts\n", strings.Count(string(mounts), "\n"))
	fds, _ := os.ReadDir("/proc/self/fd")
	fmt.Fprintf(&b, "%d files\n", len(fds))
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			fmt.Fprintln(&b, path)
		}
		return nil
	})
	filepath.WalkDir("/sys/fs/cgroup", func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), fmt.Sprintf("lambdagate-%d-", os.Getpid())) {
			fmt.Fprintln(&b, path)
		}
		return nil
	})
	return b.String()
}

// TestUnprivileged runs tests of this package again as a user without rights.
func TestUnprivileged(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to become someone else")
	}
	m, _ := newManager(t, nil)
	node, err := m.nodeBinary(context.Background(), parseRuntime("nodejs20.x"))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "sandbox-unprivileged-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	copies := filepath.Join(dir, "node-20", "bin")
	if err := os.MkdirAll(copies, 0o755); err != nil {
		t.Fatal(err)
	}
	const nobody = 65534
	for from, to := range map[string]string{self: filepath.Join(dir, "sandbox.test"), node: filepath.Join(copies, "node")} {
		if out, err := exec.Command("cp", from, to).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if out, err := exec.Command("chown", "-R", fmt.Sprint(nobody), dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	tests := "Hostile|Separation|NothingStays|InvokeAgain|Timeout|Streaming|Pool|Budget"
	if _, err := os.Stat("/usr/bin/python3"); err == nil {
		tests += "|HostilePython|Python"
	}
	cmd := exec.Command(filepath.Join(dir, "sandbox.test"), "-test.run", "^Test("+tests+")$")
	cmd.Dir = dir
	cmd.Env = []string{"TMPDIR=" + dir, "HOME=" + dir, "PATH=/usr/bin:/bin", "SANDBOX_TEST_NODE=" + filepath.Join(copies, "node")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("as user %d: %v\n%s", nobody, err, out)
	}
	if skipped := regexp.MustCompile(`(?m)^--- SKIP.*`).Find(out); skipped != nil {
		t.Errorf("as user %d: %s", nobody, skipped)
	}
}
