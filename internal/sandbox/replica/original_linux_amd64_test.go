package replica

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	unix.CloseRange(3, ^uint(0)>>1, unix.CLOSE_RANGE_CLOEXEC) // whatever started this
	os.Exit(m.Run())
}

// program runs what it reads from descriptor 3, JavaScript, and answers in JSON.
const program = `
const fs = require('fs');
const b = Buffer.alloc(65536);
for (let i = 0; i < 1e5; i++) { JSON.parse('{"a":[1,2,{"b":' + i + '}]}'); }
fs.writeSync(4, 'started\n');
(async () => {
  for (;;) {
    const n = fs.readSync(3, b, 0, b.length);
    if (n === 0) process.exit(7);
    let v;
    try { v = await eval('(async () => {' + b.toString('utf8', 0, n) + '})()'); } catch (e) { v = String(e.stack); }
    fs.writeSync(4, JSON.stringify(v === undefined ? null : v) + '\n');
  }
})();
`

// ends are both ends of two pipes: ours, and a program's descriptors 3 and 4.
type ends struct {
	t      testing.TB
	in     *os.File
	out    *bufio.Reader
	theirs []*os.File
}

func newEnds(t testing.TB) *ends {
	t.Helper()
	r1, w1, err1 := os.Pipe()
	r2, w2, err2 := os.Pipe()
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	e := &ends{t: t, in: w1, out: bufio.NewReader(r2), theirs: []*os.File{r1, w2}}
	r1.Fd() // that of a program blocks
	w2.Fd()
	t.Cleanup(func() { w1.Close(); r2.Close(); e.give() })
	return e
}

// give closes what the program has now.
func (e *ends) give() {
	for _, f := range e.theirs {
		f.Close()
	}
}

func (e *ends) ask(js string) string {
	e.t.Helper()
	if _, err := e.in.WriteString(js); err != nil {
		e.t.Fatal(err)
	}
	answer, err := e.out.ReadString('\n')
	if err != nil {
		e.t.Fatalf("%s: %v", js, err)
	}
	return strings.TrimSpace(answer)
}

// nodeBinary is the one in the path, which the whole project needs.
func nodeBinary(t testing.TB) string {
	t.Helper()
	bin, err := exec.LookPath("node")
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// withoutRings starts a program that has no io_uring, as originals have none.
func withoutRings(t testing.TB, js string, give []*os.File) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(nodeBinary(t), "-e", js)
	cmd.ExtraFiles = give
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the filter stays
		err := forbidRings()
		if err == nil {
			err = cmd.Start()
		}
		started <- err
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd
}

// forbidRings keeps the calling thread, and what it starts, from io_uring_setup.
func forbidRings() error {
	const noSuchCall, allow = 0x00050000 | uint32(unix.ENOSYS), 0x7fff0000
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_IO_URING_SETUP, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: noSuchCall},
		{Code: unix.BPF_RET | unix.BPF_K, K: allow},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	_, _, e := unix.RawSyscall(unix.SYS_SECCOMP, 1, 0, uintptr(unsafe.Pointer(&program)))
	runtime.KeepAlive(filter)
	if e != 0 {
		return e
	}
	return nil
}

func newOriginal(t testing.TB) (*Original, *exec.Cmd) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can")
	}
	e := newEnds(t)
	cmd := withoutRings(t, program, e.theirs)
	e.give()
	if _, err := e.out.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	untilAsleep(t, cmd)
	o, err := Hold(cmd.Process.Pid, []int{3, 4})
	if errors.Is(err, unix.EPERM) {
		t.Skip(err) // no process may be traced here
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Close)
	return o, cmd
}

func untilAsleep(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !Asleep(cmd.Process.Pid, 3); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come to rest")
		}
	}
}

