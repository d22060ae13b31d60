package jail

import (
	"context"
	"time"
)

// Probe builds a jail that runs nothing and says which walls stand.
// mountPoint is an empty folder, as in Spec.
func Probe(ctx context.Context, mountPoint string) Report {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var r Report
	spec := &Spec{Path: "/", Hostname: "probe", MountPoint: mountPoint, TmpMB: 1, User: 1 << 30,
		MemoryMB: 64, Processes: 64, Network: HostNetwork}
	p, err := startWith(ctx, spec, true, &r.Walls)
	if err != nil {
		return Report{Reason: err.Error()}
	}
	r.MemoryLimit, r.ProcessLimit = p.impl.(*walled).group.versions()
	p.Kill()
	<-p.Done()
	return r
}
