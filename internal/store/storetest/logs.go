package storetest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

func logs(t *testing.T, open func(testing.TB) store.Store) {
	runAll(t, open, []test{
		{"lines come back", logsRoundTrip},
		{"streams", logsStreams},
		{"time ranges", logsRanges},
		{"paging over equal times", logsPaging},
		{"paging over many lines in disorder", logsMany},
		{"paging by size", logsLarge},
		{"delete", logsDelete},
		{"expire", logsExpire},
		{"many writers", logsWriters},
		{"refused", logsRefused},
		{"statistics", logsStats},
	})
}

func logLine(group, stream string, time int64, message string) store.LogLine {
	return store.LogLine{Group: group, Stream: stream, Time: time, Message: message}
}

func readLogs(t testing.TB, s store.Store, q store.LogQuery) []store.LogLine {
	t.Helper()
	lines, err := s.ReadLogs(ctxOf(t), q)
	must(t, err)
	return lines
}

// texts writes lines as "time message".
func texts(lines []store.LogLine) (list []string) {
	for _, l := range lines {
		list = append(list, fmt.Sprintf("%d %s", l.Time, l.Message))
	}
	return list
}

// page reads all lines of a query in pages, and checks their order.
func page(t testing.TB, s store.Store, q store.LogQuery) (all []store.LogLine) {
	t.Helper()
	for {
		lines := readLogs(t, s, q)
		if len(lines) == 0 {
			return all
		}
		if q.Max > 0 && len(lines) > q.Max {
			t.Fatalf("got %d lines, asked for %d", len(lines), q.Max)
		}
		all = append(all, lines...)
		last := lines[len(lines)-1]
		q.AfterTime, q.AfterID = last.Time, last.ID
	}
}

func order(a, b store.LogLine) int {
	return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.ID, b.ID))
}

func logsRoundTrip(t *testing.T, s store.Store) {
	for _, sync := range []bool{true, false} {
		group := fmt.Sprint("g", sync)
		before := time.Now().UnixMilli()
		must(t, s.Append(ctxOf(t), sync, logLine(group, "s/[$LATEST]ü%_", 1234, "hello\nworld\x00\xff"), logLine(group, "t", 1233, "")))
		lines := readLogs(t, s, store.LogQuery{Group: group})
		same(t, "lines", texts(lines), []string{"1233 ", "1234 hello\nworld\x00\xff"})
		l := lines[1]
		same(t, "line", []any{l.Group, l.Stream}, []any{group, "s/[$LATEST]ü%_"})
		if l.ID <= 0 || l.ID >= lines[0].ID || l.Ingested < before-1000 || l.Ingested > time.Now().UnixMilli() {
			t.Fatalf("line %+v beside %+v", l, lines[0])
		}
	}
	same(t, "no such group", len(readLogs(t, s, store.LogQuery{Group: "g"})), 0)
}

func logsStreams(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	must(t, s.Append(ctx, true, logLine("g", "b", 20, "22"), logLine("g", "a", 10, "1"), logLine("g", "b", 15, "333"), logLine("h", "c", 1, "x")))
	streams, err := s.LogStreams(ctx, "g")
	must(t, err)
	for i := range streams {
		if streams[i].LastIngested == 0 {
			t.Fatalf("stream %+v", streams[i])
		}
		streams[i].LastIngested = 0
	}
	same(t, "streams", streams, []store.LogStream{
		{Name: "a", FirstTime: 10, LastTime: 10, Bytes: 1, Lines: 1}, {Name: "b", FirstTime: 15, LastTime: 20, Bytes: 5, Lines: 2},
	})
	same(t, "one stream", texts(readLogs(t, s, store.LogQuery{Group: "g", Streams: []string{"b"}})), []string{"15 333", "20 22"})
	same(t, "two streams", texts(readLogs(t, s, store.LogQuery{Group: "g", Streams: []string{"b", "a", "c", "no"}})), []string{"10 1", "15 333", "20 22"})
	same(t, "another's stream", len(readLogs(t, s, store.LogQuery{Group: "g", Streams: []string{"c"}})), 0)
	same(t, "no stream", len(readLogs(t, s, store.LogQuery{Group: "g", Streams: []string{}})), 0)
}

