package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

func whole(t *testing.T, open func(testing.TB) store.Store) {
	runAll(t, open, []test{
		{"reset empties it", resetAll},
		{"close ends everything", closeAll},
		{"close beside writers", closeStorm},
	})
}

// fill puts something of each kind into a store. check wants it there; of a copy
// only the order of revisions is wanted.
func fill(t testing.TB, s store.Store) (check func(t testing.TB, s store.Store, original bool)) {
	ctx := ctxOf(t)
	rev, err := s.Commit(ctx, store.Put("doc/1", 0, []byte("one")), store.Put("doc/2", 0, []byte{}))
	must(t, err)
	put(t, s, "doc/3", "three")
	_, err = s.Commit(ctx, store.Delete("doc/3", store.Any))
	must(t, err)
	blob := pattern(100_000)
	_, _, err = s.PutBlob(ctx, strings.NewReader(string(blob)))
	must(t, err)
	due := time.Now().Add(-time.Second)
	must(t, s.Enqueue(ctx, "q", &store.Job{Body: []byte("job"), Attempts: 2, NotBefore: due}, &store.Job{Body: []byte("done"), NotBefore: due.Add(-time.Hour)}))
	must(t, s.Done(ctx, leaseOne(t, s, "q", longLease)))
	must(t, s.Append(ctx, true, logLine("g", "s", 1, "first"), logLine("g", "gone", 2, "gone"), logLine("g", "s", 3, "second")))
	must(t, s.DeleteLogs(ctx, "g", "gone"))
	must(t, s.Append(ctx, false, logLine("g", "s", 4, "third")))
	must(t, s.AddCounters(ctx, map[string]int64{"c": 42}))
	return func(t testing.TB, s store.Store, original bool) {
		t.Helper()
		rev := rev
		docs, err := s.List(ctxOf(t), "")
		must(t, err)
		if !original && len(docs) > 0 {
			rev = docs[0].Rev
		}
		same(t, "documents", docs, []store.Document{{Key: "doc/1", Rev: rev, Value: []byte("one")}, {Key: "doc/2", Rev: rev, Value: []byte{}}})
		same(t, "blobs", listBlobs(t, s), []string{digestOf(blob)})
		same(t, "blob", digestOf(readBlob(t, s, digestOf(blob))), digestOf(blob))
		j := leaseOne(t, s, "q", time.Nanosecond)
		same(t, "job", []any{string(j.Body), j.Attempts, pending(t, s, "q")}, []any{"job", 2, 1})
		same(t, "log lines", texts(readLogs(t, s, store.LogQuery{Group: "g"})), []string{"1 first", "3 second", "4 third"})
		same(t, "counters", countersOf(t, s, ""), map[string]int64{"c": 42})
		if next := put(t, s, "next", ""); next <= rev {
			t.Fatalf("revision %d after %d", next, rev)
		}
		_, err = s.Commit(ctxOf(t), store.Delete("next", store.Any))
		must(t, err)
	}
}

func resetAll(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	fill(t, s)
	j := leaseOne(t, s, "q", longLease)
	must(t, s.Reset(ctx))
	same(t, "documents", content(t, s, ""), []string(nil))
	same(t, "blobs", len(listBlobs(t, s)), 0)
	same(t, "pending", pending(t, s, "q"), 0)
	same(t, "log lines", len(readLogs(t, s, store.LogQuery{Group: "g"})), 0)
	streams, err := s.LogStreams(ctx, "g")
	must(t, err)
	same(t, "log streams", len(streams), 0)
	same(t, "counters", countersOf(t, s, ""), map[string]int64{})
	wantErr(t, "done of a job from before", s.Done(ctx, j), store.ErrNotFound)
	fill(t, s)(t, s, true)
	must(t, s.Reset(ctx))
	must(t, s.Reset(ctx))
}

