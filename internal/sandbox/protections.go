package sandbox

import (
	"slices"

	"github.com/lambdagate/lambdagate/internal/sandbox/jail"
)

// Protection is one thing that keeps functions from the machine and from each
// other, as people see it in a list.
type Protection struct {
	Name   string
	Active bool
	// Detail says how it works here, or why it does not.
	Detail string
}

// Protections lists what is and what is not in force for this manager's
// environments, in a fixed order.
func (m *Manager) Protections() []Protection {
	stands := func(wall string) bool { return slices.Contains(m.report.Walls, wall) }
	off := ""
	if m.plain {
		off = m.report.Reason
	}
	list := []Protection{
		{"own users", stands("user namespace"), "no rights on the host, whatever the function becomes"},
		{"own processes", stands("process namespace"), "other processes cannot be seen or signalled"},
		{"own files", stands("mount namespace"), "the system's programs and the function's code, read-only, and a /tmp of limited size"},
		{"no capabilities", stands("no capabilities"), "and none can be gained"},
		{"system call filter", stands("seccomp"), "calls that change mounts, trace processes or load code into the kernel are refused"},
		{"abstract sockets and signals", stands("landlock scope"), "kept inside by Landlock"},
		{"memory limit", true, "looked at every 50 ms"},
		{"process limit", m.report.ProcessLimit != "" || !m.plain, "by resource limit"},
		{"own network", m.config.Network == jail.NoNetwork && !m.plain, "functions share the host's network, as configured"},
	}
	for i := range list {
		p := &list[i]
		switch {
		case p.Name == "memory limit" && m.report.MemoryLimit != "":
			p.Detail = m.report.MemoryLimit + ", and looked at every 50 ms"
		case p.Name == "process limit" && m.report.ProcessLimit != "":
			p.Detail = m.report.ProcessLimit
		case p.Name == "own network" && p.Active:
			p.Detail = "functions reach nothing but themselves"
		case !p.Active && off != "":
			p.Detail = off
		case !p.Active && p.Name == "abstract sockets and signals":
			p.Detail = "this kernel's Landlock is older than version 6"
		}
	}
	return list
}