func logsRanges(t *testing.T, s store.Store) {
	for _, i := range []int64{5, 1, 4, 2, 3} {
		must(t, s.Append(ctxOf(t), false, logLine("g", "s", i*10, "x")))
	}
	for _, tt := range []struct {
		q    store.LogQuery
		want []string
	}{
		{store.LogQuery{}, []string{"10 x", "20 x", "30 x", "40 x", "50 x"}},
		{store.LogQuery{From: 20}, []string{"20 x", "30 x", "40 x", "50 x"}},
		{store.LogQuery{To: 40}, []string{"10 x", "20 x", "30 x"}},
		{store.LogQuery{From: 20, To: 40}, []string{"20 x", "30 x"}},
		{store.LogQuery{From: 21, To: 29}, nil},
		{store.LogQuery{From: 30, To: 30}, nil},
		{store.LogQuery{From: 51}, nil},
		{store.LogQuery{Max: 2}, []string{"10 x", "20 x"}},
		{store.LogQuery{Max: 2, Backward: true}, []string{"50 x", "40 x"}},
		{store.LogQuery{Max: 2, Backward: true, To: 40}, []string{"30 x", "20 x"}},
		{store.LogQuery{Backward: true, From: 20, To: 41}, []string{"40 x", "30 x", "20 x"}},
	} {
		tt.q.Group = "g"
		same(t, fmt.Sprintf("%+v", tt.q), texts(readLogs(t, s, tt.q)), tt.want)
	}
}

func logsPaging(t *testing.T, s store.Store) {
	var want []string
	for i := range 57 {
		must(t, s.Append(ctxOf(t), false, logLine("g", fmt.Sprint("s", i%3), int64(100+i/20), fmt.Sprint(i))))
		want = append(want, fmt.Sprintf("%d %d", 100+i/20, i))
	}
	for _, max := range []int{0, 1, 7, 19, 20, 57, 100} {
		same(t, fmt.Sprint("forward by ", max), texts(page(t, s, store.LogQuery{Group: "g", Max: max})), want)
		back := texts(page(t, s, store.LogQuery{Group: "g", Max: max, Backward: true}))
		slices.Reverse(back)
		same(t, fmt.Sprint("backward by ", max), back, want)
	}
	all := readLogs(t, s, store.LogQuery{Group: "g"})
	mid := all[30]
	q := store.LogQuery{Group: "g", AfterTime: mid.Time, AfterID: mid.ID}
	same(t, "forward from the middle", texts(readLogs(t, s, q)), want[31:])
	q.Backward, q.Max = true, 3
	same(t, "backward from the middle", texts(readLogs(t, s, q)), []string{want[29], want[28], want[27]})
	must(t, s.Append(ctxOf(t), false, logLine("g", "s0", 102, "late")))
	last := all[len(all)-1]
	same(t, "what came since", texts(readLogs(t, s, store.LogQuery{Group: "g", AfterTime: last.Time, AfterID: last.ID})), []string{"102 late"})
}

