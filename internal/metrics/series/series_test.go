package series

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
	"github.com/lambdagate/lambdagate/internal/store/sqlite"
)

var testTime = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var testPlace = Place{"111111111111", "eu-west-1"}

func testID(name string) ID { return NewID(testPlace, "Test", name, "Count") }

// got is what a query shows of Sum and SampleCount, in order of time.
func got(s *Set, id ID, from, to time.Time, period time.Duration) (all []string) {
	sums := s.Query([]ID{id}, from, to, period)
	var times []int64
	for at := range sums {
		times = append(times, at)
	}
	slices.Sort(times)
	for _, at := range times {
		all = append(all, fmt.Sprintf("%s %g/%g", time.Unix(at, 0).UTC().Format("02T15:04:05"), sums[at].Sum, sums[at].Count))
	}
	return all
}

func want(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestStatistics(t *testing.T) {
	t.Parallel()
	var hundred Summary
	for i := range 100 {
		hundred.Add(float64(i+1), 1)
	}
	for _, tt := range []struct {
		text string
		want float64
	}{
		{"SampleCount", 100}, {"Sum", 5050}, {"Average", 50.5}, {"Minimum", 1}, {"Maximum", 100},
		{"p0", 1}, {"p1", 1}, {"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99.9", 100}, {"p100", 100},
		{"tm90", 45.5}, {"TM(10%:90%)", 50.5}, {"IQM", 50.5}, {"tc90", 90}, {"TC(25%:75%)", 50}, {"ts50", 1275}, {"TS(80%:)", 1810},
		{"wm90", (4095 + 10*90) / 100.}, {"PR(:50)", 50}, {"PR(10:30)", 20}, {"TC(10:30)", 20}, {"TM(:10)", 5.5}, {"WM(:50)", (1275 + 50*50) / 100.},
	} {
		k, ok := ParseStatistic(tt.text)
		v, known := k.Of(&hundred)
		if !ok || !known || math.Abs(v-tt.want) > 1e-9 {
			t.Errorf("%s: got %v, %v, %v, want %v", tt.text, v, ok, known, tt.want)
		}
	}
	for _, text := range []string{"", "sum", "p", "p101", "p-1", "p1e1", "tm", "tm(", "TM(1:2%)", "TM(:)", "TM(90%:10%)", "PR(1%:2%)", "PR10", "pr", "xx50", "tm90)", "pNaN", "TM(NaN:1)"} {
		if k, ok := ParseStatistic(text); ok {
			t.Errorf("%q was read as %+v", text, k)
		}
	}
}

// TestUnknownDistribution: no percentiles of somebody else's statistics, and
// none where values are negative.
func TestUnknownDistribution(t *testing.T) {
	t.Parallel()
	negative := Of(-1, 1)
	negative.Add(3, 1)
	set := OfSet(3, 6, 1, 3)
	single := OfSet(3, 6, 2, 2)
	for _, tt := range []struct {
		name  string
		sum   Summary
		known bool
	}{{"negative", negative, false}, {"set", set, false}, {"a set of one value", single, true}, {"nothing", Summary{}, false}} {
		k, _ := ParseStatistic("p50")
		if v, ok := k.Of(&tt.sum); ok != tt.known {
			t.Errorf("%s: p50 is %v, %v", tt.name, v, ok)
		}
	}
	mixed := Of(1, 1)
	mixed.Merge(&set)
	if mixed.Count != 4 || mixed.Sum != 7 || !mixed.opaque || mixed.buckets != nil {
		t.Errorf("merged: %+v", mixed)
	}
}

// TestDistribution compares percentiles with those of the values themselves,
// whatever their spread, and whether they were added or merged.
func TestDistribution(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	for _, tt := range []struct {
		name  string
		value func() float64
		close float64 // share that a percentile may be off
	}{
		{"milliseconds", func() float64 { return 1 + r.ExpFloat64()*20 }, 0.05},
		{"anything", func() float64 { return math.Exp(r.NormFloat64() * 10) }, 1},
	} {
		var all []float64
		var whole, merged Summary
		for range 50 {
			var part Summary
			for range 200 {
				v := tt.value()
				all = append(all, v)
				whole.Add(v, 1)
				part.Add(v, 1)
			}
			merged.Merge(&part)
		}
		slices.Sort(all)
		for _, s := range []*Summary{&whole, &merged} {
			if len(s.buckets) > maxBuckets || s.Count != 10000 || s.Min != all[0] || s.Max != all[9999] {
				t.Fatalf("%s (seed %d): %d buckets, %v values from %v to %v", tt.name, seed, len(s.buckets), s.Count, s.Min, s.Max)
			}
			for _, p := range []float64{1, 25, 50, 90, 99} {
				exact, got := all[int(p*100)-1], s.percentile(p)
				if math.Abs(got-exact) > exact*tt.close {
					t.Errorf("%s (seed %d): p%v is %v, want %v", tt.name, seed, p, got, exact)
				}
			}
		}
	}
}

func TestTiers(t *testing.T) {
	t.Parallel()
	c := &clock{now: testTime}
	s := New(Config{Now: c.Now})
	id := testID("m")
	for i := range 10 {
		s.Add(id, testTime.Add(time.Duration(i)*time.Minute), Of(float64(i), 1))
	}
	c.add(10 * time.Minute)
	from, to := testTime.Truncate(time.Hour), testTime.Truncate(time.Hour).Add(time.Hour)
	want(t, "minutes", got(s, id, from.Add(6*time.Minute), from.Add(9*time.Minute), time.Minute), "04T05:06:00 0/1", "04T05:07:00 1/1", "04T05:08:00 2/1")
	want(t, "five minutes from the minute asked for", got(s, id, from.Add(7*time.Minute), to, 5*time.Minute), "04T05:07:00 15/5", "04T05:12:00 30/4")
	c.add(3 * time.Hour)
	s.roll()
	want(t, "after 3 hours", got(s, id, from, to, time.Minute), "04T05:05:00 6/4", "04T05:10:00 30/5", "04T05:15:00 9/1")
	c.add(4 * 24 * time.Hour)
	s.roll()
	want(t, "after 4 days", got(s, id, from, to, time.Minute), "04T05:00:00 45/10")
	if s.Len() != 1 {
		t.Errorf("%d series", s.Len())
	}
	c.add(64 * 24 * time.Hour)
	s.roll()
	want(t, "after 64 days", got(s, id, from, to, time.Minute))
	if s.Len() != 0 {
		t.Errorf("%d series are left", s.Len())
	}
}

// TestBounds: more series than allowed are counted and dropped; more points are
// kept for shorter.
func TestBounds(t *testing.T) {
	t.Parallel()
	c := &clock{now: testTime}
	s := New(Config{Now: c.Now, MaxSeries: 2, MaxBytes: 10_000})
	for _, name := range []string{"a", "b", "c", "c"} {
		s.Add(testID(name), testTime, Of(1, 1))
	}
	if s.Len() != 2 || s.Dropped() != 2 {
		t.Errorf("%d series, %d dropped", s.Len(), s.Dropped())
	}
	for i := range 170 {
		s.Add(testID("a"), testTime.Add(-time.Duration(i)*time.Minute), Of(1, 1))
	}
	s.roll()
	one := s.find(testID("a"))
	if bytes := one.roll(seconds(testTime), 1); bytes > 10_000 || len(one.points[0]) < 20 || len(one.points[0]) > 100 {
		t.Errorf("%d bytes in %d minutes and %d times five", bytes, len(one.points[0]), len(one.points[1]))
	}
	if all := got(s, testID("a"), testTime.Add(-24*time.Hour), testTime.Add(time.Minute), 48*time.Hour); len(all) != 1 || all[0][len(all[0])-7:] != "171/171" {
		t.Errorf("values were lost: %q", all)
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	c := &clock{now: testTime}
	s := New(Config{Now: c.Now})
	both, one := testID("both"), testID("one")
	src := s.Source([]Column{{both, one}, {both}})
	record := func(column int, v float64) {
		r := src.Begin(c.Now())
		r.Add(column, v)
		r.End()
	}
	record(0, 1)
	record(1, 10)
	c.add(time.Minute)
	record(0, 2)
	from, to := testTime.Truncate(time.Minute), testTime.Add(time.Hour)
	want(t, "both", got(s, both, from, to, time.Minute), "04T05:06:00 11/2", "04T05:07:00 2/1")
	want(t, "one", got(s, one, from, to, time.Minute), "04T05:06:00 1/1", "04T05:07:00 2/1")
	if len(s.active) != 0 {
		t.Errorf("%d sources are active that hold nothing", len(s.active))
	}
	record(0, 3)
	want(t, "again", got(s, one, from, to, time.Minute), "04T05:06:00 1/1", "04T05:07:00 5/2")
}

// TestStorm: nothing is lost when many record while others read.
func TestStorm(t *testing.T) {
	t.Parallel()
	c := &clock{now: testTime}
	s := New(Config{Now: c.Now})
	id := testID("m")
	src := s.Source([]Column{{id}})
	const workers, each = 8, 2000
	var recording, reading sync.WaitGroup
	stop := make(chan struct{})
	reading.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				s.Drain()
				c.add(time.Second)
			}
		}
	})
	for range workers {
		recording.Go(func() {
			for range each {
				r := src.Begin(c.Now())
				r.Add(0, 1)
				r.End()
			}
		})
	}
	recording.Wait()
	close(stop)
	reading.Wait()
	count := 0.0
	s.Totals(func(_ ID, n, _ float64) { count += n })
	if count != workers*each {
		t.Errorf("%v of %d are there", count, workers*each)
	}
}

