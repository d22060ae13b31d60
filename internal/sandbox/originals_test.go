package sandbox

import (
	"encoding/json"
	"errors"
	"os"
	goruntime "runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
)

// copiesHere skips a test where processes cannot be copied.
func copiesHere(t *testing.T, m *Manager) {
	t.Helper()
	if goruntime.GOOS != "linux" || goruntime.GOARCH != "amd64" || os.Geteuid() != 0 || m.plain {
		t.Skip("processes are not copied here")
	}
}

// withCopies is for a manager that prepares processes, as copies.
func withCopies(c *Config) { c.PreStarted = 2 }

// withOriginal waits until there is an original of a runtime.
func withOriginal(t *testing.T, m *Manager, runtime string, memoryMB int) *jail.Original {
	t.Helper()
	m.Prepare(runtime, memoryMB)
	l, err := m.launchFor(t.Context(), runtime)
	if err != nil {
		t.Fatal(err)
	}
	o := m.originalOf(t.Context(), l, memoryMB)
	if o == nil {
		_, err := m.newOriginal(t.Context(), l, memoryMB)
		if errors.Is(err, syscall.EPERM) {
			t.Skip(err) // no process may be traced here
		}
		t.Fatalf("there is no original of %s: %v", runtime, err)
	}
	return o
}

// lookAround tells what a process can find out about itself.
const lookAround = `
const fs = require('fs'), crypto = require('crypto');
const vm = require('vm');
exports.handler = async () => ({
	pid: process.pid, link: +fs.readlinkSync('/proc/self'), threads: fs.readdirSync('/proc/self/task').length,
	random: [Math.random(), Math.random(), vm.runInNewContext('Math.random()')].map(String),
	secret: [crypto.randomBytes(8).toString('hex'), crypto.randomUUID ? crypto.randomUUID() : crypto.randomBytes(8).toString('hex')],
	user: [process.getuid(), process.getgid()].concat(process.getgroups()),
	files: Array.from(new Set(fs.readdirSync('/proc/self/fd').map(n => { try { return fs.readlinkSync('/proc/self/fd/' + n) } catch (e) { return '' } }).filter(f => f !== '').map(f => f.replace(/\d+/g, '')))).sort(),
	status: fs.readFileSync('/proc/self/status', 'utf8').split('\n').filter(l => /^(Cap|NoNew|Seccomp:|Umask|Sig[BI]|TracerPid|Groups|Pid)/.test(l)),
	limits: fs.readFileSync('/proc/self/limits', 'utf8').split('\n').filter(l => /open files|processes|core|locked|msgqueue/.test(l)),
	argv: process.argv, flags: process.execArgv, mounts: fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n').map(l => l.split(' ')[4]).sort(),
	oom: fs.readFileSync('/proc/self/oom_score_adj', 'utf8'), affinity: fs.readFileSync('/proc/self/status', 'utf8').match(/Cpus_allowed:.*/)[0],
	tries: ['unshare -r true', 'unshare -m true', 'mount -t tmpfs x /tmp', 'kill -9 1', 'cat /proc/1/environ', 'ls /proc', 'ls -l /proc/1', 'nsenter -t 1 -m true',
		'touch /var/task/x', 'touch /x', 'chroot / true', 'dmesg', 'cat /proc/sys/kernel/core_pattern >/proc/sys/kernel/core_pattern', 'ulimit -a', 'ls /sys', 'id'].map(function (line) {
		const end = require('child_process').spawnSync('/bin/sh', ['-c', line]);
		return [line, end.status, end.signal, String(end.stdout).replace(/\d+/g, 'N'), String(end.stderr)];
	}),
	host: require('os').hostname(), cwd: process.cwd(), root: fs.readdirSync('/'), dumpable: fs.statSync('/proc/self/environ').uid,
	group: fs.readFileSync('/proc/self/cgroup', 'utf8').split('\n').filter(l => /memory|pids/.test(l)).map(l => l.replace(/-\d+$/, ''))
});`