// logsMany has lines enough for many chunks, of times that go back and forth.
func logsMany(t *testing.T, s store.Store) {
	const n = 6000
	r := rand.New(rand.NewPCG(7, 7))
	var batch []store.LogLine
	var want []string
	type key struct {
		time int64
		i    int
	}
	var keys []key
	for i := range n {
		at := int64(1000 + i/10 + r.IntN(200))
		if r.IntN(50) == 0 {
			at = int64(1000 + r.IntN(n/10))
		}
		group := "g"
		if i%3 == 0 {
			group = "other"
		} else {
			keys = append(keys, key{at, i})
		}
		batch = append(batch, logLine(group, fmt.Sprint("s", i%70), at, fmt.Sprint(i, strings.Repeat(".", r.IntN(100)))))
		if len(batch) == 500 {
			must(t, s.Append(ctxOf(t), i%2000 == 1999, batch...))
			batch = batch[:0]
		}
	}
	slices.SortStableFunc(keys, func(a, b key) int { return cmp.Compare(a.time, b.time) })
	for _, k := range keys {
		want = append(want, fmt.Sprint(k.time, " ", k.i))
	}
	number := func(lines []store.LogLine) (list []string) {
		for _, l := range lines {
			list = append(list, fmt.Sprintf("%d %s", l.Time, strings.TrimRight(l.Message, ".")))
		}
		return list
	}
	if got := number(page(t, s, store.LogQuery{Group: "g", Max: 371})); !slices.Equal(got, want) {
		t.Fatalf("forward: %d lines, want %d, or in other order", len(got), len(want))
	}
	back := number(page(t, s, store.LogQuery{Group: "g", Max: 371, Backward: true}))
	slices.Reverse(back)
	if !slices.Equal(back, want) {
		t.Fatalf("backward: %d lines, want %d, or in other order", len(back), len(want))
	}
	some := page(t, s, store.LogQuery{Group: "g", Max: 100, From: 1200, To: 1300, Streams: []string{"s1", "s65"}})
	count := 0
	for _, k := range keys {
		if k.time >= 1200 && k.time < 1300 && (k.i%70 == 1 || k.i%70 == 65) {
			count++
		}
	}
	same(t, "lines of two streams in a range", len(some), count)
	if !slices.IsSortedFunc(some, order) {
		t.Fatal("they are not in order")
	}
}

// logsLarge has more in one group than fits one answer.
func logsLarge(t *testing.T, s store.Store) {
	for i := range 12 {
		must(t, s.Append(ctxOf(t), true, logLine("g", "s", int64(i), strings.Repeat(string(rune('a'+i)), store.MaxLogLine))))
	}
	for _, backward := range []bool{false, true} {
		got := ""
		for _, l := range page(t, s, store.LogQuery{Group: "g", Backward: backward}) {
			same(t, "length", len(l.Message), store.MaxLogLine)
			got += l.Message[:1]
		}
		want := "abcdefghijkl"
		if backward {
			want = "lkjihgfedcba"
		}
		same(t, "lines", got, want)
	}
}

func logsDelete(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	must(t, s.Append(ctx, true, logLine("g", "a", 1, "a1"), logLine("g", "b", 2, "b1"), logLine("h", "a", 3, "h1")))
	must(t, s.DeleteLogs(ctx, "g", "a"))
	must(t, s.DeleteLogs(ctx, "g", "nothing"))
	same(t, "lines of g", texts(readLogs(t, s, store.LogQuery{Group: "g"})), []string{"2 b1"})
	must(t, s.Append(ctx, false, logLine("g", "a", 1, "a2")))
	same(t, "lines of g", texts(readLogs(t, s, store.LogQuery{Group: "g"})), []string{"1 a2", "2 b1"})
	must(t, s.DeleteLogs(ctx, "g", ""))
	same(t, "lines of g", len(readLogs(t, s, store.LogQuery{Group: "g"})), 0)
	streams, err := s.LogStreams(ctx, "g")
	must(t, err)
	same(t, "streams of g", len(streams), 0)
	same(t, "lines of h", texts(readLogs(t, s, store.LogQuery{Group: "h"})), []string{"3 h1"})
	must(t, s.Append(ctx, true, logLine("g", "b", 1, "b2")))
	same(t, "lines of g", texts(readLogs(t, s, store.LogQuery{Group: "g"})), []string{"1 b2"})
}