func open(t *testing.T, st store.Store, c *clock) *Set {
	t.Helper()
	s, err := Open(t.Context(), Config{Store: st, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestKeeps(t *testing.T) {
	t.Parallel()
	st, err := sqlite.Open(t.Context(), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	c := &clock{now: testTime}
	id := NewID(testPlace, "Test", "m", "Bytes", Dimension{"b", "2"}, Dimension{"a", "1"})
	first := open(t, st, c)
	other := open(t, st, c) // another node
	for _, v := range []float64{1, 2, 300} {
		first.Add(id, testTime, Of(v, 2))
	}
	from, to := testTime.Truncate(time.Hour), testTime.Add(time.Hour)
	if err := first.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); len(got(other, id, from, to, time.Hour)) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("the other node does not see it")
		}
		time.Sleep(time.Millisecond)
	}
	other.Add(id, testTime, Of(4, 1))
	for _, s := range []*Set{first, other} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, st, c)
	want(t, "both nodes' after a restart", got(again, id, from, to, time.Hour), "04T05:00:00 610/7")
	k, _ := ParseStatistic("p80")
	if v, ok := k.Of(again.Query([]ID{id}, from, to, time.Hour)[from.Unix()]); v != 300 || !ok {
		t.Errorf("p80 is %v, %v", v, ok)
	}
	if ids := again.IDs(testPlace, from, func(ID) bool { return true }); len(ids) != 1 || !reflect.DeepEqual(ids[0].Dimensions(), []Dimension{{"a", "1"}, {"b", "2"}}) {
		t.Errorf("identities are %v", ids)
	}

	// Joined to documents of hours, then of days, the numbers stay.
	for _, d := range []time.Duration{5 * time.Hour, 4 * 24 * time.Hour} {
		c.add(d)
		again.joinAll(t.Context())
		again.joinAll(t.Context()) // nothing is left to do
		joined := open(t, st, c)
		want(t, "joined after "+d.String(), got(joined, id, from, to, time.Hour), "04T05:00:00 610/7")
		joined.Close()
	}
	docs, err := st.List(t.Context(), prefix)
	if err != nil || len(docs) != 1 || docs[0].Key != fmt.Sprintf("%s2/%010d/000", prefix, testTime.Truncate(24*time.Hour).Unix()) {
		t.Errorf("documents are %v, %v", docs, err)
	}
	c.add(70 * 24 * time.Hour)
	again.joinAll(t.Context())
	if docs, _ := st.List(t.Context(), prefix); len(docs) != 0 {
		t.Errorf("%d documents are left", len(docs))
	}
	again.Add(id, c.Now(), Of(1, 1))
	if err := again.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := again.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if docs, _ := st.List(t.Context(), prefix); len(docs) != 0 || again.Len() != 0 {
		t.Errorf("%d documents and %d series after a reset", len(docs), again.Len())
	}
	again.Close()
}

