package runtimeapi

import (
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"
)

// TestPeerInode finds the sockets of both families that reach an IPv4 address.
func TestPeerInode(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	for _, tt := range []struct {
		family int
		to     syscall.Sockaddr
	}{
		{syscall.AF_INET, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}},
		{syscall.AF_INET6, &syscall.SockaddrInet6{Port: port, Addr: [16]byte{10: 0xff, 11: 0xff, 12: 127, 15: 1}}},
	} {
		fd, err := syscall.Socket(tt.family, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer syscall.Close(fd)
		if err := syscall.Connect(fd, tt.to); err != nil {
			t.Fatal(err)
		}
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		inode, err := PeerInode(c)
		want, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		if err != nil || "socket:["+inode+"]" != want {
			t.Errorf("family %d: inode %s %v, want %s", tt.family, inode, err, want)
		}
	}
}
