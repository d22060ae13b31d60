package logsegment

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lambdagate/lambdagate/internal/store"
)

// tester is what testing.T and rapid.T have in common.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

func open(t testing.TB, dir string) *Log {
	t.Helper()
	l, err := Open(t.Context(), Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func must(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

func add(t tester, l *Log, group, stream string, time int64, message string) {
	t.Helper()
	must(t, l.Append(forever, true, store.LogLine{Group: group, Stream: stream, Time: time, Message: message}))
}

func texts(t tester, l *Log, group string) (list []string) {
	t.Helper()
	q := store.LogQuery{Group: group, Max: 7}
	for {
		lines, err := l.ReadLogs(forever, q)
		must(t, err)
		if len(lines) == 0 {
			return list
		}
		for _, x := range lines {
			list = append(list, fmt.Sprintf("%s %d %s", x.Stream, x.Time, x.Message))
		}
		last := lines[len(lines)-1]
		q.AfterTime, q.AfterID = last.Time, last.ID
	}
}

func same(t tester, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\n got %v\nwant %v", what, got, want)
	}
}

func copyDir(t testing.TB, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	must(t, os.CopyFS(to, os.DirFS(from)))
	return to
}

func files(t testing.TB, dir, suffix string) (list []string) {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
	must(t, err)
	return list
}

// TestTornTail cuts the newest file at every byte of its last records, as a
// killed process may leave it: what is whole comes back, and lines go on.
func TestTornTail(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir)
	for i := range 5 {
		add(t, l, "g", fmt.Sprint("s", i%2), int64(i), fmt.Sprint("line ", i))
	}
	torn := copyDir(t, dir)
	must(t, l.Close())
	path := files(t, torn, ".log")[0]
	whole, err := os.ReadFile(path)
	must(t, err)
	for cut := range len(whole) + 1 {
		for _, junk := range []string{"", "\x00\x00\x00\x00\x00\x00\x00\x00\x00", "\xff\xff\xff\xff"} {
			if cut%3 != 0 && junk != "" {
				continue
			}
			must(t, os.WriteFile(path, append(bytes.Clone(whole[:cut]), junk...), 0o600))
			l, err := Open(t.Context(), Config{Dir: torn})
			if cut < headerSize && err != nil {
				continue // no header of ours
			}
			must(t, err)
			got := texts(t, l, "g")
			var want []string
			for i := range len(got) {
				want = append(want, fmt.Sprintf("s%d %d line %d", i%2, i, i))
			}
			same(t, fmt.Sprintf("cut at %d of %d", cut, len(whole)), got, want)
			add(t, l, "g", "s0", 99, "more")
			same(t, "after one more line", len(texts(t, l, "g")), len(want)+1)
			must(t, l.Close())
			l = open(t, torn)
			same(t, "opened again", len(texts(t, l, "g")), len(want)+1)
			must(t, l.Close())
			for _, f := range append(files(t, torn, ".idx"), files(t, torn, ".log")...) {
				must(t, os.Remove(f))
			}
		}
	}
	must(t, os.WriteFile(path, whole, 0o600))
	l = open(t, torn)
	same(t, "whole", len(texts(t, l, "g")), 5)
	must(t, l.Close())
}

// TestIndexLost opens segments whose index files are gone, damaged or of another
// size.
func TestIndexLost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir)
	l.segSize = 2000
	for i := range 200 {
		add(t, l, fmt.Sprint("g", i%2), fmt.Sprint("s", i%5), int64(i), fmt.Sprint("line ", i))
	}
	must(t, l.DeleteLogs(t.Context(), "g0", "s2"))
	must(t, l.ExpireLogs(t.Context(), "g0", time.UnixMilli(100)))
	add(t, l, "g0", "s2", 1, "again")
	want, wantStreams := texts(t, l, "g0"), streams(t, l, "g0")
	must(t, l.Close())
	for name, harm := range map[string]func(path string) error{
		"kept":    func(string) error { return nil },
		"gone":    os.Remove,
		"empty":   func(p string) error { return os.WriteFile(p, nil, 0o600) },
		"damaged": func(p string) error { return flip(p, 30) },
		"torn":    func(p string) error { return os.Truncate(p, 40) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := copyDir(t, dir)
			if len(files(t, d, ".idx")) < 3 {
				t.Fatal("too few segments for this test")
			}
			for _, f := range files(t, d, ".idx") {
				must(t, harm(f))
			}
			for range 2 { // the second time with the indexes written anew
				l := open(t, d)
				same(t, "lines", texts(t, l, "g0"), want)
				same(t, "streams", streams(t, l, "g0"), wantStreams)
				must(t, l.sync())
				must(t, l.Close())
			}
		})
	}
}