// failing is a store that refuses to be written.
type failing struct {
	store.Store
	fail bool
}

func (f *failing) Commit(ctx context.Context, changes ...store.Change) (store.Revision, error) {
	if f.fail {
		return 0, fmt.Errorf("no room")
	}
	return f.Store.Commit(ctx, changes...)
}

// TestStoreAway: what could not be written is written later, once.
func TestStoreAway(t *testing.T) {
	t.Parallel()
	st, err := sqlite.Open(t.Context(), sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	c := &clock{now: testTime}
	away := &failing{st, true}
	s := open(t, away, c)
	s.Add(testID("m"), testTime, Of(1, 1))
	if err := s.Flush(t.Context()); err == nil {
		t.Error("no error")
	}
	s.Add(testID("m"), testTime, Of(2, 1))
	away.fail = false
	if err := s.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	again := open(t, st, c)
	from := testTime.Truncate(time.Hour)
	want(t, "stored", got(again, testID("m"), from, from.Add(time.Hour), time.Hour), "04T05:00:00 3/2")
	again.Close()
	s.Close()
}

func TestCodec(t *testing.T) {
	t.Parallel()
	all := map[ID][]point{}
	for i := range 30_000 {
		all[testID(fmt.Sprint("a long name of a metric that takes much room in documents, number ", i))] = []point{{seconds(testTime), Of(float64(i), 1)}}
	}
	docs, err := encode(all)
	if err != nil || len(docs) < 2 {
		t.Fatalf("%d documents, %v", len(docs), err)
	}
	back := map[ID][]point{}
	for _, d := range docs {
		if err := decode(d, func(id ID, p point) { back[id] = append(back[id], p) }); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(all, back) {
		t.Error("what was read is not what was written")
	}
	for _, bad := range []string{"", "{}", `{"v":2}`, `{"v":1,"doc":"AAAA"}`} {
		if err := decode([]byte(bad), func(ID, point) {}); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	s := New(Config{})
	src := s.Source([]Column{{testID("a")}, {testID("b")}, {testID("c")}, {testID("d")}})
	now := time.Now()
	v := 0.0
	b.ReportAllocs()
	for b.Loop() {
		v++
		r := src.Begin(now)
		r.Add(0, 1)
		r.Add(1, 0)
		r.Add(2, float64(int(v)%50))
		r.Add(3, float64(int(v)%20))
		r.End()
	}
}

func BenchmarkRecordParallel(b *testing.B) {
	s := New(Config{})
	src := s.Source([]Column{{testID("a")}, {testID("b")}})
	now := time.Now()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := src.Begin(now)
			r.Add(0, 1)
			r.Add(1, 7)
			r.End()
		}
	})
}

// TestRecordAllocates nothing.
func TestRecordAllocatesNothing(t *testing.T) {
	s := New(Config{})
	src := s.Source([]Column{{testID("a")}, {testID("b")}})
	record := func() {
		r := src.Begin(testTime)
		r.Add(0, 1)
		r.Add(1, 7)
		r.End()
	}
	record()
	if n := testing.AllocsPerRun(1000, record); n != 0 {
		t.Errorf("recording allocates %v times", n)
	}
}
