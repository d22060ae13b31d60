package storetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Times of the queue tests. short is long enough that a job which is due after
// it was not delivered by accident, and brief enough to wait for.
const (
	shortLease = 60 * time.Millisecond
	longLease  = time.Minute
)

func queues(t *testing.T, open func(testing.TB) store.Store) {
	runAll(t, open, []test{
		{"jobs come as they were put", queueRoundTrip},
		{"order", queueOrder},
		{"not before", queueNotBefore},
		{"leases", queueLeases},
		{"expired leases", queueExpiry},
		{"a late Done of a job that nobody took", queueLateDone},
		{"retry", queueRetry},
		{"extend", queueExtend},
		{"a waiting consumer wakes", queueWakes},
		{"a waiting consumer wakes for an earlier job", queueWakesEarlier},
		{"a waiting consumer takes what another's lease lost", queueWakesOnExpiry},
		{"another waits when the first goes", queueHandsOver},
		{"leasing ends with its context", queueContext},
		{"refused", queueRefused},
		{"many consumers", queueMany},
		{"a long queue", queueLong},
	})
}

func enqueue(t testing.TB, s store.Store, queue string, bodies ...string) []*store.Job {
	t.Helper()
	var jobs []*store.Job
	for _, b := range bodies {
		jobs = append(jobs, &store.Job{Body: []byte(b)})
	}
	must(t, s.Enqueue(ctxOf(t), queue, jobs...))
	return jobs
}

func lease(t testing.TB, s store.Store, queue string, max int, d time.Duration) []store.Job {
	t.Helper()
	jobs, err := s.Lease(ctxOf(t), queue, max, d)
	must(t, err)
	return jobs
}

func leaseOne(t testing.TB, s store.Store, queue string, d time.Duration) store.Job {
	t.Helper()
	jobs := lease(t, s, queue, 1, d)
	if len(jobs) != 1 {
		t.Fatalf("leased %d jobs, want 1", len(jobs))
	}
	return jobs[0]
}

// wantNone fails if a job is due.
func wantNone(t testing.TB, s store.Store, queue string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Millisecond)
	defer cancel()
	jobs, err := s.Lease(ctx, queue, 10, longLease)
	must(t, err)
	same(t, "jobs that are due", bodies(jobs), []string(nil))
}

func bodies(jobs []store.Job) (list []string) {
	for _, j := range jobs {
		list = append(list, string(j.Body))
	}
	return list
}

func pending(t testing.TB, s store.Store, queue string) int {
	t.Helper()
	n, err := s.Pending(ctxOf(t), queue)
	must(t, err)
	return n
}

func queueRoundTrip(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	before := time.Now()
	enqueued := before.Add(-time.Hour)
	in := &store.Job{Body: []byte("x"), Attempts: 3, Enqueued: enqueued}
	plain := &store.Job{}
	must(t, s.Enqueue(ctx, "q", in, plain))
	must(t, s.Enqueue(ctx, "other", &store.Job{Body: []byte("y")}))
	must(t, s.Enqueue(ctx, "q"))
	if in.ID == "" || in.ID == plain.ID || in.Queue != "q" {
		t.Fatalf("jobs were not filled in: %+v %+v", in, plain)
	}
	same(t, "pending", []int{pending(t, s, "q"), pending(t, s, "other"), pending(t, s, "none")}, []int{2, 1, 0})
	jobs := lease(t, s, "q", 10, longLease)
	same(t, "bodies", bodies(jobs), []string{"x", ""})
	got := jobs[0]
	if got.Lease == "" || !got.Enqueued.Equal(enqueued) || got.NotBefore.Before(before.Add(-time.Second)) || got.NotBefore.After(time.Now()) {
		t.Fatalf("leased %+v", got)
	}
	same(t, "job", []any{got.ID, got.Queue, got.Attempts}, []any{in.ID, "q", 3})
	if e := jobs[1].Enqueued; e.Before(before.Add(-time.Second)) || e.After(time.Now()) {
		t.Fatalf("enqueued at %v, want about %v", e, before)
	}
	same(t, "pending while leased", pending(t, s, "q"), 2)
	for _, j := range jobs {
		must(t, s.Done(ctx, j))
	}
	same(t, "pending", []int{pending(t, s, "q"), pending(t, s, "other")}, []int{0, 1})
}