func flip(path string, at int) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	b[at] ^= 1
	return os.WriteFile(path, b, 0o600)
}

func streams(t tester, l *Log, group string) []store.LogStream {
	t.Helper()
	list, err := l.LogStreams(forever, group)
	must(t, err)
	for i := range list {
		list[i].LastIngested = 0
	}
	return list
}

func TestDamageIsReported(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir)
	add(t, l, "g", "s", 1, strings.Repeat("x", 1000))
	must(t, flip(files(t, dir, ".log")[0], 500))
	if _, err := l.ReadLogs(t.Context(), store.LogQuery{Group: "g"}); !errors.Is(err, errTorn) {
		t.Fatalf("got error %v, want %v", err, errTorn)
	}
	must(t, l.Close())
}

// TestCap appends more than may be kept: the oldest lines go and are counted.
func TestCap(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{t.TempDir(), ""} {
		l, err := Open(t.Context(), Config{Dir: dir, MaxBytes: 1 << 20})
		must(t, err)
		const n = 3000
		line := strings.Repeat("x", 1000)
		for i := range n {
			must(t, l.Append(t.Context(), i%100 == 0, store.LogLine{Group: "g", Stream: "s", Time: int64(i), Message: line}))
		}
		must(t, l.sync())
		sum := streams(t, l, "g")[0]
		st := l.LogStats()
		if st.Appended != n || st.Dropped+sum.Lines != n || sum.LastTime != n-1 || sum.FirstTime != st.Dropped {
			t.Fatalf("statistics %+v, stream %+v", st, sum)
		}
		if sum.Bytes < 800_000 || sum.Bytes > 1<<20 {
			t.Fatalf("%d bytes are kept of 1 MiB", sum.Bytes)
		}
		size := int64(0)
		for _, f := range files(t, dir, ".log") {
			info, err := os.Stat(f)
			must(t, err)
			size += info.Size()
		}
		if dir != "" && (size > 1<<20+int64(l.segSize) || size < 800_000) {
			t.Fatalf("the files have %d bytes", size)
		}
		first, err := l.ReadLogs(t.Context(), store.LogQuery{Group: "g", Max: 1})
		must(t, err)
		same(t, "oldest line", first[0].Time, st.Dropped)
		must(t, l.Close())
	}
}

// TestFullBuffer: lines without sync are dropped when there is no room, those
// with sync wait for it.
func TestFullBuffer(t *testing.T) {
	t.Parallel()
	l, err := Open(t.Context(), Config{Dir: t.TempDir(), Buffer: 100})
	must(t, err)
	long := strings.Repeat("x", 200)
	must(t, l.Append(t.Context(), false, store.LogLine{Group: "g", Stream: "s", Message: long}, store.LogLine{Group: "g", Stream: "s", Message: "short"}))
	same(t, "statistics", l.LogStats(), store.LogStats{Appended: 1, Dropped: 1, Buffered: 1})
	for range 5 {
		add(t, l, "g", "s", 1, long)
	}
	same(t, "statistics", l.LogStats(), store.LogStats{Appended: 6, Dropped: 1})
	must(t, l.Close())
}

