package runtimeapi

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// peer is the runtime's end of a Conn.
type peer struct {
	io.Reader
	io.WriteCloser
}

func newConn(t testing.TB) (*Conn, peer) {
	t.Helper()
	ours, theirs, err := Pipes()
	if err != nil {
		t.Fatal(err)
	}
	if err := ours.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ours.Close()
		theirs[0].Close()
		theirs[1].Close()
	})
	return ours, peer{theirs[0], theirs[1]}
}

func frame(kind Kind, body string) string {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(body)+1))
	return string(append(append(b, byte(kind)), body...))
}

func TestReadFrames(t *testing.T) {
	t.Parallel()
	c, theirs := newConn(t)
	bodies := []string{"", "x", strings.Repeat("y", 40<<10), strings.Repeat("z", 5<<20), "last"}
	go func() {
		for _, b := range bodies {
			io.WriteString(theirs, frame(KindLog, b))
		}
		theirs.Close()
	}()
	for _, want := range bodies {
		kind, body, err := c.Read()
		if err != nil || kind != KindLog || string(body) != want {
			t.Fatalf("got %q, %d bytes, %v; want %d bytes", kind, len(body), err, len(want))
		}
	}
	if _, _, err := c.Read(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func TestMalformedFrames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, bytes string
		want        error
	}{
		{"length zero", "\x00\x00\x00\x00l", ErrFrame},
		{"too long", "\xff\xff\xff\xffl", ErrFrame},
		{"cut in the header", "\x05\x00", io.ErrUnexpectedEOF},
		{"cut in the body", "\x05\x00\x00\x00lab", io.ErrUnexpectedEOF},
		{"cut in a long body", "\x00\x00\x10\x00lab", io.ErrUnexpectedEOF},
	} {
		c, theirs := newConn(t)
		go func() { io.WriteString(theirs, test.bytes); theirs.Close() }()
		if _, _, err := c.Read(); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

func TestWriteEvent(t *testing.T) {
	t.Parallel()
	for _, size := range []int{10, wholeWrite, 1 << 20} {
		c, theirs := newConn(t)
		e := *event
		e.Payload = bytes.Repeat([]byte{'p'}, size)
		body := ""
		for _, s := range []string{"id-1", "1234567", "arn", "trace", `{"c":1}`, `{"i":1}`} {
			body += string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s
		}
		want := frame(KindInvoke, body+string(e.Payload))
		got := make(chan string, 1)
		go func() {
			b := make([]byte, len(want))
			io.ReadFull(theirs, b)
			got <- string(b)
		}()
		if err := c.WriteEvent(&e); err != nil {
			t.Fatal(err)
		}
		if err := c.Flushed(); err != nil {
			t.Fatal(err)
		}
		if g := <-got; g != want {
			t.Errorf("%d bytes: got %q…, want %q…", size, g[:80], want[:80])
		}
	}
}

func TestWriteBootstrap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, language := range Bootstraps {
		first, err := WriteBootstrap(dir, language)
		if err != nil {
			t.Fatal(err)
		}
		again, err := WriteBootstrap(dir, language)
		if err != nil || again != first {
			t.Errorf("%s: %s, then %s, %v", language, first, again, err)
		}
	}
	if _, err := WriteBootstrap(dir, "cobol"); err == nil {
		t.Error("wrote the bootstrap of a language that has none")
	}
}

// FuzzRead: any bytes end in an error, without panic and without taking more
// memory than a frame may have.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"", frame(KindLog, "x"), "\x00\x00\x00\x00l", "\xff\xff\xff\xffl", frame(KindResult, "{}") + "\x01"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, theirs := newConn(t)
		go func() { theirs.Write(data); theirs.Close() }()
		total := 0
		for {
			_, body, err := c.Read()
			if err != nil {
				break
			}
			total += headerSize + len(body)
		}
		if total > len(data) {
			t.Errorf("read %d bytes of %d", total, len(data))
		}
	})
}
