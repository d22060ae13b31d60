package jail

import (
	"context"
	"testing"
)

func BenchmarkStart(b *testing.B) {
	pool := newPool(b, HostNetwork, 0)
	spec := newSpec("sleep 100")
	for b.Loop() {
		p, err := pool.Start(context.Background(), spec)
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
	pool := newPool(b, HostNetwork, 0)
	spec := newSpec("sleep 100")
	dir := b.TempDir()
	spec.Binds = append(spec.Binds, Bind{Sources: []string{dir}, Target: "/var/task"})
	p, err := pool.Start(context.Background(), spec)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { p.Kill(); <-p.Done() }()
	for b.Loop() {
		if err := p.Show(context.Background(), &Show{Binds: []Bind{{Sources: []string{dir}, Target: "/var/task"}}}); err != nil {
			b.Fatal(err)
		}
	}
}