func logsExpire(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	for _, i := range []int64{50, 10, 40, 20, 30} {
		must(t, s.Append(ctx, false, logLine("g", "s", i, "x"), logLine("g", "old", 5, "old"), logLine("h", "s", i, "x")))
	}
	must(t, s.ExpireLogs(ctx, "g", time.UnixMilli(30)))
	same(t, "lines of g", texts(readLogs(t, s, store.LogQuery{Group: "g"})), []string{"30 x", "40 x", "50 x"})
	same(t, "number of lines of h", len(readLogs(t, s, store.LogQuery{Group: "h"})), 5)
	streams, err := s.LogStreams(ctx, "g")
	must(t, err)
	for i := range streams {
		streams[i].LastIngested = 0
	}
	same(t, "streams", streams, []store.LogStream{{Name: "s", FirstTime: 30, LastTime: 50, Bytes: 3, Lines: 3}})
	must(t, s.Append(ctx, true, logLine("g", "s", 15, "late")))
	must(t, s.ExpireLogs(ctx, "g", time.UnixMilli(10)))
	same(t, "lines that came later", texts(readLogs(t, s, store.LogQuery{Group: "g"})), []string{"15 late", "30 x", "40 x", "50 x"})
	must(t, s.ExpireLogs(ctx, "g", time.UnixMilli(45)))
	same(t, "lines of g", texts(readLogs(t, s, store.LogQuery{Group: "g"})), []string{"50 x"})
	must(t, s.ExpireLogs(ctx, "g", time.UnixMilli(1000)))
	must(t, s.ExpireLogs(ctx, "nothing", time.UnixMilli(1000)))
	same(t, "lines of g", len(readLogs(t, s, store.LogQuery{Group: "g"})), 0)
}

// logsWriters appends from many sides, with and without sync: nothing is missed,
// each writer's lines stay in order, and identities grow.
func logsWriters(t *testing.T, s store.Store) {
	const writers, each = 8, 40
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for k := range each {
				if err := s.Append(ctxOf(t), k%8 == i, logLine("g", fmt.Sprint(i), 1, fmt.Sprint(k)), logLine("g", fmt.Sprint(i), 1, fmt.Sprint(k, "+"))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	lines := page(t, s, store.LogQuery{Group: "g", Max: 100})
	same(t, "number of lines", len(lines), 2*writers*each)
	if !slices.IsSortedFunc(lines, order) {
		t.Fatal("lines are not in order")
	}
	for i := range writers {
		var got, want []string
		for _, l := range lines {
			if l.Stream == fmt.Sprint(i) {
				got = append(got, l.Message)
			}
		}
		for k := range each {
			want = append(want, fmt.Sprint(k), fmt.Sprint(k, "+"))
		}
		same(t, fmt.Sprint("lines of writer ", i), got, want)
	}
}

func logsRefused(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	for name, l := range map[string]store.LogLine{
		"no group":  logLine("", "s", 1, "x"),
		"no stream": logLine("g", "", 1, "x"),
		"long name": logLine("g", strings.Repeat("s", store.MaxKey+1), 1, "x"),
		"long line": logLine("g", "s", 1, strings.Repeat("x", store.MaxLogLine+1)),
	} {
		for _, sync := range []bool{true, false} {
			if err := s.Append(ctx, sync, logLine("g", "s", 1, "good"), l); err == nil {
				t.Errorf("%s: it was taken", name)
			}
		}
	}
	must(t, s.Append(ctx, true))
	same(t, "lines", len(readLogs(t, s, store.LogQuery{Group: "g"})), 0)
}

func logsStats(t *testing.T, s store.Store) {
	must(t, s.Append(ctxOf(t), false, logLine("g", "s", 1, "x"), logLine("g", "s", 1, "y")))
	must(t, s.Append(ctxOf(t), true, logLine("g", "s", 1, "z")))
	until(t, "lines to be flushed", func() bool { return s.LogStats().Buffered == 0 })
	same(t, "statistics", s.LogStats(), store.LogStats{Appended: 3})
}
