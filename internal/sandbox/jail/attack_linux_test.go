package jail

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// attackName is the argv[0] under which the test program attacks its jail. The
// arguments are the attack's name and its parameter.
const attackName = "attack"

// attacks are what a hostile function may try. Each returns nil if it got
// somewhere.
var attacks = map[string]func(parameter string) error{
	"read a file of the host": func(path string) error {
		_, err := os.ReadFile(path)
		return err
	},
	"signal a process of the host": func(pid string) error {
		n, _ := strconv.Atoi(pid)
		return unix.Kill(n, 0)
	},
	"look through the first process's root": func(string) error { _, err := os.ReadDir("/proc/1/root/"); return err },
	"read the first process's environment":  func(string) error { _, err := os.ReadFile("/proc/1/environ"); return err },
	"open the first process's memory": func(string) error {
		f, err := os.OpenFile("/proc/1/mem", os.O_RDWR, 0)
		f.Close()
		return err
	},
	"list the first process's files": func(string) error { _, err := os.ReadDir("/proc/1/fd"); return err },
	"see the first process": func(string) error {
		_, err := os.Stat("/proc/1")
		return err
	},
	"mount": func(string) error { return unix.Mount("x", "/tmp", "tmpfs", 0, "") },
	"make a mount writable": func(string) error {
		return unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND, "")
	},
	"unshare":               func(string) error { return unix.Unshare(unix.CLONE_NEWUTS) },
	"make a user namespace": func(string) error { return clone(unix.CLONE_NEWUSER) },
	"make a network namespace": func(string) error {
		return clone(unix.CLONE_NEWUSER | unix.CLONE_NEWNET)
	},
	"trace a child": func(string) error {
		cmd := exec.Command("/bin/true")
		cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
		err := cmd.Start()
		if err == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
		return err
	},
	"read keys": func(string) error {
		_, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, true)
		return err
	},
	"load a BPF program": func(string) error { return call(unix.SYS_BPF, 0, 0, 0) },
	"count with perf": func(string) error {
		attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_SOFTWARE, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{}))}
		_, err := unix.PerfEventOpen(&attr, 0, -1, -1, 0)
		return err
	},
	"use io_uring": func(string) error {
		var p [120]byte
		return call(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&p)), 0)
	},
	"handle page faults":     func(string) error { return call(unix.SYS_USERFAULTFD, 1, 0, 0) },
	"change the root folder": func(string) error { return unix.Chroot("/tmp") },
	"load a module":          func(string) error { return call(unix.SYS_INIT_MODULE, 0, 0, 0) },
	"call with clone3":       func(string) error { return call(unix.SYS_CLONE3, 0, 0, 0) },
	"become root":            func(string) error { return unix.Setuid(0) },
	"make a device":          func(string) error { return unix.Mknod("/tmp/null", unix.S_IFCHR|0o666, 1<<8|3) },
	"write to /usr":          func(string) error { return os.WriteFile("/usr/x", nil, 0o644) },
	"write to /":             func(string) error { return os.WriteFile("/x", nil, 0o644) },
	"write to /etc":          func(string) error { return os.WriteFile("/etc/passwd", nil, 0o644) },
	"write to a kernel setting": func(string) error {
		return os.WriteFile("/proc/sys/kernel/core_pattern", []byte("|/tmp/x"), 0)
	},
	"write to sysrq":       func(string) error { return os.WriteFile("/proc/sysrq-trigger", []byte("s"), 0) },
	"open a packet socket": func(string) error { return open(unix.AF_PACKET, unix.SOCK_RAW) },
	"open a machine socket": func(string) error {
		return open(unix.AF_VSOCK, unix.SOCK_STREAM)
	},
	"open a crypto socket": func(string) error { return open(unix.AF_ALG, unix.SOCK_SEQPACKET) },
	"connect to an abstract socket of the host": func(name string) error {
		c, err := net.Dial("unix", "@"+name)
		if err == nil {
			c.Close()
		}
		return err
	},
	"connect to the host's loopback": func(address string) error {
		c, err := net.DialTimeout("tcp", address, 5*time.Second)
		if err == nil {
			c.Close()
		}
		return err
	},
	"keep files that were not given": func(string) error {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			return err
		}
		for _, fd := range list {
			to, err := os.Readlink("/proc/self/fd/" + fd.Name())
			if err == nil && !strings.HasPrefix(to, "pipe:") && !strings.HasPrefix(to, "/proc/") &&
				!strings.HasPrefix(to, "anon_inode:") && to != "/dev/null" {
				fmt.Println(fd.Name(), to)
				return nil
			}
		}
		return errors.New("only what was given")
	},
	"open more files than allowed": func(limit string) error {
		most, _ := strconv.Atoi(limit)
		for range most {
			if _, err := os.Open("/dev/null"); err != nil {
				return err
			}
		}
		return nil
	},
	"fill /tmp": func(mb string) error {
		n, _ := strconv.Atoi(mb)
		f, err := os.Create("/tmp/big")
		if err != nil {
			return err
		}
		defer f.Close()
		for range n {
			if _, err := f.Write(make([]byte, 1<<20)); err != nil {
				return err
			}
		}
		return nil
	},
	"fork without end": func(limit string) error {
		most, _ := strconv.Atoi(limit)
		for range most {
			if err := exec.Command("/bin/sleep", "1000").Start(); err != nil {
				return err
			}
		}
		return nil
	},
	"hold memory": func(mb string) error {
		n, _ := strconv.Atoi(mb)
		var held [][]byte
		for range n {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			held = append(held, b)
		}
		fmt.Println(len(held))
		return nil
	},
	"end the first process": func(string) error {
		for _, s := range []syscall.Signal{unix.SIGTERM, unix.SIGINT, unix.SIGHUP, unix.SIGSTOP, unix.SIGUSR1, unix.SIGKILL} {
			unix.Kill(1, s)
		}
		unix.Kill(-1, unix.SIGTERM) // spares the sender
		time.Sleep(50 * time.Millisecond)
		return errors.New("still here")
	},
}

func clone(flags uintptr) error {
	cmd := exec.Command("/bin/true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	return cmd.Run()
}

func call(n, a, b, c uintptr) error {
	if _, _, e := unix.Syscall(n, a, b, c); e != 0 {
		return e
	}
	return nil
}

func open(family, kind int) error {
	fd, err := unix.Socket(family, kind, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

// attack runs one and says how it went.
func attack() {
	err := attacks[os.Args[1]](os.Args[2])
	if err == nil {
		fmt.Println("got there")
		os.Exit(1)
	}
	var number syscall.Errno
	if errors.As(err, &number) {
		fmt.Println(unix.ErrnoName(number))
		return
	}
	fmt.Println(err)
}
