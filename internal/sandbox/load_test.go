package sandbox

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "loadavg")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	l := &load{file: f}
	defer l.close()
	now := time.Now()
	after := func(running string, times int) bool {
		t.Helper()
		if err := os.WriteFile(name, []byte("0.20 0.18 0.12 "+running+"/80 11206\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		high := false
		for range times {
			now = now.Add(loadEvery)
			high = l.high(now)
		}
		return high
	}
	for _, tt := range []struct {
		running string
		times   int
		want    bool
	}{
		{"1", 20, false}, {"1000", 1, true}, {"1", 100, false}, {"1000", 20, true}, {"none", 20, true}, {"1", 100, false},
	} {
		if got := after(tt.running, tt.times); got != tt.want {
			t.Errorf("%s running, %d times: %v", tt.running, tt.times, got)
		}
	}
	// Between two looks nothing is read.
	if after("1000", 0); l.high(now.Add(loadEvery / 2)) {
		t.Error("it looked again at once")
	}
	none := &load{}
	if none.high(now) {
		t.Error("without a file it is high")
	}
	here := openLoad()
	defer here.close()
	if here.file == nil {
		return // not Linux
	}
	if n, ok := here.running(); !ok || n < 1 {
		t.Errorf("this machine: %d, %v", n, ok)
	}
}
