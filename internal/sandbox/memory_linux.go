package sandbox

import "golang.org/x/sys/unix"

// machineMemoryMB is the machine's memory in MiB.
func machineMemoryMB() int {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 4096
	}
	return int(uint64(info.Totalram) * uint64(info.Unit) >> 20)
}
