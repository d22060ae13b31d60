package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// sleeper tells its own environment's number, and waits for a file of its
// package where it is asked to.
var sleeper = map[string]string{"index.js": `
const me = Math.random(), fs = require("fs"), task = process.env.LAMBDA_TASK_ROOT + "/";
exports.handler = async (event) => {
	while (event.until && !fs.existsSync(task + event.until)) await new Promise(r => setTimeout(r, 5));
	return me;
};`}

// wake lets a sleeper's events go on that wait until "awake".
func wake(t testing.TB, f *Function) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.CodeDir, "awake"), nil, 0o644); err != nil {
		t.Error(err)
	}
}

// environments counts those of the manager by state.
func environments(m *Manager, s state) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for e := range m.all {
		if e.state == s {
			n++
		}
	}
	return n
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestPool(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	f := newFunction(t, "nodejs20.x", sleeper)
	f.MaxConcurrency = 2
	// Two at a time get an environment each, a third is turned away.
	var wg sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]bool{}
	for range 2 {
		wg.Go(func() {
			o := invoke(t, m, f, `{"until":"awake"}`)
			mu.Lock()
			defer mu.Unlock()
			seen[string(o.Payload)] = true
		})
	}
	eventually(t, "two are busy", func() bool { return environments(m, invoking) == 2 })
	if _, err := m.Invoke(context.Background(), f, newEvent(`{}`)); !errors.Is(err, ErrThrottled) {
		t.Errorf("the third: %v", err)
	}
	wake(t, f)
	wg.Wait()
	if len(seen) != 2 {
		t.Errorf("environments: %v", seen)
	}
	// One after the other, they are used again, the last one first.
	first := invoke(t, m, f, `{}`)
	for range 3 {
		o := invoke(t, m, f, `{}`)
		if o.ColdStart || !seen[string(o.Payload)] || string(o.Payload) != string(first.Payload) {
			t.Errorf("got %s, cold %v", o.Payload, o.ColdStart)
		}
	}
	// A retired version's environments go; the next event starts a new one.
	m.Retire(f.ID)
	eventually(t, "all are gone", func() bool { return environments(m, ready) == 0 })
	if o := invoke(t, m, f, `{}`); !o.ColdStart || seen[string(o.Payload)] {
		t.Errorf("after Retire: %s, cold %v", o.Payload, o.ColdStart)
	}
}

func TestRetireWhileBusy(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	f := newFunction(t, "nodejs20.x", sleeper)
	done := make(chan *Outcome)
	go func() { done <- invoke(t, m, f, `{"until":"awake"}`) }()
	eventually(t, "it is busy", func() bool { return environments(m, invoking) == 1 })
	m.Retire(f.ID)
	wake(t, f)
	if o := <-done; o.FunctionError != "" {
		t.Errorf("the busy one: %s", o.Payload)
	}
	eventually(t, "it is gone", func() bool { return environments(m, ready)+environments(m, invoking) == 0 })
}

