package jail

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

// TestMarks: marks are taken out of a stream however it is cut, and all else is
// passed on.
func TestMarks(t *testing.T) {
	t.Parallel()
	for size := 1; size < 80; size++ {
		m := newMarks()
		var got bytes.Buffer
		u := &unmarked{to: &got, marks: m}
		mark := string(m.text)
		text := "a" + mark + "b\x00" + mark + mark + mark[:5] + "c" + mark[:9]
		m.add(3)
		if m.wait(0) {
			t.Error("three are missing")
		}
		for rest := []byte(text); len(rest) > 0; {
			n := min(size, len(rest))
			fmt.Fprintf(u, "%s", rest[:n])
			rest = rest[n:]
		}
		if !m.wait(time.Minute) {
			t.Error("all have come")
		}
		u.end()
		if want := "ab\x00" + mark[:5] + "c" + mark[:9]; got.String() != want {
			t.Errorf("in pieces of %d: got %q, want %q", size, got.String(), want)
		}
	}
}
