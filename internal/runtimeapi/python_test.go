//go:build unix

package runtimeapi

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pythonBootstrap is an interpreter, and the folder of the bootstrap.
func pythonBootstrap(t *testing.T) (python, dir string) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3")
	}
	if dir, err = WriteBootstrap(t.TempDir(), "python"); err != nil {
		t.Fatal(err)
	}
	return python, dir
}

// bootstrapped starts the Python bootstrap on the other end of a connection, with
// a function that returns its events, or exits.
func bootstrapped(t *testing.T) (c *Conn, load []byte) {
	t.Helper()
	python, bootstrap := pythonBootstrap(t)
	root := t.TempDir()
	code := "import sys\ndef handler(event, context):\n    if event == 'exit': sys.exit(0)\n    return event\n"
	if err := os.WriteFile(filepath.Join(root, "index.py"), []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	c, theirs, err := Pipes()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	cmd := exec.Command(python, filepath.Join(bootstrap, "bootstrap.py"), "python3.12")
	cmd.ExtraFiles, cmd.Stderr = theirs, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.CloseWrite(); cmd.Wait() })
	for _, f := range theirs {
		f.Close()
	}
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	load, err = json.Marshal(&Load{Root: root, Env: map[string]string{"_HANDLER": "index.handler"}, Board: c.board != nil})
	if err != nil {
		t.Fatal(err)
	}
	return c, load
}

// invocationFrame is KindInvoke, or KindAhead if there is a moment until which it
// may be begun.
func invocationFrame(id, payload string, deadline int64, until string) string {
	var b []byte
	add := func(s string) {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
	}
	kind := KindInvoke
	if until != "" {
		kind = KindAhead
		add(until)
	}
	for _, s := range []string{id, fmt.Sprint(deadline), "arn", "trace", "", ""} {
		add(s)
	}
	return frame(kind, string(b)+payload)
}

// next reads what the bootstrap says, as "kind body", and how long an event took
// as "t".
func next(t *testing.T, c *Conn) string {
	t.Helper()
	kind, body, err := c.Read()
	if err != nil {
		t.Fatal(err)
	}
	if kind == KindTook && len(body) == 4 {
		return "t"
	}
	return string(kind) + " " + string(body)
}

// TestPythonFrames: frames are read whole however they come and however large
// they are.
func TestPythonFrames(t *testing.T) {
	t.Parallel()
	c, load := bootstrapped(t)
	sent := frame(KindWake, "b") + frame(KindLoad, string(load)) +
		invocationFrame("early", `"early"`, 1000, "9007199254740991") + frame(KindGo, "")
	want := []string{"i ", "t", `R "early"`}
	later := time.Now().Add(time.Hour).UnixMilli()
	head := len(invocationFrame("id", "", later, ""))
	for _, size := range []int{2, 1 << 16, 2, 1<<16 + 3, 1<<16 + 4, 1<<16 + 5, 1<<16 + 6, 2, 2, 1 << 20, 2, 3 << 15, 3 << 15} {
		payload := `"` + strings.Repeat("x", max(size-head, 2)-2) + `"`
		sent += invocationFrame("id", payload, later, "") + frame(KindFreeze, "")
		want = append(want, "R "+payload)
	}
	seed := rand.Uint64()
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	go func() {
		for rest := sent; rest != ""; {
			n := min(1+random.IntN(1<<random.IntN(18)), len(rest))
			if _, err := c.out.WriteString(rest[:n]); err != nil {
				t.Error(err)
				return
			}
			rest = rest[n:]
		}
	}()
	for i, want := range want {
		if got := next(t, c); got != want {
			t.Fatalf("%d: got %.80q (%d bytes), want %.80q (%d bytes)", i, got, len(got), want, len(want))
		}
	}
}

