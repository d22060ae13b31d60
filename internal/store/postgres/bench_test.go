//go:build unix

package postgres

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lambdagate/lambdagate/internal/store"
)

// Run these with -postgres.fsync, else the server does not sync.

var value50k = bytes.Repeat([]byte("0123456789"), 5000)

func BenchmarkPut50k(b *testing.B) {
	s := openStore(b, newSchema(b, sharedServer(b)))
	var rev store.Revision
	for b.Loop() {
		var err error
		if rev, err = s.Commit(b.Context(), store.Put("k", rev, value50k)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPut50kBy16(b *testing.B) {
	s := openStore(b, newSchema(b, sharedServer(b)))
	var n atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(p *testing.PB) {
		key, rev := fmt.Sprint("k", n.Add(1)), store.Revision(0)
		for p.Next() {
			var err error
			if rev, err = s.Commit(b.Context(), store.Put(key, rev, value50k)); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkCommitToOtherNode(b *testing.B) {
	n := nodes(b, sharedServer(b), 2)
	w, err := n[1].Watch(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	<-w
	i := 0
	for b.Loop() {
		i++
		put(b, n[0], "k", fmt.Sprint(i))
		if e := <-w; string(e.Value) != fmt.Sprint(i) {
			b.Fatalf("got %s, want %d", e.Value, i)
		}
	}
}

func BenchmarkQueueBy32(b *testing.B) {
	s := openStore(b, newSchema(b, sharedServer(b)))
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for ctx.Err() == nil {
				jobs, err := s.Lease(ctx, "q", 32, time.Minute)
				if err != nil {
					b.Error(err)
					return
				}
				var done sync.WaitGroup
				for _, j := range jobs {
					done.Go(func() {
						if err := s.Done(context.WithoutCancel(ctx), j); err != nil {
							b.Error(err)
						}
						if left.Add(-1) == 0 {
							cancel()
						}
					})
				}
				done.Wait()
			}
		})
	}
	var next atomic.Int64
	for range 32 {
		all.Go(func() {
			for next.Add(1) <= int64(b.N) {
				if err := s.Enqueue(b.Context(), "q", &store.Job{Body: value50k[:1000]}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// BenchmarkAppend appends in batches of 1000 lines and waits for each.
func BenchmarkAppend(b *testing.B) {
	s := openStore(b, newSchema(b, sharedServer(b)))
	lines := make([]store.LogLine, 1000)
	for i := range lines {
		lines[i] = store.LogLine{Group: "/aws/lambda/function", Stream: fmt.Sprint("stream ", i%10), Time: 1, Message: string(value50k[:120])}
	}
	for b.Loop() {
		if err := s.Append(b.Context(), true, lines...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(lines)), "ns/line")
}
