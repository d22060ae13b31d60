package runtimeapi

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// TestBoard: it counts what was sent, and nobody else can write to it.
func TestBoard(t *testing.T) {
	t.Parallel()
	c, theirs, err := Pipes()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, f := range theirs {
		defer f.Close()
	}
	if len(theirs) != 3 {
		t.Fatalf("%d files: no board", len(theirs))
	}
	board := theirs[2]
	look := func() (sent, awake uint32) {
		t.Helper()
		b := make([]byte, 8)
		if _, err := board.ReadAt(b, 0); err != nil {
			t.Fatal(err)
		}
		return binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
	}
	if sent, awake := look(); sent != 0 || awake != 0 {
		t.Errorf("at first: %d sent, %d µs", sent, awake)
	}
	if err := c.WriteGo(""); err != nil {
		t.Fatal(err)
	}
	if !c.WriteAhead(event, time.Second, time.Second) {
		t.Fatal("no room in an empty pipe")
	}
	large := *event
	large.Payload = make([]byte, 2*wholeWrite)
	if err := c.WriteEvent(&large); err != nil {
		t.Fatal(err)
	}
	if err := c.Flushed(); err != nil {
		t.Fatal(err)
	}
	c.StayAwake(150 * time.Microsecond)
	runtime.GC() // it is not cleaned up while it is in use
	if sent, awake := look(); sent != 3 || awake != 150 {
		t.Errorf("%d sent, %d µs; want 3, 150", sent, awake)
	}
	if _, err := board.WriteAt([]byte{1}, 0); !errors.Is(err, syscall.EPERM) {
		t.Errorf("write: %v", err)
	}
	if err := board.Truncate(0); !errors.Is(err, syscall.EPERM) {
		t.Errorf("truncate: %v", err)
	}
	again, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", board.Fd()), os.O_RDWR, 0)
	if err == nil {
		defer again.Close()
		_, err = again.WriteAt([]byte{1}, 0)
	}
	if err == nil {
		t.Error("it can be opened anew and written to")
	}
	runtime.KeepAlive(c)
}
