package runtimeapi

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
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
	// Java and .NET reach IPv4 addresses from sockets of IPv6.
	for _, table := range []struct{ file, prefix string }{{"/proc/net/tcp", ""}, {"/proc/net/tcp6", mapped()}} {
		inode, err := inodeIn(table.file, table.prefix+tableAddress(remote)+" "+table.prefix+tableAddress(local)+" ")
		if err != nil || inode != "" {
			return inode, err
		}
	}
	return "", fmt.Errorf("no connection from %s in the kernel's tables", remote)
}

// inodeIn finds the inode of a connection in one of the kernel's tables, "" if
// it is not there.
func inodeIn(table, want string) (string, error) {
	f, err := os.Open(table)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
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
	return "", nil
}

// mapped is what the table of IPv6 shows before an IPv4 address: the words of
// ::ffff:0:0/96.
func mapped() string {
	return fmt.Sprintf("%016X%08X", 0, binary.NativeEndian.Uint32([]byte{0, 0, 0xff, 0xff}))
}

// tableAddress writes an IPv4 address as the kernel's table does: the address
// as a number of this machine's byte order, and the port, in hexadecimal.
func tableAddress(a netip.AddrPort) string {
	ip := a.Addr().Unmap().As4()
	var swapped [4]byte
	binary.NativeEndian.PutUint32(swapped[:], binary.BigEndian.Uint32(ip[:]))
	return fmt.Sprintf("%s:%04X", strings.ToUpper(hex.EncodeToString(swapped[:])), a.Port())
}
