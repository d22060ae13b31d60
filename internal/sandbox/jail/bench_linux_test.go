package jail

import (
	"context"
	"testing"
	"time"
)

func BenchmarkStart(b *testing.B) {
	spec := newSpec(b, "sleep 100")
	for b.Loop() {
		p, err := Start(context.Background(), spec)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		p.Kill()
		<-p.Done()
		b.StartTimer()
	}
}

func BenchmarkShow(b *testing.B) {
	spec := newSpec(b, "sleep 100")
	dir := b.TempDir()
	spec.Binds = append(spec.Binds, Bind{Sources: []string{dir}, Target: "/var/task"})
	p, err := Start(context.Background(), spec)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { p.Kill(); <-p.Done() }()
	var total time.Duration
	n := 0
	for b.Loop() {
		t := time.Now()
		if err := p.Show(context.Background(), &Show{Binds: []Bind{{Sources: []string{dir}, Target: "/var/task"}}}); err != nil {
			b.Fatal(err)
		}
		total += time.Since(t)
		n++
	}
}
