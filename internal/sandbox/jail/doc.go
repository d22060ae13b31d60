// Package jail starts one program, and everything it starts in turn, inside
// walls made by the kernel: its own user, process, mount, IPC and host-name
// namespaces, a root folder of its own, no capabilities, a filter on system
// calls, and limits on memory and processes.
//
// Folders can be shown to the program after it was started (Process.Show).
// That decides the shape of the package: the first process of a jail is this
// same executable run again (Main). It stays in a mount namespace that still
// sees the host, and the jailed program lives in a second one that receives
// what is mounted below the jail's root in the first. The program cannot reach
// that first process: it has another user (or is not dumpable), no
// capabilities, and a /proc that hides it.
//
//	host process ──control socket──▶ first process (mount namespace A) ──▶ program (B)
//	     ▲                                                                    │
//	     └──────────── files given by the caller: output, channel ────────────┘
//
// A jail can be made before its program is known; a Pool keeps some ready. And its
// program can be a copy of one that has started elsewhere (Pool.Copy): that one is
// then not the first process's child but the host process's.
//
// Where the kernel or the operating system has no such walls, Probe says so,
// and Spec.Plain runs a plain process in its own process group.
//
// Read in this order: spec.go (what to run and behind which walls), pool.go
// (how to start it), process.go (a started jail), child.go (further programs in
// it), start_linux.go (the host's side), control.go (what the two sides say),
// init_linux.go (the first process), root_linux.go (its mounts), drop_linux.go
// (privileges given up), seccomp_linux.go, cgroup_linux.go, usage_linux.go,
// freeze_linux.go, batch_linux.go, enter_linux.go (mounts made from outside),
// original_linux_amd64.go and copied_linux.go (programs that are copies), probe.go
// (what this machine has), system.go (what of the host is shown), plain.go and
// container.go (without walls, and with an engine's), busy.go.
package jail
