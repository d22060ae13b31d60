package sandbox

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestLongEventsAreCut(t *testing.T) {
	t.Parallel()
	l := &logs{}
	j := newJournal(l, &Function{Version: "1"}, time.Now())
	text := strings.Repeat("é€x", 200_000)
	j.write([]byte(text))
	for _, event := range l.text {
		if len(event) > maxLogEvent || !utf8.ValidString(event) {
			t.Errorf("an event of %d bytes, valid %v", len(event), utf8.ValidString(event))
		}
	}
	if l.String() != text {
		t.Error("the pieces are not the whole")
	}
}

func TestLogStreamName(t *testing.T) {
	t.Parallel()
	j := newJournal(discard{}, &Function{Version: "$LATEST"}, time.Date(2026, 1, 2, 23, 0, 0, 0, time.FixedZone("", -7200)))
	if !strings.HasPrefix(j.stream, "2026/01/03/[$LATEST]") || len(j.stream) != len("2026/01/03/[$LATEST]")+32 {
		t.Errorf("name %q", j.stream)
	}
}

// TestTail: the last 4 KiB of an invocation's log, and nothing of another's.
func TestTail(t *testing.T) {
	t.Parallel()
	j := newJournal(discard{}, &Function{Version: "1", MemoryMB: 128}, time.Now())
	for _, lines := range []int{0, 1, 1000, 100_000} {
		ev := &Event{RequestID: "id"}
		j.start(ev.RequestID, true)
		want := "START RequestId: id Version: 1\n"
		for range lines {
			j.line([]byte("a line of the log"))
		}
		want += strings.Repeat("a line of the log\n", lines) + "END RequestId: id\n" +
			"REPORT RequestId: id\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 7 MB\t\n"
		got := string(j.end(ev, &Outcome{Duration: 1500 * time.Microsecond, MaxMemoryMB: 7}, nil))
		if got != want[max(0, len(want)-tailSize):] {
			t.Errorf("%d lines: got %d bytes\n%s", lines, len(got), got)
		}
	}
	j.start("id", false)
	if tail := j.end(&Event{RequestID: "id"}, &Outcome{}, nil); len(tail) != 0 {
		t.Errorf("unasked: %q", tail)
	}
}

func TestTracedReport(t *testing.T) {
	t.Parallel()
	const traced = "XRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\tSegmentId: 53995c3f42cd8ad8\tSampled: true\t\n"
	for _, test := range []struct {
		active bool
		header string
		want   bool
	}{
		{true, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", true},
		{true, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0", false},
		{false, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", false},
		{true, "", false},
	} {
		l := &logs{}
		j := newJournal(l, &Function{Version: "1", ActiveTracing: test.active}, time.Now())
		j.end(&Event{RequestID: "id", TraceID: test.header}, &Outcome{}, nil)
		if got := strings.HasSuffix(l.String(), traced); got != test.want {
			t.Errorf("%+v: %q", test, l.String())
		}
	}
}
