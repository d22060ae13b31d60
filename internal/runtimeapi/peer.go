package runtimeapi

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
)

// PeerInode finds the inode of the socket at the other end of a connection
// over this machine's IPv4 loopback, so that one can ask whose it is. It reads
// the kernel's table of connections and fails where there is none.
func PeerInode(c net.Conn) (string, error) {
	local, err := netip.ParseAddrPort(c.LocalAddr().String())
	if err != nil {
		return "", err
	}
	remote, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return "", err
	}
	f, err := os.Open("/proc/net/tcp")
	if err != nil {
		return "", err
	}
	defer f.Close()
	want := tableAddress(remote) + " " + tableAddress(local) + " "
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// sl: local remote state queues timer retransmits uid timeout inode …
		_, row, ok := strings.Cut(lines.Text(), ": ")
		if !ok || !strings.HasPrefix(row, want) {
			continue
		}
		if fields := strings.Fields(row); len(fields) > 8 {
			return fields[8], nil
		}
	}
	return "", fmt.Errorf("no connection from %s in the kernel's table", remote)
}

// tableAddress writes an IPv4 address as the kernel's table does: the address
// as a number of this machine's byte order, and the port, in hexadecimal.
func tableAddress(a netip.AddrPort) string {
	ip := a.Addr().Unmap().As4()
	var swapped [4]byte
	binary.NativeEndian.PutUint32(swapped[:], binary.BigEndian.Uint32(ip[:]))
	return fmt.Sprintf("%s:%04X", strings.ToUpper(hex.EncodeToString(swapped[:])), a.Port())
}
