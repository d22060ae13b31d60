package jail

// Report is what this machine can do to keep a program apart.
type Report struct {
	// Walls names the protections that were put up in a trial; empty means that
	// a jail cannot be started here, for the given Reason.
	Walls  []string
	Reason string
	// MemoryLimit and ProcessLimit say how these are enforced: "cgroup v1",
	// "cgroup v2", or "" for by watching.
	MemoryLimit, ProcessLimit string
}

// Available says whether programs can be put behind walls here.
func (r Report) Available() bool { return len(r.Walls) > 0 }
