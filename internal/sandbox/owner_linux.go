package sandbox

import (
	"fmt"
	"os"
	"strings"
)

// thisServer is the owner of what this process starts.
func thisServer() owner {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	processes, _ := os.Readlink("/proc/self/ns/pid")
	since, _ := startOf(os.Getpid())
	return owner{strings.TrimSpace(string(boot)), processes, os.Getpid(), since}
}

// startOf tells when a process was started, in ticks since the machine was; a
// process that nobody has waited for yet was not started any more.
func startOf(pid int) (since string, known bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", false
	}
	// pid (name) state … with the start as the 22nd; the name may hold anything.
	f := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(f) < 20 {
		return "", false
	}
	if f[0] == "Z" || f[0] == "X" {
		return "", true
	}
	return f[19], true
}