func queueOrder(t *testing.T, s store.Store) {
	enqueue(t, s, "q", "1", "2")
	enqueue(t, s, "q", "3")
	now := time.Now()
	must(t, s.Enqueue(ctxOf(t), "q",
		&store.Job{Body: []byte("0b"), NotBefore: now.Add(-time.Minute)},
		&store.Job{Body: []byte("0a"), NotBefore: now.Add(-time.Hour)},
		&store.Job{Body: []byte("later"), NotBefore: now.Add(time.Hour)}))
	same(t, "first", bodies(lease(t, s, "q", 3, longLease)), []string{"0a", "0b", "1"})
	same(t, "then", bodies(lease(t, s, "q", 10, longLease)), []string{"2", "3"})
}

func queueNotBefore(t *testing.T, s store.Store) {
	due := time.Now().Add(3 * time.Second)
	must(t, s.Enqueue(ctxOf(t), "q", &store.Job{Body: []byte("x"), NotBefore: due}))
	wantNone(t, s, "q")
	j := leaseOne(t, s, "q", longLease)
	if now := time.Now(); now.Before(due) {
		t.Fatalf("delivered %v too early", due.Sub(now))
	}
	if d := j.NotBefore.Sub(due); d.Abs() > time.Microsecond {
		t.Fatalf("not before %v, want %v", j.NotBefore, due)
	}
}

func queueLeases(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	enqueue(t, s, "q", "x")
	j := leaseOne(t, s, "q", longLease)
	wantNone(t, s, "q")
	stale := j
	stale.Lease = "another"
	wantErr(t, "done with another lease", s.Done(ctx, stale), store.ErrConflict)
	wantErr(t, "retry with another lease", s.Retry(ctx, stale, time.Time{}, nil), store.ErrConflict)
	wantErr(t, "extend with another lease", s.Extend(ctx, stale, time.Second), store.ErrConflict)
	stale.Lease = ""
	wantErr(t, "done without lease", s.Done(ctx, stale), store.ErrConflict)
	must(t, s.Done(ctx, j))
	for _, job := range []store.Job{j, {ID: "12345", Queue: "q", Lease: j.Lease}, {ID: "nonsense", Queue: "q", Lease: "x"}} {
		wantErr(t, "done of what is gone", s.Done(ctx, job), store.ErrNotFound)
		wantErr(t, "retry of what is gone", s.Retry(ctx, job, time.Time{}, nil), store.ErrNotFound)
		wantErr(t, "extend of what is gone", s.Extend(ctx, job, time.Second), store.ErrNotFound)
	}
}

func queueExpiry(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	enqueue(t, s, "q", "x")
	first := leaseOne(t, s, "q", shortLease)
	second := leaseOne(t, s, "q", longLease)
	same(t, "job", []any{second.ID, second.Attempts, string(second.Body)}, []any{first.ID, 0, "x"})
	if first.Lease == second.Lease {
		t.Fatal("two deliveries have one lease")
	}
	wantErr(t, "done of the old lease", s.Done(ctx, first), store.ErrConflict)
	wantErr(t, "retry of the old lease", s.Retry(ctx, first, time.Time{}, nil), store.ErrConflict)
	wantErr(t, "extend of the old lease", s.Extend(ctx, first, time.Second), store.ErrConflict)
	must(t, s.Done(ctx, second))
	same(t, "pending", pending(t, s, "q"), 0)
}

func queueLateDone(t *testing.T, s store.Store) {
	enqueue(t, s, "q", "x")
	j := leaseOne(t, s, "q", time.Nanosecond)
	must(t, s.Done(ctxOf(t), j))
	wantNone(t, s, "q")
}

