package sandbox

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// lining is a manager where all but one event of a function line up, and a
// function that does what its events say.
func lining(t *testing.T, runtime string, lineTime time.Duration, change ...func(*Config)) (*Manager, *logs, *Function) {
	t.Helper()
	m, l := newManager(t, func(c *Config) {
		c.lanes, c.lineTime, c.Python = 1, lineTime, foundPythons()
		for _, f := range change {
			f(c)
		}
	})
	f := newFunction(t, runtime, map[string]string{"index.py": lineInPython, "index.js": `
exports.handler = function (event, context, callback) {
	console.log('ran ' + event.n);
	if (event.wait) { while (!require('fs').existsSync(process.env.LAMBDA_TASK_ROOT + '/go')) {} }
	if (event.spin) { for (var end = Date.now() + event.spin; Date.now() < end;) {} }
	if (event.exit) { process.exit(0); }
	if (event.kill) { process.kill(process.pid, 'SIGKILL'); for (;;) {} }
	if (event.need) { try { require('aws-sdk'); } catch (e) {} }
	if (event.timeout) { for (;;) {} }
	if (event.left) { console.log('left ' + (context.getRemainingTimeInMillis() > 1000)); }
	context.done(null, {n: event.n});
	if (event.exitAfter) { process.exit(0); }
	if (event.throwAfter) { throw new Error('after the answer'); }
};`})
	return m, l, f
}

const lineInPython = `
import atexit, json, os, signal, sys, threading, time
import frames

class Stop(BaseException): pass

def ends(how):
    answer = frames.answer
    def after(*args):
        answer(*args)
        how()
    frames.answer = after

def throw():
    raise ValueError('after the answer')

def handler(event, context):
    print('ran %s' % event['n'])
    while event.get('wait') and not os.path.exists(os.environ['LAMBDA_TASK_ROOT'] + '/go'): pass
    end = time.time() + event.get('spin', 0) / 1000
    while time.time() < end: pass
    if event.get('atExit'): atexit.register(lambda: print('at exit')); atexit.register(throw)
    if event.get('thread'): threading.Thread(target=lambda: os._exit(0)).start(); time.sleep(10)
    if event.get('fork') and os.fork() == 0: return b'"the copy"'
    if event.get('forkExits') and os.fork() == 0: sys.exit(0)
    if event.get('exit'): sys.exit(0)
    if event.get('hardExit'): os._exit(0)
    if event.get('kill'): os.kill(os.getpid(), signal.SIGKILL)
    if event.get('stop'): raise Stop('now')
    while event.get('timeout'): pass
    if event.get('left'): print('left ' + str(context.get_remaining_time_in_millis() > 1000).lower())
    if event.get('exitAfter'): ends(sys.exit)
    if event.get('throwAfter'): ends(throw)
    return json.dumps({'n': event['n']}, separators=(',', ':')).encode()
`

// inLine invokes f with first and, while that is under way, with the others, which
// must stand in line; it returns their answers in order. An event with wait is
// under way until all are sent.
func inLine(t *testing.T, m *Manager, f *Function, first string, others ...string) []string {
	t.Helper()
	invoke(t, m, f, `{"n":"warm"}`)
	m.mu.Lock()
	p := m.pools[f.ID]
	m.mu.Unlock()
	p.queue.usual.Store(1000) // a microsecond
	m.events.Add(1)           // as if others were under way
	defer m.events.Add(-1)
	answers := make([]string, 1+len(others))
	answered := make([]atomic.Bool, len(answers))
	var wg sync.WaitGroup
	sent := filepath.Join(f.CodeDir, "go")
	os.Remove(sent)
	run := func(i int, payload string) {
		wg.Go(func() {
			defer answered[i].Store(true)
			o, err := m.Invoke(context.Background(), f, &Event{RequestID: fmt.Sprintf("8f5e1d2c-0000-4000-8000-%012d", i), Payload: []byte(payload)})
			if err != nil {
				answers[i] = err.Error()
				return
			}
			answers[i] = string(o.Payload)
		})
	}
	run(0, first)
	eventually(t, "the first is under way", func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return len(p.lines) == 1
	})
	for i, payload := range others {
		run(i+1, payload)
		eventually(t, "another is in line", func() bool {
			m.mu.Lock()
			defer m.mu.Unlock()
			return p.lined > i || answered[i+1].Load()
		})
	}
	if err := os.WriteFile(sent, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	return answers
}