func TestBudget(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, func(c *Config) { c.MemoryBudgetMB = 160 })
	var all []*Function
	for range 5 {
		f := newFunction(t, "nodejs20.x", sleeper)
		all = append(all, f)
		invoke(t, m, f, `{}`)
	}
	// The last is still there, the first had to go.
	if o := invoke(t, m, all[4], `{}`); o.ColdStart {
		t.Error("the last one used was evicted")
	}
	if o := invoke(t, m, all[0], `{}`); !o.ColdStart {
		t.Error("the first one used was not evicted")
	}
	// Busy ones are not evicted: there is no room.
	var wg sync.WaitGroup
	var full atomic.Bool
	for _, f := range all {
		wg.Go(func() {
			for !full.Load() { // the new one may be in the way
				_, err := m.Invoke(context.Background(), f, newEvent(`{"until":"awake"}`))
				if !errors.Is(err, ErrCapacity) {
					return
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	eventually(t, "a new one finds no room", func() bool {
		_, err := m.Invoke(context.Background(), newFunction(t, "nodejs20.x", sleeper), newEvent(`{}`))
		return errors.Is(err, ErrCapacity)
	})
	full.Store(true)
	for _, f := range all {
		wake(t, f)
	}
	wg.Wait()
}

func TestIdle(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	m, _ := newManager(t, func(c *Config) {
		c.IdleTimeout = time.Minute
		c.now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	})
	f := newFunction(t, "nodejs20.x", sleeper)
	first := invoke(t, m, f, `{}`)
	for _, step := range []struct {
		after time.Duration
		kept  bool
	}{{59 * time.Second, true}, {61 * time.Second, false}} {
		later.Add(int64(step.after))
		m.tidy()
		o := invoke(t, m, f, `{}`)
		if kept := string(o.Payload) == string(first.Payload); kept != step.kept {
			t.Errorf("after %s: kept %v", step.after, kept)
		}
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	f := newFunction(t, "nodejs20.x", map[string]string{"index.js": `exports.handler = async () => process.env.AWS_ACCESS_KEY_ID + process.env.AWS_SECRET_ACCESS_KEY + process.env.AWS_SESSION_TOKEN`})
	n := 0
	f.Credentials = func(context.Context) (Credentials, error) {
		n++
		return Credentials{fmt.Sprint("key", n), "/secret", "/token", time.Now().Add(time.Duration(n*n) * f.Timeout * 3 / 4)}, nil
	}
	// The first keys end before the function's time limit would: they are not
	// used for a second event. The second ones are.
	for _, want := range []string{"key1", "key2", "key2"} {
		if o := invoke(t, m, f, `{}`); string(o.Payload) != `"`+want+`/secret/token"` {
			t.Errorf("got %s, want %s", o.Payload, want)
		}
	}
}

func TestRuntimeMissing(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, func(c *Config) { c.Node = map[string]string{"nodejs18.x": "/no/such/node"} })
	for runtime, want := range map[string]string{
		"nodejs":     "version 0 is not offered for",
		"nodejs18.x": "configured binary: lstat /no: no such file or directory",
	} {
		_, err := m.Invoke(context.Background(), newFunction(t, runtime, sleeper), newEvent(`{}`))
		if !errors.Is(err, ErrRuntime) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", runtime, err)
		}
		m.mu.Lock()
		left := len(m.pools) + len(m.all)
		m.mu.Unlock()
		if left > 0 {
			t.Errorf("%s: %d left", runtime, left)
		}
	}
}

// TestPrivateProcess: variables that act at the start of the process do.
func TestPrivateProcess(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, func(c *Config) { c.PreStarted = 1 })
	m.Prepare("nodejs20.x", 128)
	f := newFunction(t, "nodejs20.x", map[string]string{
		"pre.js":   `globalThis.pre = 1`,
		"index.js": `exports.handler = async () => [globalThis.pre, process.env.TZ, new Date(0).getHours()]`})
	f.Env = map[string]string{"NODE_OPTIONS": "--require /var/task/pre.js", "TZ": "Asia/Tokyo"}
	if o := invoke(t, m, f, `{}`); string(o.Payload) != `[1,"Asia/Tokyo",9]` {
		t.Errorf("got %s %s", o.Payload, o.LogTail)
	}
}

// TestWrapper: a script in the function's package starts the runtime.
func TestWrapper(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, func(c *Config) { c.PreStarted = 1 })
	f := newFunction(t, "nodejs20.x", map[string]string{
		"wrapper":  "#!/bin/sh\nexport WRAPPED=yes\nexec \"$@\"\n",
		"index.js": `exports.handler = async () => process.env.WRAPPED`})
	f.Env = map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrapper"}
	if o := invoke(t, m, f, `{}`); string(o.Payload) != `"yes"` {
		t.Errorf("got %s %s", o.Payload, o.LogTail)
	}
}

// TestHeapLimit: V8's limit follows the function's memory, started ahead or not.
func TestHeapLimit(t *testing.T) {
	t.Parallel()
	for _, ahead := range []int{-1, 2} {
		m, _ := newManager(t, func(c *Config) { c.PreStarted = ahead })
		for _, memory := range []int{128, 512} {
			m.Prepare("nodejs20.x", memory)
			f := newFunction(t, "nodejs20.x", map[string]string{
				"index.js": `exports.handler = async () => require("v8").getHeapStatistics().heap_size_limit < process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE * 1.1 * 2**20`})
			f.MemoryMB = memory
			if o := invoke(t, m, f, `{}`); string(o.Payload) != "true" {
				t.Errorf("ahead %d, %d MB: %s", ahead, memory, o.Payload)
			}
		}
	}
}

// TestRetireWhileStarting: the environment under way serves its event and goes.
func TestRetireWhileStarting(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	f := newFunction(t, "nodejs20.x", sleeper)
	done := make(chan *Outcome)
	go func() { done <- invoke(t, m, f, `{"until":"awake"}`) }()
	eventually(t, "it is starting", func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.pools[f.ID] != nil
	})
	m.Retire(f.ID)
	wake(t, f)
	if o := <-done; o.FunctionError != "" {
		t.Errorf("got %s", o.Payload)
	}
	eventually(t, "all is gone", func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return len(m.pools) == 0 && len(m.all) == 0
	})
}
