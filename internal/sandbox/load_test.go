package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "cpu")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	l := &load{file: f}
	defer l.close()
	now, total := time.Now(), 5*time.Hour
	for i, tt := range []struct {
		passed, waited time.Duration
		want           bool
	}{
		{0, 0, false}, {loadEvery, loadEvery * 9 / 10, true}, {loadEvery / 2, 0, true}, // not looked at
		{loadEvery / 2, 0, false}, {loadEvery, loadEvery / 3, false}, {loadEvery, loadEvery, true}, {loadEvery, 0, false},
		{time.Hour, time.Hour, false}, // long ago says nothing about now
		{loadEvery, loadEvery, true},
	} {
		now, total = now.Add(tt.passed), total+tt.waited
		text := fmt.Sprintf("some avg10=0.93 avg60=17.40 avg300=25.75 total=%d\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n", total.Microseconds())
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := l.high(now); got != tt.want {
			t.Errorf("%d: after %s with %s of waiting: %v", i, tt.passed, tt.waited, got)
		}
	}
	if err := os.WriteFile(name, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !l.high(now.Add(loadEvery)) {
		t.Error("what cannot be read changes something")
	}
	if (&load{}).high(now) {
		t.Error("without a file it is high")
	}
	here := openLoad()
	defer here.close()
	if here.file == nil {
		return // not every kernel tells
	}
	if n, ok := here.total(); !ok || n < 0 {
		t.Errorf("this machine: %d, %v", n, ok)
	}
}