// TestCopies: a process that is a copy finds itself as one that was started would,
// but for its id; and no two draw the same random numbers.
func TestCopies(t *testing.T) {
	for _, runtime := range []string{"nodejs10.x", "nodejs12.x", "nodejs14.x", "nodejs16.x", "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x"} {
		t.Run(runtime, func(t *testing.T) {
			t.Parallel()
			m, l := newManager(t, withCopies)
			copiesHere(t, m)
			withOriginal(t, m, runtime, 128)
			started, _ := newManager(t, func(c *Config) { c.NoCopies = true })
			look := func(m *Manager) map[string]any {
				out := invoke(t, m, newFunction(t, runtime, map[string]string{"index.js": lookAround}), `{}`)
				if out.FunctionError != "" {
					t.Fatalf("%s\n%s", out.Payload, l)
				}
				var found map[string]any
				if err := json.Unmarshal(out.Payload, &found); err != nil {
					t.Fatal(err)
				}
				return found
			}
			own := look(started)
			seen := map[string]bool{}
			for range 4 {
				found := look(m)
				for _, kind := range []string{"random", "secret"} {
					for _, n := range found[kind].([]any) {
						if n := n.(string); seen[n] {
							t.Errorf("two drew %s", n)
						} else {
							seen[n] = true
						}
					}
				}
				if found["pid"] != float64(jail.CopyPid) || found["link"] != found["pid"] {
					t.Errorf("it is %v, and takes itself for %v", found["link"], found["pid"])
				}
				for name := range found {
					if slices.Contains([]string{"pid", "link", "random", "secret"}, name) {
						continue
					}
					got, _ := json.Marshal(found[name])
					want, _ := json.Marshal(own[name])
					if name == "status" {
						want = []byte(strings.ReplaceAll(string(want), `"Pid:\t`+numberOf(own["link"])+`"`, `"Pid:\t64"`))
					}
					if string(got) != string(want) {
						t.Errorf("%s: a copy finds\n%s\nand one that was started\n%s", name, got, want)
					}
				}
			}
		})
	}
}

func numberOf(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// TestCopyEnds: the end of a copy is told as that of a process that was started.
func TestCopyEnds(t *testing.T) {
	t.Parallel()
	m, l := newManager(t, withCopies)
	copiesHere(t, m)
	withOriginal(t, m, "nodejs20.x", 128)
	for code, want := range map[string]string{
		`process.exit(3)`:                      "Runtime exited with error: exit status 3",
		`process.kill(process.pid, 'SIGKILL')`: "Runtime exited with error: signal: killed",
		`process.abort()`:                      "Runtime exited with error: signal: aborted",
		`require('child_process').spawn('sleep', ['100'], {detached: true}).unref(); process.exit(0)`: "Runtime exited without providing a reason",
		`const a = []; for (;;) a.push(Buffer.alloc(1 << 20, 1))`:                                     "signal: killed",
	} {
		o := invoke(t, m, newFunction(t, "nodejs20.x", map[string]string{"index.js": "exports.handler = async () => {" + code + "}"}), `{}`)
		if !strings.Contains(string(o.Payload), want) {
			t.Errorf("%s: got %s, want %s\n%s", code, o.Payload, want, l)
		}
	}
}

// TestNoOriginal: where an original is lost, processes are started.
func TestNoOriginal(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, withCopies)
	copiesHere(t, m)
	o := withOriginal(t, m, "nodejs20.x", 128)
	o.Close()
	for range 3 {
		f := newFunction(t, "nodejs20.x", map[string]string{"index.js": "exports.handler = async () => process.pid"})
		if out := invoke(t, m, f, `{}`); out.FunctionError != "" {
			t.Errorf("got %s", out.Payload)
		}
	}
	l, err := m.launchFor(t.Context(), "nodejs20.x")
	if err != nil {
		t.Fatal(err)
	}
	if m.readyOriginal(l, 128) != nil {
		t.Error("the lost original is still used")
	}
}