// ran counts how often each event was run.
func ran(l *logs) map[string]int {
	times := map[string]int{}
	for line := range strings.Lines(l.String()) {
		if _, n, ok := strings.Cut(strings.TrimSpace(line), "ran "); ok {
			times[n]++
		}
	}
	return times
}

var lineRuntimes = []string{"nodejs4.3", "nodejs6.10", "nodejs8.10", "nodejs12.x", "nodejs22.x"}

// TestLine: events behind another are run one after the other, once each, in the
// same environment, with their own logs and times.
func TestLine(t *testing.T) {
	t.Parallel()
	for _, runtime := range append(lineRuntimes, pythonRuntimes()...) {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			m, l, f := lining(t, runtime, time.Minute)
			answers := inLine(t, m, f, `{"n":0,"wait":1,"spin":30}`, `{"n":1,"left":1}`, `{"n":2,"spin":3}`, `{"n":3}`)
			for i, got := range answers {
				if want := fmt.Sprintf(`{"n":%d}`, i); got != want {
					t.Errorf("event %d: %s, want %s", i, got, want)
				}
			}
			if n := environments(m, ready); n != 1 {
				t.Errorf("%d environments, want 1", n)
			}
			text := l.String()
			at := 0
			for i := range answers {
				id := fmt.Sprintf("8f5e1d2c-0000-4000-8000-%012d", i)
				for _, want := range []string{"START RequestId: " + id, fmt.Sprintf("ran %d", i), "END RequestId: " + id, "REPORT RequestId: " + id} {
					next := strings.Index(text[at:], want)
					if next < 0 {
						t.Fatalf("no %q after this place of the log: …%s", want, text[at:])
					}
					at += next
				}
			}
			if !strings.Contains(text, "left true") {
				t.Error("the event in line had less than its time")
			}
			_, report, _ := strings.Cut(text, "REPORT RequestId: 8f5e1d2c-0000-4000-8000-000000000002\tDuration: ")
			var took float64
			if _, err := fmt.Sscan(report, &took); err != nil || took < 2 {
				t.Errorf("an event of 3 ms took %v, %v", took, err)
			}
		})
	}
}

// TestLineGivenUp: an event that would wait for long behind another goes to
// another environment, and is run there only.
func TestLineGivenUp(t *testing.T) {
	t.Parallel()
	for _, runtime := range someRuntimes() {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			m, l, f := lining(t, runtime, 0)
			start := time.Now()
			answers := inLine(t, m, f, `{"n":0,"spin":2500}`, `{"n":1}`, `{"n":2}`)
			if got := strings.Join(answers, ""); got != `{"n":0}{"n":1}{"n":2}` {
				t.Error(got)
			}
			for n, times := range ran(l) {
				if times != 1 {
					t.Errorf("event %s was run %d times", n, times)
				}
			}
			// All environments are well; the two that were given up may have one each.
			eventually(t, "all wait", func() bool { return environments(m, ready) >= 2 && environments(m, invoking) == 0 })
			if time.Since(start) < 2500*time.Millisecond {
				t.Error("the first was not waited for")
			}
			if got := strings.Join(inLine(t, m, f, `{"n":3,"wait":1}`, `{"n":4}`), ""); got != `{"n":3}{"n":4}` {
				t.Error(got)
			}
		})
	}
}