func closeAll(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	w, err := s.Watch(ctx, "")
	must(t, err)
	wantEvents(t, w, "synced")
	leased := make(chan error, 1)
	go func() {
		_, err := s.Lease(ctx, "q", 1, longLease)
		leased <- err
	}()
	wantNone(t, s, "q")
	must(t, s.Close())
	select {
	case err := <-leased:
		wantErr(t, "waiting lease", err, store.ErrClosed)
	case <-ctx.Done():
		t.Fatal("the waiting lease did not end")
	}
	for e := range w {
		t.Fatalf("event %s after close", short(e))
	}
	for name, err := range afterClose(ctx, s) {
		wantErr(t, name, err, store.ErrClosed)
	}
	must(t, s.Close())
}

func afterClose(ctx context.Context, s store.Store) map[string]error {
	errs := map[string]error{}
	_, errs["get"] = s.Get(ctx, "k")
	_, errs["list"] = s.List(ctx, "k")
	_, errs["commit"] = s.Commit(ctx, store.Put("k", 0, []byte("x")))
	_, errs["watch"] = s.Watch(ctx, "k")
	_, _, errs["put blob"] = s.PutBlob(ctx, strings.NewReader("x"))
	_, errs["open blob"] = s.OpenBlob(ctx, strings.Repeat("0", 64))
	_, errs["list blobs"] = s.ListBlobs(ctx)
	errs["delete blob"] = s.DeleteBlob(ctx, strings.Repeat("0", 64))
	errs["enqueue"] = s.Enqueue(ctx, "q", &store.Job{})
	_, errs["lease"] = s.Lease(ctx, "q", 1, time.Second)
	errs["done"] = s.Done(ctx, store.Job{ID: "1", Queue: "q", Lease: "x"})
	errs["extend"] = s.Extend(ctx, store.Job{ID: "1", Queue: "q", Lease: "x"}, time.Second)
	errs["retry"] = s.Retry(ctx, store.Job{ID: "1", Queue: "q", Lease: "x"}, time.Time{}, nil)
	_, errs["pending"] = s.Pending(ctx, "q")
	errs["append"] = s.Append(ctx, false, logLine("g", "s", 1, "x"))
	errs["append with sync"] = s.Append(ctx, true, logLine("g", "s", 1, "x"))
	_, errs["read logs"] = s.ReadLogs(ctx, store.LogQuery{Group: "g"})
	_, errs["log streams"] = s.LogStreams(ctx, "g")
	errs["delete logs"] = s.DeleteLogs(ctx, "g", "")
	errs["expire logs"] = s.ExpireLogs(ctx, "g", time.Now())
	errs["add counters"] = s.AddCounters(ctx, map[string]int64{"a": 1})
	_, errs["counters"] = s.Counters(ctx, "")
	errs["delete counters"] = s.DeleteCounters(ctx, "")
	errs["backup"] = s.Backup(ctx, "/nonexistent/backup")
	errs["reset"] = s.Reset(ctx)
	return errs
}

// closeStorm closes a store that is in use: every call ends, with success or
// ErrClosed.
func closeStorm(t *testing.T, s store.Store) {
	ctx := ctxOf(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for k := 0; ; k++ {
				_, err := s.Commit(ctx, store.Put(fmt.Sprint(i, "/", k), 0, []byte("x")))
				if err == nil {
					err = s.Append(ctx, k%2 == 0, logLine("g", "s", int64(k), "x"))
				}
				if err == nil {
					_, err = s.List(ctx, fmt.Sprint(i, "/1"))
				}
				if err == nil {
					err = s.Enqueue(ctx, "q", &store.Job{})
				}
				if errors.Is(err, store.ErrClosed) {
					return
				}
				if err != nil {
					t.Errorf("writer %d: %v", i, err)
					return
				}
			}
		})
	}
	until(t, "some documents", func() bool {
		docs, err := s.List(ctx, "3/")
		return err != nil || len(docs) > 3
	})
	must(t, s.Close())
	all.Wait()
}
