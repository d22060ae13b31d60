package jail

import (
	"context"
	"time"
)

// Probe builds a jail that runs nothing and says which walls stand.
func Probe(ctx context.Context, base Base) Report {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	pool := NewPool(base, 0)
	defer pool.Close()
	p, err := pool.make(ctx)
	if err != nil {
		return Report{Reason: err.Error()}
	}
	walls, err := occupy(ctx, p, &Spec{Path: "/", TmpMB: 1, MemoryMB: 64, Processes: 64}, true)
	if err != nil {
		return Report{Reason: err.Error()}
	}
	r := Report{Walls: walls}
	r.MemoryLimit, r.ProcessLimit = p.impl.(*walled).group.versions()
	p.Kill()
	<-p.done
	return r
}
