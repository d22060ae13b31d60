package sandbox

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// stocked returns how many processes are in stock, by runtime, and whether none
// is being started or waited for.
func stocked(m *Manager) (have map[string]int, settled bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	have, settled = map[string]int{}, true
	for key, on := range m.stock.shelves {
		have[key.runtime] += len(on.have)
		settled = settled && on.filling == 0 && len(on.waiting) == 0
	}
	return have, settled
}

const hello = `exports.handler = (event, context) => context.done(null, "hello");`

// TestStock: there is one process of each runtime in use, and more of the latest
// while new functions keep coming; never more than allowed.
func TestStock(t *testing.T) {
	t.Parallel()
	var later atomic.Int64
	m, _ := newManager(t, func(c *Config) {
		c.PreStarted = 3
		c.now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	})
	if m.plain {
		t.Skip("needs isolation: " + m.report.Reason)
	}
	first, second := parseRuntime("nodejs20.x").id, parseRuntime("nodejs22.x").id
	is := func(what string, want map[string]int) {
		t.Helper()
		eventually(t, what, func() bool {
			have, settled := stocked(m)
			return settled && have[first] == want[first] && have[second] == want[second]
		})
	}
	m.Prepare("nodejs20.x", 128)
	is("one is ahead", map[string]int{first: 1})
	for range 3 {
		if o := invoke(t, m, newFunction(t, "nodejs20.x", map[string]string{"index.js": hello}), `{}`); string(o.Payload) != `"hello"` {
			t.Fatalf("got %s", o.Payload)
		}
		is("three are ahead", map[string]int{first: 3})
	}
	m.Prepare("nodejs22.x", 128)
	is("there is room for another runtime", map[string]int{first: 1, second: 2})
	later.Store(int64(rushTime + time.Minute))
	is("the rush is over", map[string]int{first: 1, second: 1})
}

// TestStockAwaited: events of new functions wait for a process that is being
// started, as many as there are, and others start their own.
func TestStockAwaited(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, func(c *Config) { c.PreStarted = 2 })
	for range 3 {
		m.Prepare("nodejs20.x", 128)
		var wg sync.WaitGroup
		for range 4 {
			f := newFunction(t, "nodejs20.x", map[string]string{"index.js": hello})
			wg.Go(func() {
				if o, err := m.Invoke(context.Background(), f, newEvent(`{}`)); err != nil || string(o.Payload) != `"hello"` {
					t.Errorf("%v, %v", o, err)
				}
			})
		}
		wg.Wait()
	}
	eventually(t, "all is settled", func() bool { _, settled := stocked(m); return settled })
}

// TestStockGivenUp: who does not wait any longer leaves no process behind.
func TestStockGivenUp(t *testing.T) {
	t.Parallel()
	m, _ := newManager(t, func(c *Config) { c.PreStarted = 1 })
	if m.plain {
		t.Skip("needs isolation: " + m.report.Reason)
	}
	for range 3 {
		m.mu.Lock()
		for _, e := range m.evictableLocked() {
			m.dropIdleLocked(e)
		}
		m.mu.Unlock()
		m.Prepare("nodejs20.x", 128)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		f := newFunction(t, "nodejs20.x", map[string]string{"index.js": hello})
		if o, err := m.Invoke(ctx, f, newEvent(`{}`)); err == nil && o.FunctionError != "" {
			t.Errorf("%s", o.Payload)
		}
		m.Retire(f.ID)
		eventually(t, "only the stock is left", func() bool {
			have, settled := stocked(m)
			m.mu.Lock()
			defer m.mu.Unlock()
			return settled && len(m.all) == have[parseRuntime("nodejs20.x").id]
		})
	}
}
