package server

import (
	"slices"
	"strings"
	"testing"
)

// Of a program whose addresses are chosen at its start, read-only pages hold
// what the start has written there: taking them away would be its end.
func TestUnwritten(t *testing.T) {
	t.Parallel()
	const maps = `55fa50320000-55fa514fb000 r-xp 00000000 08:01 393 /opt/lambda gate
Size:              17772 kB
Rss:                9000 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
55fa514fb000-55fa52a00000 r--p 011db000 08:01 393 /opt/lambda gate
Anonymous:          5000 kB
VmFlags: rd mr mw me ac
55fa52a00000-55fa52b00000 rw-p 026e0000 08:01 393 /opt/lambda gate
Anonymous:             0 kB
7f1226800000-7f1226900000 r-xp 00000000 08:01 512 /usr/lib/libc.so.6
Anonymous:             0 kB
7f1226900000-7f1226a00000 r--p 00000000 00:00 0
Anonymous:             0 kB
7f1226a00000-7f1226b00000 r--p 00000000 08:01 393 /opt/lambda gate
Anonymous:             0 kB
`
	want := []mapping{{0x55fa50320000, 0x55fa514fb000}, {0x7f1226a00000, 0x7f1226b00000}}
	if got := unwritten(strings.NewReader(maps), "/opt/lambda gate"); !slices.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

// The program goes on after its pages went.
func TestForgetExecutable(t *testing.T) {
	forgetExecutable()
	forgetExecutable()
}