// TestPythonUntaken: an event is not begun when its turn comes too late, or when
// the time of the one before is over; and the end of the process is told.
func TestPythonUntaken(t *testing.T) {
	t.Parallel()
	c, load := bootstrapped(t)
	later := time.Now().Add(time.Hour).UnixMilli()
	const ever = "9007199254740991"
	for _, step := range []struct{ send, want string }{
		{frame(KindLoad, string(load)) + frame(KindGo, ""), "i "},
		{invocationFrame("late", "0", 1000, "1"), "u late"},
		{invocationFrame("a", "1", later, ""), "R 1"},
		{invocationFrame("late", "2", 1000, "1"), "u late"},
		{invocationFrame("b", "3", 3600_000, ever), "t,R 3"},
		{invocationFrame("c", "4", 3600_000, ever) + invocationFrame("d", "5", 0, ever), "t,R 4,t,R 5"},
		{invocationFrame("e", "6", 3600_000, ever), "u e"}, // d had no time
		{invocationFrame("f", "7", 3600_000, ever), "u f"},
		{invocationFrame("g", "8", later, ""), "R 8"},
		{invocationFrame("h", "9", 3600_000, ever), "t,R 9"},
		{invocationFrame("i", "\xff", later, ""), "l [ERROR]"},
		{"", "U {"},
		{invocationFrame("j", ` {"a" : [1]}`+"\n", later, ""), `R {"a": [1]}`},
		{invocationFrame("k", `"exit"`, later, "") + invocationFrame("l", "1", 1000, ever), "g k"},
	} {
		if _, err := c.out.WriteString(step.send); err != nil {
			t.Fatal(err)
		}
		for want := range strings.SplitSeq(step.want, ",") {
			if got := next(t, c); got != want && !(len(want) > 2 && strings.HasPrefix(got, want)) {
				t.Fatalf("after %.60q: got %q, want %q", step.send, got, want)
			}
		}
	}
	if kind, _, err := c.Read(); err == nil {
		t.Errorf("%q after the end", byte(kind))
	}
}

// awake calls _stay_awake with a board and a clock of its own: each line is what is
// looked at, as frames sent and microseconds to stay awake, and what time it is
// then, in microseconds; and what comes of it.
const awake = `
import frames, struct
def check(name, looks, threads=0, count=0, vain=0, skip=0, boarded=True, want=None):
    frames._boarded, frames._count, frames._vain, frames._skip = boarded, count, vain, skip
    left = list(looks)
    def look(fd, size, at):
        assert (fd, size, at) == (5, 8, 0)
        if left[0] == 'closed':
            left.pop(0)
            raise OSError(9, 'closed')
        if left[0] == 'short':
            left.pop(0)
            return b''
        return struct.pack('<II', *left[0][:2])
    frames._stay_awake(look=look, clock=lambda: left.pop(0)[2] / 1e6, others=lambda: threads)
    got = (frames._boarded, frames._vain, frames._skip, len(left))
    if got != want:
        print('%s: got %s, want %s' % (name, got, want))

check('there is a frame', [(3, 100, 10)], count=2, vain=4, want=(True, 0, 0, 0))
check('there is one soon', [(2, 100, 10), (2, 100, 50), (3, 100, 60)], count=2, vain=4, want=(True, 0, 0, 0))
check('there is none', [(2, 100, 10), (2, 100, 109), (2, 100, 110), (2, 100, 120)], count=2, want=(True, 1, 1, 1))
check('there is none again', [(2, 100, 10), (2, 100, 110)], count=2, vain=1, want=(True, 2, 3, 0))
check('there is none ever', [(2, 100, 10), (2, 100, 110)], count=2, vain=6, want=(True, 6, 63, 0))
check('not this time', [(2, 100, 10)], count=2, vain=3, skip=3, want=(True, 3, 2, 1))
check('it may not', [(2, 0, 10)], count=2, want=(True, 0, 7, 0))
check('others want the processor', [(2, 100, 10), (2, 100, 600)], count=2, want=(True, 0, 1000, 0))
check('others want the interpreter', [(2, 100, 10)], count=2, threads=1, want=(True, 0, 0, 1))
check('a board of lies', [(2, 1 << 31, 10)] + [(2, 1 << 31, 400 * i) for i in range(1, 40)], count=2, want=(True, 1, 1, 13))
check('no board', ['closed'], want=(False, 0, 0, 0))
check('half a board', ['short'], want=(False, 0, 0, 0))
`

// TestPythonStaysAwake: how long it waits awake, and how often.
func TestPythonStaysAwake(t *testing.T) {
	t.Parallel()
	python, dir := pythonBootstrap(t)
	cmd := exec.Command(python, "-c", awake)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
