package sandbox

import (
	"context"
	"os"
	"strings"
	"testing"
)

// TestFirst: where the small program was built, jails start it; a stale one is
// not used.
func TestFirst(t *testing.T) {
	t.Parallel()
	sum, err := built.ReadFile("built/first.sum")
	if err != nil {
		if firstProgram() != nil {
			t.Error("a program without its sum is used")
		}
		return // not built: the other tests show that jails start without it
	}
	stale := !strings.HasSuffix(strings.TrimSpace(string(sum)), firstSum())
	if (firstProgram() == nil) != stale {
		t.Errorf("stale: %v, used: %v", stale, firstProgram() != nil)
	}
}

// TestFirstThatDoesNotStart: a first process that cannot be started is not the
// end: jails start this program then.
func TestFirstThatDoesNotStart(t *testing.T) {
	t.Parallel()
	broken, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	m, _ := newManager(t, func(c *Config) { c.first = broken })
	if m.plain || m.first != nil {
		t.Fatalf("plain: %v, first: %v", m.plain, m.first)
	}
	f := newFunction(t, "nodejs20.x", map[string]string{"index.js": `exports.handler = async () => 'here'`})
	if o, err := m.Invoke(context.Background(), f, newEvent(`{}`)); err != nil || string(o.Payload) != `"here"` {
		t.Errorf("%+v, %v", o, err)
	}
}