func queueRetry(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	enqueue(t, s, "q", "x")
	j := leaseOne(t, s, "q", longLease)
	must(t, s.Retry(ctx, j, time.Time{}, nil))
	wantErr(t, "done after retry", s.Done(ctx, j), store.ErrConflict)
	again := leaseOne(t, s, "q", longLease)
	same(t, "job", []any{again.ID, again.Attempts, string(again.Body), again.Enqueued.Equal(j.Enqueued)}, []any{j.ID, 1, "x", true})
	due := time.Now().Add(3 * time.Second)
	must(t, s.Retry(ctx, again, due, []byte("changed")))
	wantNone(t, s, "q")
	last := leaseOne(t, s, "q", longLease)
	if now := time.Now(); now.Before(due) {
		t.Fatalf("delivered %v too early", due.Sub(now))
	}
	same(t, "job", []any{last.ID, last.Attempts, string(last.Body)}, []any{j.ID, 2, "changed"})
	must(t, s.Retry(ctx, last, time.Time{}, []byte{}))
	same(t, "emptied body", string(leaseOne(t, s, "q", longLease).Body), "")
}

func queueExtend(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	enqueue(t, s, "q", "x")
	j := leaseOne(t, s, "q", 2*time.Second)
	end := time.Now().Add(3 * time.Second)
	must(t, s.Extend(ctx, j, 3*time.Second))
	again := leaseOne(t, s, "q", longLease)
	if now := time.Now(); now.Before(end) {
		t.Fatalf("delivered again %v before the extended lease ended", end.Sub(now))
	}
	same(t, "job", again.ID, j.ID)
}

// waiter leases in the background.
func waiter(ctx context.Context, t testing.TB, s store.Store) <-chan []store.Job {
	got := make(chan []store.Job, 1)
	var started sync.WaitGroup
	started.Add(1)
	go func() {
		started.Done()
		jobs, err := s.Lease(ctx, "q", 1, longLease)
		if err != nil {
			t.Error(err)
		}
		got <- jobs
	}()
	started.Wait()
	return got
}

func receive(t testing.TB, got <-chan []store.Job) []store.Job {
	t.Helper()
	select {
	case jobs := <-got:
		return jobs
	case <-ctxOf(t).Done():
		t.Fatal("the consumer did not wake")
	}
	return nil
}

func queueWakes(t *testing.T, s store.Store) {
	const rounds = 5
	for round := range rounds { // a machine may be busy for one of them
		got := waiter(ctxOf(t), t, s)
		wantNone(t, s, "q") // and the waiter waits by now
		start := time.Now()
		enqueue(t, s, "q", "x")
		same(t, "jobs", bodies(receive(t, got)), []string{"x"})
		d := time.Since(start)
		if d <= 2*time.Second {
			return
		}
		if round == rounds-1 {
			t.Fatalf("the consumer woke after %v", d)
		}
	}
}

func queueWakesEarlier(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	must(t, s.Enqueue(ctx, "q", &store.Job{Body: []byte("late"), NotBefore: time.Now().Add(time.Hour)}))
	got := waiter(ctx, t, s)
	wantNone(t, s, "q")
	must(t, s.Enqueue(ctx, "q", &store.Job{Body: []byte("soon"), NotBefore: time.Now().Add(30 * time.Millisecond)}))
	same(t, "jobs", bodies(receive(t, got)), []string{"soon"})
}

func queueWakesOnExpiry(t *testing.T, s store.Store) {
	got := waiter(ctxOf(t), t, s)
	other := waiter(ctxOf(t), t, s)
	wantNone(t, s, "q")
	must(t, s.Enqueue(ctxOf(t), "q", &store.Job{Body: []byte("x")}))
	var j store.Job
	select {
	case jobs := <-got:
		j, got = jobs[0], other
	case jobs := <-other:
		j = jobs[0]
	case <-ctxOf(t).Done():
		t.Fatal("no consumer woke")
	}
	must(t, s.Extend(ctxOf(t), j, 20*time.Millisecond))
	same(t, "jobs", bodies(receive(t, got)), []string{"x"})
}