// TestFilesGo: segments with nothing left are deleted.
func TestFilesGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir)
	l.segSize = 2000
	for i := range 300 {
		add(t, l, "g", "s", int64(i), "some words")
		if i == 150 {
			add(t, l, "h", "s", int64(i), "one line")
		}
	}
	before := len(files(t, dir, ".log"))
	must(t, l.DeleteLogs(t.Context(), "g", ""))
	if after := len(files(t, dir, ".log")); before < 5 || after > 2 {
		t.Fatalf("%d files, then %d", before, after)
	}
	must(t, l.DeleteLogs(t.Context(), "h", ""))
	must(t, l.Reset(t.Context()))
	same(t, "files after a reset", len(files(t, dir, "")), 0)
	must(t, l.Close())
}

// model is what a log should hold.
type model []modelLine

type modelLine struct {
	group, stream string
	time          int64
	message       string
}

func (m model) texts(group string) (list []string) {
	m = slices.Clone(m)
	slices.SortStableFunc(m, func(a, b modelLine) int { return cmp.Compare(a.time, b.time) })
	for _, x := range m {
		if x.group == group {
			list = append(list, fmt.Sprintf("%s %d %s", x.stream, x.time, x.message))
		}
	}
	return list
}

func (m model) streams(group string) (list []store.LogStream) {
	sums := map[string]*store.LogStream{}
	for _, x := range m {
		if x.group != group {
			continue
		}
		s := sums[x.stream]
		if s == nil {
			s = &store.LogStream{Name: x.stream, FirstTime: x.time, LastTime: x.time}
			sums[x.stream] = s
		}
		s.FirstTime, s.LastTime = min(s.FirstTime, x.time), max(s.LastTime, x.time)
		s.Bytes += int64(len(x.message))
		s.Lines++
	}
	list = []store.LogStream{}
	for _, s := range sums {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b store.LogStream) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// TestModel appends, deletes, expires and reopens at random, with small
// segments, and compares with a model after each step.
func TestModel(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		dir := ""
		if rapid.IntRange(0, 3).Draw(t, "in memory") > 0 {
			dir = filepath.Join(root, fmt.Sprint(round))
		}
		start := func() *Log {
			l, err := Open(forever, Config{Dir: dir})
			must(t, err)
			l.segSize = 300
			return l
		}
		l := start()
		defer func() { l.Close() }()
		var m model
		group, stream := rapid.SampledFrom([]string{"g", "h"}), rapid.SampledFrom([]string{"a", "b", "c"})
		for i := range rapid.IntRange(1, 60).Draw(t, "steps") {
			g := group.Draw(t, "group")
			switch kind := rapid.IntRange(0, 19).Draw(t, "kind"); {
			case kind == 0 && dir != "":
				must(t, l.Close())
				l = start()
			case kind == 1:
				s := rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "stream")
				must(t, l.DeleteLogs(forever, g, s))
				m = slices.DeleteFunc(m, func(x modelLine) bool { return x.group == g && (s == "" || s == x.stream) })
			case kind == 2 || kind == 3:
				before := rapid.Int64Range(0, 40).Draw(t, "before")
				must(t, l.ExpireLogs(forever, g, time.UnixMilli(before)))
				m = slices.DeleteFunc(m, func(x modelLine) bool { return x.group == g && x.time < before })
			default:
				x := modelLine{g, stream.Draw(t, "stream"), rapid.Int64Range(0, 40).Draw(t, "time"), fmt.Sprint("line ", i)}
				must(t, l.Append(forever, kind%4 == 0, store.LogLine{Group: x.group, Stream: x.stream, Time: x.time, Message: x.message}))
				m = append(m, x)
			}
			for _, g := range []string{"g", "h"} {
				same(t, "lines of "+g, texts(t, l, g), m.texts(g))
				same(t, "streams of "+g, streams(t, l, g), m.streams(g))
			}
		}
	})
}