// TestLineEnds: however a process ends, the event under way has AWS's answer,
// and those behind it are run once, elsewhere.
func TestLineEnds(t *testing.T) {
	t.Parallel()
	const left = "Runtime exited without providing a reason"
	for _, test := range []struct {
		name, first, want string
		python            bool
		last              string // in the log, of what the process had to do
	}{
		{"exit", `{"n":0,"wait":1,"exit":1}`, left, false, ""},
		{"killed", `{"n":0,"wait":1,"kill":1}`, "Runtime exited with error: signal: killed", false, ""},
		{"exit after the answer", `{"n":0,"wait":1,"exitAfter":1}`, `{"n":0}`, false, ""},
		{"exception after the answer", `{"n":0,"wait":1,"throwAfter":1}`, `{"n":0}`, false, ""},
		{"timeout", `{"n":0,"timeout":1}`, "Task timed out after 1.00 seconds", false, ""},
		{"asks for the SDK", `{"n":0,"wait":1,"need":1}`, `{"n":0}`, false, ""},
		{"exit past all that is to be done", `{"n":0,"wait":1,"hardExit":1}`, left, true, ""},
		{"exit of a thread", `{"n":0,"wait":1,"thread":1}`, left, true, ""},
		{"exit with things to do", `{"n":0,"wait":1,"atExit":1,"exit":1}`, left, true, "at exit"},
		{"exit after the answer with things to do", `{"n":0,"wait":1,"atExit":1,"exitAfter":1}`, `{"n":0}`, true, "at exit"},
		{"uncaught", `{"n":0,"wait":1,"stop":1}`, "exit status 1", true, ""},
		{"copy comes back", `{"n":0,"wait":1,"fork":1}`, `{"n":0}`, true, ""},
		{"copy exits", `{"n":0,"wait":1,"forkExits":1}`, `{"n":0}`, true, ""},
	} {
		for _, runtime := range append(someRuntimes(), "nodejs6.10") {
			if test.python && !strings.HasPrefix(runtime, "python") || test.name == "asks for the SDK" && strings.HasPrefix(runtime, "python") {
				continue
			}
			t.Run(test.name+"/"+runtime, func(t *testing.T) {
				t.Parallel()
				m, l, f := lining(t, runtime, time.Minute)
				m.config.NoSDK = true
				if test.name == "timeout" {
					f.Timeout = time.Second
				}
				answers := inLine(t, m, f, test.first, `{"n":1}`, `{"n":2}`, `{"n":3}`)
				want := test.want
				if runtime == "nodejs6.10" && strings.HasPrefix(want, "Runtime exited") {
					want = "Process exited before completing request"
				}
				if !strings.Contains(answers[0], want) {
					t.Errorf("first: %s, want %s", answers[0], want)
				}
				if got := strings.Join(answers[1:], ""); got != `{"n":1}{"n":2}{"n":3}` {
					t.Error(got)
				}
				for n, times := range ran(l) {
					if times != 1 {
						t.Errorf("event %s was run %d times", n, times)
					}
				}
				if test.last != "" && !strings.Contains(l.String(), test.last) {
					t.Errorf("no %q in the log:\n%s", test.last, l)
				}
			})
		}
	}
}

// TestLineWithoutWalls: there are lines in plain processes too.
func TestLineWithoutWalls(t *testing.T) {
	t.Parallel()
	for _, runtime := range someRuntimes() {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			m, l, f := lining(t, runtime, time.Minute, func(c *Config) { c.Isolation = IsolationOff })
			for _, first := range []string{`{"n":0,"wait":1}`, `{"n":0,"wait":1,"exitAfter":1}`} {
				if got := strings.Join(inLine(t, m, f, first, `{"n":1}`, `{"n":2}`), ""); got != `{"n":0}{"n":1}{"n":2}` {
					t.Errorf("%s: %s\n%s", first, got, l)
				}
			}
			for n, times := range ran(l) {
				if times != 2 {
					t.Errorf("event %s was run %d times", n, times)
				}
			}
		})
	}
}