func newCopy(t testing.TB, o *Original) (*ends, int) {
	t.Helper()
	e := newEnds(t)
	pid, err := o.Copy(context.Background(), &Order{Files: e.theirs, Admit: func(int) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	e.give()
	return e, pid
}

// ended closes the copy's input and returns its exit status.
func (e *ends) ended(pid int) int {
	e.in.Close()
	var status unix.WaitStatus
	if err := reap(pid, &status); err != nil {
		e.t.Fatal(err)
	}
	return status.ExitStatus()
}

// TestCopy: a copy does everything that a process can that was started: it has
// threads that compile, collect garbage and read files, an event loop, children,
// signals and sockets.
func TestCopy(t *testing.T) {
	o, _ := newOriginal(t)
	for range 3 {
		e, pid := newCopy(t, o)
		for _, c := range []struct{ js, want string }{
			{`return 1 + 1`, `2`},
			{`return new Promise(r => setTimeout(() => r('later'), 20))`, `"later"`},
			{`let a = []; for (let i = 0; i < 3e6; i++) a.push({i}); return a.length`, `3000000`},
			{`let f = n => n < 2 ? n : f(n - 1) + f(n - 2); return f(30)`, `832040`},
			{`return (await fs.promises.readFile('/proc/self/comm', 'utf8')).length > 0`, `true`},
			{`return new Promise((r, e) => { const w = new (require('worker_threads').Worker)('require("worker_threads").parentPort.postMessage(42)', {eval: true}); w.on('message', r); w.on('error', e); })`, `42`},
			{`return require('child_process').execSync('echo hi').toString()`, `"hi\n"`},
			{`return new Promise(r => require('zlib').gzip('x'.repeat(1e6), (e, b) => r(b.length > 0)))`, `true`},
			{`return new Promise(r => { setTimeout(r, 9000, 'none'); process.once('SIGUSR2', () => r('signal')); process.kill(+fs.readlinkSync('/proc/self'), 'SIGUSR2'); })`, `"signal"`},
			{`const s = require('http').createServer((q, r) => r.end('ok')); await new Promise(r => s.listen(0, '127.0.0.1', r));
				const a = await new Promise((r, e) => require('http').get({port: s.address().port, host: '127.0.0.1'}, m => m.on('data', d => r(d.toString()))).on('error', e)); s.close(); return a`, `"ok"`},
		} {
			if got := e.ask(c.js); got != c.want {
				t.Errorf("%s: got %s, want %s", c.js, got, c.want)
			}
		}
		if status := e.ended(pid); status != 7 {
			t.Errorf("it ended with %d, want 7", status)
		}
	}
}

// TestCopiesApart: what one copy does the others do not see, and they live on when
// the original ends.
func TestCopiesApart(t *testing.T) {
	o, _ := newOriginal(t)
	a, first := newCopy(t, o)
	b, second := newCopy(t, o)
	a.ask(`globalThis.mine = 1`)
	if got := b.ask(`return typeof mine`); got != `"undefined"` {
		t.Errorf("the second copy has what the first was given: %s", got)
	}
	var inodes []map[string]string
	for _, e := range []*ends{a, b} {
		var of map[string]string
		answer := e.ask(`return Object.fromEntries(fs.readdirSync('/proc/self/fd').map(n => { try { return [n, fs.readlinkSync('/proc/self/fd/' + n)] } catch (e) { return [n, ''] } }))`)
		if err := json.Unmarshal([]byte(answer), &of); err != nil {
			t.Fatal(err)
		}
		inodes = append(inodes, of)
	}
	for fd, is := range inodes[0] {
		if strings.HasPrefix(is, "pipe:") && inodes[1][fd] == is {
			t.Errorf("both have %s as descriptor %s", is, fd)
		}
	}
	o.Close()
	if _, err := o.Copy(t.Context(), &Order{}); !errors.Is(err, errClosed) {
		t.Errorf("a copy of an original that has ended: %v", err)
	}
	if got := a.ask(`return mine`); got != `1` {
		t.Errorf("the first copy answers %s", got)
	}
	for _, of := range []struct {
		e   *ends
		pid int
	}{{a, first}, {b, second}} {
		if status := of.e.ended(of.pid); status != 7 {
			t.Errorf("a copy ended with %d, want 7", status)
		}
	}
}

// TestFind: a number that is in the original's memory is found there, here what is
// below its stack, and one that is not is not.
func TestFind(t *testing.T) {
	o, _ := newOriginal(t)
	main := &o.threads[0]
	place := main.regs.Rsp - redZone - 8
	at, err := o.Find(main.regs.Rip)
	if err != nil || !slices.Contains(at, place) {
		t.Errorf("found at %x, want one of them %x: %v", at, place, err)
	}
	b := make([]byte, 8)
	if err := o.Read(b, place); err != nil || binary.LittleEndian.Uint64(b) != main.regs.Rip {
		t.Errorf("there is %x, want %x: %v", b, main.regs.Rip, err)
	}
	var random [8]byte
	rand.Read(random[:])
	if at, err := o.Find(binary.LittleEndian.Uint64(random[:])); err != nil || len(at) != 0 {
		t.Errorf("found what is not there: %x %v", at, err)
	}
}

// TestRefused: what would be shared with its copies keeps a process from being
// copied.
func TestRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can")
	}
	for name, js := range map[string]string{
		"a socket": `require('net').createServer().listen(0, '127.0.0.1', () => require('fs').readSync(3, Buffer.alloc(1), 0, 1))`,
		"a file":   `require('fs').openSync('/etc/passwd'); require('fs').readSync(3, Buffer.alloc(1), 0, 1)`,
	} {
		e := newEnds(t)
		cmd := withoutRings(t, js, e.theirs)
		untilAsleep(t, cmd)
		o, err := Hold(cmd.Process.Pid, []int{3, 4})
		if !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			o.Close()
		}
	}
}
