package sqlite

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

var value50k = bytes.Repeat([]byte("0123456789"), 5000)

func BenchmarkPut50k(b *testing.B) {
	s := openIn(b, b.TempDir())
	var rev store.Revision
	for b.Loop() {
		var err error
		if rev, err = s.Commit(b.Context(), store.Put("k", rev, value50k)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPut50kBy16(b *testing.B) {
	s := openIn(b, b.TempDir())
	var n atomic.Int64
	b.SetParallelism(8) // times GOMAXPROCS
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

func BenchmarkGet50k(b *testing.B) {
	s := openIn(b, b.TempDir())
	if _, err := s.Commit(b.Context(), store.Put("k", 0, value50k)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Get(b.Context(), "k"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkQueueBy32 lets 32 producers enqueue jobs of 1 KB while 4 consumers
// lease and finish them.
func BenchmarkQueueBy32(b *testing.B) {
	s := openIn(b, b.TempDir())
	body := value50k[:1000]
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
				if err := s.Enqueue(b.Context(), "q", &store.Job{Body: body}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func BenchmarkEnqueueToLease(b *testing.B) {
	s := openIn(b, b.TempDir())
	got := make(chan struct{})
	go func() {
		for range got {
		}
	}()
	ready := make(chan store.Job)
	ctx, cancel := context.WithCancel(b.Context())
	go func() {
		defer close(ready)
		for ctx.Err() == nil {
			jobs, _ := s.Lease(ctx, "q", 1, time.Minute)
			for _, j := range jobs {
				ready <- j
			}
		}
	}()
	for b.Loop() {
		if err := s.Enqueue(b.Context(), "q", &store.Job{Body: value50k[:1000]}); err != nil {
			b.Fatal(err)
		}
		if err := s.Done(b.Context(), <-ready); err != nil {
			b.Fatal(err)
		}
	}
	cancel()
	for range ready {
	}
	close(got)
}

func BenchmarkOpenEmpty(b *testing.B) {
	for b.Loop() {
		s, err := Open(b.Context(), Config{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		s.Close()
		b.StartTimer()
	}
}

func BenchmarkOpen1000x50k(b *testing.B) {
	dir := b.TempDir()
	s := openIn(b, dir)
	for i := range 1000 {
		if _, err := s.Commit(b.Context(), store.Put(fmt.Sprint("k/", i), 0, value50k)); err != nil {
			b.Fatal(err)
		}
	}
	s.Close()
	for b.Loop() {
		s, err := Open(b.Context(), Config{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		s.Close()
		b.StartTimer()
	}
}

// BenchmarkAppend appends lines as invocations do: three at a time, no sync.
func BenchmarkAppend(b *testing.B) {
	s := openIn(b, b.TempDir())
	lines := make([]store.LogLine, 3)
	for i := range lines {
		lines[i] = store.LogLine{Group: "/aws/lambda/function", Stream: "2026/11/22/[$LATEST]0123456789abcdef", Time: 1, Message: string(value50k[:120])}
	}
	for b.Loop() {
		if err := s.Append(b.Context(), false, lines...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(s.LogStats().Dropped), "dropped")
}

func BenchmarkAppendSyncBy16(b *testing.B) {
	s := openIn(b, b.TempDir())
	b.SetParallelism(8)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if err := s.Append(b.Context(), true, store.LogLine{Group: "g", Stream: "s", Time: 1, Message: "hello"}); err != nil {
				b.Error(err)
			}
		}
	})
}
