package sandbox

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// counted tells how often it was loaded in its process and how it was started.
var counted = map[string]string{"index.js": `
const me = Math.random(), type = process.env.AWS_LAMBDA_INITIALIZATION_TYPE;
console.log("loaded " + type);
exports.handler = async (event) => {
	if (event.exit) process.exit(3);
	const fs = require("fs"), file = process.env.LAMBDA_TASK_ROOT + "/" + event.until;
	while (event.until && !fs.existsSync(file)) await new Promise(r => setTimeout(r, 5));
	return {me, type};
};`}

func TestProvisioned(t *testing.T) {
	t.Parallel()
	for _, ahead := range []int{-1, 2} {
		t.Run(fmt.Sprint("ahead ", ahead), func(t *testing.T) {
			t.Parallel()
			var later atomic.Int64
			m, l := newManager(t, func(c *Config) {
				c.PreStarted, c.IdleTimeout = ahead, time.Minute
				c.now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
			})
			f := newFunction(t, "nodejs20.x", counted)
			m.Provision(f, 2)
			both := Provision{Allocated: 2, Available: 2}
			eventually(t, "two are ready", func() bool { return m.Provisioned(f.ID) == both })
			if n := strings.Count(l.String(), "loaded provisioned-concurrency"); n != 2 || strings.Contains(l.String(), "START RequestId") {
				t.Errorf("loaded %d times before the first event:\n%s", n, l)
			}
			// Three at a time: two of those kept, and one on demand.
			var wg sync.WaitGroup
			var mu sync.Mutex
			types := map[string]int{}
			run := func(event string) {
				o := invoke(t, m, f, event)
				mu.Lock()
				defer mu.Unlock()
				_, kind, _ := strings.Cut(string(o.Payload), `"type":`)
				types[kind]++
			}
			for range 3 {
				wg.Go(func() { run(`{"until":"awake"}`) })
			}
			eventually(t, "three are busy", func() bool { return environments(m, invoking) == 3 })
			wake(t, f)
			wg.Wait()
			if types[`"provisioned-concurrency"}`] != 2 || types[`"on-demand"}`] != 1 {
				t.Errorf("types: %v", types)
			}
			// Idle for long, only the kept ones are left.
			later.Add(int64(2 * time.Minute))
			m.tidy()
			eventually(t, "two are left", func() bool { return environments(m, ready) == 2 })
			if got := m.Provisioned(f.ID); got != both {
				t.Errorf("after idling: %+v", got)
			}
			// One that ends is replaced.
			if o := invoke(t, m, f, `{"exit":true}`); !strings.Contains(string(o.Payload), "Runtime.ExitError") {
				t.Errorf("exit: %s", o.Payload)
			}
			eventually(t, "it was replaced", func() bool { return m.Provisioned(f.ID) == both })
			// Fewer, none, and what is no longer kept is evicted.
			m.Provision(f, 1)
			if got := (Provision{Allocated: 1, Available: 1}); m.Provisioned(f.ID) != got {
				t.Errorf("fewer: %+v", m.Provisioned(f.ID))
			}
			m.Provision(f, 0)
			later.Add(int64(2 * time.Minute))
			m.tidy()
			eventually(t, "all are gone", func() bool {
				m.mu.Lock()
				defer m.mu.Unlock()
				return len(m.pools) == 0
			})
		})
	}
}

// TestProvisionedFails: code that does not load is tried again and again, less
// and less often, and the reason is known.
func TestProvisionedFails(t *testing.T) {
	t.Parallel()
	m, l := newManager(t, nil)
	f := newFunction(t, "nodejs20.x", map[string]string{"index.js": `throw new Error("not today")`})
	m.Provision(f, 1)
	eventually(t, "the failure is known", func() bool { return strings.Contains(m.Provisioned(f.ID).Failure, "not today") })
	if got := m.Provisioned(f.ID); got.Available != 0 {
		t.Errorf("got %+v", got)
	}
	if !strings.Contains(l.String(), "\tPhase: init\tStatus: error\tError Type: Error\n") {
		t.Errorf("log:\n%s", l)
	}
	m.Provision(f, 0)
	m.Retire(f.ID)
}

// TestProvisionedRetired: a version that is gone is no longer kept.
func TestProvisionedRetired(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, nil)
	f := newFunction(t, "nodejs20.x", counted)
	m.Provision(f, 1)
	eventually(t, "one is ready", func() bool { return m.Provisioned(f.ID).Available == 1 })
	m.Retire(f.ID)
	eventually(t, "it is gone", func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		return len(m.all) == 0
	})
	if _, err := m.Invoke(context.Background(), f, newEvent(`{}`)); err != nil {
		t.Error(err)
	}
}