// TestLineOfTheRetired: who stands in line for a version that is retired meanwhile
// is answered.
func TestLineOfTheRetired(t *testing.T) {
	t.Parallel()
	for _, runtime := range someRuntimes() {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			m, l, f := lining(t, runtime, time.Minute)
			done := make(chan []string)
			go func() { done <- inLine(t, m, f, `{"n":0,"wait":1,"spin":40}`, `{"n":1}`, `{"n":2}`) }()
			eventually(t, "all are sent", func() bool { return ran(l)["0"] == 1 })
			m.Retire(f.ID)
			if got := strings.Join(<-done, ""); got != `{"n":0}{"n":1}{"n":2}` {
				t.Error(got)
			}
			eventually(t, "its environments are gone", func() bool { return environments(m, invoking) == 0 })
		})
	}
}

// TestLineThrottles: a function's limit counts those in line too.
func TestLineThrottles(t *testing.T) {
	t.Parallel()
	for _, runtime := range someRuntimes() {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			m, _, f := lining(t, runtime, time.Minute)
			f.MaxConcurrency = 2
			answers := inLine(t, m, f, `{"n":0,"wait":1}`, `{"n":1}`, `{"n":2}`)
			if got := strings.Join(answers, ""); got != `{"n":0}{"n":1}`+ErrThrottled.Error() {
				t.Error(got)
			}
		})
	}
}

// TestLineClosed: those in line end with the manager.
func TestLineClosed(t *testing.T) {
	t.Parallel()
	for _, runtime := range someRuntimes() {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			m, l, f := lining(t, runtime, time.Minute)
			done := make(chan []string)
			go func() { done <- inLine(t, m, f, `{"n":0,"timeout":1}`, `{"n":1}`) }()
			eventually(t, "the first runs", func() bool { return ran(l)["0"] == 1 })
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			if err := m.Close(ctx); err != nil {
				t.Fatal(err)
			}
			if answers := <-done; answers[1] != ErrClosed.Error() && answers[1] != `{"n":1}` {
				t.Errorf("the second: %s", answers[1])
			}
		})
	}
}

const liesInPython = `
import json, os, struct
def handler(event, context):
    print('ran %s' % event['n'])
    while event.get('wait') and not os.path.exists(os.environ['LAMBDA_TASK_ROOT'] + '/go'): pass
    if event.get('lie'):
        body = (event['lie'] + context.aws_request_id).encode()
        os.write(4, struct.pack('<I', len(body)) + body)
    return {'n': event['n']}
`

// TestLineLies: a function that says, over the runtime's channel, that an event was
// not begun does not have it run over and over.
func TestLineLies(t *testing.T) {
	t.Parallel()
	for _, runtime := range someRuntimes() {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			m, l := newManager(t, func(c *Config) { c.lanes, c.lineTime, c.Python = 1, time.Minute, foundPythons() })
			f := newFunction(t, runtime, map[string]string{"index.py": liesInPython, "index.js": `
		exports.handler = async (event, context) => {
			console.log('ran ' + event.n);
			if (event.wait) { while (!require('fs').existsSync(process.env.LAMBDA_TASK_ROOT + '/go')) {} }
			if (event.lie) {
				const frame = Buffer.from('    ' + event.lie + context.awsRequestId);
				frame.writeUInt32LE(frame.length - 4, 0);
				require('fs').writeSync(4, frame);
			}
			return {n: event.n};
		};`})
			for _, kind := range []string{"u", "t"} {
				answers := inLine(t, m, f, `{"n":"first`+kind+`","wait":1}`, `{"n":"second`+kind+`","lie":"`+kind+`"}`)
				if !strings.Contains(answers[0], "first") {
					t.Errorf("%s: the honest one: %s", kind, answers[0])
				}
				o := invoke(t, m, f, `{"n":"alone`+kind+`","lie":"`+kind+`"}`)
				if o.FunctionError != Unhandled {
					t.Errorf("%s: the one that lies alone: %s", kind, o.Payload)
				}
				if times := ran(l); times["second"+kind] > 2 || times["alone"+kind] != 1 {
					t.Errorf("%s: runs: %v", kind, times)
				}
			}
		})
	}
}
