package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// echoEvent is an event of about 600 bytes.
var echoEvent = `{"text":"` + strings.Repeat("0123456789", 59) + `"}`

// quantiles runs f over and over and reports the 10th percentile (what a busy
// machine disturbs least), the median and the 99th percentile of what it
// returns.
func quantiles(b *testing.B, f func() time.Duration) {
	b.Helper()
	var all []time.Duration
	for b.Loop() {
		all = append(all, f())
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/10].Nanoseconds())/1e3, "p10-µs")
	b.ReportMetric(float64(all[len(all)/2].Nanoseconds())/1e3, "p50-µs")
	b.ReportMetric(float64(all[len(all)*99/100].Nanoseconds())/1e3, "p99-µs")
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// nodePath is the binary that m runs for a runtime.
func nodePath(b testing.TB, m *Manager, runtime string) string {
	b.Helper()
	path, err := m.nodeBinary(context.Background(), parseRuntime(runtime))
	if err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkWarm is an echo in an environment that is there; the yardstick is
// an HTTP server of the same Node.js.
func BenchmarkWarm(b *testing.B) {
	for _, runtime := range []string{"nodejs6.10", "nodejs20.x", "nodejs24.x"} {
		b.Run(runtime, func(b *testing.B) {
			m, _ := newManager(b, func(c *Config) { c.Logs = nil })
			f := newFunction(b, runtime, map[string]string{"index.js": `
exports.handler = function (event, context, callback) { callback(null, event); };`})
			if runtime != "nodejs6.10" {
				f = newFunction(b, runtime, map[string]string{"index.js": `exports.handler = async (event) => event;`})
			}
			ev := newEvent(echoEvent)
			ev.Tail = false
			run := func() {
				if o, err := m.Invoke(context.Background(), f, ev); err != nil || o.FunctionError != "" {
					b.Fatal(o, err)
				}
			}
			for range 2000 {
				run()
			}
			b.ReportAllocs()
			quantiles(b, func() time.Duration { return timed(run) })
		})
	}
	b.Run("yardstick", func(b *testing.B) {
		m, _ := newManager(b, nil)
		cmd := exec.Command(nodePath(b, m, "nodejs20.x"), "-e", `
require('http').createServer((q, r) => { let s = ''; q.on('data', d => s += d); q.on('end', () => r.end(JSON.stringify(JSON.parse(s)))); })
	.listen(0, '127.0.0.1', function () { console.log(this.address().port); });`)
		out, err := cmd.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		defer func() { cmd.Process.Kill(); cmd.Wait() }()
		port, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			b.Fatal(err)
		}
		url := "http://127.0.0.1:" + strings.TrimSpace(port)
		run := func() {
			r, err := http.Post(url, "application/json", strings.NewReader(echoEvent))
			if err != nil {
				b.Fatal(err)
			}
			io.Copy(io.Discard, r.Body)
			r.Body.Close()
		}
		for range 1000 {
			run()
		}
		quantiles(b, func() time.Duration { return timed(run) })
	})
}

// BenchmarkWarmPython is the same in Python: one event after the other, and 16
// callers.
func BenchmarkWarmPython(b *testing.B) {
	versions := pythons(b)
	for _, version := range slices.SortedFunc(maps.Keys(versions), byVersion) {
		environment := func(b *testing.B) (run func()) {
			m, _ := newManager(b, func(c *Config) { c.Logs, c.Python = nil, versions })
			f := newFunction(b, "python"+version, map[string]string{"index.py": "def handler(event, context): return event"})
			ev := newEvent(echoEvent)
			ev.Tail = false
			run = func() {
				if o, err := m.Invoke(context.Background(), f, ev); err != nil || o.FunctionError != "" {
					b.Error(o, err)
				}
			}
			for range 1000 {
				run()
			}
			return run
		}
		b.Run(version+"/one", func(b *testing.B) {
			run := environment(b)
			quantiles(b, func() time.Duration { return timed(run) })
		})
		b.Run(version+"/16 callers", func(b *testing.B) {
			run := environment(b)
			b.SetParallelism(16 / processors)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					run()
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkCold is the first event of functions that were never invoked. The
// yardstick is node -e 0.
func BenchmarkCold(b *testing.B) {
	const code = `exports.handler = async (event) => event;`
	for _, runtime := range []string{"nodejs6.10", "nodejs20.x", "nodejs22.x"} {
		cold := func(name string, ahead int, rest func(m *Manager)) {
			b.Run(runtime+"/"+name, func(b *testing.B) {
				m, _ := newManager(b, func(c *Config) { c.Logs = nil; c.PreStarted = ahead })
				dir := newFunction(b, runtime, map[string]string{"index.js": "exports.handler = function (e, c, done) { c.done(null, e); };"})
				if runtime != "nodejs6.10" {
					dir = newFunction(b, runtime, map[string]string{"index.js": code})
				}
				if name == "own" {
					dir.Env = map[string]string{"NODE_OPTIONS": ""} // acts at the start of the process
				} else {
					m.Prepare(runtime, 128)
				}
				n := 0
				quantiles(b, func() time.Duration {
					b.StopTimer()
					rest(m)
					f := *dir
					f.ID = fmt.Sprint(n)
					n++
					b.StartTimer()
					d := timed(func() {
						if o, err := m.Invoke(context.Background(), &f, newEvent(echoEvent)); err != nil || o.FunctionError != "" {
							b.Fatal(o, err)
						}
					})
					b.StopTimer()
					m.Retire(f.ID)
					b.StartTimer()
					return d
				})
			})
		}
		cold("own", 1, waitForSpare)
		cold("ahead", 1, waitForStock)
		cold("back-to-back", 2, func(*Manager) {})
		b.Run(runtime+"/yardstick", func(b *testing.B) {
			m, _ := newManager(b, nil)
			path := nodePath(b, m, runtime)
			quantiles(b, func() time.Duration {
				return timed(func() {
					if err := exec.Command(path, "-e", "0").Run(); err != nil {
						b.Fatal(err)
					}
				})
			})
		})
	}
}

// BenchmarkColdPython is the first event of functions, in a process that was
// started ahead.
func BenchmarkColdPython(b *testing.B) {
	versions := pythons(b)
	for _, version := range slices.SortedFunc(maps.Keys(versions), byVersion) {
		b.Run(version+"/ahead", func(b *testing.B) {
			m, _ := newManager(b, func(c *Config) { c.Logs, c.Python, c.PreStarted = nil, versions, 1 })
			f := newFunction(b, "python"+version, map[string]string{"index.py": "def handler(event, context): return event"})
			m.Prepare(f.Runtime, f.MemoryMB)
			n := 0
			quantiles(b, func() time.Duration {
				b.StopTimer()
				waitForStock(m)
				next := *f
				next.ID = fmt.Sprint(n)
				n++
				b.StartTimer()
				d := timed(func() {
					if o, err := m.Invoke(context.Background(), &next, newEvent(echoEvent)); err != nil || o.FunctionError != "" {
						b.Fatal(o, err)
					}
				})
				b.StopTimer()
				m.Retire(next.ID)
				b.StartTimer()
				return d
			})
		})
	}
}

// waitForSpare waits until there may be a jail without a program.
func waitForSpare(*Manager) { time.Sleep(100 * time.Millisecond) }

// waitForStock waits until a process started ahead is there and quiet.
func waitForStock(m *Manager) {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		m.mu.Lock()
		n := 0
		for _, on := range m.stock.shelves {
			n += len(on.have)
		}
		m.mu.Unlock()
		if n > 0 {
			break
		}
	}
	time.Sleep(300 * time.Millisecond)
}