// queueHandsOver ends the consumer that knew when a job is due.
func queueHandsOver(t *testing.T, s store.Store) {
	first, cancel := context.WithCancel(t.Context())
	gone := waiter(first, t, s)
	wantNone(t, s, "q")
	got := waiter(ctxOf(t), t, s)
	wantNone(t, s, "q")
	must(t, s.Enqueue(ctxOf(t), "q", &store.Job{Body: []byte("x"), NotBefore: time.Now().Add(80 * time.Millisecond)}))
	cancel()
	same(t, "jobs of the one that left", len(receive(t, gone)), 0)
	same(t, "jobs", bodies(receive(t, got)), []string{"x"})
}

func queueContext(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	jobs, err := s.Lease(ctx, "q", 1, longLease)
	if len(jobs) != 0 || err != nil {
		t.Fatalf("got %v, %v, want none", jobs, err)
	}
	jobs, err = s.Lease(ctxOf(t), "q", 0, longLease)
	if len(jobs) != 0 || err != nil {
		t.Fatalf("asked for none, got %v, %v", jobs, err)
	}
}

func queueRefused(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	big := make([]byte, store.MaxValue+1)
	if err := s.Enqueue(ctx, "q", &store.Job{}, &store.Job{Body: big}); err == nil {
		t.Fatal("a body that is too large was taken")
	}
	same(t, "pending", pending(t, s, "q"), 0)
	enqueue(t, s, "q", "x")
	j := leaseOne(t, s, "q", longLease)
	if err := s.Retry(ctx, j, time.Time{}, big); err == nil {
		t.Fatal("a body that is too large was taken")
	}
	must(t, s.Done(ctx, j))
}

// queueMany lets producers and consumers run at once: every job is done once.
func queueMany(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(ctxOf(t))
	defer cancel()
	const producers, each, consumers = 8, 25, 8
	var seen sync.Map
	var left atomic.Int64
	left.Store(producers * each)
	var all sync.WaitGroup
	for p := range producers {
		all.Go(func() {
			for i := range each {
				j := &store.Job{Body: fmt.Appendf(nil, "%d/%d", p, i)}
				if i%5 == 0 {
					j.NotBefore = time.Now().Add(time.Duration(i) * time.Millisecond)
				}
				if err := s.Enqueue(ctx, "q", j); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range consumers {
		all.Go(func() {
			for ctx.Err() == nil {
				jobs, err := s.Lease(ctx, "q", 3, longLease)
				if err != nil {
					t.Error(err)
					return
				}
				for _, j := range jobs {
					if _, twice := seen.LoadOrStore(string(j.Body), true); twice && j.Attempts == 0 {
						t.Errorf("%s was delivered twice", j.Body)
					}
					if len(j.Body)%2 == 0 && j.Attempts == 0 {
						if err := s.Retry(context.WithoutCancel(ctx), j, time.Now(), nil); err != nil {
							t.Error(err)
						}
						continue
					}
					if err := s.Done(context.WithoutCancel(ctx), j); err != nil {
						t.Error(err)
					}
					if left.Add(-1) == 0 {
						cancel()
					}
				}
			}
		})
	}
	all.Wait()
	if n := left.Load(); n != 0 {
		t.Fatalf("%d jobs were not done", n)
	}
	same(t, "pending", pending(t, s, "q"), 0)
}

// queueLong has more jobs than a store keeps at hand.
func queueLong(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	const n = 20_000
	start := time.Now().Add(-time.Hour)
	for i := 0; i < n; i += 1000 {
		jobs := make([]*store.Job, 1000)
		for k := range jobs { // the last are due first
			jobs[k] = &store.Job{Body: fmt.Append(nil, n-1-i-k), NotBefore: start.Add(time.Duration(n-i-k) * time.Millisecond)}
		}
		must(t, s.Enqueue(ctx, "q", jobs...))
		if i == 9000 {
			first := leaseOne(t, s, "q", longLease)
			must(t, s.Retry(ctx, first, first.NotBefore, nil))
		}
	}
	same(t, "pending", pending(t, s, "q"), n)
	for i := 0; i < n; {
		for _, j := range lease(t, s, "q", 5000, longLease) {
			if string(j.Body) != fmt.Sprint(i) {
				t.Fatalf("job %s came as number %d", j.Body, i)
			}
			i++
		}
	}
	wantNone(t, s, "q")
}
